import type { Batch } from '../capture/batch.ts';
import { META_VERDICT, META_VERDICT_SHIFT } from '../capture/batch.ts';
import { DROP_NONE, type FlowBatch } from '../capture/flow-batch.ts';
import type { Attribution, AttributionCounters } from './attribution.ts';
import { flagsOf } from './flags.ts';
import { type FlowColumns, type LegColumns, LEGS_BOTH, LEGS_NONE, LEGS_SECOND } from './flow-columns.ts';
import { hashKey } from './hash.ts';
import type { KeyColumns } from './key-columns.ts';
import { lostCell } from './lost.ts';
import { RowTable } from './row-table.ts';
import {
  DOUBLE_BYTES,
  DOUBLE_PACKETS,
  FLAGS_VERDICT,
  FLAGS_VERDICT_SHIFT,
  KEY_IPV6,
  KEY_SPLIT,
  ROW_WORDS,
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

/** Packets whose index entries are read together. */
const LOOKAHEAD = 64;

/**
 * The flow table of one window: adds packets and exported flows up by key and verdict, and attributes each flow when
 * it is first inserted (S2.4).
 */
export class FlowTable extends RowTable {
  readonly #candidates = new Int32Array(LOOKAHEAD);
  /** Rows that came by `insert`; those of `addRow` follow them. */
  inserted = 0;

  /**
   * Adds rows [from, to) of a batch, whose keys, hashes and places stand in `columns`. Returns
   * the row at which it stopped: `to`, or the first that found the table full.
   */
  insert(batch: Batch, columns: KeyColumns, from: number, to: number, attribution: Attribution): number {
    const { words, unsigned, doubles } = this.store;
    const { keys, hashes, places } = columns;
    const { time, src, dst, ports, meta, length } = batch;
    const { index } = this;
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
            ((key & KEY_IPV6) === 0 || this.sameAddresses(base, batch, i))
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
            attribution.counters.refusedPackets++;
            attribution.counters.refusedBytes += size;
            continue;
          }
          if (this.count === index.limit) {
            index.grow(words, ROW_WORDS, WORD_HASH, this.count);
            ({ slots, mask } = index);
            for (let k = i; k < end; k++) first[k - begin] = slots[2 * (hashes[k]! & mask) + 1]!;
            slot = hash & mask;
            while (slots[2 * slot + 1] !== 0) slot = (slot + 1) & mask;
          }
          if (!this.#appendPacket(batch, i, key, hash, places[i]!, attribution)) continue;
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

  /**
   * The same of exported flows: rows that stand for their packets and bytes, and for one leg or two (S7.5).
   */
  insertFlows(
    batch: FlowBatch,
    columns: FlowColumns,
    from: number,
    to: number,
    attribution: Attribution,
  ): number {
    const { first, second, legs } = columns;
    const { capacity } = this.store;
    let ahead = from;
    for (let i = from; i < to; i++) {
      if (i === ahead) {
        ahead = Math.min(to, i + LOOKAHEAD);
        this.#touch(first, i, ahead);
      }
      const which = legs[i]!;
      if (which === LEGS_NONE) this.#report(batch, first, i);
      else {
        // Both legs go into one table, or both wait.
        const room = which !== LEGS_BOTH || this.refuseWhenFull || this.count + 2 <= capacity;
        const leg = which === LEGS_SECOND ? second : first;
        if (!room || !this.#addFlow(batch, leg, i, columns.places[i]!, attribution, false)) {
          this.inserted = this.count;
          return i;
        }
        if (which === LEGS_BOTH) this.#addFlow(batch, second, i, columns.places[i]!, attribution, true);
      }
    }
    this.inserted = this.count;
    return to;
  }

  /** Reads what rows [from, to) will be compared with: reads that do not wait for one another, and are then at hand. */
  #touch({ hashes }: LegColumns, from: number, to: number): void {
    const { words } = this.store;
    const { slots, mask } = this.index;
    const rows = this.#candidates;
    for (let i = from; i < to; i++) rows[i - from] = slots[2 * (hashes[i]! & mask) + 1]!;
    let touched = 0;
    for (let i = from; i < to; i++) {
      const row = rows[i - from]!;
      if (row !== 0) touched ^= words[(row - 1) * ROW_WORDS]!;
    }
    // Kept, so that the reads are not optimised away.
    rows[0] = touched;
  }

  /** Adds one leg of row `i`; false when the table is full, and to stop then. `beside` the identity: what becomes of
   * it is not counted there. */
  #addFlow(
    batch: FlowBatch,
    { rows, keys, hashes }: LegColumns,
    i: number,
    place: number,
    attribution: Attribution,
    beside: boolean,
  ): boolean {
    const { words, unsigned, doubles } = this.store;
    const packets = batch.packets[i]!;
    const bytes = batch.bytes[i]!;
    const start = Math.min(batch.start[i]!, batch.time[i]!);
    let key = keys[i]!;
    let hash = hashes[i]!;
    let row = this.locate(rows, i, key, hash);
    if (row >= 0) {
      const base = row * ROW_WORDS;
      if (
        words[base + WORD_PLACE] !== place &&
        (words[base + WORD_EGRESS]! | words[base + WORD_INGRESS]!) !== 0
      ) {
        if (beside) return true;
        this.duplicatePackets += packets;
        this.duplicateBytes += bytes;
        return true;
      }
      const verdict = (batch.meta[i]! & META_VERDICT) >>> META_VERDICT_SHIFT;
      const held = (words[base + WORD_FLAGS]! & FLAGS_VERDICT) >>> FLAGS_VERDICT_SHIFT;
      if (verdict !== 0 && held !== 0 && held !== verdict) {
        key |= KEY_SPLIT;
        hash = hashKey(rows.src[i]!, rows.dst[i]!, rows.ports[i]!, key);
        row = this.locate(rows, i, key, hash);
      }
    }
    const flags = flagsOf(batch.meta[i]!);
    if (row < 0) {
      const full = this.count === this.store.capacity;
      if (full && !this.refuseWhenFull) return false;
      row = this.count;
      if (full) attribution.refuse(rows, i, key);
      if (full || !this.append(rows, i, key, hash, place, attribution)) {
        countRefused(attribution.counters, packets, bytes, beside);
        return true;
      }
      this.link(row, hash);
      const base = row * ROW_WORDS;
      doubles[base / 2 + DOUBLE_PACKETS] = packets;
      doubles[base / 2 + DOUBLE_BYTES] = bytes;
      unsigned[base + WORD_FIRST] = start;
      unsigned[base + WORD_LAST] = batch.time[i]!;
      words[base + WORD_FLAGS] = flags | attribution.flags;
      if (attribution.judgesDuplicates) this.markDuplicates(row, attribution);
    } else {
      const base = row * ROW_WORDS;
      doubles[base / 2 + DOUBLE_PACKETS] = doubles[base / 2 + DOUBLE_PACKETS]! + packets;
      doubles[base / 2 + DOUBLE_BYTES] = doubles[base / 2 + DOUBLE_BYTES]! + bytes;
      if (start < unsigned[base + WORD_FIRST]!) unsigned[base + WORD_FIRST] = start;
      if (batch.time[i]! > unsigned[base + WORD_LAST]!) unsigned[base + WORD_LAST] = batch.time[i]!;
      words[base + WORD_FLAGS] = words[base + WORD_FLAGS]! | flags;
    }
    this.packets += packets;
    this.bytes += bytes;
    if (batch.reason[i] !== DROP_NONE) {
      const cell = lostCell(batch.reason[i]!);
      if (cell !== 0) this.lost.add(row, cell, packets);
    }
    return true;
  }

  /** An event without packets: its verdict goes to the row of the same flow, where there is one without. */
  #report(batch: FlowBatch, { rows, keys, hashes }: LegColumns, i: number): void {
    const verdict = batch.meta[i]! & META_VERDICT;
    if (verdict === 0) return;
    const row = this.locate(rows, i, keys[i]!, hashes[i]!);
    if (row < 0) return;
    const at = row * ROW_WORDS + WORD_FLAGS;
    const { words } = this.store;
    if ((words[at]! & FLAGS_VERDICT) !== 0) return;
    words[at] = words[at]! | ((verdict >>> META_VERDICT_SHIFT) << FLAGS_VERDICT_SHIFT);
  }

  #stop(i: number, packets: number, bytes: number): number {
    this.packets += packets;
    this.bytes += bytes;
    this.inserted = this.count;
    return i;
  }

  /** Writes a new row for packet `i`; false when attribution refuses the flow (S5.4). */
  #appendPacket(
    batch: Batch,
    i: number,
    key: number,
    hash: number,
    place: number,
    attribution: Attribution,
  ): boolean {
    const row = this.count;
    if (!this.append(batch, i, key, hash, place, attribution)) {
      attribution.counters.refusedPackets++;
      attribution.counters.refusedBytes += batch.length[i]!;
      return false;
    }
    const { words, doubles } = this.store;
    const base = row * ROW_WORDS;
    doubles[row * (ROW_WORDS / 2) + DOUBLE_PACKETS] = 1;
    doubles[row * (ROW_WORDS / 2) + DOUBLE_BYTES] = batch.length[i]!;
    words[base + WORD_FIRST] = batch.time[i]!;
    words[base + WORD_LAST] = batch.time[i]!;
    words[base + WORD_FLAGS] = flagsOf(batch.meta[i]!) | attribution.flags;
    if (attribution.judgesDuplicates) this.markDuplicates(row, attribution);
    return true;
  }
}

function countRefused(counters: AttributionCounters, packets: number, bytes: number, beside: boolean): void {
  if (beside) {
    counters.refusedTranslatedPackets += packets;
    counters.refusedTranslatedBytes += bytes;
  } else {
    counters.refusedPackets += packets;
    counters.refusedBytes += bytes;
  }
}
