/**
 * What was acknowledged of batches that may be given again: a retry goes on behind it. In memory, and bounded: what
 * is forgotten, or known to a process before this one only, is sent again (S5.5: at least once).
 */

/** What is known of a batch. */
export interface Progress {
  /** About its bytes. */
  readonly weight: number;
  /** Ends the attempt under way: another one has begun. */
  controller: AbortController;
}

/** Batches that are remembered, and what they may weigh in all. */
const MOST_BATCHES = 1024;
const MOST_WEIGHT = 16 * 1024 ** 2;

export class ProgressBook<P extends Progress> {
  readonly #kept = new Map<string, P>();

  /**
   * Begins an attempt at a batch; the one before it, if it has not come to an end, is ended.
   *
   * @param fits whether what is known is of the same batch
   */
  begin(key: string, fits: (progress: P) => boolean, make: () => P): P {
    let progress = this.#kept.get(key);
    progress?.controller.abort(new Error('another attempt has begun'));
    if (progress === undefined || !fits(progress)) progress = make();
    else progress.controller = new AbortController();
    this.#kept.delete(key);
    this.#kept.set(key, progress);
    this.#bound();
    return progress;
  }

  /** Lets those go that were begun longest ago. */
  #bound(): void {
    let weight = 0;
    for (const progress of this.#kept.values()) weight += progress.weight;
    for (const [key, progress] of this.#kept) {
      if (this.#kept.size <= MOST_BATCHES && weight <= MOST_WEIGHT) return;
      if (this.#kept.size === 1) return;
      weight -= progress.weight;
      this.#kept.delete(key);
    }
  }
}

/** The signal of an attempt: its caller's, and that of its progress. */
export function attemptSignal(progress: Progress, signal: AbortSignal | undefined): AbortSignal {
  const own = progress.controller.signal;
  return signal === undefined ? own : AbortSignal.any([signal, own]);
}
