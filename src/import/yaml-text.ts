/** The data of a network file as YAML: mappings in blocks, lists of scalars in one line, comments beside resources. */
import { isObject } from './fields.ts';

/** What YAML reads as text without quotes: names that begin with a letter, IPv4 addresses and prefixes. */
const PLAIN = /^(?:[A-Za-z][A-Za-z0-9_./-]*|[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?:\/[0-9]{1,2})?)$/;
/** What stands for something else without quotes, in YAML 1.1 too. */
const WORDS = /^(?:true|false|null|yes|no|on|off|y|n)$/i;
const MAX_COMMENT = 100;

/** Lists of which none at all is something else than no key. */
const EMPTY = new Set(['securityGroups', 'egress']);

/** Comment of a mapping in a list, undefined for none. */
export type CommentOf = (it: object) => string | undefined;

/** The text of a mapping, each line with a newline. */
export function yamlText(data: Readonly<Record<string, unknown>>, commentOf: CommentOf): string {
  const lines: string[] = [];
  members(data, '', lines, commentOf);
  return `${lines.join('\n')}\n`;
}

function members(
  data: Readonly<Record<string, unknown>>,
  indent: string,
  lines: string[],
  commentOf: CommentOf,
): void {
  for (const [key, value] of Object.entries(data)) {
    const name = `${indent}${scalar(key)}:`;
    if (Array.isArray(value)) {
      if (value.length === 0) {
        if (EMPTY.has(key)) lines.push(`${name} []`);
        continue;
      }
      if (indent === '') lines.push('');
      if (!value.some(isObject)) lines.push(`${name} [${value.map(scalar).join(', ')}]`);
      else {
        lines.push(name);
        for (const it of value as Record<string, unknown>[]) element(it, `${indent}  `, lines, commentOf);
      }
    } else if (isObject(value)) {
      if (Object.keys(value).length === 0) continue;
      lines.push(name);
      members(value, `${indent}  `, lines, commentOf);
    } else lines.push(`${name} ${scalar(value)}`);
  }
}

function element(it: Record<string, unknown>, indent: string, lines: string[], commentOf: CommentOf): void {
  const comment = commentOf(it);
  if (comment !== undefined) lines.push(`${indent}# ${commentText(comment)}`);
  const at = lines.length;
  members(it, `${indent}  `, lines, commentOf);
  // A mapping from which everything was taken out, such as an address of a gateway, has no line of its own.
  lines[at] = `${indent}- ${lines[at]?.slice(indent.length + 2) ?? '{}'}`;
}

/** One line of printable text. */
export function commentText(text: string): string {
  const line = text.replaceAll(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' ');
  return line.length > MAX_COMMENT ? `${line.slice(0, MAX_COMMENT).replace(/[\uD800-\uDBFF]$/, '')}…` : line;
}

function scalar(value: unknown): string {
  if (typeof value !== 'string') return String(value);
  if (PLAIN.test(value) && !WORDS.test(value)) return value;
  return JSON.stringify(value).replaceAll(
    /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
