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
  readonly #declared: number;
  readonly #covers: (number: number) => boolean;
  /** Declared interfaces that had a packet in this interval. */
  readonly #seen: Uint8Array;
  #covered = 0;
  /** Interfaces with losses, by the start of their interval. */
  readonly #skipped = new Map<number, Set<number>>();
  /** Ranges that began before the interval: interface, start, end. */
  #ranges: [number, number, number][] = [];

  readonly #gapIntervals: number;
  /** Any packet in this interval; intervals in a row without one. */
  #busy = false;
  #empty = 0;

  /** `gapIntervals` bounds NODATA in a gap of a file; live sources have no such bound. */
  constructor(
    seconds: number,
    declared: number,
    covers: (number: number) => boolean,
    gapIntervals: number = GAP_INTERVALS,
  ) {
    this.#gapIntervals = gapIntervals;
    this.seconds = seconds;
    this.#declared = declared;
    this.#covers = covers;
    this.#seen = new Uint8Array(declared + 1);
  }

  /** A closed window: who was seen in it, and whether sources were there and healthy throughout. */
  window(seen: InterfaceCounts | undefined, covered: boolean): void {
    if (covered) this.#covered++;
    if (seen === undefined) return;
    this.#busy = true;
    for (let n = 1; n <= this.#declared; n++) if (seen.get(n) !== 0) this.#seen[n] = 1;
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
    if (this.#covers(number)) this.#ranges.push([number, start, end]);
  }

  /** The lines of the interval that begins at `start`, and a new beginning. */
  take(start: number): Int32Array {
    const lines: number[] = [];
    const end = start + this.seconds - 1;
    const skipped = this.#skipped.get(start) ?? new Set<number>();
    for (const [number, from, to] of this.#ranges) {
      // At most one line for an interface and interval: a range that reaches into this one is its line.
      skipped.delete(number);
      lines.push(number, STATUS_SKIPDATA, from, Math.max(to, from));
    }
    for (const number of skipped) lines.push(number, STATUS_SKIPDATA, start, end);
    this.#empty = this.#busy ? 0 : this.#empty + 1;
    if (this.#covered * WINDOW >= this.seconds && this.#empty <= this.#gapIntervals) {
      for (let n = 1; n <= this.#declared; n++) {
        if (this.#seen[n] === 0 && this.#covers(n)) lines.push(n, STATUS_NODATA, start, end);
      }
    }
    this.#ranges = [];
    this.#skipped.delete(start);
    this.#seen.fill(0);
    this.#covered = 0;
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
