/**
 * The bytes of a segment: one window's commit. Pure.
 *
 *   header   32 bytes: "WEIRSEG1", u32 index length, u32 CRC-32 of the index, u64 length of the file,
 *            u32 CRC-32 of the 24 bytes before, u32 zero (little endian)
 *   index    JSON (SegmentIndex): what is read of every segment at the start
 *   data     for each chunk its body, its layout (ChunkLayout, JSON: read when it is sent) and its cover
 *            (ChunkCover, JSON: read when it is given up)
 *
 * Each part has a CRC-32, so that a torn or damaged segment is known as one.
 */
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { RowGroupSummary } from '../records/parquet/row-group.ts';
import type { Chunk, WindowCommit } from './chunk.ts';
import { groupSize } from './group-size.ts';

const MAGIC = Buffer.from('WEIRSEG1');
export const HEADER_BYTES = 32;
/** Text of log events is checked and read in blocks of so many bytes. */
export const EVENT_BLOCK = 1024 * 1024;
/** No index is larger: a header that says so is not one. */
const INDEX_MOST = 512 * 1024 * 1024;

type Body = Chunk['body'];

/** A flow log that a chunk is for, and the how-manieth chunk of it in this commit that is (the same in a rerun). */
export interface ChunkClaim {
  readonly flowLog: string;
  readonly ordinal: number;
}

/** Where the body of a chunk begins in the file, its bytes and CRC-32; its layout and its cover follow it. */
export interface ChunkPlace {
  readonly at: number;
  readonly length: number;
  readonly crc: number;
  readonly layoutLength: number;
  readonly layoutCrc: number;
  readonly coverLength: number;
  readonly coverCrc: number;
}

export interface ChunkIndex extends ChunkPlace {
  readonly form: Body['form'];
  readonly slot: number;
  readonly rows: number;
  readonly packets: number;
  readonly bytes: number;
  /** Uncompressed bytes, and pieces that they are cut into (Parquet: row groups; events: 1). */
  readonly size: number;
  readonly pieces: number;
  /** 32 hex digits of a SHA-256 over everything in the chunk but its flow logs. */
  readonly digest: string;
  /** Pairs: index into `logs` of the segment, ordinal. */
  readonly claims: readonly number[];
}

export interface SegmentIndex {
  readonly producer: string;
  readonly sequence: number;
  /** Milliseconds since the epoch. */
  readonly committedAt: number;
  readonly note?: unknown;
  /** Flow logs of the chunks. */
  readonly logs: readonly string[];
  readonly chunks: readonly ChunkIndex[];
}

/** What is missing when a chunk is given up. */
export interface ChunkCover {
  readonly interfaces: readonly string[];
  readonly from: number;
  readonly to: number;
}

export interface ChunkLayout {
  /** Of text: for each piece its stored bytes, their CRC-32, and of the uncompressed ones CRC-32 and length. Of Parquet:
   * for each row group, with 0 for the CRC-32 of the uncompressed ones, which nobody needs. */
  readonly pieces: readonly (readonly [stored: number, storedCrc: number, crc: number, length: number])[];
  /** Of Parquet: what the footer says of each row group. */
  readonly groups?: readonly RowGroupSummary[];
  /** Of events: bytes of text, lines, CRC-32 of each block of text, CRC-32 of the starts, runs of lines. */
  readonly text: number;
  readonly lines: number;
  readonly blocks: readonly number[];
  readonly startsCrc: number;
  readonly streams: readonly (readonly [name: string, from: number, to: number])[];
}

export interface EncodedSegment {
  readonly index: SegmentIndex;
  /** One behind the other they are the file. */
  readonly buffers: readonly Uint8Array[];
  readonly bytes: number;
}

/** SHA-256 of a chunk whoever it is for, as 32 hex digits. */
export function chunkDigest(chunk: Chunk): string {
  const { slot, rows, statusRows, packets, bytes, interfaces, from, to, body } = chunk;
  const hash = createHash('sha256');
  hash.update(JSON.stringify([body.form, slot, rows, statusRows, packets, bytes, interfaces, from, to]));
  if (body.form === 'events') hash.update(JSON.stringify(body.streams));
  if (body.form === 'parquet') hash.update(JSON.stringify(body.groups.map(({ summary }) => summary)));
  for (const part of bodyParts(body)) hash.update(part);
  return hash.digest('hex').slice(0, 32);
}

