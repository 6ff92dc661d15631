import { formatIPv4, formatIPv6 } from '../base/addresses.ts';
import { NO_INTERFACE } from '../network/lookup.ts';
import {
  type ClosedWindow,
  DOUBLE_BYTES,
  DOUBLE_PACKETS,
  FLAGS_EGRESS_DUPLICATE,
  FLAGS_EXCLUDED,
  FLAGS_INGRESS_DUPLICATE,
  FLAGS_TRANSLATED,
  KEY_IPV6,
  POOL_WORDS,
  ROW_WORDS,
  WORD_ADDRESSES,
  WORD_DESTINATION,
  WORD_EGRESS,
  WORD_FLAGS,
  WORD_INGRESS,
  WORD_KEY,
  WORD_SOURCE,
  rowDoubles,
  rowWords,
} from './rows.ts';
import { inStretches } from './stretches.ts';

/** Prefixes that are told apart among unattributed packets; later ones are left out of the list only. */
const MAX_PREFIXES = 4096;

/** How far sums past 53 bits may lie apart, for a table of a million rows. */
const ROUNDED = 1e-9;

/** Lines that were derived from routes (S2.4), and what they count; packets with two such lines count twice.
 * Outside of the identity. */
export interface DerivedCounts {
  derivedLines: number;
  derivedPackets: number;
  derivedBytes: number;
}

/** Where a closed window's packets went: its part of the identity (S1.2). */
export interface Account extends DerivedCounts {
  /** Rows that are second legs of translated flows (S7.5), and recorded: outside of the identity. */
  translatedRows: number;
  translatedPackets: number;
  translatedBytes: number;
  flows: number;
  recordedPackets: number;
  recordedBytes: number;
  unattributedPackets: number;
  unattributedBytes: number;
  excludedPackets: number;
  excludedBytes: number;
  /** Rows whose every side another observation point had reported (S2.8). */
  duplicatePackets: number;
  duplicateBytes: number;
  /** Packets of unattributed flows by /24 or /64 of either end. */
  readonly prefixes: Map<string, number>;
}

export function emptyAccount(): Account {
  return {
    flows: 0,
    recordedPackets: 0,
    recordedBytes: 0,
    unattributedPackets: 0,
    unattributedBytes: 0,
    excludedPackets: 0,
    excludedBytes: 0,
    duplicatePackets: 0,
    duplicateBytes: 0,
    translatedRows: 0,
    translatedPackets: 0,
    translatedBytes: 0,
    derivedLines: 0,
    derivedPackets: 0,
    derivedBytes: 0,
    prefixes: new Map(),
  };
}

/**
 * Adds a window of packets to an account. Before it is expanded, and once only, whatever the number of flow
 * logs. Throws when the rows do not add up to what the recording thread counted: a lost hand-over.
 */
export function account(window: ClosedWindow, into: Account): void {
  const words = rowWords(window.rows);
  const doubles = rowDoubles(window.rows);
  const all: Sums = { packets: 0, bytes: 0 };
  inStretches(0, window.count, (from, to) => addRows(window, words, doubles, from, to, into, all));
  into.flows += window.count;
  if (!equalSums(all.packets, window.packets) || !equalSums(all.bytes, window.bytes)) {
    throw new Error(
      `window ${window.start}: its rows hold ${all.packets} packets and ${all.bytes} bytes, ` +
        `${window.packets} and ${window.bytes} were recorded`,
    );
  }
}

interface Sums {
  packets: number;
  bytes: number;
}

