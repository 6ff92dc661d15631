import { InterfaceCounts } from './attribution.ts';

/**
 * Which interfaces had traffic from one live point in this window and the one before: whom its losses
 * concern (S5.2). While the point is unhealthy the windows do not move on, so that a long outage still
 * concerns those who had traffic when it began.
 */
export class PointHistory {
  #current: InterfaceCounts;
  #previous: InterfaceCounts;
  /** Set to false by the source's owner while the point sees nothing. */
  healthy = true;
  #healthyThroughout = true;

  constructor(declared: number) {
    this.#current = new InterfaceCounts(declared);
    this.#previous = new InterfaceCounts(declared);
  }

  get current(): InterfaceCounts {
    return this.#current;
  }

  /** The interfaces of both windows. */
  readonly recent = {
    forEach: (visit: (number: number) => void): void => {
      this.#previous.forEach((number) => {
        if (this.#current.get(number) === 0) visit(number);
      });
      this.#current.forEach(visit);
    },
  };

  /** A loss inside the open window: it was not healthy throughout. */
  markLoss(): void {
    this.#healthyThroughout = false;
  }

  /** A window has closed. Returns whether the point was healthy throughout it. */
  closeWindow(): boolean {
    const throughout = this.healthy && this.#healthyThroughout;
    if (this.healthy) {
      const spare = this.#previous;
      this.#previous = this.#current;
      this.#current = spare;
      this.#current.clear();
    }
    this.#healthyThroughout = this.healthy;
    return throughout;
  }
}
