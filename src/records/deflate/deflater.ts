/**
 * Deflate (RFC 1951) for lines of records: smaller than zlib's level 1 makes them, in half of the time, and the same bytes
 * with every Node. It is WebAssembly (wasm/deflate.ts).
 */
import { DEFLATE_MODULE } from './module.generated.ts';

/** What is used of WebAssembly: its types come with those of browsers only. */
declare const WebAssembly: {
  readonly Module: new (code: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
};
interface Global {
  readonly value: number;
}

/** What the module exports: a function, and where things stand in its memory (bytes). */
interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly block: Global;
  readonly maxBlock: Global;
  readonly output: Global;
  deflate(bytes: number): number;
}

/** Deflates on the thread that owns it. 4 MB of memory, committed as it is used. */
export class Deflater {
  readonly #module: Exports;
  readonly #memory: Uint8Array;
  readonly #block: number;
  readonly #output: number;
  /** Bytes that may refer to one another at most. */
  readonly maxBlock: number;

  constructor() {
    const module = new WebAssembly.Module(Buffer.from(DEFLATE_MODULE, 'base64'));
    // What the module exports is what its source says.
    this.#module = new WebAssembly.Instance(module).exports as Exports;
    this.#memory = new Uint8Array(this.#module.memory.buffer);
    this.#block = this.#module.block.value;
    this.#output = this.#module.output.value;
    this.maxBlock = this.#module.maxBlock.value;
  }

  /**
   * Deflates bytes, without a final block, and ends on a byte with a sync flush (an empty stored block): such outputs can
   * be put behind one another. The result is the caller's.
   */
  deflate(bytes: Uint8Array): Uint8Array {
    if (bytes.length <= this.maxBlock) return this.#deflateBlock(bytes);
    const blocks: Uint8Array[] = [];
    for (let from = 0; from < bytes.length; from += this.maxBlock) {
      blocks.push(this.#deflateBlock(bytes.subarray(from, from + this.maxBlock)));
    }
    return Buffer.concat(blocks);
  }

  #deflateBlock(bytes: Uint8Array): Uint8Array {
    this.#memory.set(bytes, this.#block);
    const size = this.#module.deflate(bytes.length);
    return this.#memory.slice(this.#output, this.#output + size);
  }
}
