import { withRoom } from '../base/room.ts';
import { DISCOVERED_BASE } from '../network/lookup.ts';
import type { InterfaceFacts } from '../network/lookup.ts';
import type { ConstantFilling } from './filling.ts';
import { printsOwnAddress, type InterfaceTexts } from './interface-texts.ts';
import { WordStore } from './word-store.ts';

/** A part of a line that does not change between the records of an interface. */
export type Segment = { readonly text: string } | ConstantFilling;

/**
 * Words at the beginning of an entry: whether the primary IPv4 address is printed (S2.5; -1: yes, 0: no), that
 * address, and the bytes of all pieces together. Behind them the pieces, as word-store.ts keeps texts.
 */
export const PIECE_REWRITES = 0;
export const PIECE_PRIMARY = 1;
export const PIECE_TOTAL = 2;
export const PIECE_FIRST = 3;

/** Cached entries together, in words (16 MB); beyond, the cache starts again. */
const MAX_CACHED_WORDS = 1 << 22;
const FIRST_INTERFACES = 1 << 10;

/**
 * The constant pieces of a line, prebuilt for each interface. Lines of one interface are next to each other,
 * so `locate` is called once for a run of lines; its result is valid until the next call.
 */
export class PieceCache {
  readonly #pieces: readonly (readonly Segment[])[];
  readonly #texts: Pick<InterfaceTexts, 'facts' | 'text'>;
  readonly #store = new WordStore();
  /** Where each interface's entry begins, plus 1; 0 where none is built. Numbers are dense in two ranges. */
  #declared = new Int32Array(FIRST_INTERFACES);
  #discovered = new Int32Array(FIRST_INTERFACES);
  readonly #maxWords: number;

  constructor(
    pieces: readonly (readonly Segment[])[],
    texts: Pick<InterfaceTexts, 'facts' | 'text'>,
    maxWords: number = MAX_CACHED_WORDS,
  ) {
    this.#pieces = pieces;
    this.#texts = texts;
    this.#maxWords = maxWords;
  }

  /** The entries; replaced when it grows: read it again after `locate`. */
  get words(): Int32Array {
    return this.#store.words;
  }

  /** Where in `words` the entry of an interface begins. */
  locate(number: number): number {
    const place =
      number < DISCOVERED_BASE ? this.#declared[number] : this.#discovered[number - DISCOVERED_BASE];
    return place === undefined || place === 0 ? this.#build(number) : place - 1;
  }

  #build(number: number): number {
    const store = this.#store;
    const facts = this.#texts.facts(number);
    // Made before anything is kept: a text that cannot be printed leaves no half of an entry.
    const texts = this.#pieces.map((segments) => this.#textOf(segments, facts));
    if (store.used >= this.#maxWords) {
      this.#declared.fill(0);
      this.#discovered.fill(0);
      store.clear();
    }
    const entry = store.room(PIECE_FIRST);
    let total = 0;
    for (const text of texts) {
      store.put(text);
      total += text.length;
    }
    const { words } = store;
    words[entry + PIECE_REWRITES] = facts.primary4 !== undefined && printsOwnAddress(facts) ? -1 : 0;
    words[entry + PIECE_PRIMARY] = facts.primary4 ?? 0;
    words[entry + PIECE_TOTAL] = total;
    this.#remember(number, entry);
    return entry;
  }

  #textOf(segments: readonly Segment[], facts: InterfaceFacts): string {
    let text = '';
    for (const segment of segments) {
      text += 'text' in segment ? segment.text : this.#texts.text(facts, segment);
    }
    return text;
  }

  #remember(number: number, entry: number): void {
    if (number < DISCOVERED_BASE) {
      this.#declared = withRoom(this.#declared, number);
      this.#declared[number] = entry + 1;
    } else {
      const index = number - DISCOVERED_BASE;
      this.#discovered = withRoom(this.#discovered, index);
      this.#discovered[index] = entry + 1;
    }
  }
}
