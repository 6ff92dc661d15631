/**
 * What live sources have in common that may not be there yet: no such interface, no permission, a port in use. They are
 * tried again, with back-off, for as long as the recording runs; until one is there it is unhealthy and sees nothing.
 */
import { messageOf } from '../../base/errors.ts';
import { Gate } from '../../sources/intake.ts';
import type { SourceState } from '../../sources/source.ts';

const FIRST_DELAY_MS = 1000;
const LAST_DELAY_MS = 30_000;

/** A live source of any rows, once it is there. */
interface Opened<B, L> {
  next(batch: B): SourceState;
  ready(): Promise<void>;
  takeLosses(): L[];
  sampleDrops(): Promise<void>;
  readonly progress: { readonly read: number; readonly total: number | undefined };
  stop(): void;
  close(): Promise<void>;
}

export interface PersistentOptions<S> {
  /** As the configuration names it: a label, and what interfaces are bound to. */
  readonly name: string;
  /** One try; later deaths are the opened source's own to mend. */
  readonly open: () => Promise<S>;
  /** Told that it is there after all, and why it is not, one clause each. */
  readonly onNotice: (message: string) => void;
  /** First and last pause between tries, for tests. */
  readonly delaysMs?: readonly [number, number];
}

/** `B`: what rows come in; `L`: what losses are told as; `S`: the source that is opened. */
export abstract class Persistent<B extends { clear(): void }, L, S extends Opened<B, L>> {
  readonly name: string;
  readonly live = true;
  readonly fault = undefined;
  /** What it does not do yet, for messages. */
  protected abstract readonly verb: string;
  readonly #options: PersistentOptions<S>;
  readonly #change = new Gate();
  #inner: S | undefined;
  #opening: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #tries = 0;
  #stopping = false;
  /** Why it is not there: of the last try that failed. */
  failure: string | undefined;

  constructor(options: PersistentOptions<S>) {
    this.#options = options;
    this.name = options.name;
  }

  /** What it does, once it does. */
  protected abstract present(inner: S): string;

  /** The source that was opened; undefined before. */
  protected get inner(): S | undefined {
    return this.#inner;
  }

  /** Tries once; resolves when it is there, or when the next try waits. */
  async start(): Promise<void> {
    this.#opening = this.#try();
    await this.#opening;
    this.#opening = undefined;
  }

  async #try(): Promise<void> {
    try {
      const inner = await this.#options.open();
      if (this.#stopping) {
        await inner.close();
        return;
      }
      this.#inner = inner;
      if (this.failure !== undefined) this.#options.onNotice(`${this.name} ${this.present(inner)}`);
      this.failure = undefined;
      this.#change.open();
    } catch (error) {
      if (!this.#stopping) this.#tryLater(messageOf(error));
    }
  }

  #tryLater(reason: string): void {
    const [first, last] = this.#options.delaysMs ?? [FIRST_DELAY_MS, LAST_DELAY_MS];
    const delay = Math.min(first * 2 ** this.#tries, last);
    this.#tries++;
    if (reason !== this.failure) {
      this.#options.onNotice(`${this.name} does not ${this.verb}: ${reason}; it is tried again`);
    }
    this.failure = reason;
    this.#timer = setTimeout(() => void this.start(), delay);
  }

  next(batch: B): SourceState {
    if (this.#inner !== undefined) return this.#inner.next(batch);
    batch.clear();
    if (this.#stopping) return 'end';
    this.#change.shut();
    return 'wait';
  }

  async ready(): Promise<void> {
    while (this.#inner === undefined && !this.#stopping) await this.#change.passed;
    await this.#inner?.ready();
  }

  takeLosses(): L[] {
    return this.#inner?.takeLosses() ?? [];
  }

  async sampleDrops(): Promise<void> {
    await this.#inner?.sampleDrops();
  }

  get progress(): { readonly read: number; readonly total: number | undefined } {
    return this.#inner?.progress ?? { read: 0, total: undefined };
  }

  stop(): void {
    if (this.#stopping) return;
    this.#stopping = true;
    clearTimeout(this.#timer);
    this.#inner?.stop();
    this.#change.open();
  }

  async close(): Promise<void> {
    this.stop();
    await this.#inner?.close();
    await this.#opening;
  }
}
