const FIRST_MS = 100;
const MOST_MS = 5_000;

/** Waits longer from time to time, and not at all once `stop` was called. */
export class BackOff {
  #ms = FIRST_MS;
  #wake: (() => void) | undefined;
  #stopped = false;

  get stopped(): boolean {
    return this.#stopped;
  }

  async wait(): Promise<void> {
    if (this.#stopped) return;
    const ms = this.#ms;
    this.#ms = Math.min(MOST_MS, 2 * ms);
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  reset(): void {
    this.#ms = FIRST_MS;
  }

  stop(): void {
    this.#stopped = true;
    this.#wake?.();
  }
}
