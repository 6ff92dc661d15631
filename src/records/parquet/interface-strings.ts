import type { StringDictionary } from './strings.ts';

/** Interfaces whose ids are kept, before all are forgotten: a megabyte for each four columns. */
const MOST_INTERFACES = 1 << 16;

/**
 * The ids of strings that follow from an interface, one for each column of such strings: looked up by its number, made
 * text once in a row group. Lines of one interface stand together, so `locate` is called once for a run of them.
 */
export class InterfaceStrings {
  /** Ids; replaced when it grows: read it again after `locate`. */
  ids: Int32Array;
  readonly #strings: StringDictionary;
  readonly #columns: number;
  readonly #textOf: (number: number, column: number) => string;
  readonly #places = new Map<number, number>();
  #generation: number;

  /** `textOf` says what a column has for an interface: `-` where nothing. */
  constructor(
    strings: StringDictionary,
    columns: number,
    textOf: (number: number, column: number) => string,
  ) {
    this.#strings = strings;
    this.#columns = columns;
    this.#textOf = textOf;
    this.#generation = strings.generation;
    this.ids = new Int32Array(16 * columns);
  }

  /** Where in `ids` those of an interface begin: good until the row group is closed. */
  locate(number: number): number {
    if (this.#generation !== this.#strings.generation || this.#places.size >= MOST_INTERFACES) {
      this.#places.clear();
      this.#generation = this.#strings.generation;
    }
    const known = this.#places.get(number);
    if (known !== undefined) return known;
    const place = this.#places.size * this.#columns;
    if (place + this.#columns > this.ids.length) {
      const grown = new Int32Array(2 * this.ids.length);
      grown.set(this.ids);
      this.ids = grown;
    }
    for (let column = 0; column < this.#columns; column++) {
      this.ids[place + column] = this.#strings.ofText(this.#textOf(number, column));
    }
    this.#places.set(number, place);
    return place;
  }
}
