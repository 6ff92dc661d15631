/** Where exported flows come from: NetFlow, IPFIX and sFlow, over the network or from IPFIX files. */
import type { FlowBatch } from '../capture/flow-batch.ts';
import type { CaptureFault } from '../capture/decoder.ts';
import type { SourceState } from './source.ts';

/** A loss of exported flows. */
export interface FlowLoss {
  /** Unix seconds between which flows are missing. */
  readonly from: number;
  readonly to: number;
  /** The exporter whose flows are missing, by its number; ANY_EXPORTER where that is not known. */
  readonly exporter: number;
  /** How many units are missing, by the reason: records (estimated for v9), samples, datagrams, or data sets whose
   * template never came; -1 where only the fact is known. */
  readonly count: number;
  /** Of datagrams: dropped by the kernel at the socket, by the queue between threads, over an exporter's limit, with
   * a receiver that died, in fragments that the receiver cannot put together. Of records and samples: sequence numbers
   * that never came (S5.3), what the exporter says that it dropped itself, data that waited for its template in vain. */
  readonly reason: FlowLossReason;
}

export const FLOW_LOSS_REASONS = [
  'kernel_drop',
  'queue_full',
  'rate_limit',
  'restart',
  'fragment',
  'sequence_gap',
  'exporter_drop',
  'template_missing',
] as const;
export type FlowLossReason = (typeof FLOW_LOSS_REASONS)[number];

/** Of a FlowLoss: it may be of any exporter of the source. */
export const ANY_EXPORTER = -1;

/** Counts of a source that listens, beside those of its decoder. */
export interface FlowSourceCounters {
  /** Datagrams (messages of streams) and bytes that were read, refused ones included. */
  datagrams: number;
  bytes: number;
  /** Datagrams from addresses that are not on the allow-list. */
  notAllowed: number;
  /** Losses by reason, in their units. */
  readonly lost: Record<FlowLossReason, number>;
  /** Packets and IP bytes of all rows so far, scaled: what the identity (S1.2) begins with. */
  packets: number;
  rowBytes: number;
  rows: number;
  /** The addresses that most of the `notAllowed` came from, most first; at most 16, estimated when there are many. */
  topNotAllowed(): readonly { readonly address: string; readonly datagrams: number }[];
  /** What the decoder counted, by name: `rejected_…`, `noted_…` and its sums. For metrics and summaries. */
  decoded(): Readonly<Record<string, number>>;
}

/** A source of exported flows. Bytes are read and decoded on the caller's thread, in `next`, which never blocks. */
export interface FlowSource {
  /** As the user named it: an address and port, a path, or its name in weir.yaml. */
  readonly name: string;
  /** Live sources keep wall-clock time and may lose flows; files are read to their end. */
  readonly live: boolean;
  /** Clears the batch, then fills it. As `next` of Source. Rows of several exporters may be mixed. */
  next(batch: FlowBatch): SourceState;
  /** Resolves when `next` will no longer answer 'wait'. */
  ready(): Promise<void>;
  /** Losses since the last call, settled ones only. Always empty for files. */
  takeLosses(): FlowLoss[];
  /** Asks the kernel (and tcpdump) for drop counts; they come with the next `takeLosses`. At each window's end. */
  sampleDrops(): Promise<void>;
  /** The address of an exporter by its number in the `exporter` column, as text. */
  exporterAddress(number: number): string;
  /** False while nothing can be received: a receiver that died and is begun again. */
  readonly healthy: boolean;
  readonly counters: FlowSourceCounters;
  /** Set when a file turned out truncated or corrupt; its readable part has been delivered. */
  readonly fault: CaptureFault | undefined;
  readonly progress: { readonly read: number; readonly total: number | undefined };
  /** Asks it to end: what was received comes out of `next`, then 'end'. */
  stop(): void;
  close(): Promise<void>;
}
