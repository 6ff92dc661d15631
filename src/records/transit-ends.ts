import type { TransitEnd } from '../rules/record-rules.ts';
import { printed } from './interface-texts.ts';
import { WordStore } from './word-store.ts';

/** Kept entries together, in words (4 MB); beyond, it begins again. */
const MAX_KEPT_WORDS = 1 << 20;

/** The fields of one end of flows through transit gateways, prebuilt for each answer of the rules. */
export class EndTexts {
  readonly #values: readonly (keyof TransitEnd)[];
  readonly #store = new WordStore();
  readonly #places = new Map<TransitEnd, number>();
  readonly #maxWords: number;

  /** `values` in the order of the format. */
  constructor(values: readonly (keyof TransitEnd)[], maxWords: number = MAX_KEPT_WORDS) {
    this.#values = values;
    this.#maxWords = maxWords;
  }

  /** The entries; replaced when it grows: read it again after `locate`. */
  get words(): Int32Array {
    return this.#store.words;
  }

  /** Where in `words` the texts of an end begin, one behind the other; valid until the next call. */
  locate(end: TransitEnd): number {
    return this.#places.get(end) ?? this.#build(end);
  }

  #build(end: TransitEnd): number {
    const store = this.#store;
    const texts = this.#values.map((value) => `${printed(end[value])} `);
    if (store.used >= this.#maxWords) {
      this.#places.clear();
      store.clear();
    }
    const entry = store.used;
    for (const text of texts) store.put(text);
    this.#places.set(end, entry);
    return entry;
  }
}
