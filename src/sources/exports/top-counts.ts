/** Names that are counted at a time, and those that are told. */
const COUNTED = 64;
const TOLD = 16;

/**
 * The names that come most often, in bounded memory (the Space-Saving algorithm of Metwally, Agrawal and El Abbadi): a
 * new name takes the place of the one with the lowest count, and goes on from it. Exact up to 64 names.
 */
export class TopCounts {
  readonly #counts = new Map<string, number>();

  add(name: string): void {
    const known = this.#counts.get(name);
    if (known !== undefined || this.#counts.size < COUNTED) {
      this.#counts.set(name, (known ?? 0) + 1);
      return;
    }
    let least = Infinity;
    let whose = '';
    for (const [other, count] of this.#counts) {
      if (count >= least) continue;
      least = count;
      whose = other;
    }
    this.#counts.delete(whose);
    this.#counts.set(name, least + 1);
  }

  /** Most first. */
  top(): readonly (readonly [name: string, count: number])[] {
    return [...this.#counts].sort((a, b) => b[1] - a[1]).slice(0, TOLD);
  }
}
