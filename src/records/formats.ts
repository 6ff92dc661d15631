import { defaultFieldsOf, findField, fieldsOf } from './catalogue.ts';
import type { Field, FormatKind } from './catalogue.ts';
import { checkTagFields } from './tag-fields.ts';
import type { TagFieldError, TagFieldSpecification } from './tag-fields.ts';

/** A log format that keeps every rule. Plain data: may be posted to another thread. */
export interface LogFormat {
  readonly kind: FormatKind;
  /** In the order of the line; at least one, none twice. */
  readonly fields: readonly Field[];
  /** As DescribeFlowLogs returns it: `${id}` tokens with one space between. */
  readonly text: string;
  /** What the `version` field prints: the highest version among the fields. */
  readonly version: number;
  /** Keys of the tag fields; empty when the format has none. */
  readonly tagFields: readonly TagFieldSpecification[];
}

/** Why a text is no log format. Stable: callers turn these into errors of their own. */
export type FormatFault =
  | 'no-field'
  | 'too-long'
  | 'outer-space'
  | 'doubled-space'
  | 'stray-space'
  | 'missing-space'
  | 'stray-text'
  | 'unknown-field'
  | 'field-twice';

/** The first fault found, from the left; faults of tag fields come last. */
export interface FormatError {
  readonly ok: false;
  readonly reason: FormatFault | TagFieldError['reason'];
  /** One sentence that names the field and the place, without a full stop. */
  readonly message: string;
  /** The field or piece of text at fault, where there is one. */
  readonly field?: string | undefined;
  /** Where it begins in the text, in characters from 1. */
  readonly position?: number | undefined;
}

export type FormatResult = { readonly ok: true; readonly format: LogFormat } | FormatError;

export interface FormatOptions {
  readonly kind: FormatKind;
  readonly tagFields?: readonly TagFieldSpecification[] | undefined;
}

/** Characters of a log format's text. All 54 fields take about 1,150, and none may stand twice. */
export const MAX_FORMAT_LENGTH = 2048;

/** Characters of foreign text that a message repeats. */
const MAX_QUOTED = 40;

/** The default log format of a kind. */
export function defaultLogFormat(kind: FormatKind): LogFormat {
  return formatOf(kind, defaultFieldsOf(kind), []);
}

/**
 * Parses `${field-id} ${field-id} …` strictly: ids of the kind's catalogue, each at most once, at least one,
 * exactly one space between and nothing else; tag fields only with their keys (S8.6). Never throws.
 */
export function parseLogFormat(text: string, options: FormatOptions): FormatResult {
  const { kind, tagFields = [] } = options;
  if (text.length > MAX_FORMAT_LENGTH) {
    return refuse(
      'too-long',
      `the log format has ${text.length} characters, ${MAX_FORMAT_LENGTH} are allowed`,
    );
  }
  if (text.trim() === '') return refuse('no-field', `the log format names no field${shellHint(text)}`);
  const outer = /^\s/.test(text) ? 0 : /\s$/.test(text) ? text.trimEnd().length : -1;
  if (outer >= 0) {
    const where = outer === 0 ? 'begins' : 'ends';
    const message = `the log format ${where} with a space ${at(outer)}${shellHint(text)}`;
    return refuse('outer-space', message, outer);
  }
  const fields: Field[] = [];
  const seen = new Map<string, number>();
  let position = 0;
  while (position < text.length) {
    const fault = checkGap(text, position, fields.at(-1), kind);
    if (fault !== undefined) return fault;
    if (fields.length > 0) position += 1;
    const end = text.startsWith('${', position) ? text.indexOf('}', position) : -1;
    if (end < 0) return strayText(text, position, kind);
    const id = text.slice(position + 2, end);
    const found = findField(kind, id);
    if (found === undefined) return unknownField(id, position, kind);
    const before = seen.get(id);
    if (before !== undefined) {
      const places = `${at(position)}, and before ${at(before)}`;
      return refuse('field-twice', `field \${${id}} is in the log format twice, ${places}`, position, id);
    }
    seen.set(id, position);
    fields.push(found);
    position = end + 1;
  }
  const tagFault = checkTagFields(seen, tagFields);
  if (tagFault !== undefined) {
    const { reason, message, field, offset } = tagFault;
    return refuse(reason, offset === undefined ? message : `${message} ${at(offset)}`, offset, field);
  }
  return { ok: true, format: formatOf(kind, fields, tagFields) };
}

