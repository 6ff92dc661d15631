/**
 * Attempts at destinations of one kind. Units wait in lanes (a flow log's objects, a log group's events), each in
 * order and one at a time; a lane that failed waits for its back-off, and no other lane waits for it, unless all of
 * its destination fails (holds.ts). So a destination that hangs never takes the time of one that works, and even where
 * a few keys of a bucket hang the others go on (places.ts). Of the lanes of a destination the one with the oldest
 * records goes first (choice.ts). A lane that fails and has nothing left to send is probed.
 */
import { choose } from './choice.ts';
import { AttemptTimeout, failureOf } from './failures.ts';
import type { Failing } from './failures.ts';
import { backOff, Holds } from './holds.ts';
import { FlushWaiters } from './flush-waiters.ts';
import { isIdle, isReady, newLane } from './lanes.ts';
import type { Lane, Probe, Unit } from './lanes.ts';
import type { DeliveryLimits } from './limits.ts';
import { Places } from './places.ts';
import type { Place, PoolShare } from './places.ts';

export interface PublisherPort<U extends Unit> {
  readonly limits: DeliveryLimits;
  readonly pool: PoolShare;
  readonly clock: () => number;
  attempt(unit: U, signal: AbortSignal): Promise<number>;
  /** Holds nothing of the unit but where it goes. */
  probeOf(unit: U): Probe;
  /** An attempt succeeded: `count` objects or events. */
  delivered(unit: U, count: number, lane: Lane<U>): void;
  /** An attempt failed. Units that can never be delivered are settled by the callee: true. */
  failed(unit: U, error: unknown, lane: Lane<U>): boolean;
  /** A lane fails (also by waiting for a destination that does not answer), or no longer does. */
  state(lane: Lane<U>): void;
}

export class Publisher<U extends Unit> {
  readonly #port: PublisherPort<U>;
  readonly #places: Places;
  readonly #holds: Holds;
  readonly #lanes = new Map<string, Lane<U>>();
  readonly #ready = new Set<Lane<U>>();
  readonly #waiters = new FlushWaiters<U>();
  readonly #running = new Set<Promise<void>>();
  #closed = false;

  constructor(port: PublisherPort<U>) {
    this.#port = port;
    this.#places = new Places(port.limits, port.pool);
    this.#holds = new Holds({ limits: port.limits, free: () => this.#pump() });
  }

  get lanes(): ReadonlyMap<string, Lane<U>> {
    return this.#lanes;
  }

  /** Whether a lane fails, or all of its destination. */
  fails(key: string, destination: string): boolean {
    return this.#lanes.get(key)?.failing !== undefined || this.#holds.wide(destination) !== undefined;
  }

