import type { InterfaceCounts } from './attribution.ts';
import type { StatusTracker } from './status.ts';

/** Seconds of a window (S3.1): live aggregation knows no others. */
export const WINDOW_SECONDS = 60;

const NO_STATUS = new Int32Array(0);

/** Where the lines of intervals go. */
export interface IntervalSink {
  /** NODATA and SKIPDATA of a window that has no rows. */
  readonly onBareWindow: (start: number, status: Int32Array) => void;
  /** An interval longer than a window has ended. */
  readonly onInterval: (start: number, seconds: number, status: Int32Array) => void;
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

  /** A window closes: its counts, if it had packets. Returns the lines of the interval that it is itself. */
  closeWindow(start: number, seen: InterfaceCounts | undefined, covered: boolean): Int32Array {
    for (const tracker of this.#trackers) tracker.window(seen, covered);
    return this.#trackers.find((tracker) => tracker.seconds === WINDOW_SECONDS)?.take(start) ?? NO_STATUS;
  }

  /** After the last of a window's rows: ends the longer intervals that end with it. */
  endAt(end: number): void {
    for (const tracker of this.#trackers) {
      if (tracker.seconds === WINDOW_SECONDS || end % tracker.seconds !== 0) continue;
      this.#end(tracker, end - tracker.seconds);
    }
  }

  /** The windows between two times are left out: ends the longer intervals that end among them. */
  jump(from: number, to: number): void {
    for (const tracker of this.#trackers) {
      const interval = Math.floor(from / tracker.seconds);
      if (tracker.seconds === WINDOW_SECONDS || Math.floor(to / tracker.seconds) === interval) continue;
      this.#end(tracker, interval * tracker.seconds);
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

  /** The windows from `from` to `to` are one range without packets of an interface (S3.5). */
  skipRange(number: number, from: number, to: number): void {
    for (const tracker of this.#trackers) tracker.skipRange(number, from, to - 1);
  }

  /** The last intervals, which may be cut short at `end`, and losses after the last window. */
  finish(end: number): void {
    for (const tracker of this.#trackers) {
      const starts = new Set(tracker.untaken);
      if (tracker.seconds > WINDOW_SECONDS || tracker.hasRanges) {
        starts.add(Math.floor((end - 1) / tracker.seconds) * tracker.seconds);
      }
      for (const start of [...starts].sort((a, b) => a - b)) this.#end(tracker, start);
    }
  }

  #end(tracker: StatusTracker, start: number): void {
    const status = tracker.take(start);
    if (tracker.seconds > WINDOW_SECONDS) this.#sink.onInterval(start, tracker.seconds, status);
    else if (status.length > 0) this.#sink.onBareWindow(start, status);
  }
}
