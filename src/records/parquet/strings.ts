import { GrowingBytes } from '../../base/growing-bytes.ts';
import { hashRange } from './hash.ts';

/** Bytes of the length that stands before a string. */
const LENGTH_BYTES = 4;
const FIRST_ENTRIES = 1 << 10;
/** Words of a slot: hash, id + 1 (0 where none is), where its bytes begin, how many they are. */
const SLOT = 4;

/**
 * The distinct strings of a row group, numbered from 0 in the order in which they came. Each stands in `content` as
 * Parquet's PLAIN encoding has it: its length in four bytes, little-endian, and its bytes.
 */
export class StringDictionary {
  readonly content: GrowingBytes = new GrowingBytes();
  /** Where each entry's length begins in the content; entry `size` is where the next one will. Replaced when it grows. */
  starts: Int32Array<ArrayBuffer> = new Int32Array(FIRST_ENTRIES);
  /** How many entries there are: ids are smaller. */
  size = 0;
  #slots = new Int32Array(SLOT * 2 * FIRST_ENTRIES);

  /** Bytes that the entries take. */
  get bytes(): number {
    return this.content.length;
  }

  /** The id of some bytes, which are copied. */
  ofBytes(bytes: Uint8Array): number {
    return this.ofRange(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), 0, bytes.length);
  }

  /** The id of the bytes [from, to) of a view, which are copied. Allocates nothing for a known string. */
  ofRange(view: DataView, from: number, to: number): number {
    const length = to - from;
    const hash = hashRange(view, from, to);
    const slots = this.#slots;
    const mask = slots.length / SLOT - 1;
    let slot = hash & mask;
    for (;;) {
      const at = SLOT * slot;
      const entry = slots[at + 1]!;
      if (entry === 0) return this.#add(view, from, length, hash, at);
      if (
        slots[at] === hash &&
        slots[at + 3] === length &&
        sameBytes(this.content.view, slots[at + 2]!, view, from, length)
      ) {
        return entry - 1;
      }
      slot = (slot + 1) & mask;
    }
  }

  /** The bytes of an entry, without its length: a view, valid until the next entry. */
  bytesOf(id: number): Uint8Array {
    return this.content.bytes.subarray(this.starts[id]! + LENGTH_BYTES, this.starts[id + 1]);
  }

  /** Compares the bytes of two entries, unsigned, as Parquet orders strings: below, at or above 0. */
  compare(left: number, right: number): number {
    const { bytes } = this.content;
    let a = this.starts[left]! + LENGTH_BYTES;
    let b = this.starts[right]! + LENGTH_BYTES;
    const endA = this.starts[left + 1]!;
    const endB = this.starts[right + 1]!;
    for (; a < endA && b < endB; a++, b++) {
      if (bytes[a] !== bytes[b]) return bytes[a]! - bytes[b]!;
    }
    return endA - a - (endB - b);
  }

  /** Forgets all entries. */
  clear(): void {
    this.content.length = 0;
    this.size = 0;
    this.#slots.fill(0);
  }

  /** A new entry, in the free slot at `at`. */
  #add(view: DataView, from: number, length: number, hash: number, at: number): number {
    const { content } = this;
    content.uint32(length);
    const begin = content.length;
    content.reserve(length);
    copyBytes(view, from, content.view, begin, length);
    content.length = begin + length;
    const id = this.size++;
    if (this.size >= this.starts.length) {
      const grown = new Int32Array(2 * this.starts.length);
      grown.set(this.starts);
      this.starts = grown;
    }
    this.starts[this.size] = content.length;
    const slots = this.#slots;
    slots[at] = hash;
    slots[at + 1] = id + 1;
    slots[at + 2] = begin;
    slots[at + 3] = length;
    if (2 * SLOT * this.size > slots.length) this.#rehash();
    return id;
  }

  #rehash(): void {
    const old = this.#slots;
    const grown = new Int32Array(2 * old.length);
    const mask = grown.length / SLOT - 1;
    for (let at = 0; at < old.length; at += SLOT) {
      if (old[at + 1] === 0) continue;
      let slot = old[at]! & mask;
      while (grown[SLOT * slot + 1] !== 0) slot = (slot + 1) & mask;
      for (let word = 0; word < SLOT; word++) grown[SLOT * slot + word] = old[at + word]!;
    }
    this.#slots = grown;
  }
}

/** Whether two ranges of so many bytes are the same: four bytes at a time. */
export function sameBytes(left: DataView, a: number, right: DataView, b: number, length: number): boolean {
  const words = length - 4;
  if (words < 0) {
    for (let i = 0; i < length; i++) if (left.getUint8(a + i) !== right.getUint8(b + i)) return false;
    return true;
  }
  for (let i = 0; i < words; i += 4) {
    if (left.getInt32(a + i, true) !== right.getInt32(b + i, true)) return false;
  }
  // The last four, some of which may be looked at again.
  return left.getInt32(a + words, true) === right.getInt32(b + words, true);
}

function copyBytes(from: DataView, a: number, to: DataView, b: number, length: number): void {
  const words = length - 4;
  if (words < 0) {
    for (let i = 0; i < length; i++) to.setUint8(b + i, from.getUint8(a + i));
    return;
  }
  for (let i = 0; i < words; i += 4) to.setInt32(b + i, from.getInt32(a + i, true), true);
  to.setInt32(b + words, from.getInt32(a + words, true), true);
}
