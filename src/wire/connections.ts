import type { Socket } from 'node:net';

interface ConnectionState {
  /** Requests that are queued or being answered. */
  pending: number;
  /** A handler has the request and the client waits for it. */
  handling: boolean;
  tail: Promise<void>;
}

/**
 * The open connections, their order of quietness, and their queues. A connection is quiet while none of its
 * requests is with a handler; the order is that of the last change.
 */
export class Connections {
  readonly #max: number;
  readonly #states = new Map<Socket, ConnectionState>();
  /** In order of quietness, the longest first. */
  readonly #quiet = new Set<Socket>();
  #stopped = false;

  constructor(max: number) {
    this.#max = max;
  }

  get size(): number {
    return this.#states.size;
  }

  /** Takes a connection in. Returns how many were closed to make room: 0 or 1. */
  add(socket: Socket): 0 | 1 {
    let evicted: 0 | 1 = 0;
    if (this.#states.size >= this.#max) {
      const [victim] = this.#quiet;
      (victim ?? socket).destroy();
      if (victim !== undefined) this.#forget(victim);
      evicted = 1;
      if (victim === undefined) return evicted;
    }
    this.#states.set(socket, { pending: 0, handling: false, tail: Promise.resolve() });
    this.#quiet.add(socket);
    socket.once('close', () => this.#forget(socket));
    return evicted;
  }

  /** A connection has agreed on TLS: from here on it is known by another socket. */
  replace(raw: Socket, secured: Socket): void {
    const state = this.#states.get(raw);
    if (state === undefined) {
      secured.destroy(); // it had to make room meanwhile
      return;
    }
    this.#forget(raw);
    this.#states.set(secured, state);
    this.#quiet.add(secured);
    secured.once('close', () => this.#forget(secured));
  }

  has(socket: Socket): boolean {
    return this.#states.has(socket);
  }

  /** How many of a connection's requests are queued or being answered. */
  pending(socket: Socket): number {
    return this.#states.get(socket)?.pending ?? 0;
  }

  isBusy(socket: Socket): boolean {
    return this.pending(socket) > 0;
  }

  isHandling(socket: Socket): boolean {
    return this.#states.get(socket)?.handling ?? false;
  }

  /** Marks that a handler has, or no longer has, the connection's current request. */
  handling(socket: Socket, now: boolean): void {
    const state = this.#states.get(socket);
    if (state === undefined) return;
    state.handling = now;
    this.#quiet.delete(socket);
    if (!now) this.#quiet.add(socket);
  }

  /** Runs a job behind the connection's earlier ones. The job does not reject. */
  queue(socket: Socket, job: () => Promise<void>): void {
    const state = this.#states.get(socket);
    if (state === undefined) return;
    state.pending++;
    this.#touch(socket);
    state.tail = state.tail.then(job).finally(() => {
      state.pending--;
      if (this.#stopped && state.pending === 0) closeSoon(socket);
    });
  }

  /** Closes the connections that have no request; the others are closed behind their last one. */
  stop(): void {
    this.#stopped = true;
    for (const [socket, state] of this.#states) if (state.pending === 0) socket.destroy();
  }

  destroyAll(): void {
    for (const socket of this.#states.keys()) socket.destroy();
  }

  /** Moves a quiet connection to the end of the order. */
  #touch(socket: Socket): void {
    if (this.#quiet.delete(socket)) this.#quiet.add(socket);
  }

  #forget(socket: Socket): void {
    this.#states.delete(socket);
    this.#quiet.delete(socket);
  }
}

/** Lets what is written reach the client first. */
function closeSoon(socket: Socket): void {
  if (!socket.destroyed) socket.destroySoon();
}
