import type { Frame } from './frame.ts';

const MAX_SECONDS = 0xffffffff;
const NANOS = 1_000_000_000;
const BINARY = 0x80;
/** Finest resolutions taken: with more, 64 bits do not even span 16 s. */
const MAX_DECIMAL_EXPONENT = 18;
const MAX_BINARY_EXPONENT = 60;
/** The largest divisor for which digits of 16 bits divide exactly in doubles, and nanoseconds come out exact
 * too: 1e9 = 2^9 × 5^9, and 32 bits × 5^9 are 53 bits. */
const MAX_UNITS_EXPONENT = 32;
/** Between these an estimate of the seconds is wrong by no more than one, and the remainder shows it. */
const MIN_ESTIMATED_UNITS = 2 ** 20;
const MAX_ESTIMATED_UNITS = 2 ** 30;

/**
 * How an interface of a pcapng section counts time: 64-bit counts of units since the epoch (option
 * if_tsresol), plus whole seconds (if_tsoffset). Exact without BigInt; binary resolutions beyond 2^-32 (a
 * quarter of a nanosecond) are cut off there.
 */
export class Timescale {
  /** The count is first divided by this, so that a second has at most 2^32 units. */
  readonly #coarsen: number;
  /** Units of a second after that. */
  readonly #units: number;
  readonly #offset: number;
  #high = 0;
  #low = 0;
  #remainder = 0;

  private constructor(coarsen: number, units: number, offset: number) {
    this.#coarsen = coarsen;
    this.#units = units;
    this.#offset = offset;
  }

  /**
   * `resolution` is the option's byte: a negative power of 10, or of 2 where its highest bit is set.
   * Undefined when it is finer than can be read.
   */
  static of(resolution: number, offset: number): Timescale | undefined {
    const exponent = resolution & ~BINARY;
    if ((resolution & BINARY) !== 0) {
      if (exponent > MAX_BINARY_EXPONENT) return undefined;
      const coarse = Math.max(0, exponent - MAX_UNITS_EXPONENT);
      return new Timescale(2 ** coarse, 2 ** (exponent - coarse), offset);
    }
    if (exponent > MAX_DECIMAL_EXPONENT) return undefined;
    const coarse = Math.max(0, exponent - 9);
    return new Timescale(10 ** coarse, 10 ** (exponent - coarse), offset);
  }

  /** Sets a frame's time from a count, given as two unsigned 32-bit words. Clamped to 32-bit seconds. */
  read(high: number, low: number, frame: Frame): void {
    const units = this.#units;
    let seconds: number;
    if (this.#coarsen === 1 && high < 0x200000) {
      // Below 2^53 one division does.
      const count = high * 0x100000000 + low;
      seconds = Math.floor(count / units);
      this.#remainder = count - seconds * units;
    } else if (this.#coarsen === 1 && units >= MIN_ESTIMATED_UNITS && units <= MAX_ESTIMATED_UNITS) {
      // Nanoseconds. The rounded count gives the seconds to within one; the remainder, exact in its lowest
      // 32 bits, tells which.
      seconds = Math.floor((high * 0x100000000 + low) / units);
      let rest = (low - Math.imul(seconds, units)) >>> 0;
      if (rest >= units) {
        const step = rest < 2 * units ? 1 : -1;
        seconds += step;
        rest = (rest - step * units) >>> 0;
      }
      this.#remainder = rest;
    } else {
      this.#high = high;
      this.#low = low;
      if (this.#coarsen !== 1) this.#divide(this.#coarsen);
      this.#divide(units);
      seconds = this.#high * 0x100000000 + this.#low;
    }
    seconds += this.#offset;
    frame.seconds = seconds < 0 ? 0 : seconds > MAX_SECONDS ? MAX_SECONDS : seconds;
    frame.nanos = Math.floor((this.#remainder * NANOS) / units);
  }

  /** Long division of the count in digits of 16 bits. */
  #divide(divisor: number): void {
    const high = this.#high;
    const low = this.#low;
    let rest = high >>> 16;
    const q3 = Math.floor(rest / divisor);
    rest = (rest - q3 * divisor) * 65_536 + (high & 0xffff);
    const q2 = Math.floor(rest / divisor);
    rest = (rest - q2 * divisor) * 65_536 + (low >>> 16);
    const q1 = Math.floor(rest / divisor);
    rest = (rest - q1 * divisor) * 65_536 + (low & 0xffff);
    const q0 = Math.floor(rest / divisor);
    this.#remainder = rest - q0 * divisor;
    this.#high = q3 * 65_536 + q2;
    this.#low = q1 * 65_536 + q0;
  }
}
