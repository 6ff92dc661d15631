/** Ids in order, so that pages can be cut by "after this id": stable under creation and deletion. */
export class SortedIds {
  readonly #ids: string[] = [];
  #sorted = true;

  get size(): number {
    return this.#ids.length;
  }

  /** Adds an id that is not there. It is put into its place at the next use: the engine's sort passes over
   * what is in order already, so that costs a comparison for each id, and many at once cost one sort. */
  add(id: string): void {
    const last = this.#ids.at(-1);
    this.#sorted &&= last === undefined || last < id;
    this.#ids.push(id);
  }

  delete(id: string): void {
    const at = this.#after(id) - 1;
    if (this.#ids[at] === id) this.#ids.splice(at, 1);
  }

  /** The ids behind one, in order; all without it. Not to be changed under way. */
  *from(after?: string): Generator<string, void, undefined> {
    for (let at = after === undefined ? this.#after('') : this.#after(after); at < this.#ids.length; at++) {
      yield this.#ids[at]!;
    }
  }

  /** Index of the first id behind one. */
  #after(id: string): number {
    if (!this.#sorted) this.#ids.sort();
    this.#sorted = true;
    let low = 0;
    let high = this.#ids.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#ids[middle]! <= id) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
