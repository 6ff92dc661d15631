/** Keeps what is embedded small, now and then on a thread of its own: retention of log events and merging of their
 * segments, lifecycles of buckets, messages that are past their time. */
import { Worker } from 'node:worker_threads';
import { messageOf } from '../../base/errors.ts';
import { moduleUrl } from '../../base/modules.ts';
import type { MaintenanceCounts } from '../../standins/storage/logs-maintenance.ts';
import { within } from '../recording/live.ts';
import type { EmbeddedFolders } from './embedded.ts';
import type { log } from './log.ts';

/** Pause between two runs. */
export const UPKEEP_MS = 60_000;

export type ToUpkeep = { readonly kind: 'run'; readonly now: number } | { readonly kind: 'stop' };
/** A run is over. `failures`: what could not be done of it. */
export interface FromUpkeep {
  readonly counts: RunCounts;
  readonly milliseconds: number;
  readonly failures: readonly string[];
}

/** What one run did. */
export interface RunCounts extends MaintenanceCounts {
  /** Objects and unfinished uploads that their bucket's lifecycle let go. */
  objects: number;
  uploads: number;
  /** Messages that nobody received in time. */
  messages: number;
}

export const NOTHING_DONE: RunCounts = {
  expired: 0,
  merged: 0,
  merges: 0,
  leftovers: 0,
  objects: 0,
  uploads: 0,
  messages: 0,
};

export interface UpkeepOptions {
  /** Of the storages. */
  readonly directories: EmbeddedFolders;
  readonly everyMs?: number;
  readonly log: typeof log;
}

/** What upkeep did since the start. */
export interface UpkeepCounts extends RunCounts {
  runs: number;
  failures: number;
}

export class Upkeep {
  readonly counts: UpkeepCounts = { runs: 0, failures: 0, ...NOTHING_DONE };
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
    const worker = new Worker(moduleUrl('service/serve/upkeep-worker'), {
      workerData: this.#options.directories,
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
    const { counts, milliseconds, failures } = message;
    if (failures.length === 0) this.counts.runs++;
    else this.#failed(failures.join('; '));
    for (const name of Object.keys(NOTHING_DONE) as (keyof RunCounts)[]) this.counts[name] += counts[name];
    if (counts.merges > 0 || counts.expired > 0 || counts.objects > 0) {
      this.#options.log('info', 'what is stored is tidied', { ...counts, milliseconds });
    }
  }

  #failed(reason: string): void {
    this.counts.failures++;
    this.#options.log('warn', 'what is stored could not be tidied; it is tried again', { reason });
  }
}
