/**
 * Places of attempts at destinations of one kind. Those at a time are bounded, in all and at each destination; one
 * that takes long gives its place up to others and is counted apart.
 *
 * Beside that: an attempt is file I/O, which takes a thread of the process's pool. A disk that hangs keeps it, even
 * when the attempt is given up. So those that have not come to an end are bounded too, below the size of the pool:
 * whatever hangs, some threads are left to other destinations, and to all else that reads and writes files. Attempts
 * over the network keep none.
 */
import type { DeliveryLimits } from './limits.ts';

/** Threads that a kind of destination may keep, in all and at one bucket or log group. */
export interface PoolShare {
  readonly all: number;
  readonly each: number;
}

/** Threads of libuv's pool when UV_THREADPOOL_SIZE says nothing. */
const POOL_DEFAULT = 4;

/** Threads that file I/O of this process has. */
export function poolThreads(): number {
  const set = Number(process.env.UV_THREADPOOL_SIZE ?? POOL_DEFAULT);
  return Number.isInteger(set) && set >= 1 ? Math.min(set, 1024) : POOL_DEFAULT;
}

/** Of attempts that keep no thread. */
export const NO_POOL: PoolShare = { all: Infinity, each: Infinity };

/** By the kind of destination. */
export interface PoolShares {
  readonly objects: PoolShare;
  readonly logs: PoolShare;
  readonly streams: PoolShare;
}

/**
 * What objects, log events and records of streams may keep of a pool: never all of it while only one of them hangs,
 * and from eight threads on together not all either.
 */
export function poolShares(threads: number): PoolShares {
  const one = { all: 1, each: 1 };
  if (threads < 8) {
    const all = Math.max(1, threads - 1);
    return { objects: { all, each: Math.ceil(all / 2) }, logs: one, streams: one };
  }
  const sixteenths = (count: number): number => Math.max(1, Math.floor((threads * count) / 16));
  return {
    objects: { all: sixteenths(9), each: sixteenths(5) },
    logs: { all: sixteenths(4), each: sixteenths(2) },
    streams: { all: sixteenths(2), each: sixteenths(1) },
  };
}

interface Load {
  fast: number;
  slow: number;
  /** Attempts that have not come to an end, also those that were given up. */
  held: number;
  /** Milliseconds: the last success. */
  lastSuccess: number;
}

/** A place that an attempt has. */
export interface Place {
  /** It takes long: others may go before its end. */
  slow(): void;
  /** It is over, or was given up. */
  leave(succeededAt: number | undefined): void;
  /** It has come to an end. */
  release(): void;
}

export class Places {
  readonly #limits: DeliveryLimits;
  readonly #pool: PoolShare;
  readonly #loads = new Map<string, Load>();
  #fast = 0;
  #slow = 0;
  #held = 0;

  constructor(limits: DeliveryLimits, pool: PoolShare) {
    this.#limits = limits;
    this.#pool = pool;
  }

  /** No attempt can begin, wherever. */
  get full(): boolean {
    return this.#fast >= this.#limits.concurrency || this.#held >= this.#pool.all;
  }

  has(destination: string, failing: boolean): boolean {
    const { concurrencyEach, slow, slowEach } = this.#limits;
    // Failing ones leave half of the places for slow attempts to the others.
    if (this.full || this.#slow >= (failing ? slow / 2 : slow)) return false;
    const load = this.#loads.get(destination);
    if (load === undefined) return true;
    return load.fast < concurrencyEach && load.slow < slowEach && load.held < this.#pool.each;
  }

  /** Attempts under way. */
  busy(destination: string): number {
    const load = this.#loads.get(destination);
    return load === undefined ? 0 : load.fast + load.slow;
  }

  take(destination: string): Place {
    const load = this.#loads.get(destination) ?? { fast: 0, slow: 0, held: 0, lastSuccess: 0 };
    this.#loads.set(destination, load);
    let slow = false;
    load.fast++;
    this.#fast++;
    load.held++;
    this.#held++;
    return {
      slow: () => {
        slow = true;
        load.fast--;
        this.#fast--;
        load.slow++;
        this.#slow++;
      },
      leave: (succeededAt) => {
        if (succeededAt !== undefined) load.lastSuccess = succeededAt;
        if (slow) {
          load.slow--;
          this.#slow--;
        } else {
          load.fast--;
          this.#fast--;
        }
      },
      release: () => {
        load.held--;
        this.#held--;
      },
    };
  }

  /** Milliseconds: since when a destination that has attempts under way has had no success; undefined without any. */
  silentSince(destination: string): number | undefined {
    const load = this.#loads.get(destination);
    return load === undefined || (load.slow === 0 && load.held === 0) ? undefined : load.lastSuccess;
  }

  /** No lane goes to a destination any more. */
  forget(destination: string): void {
    const load = this.#loads.get(destination);
    if (load !== undefined && load.fast === 0 && load.slow === 0 && load.held === 0) {
      this.#loads.delete(destination);
    }
  }
}
