import type { FlowBatch } from '../../capture/flow-batch.ts';
import type { FlowLossReason, FlowSourceCounters } from '../flow-source.ts';
import type { Decoding } from './decoding.ts';
import type { FlowLosses } from './losses.ts';
import type { Senders } from './senders.ts';

/** The counters of one source. */
export class Counters implements FlowSourceCounters {
  datagrams = 0;
  bytes = 0;
  packets = 0;
  rowBytes = 0;
  rows = 0;
  readonly lost: Record<FlowLossReason, number>;
  readonly #senders: Senders;
  readonly #decoding: Decoding;

  constructor(senders: Senders, decoding: Decoding, losses: FlowLosses) {
    this.#senders = senders;
    this.#decoding = decoding;
    this.lost = losses.counts;
  }

  /** Counts the rows of a batch that is given out. */
  add(batch: FlowBatch): void {
    const { count, packets, bytes } = batch;
    this.rows += count;
    for (let row = 0; row < count; row++) {
      this.packets += packets[row]!;
      this.rowBytes += bytes[row]!;
    }
  }

  get notAllowed(): number {
    return this.#senders.notAllowed;
  }

  topNotAllowed(): readonly { readonly address: string; readonly datagrams: number }[] {
    return this.#senders.refused.top().map(([address, datagrams]) => ({ address, datagrams }));
  }

  decoded(): Readonly<Record<string, number>> {
    return this.#decoding.counts();
  }
}
