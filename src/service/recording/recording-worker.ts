/** The thread of a recording: all live sources, or one replay. Started with a RecordingSetup as its data. */
import { parentPort, workerData } from 'node:worker_threads';
import type { FromRecording, ToRecording } from '../threads/messages.ts';
import { LiveRecording } from './live-recording.ts';
import { ReplayRecording } from './replay-recording.ts';
import type { RecordingSetup } from './setup.ts';

const main = parentPort!;
const tell = (message: FromRecording): void => main.postMessage(message);
const setup = workerData as RecordingSetup;
const recording = setup.mode === 'live' ? new LiveRecording(setup, tell) : new ReplayRecording(setup, tell);

main.on('message', (message: ToRecording) => {
  switch (message.kind) {
    case 'network':
      // A replay keeps the network that it began with: it is part of what its objects are named by (S6.2).
      if (recording instanceof LiveRecording) recording.setNetwork(message.snapshot);
      return;
    case 'flush':
      recording.flush(message.id).then(() => tell({ kind: 'done', id: message.id }), rethrow);
      return;
    case 'stop':
      recording.stop();
      return;
  }
});

// The port to main would keep the thread alive.
recording.run().then(() => main.close(), rethrow);

/** As an uncaught error it reaches main, which counts the thread as failed. */
function rethrow(error: unknown): void {
  setImmediate(() => {
    throw error;
  });
}
