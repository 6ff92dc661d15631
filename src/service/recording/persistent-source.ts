/**
 * A live source that may not be there yet: no such interface, no permission, no tcpdump. It is tried again, with
 * back-off, for as long as the recording runs; until it captures it is unhealthy and sees nothing.
 */
import { messageOf } from '../../base/errors.ts';
import type { Batch } from '../../capture/batch.ts';
import type { CaptureFault, DecoderCounters } from '../../capture/decoder.ts';
import { newCounters } from '../../capture/rejections.ts';
import { Gate } from '../../sources/intake.ts';
import type { SourceLoss, SourceState } from '../../sources/source.ts';
import type { LiveSource } from '../../sources/tcpdump.ts';

const FIRST_DELAY_MS = 1000;
const LAST_DELAY_MS = 30_000;

export interface PersistentOptions {
  /** As the configuration names it: a label, and what interfaces are bound to. */
  readonly name: string;
  readonly reportsVerdicts: boolean;
  /** One try; later deaths are the opened source's own to mend. */
  readonly open: () => Promise<LiveSource>;
  readonly onNotice: (message: string) => void;
  /** First and last pause between tries, for tests. */
  readonly delaysMs?: readonly [number, number];
}

export class PersistentSource implements LiveSource {
  readonly name: string;
  readonly live = true;
  readonly reportsVerdicts: boolean;
  readonly fault: CaptureFault | undefined = undefined;
  readonly #options: PersistentOptions;
  readonly #change = new Gate();
  #inner: LiveSource | undefined;
  #opening: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #tries = 0;
  #stopping = false;
  /** Why it does not capture: of the last try that failed. */
  failure: string | undefined;

  constructor(options: PersistentOptions) {
    this.#options = options;
    this.name = options.name;
    this.reportsVerdicts = options.reportsVerdicts;
  }

  /** Tries once; resolves when it captures, or when the next try waits. */
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
      if (this.failure !== undefined) this.#options.onNotice(`${this.name} captures now`);
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
      this.#options.onNotice(`${this.name} does not capture: ${reason}; it is tried again`);
    }
    this.failure = reason;
    this.#timer = setTimeout(() => void this.start(), delay);
  }

  next(batch: Batch): SourceState {
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

  takeLosses(): SourceLoss[] {
    return this.#inner?.takeLosses() ?? [];
  }

  async sampleDrops(): Promise<void> {
    await this.#inner?.sampleDrops();
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

  get counters(): DecoderCounters {
    return this.#inner?.counters ?? newCounters();
  }

  get progress(): { readonly read: number; readonly total: number | undefined } {
    return this.#inner?.progress ?? { read: 0, total: undefined };
  }

  get pid(): number | undefined {
    return this.#inner?.pid;
  }
}
