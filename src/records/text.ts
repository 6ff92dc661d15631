/** Records as text lines. */
import {
  DOUBLE_BYTES,
  DOUBLE_PACKETS,
  FLAGS_VERDICT,
  FLAGS_VPC,
  KEY_IPV6,
  KEY_PROTOCOL,
  POOL_WORDS,
  ROW_WORDS,
  STATUS_NODATA,
  STATUS_WORDS,
  WORD_ADDRESSES,
  WORD_DESTINATION,
  WORD_EGRESS,
  WORD_FIRST,
  WORD_FLAGS,
  WORD_KEY,
  WORD_LAST,
  WORD_PORTS,
  WORD_SOURCE,
  rowDoubles,
  rowWords,
} from '../flows/rows.ts';
import type { ClosedWindow, ExpandedWindow } from '../flows/rows.ts';
import { NO_INTERFACE } from '../network/lookup.ts';
import type { RecordRules, TransitRules } from '../rules/record-rules.ts';
import { DerivedFields } from './derived.ts';
import type { LogFormat } from './formats.ts';
import { InterfaceTexts, type FactSource } from './interface-texts.ts';
import {
  EGRESS,
  LINE_ADDRESSES,
  LINE_BYTES,
  LINE_DESTINATION,
  LINE_END,
  LINE_ENTRY,
  LINE_PACKETS,
  LINE_PORTS,
  LINE_PROTOCOL,
  LINE_REJECTED,
  LINE_SIDE,
  LINE_SOURCE,
  LINE_START,
  LINE_STATUS,
  LINE_TCP_FLAGS,
  LINE_WORDS,
  PIECE_TOTAL,
  PIECE_WORDS,
  STATUS_LINE_NODATA,
  STATUS_LINE_SKIPDATA,
} from './line-layout.ts';
import { OwnAddress6 } from './own-address.ts';
import { PieceCache } from './pieces.ts';
import { compileLine, printedOps } from './plan.ts';
import { AHEAD, fetchRows } from './prefetch.ts';
import { hasPorts, PROTOCOL_TCP } from './protocols.ts';
import { REJECTED } from './select.ts';
import { linePrinter } from './wasm/printer.ts';

/** Bytes that a field outside of pieces and of what is worked out takes at most, its space included: an IPv6 address. */
const MAX_VALUE_BYTES = 40;

/** What a writer is told besides the format and the network. */
export interface TextOptions {
  /** Of the directory's network. Without them, fields that rules work out print `-`. What they can tell at all (service
   * codes, reasons) is asked when the writer is made. */
  readonly rules?: (RecordRules & TransitRules) | undefined;
  /** The account of the flow log: some fields are filled only for what it owns (ownership.ts). Without one, the owner
   * of each interface. */
  readonly owner?: string | undefined;
}

/**
 * Writes the records of closed windows as text lines of one log format, with the facts of one version of the
 * network. What a line says is put together here, some hundred lines at a time; WebAssembly prints it (wasm/lines).
 * Nothing is allocated for a line: an interface's constant fields are prebuilt.
 */
export class TextWriter {
  readonly #format: LogFormat;
  readonly #directory: FactSource;
  readonly #ops: Uint8Array;
  readonly #statusOps: Uint8Array;
  readonly #pieces: PieceCache;
  readonly #statusPieces: PieceCache;
  readonly #derived: DerivedFields;
  readonly #own6: OwnAddress6;
  readonly #printer = linePrinter();
  /** Most bytes that a line's fields take, those in pieces and the texts of derived.ts aside. */
  readonly #valueBytes: number;
  #rows: Int32Array = new Int32Array(0);
  #doubles: Float64Array = new Float64Array(0);
  #pool: Int32Array = new Int32Array(0);

  constructor(format: LogFormat, directory: FactSource, { rules, owner }: TextOptions = {}) {
    if (format.kind === 'transit-gateway' && directory.topology === undefined) {
      throw new Error('records of transit gateways need a directory with a topology');
    }
    this.#format = format;
    this.#directory = directory;
    const texts = new InterfaceTexts(directory, format.tagFields, owner);
    const row = compileLine(format, 'row', rules);
    const status = compileLine(format, 'status');
    this.#ops = printedOps(row.ops);
    this.#statusOps = printedOps(status.ops);
    this.#pieces = new PieceCache(row.pieces, texts);
    this.#statusPieces = new PieceCache(status.pieces, texts);
    this.#derived = new DerivedFields(row, texts, rules);
    this.#own6 = new OwnAddress6(directory);
    this.#valueBytes = format.fields.length * MAX_VALUE_BYTES;
  }

  /** The first line of a text object: field ids with spaces between, and a line end. */
  header(): Uint8Array {
    return Buffer.from(`${this.#format.fields.map((field) => field.id).join(' ')}\n`, 'latin1');
  }

