import type { ChunkWriter } from './chunk-writer.ts';
import { DICTIONARY_PAGE_COST, ROW_GROUP_ROWS } from './constants.ts';
import { GrowingBytes } from '../../base/growing-bytes.ts';
import { bitWidth } from './hybrid.ts';
import { IntegerDictionary } from './integer-dictionary.ts';
import type { Integers } from './integer-dictionary.ts';
import type { ChunkSummary } from './row-group.ts';

/** What stands for null in a batch's INT_32 column; no value of a record's is this small. */
export const NULL_INT32: number = -(2 ** 31);
/** What stands for null in a batch's INT_64 column, whose whole numbers go from -2^53 to 2^53. */
export const NULL_INT64: number = Number.NaN;

const MOST_INT64 = 2 ** 53;
const TWO_32 = 2 ** 32;

/** Encodes columns of integers. Its memory, enough for any row group, is used again. */
export class IntegerChunks {
  readonly #dictionary = new IntegerDictionary();
  readonly #indices = new Int32Array(ROW_GROUP_ROWS);
  readonly #levels = new Int32Array(ROW_GROUP_ROWS);
  readonly #entries = new GrowingBytes();
  #present32 = new Int32Array(0);
  #present64 = new Float64Array(0);

  /**
   * Writes the chunk of a column's first `rows` values: INT_32 of an Int32Array, INT_64 of a Float64Array, `name` for
   * messages. One data page. @throws {RangeError} for a number that is no INT_64
   */
  write(chunk: ChunkWriter, values: Integers, rows: number, name: string): ChunkSummary {
    const bytes = values instanceof Int32Array ? 4 : 8;
    const present = this.#present(values, rows);
    const { count } = present;
    let min = Infinity;
    let max = -Infinity;
    let whole = true;
    for (let i = 0; i < count; i++) {
      const value = present.values[i]!;
      if (value < min) min = value;
      if (value > max) max = value;
      if (Math.floor(value) !== value) whole = false;
    }
    if (count > 0 && (!whole || min < -MOST_INT64 || max > MOST_INT64)) {
      throw new RangeError(`column ${name} has a number that is not whole or beyond 2^53`);
    }
    chunk.begin();
    const levels = count === rows ? undefined : this.#levels;
    if (this.#buildDictionary(present.values, count, min, max, bytes)) {
      const { entries, size } = this.#dictionary;
      this.#entries.length = 0;
      appendPlain(this.#entries, entries, size, bytes);
      chunk.dictionary(this.#entries.written(), size);
      chunk.openData(levels, 0, rows);
      chunk.closeIndices(rows, this.#indices, count, size);
    } else {
      appendPlain(chunk.openData(levels, 0, rows), present.values, count, bytes);
      chunk.closePlain(rows);
    }
    if (count === 0) return chunk.end(rows, undefined, undefined);
    return chunk.end(rows - count, plainBytes(min, bytes), plainBytes(max, bytes));
  }

  /** The values that are not null, in order; where there are nulls, the levels are filled in. */
  #present(values: Integers, rows: number): { readonly values: Integers; readonly count: number } {
    const levels = this.#levels;
    let count = 0;
    if (values instanceof Int32Array) {
      for (let i = 0; i < rows; i++) {
        const there = values[i] === NULL_INT32 ? 0 : 1;
        levels[i] = there;
        count += there;
      }
    } else {
      for (let i = 0; i < rows; i++) {
        const there = Number.isNaN(values[i]!) ? 0 : 1;
        levels[i] = there;
        count += there;
      }
    }
    if (count === rows) return { values, count };
    const present = this.#room(values, rows);
    for (let i = 0, next = 0; i < rows; i++) if (levels[i] === 1) present[next++] = values[i]!;
    return { values: present, count };
  }

  #room(values: Integers, rows: number): Integers {
    if (values instanceof Int32Array) {
      if (this.#present32.length < rows) this.#present32 = new Int32Array(rows);
      return this.#present32;
    }
    if (this.#present64.length < rows) this.#present64 = new Float64Array(rows);
    return this.#present64;
  }

  /** True when a dictionary is built, and takes less than the values themselves. */
  #buildDictionary(values: Integers, count: number, min: number, max: number, bytes: number): boolean {
    const dictionary = this.#dictionary;
    const spare = count * bytes - DICTIONARY_PAGE_COST;
    const most = Math.floor(spare / bytes);
    if (most < 1 || !dictionary.build(values, count, min, max, Math.min(most, count), this.#indices))
      return false;
    return dictionary.size * bytes + ((count * bitWidth(dictionary.size)) >>> 3) < spare;
  }
}

/** Appends so many numbers in PLAIN encoding: little-endian two's complement of 4 or 8 bytes. */
function appendPlain(out: GrowingBytes, values: Integers, count: number, bytes: number): void {
  out.reserve(count * bytes);
  const { view } = out;
  let at = out.length;
  if (bytes === 4) {
    for (let i = 0; i < count; i++, at += 4) view.setInt32(at, values[i]!, true);
  } else {
    for (let i = 0; i < count; i++, at += 8) {
      const value = values[i]!;
      view.setUint32(at, value >>> 0, true);
      view.setInt32(at + 4, Math.floor(value / TWO_32), true);
    }
  }
  out.length = at;
}

function plainBytes(value: number, bytes: number): Uint8Array {
  const out = new GrowingBytes();
  appendPlain(out, Float64Array.of(value), 1, bytes);
  return out.written();
}
