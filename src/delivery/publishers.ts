/** The kinds of destinations, and how a unit is sent to each. */
import type { Caller } from '../standins/storage/caller.ts';
import { NoSuchLogGroup } from '../standins/storage/log-storage.ts';
import type { LogSink, RefusedEvents } from '../standins/storage/log-storage.ts';
import type { ObjectSink } from '../standins/storage/object-storage.ts';
import type { StreamSink } from '../standins/storage/stream-storage.ts';
import { objectBody } from './content.ts';
import type { SpooledChunk } from './content.ts';
import type { Destination } from './destination.ts';
import { eventBatches, recordBatches, refusedShares } from './events-content.ts';
import type { Lane } from './lanes.ts';
import { APPEND_BYTES, PUT_BYTES, PUT_RECORDS } from './limits.ts';
import type { DeliveryLimits } from './limits.ts';
import { logDestination } from './log-destination.ts';
import { objectDestination } from './object-destination.ts';
import { NO_POOL, poolShares, poolThreads } from './places.ts';
import type { PoolShare, PoolShares } from './places.ts';
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
  /** Whether a log group may be made: one of the unit's flow logs is there. */
  mayCreate(unit: EventsUnit): boolean;
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
  const threads = poolShares(port.threads ?? poolThreads());
  const shares: PoolShares = {
    objects: port.objects.overNetwork === true ? NO_POOL : threads.objects,
    logs: port.logs.overNetwork === true ? NO_POOL : threads.logs,
    streams: port.streams.overNetwork === true ? NO_POOL : threads.streams,
  };
  const common = {
    limits,
    clock,
    failed: (unit: AnyUnit, error: unknown, lane: Lane<AnyUnit>) => port.failed(unit, error, lane),
    state: (lane: Lane<AnyUnit>) => port.state(lane),
  };
  const objects = objectDestination(port.objects);
  const logs = logDestination(port.logs, clock);
  const streams = streamDestination(port.streams, clock);
  /** Of a kind of target that takes events. */
  const events = <To extends EventsUnit['to'], Job>(
    pool: PoolShare,
    destination: Destination<Job, EventsPlace<To>>,
    deliver: (unit: EventsUnit, place: EventsPlace<To>, signal: AbortSignal) => Promise<number>,
  ): Publisher<EventsUnit> =>
    new Publisher<EventsUnit>({
      ...common,
      pool,
      attempt: async (unit, signal) => {
        step('attempt');
        const count = await deliver(unit, { to: unit.to as To, as: unit.as }, signal);
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
    logs: events(shares.logs, logs, async (unit, place: EventsPlace<LogGroupTarget>, signal) => {
      const chunks = chunksOf(unit);
      const refused = new Map<number, readonly RefusedEvents[]>();
      const job = {
        ...place,
        batch: unit.batch,
        events: () => eventBatches(spool, chunks, APPEND_BYTES),
        onRefused: (append: number, some: readonly RefusedEvents[]) => refused.set(append, some),
      };
      const create = port.mayCreate(unit);
      const count = await logs.deliver({ ...job, create }, signal).catch((error: unknown) => {
        // What an earlier run left is sent at once: which flow logs there are may have been said since it began.
        if (create || !(error instanceof NoSuchLogGroup) || !port.mayCreate(unit)) throw error;
        return logs.deliver({ ...job, create: true }, signal);
      });
      if (refused.size > 0) {
        const parts = refusedShares(spool, chunks, APPEND_BYTES, refused);
        unit.refused = new Map(unit.claims.map((claim, i) => [claim, parts[i]!]));
      }
      return count;
    }),
    streams: events(shares.streams, streams, (unit, place: EventsPlace<FirehoseTarget>, signal) => {
      const chunks = chunksOf(unit);
      const most = { records: PUT_RECORDS, bytes: PUT_BYTES };
      const records = (): ReturnType<typeof recordBatches> => recordBatches(spool, chunks, most);
      return streams.deliver({ ...place, batch: unit.batch, records }, signal);
    }),
  };
}

function chunksOf({ claims }: EventsUnit): SpooledChunk[] {
  return claims.map(({ chunk }) => ({ segment: chunk.segment.id, place: chunk.place }));
}
