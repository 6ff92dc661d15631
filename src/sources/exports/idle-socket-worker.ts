/**
 * A thread that binds a socket and then stands still until it is told to end: nobody reads what comes. (A socket of
 * node:dgram is read from as soon as it is bound; there is no way to stop that but to stop its event loop.)
 */
import { parentPort, workerData } from 'node:worker_threads';
import type { IdleSocketWork } from './idle-socket.ts';
import type { FromReceiver } from './receiver-worker.ts';
import { bindSocket, boundTo } from './socket-receiver.ts';

const { setup, hold } = workerData as IdleSocketWork;
const held = new Int32Array(hold);

function say(message: FromReceiver): void {
  parentPort!.postMessage(message);
}

try {
  const socket = await bindSocket(setup);
  say({ kind: 'bound', bound: boundTo(socket) });
  Atomics.wait(held, 0, 0);
  socket.close();
} catch (error) {
  const { code, message } = error as NodeJS.ErrnoException;
  say({ kind: 'refused', code, message });
}
