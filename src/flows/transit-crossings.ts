import {
  KEY_CONTEXT_SHIFT,
  ROW_WORDS,
  WORD_DESTINATION,
  WORD_PLACE,
  WORD_PORTS,
  WORD_SOURCE,
} from './rows.ts';
import { sameHosts } from './same-rows.ts';
import { LEG_EGRESS, LEG_INGRESS } from './transit-legs.ts';

/** What a row says of its way through a transit gateway (transit-legs.ts). */
interface Crossing {
  readonly source: number;
  readonly destination: number;
  readonly legs: number;
  readonly derived: number;
}

/** Columns of one window's rows that cross a transit gateway. */
export class Crossings {
  count = 0;
  rows: Int32Array = new Int32Array(256);
  sources: Int32Array = new Int32Array(256);
  destinations: Int32Array = new Int32Array(256);
  legs: Uint8Array = new Uint8Array(256);
  derived: Uint8Array = new Uint8Array(256);

  add(row: number, { source, destination, legs, derived }: Crossing): void {
    if (this.count === this.rows.length) this.#grow();
    const i = this.count++;
    this.rows[i] = row;
    this.sources[i] = source;
    this.destinations[i] = destination;
    this.legs[i] = legs;
    this.derived[i] = derived;
  }

  #grow(): void {
    const size = 2 * this.rows.length;
    this.rows = grown(new Int32Array(size), this.rows);
    this.sources = grown(new Int32Array(size), this.sources);
    this.destinations = grown(new Int32Array(size), this.destinations);
    this.legs = grown(new Uint8Array(size), this.legs);
    this.derived = grown(new Uint8Array(size), this.derived);
  }

  /**
   * Several places may have seen one flow, each at an interface of its own: the sender's and the receiver's. Of a leg
   * that rows of several derive, the place that had it first has it (S2.8); the others' are taken out, and rows
   * that have none left dropped. `words` and `addresses` are the window's.
   */
  dropRepeated(words: Int32Array, addresses: Int32Array): void {
    // Open-addressed, of the crossings that first derived a leg, times 2 and plus 1 or 2 for its side.
    let slots = 16;
    while (slots < 4 * this.count) slots *= 2;
    const index = new Int32Array(slots);
    let kept = 0;
    for (let i = 0; i < this.count; i++) {
      let derived = this.derived[i]!;
      for (const leg of [LEG_INGRESS, LEG_EGRESS]) {
        if ((derived & leg) === 0) continue;
        let slot = this.#hash(words, i, leg) & (slots - 1);
        while (index[slot] !== 0 && !this.#same(words, addresses, index[slot]! - 1, i, leg)) {
          slot = (slot + 1) & (slots - 1);
        }
        // Crossings move up over dropped ones: to places that are never after `i`.
        if (index[slot] === 0) index[slot] = 2 * kept + leg;
        else if (this.#placeOf(words, (index[slot]! - 1) >> 1) !== this.#placeOf(words, i)) derived &= ~leg;
      }
      const legs = (this.legs[i]! & ~this.derived[i]!) | derived;
      if (legs === 0) continue;
      this.rows[kept] = this.rows[i]!;
      this.sources[kept] = this.sources[i]!;
      this.destinations[kept] = this.destinations[i]!;
      this.legs[kept] = legs;
      this.derived[kept] = derived;
      kept++;
    }
    this.count = kept;
  }

  #placeOf(words: Int32Array, i: number): number {
    return words[this.rows[i]! * ROW_WORDS + WORD_PLACE]!;
  }

  #hash(words: Int32Array, i: number, leg: number): number {
    const base = this.rows[i]! * ROW_WORDS;
    const at = leg === LEG_INGRESS ? this.sources[i]! : this.destinations[i]!;
    let h =
      Math.imul(words[base + WORD_SOURCE]!, 0x2c1b3c6d) ^
      Math.imul(words[base + WORD_DESTINATION]!, 0x297a2d39);
    h = Math.imul(h ^ (h >>> 15) ^ words[base + WORD_PORTS]!, 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13) ^ (at << 1) ^ leg, 0x27d4eb2f);
    return h ^ (h >>> 16);
  }

  /** Whether an entry of the index, less 1, is the same leg of the same packets. */
  #same(words: Int32Array, addresses: Int32Array, entry: number, right: number, leg: number): boolean {
    const left = entry >> 1;
    if ((entry & 1) + 1 !== leg) return false;
    const at = leg === LEG_INGRESS ? this.sources : this.destinations;
    const a = this.rows[left]!;
    const b = this.rows[right]!;
    return (
      at[left] === at[right] &&
      words[a * ROW_WORDS + WORD_PORTS] === words[b * ROW_WORDS + WORD_PORTS] &&
      sameHosts(words, addresses, a, b, PLAIN_KEY)
    );
  }
}

/** The key without its context. */
const PLAIN_KEY = (1 << KEY_CONTEXT_SHIFT) - 1;

function grown<T extends Int32Array | Uint8Array>(into: T, from: T): T {
  into.set(from);
  return into;
}
