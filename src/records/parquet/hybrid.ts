import type { GrowingBytes } from '../../base/growing-bytes.ts';

/** Values of a bit-packed group, and of the shortest run that is written as one. */
const GROUP = 8;
/** Most bytes of a run's header, and of a run's value. */
const RUN_BYTES = 5 + 4;

/** Bits that the numbers 0 to count - 1 take; 1 at least, since not every reader expects 0. */
export function bitWidth(count: number): number {
  return Math.max(1, 32 - Math.clz32(Math.max(0, count - 1)));
}

/**
 * Appends values [from, to), each below 2^width, in the RLE and bit-packing hybrid (parquet-format, Encodings.md:
 * RLE = 3), without a length before it. `width` is 1 to 25.
 */
export function writeHybrid(
  out: GrowingBytes,
  values: Int32Array,
  from: number,
  to: number,
  width: number,
): void {
  out.reserve((((to - from) >>> 3) + 2) * (width + 2 * RUN_BYTES));
  // Values from `open` to the current one are not written yet: they go into whole groups of eight.
  let open = from;
  let at = from;
  while (at < to) {
    const value = values[at]!;
    let end = at + 1;
    while (end < to && values[end] === value) end++;
    // The run's first values fill up the group before it.
    const fill = (open - at) & (GROUP - 1);
    if (end - at - fill >= GROUP) {
      if (at + fill > open) writeGroups(out, values, open, at + fill, width);
      writeRun(out, end - at - fill, value, width);
      open = end;
    }
    at = end;
  }
  if (open < to) writeGroups(out, values, open, to, width);
}

/** One value so many times. */
export function writeRun(out: GrowingBytes, count: number, value: number, width: number): void {
  out.varint(count * 2);
  for (let bits = 0; bits < width; bits += 8) out.uint8((value >>> bits) & 0xff);
}

/** Groups of eight values, the last one filled up with zeros. Room is reserved. */
function writeGroups(out: GrowingBytes, values: Int32Array, from: number, to: number, width: number): void {
  const groups = (to - from + GROUP - 1) >>> 3;
  out.varint(groups * 2 + 1);
  const { bytes } = out;
  const end = out.length + groups * width;
  let at = out.length;
  let word = 0;
  let bits = 0;
  for (let i = from; i < to; i++) {
    word |= values[i]! << bits;
    bits += width;
    while (bits >= 8) {
      bytes[at++] = word;
      word >>>= 8;
      bits -= 8;
    }
  }
  if (bits > 0) bytes[at++] = word;
  bytes.fill(0, at, end);
  out.length = end;
}
