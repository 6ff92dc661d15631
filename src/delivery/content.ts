/** Objects as they are sent, read back from the spool a piece at a time. */
import { crc32 } from 'node:zlib';
import { deflatePiece, GzipMember } from '../records/gzip.ts';
import { ParquetFile } from '../records/parquet/file.ts';
import type { ChunkLayout, ChunkPlace } from './segment.ts';
import type { Spool } from './spool.ts';
import { Damaged } from './spool.ts';
import type { ObjectTarget } from './target.ts';

/** Where a chunk is. */
export interface SpooledChunk {
  readonly segment: number;
  readonly place: ChunkPlace;
}

/** Pieces [from, to) of a chunk: of text, or row groups. */
export interface PieceRange extends SpooledChunk {
  readonly from: number;
  readonly to: number;
}

/** The first and the last bytes of an object, and what must be known of the pieces in between. */
interface Frame {
  begin(): Uint8Array;
  /** Takes piece `i` of a chunk. */
  add(layout: ChunkLayout, i: number, segment: number): void;
  end(): Uint8Array;
}

/**
 * A gzip member of the header line and pieces of chunks, or a Parquet file of row groups. No more than one piece is in
 * memory at a time; no file stays open between pieces, however long the reader takes. The same ranges give the same
 * bytes.
 * @throws {Damaged}
 */
export async function* objectBody(
  spool: Spool,
  to: ObjectTarget,
  ranges: readonly PieceRange[],
): AsyncGenerator<Uint8Array> {
  const frame = to.layout?.format === 'parquet' ? parquetFrame(to) : textFrame(to);
  yield frame.begin();
  for (const range of ranges) {
    const { segment, place } = range;
    const layout = spool.layout(segment, place);
    let at = place.at;
    for (let i = 0; i < range.to; i++) {
      const [stored, storedCrc] = layout.pieces[i]!;
      if (i >= range.from) {
        const bytes = spool.reading(segment, (read) => read(at, stored));
        if (crc32(bytes) !== storedCrc) throw new Damaged(`segment ${segment}: a piece of rows is damaged`);
        frame.add(layout, i, segment);
        yield bytes;
      }
      at += stored;
    }
  }
  yield frame.end();
}

/** What a piece counts for where parts are cut, of each piece of a chunk. @throws {Damaged} */
export function pieceSizes(spool: Spool, { segment, place }: SpooledChunk): number[] {
  return spool.layout(segment, place).pieces.map((piece) => piece[3]);
}

/** What an object of a target holds beside its pieces, uncompressed bytes. */
export function frameSize(to: ObjectTarget): number {
  if (to.layout?.format !== 'parquet') return Buffer.byteLength(to.header);
  const frame = parquetFrame(to);
  return frame.begin().length + frame.end().length;
}

function textFrame({ header }: ObjectTarget): Frame {
  const member = new GzipMember();
  return {
    begin() {
      const first = deflatePiece(Buffer.from(header));
      member.add(first);
      return Buffer.concat([member.header(), first.bytes]);
    },
    add({ pieces }, i) {
      const [, , crc, length] = pieces[i]!;
      member.add({ crc, length });
    },
    end: () => member.trailer(),
  };
}

function parquetFrame({ layout }: ObjectTarget): Frame {
  const file = new ParquetFile(layout?.columns ?? []);
  return {
    begin: () => file.header(),
    add({ groups }, i, segment) {
      const group = groups?.[i];
      if (group === undefined) throw new Damaged(`segment ${segment}: rows of a chunk are no row groups`);
      file.add(group);
    },
    end: () => file.trailer(),
  };
}
