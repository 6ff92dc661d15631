import type { IncomingMessage, ServerResponse } from 'node:http';
import type { BodyBudget } from './body.ts';

/** The body of a request as it comes, for endpoints that take it piece by piece. */
export interface RequestBody extends AsyncIterable<Uint8Array> {
  /** What Content-Length says; undefined for a body in chunks. A request without a body has 0. */
  readonly length: number | undefined;
  /** Counts bytes that the endpoint holds until it has answered towards the listener's bound; false when they
   * are more than it lets be held. */
  hold(bytes: number): boolean;
}

/** Why a body ended before its end. */
export class BodyError extends Error {
  readonly reason: 'gone' | 'too slow';

  constructor(reason: BodyError['reason']) {
    super(reason === 'gone' ? 'the client went away before its body had come' : 'the body came too slowly');
    this.name = 'BodyError';
    this.reason = reason;
  }
}

export interface BodyPace {
  /** Between two bytes. */
  readonly idleTimeoutMs: number;
  /** Time a body may make the service wait in all, besides what its bytes take at the least pace. */
  readonly requestTimeoutMs: number;
  /** The least pace of a body that lasts longer, bytes a second. */
  readonly leastBytesPerSecond: number;
}

/** What is read of a body that nobody wants, so that a client that writes before it reads sees the answer. */
const DRAIN_BYTES = 8 * 1024 * 1024;
const DRAIN_MS = 1_000;

/** A body that is read when it is drawn, within a pace; `waiting` hears when the client is waited for. */
export class StreamedBody implements RequestBody {
  readonly length: number | undefined;
  readonly #request: IncomingMessage;
  readonly #budget: BodyBudget;
  readonly #pace: BodyPace;
  readonly #waiting: (now: boolean) => void;
  #toContinue: ServerResponse | undefined;
  #held = 0;
  #received = 0;
  #waitedMs = 0;

  constructor(
    request: IncomingMessage,
    options: {
      readonly budget: BodyBudget;
      readonly pace: BodyPace;
      readonly waiting: (now: boolean) => void;
      /** Where the client waits for 100 Continue, which it gets when its body is first drawn. */
      readonly toContinue: ServerResponse | undefined;
    },
  ) {
    const declared = request.headers['content-length'];
    if (declared !== undefined) this.length = Number(declared);
    else this.length = request.headers['transfer-encoding'] === undefined ? 0 : undefined;
    this.#request = request;
    this.#budget = options.budget;
    this.#pace = options.pace;
    this.#waiting = options.waiting;
    this.#toContinue = options.toContinue;
  }

  hold(bytes: number): boolean {
    if (!this.#budget.take(bytes)) return false;
    this.#held += bytes;
    return true;
  }

  /** Gives back what was held. */
  release(): void {
    this.#budget.give(this.#held);
    this.#held = 0;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    this.#toContinue?.writeContinue();
    this.#toContinue = undefined;
    for (;;) {
      const piece = this.#request.read() as Buffer | null;
      if (piece !== null) {
        this.#received += piece.length;
        yield piece;
      } else if (this.#request.readableEnded) return;
      else if (this.#request.destroyed) throw new BodyError('gone');
      else await this.#more();
    }
  }

  /**
   * Reads on to the end of a body that was not wanted, within bounds. False when the connection can carry no
   * further request: there is more of it, or the client has not been told to send it.
   */
  async drain(): Promise<boolean> {
    if (this.#request.readableEnded) return true;
    if (this.#toContinue !== undefined) return false;
    return new Promise((resolve) => {
      const request = this.#request;
      let drained = 0;
      function finish(whole: boolean): void {
        clearTimeout(timer);
        request.off('data', onData).off('end', onEnd).off('close', onClose);
        resolve(whole);
      }
      function onData(piece: Buffer): void {
        drained += piece.length;
        if (drained > DRAIN_BYTES) finish(false);
      }
      const onEnd = (): void => finish(true);
      const onClose = (): void => finish(false);
      const timer = setTimeout(onClose, DRAIN_MS);
      request.on('data', onData).on('end', onEnd).on('close', onClose);
      if (request.destroyed) finish(false);
      else request.resume();
    });
  }

  /** Waits for more, the end, or the end of patience. */
  async #more(): Promise<void> {
    const { idleTimeoutMs, requestTimeoutMs, leastBytesPerSecond } = this.#pace;
    const allowed = requestTimeoutMs + (this.#received / leastBytesPerSecond) * 1000 - this.#waitedMs;
    const started = performance.now();
    this.#waiting(true);
    const slow = await new Promise<boolean>((resolve) => {
      const request = this.#request;
      function finish(tooSlow: boolean): void {
        clearTimeout(timer);
        request.off('readable', onMore).off('end', onMore).off('close', onMore).off('error', onMore);
        resolve(tooSlow);
      }
      const onMore = (): void => finish(false);
      const timer = setTimeout(() => finish(true), Math.max(1, Math.min(idleTimeoutMs, allowed)));
      request.on('readable', onMore).on('end', onMore).on('close', onMore).on('error', onMore);
    });
    this.#waiting(false);
    this.#waitedMs += performance.now() - started;
    if (slow) throw new BodyError('too slow');
  }
}
