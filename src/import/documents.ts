/** Input text to documents: JSON, one value or several behind each other, or one YAML document. */
import { messageOf, UserError } from '../base/errors.ts';
import { YamlFile } from '../base/yaml-file.ts';

/** Deepest nesting of an input: Terraform's child modules nest two levels each. */
const MAX_DEPTH = 128;
/** Most values in one file. */
const MAX_DOCUMENTS = 100_000;
/** Longest YAML text, in bytes: its parser takes about a hundred times as long as that of JSON. */
const MAX_YAML = 32 << 20;

/** A parsed value with the place where it begins: the file, and the line where there are several. */
export interface InputDocument {
  readonly place: string;
  readonly value: unknown;
}

/** The values in a file's text. A UserError names file, line and column of what cannot be read. */
export function parseDocuments(given: string, file: string): InputDocument[] {
  const text = given.startsWith('\ufeff') ? given.slice(1) : given;
  const first = nextSolid(text, 0);
  if (first === text.length) throw new UserError(`${file}: is empty: give it what a describe command wrote`);
  if (text[first] !== '{' && text[first] !== '[') return [{ place: file, value: yamlValue(text, file) }];
  const documents: InputDocument[] = [];
  for (let at = first; at < text.length;) {
    if (text[at] !== '{' && text[at] !== '[') {
      throw new UserError(`${place(text, at, file)}: this is no JSON: a value begins with { or [`);
    }
    const end = endOfValue(text, at, file);
    documents.push({ place: `${file}:${lineOf(text, at)}`, value: jsonValue(text, at, end, file) });
    if (documents.length > MAX_DOCUMENTS) {
      throw new UserError(`${file}: more than ${MAX_DOCUMENTS} values in one file: split it`);
    }
    at = nextSolid(text, end);
  }
  return documents.length === 1 ? [{ place: file, value: documents[0]!.value }] : documents;
}

function nextSolid(text: string, from: number): number {
  let at = from;
  while (at < text.length && /\s/.test(text[at]!)) at++;
  return at;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** The end of the value that begins with a brace or bracket; the text's end where it is not closed. */
function endOfValue(text: string, from: number, file: string): number {
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      for (at++; at < text.length && text.charCodeAt(at) !== QUOTE; at++) {
        if (text.charCodeAt(at) === BACKSLASH) at++;
      }
    } else if (code === 0x7b || code === 0x5b) {
      if (++depth > MAX_DEPTH) {
        throw new UserError(
          `${place(text, at, file)}: nested deeper than ${MAX_DEPTH} levels: no such output is`,
        );
      }
    } else if ((code === 0x7d || code === 0x5d) && --depth === 0) return at + 1;
  }
  return text.length;
}

function jsonValue(text: string, from: number, end: number, file: string): unknown {
  try {
    return JSON.parse(text.slice(from, end)) as unknown;
  } catch (error) {
    const message = messageOf(error);
    const position = /at position ([0-9]+)/.exec(message)?.[1];
    const at = position === undefined ? from : from + Number(position);
    // Without the text around it: state files hold secrets.
    const reason = message.replace(/(?:,? (?:\.\.\.)?".*| in JSON at position .*)$/s, '');
    throw new UserError(`${place(text, at, file)}: this is no JSON: ${reason}`, { cause: error });
  }
}

function yamlValue(text: string, file: string): unknown {
  if (text.length > MAX_YAML) {
    throw new UserError(`${file}: YAML larger than ${MAX_YAML >> 20} MB: write it with --output json`);
  }
  let value: unknown;
  try {
    value = new YamlFile(text, file).data();
  } catch (error) {
    if (error instanceof RangeError) {
      throw new UserError(`${file}: nested too deeply: no such output is`, { cause: error });
    }
    throw error;
  }
  if (typeof value === 'object' && value !== null && depthOf(value) <= MAX_DEPTH) return value;
  throw new UserError(`${file}: neither JSON nor YAML of a describe command: use --output json`);
}

/** Levels of nesting, level by level; counted no further than one past the bound. */
function depthOf(value: object): number {
  let level: unknown[] = [value];
  let depth = 0;
  while (level.length > 0 && depth <= MAX_DEPTH) {
    depth++;
    level = level.flatMap((it) => (typeof it === 'object' && it !== null ? Object.values(it) : []));
  }
  return depth;
}

function lineOf(text: string, at: number): number {
  let line = 1;
  for (let i = text.indexOf('\n'); i >= 0 && i < at; i = text.indexOf('\n', i + 1)) line++;
  return line;
}

function place(text: string, at: number, file: string): string {
  return `${file}:${lineOf(text, at)}:${at - text.lastIndexOf('\n', at - 1)}`;
}
