/**
 * The application/x-www-form-urlencoded codec of requests: a query string or a body to an ordered list of
 * parameters. Strict: every `%` is followed by two hexadecimal digits, and what comes out is well-formed
 * UTF-8. Everything is bounded before it is kept.
 */

export type Parameter = readonly [name: string, value: string];

/** Why a form is refused. */
export const FORM_FAULTS = [
  'bad_percent', // a percent sign without two hexadecimal digits
  'bad_utf8', // not well-formed UTF-8 once decoded
  'empty_name', // `=value`
  'too_many', // more than maxParameters
  'name_too_long', // a name of more than maxNameLength characters
  'duplicate', // the same name twice
] as const;
export type FormFault = (typeof FORM_FAULTS)[number];

/** A form that cannot be read. The message is fit for the client: it repeats nothing that was sent. */
export class FormError extends Error {
  readonly fault: FormFault;

  constructor(fault: FormFault, message: string) {
    super(message);
    this.name = 'FormError';
    this.fault = fault;
  }
}

export interface FormLimits {
  readonly maxParameters: number;
  /** In characters, once decoded. */
  readonly maxNameLength: number;
}

/** A thousand resource ids with fifty tags, or two hundred filters of two hundred values by one request more
 * than anyone sends; far below what would take long to read. */
const FORM_LIMITS: FormLimits = { maxParameters: 10_000, maxNameLength: 512 };

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Reads one form. `bytes` is the raw query string (without `?`) or body. Empty pairs (`a=1&&b=2`) are
 * skipped, a pair without `=` has the empty value, `+` is a space.
 *
 * @throws FormError with the first fault found
 */
export function parseForm(bytes: Uint8Array, limits: FormLimits = FORM_LIMITS): Parameter[] {
  const text = latin1(bytes);
  const parameters: Parameter[] = [];
  let from = 0;
  while (from <= text.length) {
    let to = text.indexOf('&', from);
    if (to < 0) to = text.length;
    if (to > from) {
      if (parameters.length === limits.maxParameters) {
        throw new FormError('too_many', `The request has more than ${limits.maxParameters} parameters.`);
      }
      parameters.push(parsePair(text, from, to, limits));
    }
    from = to + 1;
  }
  return parameters;
}

function parsePair(text: string, from: number, to: number, limits: FormLimits): Parameter {
  let equals = text.indexOf('=', from);
  if (equals < 0 || equals > to) equals = to;
  if (equals === from) throw new FormError('empty_name', 'The request has a parameter without a name.');
  // Three raw characters make one at least, so that an endless name is not decoded first.
  if (equals - from > 3 * 4 * limits.maxNameLength) throw nameTooLong(limits);
  const name = decodeComponent(text.slice(from, equals));
  if (name.length > limits.maxNameLength) throw nameTooLong(limits);
  return [name, decodeComponent(text.slice(equals + 1, to))];
}

function nameTooLong(limits: FormLimits): FormError {
  return new FormError(
    'name_too_long',
    `The request has a parameter name of more than ${limits.maxNameLength} characters.`,
  );
}

const PLAIN = /^[\x20-\x24\x26-\x2a\x2c-\x7e]*$/; // ASCII without % and +
const BAD_PERCENT = /%(?![0-9a-fA-F]{2})/;

/** Decodes one name or value, given as latin-1 text. Throws FormError. */
function decodeComponent(raw: string): string {
  if (PLAIN.test(raw)) return raw;
  if (BAD_PERCENT.test(raw)) {
    throw new FormError(
      'bad_percent',
      'The request has a percent sign that two hexadecimal digits do not follow.',
    );
  }
  const bytes = Buffer.allocUnsafe(raw.length);
  let length = 0;
  for (let i = 0; i < raw.length; i++) {
    const code = raw.charCodeAt(i);
    if (code === 0x25) {
      bytes[length++] = Number.parseInt(raw.slice(i + 1, i + 3), 16);
      i += 2;
    } else bytes[length++] = code === 0x2b ? 0x20 : code;
  }
  try {
    return strictUtf8.decode(bytes.subarray(0, length));
  } catch {
    throw new FormError('bad_utf8', 'The request is not well-formed UTF-8.');
  }
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

/** What a name that stands twice means. What the service does is not known: refusing hides nothing. */
export type DuplicatePolicy = 'refuse' | 'last wins';
const DUPLICATES: DuplicatePolicy = 'refuse';

/**
 * Leaves one value a name.
 *
 * @throws FormError when a name stands twice, unless the last is to win
 */
export function settleDuplicates(
  parameters: readonly Parameter[],
  policy: DuplicatePolicy = DUPLICATES,
): Parameter[] {
  const values = new Map(parameters);
  if (policy === 'refuse' && values.size !== parameters.length) {
    throw new FormError('duplicate', 'The request has the same parameter twice.');
  }
  return [...values];
}

/** The query of a raw request target as bytes, empty where there is none. */
export function queryOf(target: string): Uint8Array {
  const mark = target.indexOf('?');
  return mark < 0 ? new Uint8Array(0) : Buffer.from(target.slice(mark + 1), 'latin1');
}

/** The path of a raw request target. */
export function pathOf(target: string): string {
  const mark = target.indexOf('?');
  return mark < 0 ? target : target.slice(0, mark);
}
