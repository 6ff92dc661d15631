import { createHash } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ObjectInfo } from './object-storage.ts';
import type { BucketRecord } from './objects-buckets.ts';
import {
  codeOf,
  DIRECTORY_MODE,
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

  /** Durable. False when this version has one already. */
  async write(bucket: BucketRecord, identity: FileIdentity, info: ObjectInfo): Promise<boolean> {
    const path = this.#path(bucket, info.key, identity);
    const text = `${JSON.stringify(info)}\n`;
    for (;;) {
      try {
        await writeNew(path, text);
        await syncDirectory(dirname(path));
        return true;
      } catch (error) {
        if (codeOf(error) === 'EEXIST') return false;
        if (codeOf(error) !== 'ENOENT') throw error;
        // One by one: a root that is gone is not made again.
        await makeOne(this.#root.own('objects', bucket.id));
        await makeOne(dirname(path));
      }
    }
  }

  async remove(bucket: BucketRecord, key: string, identity: FileIdentity): Promise<void> {
    await rm(this.#path(bucket, key, identity), { force: true });
  }

  /** Of a bucket that is gone. */
  async removeAll(bucket: BucketRecord): Promise<void> {
    await rm(this.#root.own('objects', bucket.id), { recursive: true, force: true });
  }

  #path(bucket: BucketRecord, key: string, { size, mtimeNs }: FileIdentity): string {
    const name = createHash('sha256').update(`${size}-${mtimeNs}-${key}`).digest('hex').slice(0, 40);
    return join(this.#root.own('objects', bucket.id), name.slice(0, 2), `${name.slice(2)}.json`);
  }
}

async function makeOne(directory: string): Promise<void> {
  try {
    await mkdir(directory, { mode: DIRECTORY_MODE });
    await syncDirectory(dirname(directory));
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
}
