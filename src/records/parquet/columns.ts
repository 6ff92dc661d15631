import { ChunkWriter } from './chunk-writer.ts';
import { ROW_GROUP_ROWS, ROW_GROUP_STRING_BYTES } from './constants.ts';
import { GrowingBytes } from '../../base/growing-bytes.ts';
import { IntegerChunks } from './integer-chunk.ts';
import type { Integers } from './integer-dictionary.ts';
import type { ChunkSummary, RowGroup } from './row-group.ts';
import type { ColumnField } from './schema.ts';
import { StringChunks } from './string-chunk.ts';
import { StringDictionary } from './strings.ts';

/**
 * A column of a batch. INT_32: Int32Array, NULL_INT32 for null. INT_64: Float64Array of whole numbers up to 2^53,
 * NULL_INT64 for null. STRING: Int32Array of ids of the columns' `strings`; never null.
 */
export type ColumnValues = Integers;

/** Smaller limits than the usual ones. */
export interface RowGroupLimits {
  /** 1 to ROW_GROUP_ROWS. */
  readonly rows?: number;
  readonly stringBytes?: number;
}

const FIRST_ROWS = 1 << 10;

/**
 * Gathers rows, column by column, and makes row groups of them:
 *
 *   while there are rows: fill a batch of at most `room` rows, appendBatch; when room is 0, close
 *   at the end: close, if there are rows
 *
 * Strings are entries of `strings`, which begins anew with each row group. The bytes follow from the rows, their order
 * and the batches' sizes alone.
 */
export class ParquetColumns {
  readonly fields: readonly ColumnField[];
  /** The strings of the row group, of all columns together. */
  readonly strings: StringDictionary = new StringDictionary();
  readonly #maxRows: number;
  readonly #maxStringBytes: number;
  readonly #columns: ColumnValues[];
  readonly #out = new GrowingBytes();
  readonly #chunk = new ChunkWriter(this.#out);
  readonly #integers = new IntegerChunks();
  readonly #texts = new StringChunks(this.strings);
  #rows = 0;

  /** One column for each field, in their order. */
  constructor(fields: readonly ColumnField[], limits: RowGroupLimits = {}) {
    const { rows = ROW_GROUP_ROWS, stringBytes = ROW_GROUP_STRING_BYTES } = limits;
    if (!(rows >= 1 && rows <= ROW_GROUP_ROWS)) {
      throw new RangeError(`a row group of ${rows} rows: 1 to ${ROW_GROUP_ROWS} are possible`);
    }
    this.fields = fields;
    this.#maxRows = rows;
    this.#maxStringBytes = stringBytes;
    this.#columns = fields.map((field) => newColumn(field, Math.min(rows, FIRST_ROWS)));
  }

  /** Rows since the last row group. */
  get rows(): number {
    return this.#rows;
  }

  /** How many more rows the row group takes: 0 when it is to be closed, for its rows or for its strings' bytes. */
  get room(): number {
    return this.strings.bytes >= this.#maxStringBytes ? 0 : this.#maxRows - this.#rows;
  }

  /**
   * Appends the first `count` values of each column, which are copied. @throws {RangeError} when there is no room for
   * the rows, or a column is missing, too short or of another type
   */
  appendBatch(count: number, batch: readonly ColumnValues[]): void {
    if (batch.length !== this.fields.length) {
      throw new RangeError(`a batch of ${batch.length} columns, of ${this.fields.length}`);
    }
    if (count > this.#maxRows - this.#rows) {
      throw new RangeError(`a batch of ${count} rows where ${this.#maxRows - this.#rows} have room`);
    }
    batch.forEach((values, k) => {
      const { id, type } = this.fields[k]!;
      if (values instanceof Float64Array !== (type === 'INT_64') || values.length < count) {
        throw new RangeError(
          `column ${id} of type ${type} is given ${values.constructor.name} of ${values.length}`,
        );
      }
    });
    this.#reserve(this.#rows + count);
    batch.forEach((values, k) => this.#columns[k]!.set(values.subarray(0, count), this.#rows));
    this.#rows += count;
  }

  /**
   * The row group of what was appended; then there are no rows and no strings. @throws {RangeError} without rows, or for
   * a string or number that is none
   */
  close(): RowGroup {
    const closing = this.closing();
    for (;;) {
      const step = closing.next();
      if (step.done === true) return step.value;
    }
  }

  /** The same, yielding after each column: some milliseconds of work. Nothing may be appended meanwhile. */
  *closing(): Generator<void, RowGroup> {
    const rows = this.#rows;
    if (rows === 0) throw new RangeError('a row group without rows');
    const out = this.#out;
    out.length = 0;
    const chunks: ChunkSummary[] = [];
    for (const [k, { id, type }] of this.fields.entries()) {
      const values = this.#columns[k]!;
      chunks.push(
        type === 'STRING'
          ? this.#texts.write(this.#chunk, values as Int32Array, rows, id)
          : this.#integers.write(this.#chunk, values, rows, id),
      );
      yield;
    }
    const plain = chunks.reduce((sum, chunk) => sum + chunk.plain, 0);
    const group = { bytes: out.written().slice(), summary: { rows, stored: out.length, plain, chunks } };
    this.#rows = 0;
    this.strings.clear();
    return group;
  }

  #reserve(rows: number): void {
    const size = this.#columns[0]?.length ?? 0;
    if (rows <= size) return;
    const capacity = Math.min(this.#maxRows, Math.max(rows, 2 * size));
    this.fields.forEach((field, k) => {
      const grown = newColumn(field, capacity);
      grown.set(this.#columns[k]!.subarray(0, this.#rows));
      this.#columns[k] = grown;
    });
  }
}

function newColumn(field: ColumnField, rows: number): ColumnValues {
  return field.type === 'INT_64' ? new Float64Array(rows) : new Int32Array(rows);
}
