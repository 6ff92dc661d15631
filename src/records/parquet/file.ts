import {
  CODEC_GZIP,
  CREATED_BY,
  ENCODING_DICTIONARY,
  ENCODING_PLAIN,
  ENCODING_RLE,
  FORMAT_VERSION,
  MAGIC,
  MAX_ROW_GROUPS,
} from './constants.ts';
import { parquetColumn } from '../catalogue.ts';
import { GrowingBytes } from '../../base/growing-bytes.ts';
import type { ChunkSummary, RowGroupSummary } from './row-group.ts';
import { physicalType, writeSchema } from './schema.ts';
import type { ColumnField } from './schema.ts';
import { LIST_OF_BINARY, LIST_OF_I32, LIST_OF_STRUCTS, ThriftWriter } from './thrift.ts';

/**
 * Keeps the footer of a Parquet file. Write header(), the bytes of every row group in the order of add(), and trailer().
 * A file without row groups is a valid empty one.
 */
export class ParquetFile {
  readonly #fields: readonly ColumnField[];
  readonly #groups: RowGroupSummary[] = [];
  #rows = 0;
  #length: number = MAGIC.length;
  #uncompressed = 0;

  /** `fields` are those that the row groups were made with. */
  constructor(fields: readonly ColumnField[]) {
    this.#fields = fields;
  }

  /** Bytes that the file begins with. */
  header(): Uint8Array {
    return MAGIC.slice();
  }

  /** Takes the next row group into the footer. @throws {RangeError} when it has other columns, or is one too many */
  add(group: RowGroupSummary): void {
    if (group.chunks.length !== this.#fields.length) {
      throw new RangeError(
        `a row group of ${group.chunks.length} columns in a file of ${this.#fields.length}`,
      );
    }
    if (this.full) {
      throw new RangeError(`more than ${MAX_ROW_GROUPS} row groups in a file`);
    }
    this.#groups.push(group);
    this.#rows += group.rows;
    this.#length += group.stored;
    this.#uncompressed += group.plain;
  }

  /** No further row group has room in the footer. */
  get full(): boolean {
    return this.#groups.length === MAX_ROW_GROUPS;
  }

  /** Rows so far. */
  get rows(): number {
    return this.#rows;
  }

  /** Bytes of the file so far, header included. */
  get length(): number {
    return this.#length;
  }

  /** Uncompressed bytes of the row groups so far: what parts are cut by (S6.4). */
  get uncompressed(): number {
    return this.#uncompressed;
  }

  /** The footer (`FileMetaData` of parquet.thrift), its length, and the bytes that the file ends with. */
  trailer(): Uint8Array {
    const out = new GrowingBytes();
    const thrift = new ThriftWriter(out);
    thrift.i32(1, FORMAT_VERSION);
    writeSchema(thrift, 2, this.#fields);
    thrift.i64(3, this.#rows);
    thrift.list(4, LIST_OF_STRUCTS, this.#groups.length);
    let start = MAGIC.length;
    this.#groups.forEach((group, ordinal) => {
      this.#writeGroup(thrift, group, start, ordinal);
      start += group.stored;
    });
    thrift.text(6, CREATED_BY);
    // Statistics are by the order of each column's type: signed numbers, unsigned bytes.
    thrift.list(7, LIST_OF_STRUCTS, this.#fields.length);
    for (const _ of this.#fields) {
      thrift.elementStruct();
      thrift.emptyStruct(1);
      thrift.end();
    }
    thrift.end();
    out.uint32(out.length);
    out.append(MAGIC);
    return out.written().slice();
  }

  #writeGroup(thrift: ThriftWriter, group: RowGroupSummary, start: number, ordinal: number): void {
    thrift.elementStruct();
    thrift.list(1, LIST_OF_STRUCTS, group.chunks.length);
    group.chunks.forEach((chunk, k) => writeChunk(thrift, this.#fields[k]!, chunk, group.rows, start));
    thrift.i64(2, group.plain);
    thrift.i64(3, group.rows);
    thrift.i64(5, start);
    thrift.i64(6, group.stored);
    thrift.i16(7, ordinal);
    thrift.end();
  }
}

/** `ColumnChunk`, with its `ColumnMetaData`; the group begins at `start` of the file. */
function writeChunk(
  thrift: ThriftWriter,
  field: ColumnField,
  chunk: ChunkSummary,
  rows: number,
  start: number,
): void {
  const at = start + chunk.at;
  thrift.elementStruct();
  // Deprecated: place of metadata outside of the footer, of which there is none.
  thrift.i64(2, 0);
  thrift.struct(3);
  thrift.i32(1, physicalType(field));
  thrift.list(2, LIST_OF_I32, 2);
  thrift.elementI32(chunk.dictionary > 0 ? ENCODING_DICTIONARY : ENCODING_PLAIN);
  thrift.elementI32(ENCODING_RLE);
  thrift.list(3, LIST_OF_BINARY, 1);
  thrift.elementText(parquetColumn(field.id));
  thrift.i32(4, CODEC_GZIP);
  thrift.i64(5, rows);
  thrift.i64(6, chunk.plain);
  thrift.i64(7, chunk.stored);
  thrift.i64(9, at + chunk.dictionary);
  if (chunk.dictionary > 0) thrift.i64(11, at);
  writeStatistics(thrift, chunk);
  thrift.end();
  thrift.end();
}

function writeStatistics(thrift: ThriftWriter, { nulls, min, max }: ChunkSummary): void {
  thrift.struct(12);
  thrift.i64(3, nulls);
  if (min !== undefined && max !== undefined) {
    thrift.binary(5, Buffer.from(max, 'base64'));
    thrift.binary(6, Buffer.from(min, 'base64'));
    thrift.bool(7, true);
    thrift.bool(8, true);
  }
  thrift.end();
}
