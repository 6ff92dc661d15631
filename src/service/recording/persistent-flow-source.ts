/**
 * A source of exported flows that may not be able to listen yet: its port is in use, its address not there. It is tried
 * again, with back-off, for as long as the recording runs; until it listens it is unhealthy and sees nothing.
 */
import { messageOf } from '../../base/errors.ts';
import type { FlowBatch } from '../../capture/flow-batch.ts';
import type { CaptureFault } from '../../capture/decoder.ts';
import type { FlowListener } from '../../sources/exports/options.ts';
import {
  FLOW_LOSS_REASONS,
  type FlowLoss,
  type FlowLossReason,
  type FlowSource,
  type FlowSourceCounters,
} from '../../sources/flow-source.ts';
import { Gate } from '../../sources/intake.ts';
import type { SourceState } from '../../sources/source.ts';

const FIRST_DELAY_MS = 1000;
const LAST_DELAY_MS = 30_000;

export interface PersistentFlowOptions {
  /** As the configuration names it: a label, and what interfaces are bound to. */
  readonly name: string;
  /** One try; what dies later is the opened source's own to mend. */
  readonly open: () => Promise<FlowListener>;
  /** Told where it listens, and why it does not, one clause each. */
  readonly onNotice: (message: string) => void;
  /** First and last pause between tries, for tests. */
  readonly delaysMs?: readonly [number, number];
}

export class PersistentFlowSource implements FlowSource {
  readonly name: string;
  readonly live = true;
  readonly fault: CaptureFault | undefined = undefined;
  readonly #options: PersistentFlowOptions;
  readonly #change = new Gate();
  readonly #none = noFlows();
  #inner: FlowListener | undefined;
  #opening: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #tries = 0;
  #stopping = false;
  /** Why it does not listen: of the last try that failed. */
  failure: string | undefined;

  constructor(options: PersistentFlowOptions) {
    this.#options = options;
    this.name = options.name;
  }

  /** Tries once; resolves when it listens, or when the next try waits. */
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
      const { host, port } = inner.address;
      if (this.failure !== undefined)
        this.#options.onNotice(`${this.name} listens now on ${host} port ${port}`);
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
      this.#options.onNotice(`${this.name} does not listen: ${reason}; it is tried again`);
    }
    this.failure = reason;
    this.#timer = setTimeout(() => void this.start(), delay);
  }

  /** Where it listens; undefined while it does not. */
  get address(): FlowListener['address'] | undefined {
    return this.#inner?.address;
  }

  next(batch: FlowBatch): SourceState {
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

  takeLosses(): FlowLoss[] {
    return this.#inner?.takeLosses() ?? [];
  }

  async sampleDrops(): Promise<void> {
    await this.#inner?.sampleDrops();
  }

  exporterAddress(number: number): string {
    return this.#inner?.exporterAddress(number) ?? `exporter ${number}`;
  }

  get healthy(): boolean {
    return this.#inner?.healthy ?? false;
  }

  get counters(): FlowSourceCounters {
    return this.#inner?.counters ?? this.#none;
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

function noFlows(): FlowSourceCounters {
  const lost = Object.fromEntries(FLOW_LOSS_REASONS.map((reason) => [reason, 0]));
  return {
    datagrams: 0,
    bytes: 0,
    notAllowed: 0,
    lost: lost as Record<FlowLossReason, number>,
    packets: 0,
    rowBytes: 0,
    rows: 0,
    topNotAllowed: () => [],
    decoded: () => ({}),
  };
}
