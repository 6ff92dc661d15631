/** The Internet checksum (RFC 1071): sums of 16-bit words, folded and inverted at the end. */

/** Both halves of a 32-bit word, for a running sum. */
export function halves(word: number): number {
  return (word >>> 16) + (word & 0xffff);
}

/** Sum of the 16-bit words of view[from, to), both even. */
export function sumWords(view: DataView, from: number, to: number): number {
  let sum = 0;
  for (let at = from; at < to; at += 2) sum += view.getUint16(at);
  return sum;
}

/** The checksum field for a running sum below 2^32. */
export function foldChecksum(sum: number): number {
  const once = (sum >>> 16) + (sum & 0xffff);
  return ~((once >>> 16) + once) & 0xffff;
}
