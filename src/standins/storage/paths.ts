/**
 * The one place where names of clients (bucket names, object keys, log groups and streams) become paths below
 * a directory, and paths names again (S8.5).
 *
 * An encoded component is ASCII: letters, digits and the marks of PLAIN stand for themselves, every other byte
 * of the name's UTF-8 is `%XX`, and so is a dot at the beginning. No component is therefore empty, `.` or `..`,
 * none holds a slash or a NUL, and none begins with a dot: such names are free for what storage keeps of its own.
 * A `%` that no two hexadecimal digits follow is a mark:
 *
 *   `%-`        an empty name (the middle of `a//b`)
 *   `…%+`       a directory with the first part of a name that is longer than a component may be; the
 *               next part is in it. In such names every dot is escaped, so that no part begins with one.
 *   `…%`        see `keyToPath`
 *
 * File systems that take upper and lower case for the same cannot hold names that differ in nothing else.
 */

/** Longest component of a path that the usual file systems take, bytes. */
const LONGEST_COMPONENT = 255;
const MARK = '%';
const EMPTY = '%-';
const CONTINUED = '%+';
/** Bytes of a part of a name that goes on in the directory it names. */
const PART = LONGEST_COMPONENT - CONTINUED.length;

const PLAIN = /[A-Za-z0-9\-_.~!'()+,=@:$&; ]/;
const ESCAPES: readonly string[] = Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte);
  return byte < 0x80 && PLAIN.test(character)
    ? character
    : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
});
const ALL_PLAIN = /^[A-Za-z0-9\-_~!'()+,=@:$&; ][A-Za-z0-9\-_.~!'()+,=@:$&; ]*$/;
/** Text before the marks: plain characters and escapes in capitals. */
const ENCODED = /^(?:[A-Za-z0-9\-_.~!'()+,=@:$&; ]|%[0-9A-F]{2})*$/;

/**
 * The path of a name on its own (a bucket, a log group, a log stream): one component, more only where it is too
 * long for one. The name has no lone surrogates. A slash in it is escaped.
 */
export function nameToPath(name: string): string[] {
  return cut(encode(bytesOf(name), ''), () => encodeLong(bytesOf(name), ''));
}

/** The name that `nameToPath` gave this path; undefined for a path that it gives to none. */
export function pathToName(path: readonly string[]): string | undefined {
  const name = textOf(decode(path.map(uncontinued).join('')));
  return name !== undefined && same(nameToPath(name), path) ? name : undefined;
}

/**
 * The path of an object's key: a component for each of its segments, the last one the object's file. So that
 * `a` and `a/b` fit beside each other, names of directories and of files differ: a directory with a dot in
 * its name, and a file without one, have a `%` at the end. The key has no lone surrogates.
 */
export function keyToPath(key: string): string[] {
  const segments = bytesOf(key).split('/');
  const file = segments.pop()!;
  return [...segments.flatMap((segment) => segmentToPath(segment, true)), ...segmentToPath(file, false)];
}

/** The key that `keyToPath` gave this path; undefined for a path that it gives to none. */
export function pathToKey(path: readonly string[]): string | undefined {
  const segments: string[] = [];
  let first = '';
  for (const component of path) {
    if (component.endsWith(CONTINUED)) {
      first += uncontinued(component);
      continue;
    }
    const segment = decode(unmarked(first + component));
    if (segment === undefined) return undefined;
    segments.push(segment);
    first = '';
  }
  if (segments.length === 0) return undefined;
  const key = textOf(segments.join('/'));
  return key !== undefined && same(keyToPath(key), path) ? key : undefined;
}

/**
 * The segment of a key that an entry of a directory stands for, as bytes (latin-1 text, which sorts as UTF-8
 * does); undefined for an entry that stands for none. `continued` are the parts of a long name that the
 * directories around the entry hold, encoded, without their marks.
 */
export function entryToSegment(entry: string, isDirectory: boolean, continued = ''): string | undefined {
  if (continued === '' && ALL_PLAIN.test(entry))
    return entry.includes('.') === isDirectory ? undefined : entry;
  const segment = decode(unmarked(continued + entry));
  if (segment === undefined) return undefined;
  const path = segmentToPath(segment, isDirectory);
  const parts = path.slice(0, -1).map(uncontinued).join('');
  return path.at(-1) === entry && parts === continued ? segment : undefined;
}

/** The part of a long name that a directory holds the rest of; undefined for any other directory. */
export function continuedPart(entry: string): string | undefined {
  return entry.length === LONGEST_COMPONENT && entry.endsWith(CONTINUED) ? uncontinued(entry) : undefined;
}

/** UTF-8 as latin-1 text: one character a byte, in the order of bytes. */
export function bytesOf(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** The text of UTF-8 bytes; undefined where they are not well-formed. */
export function textOf(bytes: string | undefined): string | undefined {
  if (bytes === undefined) return undefined;
  const text = Buffer.from(bytes, 'latin1').toString('utf8');
  return bytesOf(text) === bytes ? text : undefined;
}

function segmentToPath(segment: string, isDirectory: boolean): string[] {
  const mark = segment.includes('.') === isDirectory ? MARK : '';
  return cut(encode(segment, mark), () => encodeLong(segment, mark));
}

function encode(bytes: string, mark: string): string {
  if (bytes === '') return EMPTY + mark;
  if (ALL_PLAIN.test(bytes)) return bytes + mark;
  let out = bytes.startsWith('.') ? '%2E' : ESCAPES[bytes.charCodeAt(0)]!;
  for (let i = 1; i < bytes.length; i++) out += ESCAPES[bytes.charCodeAt(i)]!;
  return out + mark;
}

function encodeLong(bytes: string, mark: string): string {
  return encode(bytes, mark).replaceAll('.', '%2E');
}

function cut(encoded: string, long: () => string): string[] {
  if (encoded.length <= LONGEST_COMPONENT) return [encoded];
  const parts: string[] = [];
  let rest = long();
  while (rest.length > LONGEST_COMPONENT) {
    parts.push(rest.slice(0, PART) + CONTINUED);
    rest = rest.slice(PART);
  }
  return [...parts, rest];
}

function unmarked(encoded: string): string {
  return encoded.endsWith(MARK) ? encoded.slice(0, -MARK.length) : encoded;
}

function uncontinued(component: string): string {
  return component.endsWith(CONTINUED) ? component.slice(0, -CONTINUED.length) : component;
}

function decode(encoded: string): string | undefined {
  if (encoded === EMPTY) return '';
  if (encoded === '' || !ENCODED.test(encoded)) return undefined;
  return encoded.replace(/%(..)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((component, i) => component === b[i]);
}