  /**
   * Lines `from` to `to` (exclusive) of the window, each with its line end. The bytes are a view: valid until a writer on
   * this thread, whichever, is called again. Throws when the window was recorded under another version of the network
   * than the directory's.
   */
  write(expanded: ExpandedWindow, from: number, to: number): Uint8Array {
    if (from < 0 || to > expanded.lines) throw new RangeError(`no lines ${from} to ${to}`);
    this.#open(expanded.window);
    const printer = this.#printer;
    const derived = this.#derived;
    printer.begin(this.#ops, this.#statusOps, derived.slots);
    if (derived.slots > 0) derived.begin(this.#rows, this.#doubles, this.#pool, expanded.window.lost);
    for (let i = from; i < to;) i = this.#put(expanded, i, Math.min(to, i + printer.room));
    return printer.printed();
  }

  /**
   * Prints lines from `from` on, up to `to` as far as their texts find room; returns where to go on. A function of its own:
   * a loop that is compiled while it runs knows nothing of what comes behind it, and would be thrown away there.
   */
  #put(expanded: ExpandedWindow, from: number, to: number): number {
    const { order } = expanded;
    const { status } = expanded.window;
    const printer = this.#printer;
    const { words, first, stride } = printer;
    const derived = this.#derived;
    const { slots } = derived;
    const pieces = this.#pieces;
    const rows = this.#rows;
    let at = first;
    let bytes = 0;
    let current: number = NO_INTERFACE;
    let entry = 0;
    let most = 0;
    let i = from;
    for (; i < to && !printer.full; i++) {
      if (((i - from) & (AHEAD - 1)) === 0) fetchRows(rows, order, i, Math.min(to, i + AHEAD));
      const line = order[i]!;
      if (line < 0) {
        bytes += this.#putStatus(words, at, status, ~line * STATUS_WORDS);
      } else {
        const base = (line >>> 1) * ROW_WORDS;
        const side = line & 1;
        const number = rows[base + WORD_EGRESS + side]!;
        if (number !== current) {
          current = number;
          const place = pieces.locate(number);
          const kept = pieces.words;
          entry = printer.keep(kept, place, kept[place + PIECE_WORDS]!);
          most = kept[place + PIECE_TOTAL]! + this.#valueBytes;
        }
        bytes += most;
        this.#putRow(words, at, base, side);
        words[at + LINE_ENTRY] = entry;
        if (slots > 0) bytes += derived.put(printer, at + LINE_WORDS, base, side, number);
      }
      at += stride;
    }
    printer.print(i - from, bytes);
    return i;
  }

  /** What a row's side says, as a line at word `at`. */
  #putRow(words: Int32Array, at: number, base: number, side: number): void {
    const rows = this.#rows;
    const key = rows[base + WORD_KEY]!;
    const flags = rows[base + WORD_FLAGS]!;
    const protocol = key & KEY_PROTOCOL;
    words[at + LINE_SOURCE] = rows[base + WORD_SOURCE]!;
    words[at + LINE_DESTINATION] = rows[base + WORD_DESTINATION]!;
    words[at + LINE_PORTS] = hasPorts(protocol) ? rows[base + WORD_PORTS]! : 0;
    words[at + LINE_PROTOCOL] = protocol;
    words[at + LINE_ADDRESSES] = (key & KEY_IPV6) === 0 ? 0 : this.#keepAddresses(base, side);
    for (let k = 0; k < 2; k++) {
      words[at + LINE_PACKETS + k] = rows[base + 2 * DOUBLE_PACKETS + k]!;
      words[at + LINE_BYTES + k] = rows[base + 2 * DOUBLE_BYTES + k]!;
    }
    words[at + LINE_START] = rows[base + WORD_FIRST]!;
    words[at + LINE_END] = rows[base + WORD_LAST]!;
    words[at + LINE_SIDE] = side;
    words[at + LINE_TCP_FLAGS] = protocol === PROTOCOL_TCP ? flags & FLAGS_VPC : 0;
    words[at + LINE_REJECTED] = (flags & FLAGS_VERDICT) === REJECTED ? 1 : 0;
    words[at + LINE_STATUS] = 0;
  }

  /** A NODATA or SKIPDATA line: entry words at `status[from]`. Returns how many bytes it has at most. */
  #putStatus(words: Int32Array, at: number, status: Int32Array, from: number): number {
    const pieces = this.#statusPieces;
    const place = pieces.locate(status[from]!);
    const kept = pieces.words;
    words[at + LINE_ENTRY] = this.#printer.keep(kept, place, kept[place + PIECE_WORDS]!);
    words[at + LINE_STATUS] = status[from + 1] === STATUS_NODATA ? STATUS_LINE_NODATA : STATUS_LINE_SKIPDATA;
    words[at + LINE_START] = status[from + 2]!;
    words[at + LINE_END] = status[from + 3]!;
    return kept[place + PIECE_TOTAL]! + this.#valueBytes;
  }

  /** The addresses of an IPv6 row: as its side prints them, and as they are. */
  #keepAddresses(base: number, side: number): number {
    const pool = this.#pool;
    const at = this.#rows[base + WORD_ADDRESSES]! * POOL_WORDS;
    const number = this.#rows[base + WORD_EGRESS + side]!;
    const source = side === EGRESS ? this.#own6.replacement(number, pool, at) : undefined;
    const destination = side === EGRESS ? undefined : this.#own6.replacement(number, pool, at + 4);
    return this.#printer.keepAddresses(source, destination, pool, at);
  }

  /** Keeps views of the window that is being written, which comes in several calls. */
  #open(window: ClosedWindow): void {
    if (window.version !== this.#directory.version) {
      throw new Error(
        `window of network version ${window.version} given to a writer of ${this.#directory.version}`,
      );
    }
    if (window.rows === this.#rows.buffer && window.addresses === this.#pool.buffer) return;
    this.#rows = rowWords(window.rows);
    this.#doubles = rowDoubles(window.rows);
    this.#pool = new Int32Array(window.addresses);
  }
}

/** A writer of text lines for one log format and one version of the network. */
export function createTextWriter(
  format: LogFormat,
  directory: FactSource,
  options: TextOptions = {},
): TextWriter {
  return new TextWriter(format, directory, options);
}
