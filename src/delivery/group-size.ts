/** What a row group counts for when Parquet objects are cut (S6.4). Pure. */
import { MAX_ROW_GROUPS } from '../records/parquet/constants.ts';
import type { RowGroupSummary } from '../records/parquet/row-group.ts';
import { OBJECT_BYTES } from './limits.ts';

/** Bytes that the footer says of a column of a row group at most, beside its smallest and largest value: its name, types,
 * encodings, places and sums, each number as a varint. */
const FOOTER_COLUMN_BYTES = 160;
/** The row group itself in the footer. */
const FOOTER_GROUP_BYTES = 64;

/** No object of groups that count so much each has more of them than a file may have. */
const LEAST = Math.ceil(OBJECT_BYTES / (MAX_ROW_GROUPS - 1));

/** Uncompressed bytes, and a bound on what the footer says of it: many small groups cost more there than here. */
export function groupSize({ plain, chunks }: RowGroupSummary): number {
  const footer = chunks.reduce(
    (sum, { min = '', max = '' }) => sum + FOOTER_COLUMN_BYTES + min.length + max.length,
    FOOTER_GROUP_BYTES,
  );
  return Math.max(plain + footer, LEAST);
}
