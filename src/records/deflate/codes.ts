/** Prefix codes of Deflate (RFC 1951, section 3.2.2): lengths from how often symbols come, and codes from lengths. */

/** Above every symbol number: packs a count and a symbol into one number that sorts. */
const SYMBOL_SPAN = 512;

/**
 * The lengths in bits, at most `limit`, of a code for symbols that come so often; 0 for those that do not. Complete (every
 * sequence of bits is some symbols) for two symbols or more; one symbol gets one bit, and so does symbol 0 when there is
 * none, as decoders want it.
 */
export function codeLengths(counts: Int32Array, limit: number): Uint8Array {
  const lengths = new Uint8Array(counts.length);
  const sorted = new Float64Array(counts.length);
  let used = 0;
  for (let symbol = 0; symbol < counts.length; symbol++) {
    if (counts[symbol]! > 0) sorted[used++] = counts[symbol]! * SYMBOL_SPAN + symbol;
  }
  if (used < 2) {
    lengths[used === 0 ? 0 : sorted[0]! % SYMBOL_SPAN] = 1;
    return lengths;
  }
  const order = sorted.subarray(0, used).sort();
  const byLength = limited(depths(order), limit);
  // The rarest symbols get the longest codes.
  let next = 0;
  for (let length = limit; length > 0; length--) {
    for (let n = byLength[length]!; n > 0; n--) lengths[order[next++]! % SYMBOL_SPAN] = length;
  }
  return lengths;
}

/** Huffman's tree over symbols in ascending order of their counts: how many stand at each depth. */
function depths(order: Float64Array): Int32Array {
  const leaves = order.length;
  const weights = new Float64Array(2 * leaves - 1);
  const parents = new Int32Array(2 * leaves - 1);
  for (let i = 0; i < leaves; i++) weights[i] = Math.floor(order[i]! / SYMBOL_SPAN);
  let leaf = 0;
  let inner = leaves;
  for (let made = leaves; made < weights.length; made++) {
    for (let half = 0; half < 2; half++) {
      // Nodes that were made are in ascending order too.
      const fromLeaves = leaf < leaves && (inner === made || weights[leaf]! <= weights[inner]!);
      const child = fromLeaves ? leaf++ : inner++;
      weights[made] = weights[made]! + weights[child]!;
      parents[child] = made;
    }
  }
  const depth = new Int32Array(weights.length);
  const byDepth = new Int32Array(leaves);
  for (let node = weights.length - 2; node >= 0; node--) {
    depth[node] = depth[parents[node]!]! + 1;
    if (node < leaves) byDepth[depth[node]!]! += 1;
  }
  return byDepth;
}

/** The same with nothing below `limit`: what is too deep goes there, and shorter codes grow to make room for it. */
function limited(byDepth: Int32Array, limit: number): Int32Array {
  const byLength = new Int32Array(limit + 1);
  let taken = 0;
  for (let depth = 1; depth < byDepth.length; depth++) {
    const length = Math.min(depth, limit);
    byLength[length]! += byDepth[depth]!;
    taken += byDepth[depth]! * 2 ** (limit - length);
  }
  for (; taken > 2 ** limit; taken--) {
    // The longest code above the limit gets a sibling out of the lowest row: one place there is free then.
    let length = limit - 1;
    while (byLength[length] === 0) length--;
    byLength[length]! -= 1;
    byLength[length + 1]! += 2;
    byLength[limit]! -= 1;
  }
  return byLength;
}

/** Where a symbol's number of bits stands in its word of `codeWords`. */
export const CODE_BITS_SHIFT = 16;

/** By symbol: its code, the bit that is written first in the lowest place, and its number of bits above. */
export function codeWords(lengths: Uint8Array): Int32Array {
  const byLength = new Int32Array(17);
  for (const length of lengths) byLength[length]! += 1;
  byLength[0] = 0;
  const next = new Int32Array(17);
  for (let length = 1; length < 17; length++) next[length] = (next[length - 1]! + byLength[length - 1]!) << 1;
  return Int32Array.from(lengths, (length) =>
    length === 0 ? 0 : reversed(next[length]!++, length) | (length << CODE_BITS_SHIFT),
  );
}

function reversed(code: number, bits: number): number {
  let out = 0;
  for (let bit = 0; bit < bits; bit++) out |= ((code >>> bit) & 1) << (bits - 1 - bit);
  return out;
}
