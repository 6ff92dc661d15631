import type { InterfaceCounts } from './attribution.ts';

/**
 * Which interfaces had traffic from one live point in the window before the open ones: with those of the
 * open windows, whom its losses concern (S5.2). While the point is unhealthy nothing is forgotten, so that a
 * long outage still concerns those who had traffic when it began.
 */
export class PointHistory {
  #previous: InterfaceCounts[] = [];
  /** Set to false by the source's owner while the point sees nothing. */
  healthy = true;
  #healthyThroughout = true;

  /** Calls `visit` with the interfaces of the window before, and of the open windows' `seen`. */
  forEachRecent(seen: readonly (InterfaceCounts | undefined)[], visit: (number: number) => void): void {
    const told = new Set<number>();
    for (const counts of [...this.#previous, ...seen]) {
      counts?.forEach((number) => {
        if (told.has(number)) return;
        told.add(number);
        visit(number);
      });
    }
  }

  /** Packets are missing in the open window: the point was not healthy throughout. */
  markLoss(): void {
    this.#healthyThroughout = false;
  }

  /** A window has closed in which `seen` had traffic. Returns whether the point was healthy throughout. */
  closeWindow(seen: InterfaceCounts | undefined): boolean {
    const throughout = this.healthy && this.#healthyThroughout;
    if (this.healthy) this.#previous = [];
    if (seen !== undefined) this.#previous.push(seen);
    this.#healthyThroughout = this.healthy;
    return throughout;
  }
}
