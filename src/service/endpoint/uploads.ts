/** Captures that clients have sent up and that wait for their replay: files in a directory of the service. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { appendFile, mkdir, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../../base/errors.ts';
import { ServiceError } from '../../base/service-error.ts';
import { UPLOAD_NAME } from './messages.ts';

export interface UploadLimits {
  /** Of all uploads together, those of replays that run included. */
  readonly maxBytes: number;
  readonly maxFiles: number;
  /** How long an upload waits for its replay, in milliseconds. */
  readonly maxAgeMs: number;
}

export const UPLOAD_LIMITS: UploadLimits = {
  maxBytes: 64 * 2 ** 30,
  maxFiles: 2000,
  maxAgeMs: 3600 * 1000,
};

/** How often uploads that nobody used are looked for, in milliseconds. */
const EXPIRE_MS = 60_000;

interface Upload {
  readonly path: string;
  bytes: number;
  at: number;
  /** A piece is being written. */
  busy: boolean;
}

/** Captures that a replay has taken. */
export interface TakenUploads {
  readonly files: readonly string[];
  /** Removes them. Safe to call twice. */
  release(): Promise<void>;
}

/** Uploads belong to one run of the service: what lies there at a start is removed. */
export class UploadStore {
  readonly #directory: string;
  readonly #limits: UploadLimits;
  /** By account and name; the names of accounts do not meet. */
  readonly #uploads = new Map<string, Upload>();
  #bytes = 0;
  #timer: NodeJS.Timeout | undefined;

  /** @param directory of the uploads alone; it is made and removed by this store */
  constructor(directory: string, limits: Partial<UploadLimits> = {}) {
    this.#directory = directory;
    this.#limits = { ...UPLOAD_LIMITS, ...limits };
  }

