import type { Batch } from '../capture/batch.ts';
import { META_TCP_FLAGS_SHIFT, META_VERDICT, META_VERDICT_SHIFT } from '../capture/batch.ts';
import type { Attribution } from './attribution.ts';
import { hashKey } from './hash.ts';
import type { IndexTable } from './index-table.ts';
import type { KeyColumns } from './key-columns.ts';
import {
  type ClosedWindow,
  DOUBLE_BYTES,
  DOUBLE_PACKETS,
  FLAGS_EGRESS_DUPLICATE,
  FLAGS_INGRESS_DUPLICATE,
  FLAGS_INITIATOR,
  FLAGS_RAW_SHIFT,
  FLAGS_VERDICT,
  FLAGS_VERDICT_SHIFT,
  KEY_CONTEXT_SHIFT,
  KEY_IPV6,
  KEY_SPLIT,
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
  allocateRows,
  capacityOf,
  rowDoubles,
  rowUnsigned,
  rowWords,
} from './rows.ts';

/** Packets whose index entries are read together. */
const LOOKAHEAD = 64;

/** The rows of one table: shared memory that is committed page by page as rows are written. */
export class RowStore {
  readonly capacity: number;
  readonly shared: SharedArrayBuffer;
  readonly sharedAddresses: SharedArrayBuffer;
  readonly words: Int32Array;
  readonly unsigned: Uint32Array;
  readonly doubles: Float64Array;
  readonly addresses: Int32Array;

  /** A new store of so many rows, or one over the memory of another thread's. */
  constructor(capacity: number, rows?: SharedArrayBuffer, addresses?: SharedArrayBuffer) {
    this.capacity = capacity;
    this.shared = rows ?? allocateRows(capacity);
    // Entry 0 is never used, so that WORD_ADDRESSES 0 can mean IPv4.
    this.sharedAddresses = addresses ?? new SharedArrayBuffer((capacity + 1) * POOL_WORDS * 4);
    this.words = rowWords(this.shared);
    this.unsigned = rowUnsigned(this.shared);
    this.doubles = rowDoubles(this.shared);
    this.addresses = new Int32Array(this.sharedAddresses);
  }
}

/** The rows of a closed window, to read. */
export function storeOver(window: ClosedWindow): RowStore {
  return new RowStore(capacityOf(window.rows), window.rows, window.addresses);
}

/** What each TCP flags byte adds to WORD_FLAGS: the VPC field, the raw bits, the initiator bit. */
const FLAG_BITS = Int32Array.from({ length: 256 }, (_, flags) => {
  const synAck = (flags & 0x12) === 0x12;
  const initiator = (flags & 0x12) === 0x02;
  return (flags & 7) | (synAck ? 16 : 0) | (flags << FLAGS_RAW_SHIFT) | (initiator ? FLAGS_INITIATOR : 0);
});

/** WORD_FLAGS bits of a packet's `meta` column, its verdict included. */
function flagsOf(meta: number): number {
  return (
    FLAG_BITS[(meta >>> META_TCP_FLAGS_SHIFT) & 0xff]! |
    (((meta & META_VERDICT) >>> META_VERDICT_SHIFT) << FLAGS_VERDICT_SHIFT)
  );
}

/**
 * The flow table of one window: adds packets up by key and verdict, and attributes each flow when it is
 * first inserted (S2.4).
 */
export class FlowTable {
  readonly store: RowStore;
  readonly #index: IndexTable;
  #pooled = 0;
  readonly #candidates = new Int32Array(LOOKAHEAD);
  count = 0;
  /** A full table refuses new flows, counted, and goes on with those it has (S5.4), instead of stopping. */
  refuseWhenFull = false;
  /** Sums over all rows. */
  packets = 0;
  bytes = 0;
  /** Packets that another place had reported first (S2.8). */
  duplicatePackets = 0;
  duplicateBytes = 0;

  /** The store's number in its pool. */
  readonly number: number;
  /** Rows that came by `insert`; those of `addRow` follow them. */
  inserted = 0;

  constructor(store: RowStore, index: IndexTable, number: number) {
    this.store = store;
    this.#index = index;
    this.number = number;
  }

  get index(): IndexTable {
    return this.#index;
  }

