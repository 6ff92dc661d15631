import {
  allocateRows,
  type ClosedWindow,
  POOL_WORDS,
  ROW_WORDS,
  rowWords,
  STATUS_SKIPDATA,
  STATUS_WORDS,
} from '../../flows/rows.ts';
import { RollUp } from '../../flows/rollup.ts';
import type { FlowLog } from './flow-logs.ts';

export const INTERVAL_SECONDS = 600;

/** Rows of sums: the bound on memory, which the system commits as rows come. A full sum is written early. */
export interface RollUpLimits {
  readonly rows: number;
  /** Of the sums that flow logs made inside of an interval need; at most nine of them. */
  readonly partRows: number;
}

/** A sum of windows, and whose it is. */
export interface Sum {
  /** WHOLE, or the start of the window with which the sum begins, inside of an interval. */
  readonly from: number;
  readonly rollUp: RollUp;
}

/** The sum of whole intervals. */
const WHOLE = 0;

/**
 * What the flow logs of 600 s have added up (S3.1): one sum for those that record whole intervals, and one for
 * those that began with a later window of the interval (S3.6). The latter last until the interval ends.
 */
export class RollUps {
  readonly #limits: RollUpLimits;
  readonly #sums = new Map<number, RollUp>();
  readonly #spare: RollUp[] = [];

  constructor(limits: RollUpLimits) {
    this.#limits = limits;
  }

  /** The sums that a window belongs to, by the flow logs of 600 s that record it. */
  sumsFor(start: number, flowLogs: Iterable<FlowLog>, live: boolean): Sum[] {
    const from = new Set<number>();
    for (const flowLog of flowLogs) from.add(live ? beginning(flowLog, start) : WHOLE);
    return [...from].sort((a, b) => a - b).map((it) => ({ from: it, rollUp: this.#at(it) }));
  }

  /** All sums that may hold rows. */
  all(): Sum[] {
    return Array.from(this.#sums, ([from, rollUp]) => ({ from, rollUp }));
  }

  /** The interval at `start` is over: its parts are not added to any more. */
  endInterval(start: number): void {
    for (const [from, rollUp] of this.#sums) {
      if (from === WHOLE || from >= start + INTERVAL_SECONDS) continue;
      rollUp.takeEarly();
      this.#sums.delete(from);
      this.#spare.push(rollUp);
    }
  }

  #at(from: number): RollUp {
    let rollUp = this.#sums.get(from);
    if (rollUp === undefined) {
      const rows = from === WHOLE ? this.#limits.rows : this.#limits.partRows;
      rollUp = (from === WHOLE ? undefined : this.#spare.pop()) ?? new RollUp(INTERVAL_SECONDS, rows);
      this.#sums.set(from, rollUp);
    }
    return rollUp;
  }
}

/** Whether a sum, of the interval at `start`, is a flow log's. */
export function owns(flowLog: FlowLog, from: number, start: number, live: boolean): boolean {
  return (live ? beginning(flowLog, start) : WHOLE) === from;
}

function beginning({ firstWindow }: FlowLog, start: number): number {
  return firstWindow <= start - (start % INTERVAL_SECONDS) ? WHOLE : firstWindow;
}

/** What a sum says so far, in memory of its own: the sum goes on. undefined when there is nothing. */
export function soFar(rollUp: RollUp): ClosedWindow | undefined {
  const taken = rollUp.takeEarly();
  if (taken.count === 0) return undefined;
  const rows = allocateRows(taken.count);
  rowWords(rows).set(rowWords(taken.rows).subarray(0, taken.count * ROW_WORDS));
  // Entry 0 of the pool is never used.
  const words = (taken.count + 1) * POOL_WORDS;
  const addresses = new SharedArrayBuffer(4 * words);
  const pool = new Int32Array(taken.addresses);
  new Int32Array(addresses).set(pool.subarray(0, Math.min(words, pool.length)));
  const copy = { ...taken, rows, addresses };
  if (rollUp.add(copy, 0) !== copy.count) throw new Error('a sum does not hold its own rows');
  return copy;
}

/**
 * The NODATA and SKIPDATA of an interval for a flow log that began inside of it: no NODATA, and nothing of the
 * time before.
 */
export function statusFrom(status: Int32Array, from: number): Int32Array {
  if (from === WHOLE) return status;
  const kept: number[] = [];
  for (let i = 0; i < status.length; i += STATUS_WORDS) {
    const [number, kind, start, end] = status.subarray(i, i + STATUS_WORDS) as unknown as number[];
    if (kind === STATUS_SKIPDATA && end! >>> 0 >= from) {
      kept.push(number!, kind, Math.max(start! >>> 0, from), end!);
    }
  }
  return Int32Array.from(kept);
}
