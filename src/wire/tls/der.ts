/** DER, as much of it as a certificate takes (X.690): each function makes one value, tag and length included. */

const TAGS = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  utf8String: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

/** Tags of one's own structure (`[n]`). */
const CONTEXT = 0x80;
const CONSTRUCTED = 0x20;
/** Lengths from here on take bytes of their own. */
const LONG_LENGTH = 0x80;
/** Dates from here on are GeneralizedTime (RFC 5280, 4.1.2.5). */
const FIRST_GENERALIZED_YEAR = 2050;

function value(tag: number, content: Uint8Array): Buffer {
  const length: number[] = [];
  if (content.length < LONG_LENGTH) length.push(content.length);
  else {
    for (let rest = content.length; rest > 0; rest = Math.floor(rest / 256)) length.unshift(rest % 256);
    length.unshift(LONG_LENGTH | length.length);
  }
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
}

export function sequence(...parts: readonly Uint8Array[]): Buffer {
  return value(TAGS.sequence, Buffer.concat(parts));
}

export function set(...parts: readonly Uint8Array[]): Buffer {
  return value(TAGS.set, Buffer.concat(parts));
}

export function boolean(is: boolean): Buffer {
  return value(TAGS.boolean, Buffer.from([is ? 0xff : 0]));
}

/** A whole number that is not negative, of big-endian bytes. */
export function integer(bytes: Uint8Array): Buffer {
  let from = 0;
  while (from < bytes.length - 1 && bytes[from] === 0) from++;
  const own = bytes.subarray(from);
  // A first bit that is set would make it negative.
  return value(TAGS.integer, (own[0] ?? 0) < 0x80 ? own : Buffer.concat([Buffer.from([0]), own]));
}

/** `1.2.840.10045.4.3.2` */
export function oid(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number);
  const bytes = [first * 40 + second, ...rest].flatMap((arc) => {
    const groups = [arc & 0x7f];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) {
      groups.unshift((left & 0x7f) | 0x80);
    }
    return groups;
  });
  return value(TAGS.oid, Buffer.from(bytes));
}

export function utf8String(text: string): Buffer {
  return value(TAGS.utf8String, Buffer.from(text, 'utf8'));
}

export function octetString(bytes: Uint8Array): Buffer {
  return value(TAGS.octetString, bytes);
}

/** Whole bytes, less so many bits at the end. */
export function bitString(bytes: Uint8Array, unused = 0): Buffer {
  return value(TAGS.bitString, Buffer.concat([Buffer.from([unused]), bytes]));
}

/** A time to the second: UTCTime or GeneralizedTime, by its year. */
export function time(at: Date): Buffer {
  const digits = `${at.toISOString().slice(0, 19).replaceAll(/[-:T]/g, '')}Z`;
  if (at.getUTCFullYear() >= FIRST_GENERALIZED_YEAR) return value(TAGS.generalizedTime, Buffer.from(digits));
  return value(TAGS.utcTime, Buffer.from(digits.slice(2)));
}

/** `[n] EXPLICIT`: holds whole values. */
export function explicit(n: number, content: Uint8Array): Buffer {
  return value(CONTEXT | CONSTRUCTED | n, content);
}

/** `[n] IMPLICIT` of bytes. */
export function implicit(n: number, content: Uint8Array): Buffer {
  return value(CONTEXT | n, content);
}
