import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, link, open, rename, rm } from 'node:fs/promises';
import { FILE_MODE, type StorageRoot, writeAll } from './objects-files.ts';
import type { FileIdentity } from './objects-sidecars.ts';

/** A file that has no name among the objects yet: written, flushed, then published or thrown away. */
export class TemporaryFile {
  readonly path: string;
  readonly #handle: FileHandle;
  readonly #md5 = createHash('md5');
  #size = 0;
  #open = true;

  private constructor(path: string, handle: FileHandle) {
    this.path = path;
    this.#handle = handle;
  }

  static async create(root: StorageRoot): Promise<TemporaryFile> {
    const path = root.own('tmp', root.unique());
    return new TemporaryFile(path, await open(path, 'wx', FILE_MODE));
  }

  /** Bytes written. */
  get size(): number {
    return this.#size;
  }

  /** Draws a body to its end. Throws what it throws, the signal's reason, and errors of the file system. */
  async append(body: Iterable<Uint8Array> | AsyncIterable<Uint8Array>, signal?: AbortSignal): Promise<void> {
    for await (const piece of body) {
      signal?.throwIfAborted();
      this.#md5.update(piece);
      this.#size += piece.length;
      await writeAll(this.#handle, piece);
    }
    signal?.throwIfAborted();
  }

  /** The MD5 of what was written, in hex; ends the writing. */
  digest(): string {
    return this.#md5.digest('hex');
  }

  sync(): Promise<void> {
    return this.#handle.sync();
  }

  /** Sets the time of the last change to a microsecond of `now` (ms), and says what it is now. */
  async stamp(now: number): Promise<FileIdentity> {
    const seconds = (now + Math.floor(Math.random() * 1000) / 1000) / 1000;
    await this.#handle.utimes(seconds, seconds);
    const { size, mtimeNs } = await this.#handle.stat({ bigint: true });
    return { size, mtimeNs };
  }

  /** Gives the file its name, in place of what had it; with `alone`, EEXIST when the name is taken. */
  async publish(path: string, alone = false): Promise<void> {
    if (alone) await link(this.path, path);
    else await rename(this.path, path);
  }

  /** Closes, and removes what has not been published. */
  async dispose(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    await this.#handle.close();
    await rm(this.path, { force: true });
  }
}

/** Bytes of a file that is read piece by piece. */
const READ_BYTES = 256 * 1024;

/**
 * Bytes `from` to `to` (not included) of an open file, drawn at the reader's pace. Closes the file at its
 * end, and when it is returned early, also before its first piece.
 */
export class FileBody implements AsyncIterableIterator<Uint8Array> {
  readonly #handle: FileHandle;
  readonly #to: number;
  #at: number;
  #closed = false;

  constructor(handle: FileHandle, from: number, to: number) {
    this.#handle = handle;
    this.#at = from;
    this.#to = to;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Uint8Array>> {
    if (this.#closed) return { done: true, value: undefined };
    try {
      if (this.#at < this.#to) {
        const buffer = Buffer.allocUnsafe(Math.min(READ_BYTES, this.#to - this.#at));
        const { bytesRead } = await this.#handle.read(buffer, 0, buffer.length, this.#at);
        if (bytesRead === 0) throw new Error('an object has become shorter while it was read');
        this.#at += bytesRead;
        return { done: false, value: buffer.subarray(0, bytesRead) };
      }
    } catch (error) {
      await this.return();
      throw error;
    }
    return this.return();
  }

  async return(): Promise<IteratorResult<Uint8Array>> {
    if (!this.#closed) {
      this.#closed = true;
      await this.#handle.close();
    }
    return { done: true, value: undefined };
  }
}

/** Opens a regular file for reading, never by a symbolic link. */
export function openForReading(path: string): Promise<FileHandle> {
  // Without O_NONBLOCK, a FIFO that someone put there would hold the thread.
  return open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
}
