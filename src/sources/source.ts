import type { Batch } from '../capture/batch.ts';
import type { CaptureFault, DecoderCounters } from '../capture/decoder.ts';

/** What `next` did: put rows into the batch, has none yet, or has ended for good. */
export type SourceState = 'rows' | 'wait' | 'end';

/** A loss that a source knows of, in packets; -1 where only the fact is known (a child died). */
export interface SourceLoss {
  /** Unix seconds between which packets are missing. */
  readonly from: number;
  readonly to: number;
  readonly packets: number;
  /** `kernel_drop`, `interface_drop`, `restart`: a label of the loss counter. */
  readonly reason: 'kernel_drop' | 'interface_drop' | 'restart';
}

/**
 * Where packets come from. Bytes are read and decoded on the caller's thread, in `next`, which never blocks
 * on a live source; `ready` is for waiting.
 */
export interface Source {
  /** As the user named it: a path, `-`, `eth0`, `nflog:5`. */
  readonly name: string;
  /** Live sources keep wall-clock time and may lose packets; the others are read to their end. */
  readonly live: boolean;
  /** NFLOG of whatever origin reports verdicts. Known once the first bytes are read. */
  readonly reportsVerdicts: boolean;
  /**
   * Clears the batch, then fills it. May be called again at once after 'rows'. After 'wait', call it again
   * when `ready` resolves (or whenever). After 'end' it keeps answering 'end'.
   */
  next(batch: Batch): SourceState;
  /** Resolves when `next` will no longer answer 'wait'. */
  ready(): Promise<void>;
  /** Losses since the last call, settled ones only. Always empty for files. */
  takeLosses(): SourceLoss[];
  readonly counters: DecoderCounters;
  /** Set when a file turned out truncated or corrupt; its readable part has been delivered. */
  readonly fault: CaptureFault | undefined;
  /** Bytes read so far and in all (undefined where unknown), for progress: of the file as it lies on disk. */
  readonly progress: { readonly read: number; readonly total: number | undefined };
  /** Lets go of files and children. Rows already decoded are dropped; call it twice without harm. A live
   * source is first asked to end (`stop`), then drained to 'end', then closed, so that nothing is lost. */
  close(): Promise<void>;
  /** Asks a live source to end: what it still holds comes out of `next`, then 'end'. Files end at once. */
  stop(): void;
}
