/**
 * Delivery (S5.5, S6): what a commit() made durable is delivered, whatever happens to the process: to buckets exactly
 * once (a row of the ledger says what an object holds before it is put, and each attempt sends that row), to log
 * groups at least once (each append has an id that a retry uses again). It runs on one thread and never waits for a
 * destination. A destination that is down costs disk up to a bound, then rows that are given up and counted.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../base/errors.ts';
import type { LogSink } from '../standins/storage/log-storage.ts';
import type { ObjectSink } from '../standins/storage/object-storage.ts';
import { Backlog } from './backlog.ts';
import type { WindowCommit } from './chunk.ts';
import { eventBatches, objectBody } from './content.ts';
import { SpoolFull } from './deliverer.ts';
import type { Deliverer, DeliveryStats, FlowLogAmounts, GivenUp, TargetState } from './deliverer.ts';
import type { Failing } from './failures.ts';
import { Freshnesses } from './freshness.ts';
import { Ledger } from './ledger.ts';
import type { ProducerKind } from './ledger.ts';
import { APPEND_BYTES, DEFAULT_LIMITS } from './limits.ts';
import type { DeliveryLimits } from './limits.ts';
import { logDestination } from './log-destination.ts';
import { objectDestination } from './object-destination.ts';
import { Publisher } from './publisher.ts';
import type { Lane } from './publisher.ts';
import { Damaged, Spool } from './spool.ts';
import { step } from './steps.ts';
import type { DeliveryTarget } from './target.ts';
import { groupKey } from './units.ts';
import type { AnyUnit, EventsUnit, ObjectUnit } from './units.ts';

/** Milliseconds between looks at ages, hanging destinations and what could not be written. */
const WATCH_MS = 500;
/** Milliseconds in which what was delivered is gathered for one transaction of the ledger. */
const SETTLE_MS = 5;
/** Segment ids of one run: no id is ever used twice. */
const IDS_PER_RUN = 2 ** 32;
const LEDGER_FILE = 'ledger.db';
const SPOOL_DIRECTORY = 'spool';

export interface DelivererOptions {
  /** Where the spool and the ledger are; it is made, with mode 0700. One process at a time. */
  readonly directory: string;
  readonly objects: ObjectSink;
  readonly logs: LogSink;
  readonly limits?: Partial<DeliveryLimits>;
  /** Milliseconds since the epoch. */
  readonly clock?: () => number;
  /** Changes only; a flow log delivers until it is said to fail. */
  readonly onState: (flowLog: string, state: TargetState) => void;
  readonly onLog: (
    level: 'info' | 'warn' | 'error',
    message: string,
    fields?: Record<string, unknown>,
  ) => void;
}

/**
 * Opens delivery on a directory, and begins to publish what an earlier run left there.
 * @throws {UserError} when the ledger was written by a newer version; errors of the file system and of SQLite
 */
export function openDeliverer(options: DelivererOptions): Deliverer {
  return new Delivery(options);
}

class Delivery implements Deliverer {
  readonly #options: DelivererOptions;
  readonly #limits: DeliveryLimits;
  readonly #clock: () => number;
  readonly #ledger: Ledger;
  readonly #spool: Spool;
  readonly #backlog: Backlog;
  readonly #objects: Publisher<ObjectUnit>;
  readonly #events: Publisher<EventsUnit>;
  readonly #failing = new Map<string, Failing>();
  readonly #freshness = new Freshnesses();
  readonly #watch: NodeJS.Timeout;
  #registering: NodeJS.Immediate | undefined;
  #settling: NodeJS.Timeout | undefined;
  #refused: string | undefined;
  #commits = 0;
  #objectCount = 0;
  #eventCount = 0;
  #failures = 0;
  #damaged = 0;
  #closed = false;

