/**
 * Delivery (S5.5, S6): what a commit() made durable is delivered, whatever happens to the process: to buckets exactly
 * once (a row of the ledger says what an object holds before it is put, and each attempt sends that row), to log
 * groups at least once (each append has an id that a retry uses again). It runs on one thread and never waits for a
 * destination. A destination that is down costs disk up to a bound, then rows that are given up and counted.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../base/errors.ts';
import { NoSuchLogGroup } from '../standins/storage/log-storage.ts';
import type { LogSink } from '../standins/storage/log-storage.ts';
import type { ObjectSink } from '../standins/storage/object-storage.ts';
import { NoSuchStream } from '../standins/storage/stream-storage.ts';
import type { StreamSink } from '../standins/storage/stream-storage.ts';
import { Backlog } from './backlog.ts';
import type { WindowCommit } from './chunk.ts';
import { DeliveryCounters } from './counters.ts';
import { SpoolFull } from './deliverer.ts';
import type { Deliverer, DeliveryStats, FlowLogAmounts, GivenUp, TargetState } from './deliverer.ts';
import { laneKey } from './lane-keys.ts';
import { FlowLogStates } from './flow-log-states.ts';
import type { Lane } from './lanes.ts';
import { Ledger } from './ledger.ts';
import type { ProducerKind } from './ledger-producers.ts';
import { LossLog } from './loss-log.ts';
import { LedgerTurns } from './ledger-turns.ts';
import { DEFAULT_LIMITS } from './limits.ts';
import type { DeliveryLimits } from './limits.ts';
import { hasReserve, hasRoom } from './room.ts';
import { Senders } from './senders.ts';
import { withShared } from './shared-units.ts';
import { Damaged, Spool } from './spool.ts';
import type { DeliveryTarget } from './target.ts';
import type { AnyUnit } from './units.ts';

/** Milliseconds between looks at ages, hanging destinations and what could not be written. */
const WATCH_MS = 500;
/** Segment ids of one run: no id is ever used twice. */
const IDS_PER_RUN = 2 ** 32;
const LEDGER_FILE = 'ledger.db';
const SPOOL_DIRECTORY = 'segments';

/** Of a service that has no streams. */
const NO_STREAMS: StreamSink = {
  put: (name) => Promise.reject(new NoSuchStream(name)),
  stream: () => Promise.resolve(undefined),
};

