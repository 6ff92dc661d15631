import type { LogFormat } from '../../records/formats.ts';
import { LineColumns } from '../../records/parquet/line-columns.ts';
import { parquetColumnsOf } from '../../records/parquet/schema.ts';

/** Formats whose tables are kept: some megabytes each. Those of one window are written one after another. */
const MAX_FORMATS = 4;

/** What makes columns of a format's lines: one for all flow logs of a recording. */
export class FormatColumns {
  readonly #columns = new Map<string, LineColumns>();

  /** Empty between two uses; the least recently used one makes room. */
  of(format: LogFormat): LineColumns {
    const key = `${format.kind} ${format.text}`;
    const columns = this.#columns.get(key) ?? new LineColumns(parquetColumnsOf(format));
    this.#columns.delete(key);
    if (this.#columns.size === MAX_FORMATS) this.#columns.delete(this.#columns.keys().next().value!);
    this.#columns.set(key, columns);
    return columns;
  }
}
