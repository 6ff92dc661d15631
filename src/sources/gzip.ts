/**
 * Streaming gzip (RFC 1952): member after member, each checked against its own length and CRC.
 *
 * Written over the raw inflater and not node:zlib's Gunzip, because that one drops the last output before an
 * error, does not say where the error is, and takes a stream that is cut off for a whole one when asked not to
 * drop anything.
 */
import { constants, crc32, createInflateRaw } from 'node:zlib';
import type { InflateRaw } from 'node:zlib';
import type { CaptureFault } from '../capture/decoder.ts';

const MAGIC_0 = 0x1f;
const MAGIC_1 = 0x8b;
const METHOD_DEFLATE = 8;
const FLAG_HEADER_CRC = 2;
const FLAG_EXTRA = 4;
const FLAG_NAME = 8;
const FLAG_COMMENT = 16;
const FLAGS_RESERVED = 0xe0;
/** Longest member header that is read: name and comment are unbounded on the wire. */
const MAX_HEADER_BYTES = 1 << 17;
/** Compressed bytes given to the inflater at a time: what follows a corrupt place in them is lost with it. */
const PIECE_BYTES = 16 << 10;
const OUTPUT_BYTES = 128 << 10;
const TRAILER_BYTES = 8;

/** Why an input stopped being readable; everything before was delivered. */
export class InputFault extends Error {
  readonly fault: CaptureFault;

  constructor(fault: CaptureFault) {
    super(fault.reason);
    this.name = 'InputFault';
    this.fault = fault;
  }
}

/** Whether bytes begin a gzip member. False when there are fewer than two. */
export function isGzip(head: Uint8Array): boolean {
  return head.length >= 2 && head[0] === MAGIC_0 && head[1] === MAGIC_1;
}

/**
 * The content of a gzip stream, in pieces of at most 128 KiB. Zero padding after the last member is ignored.
 *
 * @throws {InputFault} when the stream is cut off, corrupt or followed by something else, with the offset in
 * the compressed stream (a corrupt place inside deflate data: of the 16 KiB piece that holds it).
 */
export async function* gunzip(input: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const bytes = new Compressed(input);
  try {
    for (let member = 0; ; member++) {
      if (member > 0 && (await isOver(bytes))) return;
      await skipHeader(bytes, member);
      yield* inflateMember(bytes);
    }
  } finally {
    await bytes.close();
  }
}

/** The compressed stream as a cursor: `rest` is what was read and not consumed, `offset` its place. */
class Compressed {
  rest: Uint8Array = new Uint8Array(0);
  offset = 0;
  readonly #input: AsyncIterator<Uint8Array>;

  constructor(input: AsyncIterable<Uint8Array>) {
    this.#input = input[Symbol.asyncIterator]();
  }

  /** Reads on; false at the end. */
  async more(): Promise<boolean> {
    for (;;) {
      const step = await this.#input.next();
      if (step.done === true) return false;
      if (step.value.length === 0) continue;
      this.rest = this.rest.length === 0 ? step.value : Buffer.concat([this.rest, step.value]);
      return true;
    }
  }

  /** Reads until `count` bytes are there; false when the stream ends before. */
  async need(count: number): Promise<boolean> {
    while (this.rest.length < count) if (!(await this.more())) return false;
    return true;
  }

  skip(count: number): void {
    this.rest = this.rest.subarray(count);
    this.offset += count;
  }

  async close(): Promise<void> {
    await this.#input.return?.();
  }
}

function fault(kind: CaptureFault['kind'], offset: number, what: string): InputFault {
  return new InputFault({ kind, offset, reason: `${what} (at byte ${offset} of the compressed data)` });
}

/** After a member: true at the end of the stream, zero padding included. */
async function isOver(bytes: Compressed): Promise<boolean> {
  if (!(await bytes.need(1))) return true;
  if (bytes.rest[0] !== 0) return false;
  do {
    const other = bytes.rest.findIndex((byte) => byte !== 0);
    if (other >= 0) throw garbage(bytes.offset + other);
    bytes.skip(bytes.rest.length);
  } while (await bytes.more());
  return true;
}

