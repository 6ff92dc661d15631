/** Lines as Firehose records: `{"message":"…"}` and a line end each (facts of delivery, 5.2). */
import type { StreamRecords } from '../standins/storage/stream-storage.ts';

const BEFORE = Buffer.from('{"message":"');
const AFTER = Buffer.from('"}\n');
const FIRST_BYTES = 64 * 1024;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

export class RecordBatch {
  readonly #mostRecords: number;
  readonly #mostBytes: number;
  #data = Buffer.allocUnsafe(FIRST_BYTES);
  #length = 0;
  #ends: number[] = [];

  /** A record that is larger than `mostBytes` is a batch of its own. */
  constructor(mostRecords: number, mostBytes: number) {
    this.#mostRecords = mostRecords;
    this.#mostBytes = mostBytes;
  }

  get records(): number {
    return this.#ends.length;
  }

  /** Adds the line text[from, to), in UTF-8; false where it finds no room: take() first. */
  add(text: Buffer, from: number, to: number): boolean {
    if (this.#ends.length >= this.#mostRecords) return false;
    const message = isPlain(text, from, to)
      ? text.subarray(from, to)
      : Buffer.from(JSON.stringify(text.toString('utf8', from, to)).slice(1, -1));
    const end = this.#length + BEFORE.length + message.length + AFTER.length;
    if (end > this.#mostBytes && this.#ends.length > 0) return false;
    if (end > this.#data.length) {
      const larger = Buffer.allocUnsafe(Math.max(end, this.#data.length * 2));
      this.#data.copy(larger, 0, 0, this.#length);
      this.#data = larger;
    }
    this.#data.set(BEFORE, this.#length);
    this.#data.set(message, this.#length + BEFORE.length);
    this.#data.set(AFTER, end - AFTER.length);
    this.#length = end;
    this.#ends.push(end);
    return true;
  }

  /** What was added since the last call. */
  take(): StreamRecords {
    const out = { data: this.#data.subarray(0, this.#length), ends: Uint32Array.from(this.#ends) };
    this.#data = Buffer.allocUnsafe(FIRST_BYTES);
    this.#length = 0;
    this.#ends = [];
    return out;
  }
}

/** Whether text stands in JSON as it is: ASCII without what is to be escaped. */
function isPlain(text: Buffer, from: number, to: number): boolean {
  for (let i = from; i < to; i++) {
    const byte = text[i]!;
    if (byte < 0x20 || byte > 0x7e || byte === QUOTE || byte === BACKSLASH) return false;
  }
  return true;
}
