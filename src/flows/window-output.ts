import type { InterfaceCounts, SeenInterfaces } from './attribution.ts';
import { WINDOW_SECONDS } from './intervals.ts';
import type { TablePool } from './pool.ts';
import type { RecorderCounters } from './recorder-options.ts';
import { type ClosedWindow, NO_LOST } from './rows.ts';
import { foldShadow } from './shadow.ts';
import type { FlowTable } from './table.ts';
import { Connections, REPORTS_NONE } from './verdicts.ts';
import type { Version, Versions } from './versions.ts';

/** A window that packets are added to. */
export interface OpenWindow {
  readonly start: number;
  readonly version: Version;
  /** None until a row comes, and again when it was handed over early. */
  table: FlowTable | undefined;
  readonly counts: InterfaceCounts;
  /** Rows by live point. */
  readonly seen: (SeenInterfaces | undefined)[];
  /** Rows of sources that only report verdicts (S2.8), made when the first comes. */
  shadow: FlowTable | undefined;
}

const NO_ROWS = new SharedArrayBuffer(0);

/** Hands windows over to the reader: folds in what was only reported, settles verdicts, counts. */
export class WindowOutput {
  readonly #pool: TablePool;
  readonly #versions: Versions;
  readonly #counters: RecorderCounters;
  readonly #onWindow: (window: ClosedWindow) => void;
  readonly #connections: Connections;

  constructor(
    pool: TablePool,
    versions: Versions,
    counters: RecorderCounters,
    onWindow: (window: ClosedWindow) => void,
  ) {
    this.#pool = pool;
    this.#versions = versions;
    this.#counters = counters;
    this.#onWindow = onWindow;
    this.#connections = new Connections(versions.numbers.scope);
  }

  /** Rows come with verdicts (a REPORTS_ value): before the first, closing a window need not look. */
  expectVerdicts(reports: number): void {
    this.#connections.reports = Math.max(this.#connections.reports, reports);
  }

  /** A window without rows, for its NODATA and SKIPDATA lines. */
  bare(start: number, status: Int32Array): void {
    const { version, factsVersion } = this.#versions.at(start).lookup;
    this.#onWindow({
      start,
      seconds: WINDOW_SECONDS,
      late: false,
      version,
      factsVersion,
      table: -1,
      rows: NO_ROWS,
      addresses: NO_ROWS,
      count: 0,
      packets: 0,
      bytes: 0,
      status,
      lost: NO_LOST,
    });
  }

  /** Hands over what a window has, if anything, and leaves it without tables. */
  window(window: OpenWindow, status: Int32Array): void {
    const { shadow } = window;
    // Without a table no source counted anything: what is only reported counts (S2.8).
    const table = window.table ?? shadow;
    window.table = undefined;
    window.shadow = undefined;
    if (table === undefined) {
      if (status.length > 0) this.bare(window.start, status);
      return;
    }
    if (shadow !== undefined && shadow !== table) this.#fold(shadow, table);
    this.rows(window, table, false, status);
    this.#pool.giveIndex(table.index);
  }

  /** Hands over a table of a window. Its index is the caller's. */
  rows(
    { start, version }: { readonly start: number; readonly version: Version },
    table: FlowTable,
    late: boolean,
    status: Int32Array,
  ): void {
    if (this.#connections.reports !== REPORTS_NONE) {
      this.#connections.settle(table);
      this.#counters.verdictOverflow = this.#connections.overflow;
    }
    this.#counters.contextOverflow = this.#versions.numbers.overflow;
    this.#counters.duplicatePackets += table.duplicatePackets;
    this.#counters.duplicateBytes += table.duplicateBytes;
    this.#counters.windows++;
    this.#onWindow({
      start,
      seconds: WINDOW_SECONDS,
      late,
      version: version.lookup.version,
      factsVersion: version.lookup.factsVersion,
      table: table.number,
      rows: table.store.shared,
      addresses: table.store.sharedAddresses,
      count: table.count,
      packets: table.packets,
      bytes: table.bytes,
      status,
      lost: table.lost.take(),
    });
  }

  #fold(shadow: FlowTable, table: FlowTable): void {
    const folded = foldShadow(shadow, table, this.#versions.numbers.count);
    this.#counters.verdictOnlyPackets += folded.packets;
    this.#counters.verdictOnlyBytes += folded.bytes;
    this.#counters.duplicatePackets += shadow.duplicatePackets;
    this.#counters.duplicateBytes += shadow.duplicateBytes;
    this.#versions.counters.refusedPackets += folded.refusedPackets;
    this.#versions.counters.refusedBytes += folded.refusedBytes;
    this.#pool.giveIndex(shadow.index);
    this.#pool.give(shadow.number);
  }
}
