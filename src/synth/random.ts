/** Seeded random numbers: the same seed gives the same numbers on every machine. */

const TWO_32 = 4294967296;
const QUANTILES = 4096;

/** Exponential gaps of mean 1 as a table of its quantiles: no logarithm per packet. Longest gap: about 9. */
const EXPONENTIAL = exponentialQuantiles();

function exponentialQuantiles(): Float64Array {
  const table = new Float64Array(QUANTILES);
  let sum = 0;
  for (let i = 0; i < QUANTILES; i++) {
    table[i] = -Math.log(1 - (i + 0.5) / QUANTILES);
    sum += table[i]!;
  }
  for (let i = 0; i < QUANTILES; i++) table[i]! *= QUANTILES / sum;
  return table;
}

/**
 * Chris Doty-Humphrey's sfc32 ("small fast counting", PractRand): 128 bits of state of which 32 are a
 * counter, so that no seed has a short period. Not for secrets.
 */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  /** `seed`: an integer from 0 to Number.MAX_SAFE_INTEGER; `stream` makes independent sequences of one seed. */
  constructor(seed: number, stream = 0) {
    this.#a = seed | 0;
    this.#b = Math.floor(seed / TWO_32) | 0;
    this.#c = stream | 0;
    // The state needs a dozen rounds before seeds that differ in one bit give unlike numbers.
    for (let i = 0; i < 16; i++) this.word();
  }

  /** The next 32 random bits, signed. */
  word(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum;
  }

  /** A number from 0 up to and not including 1, in steps of 2^-32. */
  unit(): number {
    return (this.word() >>> 0) / TWO_32;
  }

  /** An integer from 0 to bound - 1. The bound is at most 2^32; the bias is below bound / 2^32. */
  below(bound: number): number {
    return Math.floor(((this.word() >>> 0) * bound) / TWO_32);
  }

  /** An integer from low to high, both included. */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  /** A waiting time of mean 1 between events that know nothing of each other. */
  exponential(): number {
    return EXPONENTIAL[this.word() & (QUANTILES - 1)]!;
  }
}
