/** The thread that maintains the stored log events: merging is work that would hold up whoever else does it. */
import { parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '../../base/errors.ts';
import { openLogStorage } from '../../standins/storage/logs.ts';
import type { FromUpkeep, ToUpkeep } from './upkeep.ts';

const main = parentPort!;
const storage = openLogStorage(workerData as string);
const stop = new AbortController();
const tell = (message: FromUpkeep): void => main.postMessage(message);

main.on('message', (message: ToUpkeep) => {
  if (message.kind === 'run') void run(message.now);
  else {
    stop.abort();
    main.close();
  }
});

async function run(now: number): Promise<void> {
  const begun = performance.now();
  try {
    const counts = await storage.maintain(now, stop.signal);
    tell({ kind: 'done', counts, milliseconds: performance.now() - begun });
  } catch (error) {
    tell({ kind: 'failed', reason: messageOf(error) });
  }
}
