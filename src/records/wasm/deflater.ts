/**
 * Deflate (RFC 1951) for lines of records: smaller than zlib's level 1 makes them, in half of the time, and the same bytes
 * with every Node. It is WebAssembly (wasm/deflate).
 */
import { recordsInstance } from './instance.ts';

/**
 * Deflates bytes, without a final block, and ends on a byte with a sync flush (an empty stored block): such outputs can be
 * put behind one another. The result is the caller's.
 */
export function deflate(bytes: Uint8Array): Uint8Array {
  const most = maxBlock();
  if (bytes.length <= most) return deflateBlock(bytes);
  const blocks: Uint8Array[] = [];
  for (let from = 0; from < bytes.length; from += most) {
    blocks.push(deflateBlock(bytes.subarray(from, from + most)));
  }
  return Buffer.concat(blocks);
}

/** Bytes that may refer to one another at most. */
export function maxBlock(): number {
  return recordsInstance().exports.maxBlock.value;
}

function deflateBlock(bytes: Uint8Array): Uint8Array {
  const { exports, bytes: memory } = recordsInstance();
  // Lines that were printed stand in the memory already.
  const inside = bytes.buffer === memory.buffer;
  const from = inside ? bytes.byteOffset : exports.block.value;
  if (!inside) memory.set(bytes, from);
  const output = exports.output.value;
  return memory.slice(output, output + exports.deflate(from, bytes.length));
}
