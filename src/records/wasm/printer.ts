import { ADDRESS_WORDS, ADDRESSES_WORDS, LINE_WORDS, SLOT_BYTES } from '../line-layout.ts';
import { recordsInstance, type RecordsInstance } from './instance.ts';

/**
 * Words of texts that are free when a line is begun: 64 kB. The longest has 24 kB: six tags of 256 characters, percent-encoded
 * 3 kB each, ARNs and names of an ECS task 2.5 kB, and some 40 fields of up to 64 bytes.
 */
const LINE_TEXTS_WORDS = 1 << 14;
/** Bytes that may be spoilt behind what is printed. */
const SPOILT = 16;

/**
 * Lines that wait to be printed, in the memory of this thread's WebAssembly: their words and slots, and the texts that
 * they refer to, as line-layout.ts has them. A writer begins, fills lines in, and prints when there is no more room.
 */
export class LinePrinter {
  readonly #instance: RecordsInstance = recordsInstance();
  /** Where texts begin and end, and what is taken: words. */
  readonly #texts: number;
  readonly #textsEnd: number;
  #used: number;
  /** Where the next line is printed. */
  #position = 0;
  /** Words of a line, where the first begins, and how many there is room for. */
  stride = LINE_WORDS;
  readonly first: number;
  room = 0;

  constructor() {
    const { texts, textsBytes, lineInput } = this.#instance.exports;
    this.#texts = texts.value / 4;
    this.#textsEnd = this.#texts + textsBytes.value / 4;
    this.#used = this.#texts;
    this.first = lineInput.value / 4;
  }

  /** The memory: others when it has grown, which it does where lines are printed. */
  get words(): Int32Array {
    return this.#instance.words;
  }

  get doubles(): Float64Array {
    return this.#instance.doubles;
  }

  /** Whether lines must be printed before another is begun. */
  get full(): boolean {
    return this.#used > this.#textsEnd - LINE_TEXTS_WORDS;
  }

  /** Begins an output. Ops of lines of flows and of status lines; slots of the former. What was printed before is gone. */
  begin(ops: Uint8Array, statusOps: Uint8Array, slots: number): void {
    const { exports, bytes } = this.#instance;
    if (Math.max(ops.length, statusOps.length) > exports.opsBytes.value) throw new RangeError('too many ops');
    bytes.set(ops, exports.ops.value);
    bytes.set(statusOps, exports.ops.value + exports.opsBytes.value);
    this.stride = LINE_WORDS + (SLOT_BYTES / 4) * slots;
    this.room = Math.floor(exports.lineInputBytes.value / (4 * this.stride));
    this.#used = this.#texts;
    this.#position = exports.written.value;
  }

  /** Copies words next to the lines; returns where they are, in bytes. */
  keep(from: Int32Array, at: number, count: number): number {
    const { words } = this.#instance;
    const to = this.#take(count);
    for (let k = 0; k < count; k++) words[to + k] = from[at + k]!;
    return 4 * to;
  }

  /** The same of a line's IPv6 addresses: as printed (undefined: the packet's), and the packet's, at `pool[at]`. */
  keepAddresses(
    source: ArrayLike<number> | undefined,
    destination: ArrayLike<number> | undefined,
    pool: Int32Array,
    at: number,
  ): number {
    const { words } = this.#instance;
    const to = this.#take(ADDRESSES_WORDS);
    for (let k = 0; k < ADDRESS_WORDS; k++) {
      const from = pool[at + k]!;
      const towards = pool[at + ADDRESS_WORDS + k]!;
      words[to + k] = source === undefined ? from : source[k]!;
      words[to + ADDRESS_WORDS + k] = destination === undefined ? towards : destination[k]!;
      words[to + 2 * ADDRESS_WORDS + k] = from;
      words[to + 3 * ADDRESS_WORDS + k] = towards;
    }
    return 4 * to;
  }

  /** Prints so many lines, which have at most so many bytes together. Their texts are gone then. */
  print(lines: number, bytes: number): void {
    const instance = this.#instance;
    instance.reach(this.#position + bytes + SPOILT);
    // Unsigned, as addresses are.
    this.#position = instance.exports.printLines(lines, 4 * this.stride, this.#position) >>> 0;
    this.#used = this.#texts;
  }

  /** All that was printed: a view, valid until somebody on this thread begins. */
  printed(): Uint8Array {
    return this.#instance.bytes.subarray(this.#instance.exports.written.value, this.#position);
  }

  #take(count: number): number {
    const at = this.#used;
    if (at + count > this.#textsEnd) {
      throw new RangeError(`a line whose texts have more than ${4 * LINE_TEXTS_WORDS} bytes`);
    }
    this.#used = at + count;
    return at;
  }
}

let printer: LinePrinter | undefined;

/** This thread's, made when it is first asked for. */
export function linePrinter(): LinePrinter {
  return (printer ??= new LinePrinter());
}
