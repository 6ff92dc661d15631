import { ROW_WORDS } from '../flows/rows.ts';

/** Rows that are fetched together, a power of two: 2 kB, well within the first-level cache. */
export const AHEAD = 32;

/** Where the sum of the reads goes, lest they be optimised away. */
const SINK = new Int32Array(1);

/**
 * Reads the rows of lines `from` to `to` (exclusive), which lie scattered. Fetched one by one between the work of
 * writing, each would be waited for; asked for together, they arrive together. First and last word, because shared
 * memory is aligned to 16 bytes only: a row may lie across two cache lines.
 */
export function fetchRows(rows: Int32Array, order: Int32Array, from: number, to: number): void {
  let sum = 0;
  for (let i = from; i < to; i++) {
    const line = order[i]!;
    if (line < 0) continue;
    const base = (line >>> 1) * ROW_WORDS;
    sum = (sum + rows[base]! + rows[base + ROW_WORDS - 1]!) | 0;
  }
  SINK[0] = sum;
}
