import type { InterfaceCounts } from './attribution.ts';
import { STATUS_NODATA, STATUS_SKIPDATA } from './rows.ts';

/** A gap in a file gets at most this many NODATA intervals (S5.1). */
export const GAP_INTERVALS = 10;

/** Seconds of the windows that trackers are fed with. */
const WINDOW = 60;

/**
 * NODATA and SKIPDATA of the flow logs of one interval length (S5.1, S5.2), for the interfaces that `covers`
 * admits. Fed with every closed window in order; asked at the end of each interval.
 */
export class StatusTracker {
  readonly seconds: number;
  readonly #covers: (number: number) => boolean;
  /** Declared interfaces that had a packet in this interval. */
  #seen: Uint8Array<ArrayBuffer>;
  /** In how many windows of this interval each was covered throughout, and the last one that was counted. */
  #covered: Uint32Array<ArrayBuffer>;
  #lastCovered: Uint32Array<ArrayBuffer>;
  #windows = 0;
  /** Interfaces with losses, by the start of their interval. */
  readonly #skipped = new Map<number, Set<number>>();
  /** Ranges that began before the interval: interface, start, end. */
  #ranges: [number, number, number][] = [];

  readonly #gapIntervals: number;
  /** Any packet in this interval; intervals in a row without one. */
  #busy = false;
  #empty = 0;

  /** `declared` is the highest number of a declared interface, at first: it may grow. `gapIntervals` bounds
   * NODATA in a gap of a file; live sources have no such bound. */
  constructor(
    seconds: number,
    declared: number,
    covers: (number: number) => boolean,
    gapIntervals: number = GAP_INTERVALS,
  ) {
    this.#gapIntervals = gapIntervals;
    this.seconds = seconds;
    this.#covers = covers;
    this.#seen = new Uint8Array(declared + 1);
    this.#covered = new Uint32Array(declared + 1);
    this.#lastCovered = new Uint32Array(declared + 1);
  }

  /**
   * A closed window: who was seen in it, and which interfaces were covered by a healthy source throughout: lists
   * that may name one twice. `declared` is the highest number of its version of the network.
   */
  window(seen: InterfaceCounts | undefined, covered: readonly Int32Array[], declared: number): void {
    this.#grow(declared);
    const window = ++this.#windows;
    for (const numbers of covered) {
      for (const n of numbers) {
        if (this.#lastCovered[n] === window) continue;
        this.#lastCovered[n] = window;
        this.#covered[n] = this.#covered[n]! + 1;
      }
    }
    if (seen === undefined) return;
    this.#busy = true;
    for (let n = 1; n <= declared; n++) if (seen.get(n) !== 0) this.#seen[n] = 1;
  }

  #grow(declared: number): void {
    if (declared < this.#seen.length) return;
    const size = Math.max(declared + 1, 2 * this.#seen.length);
    const [seen, covered, last] = [this.#seen, this.#covered, this.#lastCovered];
    this.#seen = new Uint8Array(size);
    this.#covered = new Uint32Array(size);
    this.#lastCovered = new Uint32Array(size);
    this.#seen.set(seen);
    this.#covered.set(covered);
    this.#lastCovered.set(last);
  }

  /** Packets of this interface may be missing at a time whose interval is not taken yet. */
  skip(number: number, time: number): void {
    if (!this.#covers(number)) return;
    const interval = time - (time % this.seconds);
    const skipped = this.#skipped.get(interval) ?? new Set();
    this.#skipped.set(interval, skipped.add(number));
  }

  /** Packets of this interface are missing from `start` to `end`, which began in an earlier interval. */
  skipRange(number: number, start: number, end: number): void {
    if (!this.#covers(number)) return;
    this.#ranges.push([number, start, end]);
    for (const [interval, skipped] of this.#skipped) {
      if (interval < start || interval + this.seconds - 1 > end) continue;
      skipped.delete(number);
      if (skipped.size === 0) this.#skipped.delete(interval);
    }
  }

  /** The lines of the interval that begins at `start`, for interfaces that the network still `has` at its end,
   * and a new beginning. */
  take(start: number, has: (number: number) => boolean): Int32Array {
    const lines: number[] = [];
    const end = start + this.seconds - 1;
    const skipped = this.#skipped.get(start) ?? new Set<number>();
    for (const [number, from, to] of this.#ranges) {
      // At most one line for an interface and interval: a range that reaches into this one is its line.
      skipped.delete(number);
      if (has(number)) lines.push(number, STATUS_SKIPDATA, from, Math.max(to, from));
    }
    for (const number of skipped) if (has(number)) lines.push(number, STATUS_SKIPDATA, start, end);
    this.#empty = this.#busy ? 0 : this.#empty + 1;
    if (this.#empty <= this.#gapIntervals) {
      for (let n = 1; n < this.#seen.length; n++) {
        if (this.#covered[n]! * WINDOW < this.seconds || this.#seen[n] !== 0) continue;
        if (this.#covers(n) && has(n)) lines.push(n, STATUS_NODATA, start, end);
      }
    }
    this.#ranges = [];
    this.#skipped.delete(start);
    this.#seen.fill(0);
    this.#covered.fill(0);
    this.#lastCovered.fill(0);
    this.#windows = 0;
    this.#busy = false;
    return Int32Array.from(lines);
  }

  /** Starts of intervals with losses that were not taken: after the last window has closed. */
  get untaken(): number[] {
    const starts = new Set(this.#skipped.keys());
    return [...starts].sort((a, b) => a - b);
  }

  get hasRanges(): boolean {
    return this.#ranges.length > 0;
  }
}
