/** The two kinds of destinations, and how a unit is sent to each. */
import { eventBatches, objectBody } from './content.ts';
import type { Lane } from './lanes.ts';
import { APPEND_BYTES } from './limits.ts';
import type { DeliveryLimits } from './limits.ts';
import { logDestination } from './log-destination.ts';
import { objectDestination } from './object-destination.ts';
import { poolShares, poolThreads } from './places.ts';
import { Publisher } from './publisher.ts';
import type { Spool } from './spool.ts';
import { step } from './steps.ts';
import type { EventsUnit, ObjectUnit, AnyUnit } from './units.ts';
import type { LogSink } from '../standins/storage/log-storage.ts';
import type { ObjectSink } from '../standins/storage/object-storage.ts';

export interface PublishersPort {
  readonly spool: Spool;
  readonly objects: ObjectSink;
  readonly logs: LogSink;
  readonly limits: DeliveryLimits;
  readonly clock: () => number;
  /** Threads of the pool that file I/O runs on. */
  readonly threads?: number | undefined;
  deliveredObject(unit: ObjectUnit, count: number): void;
  deliveredEvents(unit: EventsUnit, count: number): void;
  failed(unit: AnyUnit, error: unknown, lane: Lane<AnyUnit>): boolean;
  state(lane: Lane<AnyUnit>): void;
}

export interface Publishers {
  readonly objects: Publisher<ObjectUnit>;
  readonly events: Publisher<EventsUnit>;
}

export function makePublishers(port: PublishersPort): Publishers {
  const { spool, limits, clock } = port;
  const shares = poolShares(port.threads ?? poolThreads());
  const common = {
    limits,
    clock,
    failed: (unit: AnyUnit, error: unknown, lane: Lane<AnyUnit>) => port.failed(unit, error, lane),
    state: (lane: Lane<AnyUnit>) => port.state(lane),
  };
  const objects = objectDestination(port.objects);
  const logs = logDestination(port.logs, clock);
  return {
    objects: new Publisher<ObjectUnit>({
      ...common,
      pool: shares.objects,
      attempt: async ({ target, row, ranges }, signal) => {
        step('attempt');
        const body = (): AsyncIterable<Uint8Array> => objectBody(spool, target.to.header, ranges);
        const count = await objects.deliver({ target, key: row.key, body }, signal);
        step('attempted');
        return count;
      },
      probeOf:
        ({ target }) =>
        (signal) =>
          objects.probe(target, signal),
      delivered: (unit, count) => port.deliveredObject(unit, count),
    }),
    events: new Publisher<EventsUnit>({
      ...common,
      pool: shares.logs,
      attempt: async ({ to, batch, claims }, signal) => {
        step('attempt');
        const chunks = claims.map(({ chunk }) => ({ segment: chunk.segment.id, place: chunk.place }));
        const batches = (): ReturnType<typeof eventBatches> => eventBatches(spool, chunks, APPEND_BYTES);
        const count = await logs.deliver({ to, batch, events: batches }, signal);
        step('attempted');
        return count;
      },
      probeOf:
        ({ to }) =>
        (signal) =>
          logs.probe(to, signal),
      delivered: (unit, count) => port.deliveredEvents(unit, count),
    }),
  };
}
