import { Worker } from 'node:worker_threads';
import { moduleUrl } from '../../base/modules.ts';
import type { FromReceiver, ReceiverWork } from './receiver-worker.ts';
import { type RingMemory, RingWriter } from './ring.ts';
import { type Bound, SocketReceiver, type SocketSetup, bindSocket, boundTo } from './socket-receiver.ts';

/** A receiving socket from its start to its end; never started twice. */
export interface Receiver {
  /** Resolves when it receives; rejects with what the system said. */
  start(): Promise<Bound>;
  /** Resolves when it is over, by itself or when told to, with the reason. */
  readonly over: Promise<string>;
  /** Asks it to read what the kernel has, and end. */
  stop(): void;
  /** Ends it at once. */
  kill(): void;
}

/** On the caller's thread. */
export class OwnReceiver implements Receiver {
  readonly over: Promise<string>;
  readonly #setup: SocketSetup;
  readonly #ring: RingWriter;
  readonly #wake: () => void;
  readonly #ended = Promise.withResolvers<string>();
  #receiver: SocketReceiver | undefined;

  constructor(setup: SocketSetup, ring: RingMemory, wake: () => void) {
    this.#setup = setup;
    this.#ring = new RingWriter(ring);
    this.#wake = wake;
    this.over = this.#ended.promise;
  }

  async start(): Promise<Bound> {
    const socket = await bindSocket(this.#setup);
    this.#receiver = new SocketReceiver(socket, this.#ring, this.#wake);
    this.#receiver.start((error) => this.#end(error.message));
    return boundTo(socket);
  }

  stop(): void {
    void this.#receiver?.stop().then(() => this.#ended.resolve('it was told to'));
  }

  kill(): void {
    this.#end('it was told to');
  }

  #end(reason: string): void {
    this.#receiver?.close();
    this.#ended.resolve(reason);
  }
}

/** On a thread of its own. */
export class ThreadReceiver implements Receiver {
  readonly over: Promise<string>;
  readonly #work: ReceiverWork;
  readonly #wake: () => void;
  readonly #ended = Promise.withResolvers<string>();
  #worker: Worker | undefined;
  #failure = 'it ended';

  constructor(setup: SocketSetup, ring: RingMemory, wake: () => void) {
    this.#work = { setup, ring };
    this.#wake = wake;
    this.over = this.#ended.promise;
  }

  start(): Promise<Bound> {
    const started = Promise.withResolvers<Bound>();
    const worker = new Worker(moduleUrl('sources/exports/receiver-worker'), {
      workerData: this.#work,
      name: 'weir receive',
    });
    this.#worker = worker;
    worker.on('message', (message: FromReceiver) => {
      if (message.kind === 'wake') this.#wake();
      else if (message.kind === 'bound') started.resolve(message.bound);
      else started.reject(Object.assign(new Error(message.message), { code: message.code }));
    });
    worker.on('error', (error: Error) => (this.#failure = error.message));
    worker.on('exit', () => {
      started.reject(new Error(this.#failure));
      this.#ended.resolve(this.#failure);
    });
    return started.promise;
  }

  stop(): void {
    this.#worker?.postMessage('stop');
  }

  kill(): void {
    if (this.#worker === undefined) this.#ended.resolve(this.#failure);
    else void this.#worker.terminate();
  }
}
