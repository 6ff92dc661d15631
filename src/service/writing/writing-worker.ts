/** The writing thread: opens delivery on its storages, and does what main and the recordings send. */
import { parentPort, workerData } from 'node:worker_threads';
import { openDeliverer } from '../../delivery/delivery.ts';
import type { DeliveryLimits } from '../../delivery/limits.ts';
import { openLogStorage } from '../../standins/storage/logs.ts';
import { openObjectStorage } from '../../standins/storage/objects.ts';
import type { FromWriting, ToWriting } from '../threads/messages.ts';
import { openRemoteDestinations } from './remote-destinations.ts';
import { WritingThread } from './writing-thread.ts';
import type { WritingSetup } from './writing.ts';

const main = parentPort!;
const { spool, objects, logs, remote = {} } = workerData as WritingSetup;
const limits: Partial<DeliveryLimits> = {
  ...(spool.maxBytes === undefined ? {} : { spoolBytes: spool.maxBytes }),
  ...(spool.maxAge === undefined ? {} : { spoolSeconds: spool.maxAge }),
};
const tell = (message: FromWriting): void => main.postMessage(message);

// Messages wait in the port until somebody listens.
const destinations = openRemoteDestinations(remote);
const deliverer = openDeliverer({
  directory: spool.directory,
  objects: destinations.s3 ?? (await openObjectStorage(objects)),
  logs: destinations.logs ?? openLogStorage(logs),
  ...(destinations.firehose === undefined ? {} : { streams: destinations.firehose }),
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
