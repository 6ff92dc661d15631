import { VERDICT_NONE, VERDICT_REJECT } from '../capture/batch.ts';
import {
  FLAGS_VERDICT,
  FLAGS_VERDICT_SHIFT,
  KEY_CONTEXT_SHIFT,
  KEY_IPV6,
  KEY_PROTOCOL,
  POOL_WORDS,
  ROW_WORDS,
  WORD_ADDRESSES,
  WORD_DESTINATION,
  WORD_FIRST,
  WORD_FLAGS,
  WORD_KEY,
  WORD_LAST,
  WORD_PORTS,
  WORD_SOURCE,
} from './rows.ts';
import type { RowStore } from './row-store.ts';
import type { RowTable } from './row-table.ts';

/** A connection is idle, and its verdict forgotten, after this many seconds without a packet (inferred). */
export const CONNECTION_IDLE_SECONDS = 350;
/** Connections with a reported verdict that are remembered; the table is cleared of idle ones at this. */
export const MAX_CONNECTIONS = 1 << 18;

/** One connection: the verdicts reported for its two directions, and when it was last seen. */
interface Connection {
  readonly hash: number;
  forward: number;
  backward: number;
  last: number;
}

/** Whose reports decide for other rows: nobody has reported any; exporters, of which each row has a verdict of its
 * own, so that only refusals matter; packets. */
export const REPORTS_NONE = 0;
export const REPORTS_REFUSALS = 1;
export const REPORTS_ALL = 2;

/** Bits of the filter, a power of two: so that of a million rows only those of known connections are looked at. */
const FILTER_BITS = 1 << 20;

/**
 * Reported verdicts beyond the row they came in (S4.2): a firewall often logs only a connection's first
 * packet, so a report also decides the other direction, and the connection until it is idle. Only rows of
 * windows in which some source reports verdicts come here, when their window closes: off the packet path.
 */
export class Connections {
  readonly #connections = new Map<string, Connection>();
  /** The scope of each context number: both directions of a connection share it, contexts they may not. */
  readonly #scopes: readonly number[];
  /** A REPORTS_ value: before the first report, closing a window need not look. */
  reports: number = REPORTS_NONE;
  /** Hashes of connections, where only refusals are learned. */
  #filter = new Int32Array(0);
  /** No connection is idle before this time. */
  #nextIdle = 0;
  /** Reports that found no room. */
  overflow = 0;

  constructor(scopes: readonly number[]) {
    this.#scopes = scopes;
  }

