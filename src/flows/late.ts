import { InterfaceCounts } from './attribution.ts';
import type { BatchRows } from './batch-rows.ts';
import { TablePool } from './pool.ts';
import { FlowTable } from './table.ts';
import type { Version } from './versions.ts';

/** Rows of a table of late packets. */
const LATE_ROWS = 1 << 14;
/** Windows that late packets are sorted into at a time. */
const LATE_WINDOWS = 4;
/** The same where exporters report, some of them flows that have ended an hour ago. */
const LATE_FLOW_WINDOWS = 64;
/** Tables beside these, which are being written. */
const SPARE_TABLES = 2;
/** Table numbers of late packets begin here, so that `release` can tell the two pools apart. */
const LATE_NUMBER = 1 << 16;

/** A table of packets of one window that came after it had closed. */
export interface LateWindow {
  readonly start: number;
  readonly number: number;
  readonly table: FlowTable;
  readonly version: Version;
}

/**
 * Packets that come after their window has closed (S3.4): small tables of their own, one for each window they
 * belong to, written with the current batch and never merged with rows that were on time.
 */
export class LateWindows {
  readonly #pool = new TablePool(LATE_ROWS, LATE_WINDOWS + SPARE_TABLES);
  #windows = LATE_WINDOWS;
  readonly #open: LateWindow[] = [];
  readonly #counts = new InterfaceCounts(0);
  readonly #emit: (window: LateWindow) => void;

  constructor(emit: (window: LateWindow) => void) {
    this.#emit = emit;
  }

  /** Exporters report, too. */
  expectFlows(): void {
    this.#windows = LATE_FLOW_WINDOWS;
    this.#pool.allow(LATE_FLOW_WINDOWS + SPARE_TABLES);
  }

  /**
   * Adds rows [from, to) to the window at `start`, by a version of the network. Returns `to`, or the row from which on
   * all tables are out: the writer is behind.
   */
  insert(start: number, rows: BatchRows, from: number, to: number, version: Version): number {
    const { attribution } = version;
    attribution.counts = this.#counts;
    attribution.pointCounts = undefined;
    let i = from;
    while (i < to) {
      const window = this.#windowAt(start, version);
      if (window === undefined) return i;
      i = rows.insert(window.table, i, to, attribution);
      if (i < to) {
        this.#open.splice(this.#open.indexOf(window), 1);
        this.#emit(window);
      }
    }
    return to;
  }

  /** Hands all tables over. */
  flush(): void {
    for (const window of this.#open.splice(0)) this.#emit(window);
    this.#counts.clear();
  }

  /** True when the number is that of a late table, which is then free again. */
  release(number: number): boolean {
    if (number < LATE_NUMBER) return false;
    this.#pool.give(number - LATE_NUMBER);
    return true;
  }

  /** The index of a table that was handed over. */
  giveIndex(window: LateWindow): void {
    this.#pool.giveIndex(window.table.index);
  }

  #windowAt(start: number, version: Version): LateWindow | undefined {
    const known = this.#open.find((late) => late.start === start && late.version === version);
    if (known !== undefined) return known;
    if (this.#open.length === this.#windows) this.#emit(this.#open.shift()!);
    const pooled = this.#pool.take();
    if (pooled === undefined) return undefined;
    const number = LATE_NUMBER + pooled.number;
    const table = new FlowTable(pooled.store, this.#pool.takeIndex(), number);
    const window = { start, number, table, version };
    this.#open.push(window);
    return window;
  }
}
