/** The head of a block with codes of its own (RFC 1951, section 3.2.7): the lengths of its codes, packed. */
import { put, putCode } from './bits';
import { codeLengths, codeWords } from './codes';
import {
  CODE_LENGTH_CODES,
  CODE_LENGTH_COUNTS,
  CODE_LENGTH_LENGTHS,
  CODE_LENGTHS,
  DISTANCE_LENGTHS,
  DISTANCES,
  LITERAL_LENGTHS,
  LITERALS,
  RUNS,
  TOLD_LENGTHS,
} from './memory';

/** Symbols for runs of lengths: of the length before, of zeros, and of many zeros; each says how many more than least. */
const REPEAT: u32 = 16;
const ZEROS: u32 = 17;
const MANY_ZEROS: u32 = 18;
const MAX_BITS: u32 = 7;
/** In what order the lengths of the lengths' code are told. */
const TOLD_ORDER: usize = memory.data<u8>([16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]);
const DYNAMIC: u32 = 2;
const LEAST_LITERALS: u32 = 257;
const LEAST_DISTANCES: u32 = 1;
const LEAST_CODE_LENGTHS: u32 = 4;

/** How many of each are told, and in how many runs. */
let literals: u32 = 0;
let distances: u32 = 0;
let codes: u32 = 0;
let runs: u32 = 0;

/** Works the head out for the lengths in memory; returns how many bits it has. */
export function planHead(): u32 {
  literals = lastUsed(LITERAL_LENGTHS, LITERALS as u32, LEAST_LITERALS);
  distances = lastUsed(DISTANCE_LENGTHS, DISTANCES as u32, LEAST_DISTANCES);
  memory.copy(TOLD_LENGTHS, LITERAL_LENGTHS, literals as usize);
  memory.copy(TOLD_LENGTHS + (literals as usize), DISTANCE_LENGTHS, distances as usize);
  findRuns(literals + distances);
  codeLengths(CODE_LENGTH_COUNTS, CODE_LENGTHS as u32, MAX_BITS, CODE_LENGTH_LENGTHS);
  codeWords(CODE_LENGTH_LENGTHS, CODE_LENGTHS as u32, CODE_LENGTH_CODES);
  codes = CODE_LENGTHS as u32;
  while (codes > LEAST_CODE_LENGTHS && toldLength(codes - 1) == 0) codes--;
  let bits: u32 = 3 + 5 + 5 + 4 + 3 * codes;
  for (let symbol: u32 = 0; symbol < (CODE_LENGTHS as u32); symbol++) {
    const often = load<u32>(CODE_LENGTH_COUNTS + ((symbol as usize) << 2));
    bits += often * ((load<u8>(CODE_LENGTH_LENGTHS + (symbol as usize)) as u32) + bitsOfMore(symbol));
  }
  return bits;
}

/** Writes the head that was worked out, of a block that is not the last one. */
export function writeHead(): void {
  put(DYNAMIC << 1, 3);
  put(literals - LEAST_LITERALS, 5);
  put(distances - LEAST_DISTANCES, 5);
  put(codes - LEAST_CODE_LENGTHS, 4);
  for (let i: u32 = 0; i < codes; i++) put(toldLength(i), 3);
  for (let i: u32 = 0; i < runs; i++) {
    const at = RUNS + ((i as usize) << 1);
    const symbol = load<u8>(at) as u32;
    putCode(load<u32>(CODE_LENGTH_CODES + ((symbol as usize) << 2)));
    put(load<u8>(at, 1), bitsOfMore(symbol));
  }
}

/** The length that is told in place `i` of the lengths' code. */
function toldLength(i: u32): u32 {
  return load<u8>(CODE_LENGTH_LENGTHS + (load<u8>(TOLD_ORDER + (i as usize)) as usize));
}

function bitsOfMore(symbol: u32): u32 {
  if (symbol == REPEAT) return 2;
  if (symbol == ZEROS) return 3;
  return symbol == MANY_ZEROS ? 7 : 0;
}

/** How many lengths are told: up to the last that is not 0, at least so many. */
function lastUsed(lengths: usize, symbols: u32, least: u32): u32 {
  let count = symbols;
  while (count > least && load<u8>(lengths + ((count - 1) as usize)) == 0) count--;
  return count;
}

function addRun(symbol: u32, more: u32): void {
  const at = RUNS + ((runs++ as usize) << 1);
  store<u8>(at, symbol as u8);
  store<u8>(at, more as u8, 1);
  const count = CODE_LENGTH_COUNTS + ((symbol as usize) << 2);
  store<u32>(count, load<u32>(count) + 1);
}

/** Parts the lengths that are told into runs, and counts their symbols. */
function findRuns(told: u32): void {
  memory.fill(CODE_LENGTH_COUNTS, 0, 4 * CODE_LENGTHS);
  runs = 0;
  for (let from: u32 = 0; from < told;) {
    const length = load<u8>(TOLD_LENGTHS + (from as usize)) as u32;
    let to = from + 1;
    while (to < told && (load<u8>(TOLD_LENGTHS + (to as usize)) as u32) == length) to++;
    let left = to - from;
    if (length == 0) {
      while (left >= 11) {
        const some = min<u32>(138, left);
        addRun(MANY_ZEROS, some - 11);
        left -= some;
      }
      if (left >= 3) {
        addRun(ZEROS, left - 3);
        left = 0;
      }
    } else {
      addRun(length, 0);
      left--;
      while (left >= 3) {
        const some = min<u32>(6, left);
        addRun(REPEAT, some - 3);
        left -= some;
      }
    }
    for (; left > 0; left--) addRun(length, 0);
    from = to;
  }
}
