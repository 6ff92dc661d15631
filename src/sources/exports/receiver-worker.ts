/** A thread that receives: see SocketReceiver. Everything else happens on the thread that made it. */
import { parentPort, workerData } from 'node:worker_threads';
import { type RingMemory, RingWriter } from './ring.ts';
import { type Bound, SocketReceiver, type SocketSetup, bindSocket, boundTo } from './socket-receiver.ts';

export interface ReceiverWork {
  readonly setup: SocketSetup;
  readonly ring: RingMemory;
}

export type FromReceiver =
  | { readonly kind: 'bound'; readonly bound: Bound }
  | { readonly kind: 'refused'; readonly code: string | undefined; readonly message: string }
  | { readonly kind: 'wake' };

const port = parentPort!;
const { setup, ring } = workerData as ReceiverWork;

function say(message: FromReceiver): void {
  port.postMessage(message);
}

try {
  const socket = await bindSocket(setup);
  const receiver = new SocketReceiver(socket, new RingWriter(ring), () => say({ kind: 'wake' }));
  receiver.start((error) => {
    throw error;
  });
  port.once('message', () => void receiver.stop().then(() => port.close()));
  say({ kind: 'bound', bound: boundTo(socket) });
} catch (error) {
  const { code, message } = error as NodeJS.ErrnoException;
  say({ kind: 'refused', code, message });
  port.close();
}