  /**
   * Adds rows [from, to) of a batch, whose keys, hashes and places stand in `columns`. Returns
   * the row at which it stopped: `to`, or the first that found the table full.
   */
  insert(batch: Batch, columns: KeyColumns, from: number, to: number, attribution: Attribution): number {
    const { words, unsigned, doubles } = this.store;
    const { keys, hashes, places } = columns;
    const { time, src, dst, ports, meta, length } = batch;
    const index = this.#index;
    const first = this.#candidates;
    let bytes = 0;
    let packets = 0;
    let i = from;
    while (i < to) {
      // The index is read for a block of packets at once: reads that do not wait for one another.
      const end = Math.min(to, i + LOOKAHEAD);
      let { slots, mask } = index;
      for (let k = i; k < end; k++) first[k - i] = slots[2 * (hashes[k]! & mask) + 1]!;
      const begin = i;
      for (; i < end; i++) {
        const hash = hashes[i]!;
        const key = keys[i]!;
        let slot = hash & mask;
        let row = first[i - begin]!;
        // Rows that came since the block was looked up.
        if (row === 0) row = slots[2 * slot + 1]!;
        let base = 0;
        while (row !== 0) {
          base = (row - 1) * ROW_WORDS;
          if (
            words[base + WORD_SOURCE] === src[i] &&
            words[base + WORD_DESTINATION] === dst[i] &&
            words[base + WORD_PORTS] === ports[i] &&
            words[base + WORD_KEY] === key &&
            ((key & KEY_IPV6) === 0 || this.#sameAddresses(base, batch, i))
          ) {
            break;
          }
          do {
            slot = (slot + 1) & mask;
            row = slots[2 * slot + 1]!;
          } while (row !== 0 && slots[2 * slot] !== hash);
        }
        const size = length[i]!;
        if (row === 0) {
          if (this.count === this.store.capacity) {
            if (!this.refuseWhenFull) return this.#stop(i, packets, bytes);
            attribution.refuse(batch, i, key);
            continue;
          }
          if (this.count === index.limit) {
            index.grow(words, ROW_WORDS, WORD_HASH, this.count);
            ({ slots, mask } = index);
            for (let k = i; k < end; k++) first[k - begin] = slots[2 * (hashes[k]! & mask) + 1]!;
            slot = hash & mask;
            while (slots[2 * slot + 1] !== 0) slot = (slot + 1) & mask;
          }
          if (!this.#append(batch, i, key, hash, places[i]!, attribution)) continue;
          slots[2 * slot] = hash;
          slots[2 * slot + 1] = this.count;
          packets++;
          bytes += size;
          continue;
        }
        if (
          words[base + WORD_PLACE] !== places[i] &&
          // Judged per interface (S2.8): what belongs to none is unattributed, wherever it is seen.
          (words[base + WORD_EGRESS]! | words[base + WORD_INGRESS]!) !== 0
        ) {
          this.duplicatePackets++;
          this.duplicateBytes += size;
          continue;
        }
        const bits = meta[i]!;
        if ((bits & META_VERDICT) !== 0 && (key & KEY_SPLIT) === 0) {
          const verdict = (bits & META_VERDICT) >>> META_VERDICT_SHIFT;
          const held = (words[base + WORD_FLAGS]! & FLAGS_VERDICT) >>> FLAGS_VERDICT_SHIFT;
          if (held !== 0 && held !== verdict) {
            // Only two different reports split a row (S4.2): its other half has a key of its own.
            keys[i] = key | KEY_SPLIT;
            hashes[i] = hashKey(src[i]!, dst[i]!, ports[i]!, keys[i]!);
            first[i - begin] = slots[2 * (hashes[i]! & mask) + 1]!;
            i--;
            continue;
          }
        }
        const at = (row - 1) * (ROW_WORDS / 2);
        doubles[at + DOUBLE_PACKETS] = doubles[at + DOUBLE_PACKETS]! + 1;
        doubles[at + DOUBLE_BYTES] = doubles[at + DOUBLE_BYTES]! + size;
        packets++;
        bytes += size;
        const t = time[i]!;
        if (t > unsigned[base + WORD_LAST]!) unsigned[base + WORD_LAST] = t;
        else if (t < unsigned[base + WORD_FIRST]!) unsigned[base + WORD_FIRST] = t;
        const flags = words[base + WORD_FLAGS]!;
        const more = flagsOf(bits);
        if ((flags & more) !== more) words[base + WORD_FLAGS] = flags | more;
      }
    }
    return this.#stop(i, packets, bytes);
  }

  #stop(i: number, packets: number, bytes: number): number {
    this.packets += packets;
    this.bytes += bytes;
    this.inserted = this.count;
    return i;
  }

  /** Writes a new row for packet `i`; false when attribution refuses the flow (S5.4). */
  #append(
    batch: Batch,
    i: number,
    key: number,
    hash: number,
    place: number,
    attribution: Attribution,
  ): boolean {
    if (!attribution.attribute(batch, i, key, this.count)) return false;
    const { words, doubles, addresses } = this.store;
    const row = this.count++;
    const base = row * ROW_WORDS;
    words[base + WORD_SOURCE] = batch.src[i]!;
    words[base + WORD_DESTINATION] = batch.dst[i]!;
    words[base + WORD_PORTS] = batch.ports[i]!;
    words[base + WORD_KEY] = key;
    words[base + WORD_HASH] = hash;
    words[base + WORD_ADDRESSES] = 0;
    doubles[row * (ROW_WORDS / 2) + DOUBLE_PACKETS] = 1;
    doubles[row * (ROW_WORDS / 2) + DOUBLE_BYTES] = batch.length[i]!;
    words[base + WORD_FIRST] = batch.time[i]!;
    words[base + WORD_LAST] = batch.time[i]!;
    words[base + WORD_EGRESS] = attribution.egress;
    words[base + WORD_INGRESS] = attribution.ingress;
    words[base + WORD_FLAGS] = flagsOf(batch.meta[i]!) | attribution.flags;
    words[base + WORD_PLACE] = place;
    if ((key & KEY_IPV6) !== 0) {
      const entry = ++this.#pooled;
      words[base + WORD_ADDRESSES] = entry;
      for (let w = 0; w < 4; w++) {
        addresses[entry * POOL_WORDS + w] = batch.src6[4 * i + w]!;
        addresses[entry * POOL_WORDS + 4 + w] = batch.dst6[4 * i + w]!;
      }
    }
    if (attribution.judgesDuplicates) this.#markDuplicates(row, attribution);
    return true;
  }

