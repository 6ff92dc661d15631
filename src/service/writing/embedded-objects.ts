/** The embedded S3 as every thread opens it that puts objects: with the queues and webhooks that hear of them. */
import { createdEvents } from '../../standins/notifications/created-events.ts';
import { type ObjectStorage, openObjectStorage } from '../../standins/storage/objects.ts';
import { EventJournal } from '../../standins/storage/queues-events.ts';
import { openQueueStorage, type QueueStorage } from '../../standins/storage/queues.ts';

/** Directories. */
export interface EmbeddedObjectsSetup {
  readonly objects: string;
  readonly queues: string;
}

export interface EmbeddedObjects {
  readonly objects: ObjectStorage;
  readonly queues: QueueStorage;
  readonly journal: EventJournal;
}

/** `onFault` hears of events that could not be written down: they are told of later. */
export async function openEmbeddedObjects(
  { objects, queues }: EmbeddedObjectsSetup,
  onFault: (error: unknown) => void,
): Promise<EmbeddedObjects> {
  const storage = openQueueStorage(queues);
  const journal = new EventJournal(storage);
  return {
    objects: await openObjectStorage(objects, createdEvents({ journal, onFault })),
    queues: storage,
    journal,
  };
}
