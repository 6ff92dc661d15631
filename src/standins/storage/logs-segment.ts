/** Segment files on disk: written once, read in pieces. */
import { crc32 } from 'node:zlib';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import {
  columnsOf,
  decodeFooter,
  decodeTrailer,
  encodeFooter,
  MAGIC,
  type SegmentFooter,
  type SliceInfo,
  type StreamTable,
  TRAILER_BYTES,
} from './logs-format.ts';

/** A segment that cannot be what was written. */
export class DamagedSegment extends Error {
  constructor(path: string, what: string) {
    super(`${path}: ${what}`);
    this.name = 'DamagedSegment';
  }
}

/** A segment as a directory of a group lists it. */
export interface Segment {
  readonly file: string;
  readonly footer: SegmentFooter;
  /** Tells the file from one of the same name in a group that was made anew. */
  readonly stamp: string;
  /** When the file was made, milliseconds since the epoch. */
  readonly made: number;
}

/** A slice that is to be written. */
export interface EncodedSlice {
  readonly bytes: Buffer;
  readonly info: Omit<SliceInfo, 'offset'>;
}

/** The events of one stream in a slice. */
export interface EventRun {
  /** In the table of the segment. */
  readonly number: number;
  /** Of the first event; of the others in merged segments, by `origin`. */
  readonly ordinal: number;
  readonly timestamps: Float64Array;
  /** Message i is [i === 0 ? start : ends[i - 1], ends[i]) of `messages`, all less `base`. */
  readonly start: number;
  readonly base: number;
  readonly ends: Uint32Array;
  readonly messages: Buffer;
  readonly origin?: {
    readonly ingested: Float64Array;
    readonly seeds: Uint32Array;
    readonly ordinals: Uint32Array;
  };
}

/** Slices up to this size are read whole, bytes. */
const WHOLE_BYTES = 128 * 1024;
/** Symbolic links are not followed (S8.5). */
const READ = constants.O_RDONLY | constants.O_NOFOLLOW;

/** Writes a segment under a name of its own, flushed; the caller makes it visible. */
export async function writeSegment(
  path: string,
  slices:
    | Iterable<{ readonly bytes: Buffer; readonly info: Omit<SliceInfo, 'offset'> }>
    | AsyncIterable<{ readonly bytes: Buffer; readonly info: Omit<SliceInfo, 'offset'> }>,
  table: () => StreamTable,
  rest: Pick<SegmentFooter, 'replaces' | 'batches'> & {
    readonly origin?: { readonly ingested: number; readonly seed: number };
  },
): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.write(MAGIC);
    let offset = MAGIC.length;
    const infos: SliceInfo[] = [];
    for await (const { bytes, info } of slices) {
      await file.write(bytes);
      infos.push({ ...info, offset });
      offset += bytes.length;
    }
    const streams = table();
    const encoded = Buffer.from(JSON.stringify(streams));
    await file.write(encoded);
    const footer: SegmentFooter = {
      version: 1,
      ...rest,
      slices: infos,
      table: { offset, bytes: encoded.length, crc: crc32(encoded) },
      events: sum(infos, (it) => it.events),
      bytes: sum(
        infos,
        (it) => it.bytes - columnsOf(it.events, it.streams, rest.origin === undefined).messages,
      ),
      min: infos.reduce((least, it) => Math.min(least, it.min), Number.MAX_SAFE_INTEGER),
      max: infos.reduce((most, it) => Math.max(most, it.max), -1),
      ingested: streams.lastIngested.reduce((most, it) => Math.max(most, it), -1),
    };
    await file.write(encodeFooter(footer));
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Reads the footer of a segment. */
export async function readSegment(path: string, file: string): Promise<Segment> {
  const handle = await open(path, READ);
  try {
    const stat = await handle.stat();
    const trailer = decodeTrailer(await readAt(handle, stat.size - TRAILER_BYTES, TRAILER_BYTES));
    if (trailer === undefined) throw new DamagedSegment(path, 'no end of a segment');
    const body = await readAt(handle, stat.size - TRAILER_BYTES - trailer.length, trailer.length);
    const footer = decodeFooter(body, trailer.crc);
    if (footer === undefined) throw new DamagedSegment(path, 'the footer differs from its checksum');
    return { file, footer, stamp: stampOf(stat), made: stat.mtimeMs };
  } finally {
    await handle.close();
  }
}

/** An open segment. */
export class SegmentReader {
  readonly #handle: FileHandle;
  readonly #path: string;
  readonly #footer: SegmentFooter;

  private constructor(handle: FileHandle, path: string, footer: SegmentFooter) {
    this.#handle = handle;
    this.#path = path;
    this.#footer = footer;
  }

  /** undefined where the file is gone, or is another by now. */
  static async open(path: string, segment: Segment): Promise<SegmentReader | undefined> {
    const handle = await open(path, READ).catch(ignoreMissing);
    if (handle === undefined) return undefined;
    if (stampOf(await handle.stat()) === segment.stamp)
      return new SegmentReader(handle, path, segment.footer);
    await handle.close();
    return undefined;
  }

