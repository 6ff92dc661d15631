/** The thread that maintains what is embedded: merging is work that would hold up whoever else does it. */
import { parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '../../base/errors.ts';
import { openLogStorage } from '../../standins/storage/logs.ts';
import { LifecycleUpkeep } from '../../standins/storage/objects-lifecycle.ts';
import { openStreamStorage } from '../../standins/storage/streams.ts';
import { openEmbeddedObjects } from '../writing/embedded-objects.ts';
import type { EmbeddedFolders } from './embedded.ts';
import { type FromUpkeep, NOTHING_DONE, type RunCounts, type ToUpkeep } from './upkeep.ts';

const main = parentPort!;
const folders = workerData as EmbeddedFolders;
const stop = new AbortController();
const tell = (message: FromUpkeep): void => main.postMessage(message);
const logs = openLogStorage(folders.logs);
// Messages wait in the port until somebody listens.
const { objects, queues, journal } = await openEmbeddedObjects(folders, () => undefined);
const streams = openStreamStorage(folders.streams);
const lifecycles = new LifecycleUpkeep(objects);

main.on('message', (message: ToUpkeep) => {
  if (message.kind === 'run') void run(message.now);
  else {
    stop.abort();
    main.close();
  }
});

/** Each part is tried, whatever becomes of those before it. */
async function run(now: number): Promise<void> {
  const begun = performance.now();
  const counts: RunCounts = { ...NOTHING_DONE };
  const failures: string[] = [];
  for (const part of [ofLogs, ofBuckets, ofQueues, ofStreams]) {
    if (stop.signal.aborted) break;
    try {
      await part(now, counts);
    } catch (error) {
      failures.push(messageOf(error));
    }
  }
  tell({ counts, milliseconds: performance.now() - begun, failures });
}

async function ofLogs(now: number, counts: RunCounts): Promise<void> {
  Object.assign(counts, await logs.maintain(now, stop.signal));
}

async function ofBuckets(now: number, counts: RunCounts): Promise<void> {
  const { expired, aborted } = await lifecycles.run(now, stop.signal);
  counts.objects = expired;
  counts.uploads = aborted;
}

/** Also what a thread that died has left to be told of objects. */
async function ofQueues(now: number, counts: RunCounts): Promise<void> {
  counts.messages = queues.expire(now);
  await journal.recover(
    ({ bucket, bucketId, key, identity }) => objects.holds(bucket, bucketId, key, identity),
    now,
  );
  journal.forget(now);
}

async function ofStreams(now: number): Promise<void> {
  streams.forget(now);
}
