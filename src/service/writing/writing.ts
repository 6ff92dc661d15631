import { type MessagePort, Worker } from 'node:worker_threads';
import { moduleUrl } from '../../base/modules.ts';
import type { TargetState } from '../../delivery/deliverer.ts';
import type { SnapshotHandle } from '../../network/snapshot.ts';
import type {
  FromWriting,
  RecordingMode,
  Subscription,
  ToWriting,
  WritingStats,
} from '../threads/messages.ts';
import type { Log } from './recording-queue.ts';
import type { RemoteSettings } from './remote-destinations.ts';

/** Milliseconds that the thread gets beyond its own time to close. */
const CLOSE_SPARE_MS = 500;

/** What the writing thread is started with. */
export interface WritingSetup {
  /** Where the spool is, its bound in bytes, and for how many seconds failing destinations are waited for. */
  readonly spool: { readonly directory: string; readonly maxBytes?: number; readonly maxAge?: number };
  /** Directories of the stored objects, of what is to be told of them, of log events and of streams. */
  readonly objects: string;
  readonly queues: string;
  readonly logs: string;
  readonly streams: string;
  /** Destinations that are not embedded. */
  readonly remote?: RemoteSettings;
}

export interface WritingOptions extends WritingSetup {
  readonly onState: (flowLog: string, state: TargetState) => void;
  readonly onLines: (flowLog: string, text: string) => void;
  readonly onStats: (stats: WritingStats) => void;
  readonly onLog: Log;
  /** The thread died: nothing is recorded any more. Told once; not after `close`. */
  readonly onFailure: (error: Error) => void;
}

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** Starts the writing thread. */
export function startWriting(options: WritingOptions): Writing {
  return new Writing(options);
}

/** Main's side of the writing thread. Once it has died, everything rejects and nothing else happens. */
export class Writing {
  readonly #options: WritingOptions;
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  readonly #exited: Promise<void>;
  #next = 1;
  #failure: Error | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: WritingOptions) {
    this.#options = options;
    const { spool, objects, queues, logs, streams, remote = {} } = options;
    const setup: WritingSetup = { spool, objects, queues, logs, streams, remote };
    this.#worker = new Worker(moduleUrl('service/writing/writing-worker'), {
      workerData: setup,
      name: 'weir writing',
    });
    this.#worker.on('message', (message: FromWriting) => this.#told(message));
    this.#worker.on('error', (error: Error) => this.#fail(error));
    this.#exited = new Promise((resolve) => {
      this.#worker.on('exit', (code) => {
        this.#fail(new Error(`the writing thread ended with ${code}`));
        resolve();
      });
    });
  }

  /** Flow logs that are new, or were deleted. */
  subscribe(subscriptions: readonly Subscription[]): void {
    this.#post({ kind: 'subscribe', subscriptions });
  }

  /** A recording begins: its windows come by the other end of `port`. */
  addRecording(recording: {
    readonly recording: number;
    readonly producer: string;
    readonly mode: RecordingMode;
    readonly port: MessagePort;
  }): void {
    // Whoever holds the other end hears of it: nobody would answer.
    if (this.#failure !== undefined) recording.port.close();
    this.#post({ kind: 'recording', ...recording }, [recording.port]);
  }

  /** A version of the network for a recording, before any window is recorded under it. */
  network(recording: number, version: number, snapshot: SnapshotHandle): void {
    this.#post({ kind: 'network', recording, version, snapshot });
  }

  /** What waits for its next attempt may go now. */
  retry(flowLog?: string): void {
    this.#post({ kind: 'retry', flowLog });
  }

  /** Publishes what is spooled, of one producer or of all; resolves when it is delivered or failing. */
  flush(producer?: string): Promise<void> {
    return this.#ask((id) => ({ kind: 'flush', id, producer }));
  }

  /** Follows these flow logs, and no others, by `onLines`. */
  tail(flowLogs: readonly string[]): void {
    this.#post({ kind: 'tail', flowLogs });
  }

  /**
   * Commits what recordings have sent, publishes what it can in `graceMs`, and ends the thread. Recordings end
   * before. What is spooled stays.
   */
  close(graceMs: number): Promise<void> {
    this.#closing ??= this.#close(graceMs);
    return this.#closing;
  }

  async #close(graceMs: number): Promise<void> {
    if (this.#failure === undefined) {
      const done = await inTime(
        this.#ask((id) => ({ kind: 'close', id, graceMs })).catch((error: unknown) => {
          this.#options.onLog('error', 'the writing thread did not close in good order', {
            reason: String(error),
          });
        }),
        graceMs + CLOSE_SPARE_MS,
      );
      if (!done) this.#options.onLog('error', 'the writing thread did not close in time');
    }
    void this.#worker.terminate();
    // A call of the system that hangs, at a destination that does, holds the thread still: nothing can end it.
    if (await inTime(this.#exited, CLOSE_SPARE_MS)) return;
    this.#options.onLog('warn', 'the writing thread hangs at a destination: it is left behind');
  }

  #ask(question: (id: number) => ToWriting): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#post(question(id));
    });
  }

  #post(message: ToWriting, transfer: readonly MessagePort[] = []): void {
    if (this.#failure === undefined) this.#worker.postMessage(message, transfer);
  }

  #told(message: FromWriting): void {
    const { onState, onLines, onStats, onLog } = this.#options;
    switch (message.kind) {
      case 'state':
        return onState(message.flowLog, message.state);
      case 'lines':
        return onLines(message.flowLog, message.text);
      case 'stats':
        return onStats(message.stats);
      case 'log':
        return onLog(message.level, message.message, message.fields);
      case 'done': {
        const waiting = this.#waiting.get(message.id);
        this.#waiting.delete(message.id);
        if (message.error === undefined) waiting?.resolve();
        else waiting?.reject(new Error(message.error));
      }
    }
  }

  #fail(error: Error): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
    if (this.#closing === undefined) this.#options.onFailure(error);
  }
}

/** Whether something is done within a time. */
async function inTime(work: Promise<void>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}