function garbage(offset: number): InputFault {
  return fault('corrupt', offset, 'something other than gzip follows the gzip data');
}

/** Consumes a member header (RFC 1952, section 2.3). */
async function skipHeader(bytes: Compressed, member: number): Promise<void> {
  for (;;) {
    const length = headerLength(bytes.rest);
    if (length > 0) return bytes.skip(length);
    if (length < 0 || bytes.rest.length > MAX_HEADER_BYTES) {
      if (member > 0) throw garbage(bytes.offset);
      throw fault('corrupt', bytes.offset, 'the gzip header is not valid');
    }
    if (!(await bytes.more())) throw fault('truncated', bytes.offset, 'the gzip data ends in a header');
  }
}

/** Length of the header that `b` begins with; 0 when it goes on beyond `b`, -1 when it is none. */
function headerLength(b: Uint8Array): number {
  if (b.length > 0 && b[0] !== MAGIC_0) return -1;
  if (b.length > 1 && b[1] !== MAGIC_1) return -1;
  if (b.length > 2 && b[2] !== METHOD_DEFLATE) return -1;
  if (b.length < 10) return 0;
  const flags = b[3]!;
  if ((flags & FLAGS_RESERVED) !== 0) return -1;
  let at = 10;
  if ((flags & FLAG_EXTRA) !== 0) {
    if (b.length < at + 2) return 0;
    at += 2 + (b[at]! | (b[at + 1]! << 8));
  }
  for (const flag of [FLAG_NAME, FLAG_COMMENT]) {
    if ((flags & flag) === 0) continue;
    const end = b.indexOf(0, at);
    if (end < 0) return 0;
    at = end + 1;
  }
  if ((flags & FLAG_HEADER_CRC) !== 0) at += 2;
  return at <= b.length ? at : 0;
}

/** Yields the content of one member and consumes its deflate data and trailer (RFC 1952, section 2.3.1). */
async function* inflateMember(bytes: Compressed): AsyncGenerator<Uint8Array> {
  const engine = createInflateRaw({ chunkSize: OUTPUT_BYTES, finishFlush: constants.Z_SYNC_FLUSH });
  const output: Uint8Array[] = [];
  engine.on('data', (chunk: Uint8Array) => output.push(chunk));
  // A stream emits its error once more after it told the write: nobody else listens then.
  engine.on('error', () => {});
  let crc = 0;
  let size = 0;
  try {
    for (let ended = false; !ended;) {
      if (!(await bytes.need(1))) throw fault('truncated', bytes.offset, 'the gzip data ends in the middle');
      const piece = bytes.rest.subarray(0, PIECE_BYTES);
      const before = engine.bytesWritten;
      const error = await inflatePiece(engine, piece);
      for (const chunk of output.splice(0)) {
        crc = crc32(chunk, crc);
        size = (size + chunk.length) >>> 0;
        yield chunk;
      }
      if (error !== undefined)
        throw fault('corrupt', bytes.offset, `the gzip data is corrupt: ${error.message}`);
      // The inflater leaves bytes alone only when its data has ended before them.
      const consumed = engine.bytesWritten - before;
      ended = consumed < piece.length;
      bytes.skip(consumed);
    }
  } finally {
    engine.destroy();
  }
  if (!(await bytes.need(TRAILER_BYTES)))
    throw fault('truncated', bytes.offset, 'the gzip data ends before its checksum');
  const trailer = new DataView(bytes.rest.buffer, bytes.rest.byteOffset, TRAILER_BYTES);
  if (trailer.getUint32(0, true) !== crc || trailer.getUint32(4, true) !== size)
    throw fault('corrupt', bytes.offset, 'the gzip checksum does not match what was decompressed');
  bytes.skip(TRAILER_BYTES);
}

/** Resolves when the inflater has taken what it wants of a piece, with its error if it has one. */
function inflatePiece(engine: InflateRaw, piece: Uint8Array): Promise<Error | undefined> {
  return new Promise((resolve) => {
    const done = (error?: Error | null): void => {
      engine.off('end', done);
      engine.off('error', done);
      resolve(error ?? undefined);
    };
    engine.on('end', done);
    engine.on('error', done);
    engine.write(piece, done);
  });
}
