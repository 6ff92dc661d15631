/** Who waits until units are delivered, or their lanes fail. */
import type { Lane, Unit } from './lanes.ts';

interface Waiter<U extends Unit> {
  readonly lanes: Map<Lane<U>, Set<U>>;
  readonly resolve: () => void;
}

export class FlushWaiters<U extends Unit> {
  readonly #waiters = new Set<Waiter<U>>();

  /** Resolves when each lane has settled its units, or fails an attempt from now on. */
  wait(lanes: Map<Lane<U>, Set<U>>): Promise<void> {
    return new Promise((resolve) => {
      this.#waiters.add({ lanes, resolve });
    });
  }

  failed(lane: Lane<U>): void {
    for (const waiter of this.#waiters) if (waiter.lanes.delete(lane)) this.#check(waiter);
  }

  settled(lane: Lane<U>, unit: U): void {
    for (const waiter of this.#waiters) {
      const units = waiter.lanes.get(lane);
      if (units === undefined || !units.delete(unit) || units.size > 0) continue;
      waiter.lanes.delete(lane);
      this.#check(waiter);
    }
  }

  /** Nothing more is delivered. */
  close(): void {
    for (const waiter of this.#waiters) waiter.resolve();
    this.#waiters.clear();
  }

  #check(waiter: Waiter<U>): void {
    if (waiter.lanes.size > 0) return;
    this.#waiters.delete(waiter);
    waiter.resolve();
  }
}
