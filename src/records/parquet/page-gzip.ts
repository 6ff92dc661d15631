import { crc32, deflateRawSync } from 'node:zlib';
import type { GrowingBytes } from '../../base/growing-bytes.ts';

/** Compression level of pages; the same as text's. */
export const PAGE_LEVEL = 1;
/** Largest memory of zlib's match tables: the fastest. */
const MEMORY_LEVEL = 9;
/** ID1 ID2, CM deflate, no flags, MTIME 0, XFL 0, OS 255 (unknown): the same on every machine (RFC 1952). */
const HEADER = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255);
const SPARE_BYTES = 1024;

/**
 * Appends bytes as a gzip member, in one call of zlib. Deterministic for one build of zlib.
 */
export function appendGzip(out: GrowingBytes, bytes: Uint8Array): void {
  const deflated = deflateRawSync(bytes, {
    level: PAGE_LEVEL,
    memLevel: MEMORY_LEVEL,
    // What does not compress is stored: the result is one piece.
    chunkSize: bytes.length + (bytes.length >>> 8) + SPARE_BYTES,
  });
  out.append(HEADER);
  out.append(deflated);
  out.uint32(crc32(bytes));
  out.uint32(bytes.length);
}
