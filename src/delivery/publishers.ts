/** The kinds of destinations, and how a unit is sent to each. */
import type { Caller } from '../standins/storage/caller.ts';
import type { LogSink } from '../standins/storage/log-storage.ts';
import type { ObjectSink } from '../standins/storage/object-storage.ts';
import type { StreamSink } from '../standins/storage/stream-storage.ts';
import { objectBody } from './content.ts';
import type { SpooledChunk } from './content.ts';
import type { Destination } from './destination.ts';
import { eventBatches, recordBatches } from './events-content.ts';
import type { Lane } from './lanes.ts';
import { APPEND_BYTES, PUT_BYTES, PUT_RECORDS } from './limits.ts';
import type { DeliveryLimits } from './limits.ts';
import { logDestination } from './log-destination.ts';
import { objectDestination } from './object-destination.ts';
import { poolShares, poolThreads } from './places.ts';
import { Publisher } from './publisher.ts';
import type { Spool } from './spool.ts';
import { step } from './steps.ts';
import { streamDestination } from './stream-destination.ts';
import type { FirehoseTarget, LogGroupTarget } from './target.ts';
import type { EventsUnit, ObjectUnit, AnyUnit } from './units.ts';

export interface PublishersPort {
  readonly spool: Spool;
  readonly objects: ObjectSink;
  readonly logs: LogSink;
  readonly streams: StreamSink;
  readonly limits: DeliveryLimits;
  readonly clock: () => number;
  /** Threads of the pool that file I/O runs on. */
  readonly threads?: number | undefined;
  deliveredObject(unit: ObjectUnit, count: number): void;
  deliveredEvents(unit: EventsUnit, count: number): void;
  failed(unit: AnyUnit, error: unknown, lane: Lane<AnyUnit>): boolean;
  state(lane: Lane<AnyUnit>): void;
}

/** Events go to log groups and to streams: the same units, by what they go `to`. */
export interface Publishers {
  readonly objects: Publisher<ObjectUnit>;
  readonly logs: Publisher<EventsUnit>;
  readonly streams: Publisher<EventsUnit>;
}

interface EventsPlace<To> {
  readonly to: To;
  readonly as: Caller;
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
  const streams = streamDestination(port.streams, clock);
  /** Of a kind of target that takes events; `job`: a unit's, with the chunks that it is read from. */
  const events = <To extends EventsUnit['to'], Job>(
    pool: (typeof shares)['logs'],
    destination: Destination<Job, EventsPlace<To>>,
    job: (place: EventsPlace<To>, batch: string, chunks: readonly SpooledChunk[]) => Job,
  ): Publisher<EventsUnit> =>
    new Publisher<EventsUnit>({
      ...common,
      pool,
      attempt: async ({ to, as, batch, claims }, signal) => {
        step('attempt');
        const chunks = claims.map(({ chunk }) => ({ segment: chunk.segment.id, place: chunk.place }));
        const count = await destination.deliver(job({ to: to as To, as }, batch, chunks), signal);
        step('attempted');
        return count;
      },
      probeOf:
        ({ to, as }) =>
        (signal) =>
          destination.probe({ to: to as To, as }, signal),
      delivered: (unit, count) => port.deliveredEvents(unit, count),
    });
  return {
    objects: new Publisher<ObjectUnit>({
      ...common,
      pool: shares.objects,
      attempt: async ({ target, row, ranges }, signal) => {
        step('attempt');
        const body = (): AsyncIterable<Uint8Array> => objectBody(spool, target.to, ranges);
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
    logs: events(shares.logs, logs, (place: EventsPlace<LogGroupTarget>, batch, chunks) => ({
      ...place,
      batch,
      events: () => eventBatches(spool, chunks, APPEND_BYTES),
    })),
    streams: events(shares.streams, streams, (place: EventsPlace<FirehoseTarget>, batch, chunks) => ({
      ...place,
      batch,
      records: () => recordBatches(spool, chunks, { records: PUT_RECORDS, bytes: PUT_BYTES }),
    })),
  };
}
