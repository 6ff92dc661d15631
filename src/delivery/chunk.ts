/** What the writing side hands to delivery: rendered rows, once for all flow logs that share them (S6.5). */

import type { RowGroup } from '../records/parquet/row-group.ts';

/** Seconds that an S3 object covers (S6.1). */
export const SLOT_SECONDS = 300;

/** Deflated text without a header, as pieces of one gzip member (records/gzip.ts). */
export interface TextBody {
  readonly form: 'deflated-text';
  readonly pieces: readonly { readonly bytes: Uint8Array; readonly crc: number; readonly length: number }[];
}

/** Rows as row groups of a Parquet file (records/parquet), in their order. */
export interface ParquetBody {
  readonly form: 'parquet';
  readonly groups: readonly RowGroup[];
}

/** Rows as log events, or as Firehose records: the rows of a stream stand together. */
export interface EventsBody {
  readonly form: 'events';
  /** Lines of text, each with its line end. */
  readonly text: Uint8Array;
  /** Start of each line's record, Unix seconds. */
  readonly starts: Uint32Array;
  /** Runs of lines [from, to) by stream name, in the order of the text; the last ends with the text. */
  readonly streams: readonly { readonly name: string; readonly from: number; readonly to: number }[];
}

/** Rows of one window (or 600 s interval) in one slot, for one or more flow logs. */
export interface Chunk {
  /** Flow log ids, all of one destination type. */
  readonly flowLogs: readonly string[];
  /** floor(end / SLOT_SECONDS) of every row. */
  readonly slot: number;
  /** Lines of flows, and what they sum up to; NODATA and SKIPDATA lines are counted apart. */
  readonly rows: number;
  readonly statusRows: number;
  readonly packets: number;
  readonly bytes: number;
  /** Interfaces that have rows, and the time that they cover: what is said to be missing if the chunk must be
   * given up (S5.2). */
  readonly interfaces: readonly string[];
  readonly from: number;
  readonly to: number;
  readonly body: TextBody | ParquetBody | EventsBody;
}

/** Everything that one closed window brings: committed together, with one flush (S6.5). */
export interface WindowCommit {
  /** Who recorded it: `live-<generation>`, `replay-<digest>`. Part of object names (S6.2). */
  readonly producer: string;
  /** 0, 1, … in the order of the producer's commits; the same for the same input of a replay. */
  readonly sequence: number;
  readonly chunks: readonly Chunk[];
  /** Kept with the commit and given back by `begin` after a crash: whatever the recording side wants to know of
   * the last commit (S5.2). Small JSON. */
  readonly note?: unknown;
}
