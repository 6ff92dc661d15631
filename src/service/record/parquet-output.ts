/** Parquet as `record` writes it: loaded only where it is asked for. */
import { UserError } from '../../base/errors.ts';
import type { LogFormat } from '../../records/formats.ts';
import { ParquetFile } from '../../records/parquet/file.ts';
import { LineColumns } from '../../records/parquet/line-columns.ts';
import { type ColumnField, parquetColumnsOf } from '../../records/parquet/schema.ts';
import type { ByteSink, Output } from './output.ts';
import type { Piece } from './pieces.ts';

/** What makes row groups of lines of a format. */
export function lineColumnsOf(format: LogFormat): LineColumns {
  return new LineColumns(parquetColumnsOf(format));
}

/** A Parquet file of a format's lines; `path` is for messages. */
export function openParquet(sink: ByteSink, path: string, format: LogFormat): Output {
  return new ParquetOutput(sink, path, parquetColumnsOf(format));
}

/** A Parquet file, whose end says where everything is: it can be read when that is written. */
class ParquetOutput implements Output {
  readonly #sink: ByteSink;
  readonly #path: string;
  readonly #file: ParquetFile;
  #begun = false;

  constructor(sink: ByteSink, path: string, columns: readonly ColumnField[]) {
    this.#sink = sink;
    this.#path = path;
    this.#file = new ParquetFile(columns);
  }

  async write(piece: Piece): Promise<void> {
    if (!('groups' in piece)) throw new TypeError('text for an output of row groups');
    await this.#begin();
    for (const { bytes, summary } of piece.groups) {
      if (this.#file.full) {
        throw new UserError(
          `a Parquet file has no room for more row groups than are in ${this.#path}: record less into one file`,
        );
      }
      this.#file.add(summary);
      await this.#sink.write(bytes);
    }
  }

  async end(): Promise<void> {
    await this.#begin();
    await this.#sink.write(this.#file.trailer());
    await this.#sink.end();
  }

  async #begin(): Promise<void> {
    if (this.#begun) return;
    this.#begun = true;
    await this.#sink.write(this.#file.header());
  }
}