  /**
   * Marks the sides of a new row that another point reported first under another context (S2.8): the same
   * packet key at the same interface, told apart only by a MAC address or a binding.
   */
  #markDuplicates(row: number, attribution: Attribution): void {
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

  #sameAddresses(base: number, batch: Batch, i: number): boolean {
    const { words, addresses } = this.store;
    const entry = words[base + WORD_ADDRESSES]! * POOL_WORDS;
    const { src6, dst6 } = batch;
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
   * belongs to the same interfaces: these may change from window to window. False when this table is full.
   */
  addRow(from: RowStore, row: number, key: number): boolean {
    const { words, unsigned, doubles, addresses } = this.store;
    const source = row * ROW_WORDS;
    const a = from.words[source + WORD_SOURCE]!;
    const b = from.words[source + WORD_DESTINATION]!;
    const c = from.words[source + WORD_PORTS]!;
    const hash = hashKey(a, b, c, key);
    const found = this.find(from, row, key, hash, true);
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
      if (this.count === this.store.capacity) return false;
      const index = this.#index;
      if (this.count === index.limit) index.grow(words, ROW_WORDS, WORD_HASH, this.count);
      const { slots, mask } = index;
      let slot = hash & mask;
      while (slots[2 * slot + 1] !== 0) slot = (slot + 1) & mask;
      const base = this.count * ROW_WORDS;
      words.set(from.words.subarray(source, source + ROW_WORDS), base);
      words[base + WORD_KEY] = key;
      words[base + WORD_HASH] = hash;
      this.count++;
      slots[2 * slot] = hash;
      slots[2 * slot + 1] = this.count;
      if ((key & KEY_IPV6) !== 0) {
        const entry = ++this.#pooled;
        const there = from.words[source + WORD_ADDRESSES]! * POOL_WORDS;
        words[base + WORD_ADDRESSES] = entry;
        addresses.set(from.addresses.subarray(there, there + POOL_WORDS), entry * POOL_WORDS);
      }
    }
    this.packets += packets;
    this.bytes += bytes;
    return true;
  }

  /** The row with the addresses and ports of another table's row, under `key`; -1 if none. `sameSides`: and
   * with its interfaces. */
  find(from: RowStore, row: number, key: number, hash: number, sameSides = false): number {
    const { words, addresses } = this.store;
    const { slots, mask } = this.#index;
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
            words[base + WORD_ADDRESSES]! * POOL_WORDS,
            from.addresses,
            from.words[source + WORD_ADDRESSES]! * POOL_WORDS,
          ))
      ) {
        return candidate - 1;
      }
      slot = (slot + 1) & mask;
    }
  }
}

function sameEntry(left: Int32Array, at: number, right: Int32Array, there: number): boolean {
  for (let w = 0; w < POOL_WORDS; w++) if (left[at + w] !== right[there + w]) return false;
  return true;
}