  async table(): Promise<StreamTable> {
    const { offset, bytes, crc } = this.#footer.table;
    const body = await readAt(this.#handle, offset, bytes);
    if (crc32(body) !== crc) throw new DamagedSegment(this.#path, 'the table differs from its checksum');
    return JSON.parse(body.toString('utf8')) as StreamTable;
  }

  /** The events of a slice by stream: of all, or of those in a list of numbers (rising). */
  async runs(slice: SliceInfo, wanted?: readonly number[]): Promise<EventRun[]> {
    const merged = this.#footer.origin === undefined;
    const columns = columnsOf(slice.events, slice.streams, merged);
    if (wanted === undefined || slice.bytes <= WHOLE_BYTES || wanted.length > slice.streams / 16) {
      const bytes = await readAt(this.#handle, slice.offset, slice.bytes);
      if (crc32(bytes) !== slice.crc)
        throw new DamagedSegment(this.#path, 'a slice differs from its checksum');
      const index = u32(bytes, columns.index, slice.streams * 3);
      const numbers = wanted === undefined ? undefined : new Set(wanted);
      const out: EventRun[] = [];
      for (let n = 0; n < slice.streams; n++) {
        if (numbers !== undefined && !numbers.has(index[n * 3]!)) continue;
        const [from, to] = [index[n * 3 + 1]!, index[n * 3 + 4] ?? slice.events];
        out.push({
          number: index[n * 3]!,
          ordinal: slice.ordinal + from,
          timestamps: f64(bytes, columns.timestamps, slice.events).subarray(from, to),
          start: index[n * 3 + 2]!,
          base: 0,
          ends: u32(bytes, columns.ends, slice.events).subarray(from, to),
          messages: bytes.subarray(columns.messages),
          ...(merged
            ? {
                origin: {
                  ingested: f64(bytes, columns.ingested, slice.events).subarray(from, to),
                  seeds: u32(bytes, columns.seeds, slice.events).subarray(from, to),
                  ordinals: u32(bytes, columns.ordinals, slice.events).subarray(from, to),
                },
              }
            : {}),
        });
      }
      return out;
    }
    const index = u32(
      await readAt(this.#handle, slice.offset + columns.index, slice.streams * 12),
      0,
      slice.streams * 3,
    );
    const out: EventRun[] = [];
    for (const number of wanted) {
      const n = placeOf(index, slice.streams, number);
      if (n >= 0) out.push(await this.#run(slice, index, n));
    }
    return out;
  }

  /** One stream's events, read by themselves. */
  async #run(slice: SliceInfo, index: Uint32Array, n: number): Promise<EventRun> {
    const merged = this.#footer.origin === undefined;
    const columns = columnsOf(slice.events, slice.streams, merged);
    const [from, to] = [index[n * 3 + 1]!, index[n * 3 + 4] ?? slice.events];
    const start = index[n * 3 + 2]!;
    const count = to - from;
    const piece = (column: number, size: number): Promise<Buffer> =>
      readAt(this.#handle, slice.offset + column + from * size, count * size);
    const ends = u32(await piece(columns.ends, 4), 0, count);
    const length = ends[count - 1]! - start;
    return {
      number: index[n * 3]!,
      ordinal: slice.ordinal + from,
      timestamps: f64(await piece(columns.timestamps, 8), 0, count),
      start,
      base: start,
      ends,
      messages: await readAt(this.#handle, slice.offset + columns.messages + start, length),
      ...(merged
        ? {
            origin: {
              ingested: f64(await piece(columns.ingested, 8), 0, count),
              seeds: u32(await piece(columns.seeds, 4), 0, count),
              ordinals: u32(await piece(columns.ordinals, 4), 0, count),
            },
          }
        : {}),
    };
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}

function placeOf(index: Uint32Array, streams: number, number: number): number {
  let low = 0;
  let high = streams - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const there = index[middle * 3]!;
    if (there === number) return middle;
    if (there < number) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}

/** Exactly these bytes, in memory of their own, so that columns can be laid over them. */
async function readAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const bytes = Buffer.from(new ArrayBuffer(Math.max(0, length)));
  if (position < 0) return bytes.subarray(0, 0);
  let at = 0;
  while (at < length) {
    const { bytesRead } = await handle.read(bytes, at, length - at, position + at);
    if (bytesRead === 0) break;
    at += bytesRead;
  }
  return bytes.subarray(0, at);
}

function f64(bytes: Buffer, at: number, count: number): Float64Array {
  return new Float64Array(bytes.buffer, bytes.byteOffset + at, count);
}

function u32(bytes: Buffer, at: number, count: number): Uint32Array {
  return new Uint32Array(bytes.buffer, bytes.byteOffset + at, count);
}

function stampOf(stat: { ino: number; size: number; mtimeMs: number }): string {
  return `${stat.ino}-${stat.size}-${stat.mtimeMs}`;
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, it) => total + of(it), 0);
}

/** For a file or directory that is not there: undefined; other errors pass. */
export function ignoreMissing(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
  throw error;
}
