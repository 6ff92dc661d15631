import { Worker } from 'node:worker_threads';
import { moduleUrl } from '../../base/modules.ts';
import type { ClosedWindow, ExpandedWindow } from '../../flows/rows.ts';
import { GROUP_LINES } from '../../records/parquet/group-lines.ts';
import type { GroupsPiece, Part, Piece, TextPiece } from './pieces.ts';
import type { Plan, WindowWriter, WriterSetup } from './window-writer.ts';

/** The threads (or none) that write records. Calls may overlap; each resolves when it is done. */
export interface Writers {
  plan(window: ClosedWindow, from: number): Promise<Plan>;
  endInterval(start: number, status: Int32Array): Promise<Plan>;
  piece(part: Part): Promise<Piece>;
  header(): Promise<TextPiece>;
  /** Row groups of lines of text, whose memory is given away. */
  rowGroups(text: Uint8Array<ArrayBuffer>): Promise<GroupsPiece>;
  close(): Promise<void>;
}

/** What a worker is asked; the fields of WindowWriter's methods. */
export type WriterRequest =
  | { readonly id: number; readonly ask: 'plan'; readonly window: ClosedWindow; readonly from: number }
  | { readonly id: number; readonly ask: 'interval'; readonly start: number; readonly status: Int32Array }
  | {
      readonly id: number;
      readonly ask: 'piece' | 'grouped';
      readonly expanded: ExpandedWindow;
      readonly from: number;
      readonly to: number;
    }
  | { readonly id: number; readonly ask: 'header' }
  | { readonly id: number; readonly ask: 'row-groups'; readonly text: Uint8Array<ArrayBuffer> };

export type WriterAnswer =
  | { readonly id: number; readonly plan: Plan }
  | { readonly id: number; readonly piece: Piece }
  | { readonly id: number; readonly error: string };

/** `threads` 0 writes on the calling thread. */
export function startWriters(setup: WriterSetup, threads: number): Writers {
  return threads === 0 ? new InlineWriters(setup) : new ThreadedWriters(setup, threads);
}

/** What writes is loaded where it writes: on this thread only when there is no other. */
async function openWriter(setup: WriterSetup): Promise<WindowWriter> {
  return (await import('./window-writer.ts')).openWindowWriter(setup);
}

class InlineWriters implements Writers {
  readonly #opened: Promise<WindowWriter>;

  constructor(setup: WriterSetup) {
    this.#opened = openWriter(setup);
    this.#opened.catch(() => {}); // whoever asks for something hears of it
  }

  async plan(window: ClosedWindow, from: number): Promise<Plan> {
    return (await this.#opened).plan(window, from);
  }

  async endInterval(start: number, status: Int32Array): Promise<Plan> {
    return (await this.#opened).endInterval(start, status);
  }

  async piece({ expanded, from, to, grouped }: Part): Promise<Piece> {
    const writer = await this.#opened;
    return grouped ? writer.grouped(expanded, from, to) : writer.piece(expanded, from, to);
  }

  async header(): Promise<TextPiece> {
    return (await this.#opened).header();
  }

  async rowGroups(text: Uint8Array): Promise<GroupsPiece> {
    return (await this.#opened).rowGroups(text);
  }

  async close(): Promise<void> {}
}

/** Stripes of a window: a few times the threads, so that all are busy while pieces are asked for in order. */
const STRIPES = 16;
/** Writers make little garbage: a small young generation saves tens of megabytes a thread. */
const LIMITS = { maxYoungGenerationSizeMb: 4 };

interface Waiting {
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
}

/** A request before it has its number. */
type Question = WriterRequest extends infer R ? (R extends WriterRequest ? Omit<R, 'id'> : never) : never;

class ThreadedWriters implements Writers {
  readonly #workers: Worker[];
  readonly #waiting = new Map<number, Waiting>();
  #next = 0;
  #failed: Error | undefined;

  constructor(setup: WriterSetup, threads: number) {
    const url = moduleUrl('service/record/writer-worker');
    this.#workers = Array.from(
      { length: threads },
      () => new Worker(url, { workerData: setup, resourceLimits: LIMITS }),
    );
    for (const worker of this.#workers) {
      worker.on('message', (answer: WriterAnswer) => this.#answered(answer));
      worker.on('error', (error: Error) => this.#fail(error));
    }
  }

  /** Plans go to the first worker, which holds the roll-up. */
  plan(window: ClosedWindow, from: number): Promise<Plan> {
    return this.#ask(0, { ask: 'plan', window, from });
  }

  endInterval(start: number, status: Int32Array): Promise<Plan> {
    return this.#ask(0, { ask: 'interval', start, status });
  }

  /**
   * By the place in the window, in stripes: lines are ordered by interface, so that each worker meets the
   * same interfaces again in the next window and builds their parts of lines once. Row groups are few: one by one.
   */
  piece({ expanded, from, to, grouped }: Part): Promise<Piece> {
    const stripe = grouped ? from / GROUP_LINES : Math.floor((STRIPES * from) / expanded.lines);
    // From the last worker on: the first one also plans.
    const worker = this.#workers.length - 1 - (stripe % this.#workers.length);
    return this.#ask(worker, { ask: grouped ? 'grouped' : 'piece', expanded, from, to });
  }

  header(): Promise<TextPiece> {
    return this.#ask(0, { ask: 'header' });
  }

  rowGroups(text: Uint8Array<ArrayBuffer>): Promise<GroupsPiece> {
    return this.#ask(this.#workers.length - 1, { ask: 'row-groups', text }, [text.buffer]);
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }

  #ask<T>(k: number, question: Question, transfer: readonly ArrayBuffer[] = []): Promise<T> {
    if (this.#failed !== undefined) return Promise.reject(this.#failed);
    const id = this.#next++;
    return new Promise<T>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#workers[k]!.postMessage({ id, ...question }, transfer);
    });
  }

  #answered(answer: WriterAnswer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if (waiting === undefined) return;
    if ('error' in answer) waiting.reject(new Error(answer.error));
    else waiting.resolve(('plan' in answer ? answer.plan : answer.piece) as never);
  }

  #fail(error: Error): void {
    this.#failed = error;
    for (const waiting of this.#waiting.values()) waiting.reject(error);
    this.#waiting.clear();
  }
}
