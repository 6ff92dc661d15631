/** Delivers what streams hold: who has the lease looks at all of them now and then, and each goes at its own pace. */
import { backOffMs } from '../../base/back-off.ts';
import { messageOf } from '../../base/errors.ts';
import type { ObjectSink } from '../storage/object-storage.ts';
import type { HttpDelivery } from '../storage/streams-config.ts';
import { errorKey, objectKey, type ObjectNaming } from '../storage/streams-keys.ts';
import type { DeliveryPlan } from '../storage/streams-plan.ts';
import type { StreamInfo, StreamStorage } from '../storage/streams.ts';
import { putObject } from './bucket-delivery.ts';
import { postRecords, recordsOf, Refused } from './http-delivery.ts';

export interface PumpTimes {
  /** Between two looks, ms. */
  readonly everyMs: number;
  /** For one attempt, ms: HTTP endpoints have three minutes by their specification. */
  readonly timeoutMs: number;
  /** First and last pause behind a failure, ms: twice as long each time, and any part of it. */
  readonly pausesMs: readonly [number, number];
}

export const PUMP_TIMES: PumpTimes = { everyMs: 500, timeoutMs: 180_000, pausesMs: [1_000, 120_000] };

/** Streams that are delivered from at the same time. */
const MOST_ACTIVE = 8;
/** The prefix of what an HTTP endpoint did not take. */
const HTTP_FAILED = 'http-endpoint-failed';

export interface PumpOptions {
  readonly streams: StreamStorage;
  readonly objects: ObjectSink;
  readonly times?: Partial<PumpTimes>;
  readonly now?: () => number;
  readonly onLog?: (level: 'info' | 'warn', message: string, fields: Record<string, unknown>) => void;
}

interface Failing {
  failures: number;
  /** By performance.now(). */
  readonly since: number;
  notBefore: number;
  /** The HTTP endpoint had its time: the records go to the backup. */
  givenUp: Refused | undefined;
}

