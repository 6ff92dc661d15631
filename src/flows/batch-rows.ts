import { type Batch, META_VERDICT } from '../capture/batch.ts';
import { type FlowBatch, MAX_ROW_COUNT } from '../capture/flow-batch.ts';
import type { Attribution } from './attribution.ts';
import type { TimeColumns } from './columns.ts';
import type { Point } from './contexts.ts';
import { FlowColumns, isEvent, LEGS_BOTH, LEGS_NONE, LEGS_SECOND } from './flow-columns.ts';
import type { FragmentTable } from './fragments.ts';
import { KeyColumns } from './key-columns.ts';
import type { Places } from './places.ts';
import type { RecorderCounters } from './recorder-options.ts';
import type { FlowTable } from './table.ts';
import { REPORTS_ALL, REPORTS_REFUSALS } from './verdicts.ts';
import type { Version } from './versions.ts';

/**
 * A batch as a recorder takes it in, of packets or of exported flows: what windows, clocks and versions have to do
 * with it is the same, and asked run by run; rows are gone through inside.
 */
export interface BatchRows {
  /** Whose reports of verdicts they bring: a REPORTS_ value. */
  readonly reports: number;
  readonly batch: TimeColumns & { readonly meta: Int32Array; readonly verdicts: number };
  /** Once, before `fill`: rows [from, to) come in. */
  begin(from: number, to: number, point: Point, version: Version): void;
  /** Keys of rows [from, to), all of one version of the network. Returns their bytes. */
  fill(from: number, to: number, point: Point, version: Version): number;
  /** Counts rows [from, to), once. */
  count(from: number, to: number, counters: RecorderCounters): void;
  /** Adds rows [from, to) to a table. Returns `to`, or the first row that found it full. */
  insert(table: FlowTable, from: number, to: number, attribution: Attribution): number;
  /** Counts a row that no table has room for, and marks its interfaces (S5.4). */
  refuse(i: number, attribution: Attribution): void;
  packets(i: number): number;
  bytes(i: number): number;
}

/** Rows of packets. */
export class PacketRows implements BatchRows {
  readonly reports = REPORTS_ALL;
  readonly #columns: KeyColumns;
  readonly #fragments: FragmentTable;
  batch!: Batch;

  constructor(places: Places, fragments: FragmentTable) {
    this.#columns = new KeyColumns(places);
    this.#fragments = fragments;
  }

  of(batch: Batch): this {
    this.batch = batch;
    return this;
  }

  begin(from: number, to: number, point: Point, version: Version): void {
    if (this.batch.fragments > 0) this.#fragments.resolve(this.batch, from, to, point, version.contexts);
  }

  fill(from: number, to: number, point: Point, version: Version): number {
    return this.#columns.fill(this.batch, from, to, point, version.contexts);
  }

  count(from: number, to: number, counters: RecorderCounters): void {
    counters.packets += to - from;
  }

  insert(table: FlowTable, from: number, to: number, attribution: Attribution): number {
    return table.insert(this.batch, this.#columns, from, to, attribution);
  }

  refuse(i: number, attribution: Attribution): void {
    attribution.counters.refusedPackets++;
    attribution.counters.refusedBytes += this.batch.length[i]!;
    attribution.refuse(this.batch, i, this.#columns.keys[i]!);
  }

  packets(): number {
    return 1;
  }

  bytes(i: number): number {
    return this.batch.length[i]!;
  }
}

/** Rows of exported flows. */
export class ExportedRows implements BatchRows {
  readonly reports = REPORTS_REFUSALS;
  readonly #columns: FlowColumns;
  batch!: FlowBatch;

  constructor(places: Places) {
    this.#columns = new FlowColumns(places);
  }

  of(batch: FlowBatch): this {
    this.batch = batch;
    return this;
  }

  /** The decoders cap and count; sums stay exact whoever made the batch. */
  begin(from: number, to: number): void {
    this.#columns.begin(this.batch);
    const { packets, bytes } = this.batch;
    for (let i = from; i < to; i++) {
      if (packets[i]! > MAX_ROW_COUNT) packets[i] = MAX_ROW_COUNT;
      if (bytes[i]! > MAX_ROW_COUNT) bytes[i] = MAX_ROW_COUNT;
    }
  }

  fill(from: number, to: number, point: Point, version: Version): number {
    return this.#columns.fill(this.batch, from, to, point, version);
  }

  count(from: number, to: number, counters: RecorderCounters): void {
    const { packets } = this.batch;
    let sum = 0;
    for (let i = from; i < to; i++) {
      sum += packets[i]!;
      if (isEvent(this.batch, i)) counters.eventRows++;
    }
    counters.packets += sum;
  }

  insert(table: FlowTable, from: number, to: number, attribution: Attribution): number {
    return table.insertFlows(this.batch, this.#columns, from, to, attribution);
  }

  refuse(i: number, attribution: Attribution): void {
    const { counters } = attribution;
    const { first, second, legs } = this.#columns;
    if (legs[i] === LEGS_NONE) return;
    counters.refusedPackets += this.packets(i);
    counters.refusedBytes += this.bytes(i);
    if (legs[i] !== LEGS_SECOND) attribution.refuse(first.rows, i, first.keys[i]!);
    if (legs[i] === LEGS_SECOND || legs[i] === LEGS_BOTH) {
      attribution.refuse(second.rows, i, second.keys[i]!);
    }
    if (legs[i] !== LEGS_BOTH) return;
    counters.refusedTranslatedPackets += this.packets(i);
    counters.refusedTranslatedBytes += this.bytes(i);
  }

  packets(i: number): number {
    return this.batch.packets[i]!;
  }

  bytes(i: number): number {
    return this.batch.bytes[i]!;
  }
}

/** A source reported a verdict for the row. */
export function hasVerdict({ batch }: BatchRows, i: number): boolean {
  return (batch.meta[i]! & META_VERDICT) !== 0;
}
