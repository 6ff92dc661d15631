import { DISCOVERED_BASE } from '../network/lookup.ts';
import type { InterfaceDirectory, InterfaceFacts } from '../network/lookup.ts';
import type { InterfaceValue } from './catalogue.ts';

/** What records ask a directory for. */
export type FactSource = Pick<InterfaceDirectory, 'version' | 'facts'>;

/** A part of a line that does not change between the records of an interface. */
export type Segment = { readonly text: string } | { readonly fact: InterfaceValue };

/**
 * Words at the beginning of an entry: whether the primary IPv4 address is printed (S2.5; -1: yes, 0: no), that
 * address, and the bytes of all pieces together. Behind them, for each piece, its length in bytes and its bytes as
 * little-endian words, the last one padded.
 */
export const PIECE_REWRITES = 0;
export const PIECE_PRIMARY = 1;
export const PIECE_TOTAL = 2;
export const PIECE_FIRST = 3;

/** Cached entries together, in words (16 MB); beyond, the cache starts again. */
const MAX_CACHED_WORDS = 1 << 22;
const FIRST_WORDS = 1 << 12;
const FIRST_INTERFACES = 1 << 10;

/** A fact that was not given prints as this, as does every field that is not filled. */
export const ABSENT = '-';

const PRINTABLE = /^[!-~]+$/;

/** Facts that records of a regional NAT gateway leave out (record format 3). */
const NOT_OF_GATEWAYS: ReadonlySet<InterfaceValue> = new Set<InterfaceValue>([
  'interfaceId',
  'subnetId',
  'instanceId',
]);

/** True for interfaces whose own address stands in place of the packet's (S2.5). */
export function printsOwnAddress(facts: InterfaceFacts): boolean {
  return facts.kind !== 'router' && facts.kind !== 'regional_nat_gateway';
}

/** What a record prints for a fact of its interface. */
export function factText(facts: InterfaceFacts, fact: InterfaceValue): string {
  if (facts.kind === 'regional_nat_gateway' && NOT_OF_GATEWAYS.has(fact)) return ABSENT;
  // The zone is that of the region: a sublocation has none.
  if (fact === 'azId' && facts.sublocationType !== undefined) return ABSENT;
  const value = facts[fact];
  if (value === undefined || value === '') return ABSENT;
  // Ids are checked where they come in (S8.5); a value that breaks a line must not get past here.
  if (!PRINTABLE.test(value)) throw new Error(`not printable in a record: ${JSON.stringify(value)}`);
  return value;
}

/**
 * The constant pieces of a line, prebuilt for each interface. Lines of one interface are next to each other,
 * so `locate` is called once for a run of lines; its result is valid until the next call.
 */
export class PieceCache {
  /** The entries; replaced when it grows: read it again after `locate`. */
  words = new Int32Array(FIRST_WORDS);
  readonly #pieces: readonly (readonly Segment[])[];
  readonly #directory: FactSource;
  /** Where each interface's entry begins, plus 1; 0 where none is built. Numbers are dense in two ranges. */
  #declared = new Int32Array(FIRST_INTERFACES);
  #discovered = new Int32Array(FIRST_INTERFACES);
  readonly #maxWords: number;
  #used = 0;

  constructor(
    pieces: readonly (readonly Segment[])[],
    directory: FactSource,
    maxWords: number = MAX_CACHED_WORDS,
  ) {
    this.#pieces = pieces;
    this.#directory = directory;
    this.#maxWords = maxWords;
  }

  /** Where in `words` the entry of an interface begins. */
  locate(number: number): number {
    const place =
      number < DISCOVERED_BASE ? this.#declared[number] : this.#discovered[number - DISCOVERED_BASE];
    return place === undefined || place === 0 ? this.#build(number) : place - 1;
  }

  #build(number: number): number {
    if (this.#used >= this.#maxWords) {
      this.#declared.fill(0);
      this.#discovered.fill(0);
      this.#used = 0;
    }
    const facts = this.#directory.facts(number);
    const entry = this.#used;
    let at = entry + PIECE_FIRST;
    let total = 0;
    for (const segments of this.#pieces) {
      let text = '';
      for (const segment of segments) {
        text += 'text' in segment ? segment.text : factText(facts, segment.fact);
      }
      this.#reserve(at + 1 + ((text.length + 3) >>> 2));
      this.words[at++] = text.length;
      at = this.#copy(text, at);
      total += text.length;
    }
    this.#reserve(at);
    this.words[entry + PIECE_REWRITES] = facts.primary4 !== undefined && printsOwnAddress(facts) ? -1 : 0;
    this.words[entry + PIECE_PRIMARY] = facts.primary4 ?? 0;
    this.words[entry + PIECE_TOTAL] = total;
    this.#remember(number, entry);
    this.#used = at;
    return entry;
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

  #copy(text: string, start: number): number {
    const { words } = this;
    let at = start;
    for (let i = 0; i < text.length; i += 4) {
      let word = 0;
      for (let j = Math.min(i + 3, text.length - 1); j >= i; j--) {
        word = (word << 8) | text.charCodeAt(j);
      }
      words[at++] = word;
    }
    return at;
  }

  #reserve(words: number): void {
    this.words = withRoom(this.words, words - 1);
  }
}

/** The array itself when it has the index, else a copy of at least twice the length. */
function withRoom(array: Int32Array<ArrayBuffer>, index: number): Int32Array<ArrayBuffer> {
  if (index < array.length) return array;
  const grown = new Int32Array(Math.max(index + 1, 2 * array.length));
  grown.set(array);
  return grown;
}