/** Inert until started. One thread of the process has it; others put records meanwhile. */
export class StreamPump {
  readonly #options: PumpOptions;
  readonly #times: PumpTimes;
  readonly #now: () => number;
  readonly #active = new Map<number, Promise<void>>();
  readonly #failing = new Map<number, Failing>();
  readonly #stop = new AbortController();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: PumpOptions) {
    this.#options = options;
    this.#times = { ...PUMP_TIMES, ...options.times };
    this.#now = options.now ?? Date.now;
  }

  start(): void {
    this.#timer = setInterval(() => this.#look(), this.#times.everyMs);
    this.#timer.unref();
  }

  /** Ends what is under way; the next start goes on with it, under the same names. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#stop.abort();
    await Promise.all(this.#active.values());
    this.#options.streams.releaseLease();
  }

  /** How many streams have failed since their last delivery. */
  get failing(): number {
    return this.#failing.size;
  }

  /** Delivers everything that is due now; for tests, and for whoever cannot wait for the next look. */
  async pump(): Promise<void> {
    this.#begin();
    await Promise.all(this.#active.values());
  }

  #look(): void {
    try {
      this.#begin();
    } catch (error) {
      this.#options.onLog?.('warn', 'streams could not be looked at; it is tried again', {
        reason: messageOf(error),
      });
    }
  }

  #begin(): void {
    const { streams } = this.#options;
    if (this.#stop.signal.aborted || !streams.lease(this.#now())) return;
    const all = streams.all();
    const ids = new Set(all.map(({ id }) => id));
    for (const id of this.#failing.keys()) if (!ids.has(id)) this.#failing.delete(id);
    for (const stream of all) {
      if (this.#active.size >= MOST_ACTIVE) return;
      if (this.#active.has(stream.id) || stream.heldRecords === 0) continue;
      if (performance.now() < (this.#failing.get(stream.id)?.notBefore ?? 0)) continue;
      const done = this.#deliverAll(stream)
        .catch((error: unknown) => this.#failed(stream, error))
        .finally(() => this.#active.delete(stream.id));
      this.#active.set(stream.id, done);
    }
  }

  /** Delivers while something is due. */
  async #deliverAll(stream: StreamInfo): Promise<void> {
    const { streams } = this.#options;
    for (;;) {
      if (this.#stop.signal.aborted || !streams.lease(this.#now())) return;
      const plan = streams.plan(stream, this.#now());
      if (plan === undefined) return;
      await this.#deliver(stream, plan);
      this.#failing.delete(stream.id);
    }
  }

  async #deliver(stream: StreamInfo, plan: DeliveryPlan): Promise<void> {
    const { streams, objects } = this.#options;
    const signal = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(this.#times.timeoutMs)]);
    const { destination } = stream;
    if (destination.kind === 'HttpEndpoint') return this.#deliverHttp(stream, destination.http, plan, signal);
    let delivered = 0;
    const pieces = function* (): Generator<Uint8Array> {
      delivered = 0;
      for (const { data, ends } of streams.batches(stream, plan)) {
        delivered += ends.length;
        yield data;
      }
    };
    const { bucket } = destination;
    await putObject(objects, stream, bucket, objectKey(bucket, namingOf(stream, plan)), pieces, signal);
    streams.settle(stream, plan, delivered, 'records_delivered');
  }

  async #deliverHttp(
    stream: StreamInfo,
    to: HttpDelivery,
    plan: DeliveryPlan,
    signal: AbortSignal,
  ): Promise<void> {
    const { streams } = this.#options;
    const failing = this.#failing.get(stream.id);
    let givenUp = failing?.givenUp;
    if (givenUp === undefined) {
      try {
        const sent = await postRecords(stream, to, plan, () => streams.batches(stream, plan), signal);
        streams.settle(stream, plan, sent, 'records_delivered');
        return;
      } catch (error) {
        if (!(error instanceof Refused) || this.#stop.signal.aborted) throw error;
        const since = failing?.since ?? performance.now();
        if (!error.isFinal && performance.now() - since < to.retrySeconds * 1000) throw error;
        givenUp = error;
        this.#setFailing(stream, error);
      }
    }
    const attempts = (failing?.failures ?? 0) + 1;
    await this.#backUp(stream, to, plan, givenUp, attempts, signal);
  }

  /** Puts what an HTTP endpoint did not take into the backup bucket: a line of JSON for each record. */
  async #backUp(
    stream: StreamInfo,
    { backup }: HttpDelivery,
    plan: DeliveryPlan,
    refused: Refused,
    attempts: number,
    signal: AbortSignal,
  ): Promise<void> {
    const { streams, objects } = this.#options;
    let count = 0;
    const lines = function* (): Generator<Uint8Array> {
      count = 0;
      for (const record of recordsOf(streams.batches(stream, plan))) {
        const line = {
          attemptsMade: attempts,
          arrivalTimestamp: plan.oldestAt,
          errorCode: refused.code,
          errorMessage: refused.message,
          attemptEndingTimestamp: plan.at,
          rawData: record.toString('base64'),
        };
        count++;
        yield Buffer.from(`${JSON.stringify(line)}\n`);
      }
    };
    const key = errorKey(backup, HTTP_FAILED, namingOf(stream, plan));
    await putObject(objects, stream, backup, key, lines, signal);
    streams.settle(stream, plan, count, 'records_backed_up');
    this.#options.onLog?.('warn', 'an HTTP endpoint did not take records; they are in the backup bucket', {
      stream: stream.name,
      records: count,
      reason: refused.message,
      key,
    });
  }

  #failed(stream: StreamInfo, error: unknown): void {
    if (this.#stop.signal.aborted) return;
    const { failures } = this.#setFailing(stream, undefined);
    this.#options.onLog?.('warn', 'a stream could not be delivered from; it is tried again', {
      stream: stream.name,
      account: stream.account,
      region: stream.region,
      failures,
      reason: messageOf(error),
    });
  }

  #setFailing({ id }: StreamInfo, givenUp: Refused | undefined): Failing {
    const before = this.#failing.get(id);
    const failures = (before?.failures ?? 0) + 1;
    const failing: Failing = {
      failures,
      since: before?.since ?? performance.now(),
      notBefore: performance.now() + backOffMs(...this.#times.pausesMs, failures),
      givenUp: givenUp ?? before?.givenUp,
    };
    this.#failing.set(id, failing);
    return failing;
  }
}

function namingOf(stream: StreamInfo, plan: DeliveryPlan): ObjectNaming {
  return { stream: stream.name, version: 1, time: plan.oldestAt, uuid: plan.uuid };
}
