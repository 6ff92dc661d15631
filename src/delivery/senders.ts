/** All kinds of destinations as one: what waits for them, and what is done to all that waits. */
import { destinationKey, eventsLane } from './lane-keys.ts';
import type { Lane } from './lanes.ts';
import type { Publisher } from './publisher.ts';
import { makePublishers } from './publishers.ts';
import type { Publishers, PublishersPort } from './publishers.ts';
import type { DeliveryTarget } from './target.ts';
import type { AnyUnit, EventsUnit, ObjectUnit } from './units.ts';

export class Senders {
  readonly #by: Publishers;
  /** All of them. What is done to all is done to each, whatever its units are. */
  readonly #all: readonly Publisher<AnyUnit>[];

  constructor(port: PublishersPort) {
    this.#by = makePublishers(port);
    this.#all = Object.values(this.#by) as Publisher<AnyUnit>[];
  }

  publish(units: readonly ObjectUnit[]): void {
    const lanes = Map.groupBy(units, (unit) => unit.row.flowLog);
    for (const [flowLog, own] of lanes) {
      this.#by.objects.add(flowLog, destinationKey(own[0]!.target.to), own);
    }
  }

  publishEvents(unit: EventsUnit): void {
    const { to, as } = unit;
    this.#of(to).add(eventsLane(to, as), destinationKey(to), [unit]);
  }

  lanes(): readonly Lane<AnyUnit>[] {
    return this.#all.flatMap((publisher) => [...publisher.lanes.values()]);
  }

  /** What waits; stuck(): where it fails. */
  waiting(): AnyUnit[] {
    return this.lanes().flatMap((lane) => lane.queue);
  }

  stuck(): AnyUnit[] {
    return this.lanes().flatMap((lane) => (lane.failing === undefined ? [] : lane.queue));
  }

  /** Whether a lane, or all of its destination, fails. */
  fails(lane: string, to: DeliveryTarget['to']): boolean {
    return this.#of(to).fails(lane, destinationKey(to));
  }

  /** Since when the first unit of each lane is due, milliseconds. */
  due(): number[] {
    return this.lanes().flatMap((lane) => lane.queue[0]?.due ?? []);
  }

  /** Log events and records of a producer, but those that are on their way. */
  eventsOf(producer: string): Set<EventsUnit> {
    const lanes = [...this.#by.logs.lanes.values(), ...this.#by.streams.lanes.values()];
    return new Set(
      lanes.flatMap((lane) =>
        lane.queue.filter((unit) => unit.producer === producer && unit !== lane.running?.unit),
      ),
    );
  }

  /** Takes units that were settled elsewhere away. */
  forget(units: ReadonlySet<AnyUnit>): void {
    for (const publisher of this.#all) {
      for (const key of publisher.lanes.keys()) publisher.forget(key, units);
    }
  }

  /** Lanes that fail, have nothing to send, and are `gone`. */
  dismiss(gone: (lane: Lane<AnyUnit>) => boolean): void {
    for (const publisher of this.#all) publisher.dismiss(gone);
  }

  /** Of a lane, or of all. */
  retry(lane: string | undefined): void {
    for (const publisher of this.#all) publisher.retry(lane);
  }

  /** Resolves when what a producer (or all) has waiting is delivered, or fails. */
  async until(producer: string | undefined): Promise<void> {
    await Promise.all(
      this.#all.map((publisher) => {
        const units = [...publisher.lanes.values()].flatMap((lane) => lane.queue);
        return publisher.until(
          new Set(units.filter((unit) => producer === undefined || unit.producer === producer)),
        );
      }),
    );
  }

  watch(): void {
    for (const publisher of this.#all) publisher.watch();
  }

  async close(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#all.map((publisher) => publisher.close(signal)));
  }

  #of({ type }: DeliveryTarget['to']): Publisher<AnyUnit> {
    const kinds: Record<typeof type, Publisher<AnyUnit>> = {
      s3: this.#by.objects,
      'cloud-watch-logs': this.#by.logs,
      'kinesis-data-firehose': this.#by.streams,
    };
    return kinds[type];
  }
}
