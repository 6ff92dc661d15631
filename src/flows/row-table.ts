import type { Attribution } from './attribution.ts';
import type { AddressColumns } from './columns.ts';
import { hashKey } from './hash.ts';
import type { IndexTable } from './index-table.ts';
import { LostPackets } from './lost.ts';
import type { RowStore } from './row-store.ts';
import {
  DOUBLE_BYTES,
  DOUBLE_PACKETS,
  FLAGS_EGRESS_DUPLICATE,
  FLAGS_INGRESS_DUPLICATE,
  KEY_CONTEXT_SHIFT,
  KEY_IPV6,
  POOL_WORDS,
  ROW_WORDS,
  WORD_ADDRESSES,
  WORD_DESTINATION,
  WORD_EGRESS,
  WORD_FIRST,
  WORD_FLAGS,
  WORD_HASH,
  WORD_INGRESS,
  WORD_KEY,
  WORD_LAST,
  WORD_PLACE,
  WORD_PORTS,
  WORD_SOURCE,
} from './rows.ts';
import { sameEntry } from './same-rows.ts';

/** The rows of one window and their index: what is the same whatever they are filled from. */
export class RowTable {
  readonly store: RowStore;
  readonly index: IndexTable;
  #pooled = 0;
  count = 0;
  /** A full table refuses new flows, counted, and goes on with those it has (S5.4), instead of stopping. */
  refuseWhenFull = false;
  /** Sums over all rows. */
  packets = 0;
  bytes = 0;
  /** Packets that another place had reported first (S2.8). */
  duplicatePackets = 0;
  duplicateBytes = 0;
  readonly lost = new LostPackets();

  /** The store's number in its pool. */
  readonly number: number;

  constructor(store: RowStore, index: IndexTable, number: number) {
    this.store = store;
    this.index = index;
    this.number = number;
  }

  /**
   * Writes a new row for row `i` of a batch, but for its counts, times and flags, which are the caller's, as is its
   * entry in the index. False when attribution refuses the flow (S5.4).
   */
  protected append(
    rows: AddressColumns,
    i: number,
    key: number,
    hash: number,
    place: number,
    attribution: Attribution,
  ): boolean {
    if (!attribution.attribute(rows, i, key, this.count)) return false;
    const { words, addresses } = this.store;
    const base = this.count++ * ROW_WORDS;
    words[base + WORD_SOURCE] = rows.src[i]!;
    words[base + WORD_DESTINATION] = rows.dst[i]!;
    words[base + WORD_PORTS] = rows.ports[i]!;
    words[base + WORD_KEY] = key;
    words[base + WORD_HASH] = hash;
    words[base + WORD_ADDRESSES] = 0;
    words[base + WORD_EGRESS] = attribution.egress;
    words[base + WORD_INGRESS] = attribution.ingress;
    words[base + WORD_PLACE] = place;
    if ((key & KEY_IPV6) !== 0) {
      const entry = ++this.#pooled;
      words[base + WORD_ADDRESSES] = entry;
      for (let w = 0; w < 4; w++) {
        addresses[entry * POOL_WORDS + w] = rows.src6[4 * i + w]!;
        addresses[entry * POOL_WORDS + 4 + w] = rows.dst6[4 * i + w]!;
      }
    }
    return true;
  }

  /** Enters a new row into the index. */
  protected link(row: number, hash: number): void {
    const { index } = this;
    // Rows before it are in the index, it is not.
    if (row === index.limit) index.grow(this.store.words, ROW_WORDS, WORD_HASH, row);
    const { slots, mask } = index;
    let slot = hash & mask;
    while (slots[2 * slot + 1] !== 0) slot = (slot + 1) & mask;
    slots[2 * slot] = hash;
    slots[2 * slot + 1] = row + 1;
  }

  /** The row of the flow that row `i` of a batch belongs to, under `key`; -1 if none. */
  protected locate(rows: AddressColumns, i: number, key: number, hash: number): number {
    const { words } = this.store;
    const { slots, mask } = this.index;
    const a = rows.src[i]!;
    const b = rows.dst[i]!;
    const c = rows.ports[i]!;
    let slot = hash & mask;
    for (;;) {
      const candidate = slots[2 * slot + 1]!;
      if (candidate === 0) return -1;
      if (slots[2 * slot] === hash) {
        const base = (candidate - 1) * ROW_WORDS;
        if (
          words[base + WORD_SOURCE] === a &&
          words[base + WORD_DESTINATION] === b &&
          words[base + WORD_PORTS] === c &&
          words[base + WORD_KEY] === key &&
          ((key & KEY_IPV6) === 0 || this.sameAddresses(base, rows, i))
        ) {
          return candidate - 1;
        }
      }
      slot = (slot + 1) & mask;
    }
  }

