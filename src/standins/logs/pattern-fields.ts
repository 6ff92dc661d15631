/**
 * The space-delimited form:
 *
 *   pattern    = "[" item *( "," item ) "]"
 *   item       = "..." / name / condition
 *   condition  = both *( "||" both )
 *   both       = single *( "&&" single )
 *   single     = "(" condition ")" / name operator value
 *   operator   = "=" / "!=" / "<" / "<=" / ">" / ">="
 *
 * Each item is a field of the message, by place; `...` stands for any number of them. A field is what is between
 * spaces, in quotes or in brackets. `*` in a value is any run of characters.
 */
import { Wildcard } from '../../base/wildcard.ts';
import type { Matcher } from './pattern.ts';
import type { PatternScanner } from './pattern-scanner.ts';

type Condition = (field: string) => boolean;

const MAX_DEPTH = 16;
/** The longer ones first. */
const OPERATORS = ['!=', '<=', '>=', '=', '<', '>'] as const;

export function parseFields(scanner: PatternScanner): Matcher {
  scanner.take('[');
  const before: Condition[] = [];
  const after: Condition[] = [];
  let open = false;
  do {
    scanner.skipSpace();
    if (scanner.take('...')) {
      if (open) throw scanner.refuse('More than one ellipsis');
      open = true;
    } else {
      (open ? after : before).push(item(scanner));
    }
    scanner.skipSpace();
  } while (scanner.take(','));
  if (!scanner.take(']')) throw scanner.refuse("Expected ',' or ']'");
  scanner.skipSpace();
  if (!scanner.ended) throw scanner.refuse('Nothing may follow the bracket');
  const least = before.length + after.length;
  return (message) => {
    const fields = fieldsOf(message);
    if (open ? fields.length < least : fields.length !== least) return false;
    const rest = fields.length - after.length;
    return before.every((it, i) => it(fields[i]!)) && after.every((it, i) => it(fields[rest + i]!));
  };
}

function item(scanner: PatternScanner): Condition {
  const names = new Set<string>();
  const condition = parseEither(scanner, names, 0);
  if (names.size > 1) throw scanner.refuse(`One field cannot be named ${[...names].join(' and ')}`);
  return condition;
}

function parseEither(scanner: PatternScanner, names: Set<string>, depth: number): Condition {
  let left = parseBoth(scanner, names, depth);
  for (scanner.skipSpace(); scanner.take('||'); scanner.skipSpace()) {
    const [a, b] = [left, parseBoth(scanner, names, depth)];
    left = (field) => a(field) || b(field);
  }
  return left;
}

function parseBoth(scanner: PatternScanner, names: Set<string>, depth: number): Condition {
  let left = parseSingle(scanner, names, depth);
  for (scanner.skipSpace(); scanner.take('&&'); scanner.skipSpace()) {
    const [a, b] = [left, parseSingle(scanner, names, depth)];
    left = (field) => a(field) && b(field);
  }
  return left;
}

function parseSingle(scanner: PatternScanner, names: Set<string>, depth: number): Condition {
  scanner.skipSpace();
  if (scanner.take('(')) {
    if (depth === MAX_DEPTH) throw scanner.refuse(`More than ${MAX_DEPTH} brackets inside each other`);
    const inner = parseEither(scanner, names, depth + 1);
    scanner.skipSpace();
    if (!scanner.take(')')) throw scanner.refuse("Expected ')'");
    return inner;
  }
  names.add(scanner.name());
  scanner.skipSpace();
  const operator = OPERATORS.find((it) => scanner.take(it));
  if (operator === undefined) return () => true;
  scanner.skipSpace();
  return comparison(scanner, operator, scanner.value());
}

function comparison(scanner: PatternScanner, operator: (typeof OPERATORS)[number], value: string): Condition {
  if (operator === '=' || operator === '!=') {
    const wanted = operator === '=';
    // Only `*` is a wildcard here.
    const wildcard = new Wildcard(value.replaceAll(/[\\?]/g, '\\$&'));
    return (field) => wildcard.matches(field) === wanted;
  }
  const bound = numberOf(value);
  if (bound === undefined) throw scanner.refuse(`'${value}' is no number to compare with by ${operator}`);
  return (field) => {
    const number = numberOf(field);
    if (number === undefined) return false;
    if (operator === '<') return number < bound;
    if (operator === '<=') return number <= bound;
    return operator === '>' ? number > bound : number >= bound;
  };
}

function numberOf(text: string): number | undefined {
  return /^-?\d{1,20}(?:\.\d{1,20})?$/.test(text) ? Number(text) : undefined;
}

/** The fields of a message: between spaces; quotes and brackets hold one together and are no part of it. */
export function fieldsOf(message: string): string[] {
  if (!message.includes('"') && !message.includes('[')) {
    return message.split(' ').filter((it) => it !== '');
  }
  const out: string[] = [];
  let at = 0;
  while (at < message.length) {
    const first = message[at]!;
    if (first === ' ') {
      at++;
      continue;
    }
    const close = first === '"' ? '"' : first === '[' ? ']' : ' ';
    const start = close === ' ' ? at : at + 1;
    const found = message.indexOf(close, start);
    const end = found < 0 ? message.length : found;
    out.push(message.slice(start, end));
    at = end + 1;
  }
  return out;
}
