/**
 * aws-chunked bodies:
 *
 *   chunk    = size-in-hex [ ";chunk-signature=" 64HEX ] CRLF data CRLF      as often as there are
 *   last     = "0" [ ";chunk-signature=" 64HEX ] CRLF
 *   trailer  = name ":" value ( LF | CRLF )                                  of a body with trailers
 *              "x-amz-trailer-signature:" 64HEX ( LF | CRLF )                where chunks are signed
 *   end      = CRLF
 *
 * Data is handed on as it comes, ahead of its chunk's signature: whoever draws it must throw it away when drawing
 * fails.
 */
import { createHash } from 'node:crypto';
import { ServiceError } from '../base/service-error.ts';
import type { ChunkSignatures } from './chunk-signatures.ts';
import { signingError } from './errors.ts';

export interface ChunkedOptions {
  /** undefined where chunks are not signed. */
  readonly signatures: ChunkSignatures | undefined;
  /** Whether trailers follow. */
  readonly trailer: boolean;
  /** What x-amz-decoded-content-length says; undefined where nothing does. */
  readonly decodedLength: number | undefined;
}

/** Longest line of a frame: size and signature, or a trailer. */
const LONGEST_LINE = 1024;
const MOST_TRAILERS = 16;
/** A signed chunk is believed only when it is whole, an unsigned one at once: no bound but the body's. */
const HEADER = /^([0-9a-fA-F]{1,13})(?:;chunk-signature=([0-9a-f]{64}))?$/;
const TRAILER_SIGNATURE = 'x-amz-trailer-signature';

/** The data of a body in chunks; its trailers when it has been drawn to its end. */
export class ChunkedBody implements AsyncIterable<Uint8Array> {
  /** Names in lower case. */
  readonly trailers = new Map<string, string>();
  readonly #input: FrameReader;
  readonly #options: ChunkedOptions;

  constructor(source: AsyncIterable<Uint8Array>, options: ChunkedOptions) {
    this.#input = new FrameReader(source);
    this.#options = options;
  }

  /** Throws a ServiceError for a frame that is malformed or cut off, and for a signature that is wrong. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    const { signatures, trailer, decodedLength } = this.#options;
    let total = 0;
    for (;;) {
      const [, hex, signature] = HEADER.exec(await this.#input.line()) ?? malformed();
      if ((signatures === undefined) !== (signature === undefined)) malformed();
      const size = Number.parseInt(hex!, 16);
      total += size;
      if (decodedLength !== undefined && total > decodedLength) throw incomplete();
      const hash = signatures === undefined ? undefined : createHash('sha256');
      for (let left = size; left > 0;) {
        const piece = await this.#input.take(left);
        hash?.update(piece);
        left -= piece.length;
        yield piece;
      }
      if (hash !== undefined) signatures!.chunk(signature!, hash.digest('hex'));
      if (size === 0) break;
      if ((await this.#input.line()) !== '') malformed();
    }
    if (decodedLength !== undefined && total !== decodedLength) throw incomplete();
    if (trailer) await this.#readTrailers();
    else if ((await this.#input.line()) !== '') malformed();
    await this.#input.end();
  }

  async #readTrailers(): Promise<void> {
    let lines = '';
    let signature: string | undefined;
    for (;;) {
      const line = await this.#input.line();
      if (line === '') break;
      const colon = line.indexOf(':');
      if (colon < 1 || signature !== undefined || this.trailers.size === MOST_TRAILERS) malformed();
      const name = line.slice(0, colon).toLowerCase();
      const value = line.slice(colon + 1).trim();
      if (name === TRAILER_SIGNATURE) signature = value;
      else {
        if (this.trailers.has(name)) malformed();
        this.trailers.set(name, value);
        lines += `${name}:${value}\n`;
      }
    }
    const { signatures } = this.#options;
    if (signatures === undefined) {
      if (signature !== undefined) malformed();
    } else if (signature === undefined) throw signingError('s3', 'signature differs');
    else signatures.trailer(signature, lines);
  }
}

/** Lines and data from pieces as they come. */
class FrameReader {
  readonly #source: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array(0);

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** A line without its end; an end of input counts as that of an empty line. */
  async line(): Promise<string> {
    let text = '';
    for (;;) {
      const end = this.#rest.indexOf(0x0a);
      const part = end < 0 ? this.#rest : this.#rest.subarray(0, end);
      if (text.length + part.length > LONGEST_LINE) malformed();
      text += Buffer.from(part.buffer, part.byteOffset, part.length).toString('latin1');
      if (end >= 0) {
        this.#rest = this.#rest.subarray(end + 1);
        return text.endsWith('\r') ? text.slice(0, -1) : text;
      }
      if (!(await this.#more())) {
        if (text !== '') throw incomplete();
        return '';
      }
    }
  }

  /** At least one byte, at most `most`. */
  async take(most: number): Promise<Uint8Array> {
    if (this.#rest.length === 0 && !(await this.#more())) throw incomplete();
    const piece = this.#rest.subarray(0, most);
    this.#rest = this.#rest.subarray(piece.length);
    return piece;
  }

  /** Nothing may follow. */
  async end(): Promise<void> {
    if (this.#rest.length > 0 || (await this.#more())) malformed();
  }

  async #more(): Promise<boolean> {
    for (;;) {
      const { value, done } = await this.#source.next();
      if (done === true) {
        this.#rest = new Uint8Array(0);
        return false;
      }
      if (value.length === 0) continue;
      this.#rest = value;
      return true;
    }
  }
}

function incomplete(): ServiceError {
  return new ServiceError(
    'IncompleteBody',
    'The request body terminated unexpectedly, or is not of the length that was declared.',
  );
}

function malformed(): never {
  throw new ServiceError('InvalidRequest', 'The body of the request is not well-formed aws-chunked.');
}
