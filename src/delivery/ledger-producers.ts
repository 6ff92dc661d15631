/** The ledger's producers: who has committed, and what is known of their objects. */
import type { LedgerFile } from './ledger-file.ts';

export type ProducerKind = 'live' | 'replay';

export interface ProducerRow {
  readonly producer: string;
  readonly kind: ProducerKind;
  readonly ended: boolean;
  /** A flush cut slots of a replay before they were complete: a rerun that starts anew would cut them elsewhere. */
  readonly irregular: boolean;
  /** Slots up to here have no rows any more, and their parts had numbers up to `prunedPart`. */
  readonly prunedSlot: number;
  readonly prunedPart: number;
}

export class ProducerTable {
  readonly #file: LedgerFile;

  constructor(file: LedgerFile) {
    this.#file = file;
  }

  /** In the order in which they first began. */
  all(): ProducerRow[] {
    interface Raw {
      producer: string;
      kind: ProducerKind;
      ended: number;
      irregular: number;
      pruned_slot: number;
      pruned_part: number;
    }
    const rows = this.#file.all('SELECT * FROM producers ORDER BY begun') as Raw[];
    return rows.map((row) => ({
      producer: row.producer,
      kind: row.kind,
      ended: row.ended !== 0,
      irregular: row.irregular !== 0,
      prunedSlot: row.pruned_slot,
      prunedPart: row.pruned_part,
    }));
  }

  put(row: ProducerRow): void {
    this.#file.run(
      `INSERT INTO producers VALUES (?, ?, (SELECT coalesce(max(begun), 0) + 1 FROM producers), ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET kind = excluded.kind, ended = excluded.ended, irregular = excluded.irregular,
         pruned_slot = excluded.pruned_slot, pruned_part = excluded.pruned_part`,
      row.producer,
      row.kind,
      row.ended ? 1 : 0,
      row.irregular ? 1 : 0,
      row.prunedSlot,
      row.prunedPart,
    );
  }

  delete(producer: string): void {
    this.#file.run('DELETE FROM producers WHERE producer = ?', producer);
  }
}
