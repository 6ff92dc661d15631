/** YAML files that people write: every fault with file, line and column, all of them at once. */
import { readFileSync, statSync } from 'node:fs';
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, type Document } from 'yaml';
import type { z } from 'zod';
import { messageOf, UserError } from './errors.ts';
import { suggestion } from './suggestion.ts';

/** How many faults of a file are shown. */
const MAX_SHOWN = 20;

/** Keys and indexes from the top of a file. */
export type Path = readonly (string | number)[];

export interface Fault {
  readonly path: Path;
  readonly message: string;
  /** The fault is this key of the mapping at the path. */
  readonly key?: string;
}

/** The text of a file of at most so many bytes; `what` it is stands in messages. UserError. */
export function readTextFile(file: string, what: string, maxBytes: number): string {
  try {
    const { size } = statSync(file);
    if (size > maxBytes) throw new UserError(`${file}: larger than ${maxBytes >> 20} MB: shorten it`);
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`${file}: the ${what} cannot be read: ${messageOf(error)}`, { cause: error });
  }
}

/** A parsed file that knows where each of its parts stands. */
export class YamlFile {
  readonly #file: string;
  readonly #document: Document.Parsed;
  readonly #lines: LineCounter;

  /** Parses one document; a UserError names every syntax fault. `file` is its name in messages. */
  constructor(text: string, file: string) {
    this.#file = file;
    this.#lines = new LineCounter();
    this.#document = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false });
    const syntax = [...this.#document.errors, ...this.#document.warnings];
    if (syntax.length > 0) {
      refuse(
        file,
        syntax.map(({ pos, code, message }) => ({
          ...position(this.#lines, pos[0]),
          message: SYNTAX[code] ?? message,
        })),
      );
    }
  }

  /** The document as plain data; the parser bounds what aliases may expand to. */
  data(): unknown {
    try {
      return this.#document.toJS();
    } catch (error) {
      if (!(error instanceof ReferenceError)) throw error;
      const message = `the file's aliases cannot be followed: ${error.message}`;
      return refuse(this.#file, [{ line: 1, column: 1, message }]);
    }
  }

  /** Throws a UserError with all faults at their places. */
  refuse(faults: readonly Fault[]): never {
    return refuse(
      this.#file,
      faults.map((fault) => ({
        ...position(this.#lines, offsetOf(this.#document, fault)),
        message: fault.message,
      })),
    );
  }
}

const SYNTAX: Readonly<Record<string, string>> = {
  MULTIPLE_DOCS: 'a second document begins here: write one document',
  DUPLICATE_KEY: 'the key is there already in this mapping: take one out',
};

/**
 * What is wrong with a value by a schema, each fault at its place below `path`. `innerKeys` are the keys of
 * mappings inside it, by the name of the key that holds them; `what` the top of the file is called.
 */
export function schemaFaults(
  schema: z.ZodObject,
  issues: readonly z.core.$ZodIssue[],
  path: Path,
  innerKeys: Readonly<Record<string, readonly string[]>>,
  what: string,
): Fault[] {
  return issues.flatMap((issue): Fault[] => {
    const at = [...path, ...(issue.path as (string | number)[])];
    if (issue.code !== 'unrecognized_keys') return [{ path: at, message: textOf(issue) }];
    const inner = issue.path.findLast((step) => typeof step === 'string');
    const known = inner === undefined ? Object.keys(schema.shape) : (innerKeys[inner] ?? []);
    return issue.keys.map((key) => {
      const near = suggestion(key, known);
      const hint = near === undefined ? `it has ${known.join(', ')}` : `did you mean ${near}?`;
      const where = at.findLast((step) => typeof step === 'string') ?? what;
      return { path: at, key, message: `unknown key "${key}" in ${where}: ${hint}` };
    });
  });
}

/** What a broken rule of a schema means to the one who wrote the file. */
function textOf(issue: z.core.$ZodIssue): string {
  const member = issue.path.findLast((step) => typeof step === 'string');
  const what = member === undefined ? 'this' : member;
  const { input } = issue;
  switch (issue.code) {
    case 'invalid_type': {
      const wanted = TYPES[issue.expected] ?? issue.expected;
      if (input === undefined) return `${what} is missing: give it ${wanted}`;
      if (input === null) return `${what} is empty: give it ${wanted}, or take it out`;
      if (issue.expected === 'string' && typeof input !== 'object') {
        return `${what} is not text here: write it in quotes`;
      }
      const quotes = issue.expected === 'string' ? ': write it in quotes' : '';
      return `${what} must be ${wanted}${quotes}`;
    }
    case 'invalid_value': {
      if (input === undefined) return `${what} is missing: write one of ${issue.values.join(', ')}`;
      const near = typeof input === 'string' ? suggestion(input, issue.values.map(String)) : undefined;
      const hint = near === undefined ? `write one of ${issue.values.join(', ')}` : `did you mean ${near}?`;
      return `${what}: ${quoted(input)} is unknown: ${hint}`;
    }
    case 'too_small':
      return `${what}: ${quoted(input)} is too small: ${issue.minimum} is the least`;
    case 'too_big':
      return `${what}: ${quoted(input)} is too large: ${issue.maximum} is the most`;
    default:
      return issue.message.startsWith('is ')
        ? `${what}: ${quoted(input)} ${issue.message}`
        : `${what}: ${issue.message}`;
  }
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'a text',
  int: 'a whole number',
  number: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping of keys to values',
  record: 'a mapping of keys to texts',
};

function quoted(input: unknown): string {
  const text = typeof input === 'string' ? input : (JSON.stringify(input) ?? '');
  return `"${text.length > 60 ? `${text.slice(0, 60)}…` : text}"`;
}

/** Offset of the node at a path, or of the nearest one around it that is there. */
function offsetOf(document: Document.Parsed, { path, key }: Fault): number {
  let node: unknown = document.contents;
  let offset = document.contents?.range[0] ?? 0;
  for (const step of key === undefined ? path : [...path, key]) {
    if (isAlias(node)) node = node.resolve(document);
    if (isSeq(node) && typeof step === 'number') {
      node = node.items[step];
    } else if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(step));
      if (pair === undefined) break;
      const own = (pair.key as { range?: readonly [number, number, number] | null }).range;
      offset = own?.[0] ?? offset;
      node = pair.value;
      if (step === key) break;
    } else break;
    const range = (node as { range?: readonly [number, number, number] | null } | null | undefined)?.range;
    if (range) offset = range[0];
  }
  return offset;
}

interface Position {
  readonly line: number;
  readonly column: number;
}

function position(lines: LineCounter, offset: number): Position {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}

function refuse(file: string, faults: (Position & { message: string })[]): never {
  const sorted = faults.toSorted((a, b) => a.line - b.line || a.column - b.column);
  const shown = sorted.slice(0, MAX_SHOWN).map((it) => `${file}:${it.line}:${it.column}: ${it.message}`);
  if (sorted.length > MAX_SHOWN) shown.push(`${file}: and ${sorted.length - MAX_SHOWN} more`);
  throw new UserError(shown.join('\n'));
}
