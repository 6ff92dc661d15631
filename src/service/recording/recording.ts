/** Main's side of one recording thread. */
import { setTimeout as sleep } from 'node:timers/promises';
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { moduleUrl } from '../../base/modules.ts';
import type { Network } from '../../network/model.ts';
import type { ServiceRanges } from '../../network/service-ranges.ts';
import type { SnapshotHandle } from '../../network/snapshot.ts';
import type { FromRecording, RecordingMode, RecordingStats, ToRecording } from '../threads/messages.ts';
import type { Lineage } from './lineage.ts';
import type { LiveSetup, RecordingSetup, ReplaySetup } from './setup.ts';

/** How long a thread that is killed is waited for, in milliseconds. */
export const KILL_MS = 500;

export type Log = (
  level: 'info' | 'warn' | 'error',
  message: string,
  fields?: Readonly<Record<string, unknown>>,
) => void;

/** What a recording needs of the writing thread. */
export interface WritingPort {
  addRecording(recording: {
    readonly recording: number;
    readonly producer: string;
    readonly mode: RecordingMode;
    readonly port: MessagePort;
  }): void;
  network(recording: number, version: number, snapshot: SnapshotHandle): void;
  /** Resolves when there is a thread: one that died is started anew. */
  up(): Promise<void>;
  /** How often it died and was started anew. */
  readonly restarts: number;
}

export type RecordingWork = Omit<LiveSetup, 'port' | 'snapshot'> | Omit<ReplaySetup, 'port' | 'snapshot'>;

export interface RecordingOptions {
  /** Never used again in this process. */
  readonly number: number;
  readonly producer: string;
  readonly work: RecordingWork;
  readonly lineage: Lineage;
  readonly network: Network;
  /** Whose addresses are whose; undefined without a list. */
  readonly services: ServiceRanges | undefined;
  readonly writing: WritingPort;
  readonly log: Log;
}

/** How a recording ended: by itself, or since its thread failed. */
export interface Ended {
  readonly stats: RecordingStats | undefined;
  /** Why its captures could not be opened. */
  readonly error: string | undefined;
  /** What its thread died of. */
  readonly failure: Error | undefined;
}

/** One recording: begins when it is made. */
export class Recording {
  readonly number: number;
  readonly producer: string;
  readonly mode: RecordingMode;
  readonly lineage: Lineage;
  /** Resolves when it is over and everything is committed, or its thread is dead. Never rejects. */
  readonly ended: Promise<Ended>;
  stats: RecordingStats | undefined;
  state: 'recording' | 'ending' | 'ended' | 'failed' = 'recording';
  readonly #options: RecordingOptions;
  readonly #worker: Worker;
  readonly #flushes = new Map<number, () => void>();
  #nextFlush = 1;
  #last: Ended | undefined;
  #failure: Error | undefined;

  constructor(options: RecordingOptions) {
    const { number, producer, work, lineage, writing } = options;
    this.#options = options;
    this.number = number;
    this.producer = producer;
    this.mode = work.mode;
    this.lineage = lineage;
    // First, since it may refuse.
    const snapshot = this.#nextVersion(options.network, options.services);
    const { port1, port2 } = new MessageChannel();
    writing.addRecording({ recording: number, producer, mode: work.mode, port: port2 });
    // The writing thread has a version before anything is recorded under it.
    writing.network(number, snapshot.version, snapshot);
    const setup = { ...work, port: port1, snapshot } as RecordingSetup;
    this.#worker = new Worker(moduleUrl('service/recording/recording-worker'), {
      workerData: setup,
      transferList: [port1],
      name: `weir ${work.mode}`,
      // A FIFO's descriptor is closed by its socket, which the thread is not told of: at its end it would close that
      // number again, which is another thread's file by then.
      trackUnmanagedFds: false,
    });
    this.#worker.on('message', (message: FromRecording) => this.#told(message));
    this.#worker.on('error', (error: Error) => (this.#failure = error));
    this.ended = new Promise((resolve) => {
      this.#worker.on('exit', () => resolve(this.#over()));
    });
  }

  get networkVersion(): number {
    return this.lineage.latest?.version ?? 0;
  }

  /** Takes a version of the network over, from the next window on. */
  setNetwork(network: Network, services: ServiceRanges | undefined): void {
    if (this.state !== 'recording') return;
    const snapshot = this.#nextVersion(network, services);
    this.#options.writing.network(this.number, snapshot.version, snapshot);
    this.#post({ kind: 'network', version: snapshot.version, snapshot });
  }

  /** Sends what is open; resolves when that is published, or the recording is over. */
  flush(): Promise<void> {
    if (this.state !== 'recording') return this.ended.then(() => {});
    const id = this.#nextFlush++;
    return new Promise((resolve) => {
      this.#flushes.set(id, resolve);
      this.#post({ kind: 'flush', id });
    });
  }

  /** Ends it in good order: what is open is closed and committed. */
  stop(): void {
    if (this.state !== 'recording') return;
    this.state = 'ending';
    this.#post({ kind: 'stop' });
  }

  /** Ends it at once, as a crash would: what is not committed is not there. */
  async kill(): Promise<void> {
    if (this.state === 'recording') this.state = 'ending';
    // A capture on a file system that hangs holds the thread still: then it is left behind.
    await Promise.race([this.#worker.terminate(), sleep(KILL_MS, undefined, { ref: false })]);
  }

  #nextVersion(network: Network, services: ServiceRanges | undefined): SnapshotHandle {
    const { log } = this.#options;
    const { snapshot, news } = this.lineage.next(network, services);
    if (news.length > 0) {
      log('warn', 'parts of the network are left out of what sources see', {
        recording: this.number,
        reasons: news.slice(0, 20),
        more: Math.max(0, news.length - 20),
      });
    }
    return snapshot.handle();
  }

  #post(message: ToRecording): void {
    this.#worker.postMessage(message);
  }

  #told(message: FromRecording): void {
    switch (message.kind) {
      case 'stats':
        this.stats = message.stats;
        return;
      case 'log':
        this.#options.log(message.level, message.message, { recording: this.number, ...message.fields });
        return;
      case 'done': {
        const resolve = this.#flushes.get(message.id);
        this.#flushes.delete(message.id);
        return resolve?.();
      }
      case 'ended':
        this.stats = message.stats;
        this.#last = { stats: message.stats, error: message.error, failure: undefined };
        return;
    }
  }

  #over(): Ended {
    for (const resolve of this.#flushes.values()) resolve();
    this.#flushes.clear();
    const failure = this.#failure ?? new Error('its thread ended before it was done');
    const ended = this.#last ?? { stats: this.stats, error: undefined, failure };
    this.state = ended.failure === undefined ? 'ended' : 'failed';
    return ended;
  }
}
