/** Filter patterns: terms, and the space-delimited form of fields in brackets. */
import { ServiceError } from '../../base/service-error.ts';
import { parseFields } from './pattern-fields.ts';
import { PatternScanner } from './pattern-scanner.ts';

/** Longest pattern, in characters. */
export const MAX_PATTERN = 1024;

/** Whether a message matches a pattern. */
export type Matcher = (message: string) => boolean;

/**
 * Reads a pattern.
 * @returns undefined for one that every message matches
 * @throws {ServiceError} InvalidParameterException that says what is wrong, and where
 */
export function parsePattern(pattern: string): Matcher | undefined {
  const text = pattern.trim();
  if (text === '') return undefined;
  if (text.startsWith('{')) {
    throw new ServiceError(
      'InvalidParameterException',
      'Patterns for JSON events ({ $.field = value }) are not offered here: offered are terms ("a phrase", ' +
        '-exclude, ?or) and fields of space-delimited events ([field, field = value, ...]).',
      400,
    );
  }
  const scanner = new PatternScanner(text);
  return text.startsWith('[') ? parseFields(scanner) : parseTerms(scanner);
}

/**
 * Terms: each must be in the message, as it stands; `-term` must not; of `?terms`, one must. Beside terms of
 * the other kinds, `?terms` say nothing, as with the service.
 */
function parseTerms(scanner: PatternScanner): Matcher {
  const needed: string[] = [];
  const excluded: string[] = [];
  const alternatives: string[] = [];
  for (scanner.skipSpace(); !scanner.ended; scanner.skipSpace()) {
    const list = scanner.take('-') ? excluded : scanner.take('?') ? alternatives : needed;
    list.push(scanner.term());
  }
  if (needed.length === 0 && excluded.length === 0) {
    return (message) => alternatives.some((it) => message.includes(it));
  }
  return (message) =>
    needed.every((it) => message.includes(it)) && !excluded.some((it) => message.includes(it));
}
