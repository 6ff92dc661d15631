/** Values of options: lists, and whole numbers. */
import { UsageError } from '../base/errors.ts';

/** Options that may be repeated: not variadic ones, which would take a source behind them as a value. */
export function collect(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}

export function commaList(flag: string, texts: readonly string[]): string[] {
  const list = texts.flatMap((text) => text.split(',')).filter((text) => text !== '');
  // An empty list would record nothing, which nobody means: a variable that is not set.
  if (list.length === 0) throw new UsageError(`${flag} is empty: name at least one, or leave the option out`);
  return list;
}

export function wholeNumber(flag: string): (text: string) => number {
  return (text) => {
    if (!/^\d{1,9}$/.test(text)) throw new UsageError(`${flag} ${text}: give a whole number`);
    return Number(text);
  };
}
