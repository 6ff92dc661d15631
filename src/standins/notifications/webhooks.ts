/** Calls webhooks with the events that wait for them: at least once each, later again while they refuse. */
import { backOffMs } from '../../base/back-off.ts';
import { messageOf } from '../../base/errors.ts';
import { post } from '../http-post.ts';
import type { EventJournal, WaitingEvent } from '../storage/queues-events.ts';
import type { WebhookFilter } from './rules.ts';

/** A webhook of the configuration. */
export interface Webhook extends WebhookFilter {
  /** Unique. What waits for it goes by it, through restarts. */
  readonly name: string;
  readonly url: string;
  /** Sent along, as an Authorization. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface WebhookTimes {
  /** Between two looks at what waits, ms. */
  readonly everyMs: number;
  /** For one answer, ms. */
  readonly timeoutMs: number;
  /** First and last pause behind a refusal, ms: twice as long each time, and any part of it. */
  readonly pausesMs: readonly [number, number];
  /** An event that waited for so long is dropped, and counted, ms. */
  readonly maxAgeMs: number;
}

export const WEBHOOK_TIMES: WebhookTimes = {
  everyMs: 500,
  timeoutMs: 10_000,
  pausesMs: [1_000, 300_000],
  maxAgeMs: 24 * 3_600_000,
};

/** Calls to one webhook at the same time. */
const SIDE_BY_SIDE = 8;
/** Events that may be deferred before it is the webhook that fails. */
const MAX_DEFERRED = 1_000;
/** What of an answer is read before its connection is given up, bytes. */
const MAX_ANSWER_BYTES = 64 * 1024;

export interface WebhooksOptions {
  readonly journal: EventJournal;
  readonly webhooks: readonly Webhook[];
  readonly times?: Partial<WebhookTimes>;
  readonly onLog?: (level: 'info' | 'warn', message: string, fields: Record<string, unknown>) => void;
}

/** When something is to be tried again that failed. */
interface Retry {
  failures: number;
  /** By performance.now(). */
  notBefore: number;
}

interface State extends Retry {
  /** Events that it refuses while it takes others: they hold up nothing. */
  readonly deferred: Map<number, Retry>;
}

/** Who calls the webhooks: one thread of the process has it. Inert until started. */
export class Webhooks {
  readonly #options: WebhooksOptions;
  readonly #times: WebhookTimes;
  readonly #states = new Map<string, State>();
  readonly #stop = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(options: WebhooksOptions) {
    this.#options = options;
    this.#times = { ...WEBHOOK_TIMES, ...options.times };
  }

  /** Makes the webhooks known to every thread that puts objects, and begins to call them. */
  start(): void {
    const { journal, webhooks } = this.#options;
    journal.setWebhooks(
      new Map(
        webhooks.map(({ name, events, prefix, suffix, buckets }): [string, WebhookFilter] => [
          name,
          { events, prefix, suffix, ...(buckets === undefined ? {} : { buckets }) },
        ]),
      ),
    );
    if (webhooks.length > 0) this.#later();
  }

  /** Ends calls that are under way: their events are sent again after the next start. */
  async close(): Promise<void> {
    this.#stop.abort();
    clearTimeout(this.#timer);
    await this.#running;
  }

  #later(): void {
    if (this.#stop.signal.aborted) return;
    this.#timer = setTimeout(() => {
      this.#running = this.pump()
        .catch((error: unknown) =>
          this.#options.onLog?.('warn', 'events of webhooks could not be read; it is tried again', {
            reason: messageOf(error),
          }),
        )
        .finally(() => this.#later());
    }, this.#times.everyMs);
    this.#timer.unref();
  }

  /** Calls every webhook with what waits for it, until one refuses or nothing waits. */
  async pump(): Promise<void> {
    await Promise.all(this.#options.webhooks.map((webhook) => this.#pumpOne(webhook)));
  }

  async #pumpOne(webhook: Webhook): Promise<void> {
    const { journal } = this.#options;
    const state = this.#states.get(webhook.name) ?? { failures: 0, notBefore: 0, deferred: new Map() };
    this.#states.set(webhook.name, state);
    const { deferred } = state;
    while (!this.#stop.signal.aborted && performance.now() >= state.notBefore) {
      const due = ({ id }: WaitingEvent): boolean =>
        performance.now() >= (deferred.get(id)?.notBefore ?? -Infinity);
      const all = journal.waiting(webhook.name, SIDE_BY_SIDE + deferred.size);
      for (const id of deferred.keys()) if (id < (all[0]?.id ?? Infinity)) deferred.delete(id);
      const waiting = all.filter(due).slice(0, SIDE_BY_SIDE);
      if (waiting.length === 0) return;
      const refusals = await Promise.all(waiting.map((event) => this.#send(webhook, event)));
      if (this.#stop.signal.aborted) return;
      const refused = refusals.find((it) => it !== undefined);
      const isDown = refusals.every((it) => it !== undefined) || deferred.size >= MAX_DEFERRED;
      for (const [i, refusal] of refusals.entries()) {
        const { id } = waiting[i]!;
        if (refusal === undefined) deferred.delete(id);
        else if (!isDown) deferred.set(id, this.#failed(deferred.get(id)));
      }
      if (refused === undefined || !isDown) state.failures = 0;
      else Object.assign(state, this.#failed(state));
      if (refused === undefined) continue;
      this.#options.onLog?.('warn', 'a webhook did not take an event; it is tried again', {
        webhook: webhook.name,
        reason: refused,
      });
    }
  }

  #failed(before: Retry = { failures: 0, notBefore: 0 }): Retry {
    const failures = before.failures + 1;
    return { failures, notBefore: performance.now() + backOffMs(...this.#times.pausesMs, failures) };
  }

  /** Why the webhook did not take an event; undefined when it did, or is not to get it any more. */
  async #send(webhook: Webhook, event: WaitingEvent): Promise<string | undefined> {
    const { journal } = this.#options;
    const signal = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(this.#times.timeoutMs)]);
    let refused: string | undefined;
    try {
      const headers = { ...webhook.headers, 'content-type': 'application/json' };
      const { status } = await post(webhook.url, { headers, body: event.body, signal }, MAX_ANSWER_BYTES);
      if (status < 200 || status > 299) refused = `status ${status}`;
    } catch (error) {
      refused = messageOf(error);
    }
    if (refused === undefined) journal.settle(webhook.name, event.id, 'delivered');
    else if (Date.now() - event.at > this.#times.maxAgeMs) {
      journal.settle(webhook.name, event.id, 'dropped');
      return undefined;
    }
    return refused;
  }
}
