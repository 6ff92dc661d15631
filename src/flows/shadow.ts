import { hashKey } from './hash.ts';
import {
  DOUBLE_BYTES,
  DOUBLE_PACKETS,
  FLAGS_TRANSLATED,
  FLAGS_VERDICT,
  KEY_CONTEXT_SHIFT,
  KEY_SPLIT,
  ROW_WORDS,
  WORD_DESTINATION,
  WORD_FLAGS,
  WORD_KEY,
  WORD_PORTS,
  WORD_SOURCE,
  lostAt,
} from './rows.ts';
import type { FlowTable } from './table.ts';

/** Contexts that a verdict-only row is looked for in; beyond, it is taken as not counted elsewhere. */
const CONTEXTS_SEARCHED = 64;

/** What became of the packets of verdict-only rows. */
export interface FoldedShadow {
  /** Counted by another source: these only brought a verdict. */
  packets: number;
  bytes: number;
  /** Counted by no other source, and no room for them. */
  refusedPackets: number;
  refusedBytes: number;
}

/**
 * Folds the rows of a source that only reports verdicts into a window (S2.8): the verdict goes to the row
 * that another source counted; a flow that no source counted is added with its packets.
 */
export function foldShadow(shadow: FlowTable, table: FlowTable, contexts: number): FoldedShadow {
  const folded: FoldedShadow = { packets: 0, bytes: 0, refusedPackets: 0, refusedBytes: 0 };
  const { words, doubles } = shadow.store;
  const lost = shadow.lost.take();
  for (let row = 0; row < shadow.count; row++) {
    const base = row * ROW_WORDS;
    const packets = doubles[row * (ROW_WORDS / 2) + DOUBLE_PACKETS]!;
    const bytes = doubles[row * (ROW_WORDS / 2) + DOUBLE_BYTES]!;
    // Of a second leg, the packets are counted with the first.
    const counts = (words[base + WORD_FLAGS]! & FLAGS_TRANSLATED) === 0;
    const counted = findCounted(shadow, row, table, contexts);
    if (counted >= 0) {
      const at = counted * ROW_WORDS + WORD_FLAGS;
      const verdict = words[base + WORD_FLAGS]! & FLAGS_VERDICT;
      // Of two reports for packets that cannot be told apart, the refusal is the one to show.
      if (verdict !== 0) {
        const held = table.store.words[at]! & FLAGS_VERDICT;
        table.store.words[at] = (table.store.words[at]! & ~FLAGS_VERDICT) | Math.max(held, verdict);
      }
      if (!counts) continue;
      folded.packets += packets;
      folded.bytes += bytes;
      continue;
    }
    const added = table.addRow(shadow.store, row, words[base + WORD_KEY]!);
    if (added >= 0) {
      const at = lostAt(lost, row);
      if (at >= 0) table.lost.addEntry(added, lost, at);
    } else if (counts) {
      folded.refusedPackets += packets;
      folded.refusedBytes += bytes;
    }
  }
  return folded;
}

function findCounted(shadow: FlowTable, row: number, table: FlowTable, contexts: number): number {
  const { words } = shadow.store;
  const base = row * ROW_WORDS;
  const plain = words[base + WORD_KEY]! & ((1 << KEY_CONTEXT_SHIFT) - 1) & ~KEY_SPLIT;
  for (let context = 0; context < Math.min(contexts, CONTEXTS_SEARCHED); context++) {
    const key = plain | (context << KEY_CONTEXT_SHIFT);
    const hash = hashKey(
      words[base + WORD_SOURCE]!,
      words[base + WORD_DESTINATION]!,
      words[base + WORD_PORTS]!,
      key,
    );
    const found = table.find(shadow.store, row, key, hash);
    // Rows that an earlier shadow row added have no counting source behind them: add to them.
    if (found >= 0 && found < table.inserted) return found;
  }
  return -1;
}