/** Adds rows `from` to `to` to an account, and to the sums of all rows. */
function addRows(
  window: ClosedWindow,
  words: Int32Array,
  doubles: Float64Array,
  from: number,
  to: number,
  into: Account,
  all: Sums,
): void {
  let allPackets = 0;
  let allBytes = 0;
  let recordedPackets = 0;
  let recordedBytes = 0;
  for (let row = from; row < to; row++) {
    const base = row * ROW_WORDS;
    const packets = doubles[row * (ROW_WORDS / 2) + DOUBLE_PACKETS]!;
    const bytes = doubles[row * (ROW_WORDS / 2) + DOUBLE_BYTES]!;
    const flags = words[base + WORD_FLAGS]!;
    const egress = words[base + WORD_EGRESS]! !== NO_INTERFACE;
    const ingress = words[base + WORD_INGRESS]! !== NO_INTERFACE;
    allPackets += packets;
    allBytes += bytes;
    const recorded =
      (egress && (flags & FLAGS_EGRESS_DUPLICATE) === 0) ||
      (ingress && (flags & FLAGS_INGRESS_DUPLICATE) === 0);
    if ((flags & FLAGS_TRANSLATED) !== 0) {
      if (!recorded || (flags & FLAGS_EXCLUDED) !== 0) continue;
      into.translatedRows++;
      into.translatedPackets += packets;
      into.translatedBytes += bytes;
    } else if ((flags & FLAGS_EXCLUDED) !== 0) {
      into.excludedPackets += packets;
      into.excludedBytes += bytes;
    } else if (!egress && !ingress) {
      into.unattributedPackets += packets;
      into.unattributedBytes += bytes;
      notePrefixes(window, words, row, packets, into.prefixes);
    } else if (recorded) {
      recordedPackets += packets;
      recordedBytes += bytes;
    } else {
      into.duplicatePackets += packets;
      into.duplicateBytes += bytes;
    }
  }
  all.packets += allPackets;
  all.bytes += allBytes;
  into.recordedPackets += recordedPackets;
  into.recordedBytes += recordedBytes;
}

/** Sums of the same numbers, in whatever order: past 53 bits, which only an exporter that lies reaches, they round. */
function equalSums(left: number, right: number): boolean {
  if (left <= Number.MAX_SAFE_INTEGER && right <= Number.MAX_SAFE_INTEGER) return left === right;
  return Math.abs(left - right) <= left * ROUNDED;
}

/** Adds one account to another. */
export function addAccount(from: Account, into: Account): void {
  into.flows += from.flows;
  into.recordedPackets += from.recordedPackets;
  into.recordedBytes += from.recordedBytes;
  into.unattributedPackets += from.unattributedPackets;
  into.unattributedBytes += from.unattributedBytes;
  into.excludedPackets += from.excludedPackets;
  into.excludedBytes += from.excludedBytes;
  into.duplicatePackets += from.duplicatePackets;
  into.duplicateBytes += from.duplicateBytes;
  into.translatedRows += from.translatedRows;
  into.translatedPackets += from.translatedPackets;
  into.translatedBytes += from.translatedBytes;
  into.derivedLines += from.derivedLines;
  into.derivedPackets += from.derivedPackets;
  into.derivedBytes += from.derivedBytes;
  for (const [prefix, packets] of from.prefixes) addPrefix(into.prefixes, prefix, packets);
}

function notePrefixes(
  window: ClosedWindow,
  words: Int32Array,
  row: number,
  packets: number,
  prefixes: Map<string, number>,
): void {
  const base = row * ROW_WORDS;
  if ((words[base + WORD_KEY]! & KEY_IPV6) === 0) {
    for (const end of [WORD_SOURCE, WORD_DESTINATION]) {
      addPrefix(prefixes, `${formatIPv4(words[base + end]! & 0xffffff00)}/24`, packets);
    }
    return;
  }
  const pool = new Int32Array(window.addresses);
  const at = words[base + WORD_ADDRESSES]! * POOL_WORDS;
  for (const end of [at, at + 4]) {
    addPrefix(prefixes, `${formatIPv6(pool[end]!, pool[end + 1]!, 0, 0)}/64`, packets);
  }
}

function addPrefix(prefixes: Map<string, number>, prefix: string, packets: number): void {
  const known = prefixes.get(prefix);
  if (known === undefined && prefixes.size >= MAX_PREFIXES) return;
  prefixes.set(prefix, (known ?? 0) + packets);
}
