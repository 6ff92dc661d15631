import { DROP_BLACKHOLE, DROP_MTU_EXCEEDED, DROP_NO_ROUTE, DROP_TTL_EXPIRED } from '../capture/flow-batch.ts';
import {
  LOST_BLACKHOLE,
  LOST_CELLS,
  LOST_MTU_EXCEEDED,
  LOST_NO_ROUTE,
  LOST_TTL_EXPIRED,
  NO_LOST,
  NO_ROW,
} from './rows.ts';

/** The cell of a DROP_ value; 0 for those that no field of a record counts. */
export function lostCell(reason: number): number {
  switch (reason) {
    case DROP_NO_ROUTE:
      return LOST_NO_ROUTE;
    case DROP_BLACKHOLE:
      return LOST_BLACKHOLE;
    case DROP_MTU_EXCEEDED:
      return LOST_MTU_EXCEEDED;
    case DROP_TTL_EXPIRED:
      return LOST_TTL_EXPIRED;
    default:
      return 0;
  }
}

/** What rows of a table have lost, while it is filled. */
export class LostPackets {
  /** Entries by row, in the order they came. */
  readonly #entries = new Map<number, number>();
  #cells = NO_LOST;

  add(row: number, cell: number, packets: number): void {
    const at = this.#entry(row) + cell;
    this.#cells[at] = this.#cells[at]! + packets;
  }

  /** Adds the entry at `at` of another window's. */
  addEntry(row: number, lost: Float64Array, at: number): void {
    const into = this.#entry(row);
    for (let cell = 1; cell < LOST_CELLS; cell++) {
      this.#cells[into + cell] = this.#cells[into + cell]! + lost[at + cell]!;
    }
  }

  /** All of it, in memory of its own. */
  take(): Float64Array {
    if (this.#entries.size === 0) return NO_LOST;
    const rows = Float64Array.from(this.#entries.keys()).sort();
    const taken = new Float64Array(rows.length * LOST_CELLS);
    for (let k = 0; k < rows.length; k++) {
      const at = this.#entries.get(rows[k]!)!;
      for (let cell = 0; cell < LOST_CELLS; cell++) taken[k * LOST_CELLS + cell] = this.#cells[at + cell]!;
    }
    return taken;
  }

  #entry(row: number): number {
    const known = this.#entries.get(row);
    if (known !== undefined) return known;
    const at = this.#entries.size * LOST_CELLS;
    if (at === this.#cells.length) {
      const larger = new Float64Array(Math.max(16 * LOST_CELLS, 2 * at));
      larger.set(this.#cells);
      this.#cells = larger;
    }
    this.#cells[at] = row;
    this.#entries.set(row, at);
    return at;
  }
}

/**
 * Moves the entries of rows to the rows that they were merged into, in place. `mergedInto` has the first row by the
 * one that is no more.
 */
export function mergeLost(lost: Float64Array, mergedInto: ReadonlyMap<number, number>): void {
  const sums = new LostPackets();
  for (let at = 0; at < lost.length; at += LOST_CELLS) {
    const row = lost[at]!;
    if (row !== NO_ROW) sums.addEntry(mergedInto.get(row) ?? row, lost, at);
  }
  const merged = sums.take();
  lost.set(merged);
  lost.fill(0, merged.length);
  for (let at = merged.length; at < lost.length; at += LOST_CELLS) lost[at] = NO_ROW;
}
