/** When the ledger is written: what comes in one turn of the loop, or in a few milliseconds, goes together. */
import { messageOf } from '../base/errors.ts';

/** Milliseconds in which what was delivered is gathered for one transaction of the ledger. */
const SETTLE_MS = 5;

export interface TurnsPort {
  /** @throws what the disk refuses */
  register(): void;
  settle(): void;
  onError(message: string): void;
}

export class LedgerTurns {
  readonly #port: TurnsPort;
  #registering: NodeJS.Immediate | undefined;
  #settling: NodeJS.Timeout | undefined;
  #refused: string | undefined;
  #stopped = false;

  constructor(port: TurnsPort) {
    this.#port = port;
  }

  /** Cuts go to the ledger together: those of one turn of the loop take one transaction. */
  registerSoon(): void {
    if (this.#stopped) return;
    this.#registering ??= setImmediate(() => {
      this.#registering = undefined;
      this.try('the ledger', () => this.#port.register());
    });
  }

  settleSoon(): void {
    this.#settling ??= setTimeout(() => {
      this.#settling = undefined;
      this.try('the ledger', () => this.#port.settle());
    }, SETTLE_MS);
  }

  /** What the disk refuses here is tried again at the next look; said once until it works again. */
  try(what: string, work: () => void): boolean {
    try {
      work();
      this.#refused = undefined;
      return true;
    } catch (error) {
      const message = `${what} cannot be written: ${messageOf(error)}`;
      if (this.#refused !== message) this.#port.onError(message);
      this.#refused = message;
      return false;
    }
  }

  stopRegistering(): void {
    this.#stopped = true;
    clearImmediate(this.#registering);
  }

  stopSettling(): void {
    clearTimeout(this.#settling);
  }
}
