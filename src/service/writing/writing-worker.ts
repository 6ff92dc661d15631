/** The writing thread: opens delivery on its storages, and does what main and the recordings send. */
import { parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '../../base/errors.ts';
import { openDeliverer } from '../../delivery/delivery.ts';
import type { DeliveryLimits } from '../../delivery/limits.ts';
import { openLogStorage } from '../../standins/storage/logs.ts';
import { openStreamStorage } from '../../standins/storage/streams.ts';
import type { ObjectSink } from '../../standins/storage/object-storage.ts';
import type { FromWriting, ToWriting } from '../threads/messages.ts';
import { openEmbeddedObjects } from './embedded-objects.ts';
import { openRemoteDestinations } from './remote-destinations.ts';
import { WritingThread } from './writing-thread.ts';
import type { WritingSetup } from './writing.ts';

const main = parentPort!;
const { spool, objects, queues, logs, streams, remote = {} } = workerData as WritingSetup;
const limits: Partial<DeliveryLimits> = {
  ...(spool.maxBytes === undefined ? {} : { spoolBytes: spool.maxBytes }),
  ...(spool.maxAge === undefined ? {} : { spoolSeconds: spool.maxAge }),
};
const tell = (message: FromWriting): void => main.postMessage(message);

// Messages wait in the port until somebody listens.
const destinations = openRemoteDestinations(remote);
const onEventFault = (error: unknown): void =>
  tell({
    kind: 'log',
    level: 'warn',
    message: 'an event of a new object is told of later',
    fields: { reason: messageOf(error) },
  });
const embeddedObjects = async (): Promise<ObjectSink> =>
  (await openEmbeddedObjects({ objects, queues }, onEventFault)).objects;
const deliverer = openDeliverer({
  directory: spool.directory,
  objects: destinations.s3 ?? (await embeddedObjects()),
  logs: destinations.logs ?? openLogStorage(logs),
  streams: destinations.firehose ?? openStreamStorage(streams),
  limits,
  onState: (flowLog, state) => tell({ kind: 'state', flowLog, state }),
  onLog: (level, message, fields) =>
    tell({ kind: 'log', level, message, ...(fields === undefined ? {} : { fields }) }),
});
const thread = new WritingThread({
  deliverer,
  tell,
  // Out of any promise: it ends the thread, and main hears of it.
  onFault: (error) =>
    setImmediate(() => {
      throw error;
    }),
});
main.on('message', (message: ToWriting) => thread.take(message));
