/** Lanes: what waits for its delivery in order, one at a time. */
import type { Failing } from './failures.ts';

/** Attempts of a lane that were given up and have not come to an end: beyond it the lane waits for one that has. */
const UNSETTLED_MOST = 4;

/** What is delivered at once. */
export interface Unit {
  /** Bytes: more may take longer. */
  readonly size: number;
  /** Milliseconds: when the oldest of it was committed. */
  readonly since: number;
  settled: boolean;
}

/** Whether a destination would take something, when there is nothing to send. */
export type Probe = (signal: AbortSignal) => Promise<void>;

export interface Lane<U extends Unit> {
  readonly key: string;
  readonly destination: string;
  readonly queue: U[];
  failing: Failing | undefined;
  /** Failures in a row while its destination took others. */
  failures: number;
  /** Until its back-off is over. */
  timer: NodeJS.Timeout | undefined;
  /** An attempt at a unit, or a probe. */
  running: { readonly unit: U | undefined; readonly controller: AbortController } | undefined;
  /** Of a lane that fails: its last unit's. */
  probe: Probe | undefined;
  unsettled: number;
  /** Milliseconds: since when its first unit waits for a place. */
  waitingSince: number;
}

export function newLane<U extends Unit>(key: string, destination: string): Lane<U> {
  return {
    key,
    destination,
    queue: [],
    failing: undefined,
    failures: 0,
    timer: undefined,
    running: undefined,
    probe: undefined,
    unsettled: 0,
    waitingSince: 0,
  };
}

/** Whether it has something to do, and may. */
export function isReady<U extends Unit>(lane: Lane<U>): boolean {
  if (lane.running !== undefined || lane.timer !== undefined || lane.unsettled >= UNSETTLED_MOST)
    return false;
  return lane.queue.length > 0 || (lane.failing !== undefined && lane.probe !== undefined);
}

/** Whether it may be forgotten: it has nothing to do, and its next success is no news. */
export function isIdle<U extends Unit>(lane: Lane<U>): boolean {
  return (
    lane.queue.length === 0 &&
    lane.running === undefined &&
    lane.unsettled === 0 &&
    lane.failing === undefined
  );
}
