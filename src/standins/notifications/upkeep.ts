import type { ObjectStorage } from '../storage/objects.ts';
import type { EventJournal } from '../storage/queues-events.ts';
import type { QueueStorage } from '../storage/queues.ts';

export interface EventStores {
  readonly queues: QueueStorage;
  readonly journal: EventJournal;
  readonly objects: ObjectStorage;
}

/**
 * Settles events that a process left behind, removes messages that are too old, and forgets what was told long ago.
 * To be called once before anything is served, and then every minute or so, by one thread.
 */
export async function tendEvents({ queues, journal, objects }: EventStores, now: number): Promise<void> {
  await journal.recover(
    ({ bucket, bucketId, key, identity }) => objects.holds(bucket, bucketId, key, identity),
    now,
  );
  queues.expire(now);
  journal.forget(now);
}
