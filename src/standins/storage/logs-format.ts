/**
 * The layout of a segment file: the events of one append, or of several that were merged. Immutable.
 *
 *   "WEIRLOG1"
 *   slices, one behind the other, each of a span of time:
 *     timestamps  f64 × events          by stream (in the order of the table), then by order of events
 *     ingested    f64 × events          only in merged segments; else the footer's
 *     seeds       u32 × events          only in merged segments; else the footer's
 *     ordinals    u32 × events          only in merged segments; else counted from the slice's `ordinal`
 *     ends        u32 × events          where the message ends
 *     index       u32 × 3 × streams     number in the table, first event, first byte of messages
 *     messages    UTF-8
 *   table       JSON: all streams, sorted by name
 *   footer      JSON
 *   trailer     u32 length of the footer, u32 CRC-32 of it, "WEIRLOG1"
 *
 * Numbers are little-endian, as on every machine that Node runs on here. Two slices overlap in time no more than
 * in the timestamp they meet at.
 */
import { crc32 } from 'node:zlib';

export const MAGIC = Buffer.from('WEIRLOG1', 'latin1');
export const TRAILER_BYTES = 16;
/** Most that a footer may weigh, bytes: of a damaged file, no more than that is read. */
export const MAX_FOOTER_BYTES = 64 * 1024 * 1024;
/** What the service counts for an event beside its message, bytes. */
export const EVENT_OVERHEAD = 26;

export interface SliceInfo {
  readonly offset: number;
  readonly bytes: number;
  readonly streams: number;
  readonly events: number;
  /** Timestamps, milliseconds. */
  readonly min: number;
  readonly max: number;
  /** Of its first event. */
  readonly ordinal: number;
  readonly crc: number;
}

export interface SegmentFooter {
  readonly version: 1;
  /** When the events came, ms, and the first half of their ids; absent in merged segments. */
  readonly origin?: { readonly ingested: number; readonly seed: number };
  readonly slices: readonly SliceInfo[];
  readonly table: { readonly offset: number; readonly bytes: number; readonly crc: number };
  readonly events: number;
  /** Of the messages. */
  readonly bytes: number;
  readonly min: number;
  readonly max: number;
  /** Of the youngest event. */
  readonly ingested: number;
  /** Files whose events are here: where one of them is still to be seen, it no longer counts. */
  readonly replaces: readonly string[];
  /** Batches whose events are here, with the time when they came: not to be appended again. */
  readonly batches: readonly (readonly [batch: string, ingested: number])[];
}

/** All streams of a segment: five columns in the order of names (by UTF-16 units). */
export interface StreamTable {
  readonly names: readonly string[];
  readonly mins: readonly number[];
  readonly maxes: readonly number[];
  readonly firstIngested: readonly number[];
  readonly lastIngested: readonly number[];
}

/** Where the columns of a slice are, from its beginning. */
export interface SliceColumns {
  readonly timestamps: number;
  readonly ingested: number;
  readonly seeds: number;
  readonly ordinals: number;
  readonly ends: number;
  readonly index: number;
  readonly messages: number;
}

export function columnsOf(events: number, streams: number, merged: boolean): SliceColumns {
  const ingested = events * 8;
  const seeds = ingested + (merged ? events * 8 : 0);
  const ordinals = seeds + (merged ? events * 4 : 0);
  const ends = ordinals + (merged ? events * 4 : 0);
  const index = ends + events * 4;
  return { timestamps: 0, ingested, seeds, ordinals, ends, index, messages: index + streams * 12 };
}

/** The end of a file: footer and trailer. */
export function encodeFooter(footer: SegmentFooter): Buffer {
  const body = Buffer.from(JSON.stringify(footer));
  const trailer = Buffer.alloc(TRAILER_BYTES);
  trailer.writeUInt32LE(body.length, 0);
  trailer.writeUInt32LE(crc32(body), 4);
  MAGIC.copy(trailer, 8);
  return Buffer.concat([body, trailer]);
}

/** Length and checksum of the footer, by the last bytes of a file; undefined for no segment. */
export function decodeTrailer(trailer: Buffer): { length: number; crc: number } | undefined {
  if (trailer.length !== TRAILER_BYTES || !trailer.subarray(8).equals(MAGIC)) return undefined;
  const length = trailer.readUInt32LE(0);
  return length > MAX_FOOTER_BYTES ? undefined : { length, crc: trailer.readUInt32LE(4) };
}

/** The footer; undefined where it is damaged. */
export function decodeFooter(body: Buffer, crc: number): SegmentFooter | undefined {
  if (crc32(body) !== crc) return undefined;
  const footer = JSON.parse(body.toString('utf8')) as SegmentFooter;
  return footer.version === 1 ? footer : undefined;
}
