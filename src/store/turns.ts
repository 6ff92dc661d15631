import { AsyncLocalStorage } from 'node:async_hooks';
import { StoreFault } from './store.ts';

/** A piece of work that waits for its turn, and how its caller hears of it. */
export interface Job {
  readonly run: () => Promise<unknown>;
  readonly settle: (result: { value: unknown } | { error: unknown }) => void;
}

/** How the work of a turn is done. Both settle every job they were given; to settle one twice does nothing. */
export interface TurnRunner {
  /** Each sees the state that the transactions before this turn left. */
  reads(jobs: readonly Job[]): Promise<void>;
  /** In order, all under one commit; none is settled as done before it is durable. */
  writes(jobs: readonly Job[]): Promise<void>;
}

/** Most transactions under one commit: bounds what waits for a flush and what a failed one takes along. */
const MOST_IN_TURN = 256;

/**
 * Gives work on one connection its turn: one at a time, in the order asked. What waits when a turn begins shares
 * it: first the reads, then the writes under one commit. That is safe, since nothing in a turn was answered
 * before the turn began: any order among its jobs is one that their callers could have seen.
 */
export class Turns {
  readonly #runner: TurnRunner;
  #reads: Job[] = [];
  #writes: Job[] = [];
  #running: Promise<void> | undefined;
  #closed = false;
  readonly #inside = new AsyncLocalStorage<true>();

  constructor(runner: TurnRunner) {
    this.#runner = runner;
  }

  /** Queues a read or a write; resolves with what it gave once that stands. */
  async ask<T>(kind: 'read' | 'write', work: () => Promise<T>): Promise<T> {
    if (this.#closed) throw new StoreFault('closed', 'the store is closed');
    if (this.#inside.getStore() === true) {
      throw new StoreFault('misuse', 'inside a transaction, ask what it was handed instead of the store');
    }
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const job: Job = {
      run: () => this.#inside.run(true, work),
      settle: (result) => {
        if ('error' in result) reject(result.error);
        else resolve(result.value);
      },
    };
    (kind === 'read' ? this.#reads : this.#writes).push(job);
    this.#running ??= this.#run();
    return (await promise) as T;
  }

  /** Refuses new work and resolves when all that was asked is settled. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#reads.length + this.#writes.length > 0) {
      // What arrives in the same round of the event loop is let in first: requests that were read from their
      // sockets together share one flush.
      await new Promise((resolve) => setImmediate(resolve));
      const reads = this.#reads.splice(0);
      if (reads.length > 0) await this.#turn(reads, () => this.#runner.reads(reads));
      const writes = this.#writes.splice(0, MOST_IN_TURN);
      if (writes.length > 0) await this.#turn(writes, () => this.#runner.writes(writes));
    }
    this.#running = undefined;
  }

  /** A turn whose machinery itself fails (the disk is gone) fails its jobs, and the next one is tried anew. */
  async #turn(jobs: readonly Job[], run: () => Promise<void>): Promise<void> {
    try {
      await run();
    } catch (error) {
      for (const job of jobs) job.settle({ error });
    }
  }
}