  /** Gives rows without a verdict of their own that of their connection. Returns how many it set. */
  settle(table: RowTable): number {
    const { store, count } = table;
    const few = this.reports === REPORTS_REFUSALS;
    if (few) this.#noteRefusals(store, count);
    for (let row = 0; row < count; row++) {
      if (!few || isRefused(store.words, row) || this.#mayKnow(store, row)) this.#learn(store, row);
    }
    if (this.#connections.size === 0) return 0;
    let set = 0;
    for (let row = 0; row < count; row++) {
      if ((!few || this.#mayKnow(store, row)) && this.#apply(store, row)) set++;
    }
    return set;
  }

  #noteRefusals({ words }: RowStore, count: number): void {
    if (this.#filter.length === 0) this.#filter = new Int32Array(FILTER_BITS / 32);
    for (let row = 0; row < count; row++) {
      if (isRefused(words, row)) this.#note(hashOf(words, row));
    }
  }

  #note(hash: number): void {
    this.#filter[hash >>> 5]! |= 1 << (hash & 31);
  }

  /** False: the row's connection is surely not one of those that are known. */
  #mayKnow({ words }: RowStore, row: number): boolean {
    const hash = hashOf(words, row);
    return (this.#filter[hash >>> 5]! & (1 << (hash & 31))) !== 0;
  }

  #learn(store: RowStore, row: number): void {
    const base = row * ROW_WORDS;
    const verdict = (store.words[base + WORD_FLAGS]! & FLAGS_VERDICT) >>> FLAGS_VERDICT_SHIFT;
    if (verdict === VERDICT_NONE) return;
    const { name, forward } = nameOf(store, row, this.#scopes);
    let connection = this.#connections.get(name);
    if (connection === undefined) {
      if (this.#connections.size >= MAX_CONNECTIONS) this.#expire(store.unsigned[base + WORD_LAST]!);
      if (this.#connections.size >= MAX_CONNECTIONS) {
        this.overflow++;
        return;
      }
      connection = { hash: hashOf(store.words, row), forward: VERDICT_NONE, backward: VERDICT_NONE, last: 0 };
      this.#connections.set(name, connection);
      if (this.#filter.length > 0) this.#note(connection.hash);
    }
    const last = store.unsigned[base + WORD_LAST]!;
    // Of two reports for one direction, the later decides what follows.
    if (forward && last >= connection.last) connection.forward = verdict;
    else if (forward) connection.forward ||= verdict;
    else if (last >= connection.last) connection.backward = verdict;
    else connection.backward ||= verdict;
    if (last > connection.last) connection.last = last;
  }

  #apply(store: RowStore, row: number): boolean {
    const base = row * ROW_WORDS;
    if ((store.words[base + WORD_FLAGS]! & FLAGS_VERDICT) !== 0) return false;
    const { name, forward } = nameOf(store, row, this.#scopes);
    const connection = this.#connections.get(name);
    if (connection === undefined) return false;
    if (store.unsigned[base + WORD_FIRST]! > connection.last + CONNECTION_IDLE_SECONDS) {
      this.#connections.delete(name);
      return false;
    }
    const own = forward ? connection.forward : connection.backward;
    const verdict = own || (forward ? connection.backward : connection.forward);
    store.words[base + WORD_FLAGS] = store.words[base + WORD_FLAGS]! | (verdict << FLAGS_VERDICT_SHIFT);
    const last = store.unsigned[base + WORD_LAST]!;
    if (last > connection.last) connection.last = last;
    return true;
  }

  /** Forgets idle connections. Not tried again before one can be idle: a full table is asked for each new one. */
  #expire(now: number): void {
    if (now <= this.#nextIdle) return;
    // The one that there is to be room for.
    let earliest = now;
    this.#filter.fill(0);
    for (const [name, connection] of this.#connections) {
      if (connection.last + CONNECTION_IDLE_SECONDS < now) {
        this.#connections.delete(name);
        continue;
      }
      if (connection.last < earliest) earliest = connection.last;
      if (this.#filter.length > 0) this.#note(connection.hash);
    }
    this.#nextIdle = earliest + CONNECTION_IDLE_SECONDS;
  }
}

function isRefused(words: Int32Array, row: number): boolean {
  return (words[row * ROW_WORDS + WORD_FLAGS]! & FLAGS_VERDICT) >>> FLAGS_VERDICT_SHIFT === VERDICT_REJECT;
}

/** A hash of a row's connection for the filter, the same for both directions. */
function hashOf(words: Int32Array, row: number): number {
  const base = row * ROW_WORDS;
  const protocol = words[base + WORD_KEY]! & KEY_PROTOCOL;
  const ports = words[base + WORD_PORTS]!;
  let h = Math.imul(words[base + WORD_SOURCE]! ^ words[base + WORD_DESTINATION]!, 0x2c1b3c6d);
  if (protocol !== 1 && protocol !== 58) h ^= Math.imul((ports >>> 16) ^ (ports & 0xffff), 0x297a2d39);
  h = Math.imul(h ^ (h >>> 15) ^ protocol, 0x85ebca6b);
  return (h ^ (h >>> 13)) & (FILTER_BITS - 1);
}

/** One name for both directions of a row's connection, and whether the row is the forward one. */
function nameOf(store: RowStore, row: number, scopes: readonly number[]): { name: string; forward: boolean } {
  const base = row * ROW_WORDS;
  const { words, addresses } = store;
  const key = words[base + WORD_KEY]!;
  const protocol = key & KEY_PROTOCOL;
  const ports = words[base + WORD_PORTS]! >>> 0;
  let left: string;
  let right: string;
  if ((key & KEY_IPV6) === 0) {
    left = String(words[base + WORD_SOURCE]! >>> 0);
    right = String(words[base + WORD_DESTINATION]! >>> 0);
  } else {
    const at = words[base + WORD_ADDRESSES]! * POOL_WORDS;
    left = addresses.subarray(at, at + 4).join(',');
    right = addresses.subarray(at + 4, at + POOL_WORDS).join(',');
  }
  // ICMP: type and code are no ports; the echo and its reply are one connection.
  if (protocol !== 1 && protocol !== 58) {
    left += `:${ports >>> 16}`;
    right += `:${ports & 0xffff}`;
  }
  const forward = left <= right;
  const scope = scopes[key >>> KEY_CONTEXT_SHIFT]!;
  return {
    name: forward ? `${scope} ${protocol} ${left} ${right}` : `${scope} ${protocol} ${right} ${left}`,
    forward,
  };
}
