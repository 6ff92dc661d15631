/** Sizes and times as people write them in weir.yaml. */
import { z } from 'zod';

export { parseDuration, parseSize } from './units.ts';

/** A schema for a number or a number with a unit, within bounds that `form` says in words. */
export function measure(
  parse: (text: string) => number | undefined,
  min: number,
  max: number,
  form: string,
): z.ZodType<number> {
  return z.unknown().transform((input, context) => {
    const text = typeof input === 'number' || typeof input === 'string' ? String(input) : undefined;
    const value = text === undefined ? undefined : parse(text);
    if (value !== undefined && value >= min && value <= max) return value;
    const message = input === null || input === undefined ? 'is empty' : 'is none that can be';
    context.issues.push({ code: 'custom', message: `${message}: write ${form}`, input });
    return z.NEVER;
  });
}
