import { Worker } from 'node:worker_threads';
import { moduleUrl } from '../../base/modules.ts';
import type { FromReceiver } from './receiver-worker.ts';
import type { Bound, SocketSetup } from './socket-receiver.ts';

export interface IdleSocketWork {
  readonly setup: SocketSetup;
  /** One word: 0 while the socket is held. */
  readonly hold: SharedArrayBuffer;
}

/** It has nothing to do but to bind. */
const LIMITS = { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 4 };

/** A socket that is bound, and never read from: see idle-socket-worker.ts. */
export class IdleSocket {
  readonly #hold = new SharedArrayBuffer(4);
  #worker: Worker | undefined;
  #ended: Promise<void> = Promise.resolve();

  /** Rejects with what the system said. */
  open(setup: SocketSetup): Promise<Bound> {
    const started = Promise.withResolvers<Bound>();
    const work: IdleSocketWork = { setup, hold: this.#hold };
    const worker = new Worker(moduleUrl('sources/exports/idle-socket-worker'), {
      workerData: work,
      name: 'weir hold port',
      resourceLimits: LIMITS,
    });
    this.#worker = worker;
    // It alone is no reason for the process to go on.
    worker.unref();
    worker.on('message', (message: FromReceiver) => {
      if (message.kind === 'bound') started.resolve(message.bound);
      else if (message.kind === 'refused')
        started.reject(Object.assign(new Error(message.message), { code: message.code }));
    });
    worker.on('error', (error: Error) => started.reject(error));
    this.#ended = new Promise((resolve) => {
      worker.on('exit', () => {
        started.reject(new Error('its thread ended'));
        resolve();
      });
    });
    return started.promise;
  }

  async close(): Promise<void> {
    const held = new Int32Array(this.#hold);
    Atomics.store(held, 0, 1);
    Atomics.notify(held, 0);
    this.#worker?.ref();
    await this.#ended;
  }
}
