/** Keeps the stored log events small: retention, and merging of segments, now and then on a thread of its own. */
import { Worker } from 'node:worker_threads';
import { messageOf } from '../../base/errors.ts';
import { siblingModule } from '../../base/modules.ts';
import type { MaintenanceCounts } from '../../standins/storage/logs-maintenance.ts';
import { within } from '../recording/live.ts';
import type { log } from './log.ts';

/** Pause between two runs. */
export const UPKEEP_MS = 60_000;

export type ToUpkeep = { readonly kind: 'run'; readonly now: number } | { readonly kind: 'stop' };
export type FromUpkeep =
  | { readonly kind: 'done'; readonly counts: MaintenanceCounts; readonly milliseconds: number }
  | { readonly kind: 'failed'; readonly reason: string };

export interface UpkeepOptions {
  /** Of the log storage. */
  readonly directory: string;
  readonly everyMs?: number;
  readonly log: typeof log;
}

/** What upkeep did since the start. */
export interface UpkeepCounts extends MaintenanceCounts {
  runs: number;
  failures: number;
}

export class Upkeep {
  readonly counts: UpkeepCounts = { runs: 0, failures: 0, expired: 0, merged: 0, merges: 0, leftovers: 0 };
  readonly #options: UpkeepOptions;
  #timer: NodeJS.Timeout | undefined;
  #worker: Worker | undefined;
  /** A run is under way: the next one is left out. */
  #busy = false;

  constructor(options: UpkeepOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = setInterval(() => this.#run(), this.#options.everyMs ?? UPKEEP_MS);
    this.#timer.unref();
  }

  /** Ends between two groups; at once when that takes longer than `graceMs`. What a merge has written by then is
   * cleared away by a later run. */
  async close(graceMs: number): Promise<void> {
    clearInterval(this.#timer);
    const worker = this.#worker;
    if (worker === undefined) return;
    const ended = new Promise<boolean>((resolve) => worker.once('exit', () => resolve(true)));
    const stop: ToUpkeep = { kind: 'stop' };
    worker.postMessage(stop);
    if (await within(ended, graceMs / 2)) return;
    // A disk that hangs holds the thread still: whoever ends the process has to know of it.
    worker.ref();
    await within(
      worker.terminate().then(() => true),
      graceMs / 2,
    );
  }

  #run(): void {
    if (this.#busy) return;
    this.#busy = true;
    const run: ToUpkeep = { kind: 'run', now: Date.now() };
    (this.#worker ??= this.#open()).postMessage(run);
  }

  #open(): Worker {
    const worker = new Worker(siblingModule('./upkeep-worker', import.meta.url), {
      workerData: this.#options.directory,
      name: 'weir upkeep',
    });
    worker.on('message', (message: FromUpkeep) => this.#told(message));
    worker.on('error', (error: Error) => this.#failed(messageOf(error)));
    worker.on('exit', () => {
      if (this.#worker === worker) this.#worker = undefined; // another at the next run
      this.#busy = false;
    });
    worker.unref();
    return worker;
  }

  #told(message: FromUpkeep): void {
    this.#busy = false;
    if (message.kind === 'failed') return this.#failed(message.reason);
    const { counts, milliseconds } = message;
    this.counts.runs++;
    for (const name of ['expired', 'merged', 'merges', 'leftovers'] as const)
      this.counts[name] += counts[name];
    if (counts.merges > 0 || counts.expired > 0) {
      this.#options.log('info', 'stored log events are tidied', { ...counts, milliseconds });
    }
  }

  #failed(reason: string): void {
    this.counts.failures++;
    this.#options.log('warn', 'stored log events could not be tidied; it is tried again', { reason });
  }
}
