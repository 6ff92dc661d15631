import type { IncomingMessage } from 'node:http';

/** Bytes of bodies held at the same time, over all connections. */
export class BodyBudget {
  readonly max: number;
  #used = 0;

  constructor(max: number) {
    this.max = max;
  }

  get used(): number {
    return this.#used;
  }

  /** Takes bytes, or takes none and says false. */
  take(bytes: number): boolean {
    if (this.#used + bytes > this.max) return false;
    this.#used += bytes;
    return true;
  }

  give(bytes: number): void {
    this.#used -= bytes;
  }
}

export type BodyOutcome =
  | { readonly kind: 'whole'; readonly body: Uint8Array }
  | { readonly kind: 'too_large' | 'overloaded' }
  /** The client went away, or was cut off, before its body had come. */
  | { readonly kind: 'gone' };

/** A body that is refused is still read a little further, so that a client that writes before it reads gets
 * to see the answer instead of a reset connection. */
const DRAIN_BYTES = 8 * 1024 * 1024;
const DRAIN_MS = 1_000;

/**
 * Reads a whole body within a limit. What `whole` holds is taken from the budget, and is the caller's to give
 * back. A client that has not sent it within `timeoutMs` is cut off. Never rejects.
 */
export function readBody(
  request: IncomingMessage,
  limit: number,
  budget: BodyBudget,
  timeoutMs: number,
): Promise<BodyOutcome> {
  return new Promise((resolve) => {
    let pieces: Buffer[] = [];
    let held = 0;
    let refused: 'too_large' | 'overloaded' | undefined;
    let drained = 0;
    let timer: NodeJS.Timeout | undefined;
    const patience = setTimeout(() => request.socket.destroy(), timeoutMs);

    function finish(outcome: BodyOutcome): void {
      clearTimeout(timer);
      clearTimeout(patience);
      request.off('data', onData).off('end', onEnd).off('close', onGone).off('error', onGone);
      request.on('error', ignore);
      if (outcome.kind !== 'whole') budget.give(held);
      resolve(outcome);
    }
    function refuse(kind: 'too_large' | 'overloaded'): void {
      refused = kind;
      budget.give(held);
      held = 0;
      pieces = [];
      timer = setTimeout(() => finish({ kind }), DRAIN_MS);
    }
    function onData(piece: Buffer): void {
      if (refused !== undefined) {
        drained += piece.length;
        if (drained > DRAIN_BYTES) finish({ kind: refused });
      } else if (held + piece.length > limit) refuse('too_large');
      else if (budget.take(piece.length)) {
        held += piece.length;
        pieces.push(piece);
      } else refuse('overloaded');
    }
    function onEnd(): void {
      if (refused !== undefined) finish({ kind: refused });
      else finish({ kind: 'whole', body: pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces, held) });
    }
    function onGone(): void {
      finish({ kind: 'gone' });
    }

    request.on('data', onData).on('end', onEnd).on('close', onGone).on('error', onGone);
    if (Number(request.headers['content-length'] ?? 0) > limit) refuse('too_large');
  });
}

function ignore(): void {
  // The connection's end is handled where the connection is.
}
