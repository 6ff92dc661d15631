import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ObjectInfo } from './object-storage.ts';
import type { BucketRecord } from './objects-buckets.ts';
import {
  codeOf,
  makeDirectory,
  readSmall,
  type StorageRoot,
  syncDirectory,
  writeNew,
} from './objects-files.ts';

/**
 * What is kept of objects beside their bytes: a small file for each version of each object, named by the key and
 * by what tells the file of that version from others (size and time of its last change, which a put sets to a
 * time that no other version has). It is written before the object's file gets its name, so that a reader who
 * sees the file finds it; whoever replaces the file takes it away.
 */

/** What of a file's state tells the versions of an object apart. */
export interface FileIdentity {
  readonly size: bigint;
  readonly mtimeNs: bigint;
}

/** How often a directory is made again that the deletion of its bucket takes away. */
const ATTEMPTS = 10;

export class Sidecars {
  readonly #root: StorageRoot;

  constructor(root: StorageRoot) {
    this.#root = root;
  }

  /** undefined where there is none, or none that can be read. */
  async read(bucket: BucketRecord, key: string, identity: FileIdentity): Promise<ObjectInfo | undefined> {
    const text = await readSmall(this.#path(bucket, key, identity));
    if (text === undefined) return undefined;
    try {
      const info = JSON.parse(text) as ObjectInfo;
      return info.key === key ? info : undefined;
    } catch {
      return undefined; // torn by a crash of the machine: as if there were none
    }
  }

  /** Durable unless told otherwise. False when this version has one already. */
  async write(
    bucket: BucketRecord,
    identity: FileIdentity,
    info: ObjectInfo,
    durable = true,
  ): Promise<boolean> {
    const path = this.#path(bucket, info.key, identity);
    const text = `${JSON.stringify(info)}\n`;
    for (let attempt = 1; ; attempt++) {
      try {
        await writeNew(path, text, durable);
        if (durable) await syncDirectory(dirname(path));
        return true;
      } catch (error) {
        if (codeOf(error) === 'EEXIST') return false;
        if (codeOf(error) !== 'ENOENT') throw error;
        await this.#root.check();
        if (attempt === ATTEMPTS) throw error;
        // One by one: a root that is gone is not made again. That of a bucket that is being deleted may vanish
        // meanwhile; giving the object its name is what then fails.
        await makeDirectory(this.#root.own('objects', bucket.id)).catch(ignoreMissing);
        await makeDirectory(dirname(path)).catch(ignoreMissing);
      }
    }
  }

  async remove(bucket: BucketRecord, key: string, identity: FileIdentity): Promise<void> {
    await rm(this.#path(bucket, key, identity), { force: true });
  }

  /** Of a bucket that is gone. */
  async removeAll(bucket: BucketRecord): Promise<void> {
    const directory = this.#root.own('objects', bucket.id);
    await rm(directory, { recursive: true, force: true }).catch(() => undefined);
  }

  #path(bucket: BucketRecord, key: string, { size, mtimeNs }: FileIdentity): string {
    const name = createHash('sha256').update(`${size}-${mtimeNs}-${key}`).digest('hex').slice(0, 40);
    return join(this.#root.own('objects', bucket.id), name.slice(0, 2), `${name.slice(2)}.json`);
  }
}

function ignoreMissing(error: unknown): void {
  if (codeOf(error) !== 'ENOENT') throw error;
}
