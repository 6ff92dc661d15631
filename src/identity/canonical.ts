import { createHash, createHmac } from 'node:crypto';
import type { RawRequest } from '../base/raw-request.ts';
import type { SigningRules } from './signing-rules.ts';

/**
 * The canonical request of Signature Version 4 over the raw request target and header lines, and the chain of
 * keys (AWS General Reference, "Create a signed AWS API request"). Works on bytes as they came: a parsed URL
 * has already lost what the client signed (S8.3).
 */
export const ALGORITHM = 'AWS4-HMAC-SHA256';
export const TERMINATOR = 'aws4_request';

const ESCAPES: readonly string[] = Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte);
  return /[A-Za-z0-9\-._~]/.test(character)
    ? character
    : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
});

/** Percent-encodes everything but the unreserved characters of RFC 3986, byte by byte of latin-1 text. */
export function encodeBytes(latin1: string): string {
  let out = '';
  for (let i = 0; i < latin1.length; i++) out += ESCAPES[latin1.charCodeAt(i) & 0xff]!;
  return out;
}

/** Takes percent escapes back to bytes, as latin-1 text; what is no escape stays. */
export function decodeBytes(text: string): string {
  return text.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

/** Path and query of a raw request target. */
export function splitTarget(target: string): { path: string; query: string } {
  const mark = target.indexOf('?');
  return mark < 0
    ? { path: target, query: '' }
    : { path: target.slice(0, mark), query: target.slice(mark + 1) };
}

/** The canonical path of a raw path. */
export function canonicalPath(path: string, rules: Pick<SigningRules, 'path'>): string {
  if (rules.path === 'as sent') {
    return (
      path
        .split('/')
        .map((segment) => encodeBytes(decodeBytes(segment)))
        .join('/') || '/'
    );
  }
  const kept: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '' || segment === '.') continue;
    if (segment === '..') kept.pop();
    else kept.push(encodeBytes(segment));
  }
  const closing = kept.length > 0 && path.endsWith('/') ? '/' : '';
  return `/${kept.join('/')}${closing}`;
}

/** Name and value of each parameter of a raw query, decoded to bytes (latin-1). `+` is a space, as it is to
 * whoever reads the form: two spellings that sign alike must mean the same. */
export function queryParameters(query: string): [name: string, value: string][] {
  const out: [string, string][] = [];
  for (const piece of query.split('&')) {
    if (piece === '') continue;
    const mark = piece.indexOf('=');
    const name = mark < 0 ? piece : piece.slice(0, mark);
    const value = mark < 0 ? '' : piece.slice(mark + 1);
    out.push([decodeBytes(name.replaceAll('+', ' ')), decodeBytes(value.replaceAll('+', ' '))]);
  }
  return out;
}

/** The canonical query: encoded anew, sorted by name, then by value. */
export function canonicalQuery(parameters: readonly (readonly [string, string])[]): string {
  return parameters
    .map(([name, value]): [string, string] => [encodeBytes(name), encodeBytes(value)])
    .toSorted(([nameA, valueA], [nameB, valueB]) => compare(nameA, nameB) || compare(valueA, valueB))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The canonical header lines of the names signed (lower case, sorted), each closed by a line feed. A name that
 * the request has no line of stands with an empty value. */
export function canonicalHeaders(request: Pick<RawRequest, 'headers'>, signed: readonly string[]): string {
  const values = new Map<string, string>(signed.map((name) => [name, '']));
  const seen = new Set<string>();
  for (const [name, value] of request.headers) {
    const key = name.toLowerCase();
    const before = values.get(key);
    if (before === undefined) continue;
    const trimmed = value.trim().replace(/\s+/g, ' ');
    values.set(key, seen.has(key) ? `${before},${trimmed}` : trimmed);
    seen.add(key);
  }
  return signed.map((name) => `${name}:${values.get(name)}\n`).join('');
}

/** SHA-256 in lower-case hex. */
export function sha256Hex(data: Uint8Array | string): string {
  return createHash('sha256').update(data).digest('hex');
}

/** What a request is signed as: the scope of the credential. */
export interface CredentialScope {
  /** YYYYMMDD */
  readonly date: string;
  readonly region: string;
  readonly service: string;
}

/** The key that signs for one day, region and service. */
export function signingKey(secret: string, scope: CredentialScope): Buffer {
  let key: Buffer | string = `AWS4${secret}`;
  for (const part of [scope.date, scope.region, scope.service, TERMINATOR]) {
    key = createHmac('sha256', key).update(part).digest();
  }
  return key as Buffer;
}

/** The signature (32 bytes) of a canonical request. `timestamp` is YYYYMMDD'T'HHMMSS'Z'. */
export function signatureOf(
  canonicalRequest: string,
  timestamp: string,
  scope: CredentialScope,
  key: Uint8Array,
): Buffer {
  const scopeText = `${scope.date}/${scope.region}/${scope.service}/${TERMINATOR}`;
  const toSign = `${ALGORITHM}\n${timestamp}\n${scopeText}\n${sha256Hex(canonicalRequest)}`;
  return createHmac('sha256', key).update(toSign).digest();
}
