/** Objects that a bucket's lifecycle rules let go, and uploads that nobody finished. */
import type { ObjectStorage } from './objects.ts';
import type { BucketRecord } from './objects-buckets.ts';
import { StorageError } from './object-storage.ts';

export interface LifecycleRule {
  readonly id: string;
  readonly enabled: boolean;
  /** Of keys; empty for all. */
  readonly prefix: string;
  /** After how many days objects go; undefined where they stay. */
  readonly days?: number;
  /** After how many days an upload that is not completed goes. */
  readonly uploadDays?: number;
}

/** What is kept of a bucket's lifecycle configuration. */
export interface LifecycleSetting {
  readonly rules: readonly LifecycleRule[];
  /** Of no effect here; clients want to read what they set. */
  readonly transitionMinimum: string;
}

export interface LifecycleCounts {
  /** Objects that were removed. */
  expired: number;
  /** Uploads that were. */
  aborted: number;
}

const DAY_MS = 24 * 3_600_000;
const PAGE = 1_000;

/** When something that is `days` old goes: at the midnight (UTC) that follows, as S3 rounds it. */
export function expiresAt(time: number, days: number): number {
  return Math.ceil((time + days * DAY_MS) / DAY_MS) * DAY_MS;
}

/** Applies the rules of all buckets: to be called now and then, by one thread. A bucket is looked through once a day,
 * and when its rules have changed: nothing goes in between. */
export class LifecycleUpkeep {
  readonly #storage: ObjectStorage;
  /** By bucket id, what it was looked through for last. */
  readonly #done = new Map<string, string>();

  constructor(storage: ObjectStorage) {
    this.#storage = storage;
  }

  /** `signal` ends it between two objects. */
  async run(now: number, signal?: AbortSignal): Promise<LifecycleCounts> {
    const counts: LifecycleCounts = { expired: 0, aborted: 0 };
    const buckets = await this.#storage.buckets.list();
    const ids = new Set(buckets.map(({ id }) => id));
    for (const id of this.#done.keys()) if (!ids.has(id)) this.#done.delete(id);
    for (const bucket of buckets) {
      const setting = (await this.#storage.settings.read(bucket, 'lifecycle')) as
        | LifecycleSetting
        | undefined;
      if (setting === undefined) continue;
      const what = `${Math.floor(now / DAY_MS)} ${JSON.stringify(setting)}`;
      if (this.#done.get(bucket.id) === what) continue;
      try {
        for (const rule of setting.rules.filter(({ enabled }) => enabled)) {
          await this.#expire(bucket, rule, now, counts, signal);
        }
      } catch (error) {
        // Deleted under it.
        if (!(error instanceof StorageError) || error.code !== 'NoSuchBucket') throw error;
      }
      if (signal?.aborted === true) return counts;
      this.#done.set(bucket.id, what);
    }
    return counts;
  }

  async #expire(
    { name }: BucketRecord,
    { prefix, days, uploadDays }: LifecycleRule,
    now: number,
    counts: LifecycleCounts,
    signal?: AbortSignal,
  ): Promise<void> {
    for (let after: string | undefined = days === undefined ? undefined : ''; after !== undefined;) {
      const page = await this.#storage.list(name, { prefix, after, max: PAGE });
      for (const { key, lastModified } of page.objects) {
        if (signal?.aborted === true) return;
        if (expiresAt(lastModified, days!) <= now && (await this.#storage.delete(name, key)))
          counts.expired++;
      }
      after = page.next;
    }
    if (uploadDays === undefined) return;
    for (const { id, key, initiated } of await this.#storage.uploads.list(name)) {
      if (signal?.aborted === true) return;
      if (!key.startsWith(prefix) || expiresAt(initiated, uploadDays) > now) continue;
      await this.#storage.uploads.abort(name, key, id).catch((error: unknown) => {
        if (!(error instanceof StorageError) || error.code !== 'NoSuchUpload') throw error;
      });
      counts.aborted++;
    }
  }
}
