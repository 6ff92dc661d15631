const FIRST_BYTES = 1 << 12;

/** Bytes that grow at the end and are taken away at the beginning. */
export class Bytes {
  #buffer = new Uint8Array(FIRST_BYTES);
  length = 0;

  append(bytes: Uint8Array): void {
    const length = this.length + bytes.length;
    if (length > this.#buffer.length) {
      const grown = new Uint8Array(Math.max(length, 2 * this.#buffer.length));
      grown.set(this.view());
      this.#buffer = grown;
    }
    this.#buffer.set(bytes, this.length);
    this.length = length;
  }

  view(): Uint8Array {
    return this.#buffer.subarray(0, this.length);
  }

  drop(count: number): void {
    this.#buffer.copyWithin(0, count, this.length);
    this.length -= count;
  }
}
