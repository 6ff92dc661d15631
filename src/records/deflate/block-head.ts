/** The head of a block with codes of its own (RFC 1951, section 3.2.7): the lengths of its codes, packed. */
import { CODE_BITS_SHIFT, codeLengths, codeWords } from './codes.ts';

/** Symbols for runs of lengths: of the length before, of zeros, and of many zeros. */
const REPEAT = 16;
const ZEROS = 17;
const MANY_ZEROS = 18;
const LENGTH_SYMBOLS = 19;
const MAX_LENGTH_BITS = 7;
/** In what order the lengths of the lengths' code are told. */
const ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
const DYNAMIC = 2;
const LEAST_LITERALS = 257;
const LEAST_DISTANCES = 1;
const LEAST_LENGTHS = 4;

/** Some bits of a head, the first in the lowest place, and how many. */
export interface HeadBits {
  readonly values: readonly number[];
  readonly counts: readonly number[];
  /** All of them together. */
  readonly total: number;
}

/** The bits before the symbols of a block that is not the last one. */
export function blockHead(literals: Uint8Array, distances: Uint8Array): HeadBits {
  const literalCount = lastUsed(literals, LEAST_LITERALS);
  const distanceCount = lastUsed(distances, LEAST_DISTANCES);
  const runs = runsOf([...literals.subarray(0, literalCount), ...distances.subarray(0, distanceCount)]);
  const often = new Int32Array(LENGTH_SYMBOLS);
  for (const { symbol } of runs) often[symbol]! += 1;
  const lengths = codeLengths(often, MAX_LENGTH_BITS);
  const codes = codeWords(lengths);
  const told = lastUsed(
    Uint8Array.from(ORDER, (symbol) => lengths[symbol]!),
    LEAST_LENGTHS,
  );
  const values: number[] = [];
  const counts: number[] = [];
  const put = (value: number, count: number): void => {
    values.push(value);
    counts.push(count);
  };
  put(0, 1);
  put(DYNAMIC, 2);
  put(literalCount - LEAST_LITERALS, 5);
  put(distanceCount - LEAST_DISTANCES, 5);
  put(told - LEAST_LENGTHS, 4);
  for (const symbol of ORDER.slice(0, told)) put(lengths[symbol]!, 3);
  for (const { symbol, more, bits } of runs) {
    put(codes[symbol]! & 0xffff, codes[symbol]! >>> CODE_BITS_SHIFT);
    if (bits > 0) put(more, bits);
  }
  return { values, counts, total: counts.reduce((sum, count) => sum + count, 0) };
}

/** How many lengths are told: up to the last that is not 0, at least so many. */
function lastUsed(lengths: Uint8Array, least: number): number {
  let count = lengths.length;
  while (count > least && lengths[count - 1] === 0) count--;
  return count;
}

interface Run {
  readonly symbol: number;
  /** How much longer than the least the run is, in so many bits. */
  readonly more: number;
  readonly bits: number;
}

function runsOf(lengths: readonly number[]): Run[] {
  const runs: Run[] = [];
  for (let from = 0; from < lengths.length;) {
    const length = lengths[from]!;
    let to = from + 1;
    while (to < lengths.length && lengths[to] === length) to++;
    let left = to - from;
    if (length === 0) {
      for (; left >= 11; left -= Math.min(138, left)) {
        runs.push({ symbol: MANY_ZEROS, more: Math.min(138, left) - 11, bits: 7 });
      }
      if (left >= 3) {
        runs.push({ symbol: ZEROS, more: left - 3, bits: 3 });
        left = 0;
      }
    } else {
      runs.push({ symbol: length, more: 0, bits: 0 });
      for (left--; left >= 3; left -= Math.min(6, left)) {
        runs.push({ symbol: REPEAT, more: Math.min(6, left) - 3, bits: 2 });
      }
    }
    for (; left > 0; left--) runs.push({ symbol: length, more: 0, bits: 0 });
    from = to;
  }
  return runs;
}
