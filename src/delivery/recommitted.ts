/** What a rerun of a replay finds done. */
import type { Ledger } from './ledger.ts';
import type { ObjectRow, ObjectState } from './ledger-objects.ts';
import type { Producer } from './producers.ts';

/** What the ledger knows of chunks that a replay commits again, for the time of one commit. */
export class Recommitted {
  readonly #ledger: Ledger;
  readonly #producer: Producer;
  readonly #sequence: number;
  readonly #rows = new Map<string, (ObjectRow & { readonly state: ObjectState })[]>();

  constructor(ledger: Ledger, producer: Producer, sequence: number) {
    this.#ledger = ledger;
    this.#producer = producer;
    this.#sequence = sequence;
  }

  /** `differs`: what the ledger knows under its place is not the same. */
  of(
    flowLog: string,
    slot: number,
    ordinal: number,
    digest: string,
  ): 'new' | 'spooled' | 'delivered' | 'differs' {
    if (!this.#producer.resumed) return 'new';
    const key = `${slot}/${flowLog}`;
    let rows = this.#rows.get(key);
    if (rows === undefined) {
      rows = this.#ledger.objects.of(this.#producer.name, slot, flowLog).filter((row) => row.state !== 2);
      this.#rows.set(key, rows);
    }
    let covered = 0;
    let pieces = -1;
    let open = false;
    for (const row of rows) {
      for (const chunk of row.chunks) {
        if (chunk.sequence !== this.#sequence || chunk.ordinal !== ordinal) continue;
        if (chunk.digest !== digest) return 'differs';
        covered += chunk.to - chunk.from;
        pieces = chunk.pieces;
        open ||= row.state === 0;
      }
    }
    if (covered !== pieces) return 'new';
    return open ? 'spooled' : 'delivered';
  }
}
