import { NO_INTERFACE } from '../network/lookup.ts';
import type { DerivedCounts } from './accounting.ts';
import { LostPackets } from './lost.ts';
import {
  allocateRows,
  type ClosedWindow,
  DOUBLE_BYTES,
  DOUBLE_PACKETS,
  FLAGS_EGRESS_DUPLICATE,
  FLAGS_INGRESS_DUPLICATE,
  KEY_CONTEXT_SHIFT,
  KEY_IPV6,
  POOL_WORDS,
  ROW_WORDS,
  rowDoubles,
  rowWords,
  STATUS_NODATA,
  STATUS_WORDS,
  WORD_ADDRESSES,
  WORD_DESTINATION_ATTACHMENT,
  WORD_EGRESS,
  WORD_FLAGS,
  WORD_INGRESS,
  WORD_KEY,
  WORD_SOURCE_ATTACHMENT,
  lostAt,
  NO_LOST,
} from './rows.ts';
import { Crossings } from './transit-crossings.ts';
import type { TransitFacts } from './transit-facts.ts';
import { LEG_EGRESS, LEG_INGRESS, TransitLegs } from './transit-legs.ts';

/** The table number of windows that belong to no pool. */
const NO_TABLE = -1;

/**
 * The rows of a closed window of 60 s that cross a transit gateway, as a window that is expanded and written like
 * any other (layout: rows.ts, WORD_SOURCE_ATTACHMENT); undefined when nothing crosses. In memory of its own, of just
 * the size that it takes: the window itself can be given back at once. Status lines of attachments come along.
 *
 * A row keeps its sums; it is one here too, whatever else has its 5-tuple. `derived`, if given, has those lines added that
 * no source saw at the attachment (S2.4): outside of the identity (S1.2).
 */
export function transitWindow(
  window: ClosedWindow,
  at: TransitFacts,
  derived?: DerivedCounts,
): ClosedWindow | undefined {
  if (!at.hasAttachments) return undefined;
  const crossings = collect(window, at);
  const status = statusOf(window, at);
  if (crossings.count === 0 && status.length === 0) return undefined;
  const copy = copyRows(window, crossings);
  const lost = copyLost(window.lost, crossings);
  if (derived !== undefined) countDerived(copy, crossings, derived);
  return { ...window, ...copy, table: NO_TABLE, count: crossings.count, status, lost };
}

function collect(window: ClosedWindow, at: TransitFacts): Crossings {
  const words = rowWords(window.rows);
  const crossings = new Crossings();
  const legs = new TransitLegs(window, at);
  let context = -1;
  let severalContexts = false;
  for (let row = 0; row < window.count; row++) {
    if (!legs.find(row)) continue;
    crossings.add(row, legs);
    const own = words[row * ROW_WORDS + WORD_KEY]! >>> KEY_CONTEXT_SHIFT;
    if (context !== -1 && own !== context) severalContexts = true;
    context = own;
  }
  // Rows of one context differ in their packets: only others can tell the same leg a second time (S2.8).
  if (severalContexts) crossings.dropRepeated(words, new Int32Array(window.addresses));
  return crossings;
}

/** NODATA and SKIPDATA of attachments. An attachment that no source is bound to is seen by none: that nothing was
 * derived for it does not mean that nothing crossed it (S5.1). */
function statusOf({ status }: ClosedWindow, at: TransitFacts): Int32Array {
  const kept: number[] = [];
  for (let i = 0; i < status.length; i += STATUS_WORDS) {
    const number = status[i]!;
    if (!at.isAttachment(number) || (status[i + 1] === STATUS_NODATA && !at.isBound(number))) continue;
    kept.push(...status.subarray(i, i + STATUS_WORDS));
  }
  return Int32Array.from(kept);
}

type RowCopy = Pick<ClosedWindow, 'rows' | 'addresses' | 'packets' | 'bytes'>;

function copyRows(window: ClosedWindow, crossings: Crossings): RowCopy {
  const { count, rows, legs, sources, destinations } = crossings;
  const from = rowWords(window.rows);
  const pool = new Int32Array(window.addresses);
  let entries = 0;
  for (let i = 0; i < count; i++) {
    if ((from[rows[i]! * ROW_WORDS + WORD_KEY]! & KEY_IPV6) !== 0) entries++;
  }
  const shared = allocateRows(count);
  // Entry 0 is never used: WORD_ADDRESSES 0 means IPv4.
  const addresses = new SharedArrayBuffer(entries === 0 ? 0 : (entries + 1) * POOL_WORDS * 4);
  const into = rowWords(shared);
  const doubles = rowDoubles(shared);
  const intoPool = new Int32Array(addresses);
  let [packets, bytes, entry] = [0, 0, 0];
  for (let i = 0; i < count; i++) {
    const base = i * ROW_WORDS;
    const there = rows[i]! * ROW_WORDS;
    into.set(from.subarray(there, there + ROW_WORDS), base);
    const has = legs[i]!;
    into[base + WORD_INGRESS] = (has & LEG_INGRESS) === 0 ? NO_INTERFACE : sources[i]!;
    into[base + WORD_EGRESS] = (has & LEG_EGRESS) === 0 ? NO_INTERFACE : destinations[i]!;
    into[base + WORD_SOURCE_ATTACHMENT] = sources[i]!;
    into[base + WORD_DESTINATION_ATTACHMENT] = destinations[i]!;
    // These spoke of the interfaces at which the row was seen.
    into[base + WORD_FLAGS] = into[base + WORD_FLAGS]! & ~(FLAGS_EGRESS_DUPLICATE | FLAGS_INGRESS_DUPLICATE);
    if ((into[base + WORD_KEY]! & KEY_IPV6) !== 0) {
      const old = into[base + WORD_ADDRESSES]! * POOL_WORDS;
      into[base + WORD_ADDRESSES] = ++entry;
      intoPool.set(pool.subarray(old, old + POOL_WORDS), entry * POOL_WORDS);
    }
    packets += doubles[base / 2 + DOUBLE_PACKETS]!;
    bytes += doubles[base / 2 + DOUBLE_BYTES]!;
  }
  return { rows: shared, addresses, packets, bytes };
}

function copyLost(lost: Float64Array, { count, rows }: Crossings): Float64Array {
  if (lost.length === 0) return NO_LOST;
  const copied = new LostPackets();
  for (let i = 0; i < count; i++) {
    const at = lostAt(lost, rows[i]!);
    if (at >= 0) copied.addEntry(i, lost, at);
  }
  return copied.take();
}

function countDerived({ rows }: RowCopy, { count, derived }: Crossings, into: DerivedCounts): void {
  const doubles = rowDoubles(rows);
  for (let i = 0; i < count; i++) {
    const lines = ((derived[i]! & LEG_INGRESS) === 0 ? 0 : 1) + ((derived[i]! & LEG_EGRESS) === 0 ? 0 : 1);
    into.derivedLines += lines;
    into.derivedPackets += lines * doubles[(i * ROW_WORDS) / 2 + DOUBLE_PACKETS]!;
    into.derivedBytes += lines * doubles[(i * ROW_WORDS) / 2 + DOUBLE_BYTES]!;
  }
}
