/**
 * Attempts at destinations of one kind. Units wait in lanes (a flow log's objects, a log group's events), each in
 * order and one at a time; a lane that failed waits for its back-off, and no other lane waits for it.
 *
 * Attempts at a time are bounded, in all and for each destination (bucket, log group). One that takes long gives its
 * place up to others and is counted apart: so a destination that hangs never takes the time of one that works, and
 * even where a few keys of a bucket hang the others go on.
 */
import { AttemptTimeout, failureOf } from './failures.ts';
import type { Failing } from './failures.ts';
import type { DeliveryLimits } from './limits.ts';

/** Attempts of a lane that were given up and have not come to an end: beyond it the lane waits for one that has. */
const UNSETTLED_MOST = 4;

/** What is delivered at once. */
export interface Unit {
  /** Bytes: more may take longer. */
  readonly size: number;
  settled: boolean;
}

export interface Lane<U extends Unit> {
  readonly key: string;
  readonly destination: string;
  readonly queue: U[];
  failing: Failing | undefined;
  /** Failures in a row. */
  failures: number;
  /** Until its back-off is over. */
  timer: NodeJS.Timeout | undefined;
  running: { readonly unit: U; readonly controller: AbortController } | undefined;
  unsettled: number;
  /** Milliseconds: since when its first unit waits for a place. */
  waitingSince: number;
}

interface Load {
  fast: number;
  slow: number;
  /** Milliseconds: the last success. */
  lastSuccess: number;
}

interface Waiter<U extends Unit> {
  readonly lanes: Map<Lane<U>, Set<U>>;
  readonly resolve: () => void;
}

export interface PublisherPort<U extends Unit> {
  readonly limits: DeliveryLimits;
  readonly clock: () => number;
  attempt(unit: U, signal: AbortSignal): Promise<number>;
  /** An attempt succeeded: `count` objects or events. */
  delivered(unit: U, count: number, lane: Lane<U>): void;
  /** An attempt failed. Units that can never be delivered are settled by the callee: true. */
  failed(unit: U, error: unknown, lane: Lane<U>): boolean;
  /** A lane fails (also by waiting for a destination that does not answer), or no longer does. */
  state(lane: Lane<U>): void;
}

export class Publisher<U extends Unit> {
  readonly #port: PublisherPort<U>;
  readonly #lanes = new Map<string, Lane<U>>();
  readonly #ready = new Set<Lane<U>>();
  readonly #loads = new Map<string, Load>();
  readonly #waiters = new Set<Waiter<U>>();
  readonly #running = new Set<Promise<void>>();
  #fast = 0;
  #slow = 0;
  #closed = false;

  constructor(port: PublisherPort<U>) {
    this.#port = port;
  }

  get lanes(): ReadonlyMap<string, Lane<U>> {
    return this.#lanes;
  }

  /** Puts units at the end of a lane. */
  add(key: string, destination: string, units: readonly U[]): void {
    let lane = this.#lanes.get(key);
    if (lane === undefined) {
      lane = {
        ...{ key, destination, queue: [], failing: undefined, failures: 0, timer: undefined },
        ...{ running: undefined, unsettled: 0, waitingSince: 0 },
      };
      this.#lanes.set(key, lane);
    }
    for (const unit of units) lane.queue.push(unit);
    if (lane.failing !== undefined) this.#port.state(lane);
    this.#offer(lane);
    this.#pump();
  }

  /** Takes units that were settled elsewhere out of a lane; an attempt at one of them is given up. */
  forget(key: string, units: ReadonlySet<U>): void {
    const lane = this.#lanes.get(key);
    if (lane === undefined) return;
    lane.queue.splice(0, Infinity, ...lane.queue.filter((unit) => !units.has(unit)));
    if (lane.running !== undefined && units.has(lane.running.unit)) lane.running.controller.abort();
    for (const unit of units) this.#settled(lane, unit);
    this.#drop(lane);
  }

