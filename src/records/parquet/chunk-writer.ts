import { crc32 } from 'node:zlib';
import {
  ENCODING_DICTIONARY,
  ENCODING_PLAIN,
  ENCODING_RLE,
  PAGE_DATA,
  PAGE_DICTIONARY,
} from './constants.ts';
import { GrowingBytes } from '../../base/growing-bytes.ts';
import { bitWidth, writeHybrid, writeRun } from './hybrid.ts';
import { appendGzip } from './page-gzip.ts';
import type { ChunkSummary } from './row-group.ts';
import { ThriftWriter } from './thrift.ts';

/**
 * Writes the pages of one column chunk behind another: each a header (`PageHeader` of parquet.thrift, with the CRC-32 of
 * what follows) and a gzip member. Data pages are of version 1: definition levels and values compressed together.
 */
export class ChunkWriter {
  readonly #out: GrowingBytes;
  /** The page at hand, before compression and after. */
  readonly #page = new GrowingBytes();
  readonly #deflated = new GrowingBytes();
  #at = 0;
  #plain = 0;
  #dictionary = 0;

  constructor(out: GrowingBytes) {
    this.#out = out;
  }

  begin(): void {
    this.#at = this.#out.length;
    this.#plain = 0;
    this.#dictionary = 0;
  }

  /** The dictionary page: entries in PLAIN encoding. The first page, if there is any. */
  dictionary(entries: Uint8Array, count: number): void {
    this.#finish(entries, PAGE_DICTIONARY, count, ENCODING_DICTIONARY);
    this.#dictionary = this.#out.length - this.#at;
  }

  /**
   * Begins a data page with the definition levels of its rows: `levels` [from, to), 1 where there is a value, or
   * undefined where all are. Values are to be appended to what is returned.
   */
  openData(levels: Int32Array | undefined, from: number, to: number): GrowingBytes {
    const page = this.#page;
    page.length = 0;
    page.uint32(0);
    if (levels === undefined) writeRun(page, to - from, 1, 1);
    else writeHybrid(page, levels, from, to, 1);
    page.view.setUint32(0, page.length - 4, true);
    return page;
  }

  /** Closes a data page of so many rows, whose values are plain. */
  closePlain(rows: number): void {
    this.#finish(this.#page.written(), PAGE_DATA, rows, ENCODING_PLAIN);
  }

  /** Appends so many indices of a dictionary's entries and closes the page. */
  closeIndices(rows: number, indices: Int32Array, count: number, entries: number): void {
    const width = bitWidth(entries);
    this.#page.uint8(width);
    writeHybrid(this.#page, indices, 0, count, width);
    this.#finish(this.#page.written(), PAGE_DATA, rows, ENCODING_DICTIONARY);
  }

  /** What was written since `begin`. */
  end(nulls: number, min: Uint8Array | undefined, max: Uint8Array | undefined): ChunkSummary {
    return {
      at: this.#at,
      stored: this.#out.length - this.#at,
      plain: this.#plain,
      dictionary: this.#dictionary,
      nulls,
      ...(min === undefined || max === undefined ? {} : { min: base64(min), max: base64(max) }),
    };
  }

  #finish(bytes: Uint8Array, type: number, values: number, encoding: number): void {
    const deflated = this.#deflated;
    deflated.length = 0;
    appendGzip(deflated, bytes);
    const stored = deflated.written();
    const start = this.#out.length;
    const thrift = new ThriftWriter(this.#out);
    thrift.i32(1, type);
    thrift.i32(2, bytes.length);
    thrift.i32(3, stored.length);
    thrift.i32(4, crc32(stored) | 0);
    if (type === PAGE_DATA) {
      thrift.struct(5);
      thrift.i32(1, values);
      thrift.i32(2, encoding);
      thrift.i32(3, ENCODING_RLE);
      thrift.i32(4, ENCODING_RLE);
    } else {
      thrift.struct(7);
      thrift.i32(1, values);
      thrift.i32(2, encoding);
    }
    thrift.end();
    thrift.end();
    this.#plain += this.#out.length - start + bytes.length;
    this.#out.append(stored);
  }
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}
