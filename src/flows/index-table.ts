/**
 * The open-addressed index over the rows of one table: pairs of (hash, row + 1), 0 for an empty slot. It
 * stays on the recording thread and goes to the next window as soon as one is closed.
 */
export class IndexTable {
  slots: Int32Array;
  /** Mask of a pair number; pairs are a power of two. */
  mask: number;
  /** Rows at which the index is doubled: half of the pairs. */
  limit: number;

  constructor(pairs: number) {
    this.slots = new Int32Array(2 * pairs);
    this.mask = pairs - 1;
    this.limit = pairs >> 1;
  }

  clear(): void {
    this.slots.fill(0);
  }

  /** Doubles the index over `count` rows whose hashes stand at `hashWord` of each. */
  grow(rows: Int32Array, rowWords: number, hashWord: number, count: number): void {
    const pairs = (this.mask + 1) * 2;
    const slots = new Int32Array(2 * pairs);
    const mask = pairs - 1;
    for (let row = 0; row < count; row++) {
      const hash = rows[row * rowWords + hashWord]!;
      let slot = hash & mask;
      while (slots[2 * slot + 1] !== 0) slot = (slot + 1) & mask;
      slots[2 * slot] = hash;
      slots[2 * slot + 1] = row + 1;
    }
    this.slots = slots;
    this.mask = mask;
    this.limit = pairs >> 1;
  }
}