export interface DelivererOptions {
  /** Where the spool and the ledger are; it is made, with mode 0700. One process at a time. */
  readonly directory: string;
  readonly objects: ObjectSink;
  readonly logs: LogSink;
  /** Without one, what is for streams waits. */
  readonly streams?: StreamSink;
  readonly limits?: Partial<DeliveryLimits>;
  /** Milliseconds since the epoch. */
  readonly clock?: () => number;
  /** Threads that file I/O of this process has (libuv's pool): attempts that hang may keep only some of them. By
   * default what UV_THREADPOOL_SIZE says, or 4. */
  readonly poolThreads?: number;
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
  readonly #senders: Senders;
  readonly #states: FlowLogStates;
  readonly #counters = new DeliveryCounters();
  readonly #losses: LossLog;
  readonly #turns: LedgerTurns;
  readonly #watch: NodeJS.Timeout;
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
    this.#senders = new Senders({
      spool: this.#spool,
      objects: options.objects,
      logs: options.logs,
      streams: options.streams ?? NO_STREAMS,
      limits: this.#limits,
      clock: this.#clock,
      threads: options.poolThreads,
      mayCreate: ({ claims }) =>
        claims.some(({ flowLog }) => this.#backlog.targets.isNamed(flowLog) === true),
      deliveredObject: (unit, count) => {
        this.#counters.object(unit, count, this.#clock());
        this.#delivered(unit);
      },
      deliveredEvents: (unit, count) => {
        this.#counters.events(unit, count, this.#clock());
        this.#delivered(unit);
        for (const [{ flowLog, chunk }, share] of unit.refused ?? []) {
          if (share === 0) continue;
          this.#losses.add(
            'their log group does not take events of their time',
            flowLog,
            Math.round(chunk.rows * share),
          );
        }
        this.#losses.tell();
      },
      failed: (unit, error, lane) => this.#attemptFailed(unit, error, lane),
      state: (lane) => this.#states.told(lane),
    });
    this.#states = new FlowLogStates({
      target: (flowLog) => this.#backlog.targets.get(flowLog),
      onState: options.onState,
      onLog: options.onLog,
    });
    this.#losses = new LossLog({ clock: this.#clock, onLog: options.onLog });
    this.#turns = new LedgerTurns({
      register: () => this.#backlog.register(),
      settle: () => this.#backlog.settler.settle(),
      onError: (message) => options.onLog('error', message),
    });
    this.#backlog = new Backlog({
      ledger: this.#ledger,
      spool: this.#spool,
      limits: this.#limits,
      clock: this.#clock,
      log: options.onLog,
      publish: (units) => this.#senders.publish(units),
      publishEvents: (unit) => this.#senders.publishEvents(unit),
    });
    this.#backlog.restore();
    this.#turns.registerSoon();
    this.#watch = setInterval(() => this.#look(), WATCH_MS);
    this.#watch.unref();
  }

  setTargets(targets: readonly DeliveryTarget[]): void {
    this.#backlog.setTargets(targets);
    this.#dismissGone();
  }

  begin(producer: string, kind: ProducerKind): { readonly lastNote: unknown } {
    this.#backlog.register();
    this.#backlog.settler.settle();
    const dropped = this.#senders.eventsOf(producer);
    const result = this.#backlog.begin(producer, kind, dropped);
    if (result.dropped) this.#senders.forget(dropped);
    this.#turns.registerSoon();
    return { lastNote: result.lastNote };
  }

  commit(commit: WindowCommit): void {
    const held = this.#backlog.holdings;
    let encoded = this.#backlog.encode(commit);
    if (!hasRoom(held, this.#limits, encoded)) {
      encoded = this.#backlog.encode(commit, (flowLog) => this.#fails(flowLog));
      if (!hasReserve(held, this.#limits, encoded) && this.#willGo()) {
        this.#backlog.cutEverything();
        this.#turns.registerSoon();
        const { spoolBytes, spoolClaims } = this.#limits;
        const waits = `${held.claims} chunks (of ${spoolClaims}) in ${held.bytes} bytes (of ${spoolBytes})`;
        throw new SpoolFull(`the spool is full: it holds ${waits}`);
      }
    }
    this.#backlog.commit(encoded);
    for (const { flowLog, chunk } of encoded.refused) {
      this.#losses.add('the spool is full, and their destinations fail', flowLog, chunk.rows);
    }
    this.#losses.tell();
    this.#counters.commits++;
    this.#turns.settleSoon();
  }

  closed(producer: string, upTo: number): void {
    this.#backlog.closed(producer, upTo);
    this.#turns.registerSoon();
  }

  retry(flowLog?: string): void {
    const target = flowLog === undefined ? undefined : this.#backlog.targets.get(flowLog);
    if (flowLog === undefined || target !== undefined) this.#senders.retry(target && laneKey(target));
  }

  async flush(producer?: string): Promise<void> {
    this.#backlog.flush(producer);
    this.#backlog.register();
    await this.#senders.until(producer);
  }

  end(producer: string): void {
    this.#backlog.end(producer);
    this.#turns.try('the end of a replay', () => this.#backlog.register());
  }

  amounts(): ReadonlyMap<string, FlowLogAmounts> {
    return this.#backlog.amounts.all();
  }

  takeGivenUp(): readonly GivenUp[] {
    return this.#backlog.settler.givenUp.take((flowLog) => this.#fails(flowLog));
  }

  stats(): DeliveryStats {
    return this.#counters.stats(this.#backlog, this.#senders.due(), this.#states.failing, this.#clock());
  }

  async close(graceMs: number): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#watch);
    this.#turns.stopRegistering();
    const signal = AbortSignal.timeout(Math.max(0, Math.ceil(graceMs)));
    this.#turns.try('the ledger', () => this.#backlog.register());
    await this.#senders.close(signal);
    this.#turns.stopSettling();
    this.#turns.try('the ledger', () => {
      this.#backlog.settler.settle();
      this.#backlog.settler.forget();
    });
    this.#spool.close();
    this.#ledger.close();
  }

  #fails(flowLog: string): boolean {
    const target = this.#backlog.targets.get(flowLog);
    return target !== undefined && this.#senders.fails(laneKey(target), target.to);
  }

  /** Something is spooled for a flow log that does not fail. Else nothing would be gained by waiting. */
  #willGo(): boolean {
    for (const flowLog of this.#backlog.holdings.flowLogs) if (!this.#fails(flowLog)) return true;
    return false;
  }

  #delivered(unit: AnyUnit): void {
    this.#backlog.settler.delivered(unit);
    this.#turns.settleSoon();
  }

  #attemptFailed(unit: AnyUnit, error: unknown, lane: Lane<AnyUnit>): boolean {
    this.#counters.failures++;
    if (error instanceof NoSuchLogGroup && this.#isGone(unit)) {
      return this.#giveUp([unit], 'their log group and their flow logs are gone');
    }
    if (!(error instanceof Damaged)) return false;
    const given = this.#giveUp([unit], messageOf(error));
    if (given) this.#counters.damaged++;
    else return false;
    lane.failures = 0;
    return true;
  }

  #isGone({ claims }: AnyUnit): boolean {
    return claims.every(({ flowLog }) => this.#backlog.targets.isNamed(flowLog) === false);
  }

  /** Nobody wants to know how deleted flow logs fare that have nothing to send. */
  #dismissGone(): void {
    if (this.#states.failing === 0) return;
    const { targets } = this.#backlog;
    this.#senders.dismiss((lane) => !targets.hasLane(lane.key));
    this.#states.sweep();
  }

  /** False when the ledger refused: then nothing has changed. */
  #giveUp(units: readonly AnyUnit[], reason: string): boolean {
    if (units.length === 0) return true;
    return this.#turns.try('what is given up', () => {
      const all = withShared(units, this.#senders.waiting());
      const lost = this.#backlog.settler.giveUp(all);
      this.#senders.forget(all);
      this.#options.onLog('error', 'records were given up', { reason, ...lost });
      this.#turns.settleSoon();
    });
  }

  #look(): void {
    this.#senders.watch();
    const before = this.#clock() - this.#limits.spoolSeconds * 1000;
    const old = this.#senders.stuck().filter((unit) => unit.since < before);
    this.#giveUp(old, `not delivered within ${this.#limits.spoolSeconds} s`);
    this.#losses.tell();
    this.#backlog.cutOrphans();
    this.#backlog.sweepTargets();
    this.#dismissGone();
    this.#turns.try('the ledger', () => {
      this.#backlog.register();
      this.#backlog.targets.save();
      this.#backlog.settler.settle();
      this.#backlog.settler.forget();
    });
  }
}
