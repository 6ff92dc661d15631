/** The WebAssembly of records (wasm/records.ts) and its memory: one for each thread. */
import { RECORDS_MODULE } from './module.generated.ts';

/** What is used of WebAssembly: its types come with those of browsers only. */
declare const WebAssembly: {
  readonly Module: new (code: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
};
interface Global {
  readonly value: number;
}

/** What the module exports: functions, and where things stand in its memory and how much of them (bytes). */
export interface RecordsExports {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  readonly block: Global;
  readonly maxBlock: Global;
  readonly output: Global;
  readonly ops: Global;
  readonly opsBytes: Global;
  readonly lineInput: Global;
  readonly lineInputBytes: Global;
  readonly texts: Global;
  readonly textsBytes: Global;
  readonly written: Global;
  deflate(from: number, bytes: number): number;
  printLines(count: number, stride: number, to: number): number;
  codeLengths(counts: number, symbols: number, limit: number, lengths: number): void;
  codeWords(lengths: number, symbols: number, codes: number): void;
  printIPv4(to: number, address: number): number;
  printIPv6(to: number, from: number): number;
  printUint32(to: number, value: number): number;
  printCount(to: number, value: number): number;
}

const PAGE_BYTES = 1 << 16;

/** An instance and views of its memory, which are others when it has grown. */
export class RecordsInstance {
  readonly exports: RecordsExports;
  bytes: Uint8Array<ArrayBuffer>;
  words: Int32Array<ArrayBuffer>;
  doubles: Float64Array<ArrayBuffer>;

  constructor() {
    const module = new WebAssembly.Module(Buffer.from(RECORDS_MODULE, 'base64'));
    // What the module exports is what its source says.
    this.exports = new WebAssembly.Instance(module).exports as RecordsExports;
    const { buffer } = this.exports.memory;
    this.bytes = new Uint8Array(buffer);
    this.words = new Int32Array(buffer);
    this.doubles = new Float64Array(buffer);
  }

  /** Makes the memory reach to byte `end`, and then some. Throws a RangeError when there is none. */
  reach(end: number): void {
    const missing = end - this.bytes.length;
    if (missing <= 0) return;
    const { memory } = this.exports;
    memory.grow(Math.ceil(Math.max(missing, this.bytes.length / 2) / PAGE_BYTES));
    this.bytes = new Uint8Array(memory.buffer);
    this.words = new Int32Array(memory.buffer);
    this.doubles = new Float64Array(memory.buffer);
  }
}

let instance: RecordsInstance | undefined;

/** This thread's, made when it is first asked for. */
export function recordsInstance(): RecordsInstance {
  return (instance ??= new RecordsInstance());
}
