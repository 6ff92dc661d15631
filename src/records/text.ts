/** Records as text lines. */
import {
  DOUBLE_BYTES,
  DOUBLE_PACKETS,
  FLAGS_VPC,
  KEY_IPV6,
  KEY_PROTOCOL,
  POOL_WORDS,
  ROW_WORDS,
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
import { MAX_IPV6_BYTES } from './addresses.ts';
import { DerivedFields } from './derived.ts';
import type { LogFormat } from './formats.ts';
import { InterfaceTexts, type FactSource } from './interface-texts.ts';
import { SCRATCH } from './numbers.ts';
import {
  FIRST_DERIVED,
  OP_ACTION,
  OP_ADDRESSES,
  OP_BYTES,
  OP_COUNTS,
  OP_DIRECTION,
  OP_DSTADDR,
  OP_DSTPORT,
  OP_END,
  OP_FLOW,
  OP_PACKETS,
  OP_PIECE,
  OP_PKT_ADDRESSES,
  OP_PKT_DSTADDR,
  OP_PKT_SRCADDR,
  OP_PORTS_PROTOCOL,
  OP_PROTOCOL,
  OP_SRCADDR,
  OP_SRCPORT,
  OP_START,
  OP_TCP_FLAGS,
  OP_TIMES,
  OP_TYPE,
} from './ops.ts';
import { OwnAddress6 } from './own-address.ts';
import { PIECE_FIRST, PIECE_PRIMARY, PIECE_REWRITES, PIECE_TOTAL, PieceCache } from './pieces.ts';
import { compileLine } from './plan.ts';
import { AHEAD, fetchRows } from './prefetch.ts';
import { StatusLines } from './status-lines.ts';
import {
  hasPorts,
  word,
  writeAction,
  writeCountField,
  writeField,
  writeFlow,
  writeIPv4Field,
  writeIPv4Pair,
  writePortsProtocol,
  writeTimes,
} from './values.ts';

const SPACE = 0x20;
const NEWLINE = 0x0a;
const PROTOCOL_TCP = 6;
/** What WORD_EGRESS + side and side itself say. */
const EGRESS = 0;
const INGRESS = 1;

/** Texts as words, the first character in the lowest byte. */
const [EGRE, SS_] = [word('egre'), word('ss ')];
const [INGR, ESS_] = [word('ingr'), word('ess ')];
const [IPV4, IPV6] = [word('IPv4'), word('IPv6')];

/** Bytes that a field outside of pieces takes at most, its space included. */
const MAX_VALUE_BYTES = MAX_IPV6_BYTES + 1;
const FIRST_BUFFER_BYTES = 1 << 20;

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
 * network. Nothing is allocated for a line: an interface's constant fields are prebuilt, all else comes from
 * tables, into one buffer that is used again.
 */
export class TextWriter {
  readonly #format: LogFormat;
  readonly #directory: FactSource;
  readonly #rowOps: Uint8Array;
  readonly #rowPieces: PieceCache;
  readonly #derived: DerivedFields;
  readonly #hasDerived: boolean;
  readonly #statusLines: StatusLines;
  readonly #own6: OwnAddress6;
  /** Most bytes that a line's fields take, those in pieces aside, and those that derived.ts tells for each line. */
  readonly #valueBytes: number;
  #view: DataView = new DataView(new ArrayBuffer(FIRST_BUFFER_BYTES));
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
    const plan = compileLine(format, 'row', rules);
    this.#rowOps = plan.ops;
    this.#rowPieces = new PieceCache(plan.pieces, texts);
    this.#derived = new DerivedFields(plan, texts, rules);
    this.#hasDerived = plan.ops.some((op) => op >= FIRST_DERIVED);
    this.#statusLines = new StatusLines(format, texts);
    this.#own6 = new OwnAddress6(directory);
    const widest = Math.max(MAX_VALUE_BYTES, this.#derived.maxServiceBytes);
    this.#valueBytes = format.fields.length * widest + SCRATCH;
  }

  /** The first line of a text object: field ids with spaces between, and a line end. */
  header(): Uint8Array {
    return Buffer.from(`${this.#format.fields.map((field) => field.id).join(' ')}\n`, 'latin1');
  }

  /**
   * Lines `from` to `to` (exclusive) of the window, each with its line end. The bytes are a view of the
   * writer's own buffer: valid until the next call. Throws when the window was recorded under another
   * version of the network than the directory's.
   */
  write(expanded: ExpandedWindow, from: number, to: number): Uint8Array {
    if (from < 0 || to > expanded.lines) throw new RangeError(`no lines ${from} to ${to}`);
    this.#open(expanded.window);
    const derived = this.#derived;
    const hasDerived = this.#hasDerived;
    if (hasDerived) derived.begin(this.#rows, this.#doubles, this.#pool, expanded.window.lost);
    const { order } = expanded;
    const { status } = expanded.window;
    const pieces = this.#rowPieces;
    const rows = this.#rows;
    let view = this.#view;
    let words = pieces.words;
    let position = 0;
    let current = -1;
    let entry = 0;
    let reserve = 0;
    let capacity = view.byteLength;
    for (let i = from; i < to; i++) {
      if (((i - from) & (AHEAD - 1)) === 0) fetchRows(rows, order, i, Math.min(to, i + AHEAD));
      const line = order[i]!;
      if (line < 0) {
        position = this.#writeStatus(position, status, ~line * STATUS_WORDS);
        view = this.#view;
        capacity = view.byteLength;
        continue;
      }
      const base = (line >>> 1) * ROW_WORDS;
      const side = line & 1;
      const number = rows[base + WORD_EGRESS + side]!;
      if (number !== current) {
        current = number;
        entry = pieces.locate(number);
        words = pieces.words;
        reserve = words[entry + PIECE_TOTAL]! + this.#valueBytes;
      }
      const needed = hasDerived ? reserve + derived.open(base, side, number) : reserve;
      if (position + needed > capacity) {
        view = this.#grow(position, needed);
        capacity = view.byteLength;
      }
      position = this.#writeLine(view, position, base, side, number, words, entry);
      // Every field ends with a space: the last one's becomes the line end.
      view.setUint8(position - 1, NEWLINE);
    }
    return new Uint8Array(this.#view.buffer, 0, position);
  }

  /**
   * The fields of one line, of a row's side, in a buffer that has room for them. A call for each line, not a loop in a
   * loop: the compiler then needs to see thousands of lines, not of fields, and compiles it once.
   */
  #writeLine(
    view: DataView,
    start: number,
    base: number,
    side: number,
    number: number,
    words: Int32Array,
    entry: number,
  ): number {
    const ops = this.#rowOps;
    const rows = this.#rows;
    const doubles = this.#doubles;
    const pool = this.#pool;
    const own6 = this.#own6;
    let position = start;
    const key = rows[base + WORD_KEY]!;
    let piece = entry + PIECE_FIRST;
    for (let k = 0; k < ops.length; k++) {
      switch (ops[k]) {
        case OP_PIECE: {
          const end = position + words[piece++]!;
          for (; position < end; position += 4) view.setInt32(position, words[piece++]!, true);
          position = end;
          break;
        }
        case OP_ADDRESSES:
          if ((key & KEY_IPV6) === 0) {
            // Sides come as they please: chosen by masks, since half of all branches would be guessed wrong.
            const rewrites = words[entry + PIECE_REWRITES]!;
            const primary = words[entry + PIECE_PRIMARY]!;
            let source = rows[base + WORD_SOURCE]!;
            let destination = rows[base + WORD_DESTINATION]!;
            source ^= (source ^ primary) & rewrites & (side - 1);
            destination ^= (destination ^ primary) & rewrites & (0 - side);
            position = writeIPv4Pair(view, position, source, destination);
          } else {
            const at = rows[base + WORD_ADDRESSES]! * POOL_WORDS;
            position = own6.write(view, position, side === EGRESS ? number : NO_INTERFACE, pool, at);
            position = own6.write(view, position, side === EGRESS ? NO_INTERFACE : number, pool, at + 4);
          }
          break;
        case OP_SRCADDR:
          if ((key & KEY_IPV6) === 0) {
            const own = side === EGRESS && words[entry + PIECE_REWRITES] !== 0;
            const address = own ? words[entry + PIECE_PRIMARY]! : rows[base + WORD_SOURCE]!;
            position = writeIPv4Field(view, position, address);
          } else {
            const at = rows[base + WORD_ADDRESSES]! * POOL_WORDS;
            position = own6.write(view, position, side === EGRESS ? number : NO_INTERFACE, pool, at);
          }
          break;
        case OP_DSTADDR:
          if ((key & KEY_IPV6) === 0) {
            const own = side === INGRESS && words[entry + PIECE_REWRITES] !== 0;
            const address = own ? words[entry + PIECE_PRIMARY]! : rows[base + WORD_DESTINATION]!;
            position = writeIPv4Field(view, position, address);
          } else {
            const at = rows[base + WORD_ADDRESSES]! * POOL_WORDS + 4;
            position = own6.write(view, position, side === EGRESS ? NO_INTERFACE : number, pool, at);
          }
          break;
        case OP_PKT_ADDRESSES:
          if ((key & KEY_IPV6) === 0) {
            const destination = rows[base + WORD_DESTINATION]!;
            position = writeIPv4Pair(view, position, rows[base + WORD_SOURCE]!, destination);
          } else {
            const at = rows[base + WORD_ADDRESSES]! * POOL_WORDS;
            position = own6.write(view, position, NO_INTERFACE, pool, at);
            position = own6.write(view, position, NO_INTERFACE, pool, at + 4);
          }
          break;
        case OP_PKT_SRCADDR:
          if ((key & KEY_IPV6) === 0) {
            position = writeIPv4Field(view, position, rows[base + WORD_SOURCE]!);
          } else {
            position = own6.write(
              view,
              position,
              NO_INTERFACE,
              pool,
              rows[base + WORD_ADDRESSES]! * POOL_WORDS,
            );
          }
          break;
        case OP_PKT_DSTADDR:
          if ((key & KEY_IPV6) === 0) {
            position = writeIPv4Field(view, position, rows[base + WORD_DESTINATION]!);
          } else {
            const at = rows[base + WORD_ADDRESSES]! * POOL_WORDS + 4;
            position = own6.write(view, position, NO_INTERFACE, pool, at);
          }
          break;
        case OP_FLOW:
          position = writeFlow(view, position, rows, doubles, base);
          break;
        case OP_PORTS_PROTOCOL: {
          position = writePortsProtocol(view, position, rows[base + WORD_PORTS]!, key & KEY_PROTOCOL);
          break;
        }
        case OP_SRCPORT:
          position = writeField(
            view,
            position,
            hasPorts(key & KEY_PROTOCOL) ? rows[base + WORD_PORTS]! >>> 16 : 0,
          );
          break;
        case OP_DSTPORT:
          position = writeField(
            view,
            position,
            hasPorts(key & KEY_PROTOCOL) ? rows[base + WORD_PORTS]! & 0xffff : 0,
          );
          break;
        case OP_PROTOCOL:
          position = writeField(view, position, key & KEY_PROTOCOL);
          break;
        case OP_COUNTS:
          position = writeCountField(view, position, doubles, (base >>> 1) + DOUBLE_PACKETS);
          position = writeCountField(view, position, doubles, (base >>> 1) + DOUBLE_BYTES);
          break;
        case OP_PACKETS:
          position = writeCountField(view, position, doubles, (base >>> 1) + DOUBLE_PACKETS);
          break;
        case OP_BYTES:
          position = writeCountField(view, position, doubles, (base >>> 1) + DOUBLE_BYTES);
          break;
        case OP_TIMES:
          position = writeTimes(view, position, rows[base + WORD_FIRST]!, rows[base + WORD_LAST]!);
          break;
        case OP_START:
          position = writeField(view, position, rows[base + WORD_FIRST]! >>> 0);
          break;
        case OP_END:
          position = writeField(view, position, rows[base + WORD_LAST]! >>> 0);
          break;
        case OP_ACTION:
          position = writeAction(view, position, rows[base + WORD_FLAGS]!);
          break;
        case OP_TCP_FLAGS: {
          const tcp = (key & KEY_PROTOCOL) === PROTOCOL_TCP;
          position = writeField(view, position, tcp ? rows[base + WORD_FLAGS]! & FLAGS_VPC : 0);
          break;
        }
        case OP_TYPE:
          view.setUint32(position, (key & KEY_IPV6) === 0 ? IPV4 : IPV6, true);
          view.setUint8(position + 4, SPACE);
          position += 5;
          break;
        case OP_DIRECTION:
          view.setUint32(position, side === EGRESS ? EGRE : INGR, true);
          view.setUint32(position + 4, side === EGRESS ? SS_ : ESS_, true);
          position += side === EGRESS ? 7 : 8;
          break;
        default:
          position = this.#derived.write(ops[k]!, view, position);
      }
    }
    return position;
  }

  /** A NODATA or SKIPDATA line: entry words at `at`. Returns the position behind it. */
  #writeStatus(start: number, status: Int32Array, at: number): number {
    const reserve = this.#statusLines.pieceBytes(status[at]!) + this.#valueBytes;
    const view = start + reserve > this.#view.byteLength ? this.#grow(start, reserve) : this.#view;
    return this.#statusLines.write(view, start, status, at);
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

  /** A buffer of at least twice the size, with what is written so far. */
  #grow(position: number, reserve: number): DataView {
    const bytes = new Uint8Array(Math.max(2 * this.#view.byteLength, position + reserve));
    bytes.set(new Uint8Array(this.#view.buffer, 0, position));
    this.#view = new DataView(bytes.buffer);
    return this.#view;
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
