import { MAX_INTEGER_ENTRIES } from './constants.ts';
import { hashWord } from './hash.ts';

/** Columns of integers: INT_32 and INT_64. */
export type Integers = Int32Array | Float64Array;

/** Numbers that lie in so small a range are told apart by a table of it, others by their hash. */
const DIRECT_RANGE = 1 << 17;
const SLOTS = 4 * MAX_INTEGER_ENTRIES;
const TWO_32 = 2 ** 32;

/** The distinct numbers of a column, in the order in which they came. Its memory is used again and again. */
export class IntegerDictionary {
  readonly entries = new Float64Array(MAX_INTEGER_ENTRIES);
  size = 0;
  /** Entry + 1 by distance from the smallest, or by hash; 0 where none is. */
  readonly #direct = new Int32Array(DIRECT_RANGE);
  readonly #slots = new Int32Array(SLOTS);

  /**
   * Numbers the first `count` values, which lie from `min` to `max`, into `indices`. False, and nothing of use, when
   * more than `most` are distinct.
   */
  build(
    values: Integers,
    count: number,
    min: number,
    max: number,
    most: number,
    indices: Int32Array,
  ): boolean {
    this.size = 0;
    const limit = Math.min(most, MAX_INTEGER_ENTRIES);
    return max - min < DIRECT_RANGE
      ? this.#buildDirect(values, count, min, max, limit, indices)
      : this.#buildHashed(values, count, limit, indices);
  }

  #buildDirect(
    values: Integers,
    count: number,
    min: number,
    max: number,
    limit: number,
    indices: Int32Array,
  ): boolean {
    const table = this.#direct;
    table.fill(0, 0, max - min + 1);
    for (let i = 0; i < count; i++) {
      const at = values[i]! - min;
      let entry = table[at]!;
      if (entry === 0) {
        if (this.size === limit) return false;
        this.entries[this.size++] = values[i]!;
        entry = this.size;
        table[at] = entry;
      }
      indices[i] = entry - 1;
    }
    return true;
  }

  #buildHashed(values: Integers, count: number, limit: number, indices: Int32Array): boolean {
    const slots = this.#slots;
    const { entries } = this;
    // Half empty at least, and no more than takes to clear for a small column.
    const size = Math.min(SLOTS, 1 << (33 - Math.clz32(2 * limit)));
    const mask = size - 1;
    slots.fill(0, 0, size);
    for (let i = 0; i < count; i++) {
      const value = values[i]!;
      let slot = hashWord((value | 0) ^ Math.imul((value / TWO_32) | 0, 0x9e3779b1)) & mask;
      let entry = slots[slot]!;
      while (entry !== 0 && entries[entry - 1] !== value) {
        slot = (slot + 1) & mask;
        entry = slots[slot]!;
      }
      if (entry === 0) {
        if (this.size === limit) return false;
        entries[this.size++] = value;
        entry = this.size;
        slots[slot] = entry;
      }
      indices[i] = entry - 1;
    }
    return true;
  }
}
