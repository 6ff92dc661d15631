import { link, mkdir, readdir, rename, rm, rmdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { type OwnedBucket, StorageError } from './object-storage.ts';
import {
  codeOf,
  DIRECTORY_MODE,
  isOrphan,
  isReal,
  pruneTree,
  readSmall,
  type StorageRoot,
  syncDirectory,
  writeNew,
} from './objects-files.ts';
import { nameToPath } from './paths.ts';

/**
 * Buckets: a directory each below the root, with a file that says whose it is. A bucket is there when that file
 * is. It is made and taken away by one rename, so that of several threads one wins; a directory is never made
 * again by a put, so that a bucket that is deleted under a put stays deleted.
 */

/** The file in a bucket's directory. No key has its path: none begins with a dot. */
export const BUCKET_FILE = '.bucket.json';

/** A bucket, as it is kept. */
export interface BucketRecord extends OwnedBucket {
  /** Another one each time a bucket of this name is made: what is kept beside its objects goes by it. */
  readonly id: string;
}

export class Buckets {
  readonly #root: StorageRoot;

  constructor(root: StorageRoot) {
    this.#root = root;
  }

  /** Where a bucket's objects are. */
  directory(name: string): string {
    const path = nameToPath(name);
    if (name === '' || path.length !== 1 || !name.isWellFormed()) {
      throw new StorageError('InvalidName', 'The specified bucket is not valid.');
    }
    return join(this.#root.path, path[0]!);
  }

  /** undefined where there is none; an error when the whole root is gone. */
  async find(name: string): Promise<BucketRecord | undefined> {
    const directory = this.directory(name);
    const text = await readSmall(join(directory, BUCKET_FILE));
    if (text !== undefined && (await isReal(directory))) return JSON.parse(text) as BucketRecord;
    await this.#root.check();
    return undefined;
  }

  /** @throws {StorageError} NoSuchBucket */
  async get(name: string): Promise<BucketRecord> {
    const found = await this.find(name);
    if (found === undefined) throw new StorageError('NoSuchBucket', 'The specified bucket does not exist');
    return found;
  }

  /** The buckets of an account, or all, by name. */
  async list(account?: string): Promise<BucketRecord[]> {
    const found: BucketRecord[] = [];
    const names = await readdir(this.#root.path);
    for (const entry of names.filter((name) => !name.startsWith('.')).sort()) {
      const text = await readSmall(join(this.#root.path, entry, BUCKET_FILE));
      if (text === undefined) continue;
      const record = JSON.parse(text) as BucketRecord;
      if (account === undefined || record.account === account) found.push(record);
    }
    return found;
  }

  /** @throws {StorageError} BucketExists */
  async create(wanted: OwnedBucket): Promise<BucketRecord> {
    const { name, account, region, createdAt } = wanted;
    const directory = this.directory(name);
    const record: BucketRecord = { name, account, region, createdAt, id: randomBytes(12).toString('hex') };
    const temporary = this.#root.own('tmp', this.#root.unique());
    await mkdir(temporary, { mode: DIRECTORY_MODE });
    try {
      await writeNew(join(temporary, BUCKET_FILE), `${JSON.stringify(record)}\n`);
      await syncDirectory(temporary);
      await rename(temporary, directory);
      await syncDirectory(this.#root.path);
    } catch (error) {
      await rm(temporary, { recursive: true, force: true });
      if (!['ENOTEMPTY', 'EEXIST', 'ENOTDIR'].includes(codeOf(error) ?? '')) throw error;
      throw new StorageError('BucketExists', 'The requested bucket name is not available.');
    }
    return record;
  }

  /** @throws {StorageError} NoSuchBucket, BucketNotEmpty */
  async delete(name: string): Promise<void> {
    const record = await this.get(name);
    const directory = this.directory(name);
    if (!(await pruneTree(directory, BUCKET_FILE))) throw notEmpty();
    const aside = this.#root.own('deleting', this.#root.unique());
    try {
      await rename(join(directory, BUCKET_FILE), aside);
    } catch (error) {
      if (codeOf(error) === 'ENOENT') await this.get(name); // someone else was faster
      throw error;
    }
    await this.#finishDeletion(record, aside);
  }

  /** Goes on where deletions were cut off by the end of their process. */
  async recover(): Promise<void> {
    for (const name of await readdir(this.#root.own('deleting'))) {
      const aside = this.#root.own('deleting', name);
      if (!(await isOrphan(aside, name))) continue;
      const text = await readSmall(aside);
      if (text === undefined) continue;
      await this.#finishDeletion(JSON.parse(text) as BucketRecord, aside).catch((error: unknown) => {
        if (!(error instanceof StorageError)) throw error;
      });
    }
  }

  /** The bucket's file is aside: what a put left in between decides whether it comes back. */
  async #finishDeletion(record: BucketRecord, aside: string): Promise<void> {
    const directory = this.directory(record.name);
    try {
      await pruneTree(directory, BUCKET_FILE);
      await rmdir(directory);
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') {
        if (await this.#comesBack(directory, aside)) {
          if (codeOf(error) === 'ENOTEMPTY' || codeOf(error) === 'EEXIST') throw notEmpty();
          throw error;
        }
      }
    }
    await unlink(aside);
    await syncDirectory(this.#root.path);
    // What a put under way writes there in between is nobody's: it is lost as the put is.
    for (const own of ['objects', 'uploads', 'settings'] as const) {
      await rm(this.#root.own(own, record.id), { recursive: true, force: true }).catch(() => undefined);
    }
  }

  /** Puts the file back; false when the name belongs to a new bucket already. */
  async #comesBack(directory: string, aside: string): Promise<boolean> {
    try {
      await link(aside, join(directory, BUCKET_FILE));
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return false;
      throw error;
    }
    await unlink(aside);
    return true;
  }
}

function notEmpty(): StorageError {
  return new StorageError('BucketNotEmpty', 'The bucket you tried to delete is not empty');
}
