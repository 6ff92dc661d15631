/** Lines for a client that may be slower than they come, in bounded memory. */
import type { TailLine } from './messages.ts';

/** What waits for one client at most, in characters. */
const MAX_WAITING = 8 * 2 ** 20;
/** How often a line is sent when there is none, in milliseconds: a client that is gone is seen by it. */
const ALIVE_MS = 5_000;

/** A queue between the writing thread's lines and one client. */
export class LineQueue {
  readonly #maxWaiting: number;
  readonly #aliveMs: number;
  #lines: TailLine[] = [];
  #waiting = 0;
  #leftOut = 0;
  #ended = false;
  #wake: (() => void) | undefined;

  constructor(maxWaiting = MAX_WAITING, aliveMs = ALIVE_MS) {
    this.#maxWaiting = maxWaiting;
    this.#aliveMs = aliveMs;
  }

  push(flowLog: string, text: string): void {
    if (this.#ended) return;
    if (this.#waiting + text.length > this.#maxWaiting) {
      this.#leftOut += text.length;
    } else {
      this.#tellLeftOut();
      this.#waiting += text.length;
      this.#lines.push({ kind: 'lines', flowLog, text });
    }
    this.#wake?.();
  }

  /** Ends the lines: what waits is still given out. */
  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  /** The lines as they come, until `end`. For one reader. */
  async *lines(): AsyncGenerator<TailLine> {
    // At once: the client knows then that what is committed from here on comes.
    yield { kind: 'alive' };
    for (;;) {
      const line = this.#lines.shift();
      if (line !== undefined) {
        if (line.kind === 'lines') this.#waiting -= line.text.length;
        yield line;
      } else if (this.#leftOut > 0) {
        this.#tellLeftOut();
      } else if (this.#ended) {
        yield { kind: 'end' };
        return;
      } else if (!(await this.#come())) {
        yield { kind: 'alive' };
      }
    }
  }

  #tellLeftOut(): void {
    if (this.#leftOut === 0) return;
    this.#lines.push({ kind: 'left-out', bytes: this.#leftOut });
    this.#leftOut = 0;
  }

  /** Waits for something to give out; false when nothing came for a while. */
  #come(): Promise<boolean> {
    return new Promise((resolve) => {
      const done = (came: boolean): void => {
        clearTimeout(timer);
        this.#wake = undefined;
        resolve(came);
      };
      const timer = setTimeout(() => done(false), this.#aliveMs);
      this.#wake = () => done(true);
    });
  }
}
