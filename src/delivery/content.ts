/** What is sent, read back from the spool a piece at a time. */
import { crc32 } from 'node:zlib';
import { deflatePiece, GzipMember } from '../records/gzip.ts';
import type { StreamEvents } from '../standins/storage/log-storage.ts';
import { EventBatch } from './event-batch.ts';
import { EVENT_BLOCK } from './segment.ts';
import type { ChunkPlace } from './segment.ts';
import type { Spool } from './spool.ts';
import { Damaged } from './spool.ts';

const NEWLINE = 10;

/** Where a chunk is. */
export interface SpooledChunk {
  readonly segment: number;
  readonly place: ChunkPlace;
}

/** Pieces [from, to) of a chunk of text. */
export interface TextRange extends SpooledChunk {
  readonly from: number;
  readonly to: number;
}

/**
 * A gzip member: the header line, then pieces of chunks. No more than one piece is in memory at a time; no file stays
 * open between pieces, however long the reader takes.
 * @throws {Damaged}
 */
export async function* objectBody(
  spool: Spool,
  header: string,
  ranges: readonly TextRange[],
): AsyncGenerator<Uint8Array> {
  const member = new GzipMember();
  const first = deflatePiece(Buffer.from(header));
  member.add(first);
  yield Buffer.concat([member.header(), first.bytes]);
  for (const range of ranges) {
    const { pieces } = spool.layout(range.segment, range.place);
    let at = range.place.at;
    for (let i = 0; i < range.to; i++) {
      const [stored, storedCrc, crc, length] = pieces[i]!;
      if (i >= range.from) {
        const bytes = spool.reading(range.segment, (read) => read(at, stored));
        if (crc32(bytes) !== storedCrc)
          throw new Damaged(`segment ${range.segment}: a piece of text is damaged`);
        member.add({ crc, length });
        yield bytes;
      }
      at += stored;
    }
  }
  yield member.trailer();
}

/** Uncompressed bytes of each piece of a chunk of text. @throws {Damaged} */
export function pieceSizes(spool: Spool, { segment, place }: SpooledChunk): number[] {
  return spool.layout(segment, place).pieces.map((piece) => piece[3]);
}

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
    for (const _ of addLines(spool, chunk, batch)) {
      if (batch.bytes >= most) yield batch.take();
    }
  }
  if (batch.bytes > 0) yield batch.take();
}

/** Adds the lines of a chunk to a batch, and stops after each. */
function* addLines(spool: Spool, { segment, place }: SpooledChunk, batch: EventBatch): Generator<void> {
  const { text, lines, blocks, startsCrc, streams } = spool.layout(segment, place);
  const damaged = (what: string): Damaged => new Damaged(`segment ${segment}: ${what} of log events`);
  const raw = spool.reading(segment, (read) => read(place.at + text, lines * 4));
  if (crc32(raw) !== startsCrc) throw damaged('damaged times');
  const starts = new Uint32Array(raw.buffer.slice(raw.byteOffset, raw.byteOffset + raw.byteLength));
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
      batch.add(stream[0], starts[line++]! * 1000, some, from, to);
      from = to + 1;
      yield;
    }
    rest = some.subarray(from);
  }
  if (line !== lines || rest.length > 0) throw damaged('fewer lines than times');
}
