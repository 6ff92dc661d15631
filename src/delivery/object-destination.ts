/** Objects in buckets: a PUT each. */
import type { ObjectSink } from '../standins/storage/object-storage.ts';
import { StorageError } from '../standins/storage/object-storage.ts';
import type { Destination } from './destination.ts';
import { WrongAccount } from './failures.ts';
import type { ObjectDeliveryTarget } from './keys.ts';
import { callerOf } from './lane-keys.ts';

/** What the service writes: the gzip is the object, not an encoding of it. Of Parquet it is inferred to be the same. */
const CONTENT_TYPES = {
  'plain-text': 'application/octet-stream',
  parquet: 'application/octet-stream',
} as const;

export interface ObjectJob {
  readonly target: ObjectDeliveryTarget;
  readonly key: string;
  /** The same bytes each time. */
  readonly body: () => AsyncIterable<Uint8Array>;
}

/**
 * Puts objects. A PUT replaces what an earlier attempt left: the same key, the same bytes. A bucket must belong to
 * the flow log's account at each attempt, where the storage tells whose it is: it may have been deleted and made by
 * someone else since.
 */
export function objectDestination(sink: ObjectSink): Destination<ObjectJob, ObjectDeliveryTarget> {
  const probe = async (target: ObjectDeliveryTarget, signal: AbortSignal): Promise<void> => {
    const name = target.to.bucket;
    const bucket = await sink.bucket(name, callerOf(target), signal);
    signal.throwIfAborted();
    if (bucket === undefined) throw new StorageError('NoSuchBucket', `bucket ${name} does not exist`);
    if (bucket.account !== undefined && bucket.account !== target.account) {
      throw new WrongAccount(`bucket ${name} belongs to another account than ${target.flowLog}`);
    }
  };
  return {
    probe,
    async deliver({ target, key, body }, signal) {
      await probe(target, signal);
      const contentType = CONTENT_TYPES[target.to.layout?.format ?? 'plain-text'];
      await sink.put(target.to.bucket, key, body(), { contentType, signal, as: callerOf(target) });
      return 1;
    },
  };
}
