/** A map of at most so many entries: the ones longest unused go first. */
export class BoundedMap<K, V> {
  readonly #most: number;
  readonly #entries = new Map<K, V>();

  constructor(most: number) {
    this.#most = most;
  }

  /** What is kept under the key; made and kept if there is nothing. */
  get(key: K, make: () => V): V {
    const value = this.peek(key) ?? make();
    this.set(key, value);
    return value;
  }

  /** What is kept under the key. */
  peek(key: K): V | undefined {
    return this.#entries.get(key);
  }

  set(key: K, value: V): void {
    // The order of a map is that of insertion.
    this.#entries.delete(key);
    this.#entries.set(key, value);
    if (this.#entries.size > this.#most) this.#entries.delete(this.#entries.keys().next().value!);
  }

  delete(key: K): void {
    this.#entries.delete(key);
  }

  clear(): void {
    this.#entries.clear();
  }
}