  /** Ends the back-off of a lane, or of all. */
  retry(key?: string): void {
    const lanes = key === undefined ? this.#lanes.values() : [this.#lanes.get(key)];
    for (const lane of lanes) {
      if (lane?.timer === undefined) continue;
      clearTimeout(lane.timer);
      lane.timer = undefined;
      this.#offer(lane);
    }
    this.#pump();
  }

  /** Resolves when each lane has delivered those of `units` that are its own, or fails an attempt from now on. */
  async until(units: ReadonlySet<U>): Promise<void> {
    const lanes = new Map<Lane<U>, Set<U>>();
    for (const lane of this.#lanes.values()) {
      const own = lane.queue.filter((unit) => units.has(unit));
      if (own.length > 0) lanes.set(lane, new Set(own));
    }
    if (lanes.size === 0 || this.#closed) return;
    await new Promise<void>((resolve) => {
      this.#waiters.add({ lanes, resolve });
      for (const lane of lanes.keys()) this.retry(lane.key);
    });
  }

  /** Lanes that wait for a place at a destination that has not answered for as long as an attempt may take fail. */
  watch(): void {
    const now = this.#port.clock();
    for (const lane of this.#ready) {
      const load = this.#loads.get(lane.destination);
      const since = Math.max(lane.waitingSince, load?.lastSuccess ?? 0);
      if (lane.failing !== undefined || load === undefined || load.slow === 0) continue;
      if (now - since >= this.#port.limits.attemptMs) {
        this.#fails(lane, new AttemptTimeout(this.#port.limits.attemptMs));
      }
    }
  }

  /** No attempt begins any more; those that run may end until `signal`, then they are given up. */
  async close(signal: AbortSignal): Promise<void> {
    this.#closed = true;
    for (const lane of this.#lanes.values()) clearTimeout(lane.timer);
    const abort = (): void => {
      for (const lane of this.#lanes.values()) lane.running?.controller.abort();
    };
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
    await Promise.all(this.#running);
    signal.removeEventListener('abort', abort);
    for (const waiter of this.#waiters) waiter.resolve();
    this.#waiters.clear();
  }

  #offer(lane: Lane<U>): void {
    const idle = lane.running === undefined && lane.timer === undefined && lane.unsettled < UNSETTLED_MOST;
    if (!idle || lane.queue.length === 0 || this.#ready.has(lane)) return;
    lane.waitingSince = this.#port.clock();
    this.#ready.add(lane);
  }

  /** Begins what may begin: lanes that deliver before those that fail. */
  #pump(): void {
    if (this.#closed || this.#ready.size === 0) return;
    for (const failing of [false, true]) {
      for (const lane of this.#ready) {
        if (this.#fast >= this.#port.limits.concurrency) return;
        if ((lane.failing !== undefined) === failing && this.#hasPlace(lane)) this.#begin(lane);
      }
    }
  }

  #hasPlace(lane: Lane<U>): boolean {
    const { concurrencyEach, slow, slowEach } = this.#port.limits;
    // Failing ones leave half of the places for slow attempts to the others.
    if (this.#slow >= (lane.failing === undefined ? slow : slow / 2)) return false;
    const load = this.#loads.get(lane.destination);
    return load === undefined || (load.fast < concurrencyEach && load.slow < slowEach);
  }

  #begin(lane: Lane<U>): void {
    this.#ready.delete(lane);
    const unit = lane.queue[0]!;
    const controller = new AbortController();
    lane.running = { unit, controller };
    const promise = this.#attempt(lane, unit, controller).finally(() => this.#running.delete(promise));
    this.#running.add(promise);
  }

  async #attempt(lane: Lane<U>, unit: U, controller: AbortController): Promise<void> {
    const { slowMs, attemptMs, attemptBytesPerSecond } = this.#port.limits;
    const load = this.#loads.get(lane.destination) ?? { fast: 0, slow: 0, lastSuccess: 0 };
    this.#loads.set(lane.destination, load);
    let slow = false;
    load.fast++;
    this.#fast++;
    const slowTimer = setTimeout(() => {
      slow = true;
      load.fast--;
      this.#fast--;
      load.slow++;
      this.#slow++;
      this.#pump();
    }, slowMs);
    const most = attemptMs + (unit.size / attemptBytesPerSecond) * 1000;
    const timer = setTimeout(() => controller.abort(new AttemptTimeout(most)), most);
    let error: unknown;
    let count = 0;
    try {
      count = await this.#race(lane, unit, controller.signal);
    } catch (thrown) {
      error = thrown ?? new Error('failed without an error');
    }
    clearTimeout(slowTimer);
    clearTimeout(timer);
    if (slow) {
      load.slow--;
      this.#slow--;
    } else {
      load.fast--;
      this.#fast--;
    }
    lane.running = undefined;
    if (error === undefined) {
      load.lastSuccess = this.#port.clock();
      this.#succeeded(lane, unit, count);
    } else if (!unit.settled && !this.#closed) this.#failedAttempt(lane, unit, error);
    this.#offer(lane);
    this.#drop(lane);
    this.#pump();
  }

  /** The attempt, or its end by time or by hand, whichever comes first. */
  #race(lane: Lane<U>, unit: U, signal: AbortSignal): Promise<number> {
    return new Promise<number>((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      lane.unsettled++;
      const ended = (): void => {
        lane.unsettled--;
        this.#offer(lane);
        this.#drop(lane);
        queueMicrotask(() => this.#pump());
      };
      this.#port.attempt(unit, signal).then(resolve, reject).finally(ended);
    });
  }

  #succeeded(lane: Lane<U>, unit: U, count: number): void {
    lane.failures = 0;
    if (lane.failing !== undefined) {
      lane.failing = undefined;
      this.#port.state(lane);
    }
    if (unit.settled) return;
    if (lane.queue[0] === unit) lane.queue.shift();
    unit.settled = true;
    this.#port.delivered(unit, count, lane);
    this.#settled(lane, unit);
  }

  #failedAttempt(lane: Lane<U>, unit: U, error: unknown): void {
    if (this.#port.failed(unit, error, lane)) return;
    const { backOffMs, backOffMostMs } = this.#port.limits;
    const wait = Math.min(backOffMostMs, backOffMs * 2 ** Math.min(lane.failures++, 30));
    lane.timer = setTimeout(
      () => {
        lane.timer = undefined;
        this.#offer(lane);
        this.#pump();
      },
      wait * (0.5 + Math.random() / 2),
    );
    this.#fails(lane, error);
  }

  #fails(lane: Lane<U>, error: unknown): void {
    lane.failing = failureOf(error);
    this.#port.state(lane);
    for (const waiter of this.#waiters) {
      if (waiter.lanes.delete(lane)) this.#check(waiter);
    }
  }

  #settled(lane: Lane<U>, unit: U): void {
    for (const waiter of this.#waiters) {
      const units = waiter.lanes.get(lane);
      if (units === undefined || !units.delete(unit) || units.size > 0) continue;
      waiter.lanes.delete(lane);
      this.#check(waiter);
    }
  }

  #check(waiter: Waiter<U>): void {
    if (waiter.lanes.size > 0) return;
    this.#waiters.delete(waiter);
    waiter.resolve();
  }

  /** A lane without work is forgotten, unless it fails: then its next success is to be told. */
  #drop(lane: Lane<U>): void {
    if (lane.queue.length > 0) return;
    this.#ready.delete(lane);
    if (lane.running !== undefined || lane.unsettled > 0 || lane.failing !== undefined) return;
    clearTimeout(lane.timer);
    this.#lanes.delete(lane.key);
    const load = this.#loads.get(lane.destination);
    if (load !== undefined && load.fast === 0 && load.slow === 0) this.#loads.delete(lane.destination);
  }
}
