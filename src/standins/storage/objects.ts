/**
 * Stored objects as files: `ROOT/<bucket>/<key>`, names as paths.ts has them. Several instances, on several
 * threads of one process, share a root: nothing is locked, everything is published by one rename.
 */
import { unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { ObjectInfo, ObjectSink, OwnedBucket } from './object-storage.ts';
import { Buckets } from './objects-buckets.ts';
import type { ObjectEvents } from './objects-events.ts';
import {
  ignoreMissing,
  isMissing,
  isReal,
  openRoot,
  pruneDirectories,
  type StorageRoot,
  syncDirectory,
} from './objects-files.ts';
import { type ListedPage, type ListQuery, ObjectLister } from './objects-list.ts';
import { checkKey, type ObjectBody, type PutOptions } from './objects-options.ts';
import { ObjectPublisher } from './objects-publish.ts';
import { identityAt, isCurrent, ObjectReader, type OpenObject } from './objects-read.ts';
import { BucketSettings } from './objects-settings.ts';
import { type FileIdentity, Sidecars } from './objects-sidecars.ts';
import { TemporaryFile } from './objects-temporary.ts';
import { Uploads } from './objects-uploads.ts';
import { keyToPath } from './paths.ts';

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
  readonly #sidecars: Sidecars;
  readonly #reader: ObjectReader;
  readonly #publisher: ObjectPublisher;
  readonly #lister = new ObjectLister();

  constructor(root: StorageRoot, events?: ObjectEvents) {
    this.#root = root;
    const buckets = new Buckets(root);
    const settings = new BucketSettings(root);
    const sidecars = new Sidecars(root);
    const publisher = new ObjectPublisher({ buckets, settings, sidecars, events });
    this.buckets = buckets;
    this.settings = settings;
    this.#sidecars = sidecars;
    this.#reader = new ObjectReader(sidecars);
    this.#publisher = publisher;
    this.uploads = new Uploads(root, buckets, (bucket, key, file, etag, options) =>
      publisher.publish(bucket, key, file, etag, options),
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
      return await this.#publisher.publish(record, key, file, file.digest(), options);
    } finally {
      await file.dispose();
    }
  }

  /** undefined where there is no such object. @throws {StorageError} NoSuchBucket, InvalidName */
  async open(bucket: string, key: string): Promise<OpenObject | undefined> {
    const record = await this.buckets.get(bucket);
    return this.#reader.open(record, key, this.#pathOf(bucket, key));
  }

  /** undefined where there is no such object. */
  async head(bucket: string, key: string): Promise<ObjectInfo | undefined> {
    const record = await this.buckets.get(bucket);
    const path = this.#pathOf(bucket, key);
    return (await isReal(join(path, '..'))) ? this.#reader.head(record, key, path) : undefined;
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
      const infos = await Promise.all(some.map(({ key, path }) => this.#reader.head(record, key, path)));
      objects.push(...infos.filter((info) => info !== undefined));
    }
    return { objects, prefixes: found.prefixes, next: found.next };
  }

  /** Whether the object of a key is the very version that has this identity, in the very bucket of this id. */
  async holds(bucket: string, id: string, key: string, identity: FileIdentity): Promise<boolean> {
    const record = await this.buckets.find(bucket);
    if (record?.id !== id) return false;
    const path = this.#pathOf(bucket, key);
    return (await isReal(join(path, '..'))) && isCurrent(path, identity);
  }

  #pathOf(bucket: string, key: string): string {
    return join(this.buckets.directory(bucket), ...keyToPath(checkKey(key)));
  }
}
