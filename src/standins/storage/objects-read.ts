/** Objects that are read: their files, and what the sidecars say of them. */
import { createHash } from 'node:crypto';
import { type FileHandle, lstat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ObjectInfo } from './object-storage.ts';
import type { BucketRecord } from './objects-buckets.ts';
import { codeOf, ignoreMissing, isMissing, isReal } from './objects-files.ts';
import { DEFAULT_CONTENT_TYPE } from './objects-options.ts';
import type { FileIdentity, Sidecars } from './objects-sidecars.ts';
import { FileBody, openForReading } from './objects-temporary.ts';

/** An object that is read: its file stays what it was, whatever is put meanwhile. Draw the body or return it. */
export interface OpenObject {
  readonly info: ObjectInfo;
  /** Bytes `from` to `to` (not included); all by default. To be called once. */
  body(from?: number, to?: number): FileBody;
  /** For an object whose body is not wanted. */
  close(): Promise<void>;
}

/** How often reading starts again when the object is replaced between two looks at it. */
const READ_ATTEMPTS = 20;

export class ObjectReader {
  readonly #sidecars: Sidecars;

  constructor(sidecars: Sidecars) {
    this.#sidecars = sidecars;
  }

  /** The object at a path; undefined where there is none. */
  async open(record: BucketRecord, key: string, path: string): Promise<OpenObject | undefined> {
    if (!(await isReal(join(path, '..')))) return undefined;
    for (let attempt = 1; ; attempt++) {
      const handle = await openForReading(path).catch((error: unknown) => {
        if (isMissing(error) || codeOf(error) === 'ENXIO') return undefined;
        throw error;
      });
      if (handle === undefined) return undefined;
      let kept = false;
      try {
        const stat = await handle.stat({ bigint: true });
        if (!stat.isFile()) return undefined;
        const size = Number(stat.size);
        let info = await this.#sidecars.read(record, key, stat);
        if (info === undefined) {
          if (attempt < READ_ATTEMPTS && !(await isCurrent(path, stat))) continue;
          info = await this.#describe(record, key, stat, handle);
        }
        kept = true;
        return {
          info,
          body: (from = 0, to = size) => new FileBody(handle, from, to),
          close: () => handle.close(),
        };
      } finally {
        if (!kept) await handle.close();
      }
    }
  }

  /** What is known of the object at a path, whose directory is a real one; undefined where there is none. */
  async head(record: BucketRecord, key: string, path: string): Promise<ObjectInfo | undefined> {
    for (let attempt = 1; ; attempt++) {
      const identity = await identityAt(path);
      if (identity === undefined) return undefined;
      const info = await this.#sidecars.read(record, key, identity);
      if (info !== undefined) return info;
      if (attempt < READ_ATTEMPTS && !(await isCurrent(path, identity))) continue;
      const handle = await openForReading(path).catch(ignoreMissing);
      if (handle === undefined) return undefined;
      try {
        return await this.#describe(record, key, await handle.stat({ bigint: true }), handle);
      } finally {
        await handle.close();
      }
    }
  }

  /** Works out what a file without a sidecar is, and keeps it where it can: files that were put there by hand,
   * and what a crash of the machine left. */
  async #describe(
    record: BucketRecord,
    key: string,
    identity: FileIdentity,
    handle: FileHandle,
  ): Promise<ObjectInfo> {
    const md5 = createHash('md5');
    const buffer = Buffer.allocUnsafe(256 * 1024);
    for (let at = 0; ;) {
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, at);
      if (bytesRead === 0) break;
      md5.update(buffer.subarray(0, bytesRead));
      at += bytesRead;
    }
    const info: ObjectInfo = {
      key,
      size: Number(identity.size),
      etag: md5.digest('hex'),
      lastModified: Number(identity.mtimeNs / 1_000_000n),
      contentType: DEFAULT_CONTENT_TYPE,
      headers: {},
    };
    // It can be worked out again, so nobody waits for the disk, and a disk that is full or read-only is no matter.
    await this.#sidecars.write(record, identity, info, false).catch(() => false);
    return info;
  }
}

/** Of a regular file; undefined for anything else. */
export async function identityAt(path: string): Promise<FileIdentity | undefined> {
  try {
    const stat = await lstat(path, { bigint: true });
    return stat.isFile() ? stat : undefined;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Whether the file at a path is still that version. */
export async function isCurrent(path: string, identity: FileIdentity): Promise<boolean> {
  const now = await identityAt(path);
  return now !== undefined && now.size === identity.size && now.mtimeNs === identity.mtimeNs;
}
