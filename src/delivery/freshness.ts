/** How long what was due took to be readable: the last and the worst. */
import type { DeliveryStats, Freshness } from './deliverer.ts';

export class Freshnesses {
  #objects: Freshness = { last: 0, worst: 0 };
  #logs: Freshness = { last: 0, worst: 0 };
  #streams: Freshness = { last: 0, worst: 0 };

  /** Milliseconds from when an object was due. */
  objects(ms: number): void {
    this.#objects = after(this.#objects, ms);
  }

  logs(ms: number): void {
    this.#logs = after(this.#logs, ms);
  }

  streams(ms: number): void {
    this.#streams = after(this.#streams, ms);
  }

  all(): Pick<DeliveryStats, 'objectFreshness' | 'logsFreshness' | 'streamsFreshness'> {
    return { objectFreshness: this.#objects, logsFreshness: this.#logs, streamsFreshness: this.#streams };
  }
}

function after({ worst }: Freshness, ms: number): Freshness {
  const last = Math.max(0, ms) / 1000;
  return { last, worst: Math.max(worst, last) };
}
