/** The writing thread of a service, started anew when it dies: spool and ledger recover by themselves. */
import type { MessagePort } from 'node:worker_threads';
import type { TargetState } from '../../delivery/deliverer.ts';
import type { SnapshotHandle } from '../../network/snapshot.ts';
import type { RecordingMode, Subscription, WritingStats } from '../threads/messages.ts';
import { startWriting, type Writing, type WritingSetup } from '../writing/writing.ts';
import { type log, logFault } from './log.ts';
import { addedUp } from './writing-sums.ts';

/** First and last pause before the thread is started anew. */
const DELAYS_MS = [1_000, 30_000] as const;
/** A thread that ran for so long was well: the next pause is the first one again. */
const HEALTHY_MS = 60_000;

export interface KeeperOptions extends WritingSetup {
  /** A new thread is there: returns all flow logs that there are now. */
  readonly renew: () => readonly Subscription[];
  readonly onState: (flowLog: string, state: TargetState) => void;
  readonly onLines: (flowLog: string, text: string) => void;
  readonly onLog: typeof log;
  /** First and last pause, for tests. */
  readonly delaysMs?: readonly [number, number];
}

/** What `Writing` does, by the thread of now. Between two threads, what is asked fails at once. */
export class WritingKeeper {
  /** How often the thread died and was started anew. */
  restarts = 0;
  readonly #options: KeeperOptions;
  #writing: Writing;
  #startedAt = Date.now();
  #failures = 0;
  #failure: string | undefined;
  #again: NodeJS.Timeout | undefined;
  #up = Promise.withResolvers<void>();
  #tailed: readonly string[] = [];
  #past: WritingStats | undefined;
  #last: { stats: WritingStats | undefined; at: number } = { stats: undefined, at: Date.now() };
  #closing = false;

  /** Starts the thread. */
  constructor(options: KeeperOptions) {
    this.#options = options;
    this.#writing = this.#start();
    this.#up.resolve();
  }

  /** Why there is no thread now that is known to work; undefined when all is well. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /** The last numbers, and when they came (milliseconds since the epoch; of the start before the first). */
  get last(): { readonly stats: WritingStats | undefined; readonly at: number } {
    return this.#last;
  }

  /** Resolves when there is a thread, and at the end. */
  up(): Promise<void> {
    return this.#up.promise;
  }

  subscribe(subscriptions: readonly Subscription[]): void {
    this.#writing.subscribe(subscriptions);
  }

  addRecording(recording: {
    readonly recording: number;
    readonly producer: string;
    readonly mode: RecordingMode;
    readonly port: MessagePort;
  }): void {
    this.#writing.addRecording(recording);
  }

  network(recording: number, version: number, snapshot: SnapshotHandle): void {
    this.#writing.network(recording, version, snapshot);
  }

  retry(flowLog?: string): void {
    this.#writing.retry(flowLog);
  }

  flush(producer?: string): Promise<void> {
    return this.#writing.flush(producer);
  }

  tail(flowLogs: readonly string[]): void {
    this.#tailed = flowLogs;
    this.#writing.tail(flowLogs);
  }

  async close(graceMs: number): Promise<void> {
    this.#closing = true;
    clearTimeout(this.#again);
    this.#up.resolve();
    await this.#writing.close(graceMs);
  }

  #start(): Writing {
    const { spool, objects, queues, logs, streams, remote = {}, onState, onLines, onLog } = this.#options;
    this.#startedAt = Date.now();
    return startWriting({
      spool,
      objects,
      queues,
      logs,
      streams,
      remote,
      onState,
      onLines,
      onLog,
      onStats: (stats) => {
        if (this.#failure !== undefined) {
          onLog('info', 'the writing thread works again', { restarts: this.restarts });
          this.#failure = undefined;
        }
        this.#last = { stats: addedUp(this.#past, stats), at: Date.now() };
      },
      onFailure: (error) => this.#failed(error),
    });
  }

  #failed(error: Error): void {
    if (this.#closing) return;
    const ranMs = Date.now() - this.#startedAt;
    if (ranMs >= HEALTHY_MS) this.#failures = 0;
    const [first, last] = this.#options.delaysMs ?? DELAYS_MS;
    const delay = Math.min(first * 2 ** this.#failures, last);
    this.#failures++;
    this.#failure = error.message;
    this.#up = Promise.withResolvers();
    logFault(error, { thread: 'writing', startedAgainInSeconds: delay / 1000 });
    this.#again = setTimeout(() => this.#restart(), delay);
  }

  #restart(): void {
    this.restarts++;
    this.#past = this.#last.stats;
    this.#last = { stats: this.#past, at: Date.now() };
    this.#writing = this.#start();
    // A death on the way here is told by the new thread's own failure.
    this.#writing.subscribe(this.#options.renew());
    this.#writing.tail(this.#tailed);
    this.#up.resolve();
  }
}