  start(): void {
    rmSync(this.#directory, { recursive: true, force: true });
    mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
    const { maxAgeMs } = this.#limits;
    // What cannot be removed is tried again.
    this.#timer = setInterval(() => void this.expire().catch(() => {}), Math.min(EXPIRE_MS, maxAgeMs));
    this.#timer.unref();
  }

  /** Bytes on disk. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Adds a piece to a capture; the one at offset 0 begins it anew. A piece that was sent before may be sent again,
   * since its answer may have been lost: what lies behind its offset gives way.
   * @returns how much of the capture is there, in bytes
   * @throws {ServiceError} for a name that cannot be, a piece that does not follow, and when there is no room
   */
  async put(account: string, name: string, offset: number, piece: Uint8Array): Promise<number> {
    checkName(name);
    const upload = offset === 0 ? await this.#begin(account, name) : this.#at(account, name, offset);
    if (upload.busy) throw new ServiceError('Busy', 'A piece of this upload is being written.', 409);
    upload.busy = true;
    try {
      const more = offset + piece.length - upload.bytes;
      if (this.#bytes + more > this.#limits.maxBytes) {
        throw noRoom(`uploads may take ${this.#limits.maxBytes} bytes together`);
      }
      this.#bytes += more;
      try {
        if (offset < upload.bytes) await truncate(upload.path, offset);
        await appendFile(upload.path, piece);
      } catch (error) {
        // What is there of the piece is overwritten by its next try.
        this.#bytes -= more;
        await truncate(upload.path, Math.min(offset, upload.bytes)).catch(() => {});
        this.#bytes -= upload.bytes - Math.min(offset, upload.bytes);
        upload.bytes = Math.min(offset, upload.bytes);
        throw isFull(error) ? noRoom(`the disk is full (${messageOf(error)})`) : error;
      }
      upload.bytes = offset + piece.length;
      upload.at = Date.now();
      return upload.bytes;
    } finally {
      upload.busy = false;
    }
  }

  /** Forgets an upload; false when there is none. */
  async delete(account: string, name: string): Promise<boolean> {
    const upload = this.#uploads.get(keyOf(account, name));
    if (upload === undefined) return false;
    if (upload.busy) throw new ServiceError('Busy', 'A piece of this upload is being written.', 409);
    this.#uploads.delete(keyOf(account, name));
    await this.#remove(upload);
    return true;
  }

  /**
   * Hands uploads to a replay: nobody else gets them.
   * @throws {ServiceError} when one is not there; then all stay
   */
  async take(account: string, names: readonly string[]): Promise<TakenUploads> {
    const uploads = names.map((name) => {
      const upload = this.#uploads.get(keyOf(account, name));
      if (upload === undefined) {
        throw noSuchUpload(name);
      }
      if (upload.busy) throw new ServiceError('Busy', 'A piece of this upload is being written.', 409);
      return upload;
    });
    for (const name of names) this.#uploads.delete(keyOf(account, name));
    // Each gets its name back: messages of a replay say it.
    const folder = join(this.#directory, `replay-${randomBytes(12).toString('hex')}`);
    await mkdir(folder, { mode: 0o700 });
    const files = await Promise.all(
      uploads.map(async ({ path }, index) => {
        const file = join(folder, `${index}-${names[index]}`);
        await rename(path, file);
        return file;
      }),
    );
    let released: Promise<void> | undefined;
    return {
      files,
      release: () =>
        (released ??= rm(folder, { recursive: true, force: true }).then(() => {
          for (const { bytes } of uploads) this.#bytes -= bytes;
        })),
    };
  }

  /** Removes what has waited for its replay for too long. */
  async expire(): Promise<void> {
    const oldest = Date.now() - this.#limits.maxAgeMs;
    for (const [key, upload] of this.#uploads) {
      if (upload.busy || upload.at > oldest) continue;
      this.#uploads.delete(key);
      await this.#remove(upload);
    }
  }

  /** Removes everything. */
  close(): void {
    clearInterval(this.#timer);
    this.#uploads.clear();
    this.#bytes = 0;
    rmSync(this.#directory, { recursive: true, force: true });
  }

  async #begin(account: string, name: string): Promise<Upload> {
    await this.expire();
    const before = this.#uploads.get(keyOf(account, name));
    if (before !== undefined) return before;
    if (this.#uploads.size >= this.#limits.maxFiles) {
      throw noRoom(`${this.#limits.maxFiles} uploads wait for their replay`);
    }
    const path = join(this.#directory, randomBytes(12).toString('hex'));
    const upload: Upload = { path, bytes: 0, at: Date.now(), busy: false };
    this.#uploads.set(keyOf(account, name), upload);
    try {
      await writeFile(path, '', { flag: 'wx', mode: 0o600 });
    } catch (error) {
      this.#uploads.delete(keyOf(account, name));
      throw isFull(error) ? noRoom(`the disk is full (${messageOf(error)})`) : error;
    }
    return upload;
  }

  #at(account: string, name: string, offset: number): Upload {
    const upload = this.#uploads.get(keyOf(account, name));
    if (upload === undefined) throw noSuchUpload(name);
    if (offset > upload.bytes) {
      const text = `The upload has ${upload.bytes} bytes: the next piece is the one at this offset.`;
      throw new ServiceError('PieceMissing', text, 409);
    }
    return upload;
  }

  async #remove(upload: Upload): Promise<void> {
    await rm(upload.path, { force: true });
    this.#bytes -= upload.bytes;
  }
}

function keyOf(account: string, name: string): string {
  return `${account}/${name}`;
}

/** Refuses a name that no file may have. */
export function checkName(name: string): void {
  if (UPLOAD_NAME.test(name)) return;
  throw new ServiceError(
    'InvalidName',
    'An upload is named by 1 to 100 letters, digits, dots, hyphens and underscores, a letter or digit first.',
    400,
  );
}

function noSuchUpload(name: string): ServiceError {
  return new ServiceError('NoSuchUpload', `There is no upload ${JSON.stringify(name)}: send it first.`, 404);
}

function noRoom(why: string): ServiceError {
  return new ServiceError('NoRoom', `There is no room for the upload: ${why}.`, 507);
}

function isFull(error: unknown): boolean {
  const code = (error as { code?: string } | undefined)?.code;
  return code === 'ENOSPC' || code === 'EDQUOT';
}
