/**
 * Slots of a replay that a flush cut before they were complete. As long as no more rows come for them, their objects
 * are those of a run without that flush; rows that do come make the run irregular: where it was cut is what a rerun
 * does not know.
 */
import { slotCompleteAt } from './slots.ts';

interface Place {
  readonly slot: number;
  readonly flowLog: string;
  readonly interval: number;
}

export class EarlyCuts {
  readonly #cut = new Map<string, Place>();

  get size(): number {
    return this.#cut.size;
  }

  add({ slot, flowLog, interval }: Place): void {
    this.#cut.set(`${slot}/${flowLog}`, { slot, flowLog, interval });
  }

  has(slot: number, flowLog: string): boolean {
    return this.#cut.size > 0 && this.#cut.has(`${slot}/${flowLog}`);
  }

  /** Slots that would have been cut now in any case. */
  complete(upTo: number): void {
    for (const [key, { slot, interval }] of this.#cut) {
      if (upTo >= slotCompleteAt(slot, interval)) this.#cut.delete(key);
    }
  }

  clear(): void {
    this.#cut.clear();
  }
}
