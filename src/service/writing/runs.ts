import { type ExpandedWindow, ROW_WORDS, rowWords, STATUS_WORDS, WORD_EGRESS } from '../../flows/rows.ts';

/** Words of a run: interface, first line, line behind the last. */
export const RUN_WORDS = 3;

/** Where the lines of each interface stand in a window: RUN_WORDS for each, in their order. */
export function interfaceRuns({ window, order, lines }: ExpandedWindow): Int32Array {
  const words = rowWords(window.rows);
  const { status } = window;
  let runs = new Int32Array(RUN_WORDS * 256);
  let n = 0;
  let current = -1;
  for (let i = 0; i < lines; i++) {
    const line = order[i]!;
    const number =
      line < 0 ? status[~line * STATUS_WORDS]! : words[(line >>> 1) * ROW_WORDS + WORD_EGRESS + (line & 1)]!;
    if (number !== current) {
      if (n + RUN_WORDS > runs.length) {
        const grown = new Int32Array(2 * runs.length);
        grown.set(runs);
        runs = grown;
      }
      runs[n] = number;
      runs[n + 1] = i;
      n += RUN_WORDS;
      current = number;
    }
    runs[n - 1] = i + 1;
  }
  return runs.subarray(0, n);
}
