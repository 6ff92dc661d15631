import { GrowingBytes } from './growing-bytes.ts';
import { hashBytes } from './hash.ts';

/** Bytes of the length that stands before a string. */
export const LENGTH_BYTES = 4;
const FIRST_ENTRIES = 1 << 10;
/** UTF-8 takes at most so many bytes for a UTF-16 unit. */
const UTF8_MOST = 3;

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
  /** Rises when the dictionary is emptied: ids of an earlier generation mean nothing. */
  generation = 0;
  /** Of entries that were looked for by their bytes: id + 1 by hash, 0 where none is. */
  #slots = new Int32Array(2 * FIRST_ENTRIES);
  #indexed = 0;

  /** Bytes that the entries take. */
  get bytes(): number {
    return this.content.length;
  }

  /** The id of a text, as UTF-8. */
  ofText(text: string): number {
    const { content } = this;
    content.reserve(LENGTH_BYTES + UTF8_MOST * text.length);
    const start = content.length + LENGTH_BYTES;
    const room = Buffer.from(content.bytes.buffer, start);
    return this.#intern(room.write(text));
  }

  /** The id of some bytes, which are copied. */
  ofBytes(bytes: Uint8Array): number {
    const { content } = this;
    content.reserve(LENGTH_BYTES + bytes.length);
    content.bytes.set(bytes, content.length + LENGTH_BYTES);
    return this.#intern(bytes.length);
  }

  /**
   * The id of a new entry whose bytes were written to the content, LENGTH_BYTES behind its end, in reserved room. For
   * those who know by themselves that it is new: it is not looked for.
   */
  add(length: number): number {
    const { content } = this;
    content.view.setUint32(content.length, length, true);
    content.length += LENGTH_BYTES + length;
    const id = this.size++;
    if (this.size >= this.starts.length) {
      const grown = new Int32Array(2 * this.starts.length);
      grown.set(this.starts);
      this.starts = grown;
    }
    this.starts[this.size] = content.length;
    return id;
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
    this.#indexed = 0;
    this.generation++;
  }

  /** The entry with the bytes that stand behind the content's end, or a new one of them. */
  #intern(length: number): number {
    const { bytes, length: end } = this.content;
    const from = end + LENGTH_BYTES;
    const mask = this.#slots.length - 1;
    let slot = hashBytes(bytes, from, from + length) & mask;
    for (let entry = this.#slots[slot]!; entry !== 0; entry = this.#slots[slot]!) {
      if (this.#same(entry - 1, from, length)) return entry - 1;
      slot = (slot + 1) & mask;
    }
    const id = this.add(length);
    this.#slots[slot] = id + 1;
    if (2 * ++this.#indexed > this.#slots.length) this.#rehash();
    return id;
  }

  #same(id: number, from: number, length: number): boolean {
    const { bytes } = this.content;
    const start = this.starts[id]! + LENGTH_BYTES;
    if (this.starts[id + 1]! - start !== length) return false;
    for (let i = 0; i < length; i++) if (bytes[start + i] !== bytes[from + i]) return false;
    return true;
  }

  #rehash(): void {
    const old = this.#slots;
    this.#slots = new Int32Array(2 * old.length);
    const mask = this.#slots.length - 1;
    for (const entry of old) {
      if (entry === 0) continue;
      const start = this.starts[entry - 1]! + LENGTH_BYTES;
      let slot = hashBytes(this.content.bytes, start, this.starts[entry]!) & mask;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
      this.#slots[slot] = entry;
    }
  }
}
