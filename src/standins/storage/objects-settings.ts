/** What is set on buckets, beside their objects: a small file of JSON for each setting of each bucket, replaced as a
 * whole. It goes by the bucket's id: another bucket of the same name has none of it. */
import { rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { BucketRecord } from './objects-buckets.ts';
import {
  codeOf,
  makeDirectory,
  readSmall,
  type StorageRoot,
  syncDirectory,
  writeNew,
} from './objects-files.ts';

export type BucketSetting = 'notification' | 'lifecycle';

export class BucketSettings {
  readonly #root: StorageRoot;

  constructor(root: StorageRoot) {
    this.#root = root;
  }

  /** As it was written; undefined where there is none. */
  async read(bucket: Pick<BucketRecord, 'id'>, setting: BucketSetting): Promise<unknown> {
    const text = await readSmall(this.#path(bucket, setting));
    return text === undefined ? undefined : (JSON.parse(text) as unknown);
  }

  /** Durable when it resolves. */
  async write(bucket: Pick<BucketRecord, 'id'>, setting: BucketSetting, value: object): Promise<void> {
    const path = this.#path(bucket, setting);
    const temporary = this.#root.own('tmp', this.#root.unique());
    await makeDirectory(dirname(path));
    await writeNew(temporary, `${JSON.stringify(value)}\n`);
    try {
      await rename(temporary, path);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
    await syncDirectory(dirname(path));
  }

  async remove(bucket: Pick<BucketRecord, 'id'>, setting: BucketSetting): Promise<void> {
    const path = this.#path(bucket, setting);
    try {
      await rm(path);
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return;
      throw error;
    }
    await syncDirectory(dirname(path));
  }

  #path(bucket: Pick<BucketRecord, 'id'>, setting: BucketSetting): string {
    return join(this.#root.own('settings', bucket.id), `${setting}.json`);
  }
}
