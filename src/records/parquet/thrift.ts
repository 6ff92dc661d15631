import type { GrowingBytes } from '../../base/growing-bytes.ts';

/**
 * Thrift's compact protocol (apache/thrift, doc/specs/thrift-compact-protocol.md), as much as the metadata of
 * Parquet takes: structs are written field by field, in the order of ascending ids at most 15 apart.
 */

const TRUE = 1;
const FALSE = 2;
const I8 = 3;
const I16 = 4;
const I32 = 5;
const I64 = 6;
const BINARY = 8;
const LIST = 9;
const STRUCT = 12;

/** Types of a list's elements. */
export const LIST_OF_I32: number = I32;
export const LIST_OF_BINARY: number = BINARY;
export const LIST_OF_STRUCTS: number = STRUCT;

const MOST_DELTA = 15;
/** Elements that a list's first byte can tell. */
const SHORT_LIST = 15;

/** Writes the fields of one struct and of the structs within it; `end` closes the innermost one. */
export class ThriftWriter {
  readonly #out: GrowingBytes;
  /** Id of the last field of the innermost struct, and of those around it. */
  #last = 0;
  readonly #outer: number[] = [];

  constructor(out: GrowingBytes) {
    this.#out = out;
  }

  i8(id: number, value: number): void {
    this.#field(id, I8);
    this.#out.uint8(value & 0xff);
  }

  i16(id: number, value: number): void {
    this.#field(id, I16);
    this.#zigzag(value);
  }

  i32(id: number, value: number): void {
    this.#field(id, I32);
    this.#zigzag(value);
  }

  /** A whole number from 0 to 2^53. */
  i64(id: number, value: number): void {
    this.#field(id, I64);
    this.#zigzag(value);
  }

  bool(id: number, value: boolean): void {
    this.#field(id, value ? TRUE : FALSE);
  }

  binary(id: number, bytes: Uint8Array): void {
    this.#field(id, BINARY);
    this.#bytes(bytes);
  }

  text(id: number, text: string): void {
    this.binary(id, Buffer.from(text));
  }

  /** A list, whose elements follow: element…() so many times. */
  list(id: number, elements: number, count: number): void {
    this.#field(id, LIST);
    if (count < SHORT_LIST) this.#out.uint8((count << 4) | elements);
    else {
      this.#out.uint8((SHORT_LIST << 4) | elements);
      this.#out.varint(count);
    }
  }

  elementI32(value: number): void {
    this.#zigzag(value);
  }

  elementText(text: string): void {
    this.#bytes(Buffer.from(text));
  }

  /** Opens a struct in a list. */
  elementStruct(): void {
    this.#outer.push(this.#last);
    this.#last = 0;
  }

  /** Opens a struct as a field. */
  struct(id: number): void {
    this.#field(id, STRUCT);
    this.elementStruct();
  }

  /** A field that is a struct without fields. */
  emptyStruct(id: number): void {
    this.struct(id);
    this.end();
  }

  /** Closes the innermost struct. */
  end(): void {
    this.#out.uint8(0);
    this.#last = this.#outer.pop() ?? 0;
  }

  #field(id: number, type: number): void {
    const delta = id - this.#last;
    if (delta < 1 || delta > MOST_DELTA) throw new RangeError(`field ${id} behind field ${this.#last}`);
    this.#out.uint8((delta << 4) | type);
    this.#last = id;
  }

  /** 0, -1, 1, -2, … as 0, 1, 2, 3, … */
  #zigzag(value: number): void {
    this.#out.varint(value < 0 ? -2 * value - 1 : 2 * value);
  }

  #bytes(bytes: Uint8Array): void {
    this.#out.varint(bytes.length);
    this.#out.append(bytes);
  }
}
