import { type Account, addAccount, emptyAccount } from '../../flows/accounting.ts';
import type { ClosedWindow, ExpandedWindow } from '../../flows/rows.ts';
import type { Output } from './output.ts';
import { type OutputForm, partsOf, type Piece } from './pieces.ts';
import type { Plan } from './window-writer.ts';
import type { Writers } from './writers.ts';

type Job =
  | { readonly kind: 'window'; readonly window: ClosedWindow }
  | { readonly kind: 'interval'; readonly start: number; readonly status: Int32Array };

/**
 * Takes closed windows from the recorder and brings their lines to the output, in order. Windows are planned
 * one after another; the pieces of the one before are still being written meanwhile, unless it was a rolled
 * up interval, whose rows the next window would change.
 */
export class WriteQueue {
  readonly #writers: Writers;
  readonly #output: Output;
  readonly #form: OutputForm;
  readonly #release: (table: number) => void;
  readonly #jobs: Job[] = [];
  #running: Promise<void> | undefined;
  #writing: Promise<void> = Promise.resolve();
  #failure: unknown;
  #roomWaiters: (() => void)[] = [];
  readonly account: Account = emptyAccount();
  lines = 0;

  constructor(writers: Writers, output: Output, form: OutputForm, release: (table: number) => void) {
    this.#writers = writers;
    this.#output = output;
    this.#form = form;
    this.#release = release;
  }

  pushWindow(window: ClosedWindow): void {
    this.#push({ kind: 'window', window });
  }

  pushInterval(start: number, status: Int32Array): void {
    this.#push({ kind: 'interval', start, status });
  }

  /** Resolves when a table has come back since the call; rejects when writing has failed. */
  room(): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      this.#roomWaiters.push(() => (this.#failure === undefined ? resolve() : reject(this.#failure)));
    });
  }

  /** Throws what writing failed with. Cheap: ask it often. */
  check(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Resolves when everything pushed so far is written. */
  async drain(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
    await this.#writing;
    this.check();
  }

  #push(job: Job): void {
    this.#jobs.push(job);
    this.#running ??= this.#run().catch((error: unknown) => {
      this.#failure ??= error;
      this.#running = undefined;
      this.#wake();
    });
  }

  async #run(): Promise<void> {
    for (let job = this.#jobs.shift(); job !== undefined; job = this.#jobs.shift()) {
      this.check();
      if (job.kind === 'window') await this.#planWindow(job.window);
      else await this.#accept(await this.#writers.endInterval(job.start, job.status), undefined);
    }
    this.#running = undefined;
  }

  async #planWindow(window: ClosedWindow): Promise<void> {
    for (let from = 0; from >= 0;) {
      const plan = await this.#writers.plan(window, from);
      from = plan.resume;
      await this.#accept(plan, from < 0 ? window : undefined);
    }
  }

  /** Queues a plan's lines; `done` is the window whose table is free once they are written. */
  async #accept(plan: Plan, done: ClosedWindow | undefined): Promise<void> {
    addAccount(plan.account, this.account);
    const previous = this.#writing;
    const written = this.#write(plan.expanded, previous).then(() => {
      if (done !== undefined && done.table >= 0) this.#release(done.table);
      this.#wake();
    });
    this.#writing = written;
    written.catch((error: unknown) => {
      this.#failure ??= error;
      this.#wake();
    });
    // A rolled-up interval's memory is used again by the next window.
    if (plan.expanded.some((expanded) => expanded.window.seconds > 60)) await written;
  }

  /** Asks for the pieces of some lines at once, and writes them in order after what came before. */
  async #write(expanded: readonly ExpandedWindow[], previous: Promise<void>): Promise<void> {
    const { parts, ahead } = partsOf(expanded, this.#form);
    const asked: Promise<Piece>[] = [];
    let next = 0;
    const ask = (): void => {
      const part = parts[next++];
      if (part === undefined) return;
      const piece = this.#writers.piece(part);
      piece.catch(() => {}); // handled where it is awaited, in order
      asked.push(piece);
    };
    while (next < Math.min(parts.length, ahead)) ask();
    await previous;
    for (let k = 0; k < parts.length; k++) {
      const piece = await asked[k]!;
      ask();
      await this.#output.write(piece);
      this.lines += parts[k]!.to - parts[k]!.from;
    }
  }

  #wake(): void {
    for (const waiter of this.#roomWaiters.splice(0)) waiter();
  }
}
