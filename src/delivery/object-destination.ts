/** Objects in buckets: a PUT each. */
import type { ObjectSink } from '../standins/storage/object-storage.ts';
import { StorageError } from '../standins/storage/object-storage.ts';
import type { Destination } from './destination.ts';
import { WrongAccount } from './failures.ts';
import type { ObjectDeliveryTarget } from './keys.ts';

/** What the service writes: the gzip is the object, not an encoding of it. */
const CONTENT_TYPE = 'application/octet-stream';

export interface ObjectJob {
  readonly target: ObjectDeliveryTarget;
  readonly key: string;
  /** The same bytes each time. */
  readonly body: () => AsyncIterable<Uint8Array>;
}

/**
 * Puts objects. A PUT replaces what an earlier attempt left: the same key, the same bytes. A bucket must belong to
 * the flow log's account at each attempt: it may have been deleted and made by someone else since.
 */
export function objectDestination(sink: ObjectSink): Destination<ObjectJob, ObjectDeliveryTarget> {
  const probe = async (target: ObjectDeliveryTarget, signal: AbortSignal): Promise<void> => {
    const name = target.to.bucket;
    const bucket = await sink.bucket(name);
    signal.throwIfAborted();
    if (bucket === undefined) throw new StorageError('NoSuchBucket', `bucket ${name} does not exist`);
    if (bucket.account !== target.account) {
      throw new WrongAccount(`bucket ${name} belongs to another account than ${target.flowLog}`);
    }
  };
  return {
    probe,
    async deliver({ target, key, body }, signal) {
      await probe(target, signal);
      await sink.put(target.to.bucket, key, body(), { contentType: CONTENT_TYPE, signal });
      return 1;
    },
  };
}
