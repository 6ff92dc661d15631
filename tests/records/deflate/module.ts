/** Parts of the WebAssembly that deflates, one at a time. */
import { DEFLATE_MODULE } from '../../../src/records/deflate/module.generated.ts';

declare const WebAssembly: {
  readonly Module: new (code: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
};

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly block: { readonly value: number };
  codeLengths(counts: number, symbols: number, limit: number, lengths: number): void;
  codeWords(lengths: number, symbols: number, codes: number): void;
}

const { memory, block, ...functions } = new WebAssembly.Instance(
  new WebAssembly.Module(Buffer.from(DEFLATE_MODULE, 'base64')),
).exports as Exports;
/** Where the block would be, which nothing else uses: arguments and results. */
const FROM = block.value;
const TO = block.value + 4096;

/** The lengths in bits of a code for symbols that come so often, at most `limit`. */
export function codeLengths(counts: Int32Array, limit: number): Uint8Array {
  new Int32Array(memory.buffer, FROM, counts.length).set(counts);
  functions.codeLengths(FROM, counts.length, limit, TO);
  return new Uint8Array(memory.buffer, TO, counts.length).slice();
}

/** The codes of such lengths: bits as they are written, and their number << 16. */
export function codeWords(lengths: Uint8Array): Int32Array {
  new Uint8Array(memory.buffer, FROM, lengths.length).set(lengths);
  functions.codeWords(FROM, lengths.length, TO);
  return new Int32Array(memory.buffer, TO, lengths.length).slice();
}
