/** Filled files become objects: told of, named, and remembered, or nothing of it. */
import { join } from 'node:path';
import { type ObjectInfo, StorageError } from './object-storage.ts';
import type { BucketRecord, Buckets } from './objects-buckets.ts';
import type { NewObject, ObjectEvents, PendingEvent } from './objects-events.ts';
import { codeOf, ignoreMissing, makeDirectories, pruneDirectories, syncDirectory } from './objects-files.ts';
import { DEFAULT_CONTENT_TYPE, type PutOptions } from './objects-options.ts';
import { identityAt } from './objects-read.ts';
import type { BucketSettings } from './objects-settings.ts';
import type { FileIdentity, Sidecars } from './objects-sidecars.ts';
import type { TemporaryFile } from './objects-temporary.ts';
import { keyToPath } from './paths.ts';

/** How often a put makes its directories again that others, deleting objects, take away. */
const PUBLISH_ATTEMPTS = 50;

export interface PublishingParts {
  readonly buckets: Buckets;
  readonly settings: BucketSettings;
  readonly sidecars: Sidecars;
  readonly events: ObjectEvents | undefined;
}

export class ObjectPublisher {
  readonly #buckets: Buckets;
  readonly #settings: BucketSettings;
  readonly #sidecars: Sidecars;
  readonly #events: ObjectEvents | undefined;

  constructor({ buckets, settings, sidecars, events }: PublishingParts) {
    this.#buckets = buckets;
    this.#settings = settings;
    this.#sidecars = sidecars;
    this.#events = events;
  }

  /** Makes a filled file the object of a key. */
  async publish(
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
    return this.#events.begin(object, await this.#settings.read(object.bucket, 'notification'));
  }

  /** Takes the sidecar of a version that did not come to be; with a bucket that is gone, whatever there is. */
  async #withdraw(record: BucketRecord, key: string, identity: FileIdentity): Promise<void> {
    await this.#sidecars.remove(record, key, identity);
    const now = await this.#buckets.find(record.name).catch(() => record);
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
    const base = this.#buckets.directory(record.name);
    const directories = components.slice(0, -1);
    const path = join(base, ...components);
    for (let attempt = 1; ; attempt++) {
      signal?.throwIfAborted();
      if ((await this.#buckets.get(record.name)).id !== record.id) {
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
