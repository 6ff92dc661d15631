/** Lists of small values in shared memory, read one by one: nothing of them is cloned for another thread. */
import { shared } from './index-table.ts';

/** JSON texts one after the other, as UTF-8: value i lies at [offsets[i], offsets[i + 1]). */
export interface PackedValues {
  readonly bytes: Uint8Array;
  readonly offsets: Int32Array;
}

/** Packs the JSON texts of values. */
export function packTexts(texts: readonly string[]): PackedValues {
  const bytes = Buffer.from(texts.join(''), 'utf8');
  const offsets = shared({ length: texts.length + 1 });
  const ascii = texts.reduce((sum, text) => sum + text.length, 0) === bytes.length;
  let at = 0;
  texts.forEach((text, i) => {
    offsets[i] = at;
    at += ascii ? text.length : Buffer.byteLength(text, 'utf8');
  });
  offsets[texts.length] = at;
  const memory = new Uint8Array(new SharedArrayBuffer(bytes.length));
  memory.set(bytes);
  return { bytes: memory, offsets };
}

/** Value i of a list, made anew. */
export function packedValue(values: PackedValues, i: number): unknown {
  const { buffer, byteOffset } = values.bytes;
  const from = values.offsets[i]!;
  const text = Buffer.from(buffer, byteOffset + from, values.offsets[i + 1]! - from).toString('utf8');
  return JSON.parse(text);
}
