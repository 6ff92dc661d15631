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

/** For each set of zero groups (bit i: group i is 0) the run that `::` stands for: first group << 4 | groups;
 * NO_RUN where none is longer than one. */
const NO_RUN = 8 << 4;
const RUNS = Uint8Array.from({ length: 256 }, (_, zeros) => {
  let best = NO_RUN | 1;
  for (let start = 0; start < 8; start++) {
    let length = 0;
    while (start + length < 8 && (zeros & (1 << (start + length))) !== 0) length++;
    if (length > (best & 15)) best = (start << 4) | length;
  }
  return best === (NO_RUN | 1) ? NO_RUN : best;
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
 * first of the longest runs of two or more zero groups) at `position`; returns the position behind it. Up to
 * four bytes beyond are overwritten.
 */
export function writeIPv6(
  view: DataView,
  position: number,
  a: number,
  b: number,
  c: number,
  d: number,
): number {
  const zeros = zeroGroups(a) | (zeroGroups(b) << 2) | (zeroGroups(c) << 4) | (zeroGroups(d) << 6);
  const run = RUNS[zeros]!;
  const start = run >>> 4;
  groups[0] = a >>> 16;
  groups[1] = a;
  groups[2] = b >>> 16;
  groups[3] = b;
  groups[4] = c >>> 16;
  groups[5] = c;
  groups[6] = d >>> 16;
  groups[7] = d;
  let next = position;
  for (let i = 0; i < start; i++) next = writeGroup(view, next, groups[i]!);
  // Each group has left its colon behind: the last one's is part of `::`, or not part of the text.
  if (run === NO_RUN) return next - 1;
  if (start === 0) view.setUint8(next++, COLON);
  view.setUint8(next++, COLON);
  const rest = start + (run & 15);
  if (rest === 8) return next;
  for (let i = rest; i < 8; i++) next = writeGroup(view, next, groups[i]!);
  return next - 1;
}

/** Bit 0: the word's first group is 0; bit 1: its second. */
function zeroGroups(word: number): number {
  return (word >>> 16 === 0 ? 1 : 0) | ((word & 0xffff) === 0 ? 2 : 0);
}

/** A group without leading zeros, and a colon: the four digits are one word, out of which zeros are shifted. */
function writeGroup(view: DataView, position: number, group: number): number {
  const digits = (35 - Math.clz32(group | 1)) >>> 2;
  const word = HEX[group >>> 8]! | (HEX[group & 255]! << 16);
  view.setUint32(position, word >>> ((4 - digits) << 3), true);
  view.setUint8(position + digits, COLON);
  return position + digits + 1;
}
