import type { SeenInterfaces } from './attribution.ts';
import { WINDOW_SECONDS } from './intervals.ts';

/**
 * What is known of one live point: when it saw nothing or lost packets, and which interfaces had traffic from it
 * in the window before the open ones: with those of the open windows, whom its losses concern (S5.2). While
 * the point is unhealthy nothing is forgotten, so that a long outage still concerns those who had traffic when
 * it began.
 */
export class PointHistory {
  #previous: SeenInterfaces[] = [];
  /** Times of which something is missing, both ends included; the last one open while the point is unhealthy. */
  #faults: { readonly from: number; to: number }[] = [];
  #healthy = true;
  /** When it began to see packets. */
  readonly #since: number;

  constructor(since: number) {
    this.#since = since;
  }

  /** Calls `visit` with the interfaces of the window before, and of the open windows' `seen`; with some
   * several times. */
  forEachRecent(seen: readonly (SeenInterfaces | undefined)[], visit: (number: number) => void): void {
    for (const counts of [...this.#previous, ...seen]) counts?.forEach(visit);
  }

  /** The point stopped seeing packets at this time, or sees them again. */
  setHealthy(healthy: boolean, now: number): void {
    if (healthy === this.#healthy) return;
    this.#healthy = healthy;
    if (healthy) this.#faults.at(-1)!.to = now;
    else this.#faults.push({ from: now, to: Number.POSITIVE_INFINITY });
  }

  /** Packets are missing between two times. */
  markLoss(from: number, to: number): void {
    // Before one that is open, which setHealthy ends.
    this.#faults.splice(this.#healthy ? this.#faults.length : -1, 0, { from, to: Math.max(from, to) });
  }

  /** The window at `start` has closed, in which `seen` had traffic. Returns whether the point was there, and
   * healthy, throughout. */
  closeWindow(start: number, seen: SeenInterfaces | undefined): boolean {
    const end = start + WINDOW_SECONDS;
    const healthy =
      this.#since <= start && !this.#faults.some((fault) => fault.from < end && fault.to >= start);
    this.#faults = this.#faults.filter((fault) => fault.to >= end);
    if (this.#healthy) this.#previous = [];
    if (seen !== undefined) this.#previous.push(seen);
    return healthy;
  }
}
