/** Rows as plain values, written as the writer's users do: in batches, closing row groups when there is no room. */
import { ParquetColumns } from '../../../src/records/parquet/columns.ts';
import type { ColumnValues, RowGroupLimits } from '../../../src/records/parquet/columns.ts';
import { ParquetFile } from '../../../src/records/parquet/file.ts';
import { NULL_INT32, NULL_INT64 } from '../../../src/records/parquet/integer-chunk.ts';
import type { RowGroup } from '../../../src/records/parquet/row-group.ts';
import type { ColumnField } from '../../../src/records/parquet/schema.ts';

/** A column's values: numbers or null, texts or bytes. */
export type Given = readonly (number | null | string | Uint8Array)[];

export interface Options extends RowGroupLimits {
  readonly batch?: number;
  /** Strings that the dictionary is asked for before each batch, and no row has. */
  readonly aside?: readonly string[];
}

export function rowGroups(
  fields: readonly ColumnField[],
  given: readonly Given[],
  options: Options = {},
): RowGroup[] {
  const { batch = 1024, aside = [], ...limits } = options;
  const columns = new ParquetColumns(fields, limits);
  const rows = given[0]!.length;
  const groups: RowGroup[] = [];
  for (let at = 0; at < rows;) {
    const count = Math.min(batch, columns.room, rows - at);
    for (const text of aside) columns.strings.ofBytes(Buffer.from(text));
    const values = fields.map((field, k) => toColumn(columns, field, given[k]!.slice(at, at + count)));
    columns.appendBatch(count, values);
    at += count;
    if (columns.room === 0) groups.push(columns.close());
  }
  if (columns.rows > 0) groups.push(columns.close());
  return groups;
}

export function toFile(fields: readonly ColumnField[], groups: readonly RowGroup[]): Buffer {
  const file = new ParquetFile(fields);
  const parts: Uint8Array[] = [file.header()];
  for (const { bytes, summary } of groups) {
    file.add(summary);
    parts.push(bytes);
  }
  const before = Buffer.concat(parts).length;
  if (before !== file.length) throw new Error(`${before} bytes, and the file says ${file.length}`);
  parts.push(file.trailer());
  return Buffer.concat(parts);
}

export function write(
  fields: readonly ColumnField[],
  given: readonly Given[],
  options: Options = {},
): Buffer {
  return toFile(fields, rowGroups(fields, given, options));
}

function toColumn(columns: ParquetColumns, { type }: ColumnField, given: Given): ColumnValues {
  if (type === 'INT_32') return Int32Array.from(given, (value) => (value as number | null) ?? NULL_INT32);
  if (type === 'INT_64') return Float64Array.from(given, (value) => (value as number | null) ?? NULL_INT64);
  return Int32Array.from(given, (value) => columns.strings.ofBytes(Buffer.from(value as string)));
}
