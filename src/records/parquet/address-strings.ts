import { MAX_IPV4_BYTES, MAX_IPV6_BYTES, writeIPv4, writeIPv6 } from '../addresses.ts';
import { SCRATCH } from '../numbers.ts';
import { hashWord, hashWords } from './hash.ts';
import { LENGTH_BYTES } from './strings.ts';
import type { StringDictionary } from './strings.ts';

const FIRST_SLOTS = 1 << 10;
const WORDS = 4;

/**
 * Ids of addresses in a dictionary of strings, found by their words: an address becomes text once in a row group, and a
 * known one costs a look into a table.
 */
export class AddressStrings {
  readonly #strings: StringDictionary;
  /** IPv4: pairs of address and id + 1. */
  #slots4 = new Int32Array(2 * FIRST_SLOTS);
  #count4 = 0;
  /** IPv6: number of the entry + 1; the four words of entry i at 4 × i, its id in ids6. */
  #slots6 = new Int32Array(FIRST_SLOTS);
  #words6 = new Int32Array(WORDS * FIRST_SLOTS);
  #ids6 = new Int32Array(FIRST_SLOTS);
  #count6 = 0;

  /** Adds to `strings` what is not there; to be cleared with it. */
  constructor(strings: StringDictionary) {
    this.#strings = strings;
  }

  /** The id of an IPv4 address, first octet in the highest byte, signed or not. */
  ofIPv4(address: number): number {
    const word = address | 0;
    const slots = this.#slots4;
    const mask = (slots.length >>> 1) - 1;
    let slot = hashWord(word) & mask;
    for (let entry = slots[2 * slot + 1]!; entry !== 0; entry = slots[2 * slot + 1]!) {
      if (slots[2 * slot] === word) return entry - 1;
      slot = (slot + 1) & mask;
    }
    const { content } = this.#strings;
    content.reserve(LENGTH_BYTES + MAX_IPV4_BYTES + SCRATCH);
    const start = content.length + LENGTH_BYTES;
    const id = this.#strings.add(writeIPv4(content.view, start, word) - start);
    slots[2 * slot] = word;
    slots[2 * slot + 1] = id + 1;
    if (4 * ++this.#count4 > slots.length) this.#rehash4();
    return id;
  }

  /** The id of an IPv6 address, as four words, signed or not. */
  ofIPv6(a: number, b: number, c: number, d: number): number {
    const slots = this.#slots6;
    const words = this.#words6;
    const mask = slots.length - 1;
    let slot = hashWords(a, b, c, d) & mask;
    for (let entry = slots[slot]!; entry !== 0; entry = slots[slot]!) {
      const at = (entry - 1) * WORDS;
      if (
        words[at + 3] === (d | 0) &&
        words[at + 2] === (c | 0) &&
        words[at + 1] === (b | 0) &&
        words[at] === (a | 0)
      ) {
        return this.#ids6[entry - 1]!;
      }
      slot = (slot + 1) & mask;
    }
    const { content } = this.#strings;
    content.reserve(LENGTH_BYTES + MAX_IPV6_BYTES + SCRATCH);
    const start = content.length + LENGTH_BYTES;
    const id = this.#strings.add(writeIPv6(content.view, start, a, b, c, d) - start);
    const at = this.#count6 * WORDS;
    words[at] = a;
    words[at + 1] = b;
    words[at + 2] = c;
    words[at + 3] = d;
    this.#ids6[this.#count6++] = id;
    slots[slot] = this.#count6;
    if (2 * this.#count6 >= slots.length) this.#rehash6();
    return id;
  }

  /** Forgets all addresses: with the dictionary that they are in. */
  clear(): void {
    this.#slots4.fill(0);
    this.#count4 = 0;
    this.#slots6.fill(0);
    this.#count6 = 0;
  }

  #rehash4(): void {
    const old = this.#slots4;
    const grown = new Int32Array(2 * old.length);
    const mask = old.length - 1;
    for (let i = 0; i < old.length; i += 2) {
      if (old[i + 1] === 0) continue;
      let slot = hashWord(old[i]!) & mask;
      while (grown[2 * slot + 1] !== 0) slot = (slot + 1) & mask;
      grown[2 * slot] = old[i]!;
      grown[2 * slot + 1] = old[i + 1]!;
    }
    this.#slots4 = grown;
  }

  #rehash6(): void {
    const size = 2 * this.#slots6.length;
    const words = new Int32Array(WORDS * size);
    words.set(this.#words6);
    const ids = new Int32Array(size);
    ids.set(this.#ids6);
    const slots = new Int32Array(size);
    for (let i = 0; i < this.#count6; i++) {
      const at = i * WORDS;
      let slot = hashWords(words[at]!, words[at + 1]!, words[at + 2]!, words[at + 3]!) & (size - 1);
      while (slots[slot] !== 0) slot = (slot + 1) & (size - 1);
      slots[slot] = i + 1;
    }
    this.#words6 = words;
    this.#ids6 = ids;
    this.#slots6 = slots;
  }
}
