/** Open-addressed hash tables over typed arrays: what the packet path finds interfaces with. */

/** Words of an entry: five of its key, and a value. */
export const ENTRY_WORDS = 6;
const SLOT_WORDS = 2;

/** How many slots a table of `count` keys has: a power of two, at most half full. */
function slotsFor(count: number): number {
  let slots = 4;
  while (slots < 2 * count) slots *= 2;
  return slots;
}

function mix(key: number, a: number, b: number, c: number, d: number): number {
  let h = Math.imul(key ^ 0x5bd1e995, 0x2c1b3c6d) ^ a;
  h = Math.imul(h ^ (h >>> 15), 0x297a2d39) ^ b;
  h = Math.imul(h ^ (h >>> 12), 0x85ebca6b) ^ c;
  h = Math.imul(h ^ (h >>> 15), 0xc2b2ae35) ^ d;
  h = Math.imul(h ^ (h >>> 13), 0x9e3779b1);
  return h ^ (h >>> 16);
}

/**
 * Finds entries by their first five words. The entries lie in an array of the caller's (entry i at
 * ENTRY_WORDS × i) that may be shared between threads and only grows; the table itself is this thread's, or
 * a finished one in shared memory that is only read.
 */
export class EntryTable {
  readonly #entries: Int32Array;
  /** Pairs of hash and entry number + 1; 0 is an empty slot. */
  #slots: Int32Array;
  #mask: number;
  #count = 0;

  constructor(entries: Int32Array, finished?: Int32Array) {
    this.#entries = entries;
    this.#slots = finished ?? new Int32Array(SLOT_WORDS * slotsFor(512));
    this.#mask = this.#slots.length / SLOT_WORDS - 1;
  }

  /** The slots, for `finished` on another thread. */
  get slots(): Int32Array {
    return this.#slots;
  }

  /** The number of the entry with this key, -1 if there is none. */
  find(key: number, a: number, b: number, c: number, d: number): number {
    const slots = this.#slots;
    const entries = this.#entries;
    const mask = this.#mask;
    const h = mix(key, a, b, c, d);
    for (let i = h & mask; ; i = (i + 1) & mask) {
      const entry = slots[SLOT_WORDS * i + 1]! - 1;
      if (entry < 0) return -1;
      if (slots[SLOT_WORDS * i] !== h) continue;
      const at = ENTRY_WORDS * entry;
      if (
        entries[at] === key &&
        entries[at + 1] === a &&
        entries[at + 2] === b &&
        entries[at + 3] === c &&
        entries[at + 4] === d
      ) {
        return entry;
      }
    }
  }

  /** Adds an entry that is written already and whose key is not in the table. */
  insert(entry: number): void {
    if (2 * (this.#count + 1) > this.#mask + 1) this.#grow();
    const at = ENTRY_WORDS * entry;
    const e = this.#entries;
    const h = mix(e[at]!, e[at + 1]!, e[at + 2]!, e[at + 3]!, e[at + 4]!);
    place(this.#slots, this.#mask, h, entry + 1);
    this.#count++;
  }

  #grow(): void {
    const old = this.#slots;
    this.#slots = new Int32Array(2 * old.length);
    this.#mask = this.#slots.length / SLOT_WORDS - 1;
    for (let at = 0; at < old.length; at += SLOT_WORDS) {
      if (old[at + 1] !== 0) place(this.#slots, this.#mask, old[at]!, old[at + 1]!);
    }
  }
}

function place(slots: Int32Array, mask: number, h: number, value: number): void {
  let i = h & mask;
  while (slots[SLOT_WORDS * i + 1] !== 0) i = (i + 1) & mask;
  slots[SLOT_WORDS * i] = h;
  slots[SLOT_WORDS * i + 1] = value;
}

/** A finished table of five-word keys in shared memory. */
export interface SharedEntries {
  readonly entries: Int32Array;
  readonly slots: Int32Array;
}

/** Lays entries (ENTRY_WORDS words each, keys distinct) out in shared memory with a table over them. */
export function shareEntries(words: readonly number[]): SharedEntries {
  const entries = shared(words);
  const table = new EntryTable(entries);
  for (let i = 0; i < words.length / ENTRY_WORDS; i++) table.insert(i);
  return { entries, slots: shared(table.slots) };
}

/** A copy of an array in shared memory. */
export function shared(values: ArrayLike<number>): Int32Array {
  const out = new Int32Array(new SharedArrayBuffer(4 * values.length));
  out.set(values);
  return out;
}

/**
 * IPv4 addresses to numbers: pairs of address and number, one table for each scope, one after the other in
 * shared memory. `first` holds each scope's first slot, `shifts` 32 minus the logarithm of its size.
 */
export interface WordTables {
  readonly slots: Int32Array;
  readonly first: Int32Array;
  readonly shifts: Int32Array;
}

/** Multiplying by this spreads neighbouring addresses over the upper bits (Knuth's golden ratio). */
const SPREAD = 0x9e3779b1;

/** Tables of `scopes` lists of pairs (address word, number above 0); the addresses of a list are distinct. */
export function shareWords(scopes: readonly (readonly number[])[]): WordTables {
  const sizes = scopes.map((pairs) => slotsFor(pairs.length / 2));
  const slots = shared({ length: 2 * sizes.reduce((sum, size) => sum + size, 0) });
  const first = shared({ length: scopes.length });
  const shifts = shared({ length: scopes.length });
  let base = 0;
  scopes.forEach((pairs, scope) => {
    const size = sizes[scope]!;
    first[scope] = base;
    const shift = Math.clz32(size) + 1;
    shifts[scope] = shift;
    for (let p = 0; p < pairs.length; p += 2) {
      let i = Math.imul(pairs[p]!, SPREAD) >>> shift;
      while (slots[2 * (base + i) + 1] !== 0) i = (i + 1) & (size - 1);
      slots[2 * (base + i)] = pairs[p]!;
      slots[2 * (base + i) + 1] = pairs[p + 1]!;
    }
    base += size;
  });
  return { slots, first, shifts };
}

/** The number of an address word in a scope's table, 0 if it is not there. */
export function findWord(tables: WordTables, scope: number, word: number): number {
  const { slots } = tables;
  const first = tables.first[scope]!;
  const shift = tables.shifts[scope]!;
  const mask = -1 >>> shift;
  for (let i = Math.imul(word, SPREAD) >>> shift; ; i = (i + 1) & mask) {
    const at = 2 * (first + i);
    const number = slots[at + 1]!;
    if (number === 0 || slots[at] === word) return number;
  }
}
