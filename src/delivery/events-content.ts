/** Records for log groups and streams, read back from the spool a block at a time. */
import { crc32 } from 'node:zlib';
import type { RefusedEvents, StreamEvents } from '../standins/storage/log-storage.ts';
import type { StreamRecords } from '../standins/storage/stream-storage.ts';
import type { SpooledChunk } from './content.ts';
import { EventBatch } from './event-batch.ts';
import { RecordBatch } from './record-batch.ts';
import { EVENT_BLOCK } from './segment.ts';
import { Damaged } from './spool.ts';
import type { Spool } from './spool.ts';

const NEWLINE = 10;

/**
 * Log events of chunks, in order, as appends of at most about `most` bytes of messages each.
 * @throws {Damaged}
 */
export function* eventBatches(
  spool: Spool,
  chunks: readonly SpooledChunk[],
  most: number,
): Generator<readonly StreamEvents[]> {
  const batch = new EventBatch();
  for (const chunk of chunks) {
    for (const { stream, start, text, from, to } of linesOf(spool, chunk)) {
      batch.add(stream, start * 1000, text, from, to);
      if (batch.bytes >= most) yield batch.take();
    }
  }
  if (batch.bytes > 0) yield batch.take();
}

/**
 * Of each chunk the share that was refused: 0 to 1. `refused`: by the number of the append that eventBatches() made.
 * @throws {Damaged}
 */
export function refusedShares(
  spool: Spool,
  chunks: readonly SpooledChunk[],
  most: number,
  refused: ReadonlyMap<number, readonly RefusedEvents[]>,
): number[] {
  let append = 0;
  let bytes = 0;
  /** By stream: how many of its events are in the append so far. */
  const seen = new Map<string, number>();
  let events = refusedOf(refused, append);
  return chunks.map((chunk) => {
    let lines = 0;
    let count = 0;
    for (const { stream, from, to } of linesOf(spool, chunk)) {
      const at = seen.get(stream) ?? 0;
      seen.set(stream, at + 1);
      lines++;
      if (events.get(stream)?.has(at) === true) count++;
      bytes += to - from;
      if (bytes < most) continue;
      events = refusedOf(refused, ++append);
      bytes = 0;
      seen.clear();
    }
    return lines === 0 ? 0 : count / lines;
  });
}

/** By stream: the places of what was refused of an append. */
function refusedOf(
  refused: ReadonlyMap<number, readonly RefusedEvents[]>,
  append: number,
): Map<string, Set<number>> {
  const out = new Map<string, Set<number>>();
  for (const { stream, events } of refused.get(append) ?? []) {
    const places = out.get(stream) ?? new Set();
    out.set(stream, places);
    for (const place of events) places.add(place);
  }
  return out;
}

/**
 * Records of a stream, in order, as puts within `most`.
 * @throws {Damaged}
 */
export function* recordBatches(
  spool: Spool,
  chunks: readonly SpooledChunk[],
  most: { readonly records: number; readonly bytes: number },
): Generator<StreamRecords> {
  const batch = new RecordBatch(most.records, most.bytes);
  for (const chunk of chunks) {
    for (const { text, from, to } of linesOf(spool, chunk)) {
      if (batch.add(text, from, to)) continue;
      yield batch.take();
      batch.add(text, from, to);
    }
  }
  if (batch.records > 0) yield batch.take();
}

/** A line is text[from, to), without its end. */
interface Line {
  stream: string;
  /** Unix seconds. */
  start: number;
  text: Buffer;
  from: number;
  to: number;
}

/** The lines of a chunk; the same object each time. */
function* linesOf(spool: Spool, { segment, place }: SpooledChunk): Generator<Readonly<Line>, void, void> {
  const { text, lines, blocks, startsCrc, streams } = spool.layout(segment, place);
  const damaged = (what: string): Damaged => new Damaged(`segment ${segment}: ${what} of log events`);
  const raw = spool.reading(segment, (read) => read(place.at + text, lines * 4));
  if (crc32(raw) !== startsCrc) throw damaged('damaged times');
  const starts = new Uint32Array(raw.buffer.slice(raw.byteOffset, raw.byteOffset + raw.byteLength));
  const found: Line = { stream: '', start: 0, text: raw, from: 0, to: 0 };
  let line = 0;
  let run = 0;
  let rest: Buffer = Buffer.alloc(0);
  for (let block = 0; block * EVENT_BLOCK < text; block++) {
    const at = block * EVENT_BLOCK;
    const length = Math.min(EVENT_BLOCK, text - at);
    const bytes = spool.reading(segment, (read) => read(place.at + at, length));
    if (crc32(bytes) !== blocks[block]) throw damaged('damaged text');
    const some = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
    let from = 0;
    for (let to = some.indexOf(NEWLINE); to >= 0; to = some.indexOf(NEWLINE, from)) {
      while (run < streams.length && streams[run]![2] <= line) run++;
      const stream = streams[run];
      if (line >= lines || stream === undefined) throw damaged('more lines than times or streams');
      found.stream = stream[0];
      found.start = starts[line++]!;
      found.text = some;
      found.from = from;
      found.to = to;
      from = to + 1;
      yield found;
    }
    rest = some.subarray(from);
  }
  if (line !== lines || rest.length > 0) throw damaged('fewer lines than times');
}
