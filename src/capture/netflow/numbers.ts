/** Addresses whose numbers are remembered; then the oldest is forgotten, and gets a new one if it comes back. */
const MAX_REMEMBERED = 1 << 16;

/** The numbers of the `exporter` column: one for each address, the same when it was away for a while. */
export class ExporterNumbers {
  readonly #numbers = new Map<string, number>();
  readonly #addresses = new Map<number, string>();
  #next = 0;

  /** The number of an address, known or given now. */
  of(address: string): number {
    const known = this.#numbers.get(address);
    if (known !== undefined) return known;
    const number = this.#next++;
    this.#numbers.set(address, number);
    this.#addresses.set(number, address);
    if (this.#numbers.size > MAX_REMEMBERED) {
      const [oldest, its] = this.#numbers.entries().next().value!;
      this.#numbers.delete(oldest);
      this.#addresses.delete(its);
    }
    return number;
  }

  /** The address that has a number; undefined for one that was never given, or is forgotten. */
  address(number: number): string | undefined {
    return this.#addresses.get(number);
  }
}
