import { GROUP_LINES } from '../../records/parquet/group-lines.ts';
import type { Output } from './output.ts';
import type { OutputForm, Piece, TextPiece } from './pieces.ts';
import type { Writers } from './writers.ts';

/** Bytes of text that are held at most: lines that are long make a smaller row group. */
const HELD_BYTES = 1 << 24;

/** The output as the writers' pieces go in: of Parquet, text is gathered and made row groups by the writers. */
export function gathered(output: Output, form: OutputForm, writers: Writers): Output {
  return form === 'parquet' ? new RowGatherer(output, writers) : output;
}

/**
 * Gathers the lines of windows that fill no row group, until they do: a capture of days has thousands of small windows.
 * Where row groups begin and end follows from the lines of each window alone.
 */
class RowGatherer implements Output {
  readonly #output: Output;
  readonly #writers: Writers;
  #held: Uint8Array[] = [];
  #bytes = 0;
  #lines = 0;

  constructor(output: Output, writers: Writers) {
    this.#output = output;
    this.#writers = writers;
  }

  async write(piece: Piece): Promise<void> {
    if ('groups' in piece) {
      await this.#flush();
      return this.#output.write(piece);
    }
    if (this.#lines + piece.lines > GROUP_LINES || this.#bytes + piece.length > HELD_BYTES)
      await this.#flush();
    this.#hold(piece);
  }

  async end(): Promise<void> {
    await this.#flush();
    await this.#output.end();
  }

  #hold({ bytes, lines, length }: TextPiece): void {
    this.#held.push(bytes);
    this.#lines += lines;
    this.#bytes += length;
  }

  async #flush(): Promise<void> {
    if (this.#lines === 0) return;
    const text = new Uint8Array(this.#bytes);
    let at = 0;
    for (const bytes of this.#held) {
      text.set(bytes, at);
      at += bytes.length;
    }
    this.#held = [];
    this.#bytes = 0;
    this.#lines = 0;
    await this.#output.write(await this.#writers.rowGroups(text));
  }
}
