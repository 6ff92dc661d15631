/** Replays of a service: a thread each, few at a time, the others in a queue. */
import { randomUUID } from 'node:crypto';
import { UserError } from '../../base/errors.ts';
import type { TunnelKind } from '../../capture/open.ts';
import { DISCOVERY_LIMITS } from '../../network/overlay.ts';
import type { ReplaySummary } from '../serve/control.ts';
import type { RecordingStats } from '../threads/messages.ts';
import { Lineage, planScopes, type SeenVpcs } from './lineage.ts';
import type { FollowedNetwork } from './live.ts';
import { addPast } from './past.ts';
import { changedSince, type ReplayInputs, replayProducer } from './producer.ts';
import { type Ended, type Log, Recording, type WritingPort } from './recording.ts';

/** Recorded at a time; the others wait. */
const AT_ONCE = 2;
/** How many may wait. */
const MOST_WAITING = 32;
/** Captures of one replay: each is an open file. */
const MOST_CAPTURES = 1_000;

/** Replays that are over, and whose discovered interfaces are remembered (S2.6). */
const REMEMBERED = 4;

/** A capture, and how it is read. */
export interface ReplayCapture {
  readonly name: string;
  /** `-` is standard input. */
  readonly path: string;
  readonly vpcs: SeenVpcs;
  readonly acceptPrefix?: string | undefined;
  readonly rejectPrefix?: string | undefined;
  readonly tunnels?: readonly TunnelKind[] | undefined;
}

export interface ReplayRequest {
  readonly captures: readonly ReplayCapture[];
  readonly verdictOnly?: readonly number[] | undefined;
  /** Publishes what it brought before it resolves. */
  readonly flush: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Asked when the producer is known: true leaves the replay out, since it was done before. */
  readonly isDone?: (producer: string) => Promise<boolean>;
}

export interface ReplaysOptions {
  readonly network: Pick<FollowedNetwork, 'network' | 'services'>;
  readonly writing: WritingPort & { flush(producer: string): Promise<void> };
  readonly log: Log;
  readonly nextNumber: () => number;
  readonly graceSeconds: number;
  readonly maxFlows: number;
}

export class Replays {
  readonly past: RecordingStats[] = [];
  readonly running = new Set<Recording>();
  readonly counts = { done: 0, failed: 0 };
  readonly #options: ReplaysOptions;
  readonly #queue: (() => void)[] = [];
  #lineages: Lineage[] = [];
  /** By producer: the same captures are not recorded twice at a time. */
  readonly #producers = new Map<string, Promise<unknown>>();
  #places = AT_ONCE;
  #stopping = false;

  constructor(options: ReplaysOptions) {
    this.#options = options;
  }

  get waiting(): number {
    return this.#queue.length;
  }

  /** Of the replays under way, and of the last that are over. */
  get lineages(): readonly Lineage[] {
    return this.#lineages;
  }

  /**
   * Records captures, when it is their turn. Undefined when `isDone` left it out.
   *
   * @throws {UserError} for captures that cannot be opened, for too many of them, and for too many replays
   */
  async run(request: ReplayRequest): Promise<ReplaySummary | undefined> {
    const { captures } = request;
    if (captures.length === 0) throw new UserError('nothing to replay: name a capture');
    if (captures.length > MOST_CAPTURES) {
      throw new UserError(`${captures.length} captures are too many for a replay: ${MOST_CAPTURES} at most`);
    }
    await this.#place();
    try {
      const summary = await this.#inTurn(request);
      this.counts.done++;
      return summary;
    } catch (error) {
      this.counts.failed++;
      throw error;
    } finally {
      const next = this.#queue.shift();
      if (next === undefined) this.#places++;
      else next(); // takes this place over
    }
  }

  /** Publishes what the replays under way have recorded so far. */
  async flush(): Promise<void> {
    await Promise.all([...this.running].map((recording) => recording.flush()));
  }