  /**
   * Marks the sides of a new row that another point reported first under another context (S2.8): the same
   * packet key at the same interface, told apart only by a MAC address or a binding.
   */
  protected markDuplicates(row: number, attribution: Attribution): void {
    const { words } = this.store;
    const base = row * ROW_WORDS;
    const own = words[base + WORD_KEY]!;
    const plain = own & ((1 << KEY_CONTEXT_SHIFT) - 1);
    for (let context = 0; context < attribution.contextsJudged; context++) {
      const key = plain | (context << KEY_CONTEXT_SHIFT);
      if (key === own) continue;
      const hash = hashKey(
        words[base + WORD_SOURCE]!,
        words[base + WORD_DESTINATION]!,
        words[base + WORD_PORTS]!,
        key,
      );
      const other = this.find(this.store, row, key, hash) * ROW_WORDS;
      if (other < 0 || words[other + WORD_PLACE] === words[base + WORD_PLACE]) continue;
      let flags = words[base + WORD_FLAGS]!;
      // A side that is a duplicate there is another row's, maybe of this very place.
      const owns = ~words[other + WORD_FLAGS]!;
      if ((owns & FLAGS_EGRESS_DUPLICATE) !== 0 && words[other + WORD_EGRESS] === words[base + WORD_EGRESS]) {
        flags |= FLAGS_EGRESS_DUPLICATE;
      }
      if (
        (owns & FLAGS_INGRESS_DUPLICATE) !== 0 &&
        words[other + WORD_INGRESS] === words[base + WORD_INGRESS]
      ) {
        flags |= FLAGS_INGRESS_DUPLICATE;
      }
      words[base + WORD_FLAGS] = flags;
    }
  }

  protected sameAddresses(base: number, rows: AddressColumns, i: number): boolean {
    const { words, addresses } = this.store;
    const entry = words[base + WORD_ADDRESSES]! * POOL_WORDS;
    const { src6, dst6 } = rows;
    const at = 4 * i;
    return (
      addresses[entry] === src6[at] &&
      addresses[entry + 1] === src6[at + 1] &&
      addresses[entry + 2] === src6[at + 2] &&
      addresses[entry + 3] === src6[at + 3] &&
      addresses[entry + 4] === dst6[at] &&
      addresses[entry + 5] === dst6[at + 1] &&
      addresses[entry + 6] === dst6[at + 2] &&
      addresses[entry + 7] === dst6[at + 3]
    );
  }

  /**
   * Adds a row of another table (roll-up, S3.1; verdict-only rows, S2.8) under the key word `key`, to one that
   * belongs to the same interfaces: these may change from window to window. Returns its row here; -1 when this table
   * is full.
   */
  addRow(from: RowStore, row: number, key: number): number {
    const { words, unsigned, doubles, addresses } = this.store;
    const source = row * ROW_WORDS;
    const a = from.words[source + WORD_SOURCE]!;
    const b = from.words[source + WORD_DESTINATION]!;
    const c = from.words[source + WORD_PORTS]!;
    const hash = hashKey(a, b, c, key);
    let found = this.find(from, row, key, hash, true);
    const packets = from.doubles[row * (ROW_WORDS / 2) + DOUBLE_PACKETS]!;
    const bytes = from.doubles[row * (ROW_WORDS / 2) + DOUBLE_BYTES]!;
    if (found >= 0) {
      const base = found * ROW_WORDS;
      const at = found * (ROW_WORDS / 2);
      doubles[at + DOUBLE_PACKETS] = doubles[at + DOUBLE_PACKETS]! + packets;
      doubles[at + DOUBLE_BYTES] = doubles[at + DOUBLE_BYTES]! + bytes;
      const first = from.unsigned[source + WORD_FIRST]!;
      const last = from.unsigned[source + WORD_LAST]!;
      if (first < unsigned[base + WORD_FIRST]!) unsigned[base + WORD_FIRST] = first;
      if (last > unsigned[base + WORD_LAST]!) unsigned[base + WORD_LAST] = last;
      words[base + WORD_FLAGS] = words[base + WORD_FLAGS]! | from.words[source + WORD_FLAGS]!;
    } else {
      if (this.count === this.store.capacity) return -1;
      found = this.count;
      const base = found * ROW_WORDS;
      words.set(from.words.subarray(source, source + ROW_WORDS), base);
      words[base + WORD_KEY] = key;
      words[base + WORD_HASH] = hash;
      this.count++;
      this.link(found, hash);
      if ((key & KEY_IPV6) !== 0) {
        const entry = ++this.#pooled;
        const there = from.words[source + WORD_ADDRESSES]! * POOL_WORDS;
        words[base + WORD_ADDRESSES] = entry;
        addresses.set(from.addresses.subarray(there, there + POOL_WORDS), entry * POOL_WORDS);
      }
    }
    this.packets += packets;
    this.bytes += bytes;
    return found;
  }

  /** The row with the addresses and ports of another table's row, under `key`; -1 if none. `sameSides`: and
   * with its interfaces. */
  find(from: RowStore, row: number, key: number, hash: number, sameSides = false): number {
    const { words, addresses } = this.store;
    const { slots, mask } = this.index;
    const source = row * ROW_WORDS;
    let slot = hash & mask;
    for (;;) {
      const candidate = slots[2 * slot + 1]!;
      if (candidate === 0) return -1;
      const base = (candidate - 1) * ROW_WORDS;
      if (
        slots[2 * slot] === hash &&
        words[base + WORD_SOURCE] === from.words[source + WORD_SOURCE] &&
        words[base + WORD_DESTINATION] === from.words[source + WORD_DESTINATION] &&
        words[base + WORD_PORTS] === from.words[source + WORD_PORTS] &&
        words[base + WORD_KEY] === key &&
        (!sameSides ||
          (words[base + WORD_EGRESS] === from.words[source + WORD_EGRESS] &&
            words[base + WORD_INGRESS] === from.words[source + WORD_INGRESS])) &&
        ((key & KEY_IPV6) === 0 ||
          sameEntry(
            addresses,
            words[base + WORD_ADDRESSES]!,
            from.addresses,
            from.words[source + WORD_ADDRESSES]!,
          ))
      ) {
        return candidate - 1;
      }
      slot = (slot + 1) & mask;
    }
  }
}
