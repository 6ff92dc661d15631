import { mergeIcmp } from '../../flows/icmp.ts';
import {
  type ClosedWindow,
  DOUBLE_BYTES,
  DOUBLE_PACKETS,
  FLAGS_EGRESS_DUPLICATE,
  FLAGS_EXCLUDED,
  FLAGS_INGRESS_DUPLICATE,
  ROW_WORDS,
  rowDoubles,
  rowWords,
  WORD_EGRESS,
  WORD_FLAGS,
} from '../../flows/rows.ts';
import { NO_INTERFACE } from '../../network/lookup.ts';
import { verdictBit } from './traffic.ts';

export interface Unsubscribed {
  rows: number;
  packets: number;
  bytes: number;
}

const DUPLICATE = [FLAGS_EGRESS_DUPLICATE, FLAGS_INGRESS_DUPLICATE] as const;

/**
 * Counts what no flow log selects (S1.2), in sides of rows of closed windows: a flow recorded at two interfaces
 * is two. A side is selected when at least one flow log that records the window, of either interval, takes its
 * interface and its verdict; how many do does not matter. Rows that print the same are one, as in records
 * (S1.4): their sums are merged here. `seen` is told the interfaces with selected rows.
 */
export function countUnsubscribed(
  window: ClosedWindow,
  wanted: (number: number) => number,
  into: Unsubscribed,
  seen: (number: number) => void,
): void {
  mergeIcmp(window);
  const words = rowWords(window.rows);
  const doubles = rowDoubles(window.rows);
  for (let row = 0; row < window.count; row++) {
    const base = row * ROW_WORDS;
    const flags = words[base + WORD_FLAGS]!;
    if ((flags & FLAGS_EXCLUDED) !== 0) continue;
    const verdict = verdictBit(flags);
    for (let side = 0; side < 2; side++) {
      const number = words[base + WORD_EGRESS + side]!;
      if (number === NO_INTERFACE || (flags & DUPLICATE[side]!) !== 0) continue;
      if ((wanted(number) & verdict) !== 0) {
        seen(number);
        continue;
      }
      into.rows++;
      into.packets += doubles[row * (ROW_WORDS / 2) + DOUBLE_PACKETS]!;
      into.bytes += doubles[row * (ROW_WORDS / 2) + DOUBLE_BYTES]!;
    }
  }
}
