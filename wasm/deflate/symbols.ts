/** Symbols of lengths and distances (RFC 1951, section 3.2.5). */
import {
  DISTANCE_COUNTS,
  DISTANCE_LENGTHS,
  DISTANCES,
  LENGTH_CODES,
  LENGTH_SYMBOLS,
  LITERAL_CODES,
  LITERAL_COUNTS,
  LITERAL_LENGTHS,
  LITERALS,
  MAX_MATCH,
} from './memory';

export const END_OF_BLOCK: usize = 256;
const FIRST_LENGTH: usize = 257;
const LENGTHS: usize = 29;

/** By symbol less FIRST_LENGTH: the shortest match, and how many bits say how much longer one is. */
const SHORTEST: usize = memory.data<u16>([
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195,
  227, 258,
]);
const MORE_BITS: usize = memory.data<u8>([
  0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
]);

/** The symbol of a distance less 1 (RFC 1951, section 3.2.5). */
export function distanceSymbol(less: u32): u32 {
  if (less < 4) return less;
  const high: u32 = 31 - clz(less);
  return 2 * high + ((less >> (high - 1)) & 1);
}

/** How many bits follow the symbol of a distance. */
export function bitsOfDistance(symbol: u32): u32 {
  return symbol < 4 ? 0 : (symbol >> 1) - 1;
}

/** The shortest match of a symbol (less FIRST_LENGTH), and, of the one behind the last, one more than the longest. */
function shortest(symbol: usize): usize {
  return symbol == LENGTHS ? MAX_MATCH + 1 : (load<u16>(SHORTEST + (symbol << 1)) as usize);
}

/** Fills LENGTH_SYMBOLS, once. */
export function setLengthSymbols(): void {
  for (let symbol: usize = 0; symbol < LENGTHS; symbol++) {
    for (let length = shortest(symbol); length < shortest(symbol + 1); length++) {
      store<u32>(LENGTH_SYMBOLS + (length << 2), (FIRST_LENGTH + symbol) as u32);
    }
  }
}

/** Fills LENGTH_CODES from LITERAL_CODES. */
export function setLengthCodes(): void {
  for (let symbol: usize = 0; symbol < LENGTHS; symbol++) {
    const code = load<u32>(LITERAL_CODES + ((FIRST_LENGTH + symbol) << 2));
    const bits = code >> 16;
    const all = (bits + (load<u8>(MORE_BITS + symbol) as u32)) << 24;
    const first = shortest(symbol);
    for (let length = first; length < shortest(symbol + 1); length++) {
      const more = ((length - first) as u32) << bits;
      store<u32>(LENGTH_CODES + (length << 2), (code & 0xffff) | more | all);
    }
  }
}

/** How many bits the symbols that were counted take, with codes of the lengths in memory. */
export function bitsOfSymbols(): u32 {
  let bits: u32 = 0;
  for (let symbol: usize = 0; symbol < LITERALS; symbol++) {
    let each = load<u8>(LITERAL_LENGTHS + symbol) as u32;
    if (symbol >= FIRST_LENGTH) each += load<u8>(MORE_BITS + symbol - FIRST_LENGTH) as u32;
    bits += load<u32>(LITERAL_COUNTS + (symbol << 2)) * each;
  }
  for (let symbol: usize = 0; symbol < DISTANCES; symbol++) {
    const each = (load<u8>(DISTANCE_LENGTHS + symbol) as u32) + bitsOfDistance(symbol as u32);
    bits += load<u32>(DISTANCE_COUNTS + (symbol << 2)) * each;
  }
  return bits;
}
