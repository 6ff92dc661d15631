import { crc32 } from 'node:zlib';
import { crc32Combine } from './crc.ts';
import { deflate } from './wasm/deflater.ts';

/**
 * One gzip member (RFC 1952) out of pieces that are deflated apart, on any threads (S6.4). Each piece ends
 * on a byte with a sync flush (an empty stored block, RFC 1951 section 3.2.4) and has no final block, so
 * pieces can be put behind one another; the trailer brings the final block, and the CRC and length of all.
 */

/** ID1 ID2, CM deflate, no flags, MTIME 0, XFL 0, OS 255 (unknown): the same on every machine. */
const HEADER = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255);
/** A final block with fixed codes and nothing in it. */
const FINAL_BLOCK = Uint8Array.of(3, 0);
const TWO_32 = 2 ** 32;

/** A deflated piece and what the trailer must know of it. */
export interface DeflatedPiece {
  readonly bytes: Uint8Array;
  /** CRC-32 of the uncompressed bytes, unsigned. */
  readonly crc: number;
  /** Uncompressed bytes. */
  readonly length: number;
}

/**
 * Deflates bytes as a piece of a member, on the calling thread: the same bytes on every machine. A piece cannot refer back
 * into the one before: smaller ones cost size. The result does not share memory with `bytes`.
 */
export function deflatePiece(bytes: Uint8Array): DeflatedPiece {
  if (bytes.length === 0) return { bytes: new Uint8Array(0), crc: 0, length: 0 };
  return { bytes: deflate(bytes), crc: crc32(bytes), length: bytes.length };
}

/**
 * Keeps the sums of a member. Write header(), the bytes of every piece in the order of add(), and trailer().
 * A member without pieces is a valid empty one.
 */
export class GzipMember {
  #crc = 0;
  #length = 0;

  /** The ten bytes that a member begins with. */
  header(): Uint8Array {
    return HEADER.slice();
  }

  /** Takes the next piece into the sums. */
  add(piece: Pick<DeflatedPiece, 'crc' | 'length'>): void {
    this.#crc = crc32Combine(this.#crc, piece.crc, piece.length);
    this.#length += piece.length;
  }

  /** Uncompressed bytes so far. */
  get length(): number {
    return this.#length;
  }

  /** The final block, the CRC-32 and the length modulo 2^32 of all pieces. */
  trailer(): Uint8Array {
    const out = new Uint8Array(FINAL_BLOCK.length + 8);
    out.set(FINAL_BLOCK);
    const view = new DataView(out.buffer);
    view.setUint32(FINAL_BLOCK.length, this.#crc, true);
    view.setUint32(FINAL_BLOCK.length + 4, this.#length % TWO_32, true);
    return out;
  }
}