  /** Ends those under way as a crash would: begun again, they make the same objects (S6.2). */
  async stop(): Promise<void> {
    this.#stopping = true;
    for (const waiter of this.#queue.splice(0)) waiter();
    await Promise.all([...this.running].map((recording) => recording.kill()));
  }

  async #place(): Promise<void> {
    if (this.#places > 0) {
      this.#places--;
      return;
    }
    if (this.#queue.length === MOST_WAITING) {
      throw new UserError(`${MOST_WAITING} replays wait already: try again when some are done`);
    }
    await new Promise<void>((resolve) => this.#queue.push(resolve));
  }

  /** After the replay of the same inputs that is under way, if one is. */
  async #inTurn(request: ReplayRequest): Promise<ReplaySummary | undefined> {
    const network = this.#options.network.network();
    const services = this.#options.network.services();
    const { graceSeconds, maxFlows } = this.#options;
    const { captures, verdictOnly } = request;
    const { producer, state } = await replayProducer(
      { captures, network, services, verdictOnly, graceSeconds, maxFlows },
      once,
    );
    for (;;) {
      const before = this.#producers.get(producer);
      if (before === undefined) break;
      await before;
    }
    if (this.#stopping) throw new UserError('the service is closing');
    const work = this.#record(request, producer, { network, services }).finally(() =>
      this.#producers.delete(producer),
    );
    this.#producers.set(
      producer,
      work.catch(() => {}),
    );
    const summary = await work;
    if (summary === undefined) return undefined;
    const changed = await changedSince(captures, state);
    const faults = changed.map((index) => ({
      file: captures[index]!.name,
      message: 'it changed while it was replayed: replay it again when it is whole',
    }));
    return { ...summary, faults: [...summary.faults, ...faults] };
  }

  async #record(
    request: ReplayRequest,
    producer: string,
    { network, services }: Pick<ReplayInputs, 'network' | 'services'>,
  ): Promise<ReplaySummary | undefined> {
    if ((await request.isDone?.(producer)) === true) return undefined;
    const { writing, log, graceSeconds, maxFlows } = this.#options;
    const { captures, verdictOnly, signal } = request;
    const plan = planScopes(captures);
    const recording = new Recording({
      number: this.#options.nextNumber(),
      producer,
      work: {
        mode: 'replay',
        captures: captures.map((capture, index) => ({ ...capture, scope: plan.of[index]! })),
        verdictOnly,
        graceSeconds,
        maxFlows,
      },
      // A capture may be of one subnet: it holds as many addresses as there is room for, as `record` does.
      lineage: new Lineage(plan.scopes, 'refuse-named', { perSubnet: DISCOVERY_LIMITS.total }),
      network,
      services,
      writing,
      log,
    });
    this.running.add(recording);
    this.#lineages = [...this.#lineages, recording.lineage].slice(-(REMEMBERED + AT_ONCE));
    const abort = (): void => recording.stop();
    signal?.addEventListener('abort', abort);
    if (signal?.aborted === true) abort();
    let ended: Ended;
    try {
      ended = await recording.ended;
    } finally {
      signal?.removeEventListener('abort', abort);
      this.running.delete(recording);
      if (recording.stats !== undefined) addPast(this.past, recording.stats);
    }
    if (ended.error !== undefined) throw new UserError(ended.error);
    if (ended.failure !== undefined || ended.stats === undefined) {
      if (this.#stopping) throw new UserError('the service closed before the replay was done');
      throw new Error(`the replay failed: ${ended.failure?.message ?? 'no counts'}; replay it again`, {
        cause: ended.failure,
      });
    }
    if (request.flush) await this.#publish(producer);
    return summaryOf(producer, ended.stats, signal?.aborted === true);
  }

  /** All is committed: a writing thread that dies now leaves it to the next one. */
  async #publish(producer: string): Promise<void> {
    const { writing } = this.#options;
    const { restarts } = writing;
    try {
      await writing.flush(producer);
    } catch (error) {
      await writing.up();
      if (writing.restarts === restarts || this.#stopping) throw error;
      await writing.flush(producer);
    }
  }
}

/** What stands for a capture that can be read only once. */
function once(): string {
  return `once ${randomUUID()}`;
}

function summaryOf(producer: string, stats: RecordingStats, aborted: boolean): ReplaySummary {
  const { recorder, sources } = stats;
  const rejected: Record<string, number> = {};
  for (const source of sources) {
    for (const [reason, packets] of Object.entries(source.rejected)) {
      rejected[reason] = (rejected[reason] ?? 0) + packets;
    }
  }
  return {
    producer,
    packets: sources.reduce((sum, source) => sum + source.packets, 0),
    bytes: recorder.bytes,
    windows: recorder.windows,
    rejected,
    discovered: stats.discovered,
    until: stats.time,
    aborted,
    // A capture that ends before its first packet, cut off by the one who asked, is no fault.
    faults: sources.flatMap(({ name, fault }) =>
      fault === undefined ? [] : [{ file: name, message: `${fault}; what came before is recorded` }],
    ),
    stats,
  };
}
