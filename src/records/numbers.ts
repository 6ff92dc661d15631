/**
 * Decimal numbers straight to bytes. Digits come four at a time from a table and are stored as one word, so
 * up to SCRATCH bytes beyond the end of a number are overwritten.
 */

/** Bytes that a writer of this room may spoil behind what it wrote: keep as many free in the buffer. */
export const SCRATCH = 4;
/** Longest text of writeCount: 2^53 has 16 digits. */
export const MAX_COUNT_BYTES = 16;

/** "0000" to "9999", the first digit in the lowest byte. */
const DIGITS = Uint32Array.from({ length: 10_000 }, (_, n) => {
  const thousands = Math.floor(n / 1000);
  const hundreds = Math.floor(n / 100) % 10;
  const tens = Math.floor(n / 10) % 10;
  return 0x30303030 + thousands + (hundreds << 8) + (tens << 16) + ((n % 10) << 24);
});

const TEN_4 = 10_000;
const TEN_8 = 100_000_000;

/** Writes 0 to 2^32 - 1 in decimal at `position`; returns the position behind it. */
export function writeUint32(view: DataView, position: number, value: number): number {
  if (value < TEN_4) return writeShort(view, position, value);
  const high = (value / TEN_4) >>> 0;
  const low = value - high * TEN_4;
  let next: number;
  if (high < TEN_4) {
    next = writeShort(view, position, high);
  } else {
    const top = (high / TEN_4) >>> 0;
    next = writeShort(view, position, top);
    view.setUint32(next, DIGITS[high - top * TEN_4]!, true);
    next += 4;
  }
  view.setUint32(next, DIGITS[low]!, true);
  return next + 4;
}

/** Writes a whole number from 0 to 2^53 in decimal at `position`; returns the position behind it. */
export function writeCount(view: DataView, position: number, value: number): number {
  if (value < 0x7fffffff) return writeUint32(view, position, value | 0);
  const high = Math.floor(value / TEN_8);
  const next = writeUint32(view, position, high);
  const low = value - high * TEN_8;
  const middle = (low / TEN_4) >>> 0;
  view.setUint32(next, DIGITS[middle]!, true);
  view.setUint32(next + 4, DIGITS[low - middle * TEN_4]!, true);
  return next + 8;
}

/** Below 10,000, without leading zeros: they are shifted out of the word. */
function writeShort(view: DataView, position: number, value: number): number {
  const missing = value < 100 ? (value < 10 ? 3 : 2) : value < 1000 ? 1 : 0;
  view.setUint32(position, DIGITS[value]! >>> (missing << 3), true);
  return position + 4 - missing;
}
