/**
 * Stored objects as files: `ROOT/<bucket>/<key>`, names as paths.ts has them. Several instances, on several
 * threads of one process, share a root: nothing is locked, everything is published by one rename.
 */
import { createHash } from 'node:crypto';
import { type FileHandle, lstat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { type ObjectInfo, type ObjectSink, type OwnedBucket, StorageError } from './object-storage.ts';
import { type BucketRecord, Buckets } from './objects-buckets.ts';
import {
  codeOf,
  isMissing,
  isReal,
  makeDirectories,
  openRoot,
  pruneDirectories,
  type StorageRoot,
  syncDirectory,
} from './objects-files.ts';
import { checkKey, DEFAULT_CONTENT_TYPE, type ObjectBody, type PutOptions } from './objects-options.ts';
import { type ListedPage, type ListQuery, ObjectLister } from './objects-list.ts';
import type { NewObject, ObjectEvents, PendingEvent } from './objects-events.ts';
import { BucketSettings } from './objects-settings.ts';
import { type FileIdentity, Sidecars } from './objects-sidecars.ts';
import { FileBody, openForReading, TemporaryFile } from './objects-temporary.ts';
import { Uploads } from './objects-uploads.ts';
import { keyToPath } from './paths.ts';

/** An object that is read: its file stays what it was, whatever is put meanwhile. Draw the body or return it. */
export interface OpenObject {
  readonly info: ObjectInfo;
  /** Bytes `from` to `to` (not included); all by default. To be called once. */
  body(from?: number, to?: number): FileBody;
  /** For an object whose body is not wanted. */
  close(): Promise<void>;
}

/** How often a put makes its directories again that others, deleting objects, take away. */
const PUBLISH_ATTEMPTS = 50;
/** How often reading starts again when the object is replaced between two looks at it. */
const READ_ATTEMPTS = 20;
/** List pages are put together from this many objects at a time. */
const SIDE_BY_SIDE = 32;

/**
 * Opens a root, made where it is missing; removes the temporary files of processes that are gone. Who has asked to
 * hear of new objects does so by `events`, which every instance on the root is to be given.
 */
export async function openObjectStorage(root: string, events?: ObjectEvents): Promise<ObjectStorage> {
  const storageRoot = await openRoot(root);
  const storage = new ObjectStorage(storageRoot, events);
  await storage.buckets.recover();
  return storage;
}

export class ObjectStorage implements ObjectSink {
  readonly buckets: Buckets;
  readonly uploads: Uploads;
  readonly settings: BucketSettings;
  readonly #root: StorageRoot;
  readonly #events: ObjectEvents | undefined;
  readonly #sidecars: Sidecars;
  readonly #lister = new ObjectLister();

  constructor(root: StorageRoot, events?: ObjectEvents) {
    this.#root = root;
    this.#events = events;
    this.buckets = new Buckets(root);
    this.settings = new BucketSettings(root);
    this.#sidecars = new Sidecars(root);
    this.uploads = new Uploads(root, this.buckets, (bucket, key, file, etag, options) =>
      this.#publish(bucket, key, file, etag, options),
    );
  }

  async bucket(name: string): Promise<OwnedBucket | undefined> {
    const found = await this.buckets.find(name);
    if (found === undefined) return undefined;
    const { account, region, createdAt } = found;
    return { name, account, region, createdAt };
  }

  async put(bucket: string, key: string, body: ObjectBody, options: PutOptions = {}): Promise<ObjectInfo> {
    checkKey(key);
    const record = await this.buckets.get(bucket);
    const file = await TemporaryFile.create(this.#root);
    try {
      await file.append(body, options.signal);
      return await this.#publish(record, key, file, file.digest(), options);
    } finally {
      await file.dispose();
    }
  }

  /** undefined where there is no such object. @throws {StorageError} NoSuchBucket, InvalidName */
  async open(bucket: string, key: string): Promise<OpenObject | undefined> {
    const record = await this.buckets.get(bucket);
    const path = this.#pathOf(bucket, key);
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

  /** undefined where there is no such object. */
  async head(bucket: string, key: string): Promise<ObjectInfo | undefined> {
    const record = await this.buckets.get(bucket);
    const path = this.#pathOf(bucket, key);
    return (await isReal(join(path, '..'))) ? this.#headAt(record, key, path) : undefined;
  }

  /** Whether there was such an object. */
  async delete(bucket: string, key: string): Promise<boolean> {
    const record = await this.buckets.get(bucket);
    const components = keyToPath(checkKey(key));
    const base = this.buckets.directory(bucket);
    const path = join(base, ...components);
    const parent = join(path, '..');
    if (!(await isReal(parent))) return false;
    const identity = await identityAt(path);
    if (identity === undefined) return false;
    try {
      await unlink(path);
    } catch (error) {
      if (isMissing(error)) return false;
      throw error;
    }
    await syncDirectory(parent).catch(ignoreMissing); // someone else may have tidied it up
    await this.#sidecars.remove(record, key, identity);
    await pruneDirectories(base, components.slice(0, -1));
    return true;
  }

  /** A page of a bucket's objects in the order of their keys' UTF-8. @throws {StorageError} NoSuchBucket */
  async list(bucket: string, query: ListQuery): Promise<ListedPage> {
    const record = await this.buckets.get(bucket);
    const found = await this.#lister.page(this.buckets.directory(bucket), query);
    const objects: ObjectInfo[] = [];
    for (let i = 0; i < found.files.length; i += SIDE_BY_SIDE) {
      const some = found.files.slice(i, i + SIDE_BY_SIDE);
      const infos = await Promise.all(some.map(({ key, path }) => this.#headAt(record, key, path)));
      objects.push(...infos.filter((info) => info !== undefined));
    }
    return { objects, prefixes: found.prefixes, next: found.next };
  }

  #pathOf(bucket: string, key: string): string {
    return join(this.buckets.directory(bucket), ...keyToPath(checkKey(key)));
  }

  async #headAt(record: BucketRecord, key: string, path: string): Promise<ObjectInfo | undefined> {
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

  /** Makes a filled file the object of a key. */
  async #publish(
    record: BucketRecord,
    key: string,
    file: TemporaryFile,
    etag: string,
    options: PutOptions,
  ): Promise<ObjectInfo> {
    const now = Date.now();
    const info: ObjectInfo = {
      key,
      size: file.size,
      etag,
      lastModified: now,
      contentType: options.contentType ?? DEFAULT_CONTENT_TYPE,
      headers: { ...options.headers, ...options.lateHeaders?.() },
    };
    let identity = await file.stamp(now);
    await file.sync();
    while (!(await this.#sidecars.write(record, identity, info))) identity = await file.stamp(now);
    let published = false;
    let event: PendingEvent | undefined;
    try {
      event = await this.#announce({ bucket: record, info, identity, cause: options.cause });
      const replaced = await this.#giveName(record, key, file, options);
      published = true;
      event?.happened();
      if (replaced !== undefined) await this.#sidecars.remove(record, key, replaced);
    } finally {
      if (!published) {
        event?.withdrawn();
        await this.#withdraw(record, key, identity);
      }
    }
    return info;
  }

  async #announce(object: NewObject): Promise<PendingEvent | undefined> {
    if (this.#events === undefined) return undefined;
    return this.#events.begin(object, await this.settings.read(object.bucket, 'notification'));
  }

  /** Whether the object of a key is the very version that has this identity, in the very bucket of this id. */
  async holds(bucket: string, id: string, key: string, identity: FileIdentity): Promise<boolean> {
    const record = await this.buckets.find(bucket);
    if (record?.id !== id) return false;
    const path = this.#pathOf(bucket, key);
    return (await isReal(join(path, '..'))) && isCurrent(path, identity);
  }

  /** Takes the sidecar of a version that did not come to be; with a bucket that is gone, whatever there is. */
  async #withdraw(record: BucketRecord, key: string, identity: FileIdentity): Promise<void> {
    await this.#sidecars.remove(record, key, identity);
    const now = await this.buckets.find(record.name).catch(() => record);
    if (now?.id !== record.id) await this.#sidecars.removeAll(record);
  }

  /** Returns what the name stood for before. */
  async #giveName(
    record: BucketRecord,
    key: string,
    file: TemporaryFile,
    { signal, onlyNew = false }: PutOptions,
  ): Promise<FileIdentity | undefined> {
    const components = keyToPath(key);
    const base = this.buckets.directory(record.name);
    const directories = components.slice(0, -1);
    const path = join(base, ...components);
    for (let attempt = 1; ; attempt++) {
      signal?.throwIfAborted();
      if ((await this.buckets.get(record.name)).id !== record.id) {
        throw new StorageError('NoSuchBucket', 'The specified bucket does not exist');
      }
      try {
        await makeDirectories(base, directories);
        const replaced = onlyNew ? undefined : await identityAt(path);
        await file.publish(path, onlyNew);
        await syncDirectory(join(path, '..')).catch(ignoreMissing); // deleted again already
        return replaced;
      } catch (error) {
        if (codeOf(error) === 'EEXIST' && onlyNew) {
          throw new StorageError(
            'PreconditionFailed',
            'At least one of the pre-conditions you specified did not hold',
          );
        }
        // A directory was tidied up by a delete, or the bucket is gone: the next round tells.
        if (codeOf(error) !== 'ENOENT' || attempt === PUBLISH_ATTEMPTS) {
          await pruneDirectories(base, directories);
          throw error;
        }
      }
    }
  }
}

/** Of a regular file; undefined for anything else. */
async function identityAt(path: string): Promise<FileIdentity | undefined> {
  try {
    const stat = await lstat(path, { bigint: true });
    return stat.isFile() ? stat : undefined;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

async function isCurrent(path: string, identity: FileIdentity): Promise<boolean> {
  const now = await identityAt(path);
  return now !== undefined && now.size === identity.size && now.mtimeNs === identity.mtimeNs;
}

function ignoreMissing(error: unknown): undefined {
  if (isMissing(error)) return undefined;
  throw error;
}
