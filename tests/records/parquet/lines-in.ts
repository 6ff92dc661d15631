import type { RowGroup } from '../../../src/records/parquet/row-group.ts';
import type { ColumnField } from '../../../src/records/parquet/schema.ts';
import { readStrictly } from './strict-reader.ts';
import { toFile } from './write.ts';

/** The lines of text that the file of some row groups says, value by value. */
export function linesIn(fields: readonly ColumnField[], groups: readonly RowGroup[]): string[] {
  return readStrictly(toFile(fields, groups)).groups.flatMap(({ chunks }) =>
    chunks[0]!.values.map((_, i) => chunks.map(({ values }) => textOf(values[i]!)).join(' ')),
  );
}

function textOf(value: number | null | Uint8Array): string {
  if (value === null) return '-';
  return typeof value === 'number' ? String(value) : Buffer.from(value).toString('latin1');
}
