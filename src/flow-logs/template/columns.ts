/** Columns of the Athena table over a flow log's files. */
import { parquetColumn } from '../../records/catalogue.ts';
import type { LogFormat } from '../../records/formats.ts';
import type { FileFormat } from '../model.ts';

/** A column or partition key, by its name in SQL (unquoted) and its type in Athena's DDL. */
export interface AthenaColumn {
  readonly name: string;
  readonly type: string;
}

const TYPES = { INT_32: 'int', INT_64: 'bigint', STRING: 'string' } as const;

/** Wider in tables over text than in Parquet files, as the service's documented tables have it. */
const WIDE_IN_TEXT: ReadonlySet<string> = new Set(['protocol']);

/**
 * The columns of a log format: one for each field, in the order of the line, with underscores in the names (Parquet
 * is read by these names, text by position). No name is that of a partition key (layout.ts): `region` and
 * `account_id` are columns here and would clash with keys of these names, which some tables of others have.
 */
export function athenaColumns(
  { fields }: Pick<LogFormat, 'fields'>,
  fileFormat: FileFormat = 'plain-text',
): AthenaColumn[] {
  return fields.map(({ id, type }) => ({
    name: parquetColumn(id),
    type: fileFormat === 'plain-text' && WIDE_IN_TEXT.has(id) ? 'bigint' : TYPES[type],
  }));
}
