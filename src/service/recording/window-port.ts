import type { MessagePort } from 'node:worker_threads';
import type { ClosedWindow, NetworkVersion } from '../../flows/rows.ts';
import type { Gap, WindowAnswer, WindowMessage } from '../threads/messages.ts';

/** A recording's side of its port to the writing thread. */
export class WindowPort {
  /** What is missing since the recording before (S5.2): known once the writing thread has begun the producer. */
  readonly begun: Promise<Gap | undefined>;
  /** All is committed; rejects when the other side is gone before. */
  readonly ended: Promise<void>;
  readonly #port: MessagePort;
  readonly #release: (table: number) => void;
  readonly #flushes = new Map<number, () => void>();
  #room = Promise.withResolvers<void>();
  #begin!: (gap: Gap | undefined) => void;
  #end!: () => void;
  #over = false;
  #gone: Error | undefined;

  constructor(port: MessagePort, release: (table: number) => void) {
    this.#port = port;
    this.#release = release;
    const failures: ((error: Error) => void)[] = [];
    this.begun = new Promise((resolve, reject) => {
      this.#begin = resolve;
      failures.push(reject);
    });
    this.ended = new Promise((resolve, reject) => {
      this.#end = resolve;
      failures.push(reject);
    });
    this.begun.catch(() => {}); // whoever awaits them hears of it
    this.ended.catch(() => {});
    this.#room.promise.catch(() => {});
    port.on('message', (answer: WindowAnswer) => this.#answered(answer));
    port.on('close', () => {
      if (this.#over) return;
      const gone = new Error('the writing thread has gone');
      this.#gone = gone;
      for (const fail of [...failures, this.#room.reject]) fail(gone);
    });
  }

  window(window: ClosedWindow): void {
    this.#send({ kind: 'window', window, closedAt: Date.now() });
  }

  interval(start: number, status: Int32Array, at: NetworkVersion): void {
    this.#send({ kind: 'interval', start, status, at, closedAt: Date.now() });
  }

  closed(upTo: number): void {
    this.#send({ kind: 'closed', upTo });
  }

  /** Resolves when everything sent so far is published, or failing at its destination. */
  flush(id: number): Promise<void> {
    return new Promise((resolve) => {
      this.#flushes.set(id, resolve);
      this.#send({ kind: 'flush', id });
    });
  }

  /** Nothing more comes; resolves when all is committed. */
  end(): Promise<void> {
    this.#send({ kind: 'end' });
    return this.ended;
  }

  /** Throws when the other side is gone: nothing that is recorded goes anywhere. Cheap: ask it often. */
  check(): void {
    if (this.#gone !== undefined) throw this.#gone;
  }

  /** Resolves when a table has come back since the call. */
  room(): Promise<void> {
    return this.#room.promise;
  }

  close(): void {
    this.#over = true;
    this.#port.close();
  }

  #send(message: WindowMessage): void {
    this.#port.postMessage(message);
  }

  #answered(answer: WindowAnswer): void {
    switch (answer.kind) {
      case 'begun':
        return this.#begin(answer.gap);
      case 'release': {
        this.#release(answer.table);
        const room = this.#room;
        this.#room = Promise.withResolvers();
        this.#room.promise.catch(() => {});
        return room.resolve();
      }
      case 'flushed': {
        const resolve = this.#flushes.get(answer.id);
        this.#flushes.delete(answer.id);
        return resolve?.();
      }
      case 'ended': {
        this.#over = true;
        return this.#end();
      }
    }
  }
}
