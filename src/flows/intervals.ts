import type { InterfaceLookup } from '../network/lookup.ts';
import type { InterfaceCounts } from './attribution.ts';
import type { NetworkVersion } from './rows.ts';
import type { StatusTracker } from './status.ts';

/** Seconds of a window (S3.1): live aggregation knows no others. */
export const WINDOW_SECONDS = 60;

const NO_STATUS = new Int32Array(0);

/** Where the lines of intervals go, and what is asked for them. */
export interface IntervalSink {
  /** The version of the network that the window at a time is recorded under (S3.7). */
  readonly networkAt: (start: number) => InterfaceLookup;
  /** NODATA and SKIPDATA of a window that has no rows. */
  readonly onBareWindow: (start: number, status: Int32Array) => void;
  /** An interval longer than a window has ended; `at` is the version of its last window. */
  readonly onInterval: (start: number, seconds: number, status: Int32Array, at: NetworkVersion) => void;
}

/** The start of the window that a time lies in. */
export function windowOf(time: number): number {
  return time - (time % WINDOW_SECONDS);
}

/**
 * The aggregation intervals in use, one tracker of NODATA and SKIPDATA for each length, driven by the windows
 * as they close.
 */
export class Intervals {
  readonly #trackers: readonly StatusTracker[];
  readonly #sink: IntervalSink;

  constructor(trackers: readonly StatusTracker[], sink: IntervalSink) {
    this.#trackers = trackers;
    this.#sink = sink;
  }

  /** Seconds of the longest interval. */
  get longest(): number {
    return this.#trackers.reduce((most, tracker) => Math.max(most, tracker.seconds), WINDOW_SECONDS);
  }

  /** A window closes: its counts, if it had packets, and lists of the interfaces that sources covered
   * throughout. Returns the lines of the interval that it is itself. */
  closeWindow(start: number, seen: InterfaceCounts | undefined, covered: readonly Int32Array[]): Int32Array {
    if (this.#trackers.length === 0) return NO_STATUS;
    const network = this.#sink.networkAt(start);
    for (const tracker of this.#trackers) tracker.window(seen, covered, network.declaredCount);
    const own = this.#trackers.find((tracker) => tracker.seconds === WINDOW_SECONDS);
    return own?.take(start, (number) => network.has(number)) ?? NO_STATUS;
  }

  /** After the last of a window's rows: ends the longer intervals that end with it. */
  endAt(end: number): void {
    for (const tracker of this.#trackers) {
      if (tracker.seconds === WINDOW_SECONDS || end % tracker.seconds !== 0) continue;
      this.#end(tracker, end - tracker.seconds, end);
    }
  }

  /**
   * The windows between two times are left out: ends the intervals that end among them. The interfaces of
   * `missing` have one range there (S3.5), which comes with the interval that it ends in.
   */
  jump(from: number, to: number, missing: Iterable<number> = []): void {
    for (const tracker of this.#trackers) {
      const { seconds } = tracker;
      const first = from - (from % seconds);
      const last = to - (to % seconds) - seconds;
      // An interval that is a window was ended when it closed; here are only those that never do.
      if (seconds > WINDOW_SECONDS && first < last) this.#end(tracker, first, to);
      for (const number of missing) tracker.skipRange(number, from, to - 1);
      const starts = new Set(tracker.untaken.filter((start) => start <= last));
      if (to % seconds === 0 && tracker.hasRanges) starts.add(last);
      if (seconds > WINDOW_SECONDS && first === last) starts.add(last);
      for (const start of [...starts].sort((a, b) => a - b)) this.#end(tracker, start, to);
    }
  }

  /** Packets of an interface are missing between two times, of which those before `closedUpTo` are closed. */
  skip(number: number, from: number, to: number, closedUpTo: number): void {
    const start = windowOf(from);
    for (const tracker of this.#trackers) {
      const open = Math.floor(closedUpTo / tracker.seconds) * tracker.seconds;
      if (start >= open) tracker.skip(number, start);
      else tracker.skipRange(number, start, windowOf(Math.max(to, from)) + WINDOW_SECONDS - 1);
    }
  }

  /** Packets of an interface are missing from `from` to before `to`, for flow logs of one interval length: a
   * range that comes with the next interval. */
  addGap(seconds: number, number: number, from: number, to: number): void {
    const tracker = this.#trackers.find((it) => it.seconds === seconds);
    if (tracker === undefined) throw new RangeError(`no intervals of ${seconds} s are recorded`);
    if (to > from) tracker.skipRange(number, from, to - 1);
  }

  /** The last intervals, which may be cut short at `end`, and losses after the last window. */
  finish(end: number): void {
    for (const tracker of this.#trackers) {
      const starts = new Set(tracker.untaken);
      if (tracker.seconds > WINDOW_SECONDS || tracker.hasRanges) {
        starts.add(Math.floor((end - 1) / tracker.seconds) * tracker.seconds);
      }
      for (const start of [...starts].sort((a, b) => a - b)) this.#end(tracker, start, end);
    }
  }

  /** Ends an interval; windows from `upTo` on are not closed. */
  #end(tracker: StatusTracker, start: number, upTo: number): void {
    const last = Math.min(start + tracker.seconds, Math.max(upTo, start + WINDOW_SECONDS)) - WINDOW_SECONDS;
    const network = this.#sink.networkAt(last);
    const status = tracker.take(start, (number) => network.has(number));
    if (tracker.seconds > WINDOW_SECONDS) {
      const { version, factsVersion } = network;
      this.#sink.onInterval(start, tracker.seconds, status, { version, factsVersion });
    } else if (status.length > 0) this.#sink.onBareWindow(start, status);
  }
}
