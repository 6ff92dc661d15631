import { FLAGS_VERDICT, FLAGS_VERDICT_SHIFT, ROW_WORDS, rowWords, WORD_FLAGS } from '../flows/rows.ts';
import type { ExpandedWindow } from '../flows/rows.ts';

/** TrafficType of a flow log: which verdicts it records. */
export type TrafficType = 'ACCEPT' | 'REJECT' | 'ALL';

/** The verdict bits of a rejected row. Every other value is written as ACCEPT (S4.1). */
export const REJECTED = 2 << FLAGS_VERDICT_SHIFT;

/**
 * The lines of a window that a flow log of this traffic type records, in the same order. NODATA and SKIPDATA
 * lines stay: they say something of all traffic (S5.1). ALL gives the window itself back.
 */
export function selectLines(expanded: ExpandedWindow, trafficType: TrafficType): ExpandedWindow {
  if (trafficType === 'ALL') return expanded;
  const wanted = trafficType === 'REJECT';
  const rows = rowWords(expanded.window.rows);
  // Shared, as the window is: several threads write parts of it.
  const order = new Int32Array(new SharedArrayBuffer(4 * expanded.lines));
  let lines = 0;
  for (let i = 0; i < expanded.lines; i++) {
    const line = expanded.order[i]!;
    if (line >= 0) {
      const flags = rows[(line >>> 1) * ROW_WORDS + WORD_FLAGS]!;
      if (((flags & FLAGS_VERDICT) === REJECTED) !== wanted) continue;
    }
    order[lines++] = line;
  }
  return { window: expanded.window, order, lines };
}
