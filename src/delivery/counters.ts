/** What delivery counts, beside what the backlog knows of itself. */
import type { Backlog } from './backlog.ts';
import type { DeliveryStats } from './deliverer.ts';
import { Freshnesses } from './freshness.ts';
import type { EventsUnit, ObjectUnit } from './units.ts';

export class DeliveryCounters {
  commits = 0;
  failures = 0;
  damaged = 0;
  readonly #freshness = new Freshnesses();
  #objects = 0;
  #events = 0;
  #records = 0;

  object(unit: ObjectUnit, count: number, now: number): void {
    this.#objects += count;
    this.#freshness.objects(now - unit.due);
  }

  events({ to, due }: EventsUnit, count: number, now: number): void {
    if (to.type === 'cloud-watch-logs') {
      this.#events += count;
      this.#freshness.logs(now - due);
    } else {
      this.#records += count;
      this.#freshness.streams(now - due);
    }
  }

  /** `due`: since when units are due, milliseconds. */
  stats(backlog: Backlog, due: readonly number[], failing: number, now: number): DeliveryStats {
    const oldest = due.reduce((least, at) => Math.min(least, at), Infinity);
    return {
      commits: this.commits,
      spoolBytes: backlog.holdings.bytes,
      spoolSegments: backlog.holdings.segments,
      tornSegments: backlog.torn,
      damaged: this.damaged + backlog.damaged,
      oldestDueSeconds: oldest === Infinity ? 0 : Math.max(0, (now - oldest) / 1000),
      ...this.#freshness.all(),
      objects: this.#objects,
      events: this.#events,
      records: this.#records,
      failures: this.failures,
      failing,
    };
  }
}
