import { VERDICT_REJECT } from '../capture/batch.ts';
import { mergeLost } from './lost.ts';
import {
  type ClosedWindow,
  DOUBLE_BYTES,
  DOUBLE_PACKETS,
  FLAGS_EGRESS_DUPLICATE,
  FLAGS_EXCLUDED,
  FLAGS_INGRESS_DUPLICATE,
  FLAGS_VERDICT,
  FLAGS_VERDICT_SHIFT,
  KEY_IPV6,
  KEY_PROTOCOL,
  ROW_WORDS,
  WORD_DESTINATION,
  WORD_EGRESS,
  WORD_FIRST,
  WORD_FLAGS,
  WORD_INGRESS,
  WORD_KEY,
  WORD_LAST,
  WORD_SOURCE,
  rowDoubles,
  rowUnsigned,
  rowWords,
} from './rows.ts';
import { sameHosts } from './same-rows.ts';
import { inStretches } from './stretches.ts';

const ICMP = 1;
const ICMP6 = 58;
/** What is printed of a key. */
const PRINTED_KEY = KEY_PROTOCOL | KEY_IPV6;
const SIDES = FLAGS_EGRESS_DUPLICATE | FLAGS_INGRESS_DUPLICATE | FLAGS_EXCLUDED;

/**
 * Merges rows of a closed window that differ in nothing printed (S1.4): ICMP of several types and codes. The first of
 * them gets the sums; the others lose their interfaces. In place; sums over the window stay as they were.
 */
export function mergeIcmp(window: ClosedWindow): void {
  const words = rowWords(window.rows);
  const rows: number[] = [];
  inStretches(0, window.count, (from, to) => icmpRows(words, from, to, rows));
  if (rows.length > 1) mergeRows(window, words, rows);
}

/** Adds those of rows `from` to `to` that are ICMP to a list. */
function icmpRows(words: Int32Array, from: number, to: number, into: number[]): void {
  for (let row = from; row < to; row++) {
    const protocol = words[row * ROW_WORDS + WORD_KEY]! & KEY_PROTOCOL;
    if (protocol === ICMP || protocol === ICMP6) into.push(row);
  }
}

function mergeRows(window: ClosedWindow, words: Int32Array, rows: readonly number[]): void {
  const unsigned = rowUnsigned(window.rows);
  const doubles = rowDoubles(window.rows);
  const addresses = new Int32Array(window.addresses);
  let pairs = 16;
  while (pairs < 2 * rows.length) pairs *= 2;
  const index = new Int32Array(pairs).fill(-1);
  const mergedInto = new Map<number, number>();
  for (const row of rows) {
    let slot = hash(words, row) & (pairs - 1);
    while (index[slot]! >= 0 && !printsSame(words, addresses, index[slot]!, row))
      slot = (slot + 1) & (pairs - 1);
    const first = index[slot]!;
    if (first < 0) {
      index[slot] = row;
      continue;
    }
    if (window.lost.length > 0) mergedInto.set(row, first);
    const into = first * ROW_WORDS;
    const from = row * ROW_WORDS;
    for (const cell of [DOUBLE_PACKETS, DOUBLE_BYTES]) {
      const at = first * (ROW_WORDS / 2) + cell;
      doubles[at] = doubles[at]! + doubles[row * (ROW_WORDS / 2) + cell]!;
      doubles[row * (ROW_WORDS / 2) + cell] = 0;
    }
    unsigned[into + WORD_FIRST] = Math.min(unsigned[into + WORD_FIRST]!, unsigned[from + WORD_FIRST]!);
    unsigned[into + WORD_LAST] = Math.max(unsigned[into + WORD_LAST]!, unsigned[from + WORD_LAST]!);
    words[from + WORD_EGRESS] = 0;
    words[from + WORD_INGRESS] = 0;
  }
  if (mergedInto.size > 0) mergeLost(window.lost, mergedInto);
}

function rejected(words: Int32Array, row: number): boolean {
  const flags = words[row * ROW_WORDS + WORD_FLAGS]!;
  return (flags & FLAGS_VERDICT) >>> FLAGS_VERDICT_SHIFT === VERDICT_REJECT;
}

function hash(words: Int32Array, row: number): number {
  const base = row * ROW_WORDS;
  let h =
    Math.imul(words[base + WORD_SOURCE]!, 0x2c1b3c6d) ^
    Math.imul(words[base + WORD_DESTINATION]!, 0x297a2d39);
  h = Math.imul(h ^ (h >>> 15) ^ (words[base + WORD_KEY]! & PRINTED_KEY), 0x85ebca6b);
  return h ^ (h >>> 13);
}

function printsSame(words: Int32Array, addresses: Int32Array, left: number, right: number): boolean {
  const a = left * ROW_WORDS;
  const b = right * ROW_WORDS;
  return (
    words[a + WORD_EGRESS] === words[b + WORD_EGRESS] &&
    words[a + WORD_INGRESS] === words[b + WORD_INGRESS] &&
    ((words[a + WORD_FLAGS]! ^ words[b + WORD_FLAGS]!) & SIDES) === 0 &&
    rejected(words, left) === rejected(words, right) &&
    sameHosts(words, addresses, left, right, PRINTED_KEY)
  );
}
