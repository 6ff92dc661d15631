/** IP addresses straight to bytes; the same text as base/addresses.ts gives. */

export const MAX_IPV4_BYTES = 15;
export const MAX_IPV6_BYTES = 39;

const COLON = 0x3a;

/** "0." to "255.", the first digit in the lowest byte, and how long each is. */
const OCTETS = new Uint32Array(256);
const OCTET_BYTES = new Uint8Array(256);
for (let octet = 0; octet < 256; octet++) {
  const text = `${octet}.`;
  OCTET_BYTES[octet] = text.length;
  for (let i = text.length - 1; i >= 0; i--) OCTETS[octet] = (OCTETS[octet]! << 8) | text.charCodeAt(i);
}

/** "00" to "ff", the first digit in the lowest byte. */
const HEX = Uint16Array.from({ length: 256 }, (_, byte) => {
  const text = byte.toString(16).padStart(2, '0');
  return text.charCodeAt(0) | (text.charCodeAt(1) << 8);
});

/** The eight groups of the address at hand. */
const groups = new Uint16Array(8);

/**
 * Writes a 32-bit word as a dotted quad at `position`; returns the position behind it. Up to four bytes
 * beyond are overwritten.
 */
export function writeIPv4(view: DataView, position: number, word: number): number {
  let octet = word >>> 24;
  view.setUint32(position, OCTETS[octet]!, true);
  let next = position + OCTET_BYTES[octet]!;
  octet = (word >>> 16) & 255;
  view.setUint32(next, OCTETS[octet]!, true);
  next += OCTET_BYTES[octet]!;
  octet = (word >>> 8) & 255;
  view.setUint32(next, OCTETS[octet]!, true);
  next += OCTET_BYTES[octet]!;
  octet = word & 255;
  view.setUint32(next, OCTETS[octet]!, true);
  // The last octet's dot is not part of the text.
  return next + OCTET_BYTES[octet]! - 1;
}

/**
 * Writes four words as canonical IPv6 text (RFC 5952, section 4: lower case, no leading zeros, `::` for the
 * first of the longest runs of two or more zero groups) at `position`; returns the position behind it.
 */
export function writeIPv6(
  view: DataView,
  position: number,
  a: number,
  b: number,
  c: number,
  d: number,
): number {
  groups[0] = a >>> 16;
  groups[1] = a;
  groups[2] = b >>> 16;
  groups[3] = b;
  groups[4] = c >>> 16;
  groups[5] = c;
  groups[6] = d >>> 16;
  groups[7] = d;
  let start = 8;
  let length = 1;
  let run = 0;
  for (let i = 0; i < 8; i++) {
    run = groups[i] === 0 ? run + 1 : 0;
    if (run > length) {
      length = run;
      start = i - run + 1;
    }
  }
  let next = position;
  for (let i = 0; i < 8; i++) {
    if (i === start) {
      // Before the run stands the colon of the group in front, except at the beginning.
      if (i === 0) view.setUint8(next++, COLON);
      view.setUint8(next++, COLON);
      i += length - 1;
      continue;
    }
    next = writeGroup(view, next, groups[i]!);
    if (i < 7) view.setUint8(next++, COLON);
  }
  return next;
}

function writeGroup(view: DataView, position: number, group: number): number {
  const high = group >>> 8;
  const low = group & 255;
  if (group >= 0x1000) {
    view.setUint16(position, HEX[high]!, true);
    view.setUint16(position + 2, HEX[low]!, true);
    return position + 4;
  }
  if (group >= 0x100) {
    view.setUint8(position, HEX[high]! >>> 8);
    view.setUint16(position + 1, HEX[low]!, true);
    return position + 3;
  }
  if (group >= 0x10) {
    view.setUint16(position, HEX[low]!, true);
    return position + 2;
  }
  view.setUint8(position, HEX[low]! >>> 8);
  return position + 1;
}
