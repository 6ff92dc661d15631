import { closeSync, openSync, writeSync } from 'node:fs';
import { messageOf, UserError } from '../../base/errors.ts';
import { GzipMember } from '../../records/gzip.ts';
import type { LogFormat } from '../../records/formats.ts';
import type { OutputForm, Piece, TextPiece } from './pieces.ts';

/** Where lines go. Pieces come in order, of one kind: text, or row groups of Parquet. */
export interface Output {
  write(piece: Piece): Promise<void>;
  /** Writes what ends the output and lets go of it. */
  end(): Promise<void>;
}

/** The reader of standard output has gone (`| head`): not an error of ours. */
export class ReaderGone extends Error {}

/** True when an output path asks for gzip, by its ending. */
export function isGzipPath(path: string): boolean {
  return path.endsWith('.gz');
}

/** Opens a file, or standard output for `-`. The file is made at once, so that a wrong path fails early. */
export function openOutput(path: string, form: OutputForm, format: LogFormat): Output {
  const bytes = path === '-' ? new StandardOutput() : new FileBytes(path);
  if (form === 'parquet') return new LaterOutput(parquetOutput(bytes, path, format));
  return form === 'gzip' ? new GzipOutput(bytes) : new TextOutput(bytes);
}

/** Parquet is loaded when it is asked for: lines of text do without. */
async function parquetOutput(bytes: ByteSink, path: string, format: LogFormat): Promise<Output> {
  return (await import('./parquet-output.ts')).openParquet(bytes, path, format);
}

/** Where the bytes of an output go. */
export interface ByteSink {
  write(bytes: Uint8Array): Promise<void>;
  end(): Promise<void>;
}

class FileBytes implements ByteSink {
  readonly #path: string;
  readonly #fd: number;

  constructor(path: string) {
    this.#path = path;
    try {
      this.#fd = openSync(path, 'w');
    } catch (error) {
      throw new UserError(`cannot write ${path}: ${messageOf(error)}`, { cause: error });
    }
  }

  async write(bytes: Uint8Array): Promise<void> {
    let from = 0;
    try {
      while (from < bytes.length) from += writeSync(this.#fd, bytes, from);
    } catch (error) {
      throw new UserError(`cannot write ${this.#path}: ${messageOf(error)}; what is in it is incomplete`, {
        cause: error,
      });
    }
  }

  async end(): Promise<void> {
    closeSync(this.#fd);
  }
}

class StandardOutput implements ByteSink {
  #gone: Error | undefined;

  constructor() {
    process.stdout.on('error', (error: NodeJS.ErrnoException) => {
      this.#gone =
        error.code === 'EPIPE'
          ? new ReaderGone('the reader of standard output has gone')
          : new UserError(`cannot write to standard output: ${error.message}`, { cause: error });
    });
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (this.#gone !== undefined) throw this.#gone;
    await new Promise<void>((resolve) => {
      // Called back when the bytes are handed to the system: the back-pressure of a slow reader.
      process.stdout.write(bytes, () => resolve());
    });
    if (this.#gone !== undefined) throw this.#gone;
  }

  async end(): Promise<void> {}
}

class TextOutput implements Output {
  readonly #sink: ByteSink;

  constructor(sink: ByteSink) {
    this.#sink = sink;
  }

  write(piece: Piece): Promise<void> {
    return this.#sink.write(asText(piece).bytes);
  }

  end(): Promise<void> {
    return this.#sink.end();
  }
}

/** One gzip member (S6.4) from deflated pieces. */
class GzipOutput implements Output {
  readonly #sink: ByteSink;
  readonly #member = new GzipMember();
  #begun = false;

  constructor(sink: ByteSink) {
    this.#sink = sink;
  }

  async write(piece: Piece): Promise<void> {
    await this.#begin();
    this.#member.add(asText(piece));
    await this.#sink.write(asText(piece).bytes);
  }

  async end(): Promise<void> {
    await this.#begin();
    await this.#sink.write(this.#member.trailer());
    await this.#sink.end();
  }

  async #begin(): Promise<void> {
    if (this.#begun) return;
    this.#begun = true;
    await this.#sink.write(this.#member.header());
  }
}

function asText(piece: Piece): TextPiece {
  if ('groups' in piece) throw new TypeError('row groups for an output of text');
  return piece;
}

/** An output that is still being loaded. */
class LaterOutput implements Output {
  readonly #made: Promise<Output>;

  constructor(made: Promise<Output>) {
    this.#made = made;
    this.#made.catch(() => {}); // whoever writes hears of it
  }

  async write(piece: Piece): Promise<void> {
    await (await this.#made).write(piece);
  }

  async end(): Promise<void> {
    await (await this.#made).end();
  }
}
