import { withRoom } from '../base/room.ts';
import { DISCOVERED_BASE, type InterfaceFacts, NO_KIN } from '../network/lookup.ts';
import type { ConstantFilling } from './filling.ts';
import { printsOwnAddress, type InterfaceTexts } from './interface-texts.ts';
import { PIECE_FIRST, PIECE_PRIMARY, PIECE_REWRITES, PIECE_TOTAL, PIECE_WORDS } from './line-layout.ts';
import { WordStore } from './word-store.ts';

/** A part of a line that does not change between the records of an interface. */
export type Segment = { readonly text: string } | ConstantFilling;

/** Cached entries together, in words (16 MB); beyond, the cache starts again. */
const MAX_CACHED_WORDS = 1 << 22;
const FIRST_INTERFACES = 1 << 10;

/** What the cache asks of interfaces: facts and texts, and which of them are alike. */
type Texts = Pick<InterfaceTexts, 'facts' | 'text'> &
  Partial<Pick<InterfaceTexts, 'kinOf' | 'kinId' | 'kinAddress4'>>;

/** The entry of one interface, and the bytes of it at which the interface's id begins: all that differs for its kin,
 * besides the address. */
interface Template {
  readonly words: Int32Array;
  readonly ids: readonly number[];
}

/**
 * The constant pieces of a line, prebuilt for each interface. Lines of one interface are next to each other,
 * so `locate` is called once for a run of lines; its result is valid until the next call.
 */
export class PieceCache {
  readonly #pieces: readonly (readonly Segment[])[];
  readonly #texts: Texts;
  readonly #store = new WordStore();
  /** Where each interface's entry begins, plus 1; 0 where none is built. Numbers are dense in two ranges. */
  #declared = new Int32Array(FIRST_INTERFACES);
  #discovered = new Int32Array(FIRST_INTERFACES);
  readonly #maxWords: number;
  readonly #templates = new Map<number, Template>();

  constructor(pieces: readonly (readonly Segment[])[], texts: Texts, maxWords: number = MAX_CACHED_WORDS) {
    this.#pieces = pieces;
    this.#texts = texts;
    this.#maxWords = maxWords;
  }

  /** The entries, as line-layout.ts has them; replaced when it grows: read it again after `locate`. */
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
    const kin = this.#texts.kinOf?.(number) ?? NO_KIN;
    const template = kin === NO_KIN ? undefined : this.#templates.get(kin);
    if (template !== undefined) return this.#stamp(number, template);
    const store = this.#store;
    const facts = this.#texts.facts(number);
    // Made before anything is kept: a text that cannot be printed leaves no half of an entry.
    const texts = this.#pieces.map((segments) => this.#textOf(segments, facts));
    this.#makeRoom();
    const entry = store.room(PIECE_FIRST);
    const ids: number[] = [];
    let total = 0;
    for (const [k, text] of texts.entries()) {
      const at = store.put(text);
      total += text.length;
      for (const id of this.#idsIn(this.#pieces[k]!, facts)) ids.push(4 * (at + 1 - entry) + id);
    }
    const { words } = store;
    words[entry + PIECE_REWRITES] = facts.primary4 !== undefined && printsOwnAddress(facts) ? -1 : 0;
    words[entry + PIECE_PRIMARY] = facts.primary4 ?? 0;
    words[entry + PIECE_TOTAL] = total;
    words[entry + PIECE_WORDS] = store.used - entry;
    if (kin !== NO_KIN) this.#templates.set(kin, { words: words.slice(entry, store.used), ids });
    this.#remember(number, entry);
    return entry;
  }

  /** The entry of an interface whose kin has one. */
  #stamp(number: number, { words, ids }: Template): number {
    this.#makeRoom();
    const store = this.#store;
    const entry = store.copy(words);
    if (ids.length > 0) {
      const id = this.#texts.kinId!(number);
      for (const byte of ids) store.overwrite(entry, byte, id);
    }
    if (words[PIECE_REWRITES] !== 0) store.words[entry + PIECE_PRIMARY] = this.#texts.kinAddress4!(number);
    this.#remember(number, entry);
    return entry;
  }

  /** Starts again when the cache is full. */
  #makeRoom(): void {
    if (this.#store.used < this.#maxWords) return;
    this.#declared.fill(0);
    this.#discovered.fill(0);
    this.#store.clear();
  }

  /** Where in the text of a piece the interface's id begins. */
  *#idsIn(segments: readonly Segment[], facts: InterfaceFacts): Generator<number> {
    let at = 0;
    for (const segment of segments) {
      if ('per' in segment && segment.per === 'interface' && segment.value === 'interfaceId') yield at;
      at += this.#segmentText(segment, facts).length;
    }
  }

  #textOf(segments: readonly Segment[], facts: InterfaceFacts): string {
    let text = '';
    for (const segment of segments) text += this.#segmentText(segment, facts);
    return text;
  }

  #segmentText(segment: Segment, facts: InterfaceFacts): string {
    return 'text' in segment ? segment.text : this.#texts.text(facts, segment);
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