/** A commit as a segment. `claims` and `digests`: one entry for each of its chunks. */
export function encodeSegment(
  commit: WindowCommit,
  claims: readonly (readonly ChunkClaim[])[],
  digests: readonly string[],
  committedAt: number,
): EncodedSegment {
  const logs = new Map<string, number>();
  const data: Uint8Array[] = [];
  const relative: ChunkIndex[] = [];
  let at = 0;
  commit.chunks.forEach((chunk, i) => {
    const flat: number[] = [];
    for (const { flowLog, ordinal } of claims[i]!) {
      if (!logs.has(flowLog)) logs.set(flowLog, logs.size);
      flat.push(logs.get(flowLog)!, ordinal);
    }
    const parts = bodyParts(chunk.body);
    const { interfaces, from, to } = chunk;
    const layout = Buffer.from(JSON.stringify(layoutOf(chunk.body)));
    const cover = Buffer.from(JSON.stringify({ interfaces, from, to } satisfies ChunkCover));
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    const crc = parts.reduce((crc, part) => crc32(part, crc), 0);
    const { slot, rows, packets, bytes } = chunk;
    relative.push({
      ...shapeOf(chunk.body),
      slot,
      rows,
      packets,
      bytes,
      at,
      length,
      crc,
      digest: digests[i]!,
      claims: flat,
      layoutLength: layout.length,
      layoutCrc: crc32(layout),
      coverLength: cover.length,
      coverCrc: crc32(cover),
    });
    data.push(...parts, layout, cover);
    at += length + layout.length + cover.length;
  });
  const index: SegmentIndex = {
    producer: commit.producer,
    sequence: commit.sequence,
    committedAt,
    ...(commit.note === undefined ? {} : { note: commit.note }),
    logs: [...logs.keys()],
    chunks: relative,
  };
  const json = Buffer.from(JSON.stringify(index));
  const start = HEADER_BYTES + json.length;
  const total = start + at;
  const header = Buffer.alloc(HEADER_BYTES);
  MAGIC.copy(header);
  header.writeUInt32LE(json.length, 8);
  header.writeUInt32LE(crc32(json), 12);
  header.writeBigUInt64LE(BigInt(total), 16);
  header.writeUInt32LE(crc32(header.subarray(0, 24)), 24);
  return { index: atFile(index, start), buffers: [header, json, ...data], bytes: total };
}

/** Whose a chunk is; `logs` are those of its segment. */
export function* claimsOf(logs: readonly string[], index: ChunkIndex): Generator<ChunkClaim> {
  for (let i = 0; i < index.claims.length; i += 2) {
    yield { flowLog: logs[index.claims[i]!]!, ordinal: index.claims[i + 1]! };
  }
}

/** The length of the index and of the file that a header tells; undefined when it is none. */
export function decodeHeader(
  header: Uint8Array,
): { readonly indexLength: number; readonly indexCrc: number; readonly bytes: number } | undefined {
  const buffer = Buffer.from(header.buffer, header.byteOffset, header.byteLength);
  if (buffer.length < HEADER_BYTES || !buffer.subarray(0, 8).equals(MAGIC)) return undefined;
  if (crc32(buffer.subarray(0, 24)) !== buffer.readUInt32LE(24)) return undefined;
  const indexLength = buffer.readUInt32LE(8);
  const bytes = Number(buffer.readBigUInt64LE(16));
  if (indexLength > INDEX_MOST || HEADER_BYTES + indexLength > bytes) return undefined;
  return { indexLength, indexCrc: buffer.readUInt32LE(12), bytes };
}

/** The index of a segment from its bytes, which have been checked. */
export function decodeIndex(json: Uint8Array): SegmentIndex {
  return atFile(JSON.parse(Buffer.from(json).toString()) as SegmentIndex, HEADER_BYTES + json.length);
}

/** Offsets in a stored index count from where the data begins: from the file's begin is what readers want. */
function atFile(index: SegmentIndex, start: number): SegmentIndex {
  return { ...index, chunks: index.chunks.map((chunk) => ({ ...chunk, at: chunk.at + start })) };
}

function bodyParts(body: Body): Uint8Array[] {
  if (body.form === 'parquet') return body.groups.map((group) => group.bytes);
  if (body.form === 'deflated-text') return body.pieces.map((piece) => piece.bytes);
  const { starts } = body;
  return [body.text, new Uint8Array(starts.buffer, starts.byteOffset, starts.byteLength)];
}

function shapeOf(body: Body): Pick<ChunkIndex, 'form' | 'size' | 'pieces'> {
  const { form } = body;
  if (form === 'events') return { form, size: body.text.length, pieces: 1 };
  if (form === 'parquet') {
    const size = body.groups.reduce((sum, { summary }) => sum + groupSize(summary), 0);
    return { form, size, pieces: body.groups.length };
  }
  const size = body.pieces.reduce((sum, piece) => sum + piece.length, 0);
  return { form, size, pieces: body.pieces.length };
}

function layoutOf(body: Body): ChunkLayout {
  const noEvents = { text: 0, lines: 0, blocks: [], startsCrc: 0, streams: [] };
  if (body.form === 'parquet') {
    const pieces = body.groups.map(
      ({ bytes, summary }) => [bytes.length, crc32(bytes), 0, groupSize(summary)] as const,
    );
    return { pieces, groups: body.groups.map(({ summary }) => summary), ...noEvents };
  }
  if (body.form === 'deflated-text') {
    const pieces = body.pieces.map(
      ({ bytes, crc, length }) => [bytes.length, crc32(bytes), crc, length] as const,
    );
    return { pieces, ...noEvents };
  }
  const { text, starts, streams } = body;
  const blocks: number[] = [];
  for (let at = 0; at < text.length; at += EVENT_BLOCK)
    blocks.push(crc32(text.subarray(at, at + EVENT_BLOCK)));
  return {
    pieces: [],
    text: text.length,
    lines: starts.length,
    blocks,
    startsCrc: crc32(bodyParts(body)[1]!),
    streams: streams.map(({ name, from, to }) => [name, from, to] as const),
  };
}
