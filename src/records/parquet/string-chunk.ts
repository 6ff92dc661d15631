import type { ChunkWriter } from './chunk-writer.ts';
import {
  DICTIONARY_PAGE_COST,
  MAX_DICTIONARY_BYTES,
  MAX_PLAIN_BYTES,
  MAX_STATISTICS_BYTES,
  PAGE_BYTES,
  ROW_GROUP_ROWS,
} from './constants.ts';
import { GrowingBytes } from '../../base/growing-bytes.ts';
import { bitWidth } from './hybrid.ts';
import type { ChunkSummary } from './row-group.ts';
import type { StringDictionary } from './strings.ts';

/**
 * Encodes columns of strings, given as ids of one dictionary. A chunk has the entries that it uses, in the order of
 * their first use: what it becomes does not depend on what else the dictionary holds.
 */
export class StringChunks {
  readonly #strings: StringDictionary;
  readonly #indices = new Int32Array(ROW_GROUP_ROWS);
  /** Ids of the chunk's entries. */
  readonly #used = new Int32Array(ROW_GROUP_ROWS);
  /** By id: the entry's index in the chunk + 1; all 0 between chunks. */
  #index = new Int32Array(0);
  readonly #entries = new GrowingBytes();

  constructor(strings: StringDictionary) {
    this.#strings = strings;
  }

  /** Writes the chunk of a column's first `rows` ids. @throws {RangeError} for an id that the dictionary has not */
  write(chunk: ChunkWriter, ids: Int32Array, rows: number, name: string): ChunkSummary {
    this.#check(ids, rows, name);
    const { starts } = this.#strings;
    const index = this.#index;
    const used = this.#used;
    const indices = this.#indices;
    let count = 0;
    let entryBytes = 0;
    let plainBytes = 0;
    for (let i = 0; i < rows; i++) {
      const id = ids[i]!;
      const length = starts[id + 1]! - starts[id]!;
      let entry = index[id]!;
      if (entry === 0) {
        used[count++] = id;
        entry = count;
        index[id] = entry;
        entryBytes += length;
      }
      indices[i] = entry - 1;
      plainBytes += length;
    }
    for (let i = 0; i < count; i++) index[used[i]!] = 0;
    chunk.begin();
    const cost = entryBytes + ((rows * bitWidth(count)) >>> 3) + DICTIONARY_PAGE_COST;
    const fits = entryBytes <= MAX_DICTIONARY_BYTES || plainBytes > MAX_PLAIN_BYTES;
    if (cost < plainBytes && fits) {
      this.#entries.length = 0;
      this.#append(this.#entries, used, 0, count);
      chunk.dictionary(this.#entries.written(), count);
      chunk.openData(undefined, 0, rows);
      chunk.closeIndices(rows, indices, rows, count);
    } else this.#writePlain(chunk, ids, rows);
    return this.#end(chunk, count);
  }

  /** Ids come from outside, and what they index is not looked at again. */
  #check(ids: Int32Array, rows: number, name: string): void {
    const { size } = this.#strings;
    for (let i = 0; i < rows; i++) {
      if (ids[i]! < 0 || ids[i]! >= size) {
        throw new RangeError(`column ${name} has string ${ids[i]} in row ${i}, of ${size}`);
      }
    }
    if (this.#index.length < size) this.#index = new Int32Array(2 * size);
  }

  #writePlain(chunk: ChunkWriter, ids: Int32Array, rows: number): void {
    const { starts } = this.#strings;
    let from = 0;
    while (from < rows) {
      let bytes = 0;
      let to = from;
      for (; to < rows && bytes < PAGE_BYTES; to++) bytes += starts[ids[to]! + 1]! - starts[ids[to]!]!;
      this.#append(chunk.openData(undefined, from, to), ids, from, to);
      chunk.closePlain(to - from);
      from = to;
    }
  }

  /** Appends the entries ids[from, to), which stand in the dictionary as they are to be written. */
  #append(out: GrowingBytes, ids: Int32Array, from: number, to: number): void {
    const { starts, content } = this.#strings;
    for (let i = from; i < to;) {
      const start = starts[ids[i]!]!;
      // Neighbours are copied together.
      let next = i + 1;
      while (next < to && ids[next] === ids[next - 1]! + 1) next++;
      out.append(content.bytes.subarray(start, starts[ids[next - 1]! + 1]));
      i = next;
    }
  }

  #end(chunk: ChunkWriter, count: number): ChunkSummary {
    const strings = this.#strings;
    const used = this.#used;
    let min = used[0]!;
    let max = min;
    for (let i = 1; i < count; i++) {
      const id = used[i]!;
      if (strings.compare(id, min) < 0) min = id;
      else if (strings.compare(id, max) > 0) max = id;
    }
    const smallest = strings.bytesOf(min);
    const largest = strings.bytesOf(max);
    const short = smallest.length <= MAX_STATISTICS_BYTES && largest.length <= MAX_STATISTICS_BYTES;
    return short ? chunk.end(0, smallest, largest) : chunk.end(0, undefined, undefined);
  }
}
