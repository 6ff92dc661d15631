/** Prefix codes (RFC 1951, section 3.2.2): lengths from how often symbols come, and codes from lengths. */
import { BY_LENGTH, DEPTHS, NEXT_CODES, ORDER, PARENTS, WEIGHTS } from './memory';

/** A count and below it a symbol, in one word that sorts. Counts have 21 bits at most. */
const SYMBOL_BITS: u32 = 9;
const SYMBOL_MASK: u32 = (1 << SYMBOL_BITS) - 1;

function word(array: usize, index: u32): u32 {
  return load<u32>(array + ((index as usize) << 2));
}

function setWord(array: usize, index: u32, value: u32): void {
  store<u32>(array + ((index as usize) << 2), value);
}

/**
 * Writes to `lengths` (bytes) the lengths in bits, at most `limit`, of a code for symbols that come as often as `counts`
 * (words) says; 0 for those that do not. Complete (every sequence of bits is some symbols) for two symbols or more; one
 * symbol gets one bit, and so does symbol 0 when there is none, as decoders want it.
 */
export function codeLengths(counts: usize, symbols: u32, limit: u32, lengths: usize): void {
  memory.fill(lengths, 0, symbols as usize);
  const used = sortByCount(counts, symbols);
  if (used < 2) {
    store<u8>(lengths + (used == 0 ? 0 : ((word(ORDER, 0) & SYMBOL_MASK) as usize)), 1);
    return;
  }
  countByLength(used, limit);
  // The rarest symbols get the longest codes.
  let next: u32 = 0;
  for (let length = limit; length > 0; length--) {
    for (let n = word(BY_LENGTH, length); n > 0; n--) {
      store<u8>(lengths + ((word(ORDER, next++) & SYMBOL_MASK) as usize), length as u8);
    }
  }
}

/** Puts the symbols that come at all into ORDER, ascending; returns how many. Lines have some hundred: by insertion. */
function sortByCount(counts: usize, symbols: u32): u32 {
  let used: u32 = 0;
  for (let symbol: u32 = 0; symbol < symbols; symbol++) {
    const often = word(counts, symbol);
    if (often == 0) continue;
    const key = (often << SYMBOL_BITS) | symbol;
    let at = used++;
    for (; at > 0 && word(ORDER, at - 1) > key; at--) setWord(ORDER, at, word(ORDER, at - 1));
    setWord(ORDER, at, key);
  }
  return used;
}

/** Huffman's tree over the symbols in ORDER: how many codes have each length, none above the limit. */
function countByLength(leaves: u32, limit: u32): void {
  const nodes: u32 = 2 * leaves - 1;
  for (let i: u32 = 0; i < leaves; i++) setWord(WEIGHTS, i, word(ORDER, i) >> SYMBOL_BITS);
  let leaf: u32 = 0;
  let inner = leaves;
  for (let made = leaves; made < nodes; made++) {
    let weight: u32 = 0;
    for (let half = 0; half < 2; half++) {
      // Nodes that were made are in ascending order too.
      const isLeaf = leaf < leaves && (inner == made || word(WEIGHTS, leaf) <= word(WEIGHTS, inner));
      const child = isLeaf ? leaf++ : inner++;
      weight += word(WEIGHTS, child);
      setWord(PARENTS, child, made);
    }
    setWord(WEIGHTS, made, weight);
  }
  memory.fill(BY_LENGTH, 0, 4 * 17);
  setWord(DEPTHS, nodes - 1, 0);
  const room: u32 = 1 << limit;
  let taken: u32 = 0;
  for (let node = (nodes as i32) - 2; node >= 0; node--) {
    const depth = word(DEPTHS, word(PARENTS, node as u32)) + 1;
    setWord(DEPTHS, node as u32, depth);
    if ((node as u32) >= leaves) continue;
    // What is too deep goes to the limit.
    const length = min<u32>(depth, limit);
    setWord(BY_LENGTH, length, word(BY_LENGTH, length) + 1);
    taken += room >> length;
  }
  for (; taken > room; taken--) {
    // The longest code above the limit gets a sibling out of the lowest row: one place there is free then.
    let length = limit - 1;
    while (word(BY_LENGTH, length) == 0) length--;
    setWord(BY_LENGTH, length, word(BY_LENGTH, length) - 1);
    setWord(BY_LENGTH, length + 1, word(BY_LENGTH, length + 1) + 2);
    setWord(BY_LENGTH, limit, word(BY_LENGTH, limit) - 1);
  }
}

/** Writes to `codes` (words) the codes of such lengths: the bit that is written first in the lowest place, and above 16
 * bits how many there are. */
export function codeWords(lengths: usize, symbols: u32, codes: usize): void {
  memory.fill(BY_LENGTH, 0, 4 * 17);
  for (let symbol: u32 = 0; symbol < symbols; symbol++) {
    const length = load<u8>(lengths + (symbol as usize)) as u32;
    setWord(BY_LENGTH, length, word(BY_LENGTH, length) + 1);
  }
  setWord(BY_LENGTH, 0, 0);
  setWord(NEXT_CODES, 0, 0);
  for (let length: u32 = 1; length < 17; length++) {
    setWord(NEXT_CODES, length, (word(NEXT_CODES, length - 1) + word(BY_LENGTH, length - 1)) << 1);
  }
  for (let symbol: u32 = 0; symbol < symbols; symbol++) {
    const length = load<u8>(lengths + (symbol as usize)) as u32;
    const code = word(NEXT_CODES, length);
    setWord(NEXT_CODES, length, code + 1);
    setWord(codes, symbol, length == 0 ? 0 : reversed(code, length) | (length << 16));
  }
}

function reversed(code: u32, count: u32): u32 {
  let out: u32 = 0;
  for (let bit: u32 = 0; bit < count; bit++) out = (out << 1) | ((code >> bit) & 1);
  return out;
}
