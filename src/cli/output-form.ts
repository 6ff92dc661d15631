import { UsageError } from '../base/errors.ts';
import { isGzipPath } from '../service/record/output.ts';
import type { OutputForm } from '../service/record/pieces.ts';

/** What `--output` of the commands that write records takes. */
export const OUTPUT_KINDS = ['text', 'parquet'] as const;

export interface OutputFlags {
  readonly output: (typeof OUTPUT_KINDS)[number];
  readonly o: string;
  readonly header: boolean;
}

/** The form of the output. @throws {UsageError} for flags that do not go together, and Parquet for a terminal */
export function outputFormOf({ output, o: path, header }: OutputFlags): OutputForm {
  const gzip = isGzipPath(path);
  if (output === 'text') return gzip ? 'gzip' : 'text';
  if (!header) {
    throw new UsageError('--no-header is for text: a Parquet file names its columns at its end');
  }
  if (gzip) {
    throw new UsageError(
      `-o ${path}: Parquet compresses each column, and no reader takes it inside of gzip; end the name with .parquet`,
    );
  }
  if (path === '-' && process.stdout.isTTY) {
    throw new UsageError('Parquet is not for a terminal: give -o FILE.parquet, or write into a pipe');
  }
  return 'parquet';
}