function formatOf(
  kind: FormatKind,
  fields: readonly Field[],
  tagFields: readonly TagFieldSpecification[],
): LogFormat {
  const text = fields.map(({ id }) => `\${${id}}`).join(' ');
  const version = Math.max(...fields.map((entry) => entry.version));
  return { kind, fields, text, version, tagFields };
}

/** What stands between two tokens must be one space. */
function checkGap(
  text: string,
  position: number,
  last: Field | undefined,
  kind: FormatKind,
): FormatError | undefined {
  if (last === undefined) return undefined;
  const after = `after \${${last.id}} ${at(position)}`;
  const gap = /^\s*/.exec(text.slice(position))![0];
  if (gap === ' ') return undefined;
  if (gap !== '' && /^ +$/.test(gap)) {
    return refuse('doubled-space', `the log format has ${gap.length} spaces ${after}`, position, last.id);
  }
  if (gap !== '') {
    return refuse(
      'stray-space',
      `the log format has white space other than one space ${after}`,
      position,
      last.id,
    );
  }
  if (text.startsWith('${', position)) {
    return refuse('missing-space', `the log format has no space ${after}`, position, last.id);
  }
  return strayText(text, position, kind);
}

function strayText(text: string, position: number, kind: FormatKind): FormatError {
  const rest = text.slice(position);
  if (rest.startsWith('${')) {
    return refuse('stray-text', `"\${" ${at(position)} is not closed by "}"`, position, quoted(rest));
  }
  const piece = /^[^\s$]*/.exec(rest)![0] || rest.slice(0, 1);
  // A trailing comma is the other way to write a list.
  const bare = piece.replace(/[,;]$/, '');
  const known = findField(kind, bare) !== undefined ? bare : undefined;
  const message = `${quoted(piece)} ${at(position)} is outside of \${…}${shellHint(text, known)}`;
  return refuse('stray-text', message, position, piece);
}

/** For texts without any token: names without ${} are the usual mistake, a shell that replaced the tokens
 * inside double quotes is the other. */
function shellHint(text: string, id = 'srcaddr'): string {
  if (text.includes('${')) return '';
  return `: write each field as \${${id}}, and put the format in single quotes in a shell`;
}

function unknownField(id: string, position: number, kind: FormatKind): FormatError {
  if (id === '') return refuse('unknown-field', `"\${}" ${at(position)} names no field`, position, id);
  const plain = squeeze(id);
  const near = fieldsOf(kind).find((entry) => squeeze(entry.id) === plain);
  if (near !== undefined && id.trim() === near.id) {
    const message = `field \${${near.id}} ${at(position)} has white space inside its braces`;
    return refuse('stray-space', message, position, near.id);
  }
  const other: FormatKind = kind === 'vpc' ? 'transit-gateway' : 'vpc';
  let hint = '';
  if (near !== undefined) hint = `: did you mean \${${near.id}}?`;
  else if (findField(other, id) !== undefined) {
    hint = `: it is a field of ${other === 'vpc' ? 'VPC' : 'transit gateway'} flow logs only`;
  }
  return refuse('unknown-field', `unknown field ${quoted(id)} ${at(position)}${hint}`, position, id);
}

/** Ids that differ only in case, separators and white space squeeze to the same text. */
function squeeze(id: string): string {
  return id.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
}

function at(offset: number): string {
  return `at character ${offset + 1}`;
}

function quoted(text: string): string {
  return JSON.stringify(text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED)}…` : text);
}

function refuse(
  reason: FormatError['reason'],
  message: string,
  offset?: number,
  field?: string,
): FormatError {
  return { ok: false, reason, message, field, position: offset === undefined ? undefined : offset + 1 };
}