  constructor(options: DelivererOptions) {
    this.#options = options;
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.#clock = options.clock ?? Date.now;
    mkdirSync(options.directory, { recursive: true, mode: 0o700 });
    this.#ledger = new Ledger(join(options.directory, LEDGER_FILE));
    const run = Number(this.#ledger.meta('run') ?? '0') + 1;
    this.#ledger.setMeta('run', String(run));
    this.#spool = new Spool(join(options.directory, SPOOL_DIRECTORY), run * IDS_PER_RUN);
    const common = {
      limits: this.#limits,
      clock: this.#clock,
      failed: (unit: AnyUnit, error: unknown, lane: Lane<AnyUnit>) => this.#attemptFailed(unit, error, lane),
      state: (lane: Lane<AnyUnit>) => this.#laneState(lane),
    };
    const objects = objectDestination(options.objects);
    this.#objects = new Publisher<ObjectUnit>({
      ...common,
      attempt: async ({ target, row, ranges }, signal) => {
        step('attempt');
        const body = (): AsyncIterable<Uint8Array> => objectBody(this.#spool, target.to.header, ranges);
        const count = await objects.deliver({ target, key: row.key, body }, signal);
        step('attempted');
        return count;
      },
      delivered: (unit, count) => {
        this.#objectCount += count;
        this.#freshness.objects(this.#clock() - unit.due);
        this.#delivered(unit);
      },
    });
    const events = logDestination(options.logs, this.#clock);
    this.#events = new Publisher<EventsUnit>({
      ...common,
      attempt: async ({ to, batch, claims }, signal) => {
        step('attempt');
        const chunks = claims.map(({ chunk }) => ({ segment: chunk.segment.id, place: chunk.place }));
        const batches = (): ReturnType<typeof eventBatches> =>
          eventBatches(this.#spool, chunks, APPEND_BYTES);
        const count = await events.deliver({ to, batch, events: batches }, signal);
        step('attempted');
        return count;
      },
      delivered: (unit, count) => {
        this.#eventCount += count;
        this.#freshness.logs(this.#clock() - unit.due);
        this.#delivered(unit);
      },
    });
    this.#backlog = new Backlog({
      ledger: this.#ledger,
      spool: this.#spool,
      limits: this.#limits,
      clock: this.#clock,
      log: options.onLog,
      publish: (units) => this.#publish(units),
      publishEvents: (unit) => this.#events.add(groupKey(unit.to), groupKey(unit.to), [unit]),
    });
    this.#backlog.restore();
    this.#soon();
    this.#watch = setInterval(() => this.#look(), WATCH_MS);
    this.#watch.unref();
  }

  setTargets(targets: readonly DeliveryTarget[]): void {
    this.#backlog.setTargets(targets);
  }

  begin(producer: string, kind: ProducerKind): { readonly lastNote: unknown } {
    this.#backlog.register();
    this.#backlog.settle(false);
    const dropped = new Set<EventsUnit>();
    for (const lane of this.#events.lanes.values()) {
      for (const unit of lane.queue) {
        if (unit.producer === producer && unit !== lane.running?.unit) dropped.add(unit);
      }
    }
    const result = this.#backlog.begin(producer, kind, dropped);
    if (result.dropped) for (const key of this.#events.lanes.keys()) this.#events.forget(key, dropped);
    this.#soon();
    return { lastNote: result.lastNote };
  }

  commit(commit: WindowCommit): void {
    const segment = this.#backlog.encode(commit);
    if (!this.#backlog.hasRoom(segment.bytes)) {
      this.#giveUp(this.#backlog.stuck(this.#failingUnits(), segment.bytes), 'the spool is full');
      if (!this.#backlog.hasRoom(segment.bytes)) {
        this.#backlog.cutEverything();
        this.#soon();
        throw new SpoolFull(
          `the spool holds ${this.#backlog.bytes} bytes, of at most ${this.#limits.spoolBytes}`,
        );
      }
    }
    this.#backlog.commit(segment);
    this.#commits++;
    this.#settleSoon();
  }

  closed(producer: string, upTo: number): void {
    this.#backlog.closed(producer, upTo);
    this.#soon();
  }

  retry(flowLog?: string): void {
    this.#objects.retry(flowLog);
    const to = flowLog === undefined ? undefined : this.#backlog.targets.get(flowLog)?.to;
    if (to === undefined || to.type === 'cloud-watch-logs') {
      this.#events.retry(to === undefined ? undefined : groupKey(to));
    }
  }

  async flush(producer?: string): Promise<void> {
    this.#backlog.flush(producer);
    this.#backlog.register();
    const own = <U extends AnyUnit>(publisher: Publisher<U>): Set<U> =>
      new Set(
        [...publisher.lanes.values()].flatMap((lane) =>
          lane.queue.filter((unit) => producer === undefined || unit.producer === producer),
        ),
      );
    await Promise.all([this.#objects.until(own(this.#objects)), this.#events.until(own(this.#events))]);
  }

  end(producer: string): void {
    this.#backlog.end(producer);
    this.#try('the end of a replay', () => this.#backlog.register());
  }

  amounts(): ReadonlyMap<string, FlowLogAmounts> {
    return this.#backlog.amounts.all();
  }

  takeGivenUp(): readonly GivenUp[] {
    return this.#backlog.givenUp.take();
  }

  stats(): DeliveryStats {
    const due = [this.#objects, this.#events].flatMap((publisher) =>
      [...publisher.lanes.values()].flatMap((lane) => lane.queue[0]?.due ?? []),
    );
    const oldest = due.reduce((least, at) => Math.min(least, at), Infinity);
    return {
      commits: this.#commits,
      spoolBytes: this.#backlog.bytes,
      spoolSegments: this.#backlog.segments,
      tornSegments: this.#backlog.torn,
      damaged: this.#damaged + this.#backlog.damaged,
      oldestDueSeconds: oldest === Infinity ? 0 : Math.max(0, (this.#clock() - oldest) / 1000),
      ...this.#freshness.both(),
      objects: this.#objectCount,
      events: this.#eventCount,
      failures: this.#failures,
      failing: this.#failing.size,
    };
  }

  async close(graceMs: number): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#watch);
    clearImmediate(this.#registering);
    const signal = AbortSignal.timeout(Math.max(0, Math.ceil(graceMs)));
    this.#try('the ledger', () => this.#backlog.register());
    await Promise.all([this.#objects.close(signal), this.#events.close(signal)]);
    clearTimeout(this.#settling);
    this.#try('the ledger', () => this.#backlog.settle(true));
    this.#spool.close();
    this.#ledger.close();
  }

  #publish(units: readonly ObjectUnit[]): void {
    const lanes = Map.groupBy(units, (unit) => unit.row.flowLog);
    for (const [flowLog, own] of lanes) this.#objects.add(flowLog, own[0]!.target.to.bucket, own);
  }

  #delivered(unit: AnyUnit): void {
    this.#backlog.delivered(unit);
    this.#settleSoon();
  }

  #attemptFailed(unit: AnyUnit, error: unknown, lane: Lane<AnyUnit>): boolean {
    this.#failures++;
    if (!(error instanceof Damaged)) return false;
    const given = this.#giveUp([unit], messageOf(error));
    if (given) this.#damaged++;
    else return false;
    lane.failures = 0;
    return true;
  }

  /** Tells the state of the flow logs that wait in a lane. */
  #laneState(lane: Lane<AnyUnit>): void {
    const { failing } = lane;
    if (failing === undefined) {
      for (const [flowLog, state] of this.#failing) {
        if (this.#laneOf(flowLog) === lane.key && state !== undefined) {
          this.#failing.delete(flowLog);
          this.#options.onLog('info', 'a flow log delivers again', { flowLog });
          this.#options.onState(flowLog, { state: 'delivering' });
        }
      }
      return;
    }
    const flowLogs = new Set(lane.queue.flatMap((unit) => unit.claims.map((claim) => claim.flowLog)));
    for (const flowLog of flowLogs) {
      const before = this.#failing.get(flowLog);
      this.#failing.set(flowLog, failing);
      if (before?.message === failing.message && before.reason === failing.reason) continue;
      const { message, reason } = failing;
      if (before?.message !== message) {
        this.#options.onLog('warn', 'a flow log cannot be delivered', { flowLog, message, reason });
      }
      this.#options.onState(flowLog, failing);
    }
  }

  #laneOf(flowLog: string): string | undefined {
    const to = this.#backlog.targets.get(flowLog)?.to;
    return to === undefined || to.type === 's3' ? flowLog : groupKey(to);
  }

  #failingUnits(): AnyUnit[] {
    return [...this.#objects.lanes.values(), ...this.#events.lanes.values()].flatMap((lane) =>
      lane.failing === undefined ? [] : (lane.queue as readonly AnyUnit[]),
    );
  }

  /** False when the ledger refused: then nothing has changed. */
  #giveUp(units: readonly AnyUnit[], reason: string): boolean {
    if (units.length === 0) return true;
    return this.#try('what is given up', () => {
      const all = new Set(units);
      const lanes = new Map<string, Lane<AnyUnit>>([...this.#objects.lanes, ...this.#events.lanes]);
      // A chunk that is cut over several objects goes as a whole, and so does all that shares those.
      for (let before = 0; before < all.size;) {
        before = all.size;
        const cut = new Set([...all].flatMap((unit) => unit.claims.filter((claim) => claim.open > 1)));
        if (cut.size === 0) break;
        for (const lane of lanes.values()) {
          for (const unit of lane.queue) if (unit.claims.some((claim) => cut.has(claim))) all.add(unit);
        }
      }
      const lost = this.#backlog.giveUp(all);
      for (const key of this.#objects.lanes.keys()) this.#objects.forget(key, all as ReadonlySet<ObjectUnit>);
      for (const key of this.#events.lanes.keys()) this.#events.forget(key, all as ReadonlySet<EventsUnit>);
      this.#options.onLog('error', 'records were given up', { reason, ...lost });
      this.#settleSoon();
    });
  }

  #look(): void {
    this.#objects.watch();
    this.#events.watch();
    const before = this.#clock() - this.#limits.spoolSeconds * 1000;
    const old = this.#failingUnits().filter((unit) => unit.since < before);
    this.#giveUp(old, `not delivered within ${this.#limits.spoolSeconds} s`);
    this.#backlog.cutOrphans();
    this.#try('the ledger', () => {
      this.#backlog.register();
      this.#backlog.settle(true);
    });
  }

  /** Cuts go to the ledger together: those of one turn of the loop take one transaction. */
  #soon(): void {
    this.#registering ??= setImmediate(() => {
      this.#registering = undefined;
      if (!this.#closed) this.#try('the ledger', () => this.#backlog.register());
    });
  }

  #settleSoon(): void {
    this.#settling ??= setTimeout(() => {
      this.#settling = undefined;
      this.#try('the ledger', () => this.#backlog.settle(false));
    }, SETTLE_MS);
  }

  /** What the disk refuses here is tried again at the next look; said once until it works again. */
  #try(what: string, work: () => void): boolean {
    try {
      work();
      this.#refused = undefined;
      return true;
    } catch (error) {
      const message = `${what} cannot be written: ${messageOf(error)}`;
      if (this.#refused !== message) this.#options.onLog('error', message);
      this.#refused = message;
      return false;
    }
  }
}
