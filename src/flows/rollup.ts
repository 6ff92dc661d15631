import { VERDICT_REJECT } from '../capture/batch.ts';
import { NO_INTERFACE } from '../network/lookup.ts';
import { IndexTable } from './index-table.ts';
import {
  type ClosedWindow,
  FLAGS_EGRESS_DUPLICATE,
  FLAGS_EXCLUDED,
  FLAGS_INGRESS_DUPLICATE,
  FLAGS_VERDICT,
  FLAGS_VERDICT_SHIFT,
  KEY_NO_EGRESS,
  KEY_NO_INGRESS,
  KEY_SPLIT,
  type NetworkVersion,
  ROW_WORDS,
  WORD_EGRESS,
  WORD_FLAGS,
  WORD_INGRESS,
  WORD_KEY,
  lostAt,
  NO_LOST,
} from './rows.ts';
import { RowStore, storeOver } from './row-store.ts';
import { FlowTable } from './table.ts';

const FIRST_PAIRS = 1 << 16;

/**
 * Adds windows up to one longer interval (S3.1): sum, earliest start, latest end, flags OR-ed, verdict in
 * the key. Off the recording thread. Rows that nobody records are left out: they are accounted for already.
 *
 * A sum is written with one version of the network, that of its last window. So it ends early where a window
 * comes from a version with other facts (S3.7): the interval then has a part for each. It also ends early for a
 * window of another interval, which is handed over before the interval has ended when a table is full.
 */
export class RollUp {
  readonly seconds: number;
  readonly #store: RowStore;
  #table: FlowTable;
  #start = -1;
  #at: NetworkVersion = { version: 0, factsVersion: 0 };

  /** `rows` bounds the interval's memory; a full table is written early. */
  constructor(seconds: number, rows: number) {
    this.seconds = seconds;
    this.#store = new RowStore(rows);
    this.#table = new FlowTable(this.#store, new IndexTable(FIRST_PAIRS), ROLL_UP_TABLE);
  }

  /**
   * Adds a window from row `from` on; the window's count when all are in. Less when the sum has to be written
   * first, since there is no room, or since this window cannot be added to it: write what `takeEarly` gives,
   * then go on at the row returned. Late windows are not rolled up.
   */
  add(window: ClosedWindow, from: number): number {
    if (from === window.count) return from;
    const start = window.start - (window.start % this.seconds);
    if (this.#table.count === 0) this.#begin(start, window);
    else if (start !== this.#start || window.factsVersion !== this.#at.factsVersion) return from;
    else if (window.version > this.#at.version) this.#begin(start, window);
    const store = storeOver(window);
    const { words } = store;
    for (let row = from; row < window.count; row++) {
      const base = row * ROW_WORDS;
      const key = intervalKey(words[base + WORD_KEY]!, words[base + WORD_FLAGS]!);
      if (key === undefined) continue;
      if (words[base + WORD_EGRESS] === NO_INTERFACE && words[base + WORD_INGRESS] === NO_INTERFACE) continue;
      const into = this.#table.addRow(store, row, key);
      if (into < 0) return row;
      const at = lostAt(window.lost, row);
      if (at >= 0) this.#table.lost.addEntry(into, window.lost, at);
    }
    return window.count;
  }

  #begin(start: number, { version, factsVersion }: NetworkVersion): void {
    this.#start = start;
    this.#at = { version, factsVersion };
  }

  /**
   * The sum so far as a closed window over this object's own memory, without NODATA and SKIPDATA lines: write
   * it before the next `add`, which begins anew.
   */
  takeEarly(): ClosedWindow {
    return this.#take(NO_STATUS, this.#at);
  }

  /**
   * The end of the interval at `start`, with its NODATA and SKIPDATA lines: what to write before the next
   * `add`. `at` is the version that the lines were made under. Two windows come when its facts are not those of
   * the rows.
   */
  end(start: number, status: Int32Array, at: NetworkVersion): ClosedWindow[] {
    const ownRows = this.#table.count > 0 && this.#start === start;
    if (!ownRows) return status.length === 0 ? [] : [this.#window(start, 0, status, at)];
    if (at.factsVersion === this.#at.factsVersion) return [this.#take(status, at)];
    const rows = this.takeEarly();
    return status.length === 0 ? [rows] : [rows, this.#window(start, 0, status, at)];
  }

  #take(status: Int32Array, at: NetworkVersion): ClosedWindow {
    const taken = this.#window(this.#start, this.#table.count, status, at);
    const { index } = this.#table;
    index.clear();
    this.#table = new FlowTable(this.#store, index, ROLL_UP_TABLE);
    return taken;
  }

  #window(start: number, count: number, status: Int32Array, at: NetworkVersion): ClosedWindow {
    const { packets, bytes } = this.#table;
    return {
      start,
      seconds: this.seconds,
      late: false,
      version: at.version,
      factsVersion: at.factsVersion,
      table: ROLL_UP_TABLE,
      rows: this.#store.shared,
      addresses: this.#store.sharedAddresses,
      count,
      packets: count === 0 ? 0 : packets,
      bytes: count === 0 ? 0 : bytes,
      status,
      lost: count === 0 ? NO_LOST : this.#table.lost.take(),
    };
  }
}

/** A roll-up's table belongs to no pool. */
const ROLL_UP_TABLE = -1;
const NO_STATUS = new Int32Array(0);

/** The key of a row in its interval, by the action that it prints; undefined when no side is recorded. */
function intervalKey(key: number, flags: number): number | undefined {
  if ((flags & FLAGS_EXCLUDED) !== 0) return undefined;
  const noEgress = (flags & FLAGS_EGRESS_DUPLICATE) !== 0;
  const noIngress = (flags & FLAGS_INGRESS_DUPLICATE) !== 0;
  if (noEgress && noIngress) return undefined;
  const rejected = (flags & FLAGS_VERDICT) >>> FLAGS_VERDICT_SHIFT === VERDICT_REJECT;
  return (
    (key & ~KEY_SPLIT) |
    (rejected ? KEY_SPLIT : 0) |
    (noEgress ? KEY_NO_EGRESS : 0) |
    (noIngress ? KEY_NO_INGRESS : 0)
  );
}
