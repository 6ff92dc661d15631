import { parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';

/** Rows of a Parquet file as lines: values in the order of the columns. */
export async function parquetRows(file: Buffer): Promise<string[]> {
  const buffer = file.buffer.slice(file.byteOffset, file.byteOffset + file.byteLength) as ArrayBuffer;
  const rows = await parquetReadObjects({ file: buffer, compressors });
  return rows.map((row) => Object.values(row).map(String).join(' '));
}
