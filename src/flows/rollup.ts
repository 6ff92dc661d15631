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
  ROW_WORDS,
  WORD_EGRESS,
  WORD_FLAGS,
  WORD_INGRESS,
  WORD_KEY,
} from './rows.ts';
import { FlowTable, RowStore, storeOver } from './table.ts';

const FIRST_PAIRS = 1 << 16;

/**
 * Adds windows up to one longer interval (S3.1): sum, earliest start, latest end, flags OR-ed, verdict in
 * the key. Off the recording thread. Rows that nobody records are left out: they are accounted for already.
 */
export class RollUp {
  readonly seconds: number;
  readonly #store: RowStore;
  #table: FlowTable;
  #start = -1;
  #version = 0;

  /** `rows` bounds the interval's memory; a full table is written early. */
  constructor(seconds: number, rows: number) {
    this.seconds = seconds;
    this.#store = new RowStore(rows);
    this.#table = new FlowTable(this.#store, new IndexTable(FIRST_PAIRS), ROLL_UP_TABLE);
  }

  /**
   * Adds a window from row `from` on. Returns the row that found no room: write what `take` gives, then go
   * on there; the window's count when all are in. One interval at a time: take it before a window of the
   * next one comes. Late windows are not rolled up.
   */
  add(window: ClosedWindow, from: number): number {
    this.#start = window.start - (window.start % this.seconds);
    this.#version = window.version;
    const store = storeOver(window);
    const { words } = store;
    for (let row = from; row < window.count; row++) {
      const base = row * ROW_WORDS;
      const key = intervalKey(words[base + WORD_KEY]!, words[base + WORD_FLAGS]!);
      if (key === undefined) continue;
      if (words[base + WORD_EGRESS] === NO_INTERFACE && words[base + WORD_INGRESS] === NO_INTERFACE) continue;
      if (!this.#table.addRow(store, row, key)) return row;
    }
    return window.count;
  }

  /** Start of the interval that is being added up. */
  get start(): number {
    return this.#start;
  }

  /**
   * The interval so far as a closed window over this object's own memory, with NODATA and SKIPDATA lines:
   * write it before the next `add`, which begins anew.
   */
  take(start: number, status: Int32Array): ClosedWindow {
    const table = this.#table;
    const taken: ClosedWindow = {
      start,
      seconds: this.seconds,
      late: false,
      version: this.#version,
      table: ROLL_UP_TABLE,
      rows: this.#store.shared,
      addresses: this.#store.sharedAddresses,
      count: table.count,
      packets: table.packets,
      bytes: table.bytes,
      status,
    };
    table.index.clear();
    this.#table = new FlowTable(this.#store, table.index, ROLL_UP_TABLE);
    return taken;
  }
}

/** A roll-up's table belongs to no pool. */
const ROLL_UP_TABLE = -1;

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
