/**
 * Deflate (RFC 1951) for lines of records: as small as zlib's level 1 makes them, or smaller, in little more than half of
 * the time, and the same bytes with every Node. The loops are in WebAssembly (wasm/deflate.ts); what is done once a block
 * is here.
 */
import { blockHead } from './block-head.ts';
import { CODE_BITS_SHIFT, codeLengths, codeWords } from './codes.ts';
import { DEFLATE_MODULE } from './module.generated.ts';

/** What is used of WebAssembly: its types come with those of browsers only. */
declare const WebAssembly: {
  readonly Module: new (code: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
};
interface Global {
  readonly value: number;
}

/** What the module exports: functions, and where things stand in its memory (bytes). */
interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly block: Global;
  readonly literalCounts: Global;
  readonly distanceCounts: Global;
  readonly literalCodes: Global;
  readonly distanceCodes: Global;
  readonly lengthCodes: Global;
  readonly lengthSymbols: Global;
  readonly output: Global;
  begin(): void;
  findMatches(bytes: number): void;
  put(value: number, count: number): void;
  writeSequences(): void;
  writeStored(bytes: number): void;
  flush(): number;
}

/** Bytes of a block: MAX_BLOCK of the module. */
export const MAX_BLOCK = 1 << 20;

const LITERALS = 286;
const DISTANCES = 30;
const LENGTHS = 259;
const END_OF_BLOCK = 256;
const MAX_CODE_BITS = 15;
/** Head of a stored block (RFC 1951, section 3.2.4) at most, in bits, for every 65,535 bytes. */
const STORED_HEAD_BITS = 40;
const STORED_BYTES = 65_535;

/** Lengths of matches (RFC 1951, section 3.2.5): by symbol less 257, the shortest, and the bits that say how much longer. */
const SHORTEST = [
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195,
  227, 258,
];
const EXTRA_OF_LENGTHS = [
  0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
];

/** By length, from 3 on: its symbol less 257. */
const SYMBOL_OF_LENGTH = Int32Array.from({ length: LENGTHS }, (_, length) =>
  SHORTEST.findLastIndex((shortest) => shortest <= length),
);

/** Deflates on the thread that owns it. 4 MB of memory, committed as it is used. */
export class Deflater {
  readonly #module: Exports;
  readonly #bytes: Uint8Array;
  readonly #literalCounts: Int32Array;
  readonly #distanceCounts: Int32Array;
  readonly #literalCodes: Int32Array;
  readonly #distanceCodes: Int32Array;
  readonly #lengthCodes: Int32Array;

  constructor() {
    const module = new WebAssembly.Module(Buffer.from(DEFLATE_MODULE, 'base64'));
    // What the module exports is what its source says.
    this.#module = new WebAssembly.Instance(module).exports as Exports;
    const { memory, literalCounts, distanceCounts, literalCodes, distanceCodes, lengthCodes, lengthSymbols } =
      this.#module;
    const words = (at: Global, count: number): Int32Array => new Int32Array(memory.buffer, at.value, count);
    this.#bytes = new Uint8Array(memory.buffer);
    this.#literalCounts = words(literalCounts, LITERALS);
    this.#distanceCounts = words(distanceCounts, DISTANCES);
    this.#literalCodes = words(literalCodes, LITERALS);
    this.#distanceCodes = words(distanceCodes, DISTANCES);
    this.#lengthCodes = words(lengthCodes, LENGTHS);
    words(lengthSymbols, LENGTHS).set(SYMBOL_OF_LENGTH.map((symbol) => symbol + END_OF_BLOCK + 1));
  }

  /**
   * Deflates bytes, without a final block, and ends on a byte with a sync flush (an empty stored block): such outputs can
   * be put behind one another. Nothing refers back beyond MAX_BLOCK bytes. The result is the caller's.
   */
  deflate(bytes: Uint8Array): Uint8Array {
    if (bytes.length <= MAX_BLOCK) return this.#block(bytes);
    const blocks: Uint8Array[] = [];
    for (let from = 0; from < bytes.length; from += MAX_BLOCK) {
      blocks.push(this.#block(bytes.subarray(from, from + MAX_BLOCK)));
    }
    return Buffer.concat(blocks);
  }

  #block(bytes: Uint8Array): Uint8Array {
    const module = this.#module;
    const size = bytes.length;
    this.#bytes.set(bytes, module.block.value);
    module.findMatches(size);
    this.#literalCounts[END_OF_BLOCK] = 1;
    const literals = codeLengths(this.#literalCounts, MAX_CODE_BITS);
    const distances = codeLengths(this.#distanceCounts, MAX_CODE_BITS);
    const head = blockHead(literals, distances);
    module.begin();
    if (head.total + this.#bitsOf(literals, distances) < storedBits(size)) {
      head.values.forEach((value, i) => module.put(value, head.counts[i]!));
      this.#setCodes(literals, distances);
      module.writeSequences();
      const end = this.#literalCodes[END_OF_BLOCK]!;
      module.put(end & 0xffff, end >>> CODE_BITS_SHIFT);
    } else module.writeStored(size);
    const written = module.flush();
    return this.#bytes.slice(module.output.value, module.output.value + written);
  }

  /** What the symbols of a block take. */
  #bitsOf(literals: Uint8Array, distances: Uint8Array): number {
    let bits = 0;
    for (let symbol = 0; symbol < LITERALS; symbol++) {
      const extra = symbol > END_OF_BLOCK ? EXTRA_OF_LENGTHS[symbol - END_OF_BLOCK - 1]! : 0;
      bits += this.#literalCounts[symbol]! * (literals[symbol]! + extra);
    }
    for (let symbol = 0; symbol < DISTANCES; symbol++) {
      const extra = symbol < 4 ? 0 : (symbol >>> 1) - 1;
      bits += this.#distanceCounts[symbol]! * (distances[symbol]! + extra);
    }
    return bits;
  }

  #setCodes(literals: Uint8Array, distances: Uint8Array): void {
    const codes = codeWords(literals);
    this.#literalCodes.set(codes);
    this.#distanceCodes.set(codeWords(distances));
    for (let length = SHORTEST[0]!; length < LENGTHS; length++) {
      const symbol = SYMBOL_OF_LENGTH[length]!;
      const code = codes[symbol + END_OF_BLOCK + 1]!;
      const bits = code >>> CODE_BITS_SHIFT;
      const more = (length - SHORTEST[symbol]!) << bits;
      this.#lengthCodes[length] = (code & 0xffff) | more | ((bits + EXTRA_OF_LENGTHS[symbol]!) << 24);
    }
  }
}

function storedBits(bytes: number): number {
  return 8 * bytes + STORED_HEAD_BITS * Math.ceil(bytes / STORED_BYTES);
}
