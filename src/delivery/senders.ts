/** Both kinds of destinations as one: what waits for them, and what is done to all that waits. */
import type { Lane } from './lanes.ts';
import type { Publisher } from './publisher.ts';
import { makePublishers } from './publishers.ts';
import type { PublishersPort } from './publishers.ts';
import type { LogGroupTarget, ObjectTarget } from './target.ts';
import { groupKey } from './units.ts';
import type { AnyUnit, EventsUnit, ObjectUnit } from './units.ts';

export class Senders {
  readonly #objects: Publisher<ObjectUnit>;
  readonly #events: Publisher<EventsUnit>;

  constructor(port: PublishersPort) {
    const { objects, events } = makePublishers(port);
    this.#objects = objects;
    this.#events = events;
  }

  publish(units: readonly ObjectUnit[]): void {
    const lanes = Map.groupBy(units, (unit) => unit.row.flowLog);
    for (const [flowLog, own] of lanes) this.#objects.add(flowLog, own[0]!.target.to.bucket, own);
  }

  publishEvents(unit: EventsUnit): void {
    this.#events.add(groupKey(unit.to), groupKey(unit.to), [unit]);
  }

  lanes(): readonly Lane<AnyUnit>[] {
    return [...this.#objects.lanes.values(), ...this.#events.lanes.values()];
  }

  /** What waits; stuck(): where it fails. */
  waiting(): AnyUnit[] {
    return this.lanes().flatMap((lane) => lane.queue);
  }

  stuck(): AnyUnit[] {
    return this.lanes().flatMap((lane) => (lane.failing === undefined ? [] : lane.queue));
  }

  /** Since when the first unit of each lane is due, milliseconds. */
  due(): number[] {
    return this.lanes().flatMap((lane) => lane.queue[0]?.due ?? []);
  }

  /** Log events of a producer, but those that are on their way. */
  eventsOf(producer: string): Set<EventsUnit> {
    const lanes = [...this.#events.lanes.values()];
    return new Set(
      lanes.flatMap((lane) =>
        lane.queue.filter((unit) => unit.producer === producer && unit !== lane.running?.unit),
      ),
    );
  }

  /** Takes units that were settled elsewhere away. */
  forget(units: ReadonlySet<AnyUnit>): void {
    for (const key of this.#objects.lanes.keys()) this.#objects.forget(key, units as ReadonlySet<ObjectUnit>);
    for (const key of this.#events.lanes.keys()) this.#events.forget(key, units as ReadonlySet<EventsUnit>);
  }

  /** Lanes that fail, have nothing to send, and are `gone`. */
  dismiss(gone: (lane: Lane<AnyUnit>) => boolean): void {
    this.#objects.dismiss(gone);
    this.#events.dismiss(gone);
  }

  /** Of a flow log that goes there; of all without one. */
  retry(flowLog: string | undefined, to: ObjectTarget | LogGroupTarget | undefined): void {
    this.#objects.retry(flowLog);
    if (to?.type !== 's3') this.#events.retry(to === undefined ? undefined : groupKey(to));
  }

  /** Resolves when what a producer (or all) has waiting is delivered, or fails. */
  async until(producer: string | undefined): Promise<void> {
    const own = <U extends AnyUnit>(publisher: Publisher<U>): Set<U> =>
      new Set(
        [...publisher.lanes.values()].flatMap((lane) =>
          lane.queue.filter((unit) => producer === undefined || unit.producer === producer),
        ),
      );
    await Promise.all([this.#objects.until(own(this.#objects)), this.#events.until(own(this.#events))]);
  }

  watch(): void {
    this.#objects.watch();
    this.#events.watch();
  }

  async close(signal: AbortSignal): Promise<void> {
    await Promise.all([this.#objects.close(signal), this.#events.close(signal)]);
  }
}
