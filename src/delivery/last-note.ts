/** The note of a live producer's last commit: in its segment, and in the ledger before that goes. */
import type { Ledger } from './ledger.ts';

const NAME = 'note';

export interface FoundNote {
  readonly segment: number;
  readonly note: unknown;
}

export class LastNote {
  readonly #ledger: Ledger;
  #last: FoundNote | undefined;
  #saved = true;

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  get value(): unknown {
    return this.#last?.note;
  }

  /** The later of what the ledger says and of what was found in the spool. */
  restore(found: FoundNote | undefined): void {
    const saved = JSON.parse(this.#ledger.meta(NAME) ?? 'null') as FoundNote | null;
    this.#last = saved ?? undefined;
    if (found !== undefined && found.segment > (saved?.segment ?? -1)) this.set(found);
  }

  set(note: FoundNote): void {
    this.#last = note;
    this.#saved = false;
  }

  /** Only this segment says it: it must stay. */
  needs(segment: { readonly id: number }): boolean {
    return !this.#saved && this.#last?.segment === segment.id;
  }

  /** Inside of a transaction; saved() once that is done. */
  save(): void {
    this.#ledger.setMeta(NAME, JSON.stringify({ segment: this.#last!.segment, note: this.#last!.note }));
  }

  saved(): void {
    this.#saved = true;
  }
}