  /** Puts units at the end of a lane. */
  add(key: string, destination: string, units: readonly U[]): void {
    let lane = this.#lanes.get(key);
    if (lane === undefined) {
      this.#lanes.set(key, (lane = newLane(key, destination)));
      this.#holds.joined(destination);
    }
    // Until now there was nothing to try again.
    if (lane.queue.length === 0) {
      this.#endBackOff(lane);
      if (this.#holds.isDown(destination) && !this.#hasUnits(destination)) this.#holds.release(destination);
    }
    for (const unit of units) lane.queue.push(unit);
    const wide = this.#holds.wide(destination);
    if (lane.failing !== undefined) this.#port.state(lane);
    else if (wide !== undefined) this.#fails(lane, wide);
    this.#offer(lane);
    this.#pump();
  }

  /** Takes units that were settled elsewhere out of a lane; an attempt at one of them is given up. */
  forget(key: string, units: ReadonlySet<U>): void {
    const lane = this.#lanes.get(key);
    if (lane === undefined) return;
    lane.queue.splice(0, Infinity, ...lane.queue.filter((unit) => !units.has(unit)));
    const unit = lane.running?.unit;
    if (unit !== undefined && units.has(unit)) lane.running?.controller.abort();
    for (const unit of units) this.#waiters.settled(lane, unit);
    this.#drop(lane);
  }

  /** Lanes that fail, have nothing to send, and are `gone`: nobody wants to know of them any more. */
  dismiss(gone: (lane: Lane<U>) => boolean): void {
    for (const lane of this.#lanes.values()) {
      if (lane.queue.length > 0 || lane.failing === undefined || !gone(lane)) continue;
      lane.failing = undefined;
      lane.running?.controller.abort();
      this.#drop(lane);
    }
  }

  /** Ends the back-off of a lane, or of all. */
  retry(key?: string): void {
    const lanes = key === undefined ? this.#lanes.values() : [this.#lanes.get(key)];
    for (const lane of lanes) {
      if (lane === undefined) continue;
      this.#holds.release(lane.destination);
      if (this.#endBackOff(lane)) this.#offer(lane);
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
    const keys = Array.from(lanes.keys(), ({ key }) => key);
    const waited = this.#waiters.wait(lanes);
    for (const key of keys) this.retry(key);
    await waited;
  }

  /** Lanes that wait for a place at a destination that has not answered for as long as an attempt may take fail. */
  watch(): void {
    const now = this.#port.clock();
    for (const lane of this.#ready) {
      const silent = this.#places.silentSince(lane.destination);
      if (lane.failing !== undefined || silent === undefined) continue;
      if (now - Math.max(lane.waitingSince, silent) >= this.#port.limits.attemptMs) {
        this.#fails(lane, failureOf(new AttemptTimeout(this.#port.limits.attemptMs)));
      }
    }
  }

  /** No attempt begins any more; those that run may end until `signal`, then they are given up. */
  async close(signal: AbortSignal): Promise<void> {
    this.#closed = true;
    this.#holds.close();
    const abort = (): void => {
      for (const lane of this.#lanes.values()) lane.running?.controller.abort();
    };
    for (const lane of this.#lanes.values()) {
      clearTimeout(lane.timer);
      if (lane.running?.unit === undefined) lane.running?.controller.abort();
    }
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
    await Promise.all(this.#running);
    signal.removeEventListener('abort', abort);
    this.#waiters.close();
  }

  #endBackOff(lane: Lane<U>): boolean {
    if (lane.timer === undefined) return false;
    clearTimeout(lane.timer);
    lane.timer = undefined;
    return true;
  }

  #offer(lane: Lane<U>): void {
    if (!isReady(lane) || this.#ready.has(lane)) return;
    lane.waitingSince = this.#port.clock();
    this.#ready.add(lane);
  }

  #hasUnits(destination: string): boolean {
    for (const lane of this.#lanes.values()) {
      if (lane.destination === destination && lane.queue.length > 0) return true;
    }
    return false;
  }

  /** Begins what may begin. */
  #pump(): void {
    while (!this.#closed && !this.#places.full) {
      const lane = choose(this.#ready, this.#places, this.#holds);
      if (lane === undefined) return;
      this.#begin(lane);
    }
  }

  #begin(lane: Lane<U>): void {
    this.#ready.delete(lane);
    const unit = lane.queue[0];
    const controller = new AbortController();
    lane.running = { unit, controller };
    this.#holds.begun(lane.destination, controller);
    const promise = this.#attempt(lane, unit, controller).finally(() => this.#running.delete(promise));
    this.#running.add(promise);
  }

  async #attempt(lane: Lane<U>, unit: U | undefined, controller: AbortController): Promise<void> {
    const { slowMs, attemptMs, attemptBytesPerSecond } = this.#port.limits;
    const place = this.#places.take(lane.destination);
    const slowTimer = setTimeout(() => {
      place.slow();
      this.#pump();
    }, slowMs);
    const most = attemptMs + ((unit?.size ?? 0) / attemptBytesPerSecond) * 1000;
    const timer = setTimeout(() => controller.abort(new AttemptTimeout(most)), most);
    let error: unknown;
    let count = 0;
    try {
      count = await this.#race(lane, unit, place, controller.signal);
    } catch (thrown) {
      error = thrown ?? new Error('failed without an error');
    }
    clearTimeout(slowTimer);
    clearTimeout(timer);
    place.leave(error === undefined ? this.#port.clock() : undefined);
    lane.running = undefined;
    const isTrial = this.#holds.ended(lane.destination, controller);
    if (error === undefined) this.#succeeded(lane, unit, count);
    else if (!this.#closed) this.#failedAttempt(lane, unit, error, isTrial);
    this.#offer(lane);
    this.#drop(lane);
    this.#pump();
  }

  /** The attempt, or its end by time or by hand, whichever comes first. */
  #race(lane: Lane<U>, unit: U | undefined, place: Place, signal: AbortSignal): Promise<number> {
    return new Promise<number>((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      lane.unsettled++;
      const ended = (): void => {
        lane.unsettled--;
        place.release();
        this.#offer(lane);
        this.#drop(lane);
        queueMicrotask(() => this.#pump());
      };
      const attempt =
        unit === undefined ? lane.probe!(signal).then(() => 0) : this.#port.attempt(unit, signal);
      attempt.then(resolve, reject).finally(ended);
    });
  }

  #succeeded(lane: Lane<U>, unit: U | undefined, count: number): void {
    lane.failures = 0;
    if (this.#holds.succeeded(lane.destination, lane.key)) this.#revive(lane.destination);
    if (lane.failing !== undefined) {
      lane.failing = undefined;
      this.#port.state(lane);
    }
    if (unit === undefined || unit.settled) return;
    if (lane.queue[0] === unit) lane.queue.shift();
    unit.settled = true;
    this.#port.delivered(unit, count, lane);
    this.#waiters.settled(lane, unit);
  }

  /** A destination that failed as a whole takes something again: nobody waits for a back-off. */
  #revive(destination: string): void {
    for (const lane of this.#lanes.values()) {
      if (lane.destination !== destination) continue;
      this.#endBackOff(lane);
      lane.failures = 0;
      this.#offer(lane);
    }
  }

  #failedAttempt(lane: Lane<U>, unit: U | undefined, error: unknown, isTrial: boolean): void {
    if (unit === undefined) {
      // Dismissed, or there is something to send now, which is to say whether it works.
      if (lane.failing === undefined || lane.queue.length > 0) return;
    } else if (unit.settled || this.#port.failed(unit, error, lane)) return;
    const failing = failureOf(error);
    const isDown = this.#holds.failed(lane.destination, lane.key, failing, isTrial);
    if (!isDown) this.#backOff(lane);
    this.#fails(lane, failing);
    if (isDown) this.#failWide(lane);
  }

  /** What was tried in vain for one lane was tried for all. */
  #failWide({ destination, failing }: Lane<U>): void {
    if (this.#holds.wide(destination) === undefined) return;
    for (const lane of this.#lanes.values()) {
      if (lane.destination !== destination || lane.running !== undefined) continue;
      if (lane.failing === undefined) this.#fails(lane, failing!);
      else this.#waiters.failed(lane);
    }
  }

  #backOff(lane: Lane<U>): void {
    lane.timer = setTimeout(
      () => {
        lane.timer = undefined;
        this.#offer(lane);
        this.#pump();
      },
      backOff(this.#port.limits, ++lane.failures),
    );
  }

  #fails(lane: Lane<U>, failing: Failing): void {
    const [first] = lane.queue;
    if (first !== undefined) lane.probe = this.#port.probeOf(first);
    lane.failing = failing;
    this.#port.state(lane);
    this.#waiters.failed(lane);
  }

  /** A lane without work is forgotten, unless it fails: then its next success is to be told. */
  #drop(lane: Lane<U>): void {
    if (lane.queue.length === 0 && lane.failing === undefined) this.#ready.delete(lane);
    if (!isIdle(lane) || this.#lanes.get(lane.key) !== lane) return;
    this.#endBackOff(lane);
    this.#lanes.delete(lane.key);
    if (this.#holds.left(lane.destination)) this.#places.forget(lane.destination);
  }
}
