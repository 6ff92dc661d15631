/**
 * The fields that rules/ work out of a line, and what else is seldom asked for. A line is opened once, and
 * filled when a rule is first asked; each rule is asked once a line at most.
 */
import {
  DOUBLE_BYTES,
  FLAGS_INITIATOR,
  FLAGS_RAW_SHIFT,
  FLAGS_VERDICT,
  KEY_IPV6,
  KEY_PROTOCOL,
  POOL_WORDS,
  ROW_WORDS,
  WORD_ADDRESSES,
  WORD_DESTINATION,
  WORD_DESTINATION_ATTACHMENT,
  WORD_EGRESS,
  WORD_FLAGS,
  WORD_INGRESS,
  WORD_KEY,
  WORD_PORTS,
  WORD_SOURCE,
  WORD_SOURCE_ATTACHMENT,
  LOST_BLACKHOLE,
  LOST_MTU_EXCEEDED,
  LOST_NO_ROUTE,
  LOST_TTL_EXPIRED,
  lostAt,
  NO_LOST,
} from '../flows/rows.ts';
import { NO_INTERFACE } from '../network/lookup.ts';
import { newLine } from '../rules/line.ts';
import { NO_END, REASON_BPA, REASON_EC, REASON_NONE } from '../rules/record-rules.ts';
import type { RecordRules, RejectReason, TransitRules } from '../rules/record-rules.ts';
import { printed, type InterfaceTexts } from './interface-texts.ts';
import {
  OP_BYTES_OR_NONE,
  OP_DESTINATION_END,
  OP_DESTINATION_SERVICE,
  OP_ENCRYPTION_STATUS,
  OP_LOST,
  OP_NEXT_HOP,
  OP_NEXT_HOP_ZONE,
  OP_PAIR,
  OP_RAW_FLAGS,
  OP_REJECT_REASON,
  OP_SOURCE_END,
  OP_SOURCE_SERVICE,
  OP_TRAFFIC_PATH,
} from './ops.ts';
import { PIECE_FIRST, PIECE_TOTAL, PieceCache } from './pieces.ts';
import type { LinePlan } from './plan.ts';
import { REJECTED } from './select.ts';
import { END_FIRST, END_TOTAL, EndTexts } from './transit-ends.ts';
import { hasPorts, word, writeCountField, writeField } from './values.ts';
import { storedAfter, WordStore, writeStored } from './word-store.ts';

const PROTOCOL_TCP = 6;
const EGRESS = 0;
/** `- ` as a half word. */
const NONE = word('- ');
const [BPA_, EC_] = [word('BPA '), word('EC ')];

/** What transit gateway records print of TCP flags (record format 2); only ACK prints as 0. */
const RAW_FLAGS = 0x3f;
const ONLY_ACK = 0x10;

/** No reason was asked for yet. */
const NOT_ASKED = -1;

export class DerivedFields {
  readonly #rules: (RecordRules & TransitRules) | undefined;
  readonly #texts: InterfaceTexts;
  readonly #line = newLine();
  readonly #hasNextHop: boolean;
  readonly #hasPair: boolean;
  readonly #hasEnds: boolean;
  readonly #hops: PieceCache;
  readonly #pairs: PieceCache;
  readonly #sources: EndTexts;
  readonly #destinations: EndTexts;
  /** Service codes, each with a space, and where they are; index 0 says that there is none. */
  readonly #services = new WordStore();
  readonly #serviceAt: Int32Array;
  /** Bytes of the longest service code, its space included. */
  readonly maxServiceBytes: number;
  #rows: Int32Array = new Int32Array(0);
  #doubles: Float64Array = new Float64Array(0);
  #pool: Int32Array = new Int32Array(0);
  #lost: Float64Array = NO_LOST;
  /** The line: its row's first word, its side, its interface. */
  #base = 0;
  #side = EGRESS;
  #number = NO_INTERFACE;
  #filled = false;
  #reason: RejectReason | typeof NOT_ASKED = NOT_ASKED;
  /** Where the next texts of the line's next hop and ends are; its next hop, and whether the owner owns it. */
  #hop: number = NO_INTERFACE;
  #hopAt = 0;
  #hopOwned = false;
  #pair: number = NO_INTERFACE;
  #sourceAt = 0;
  #destinationAt = 0;

  constructor(plan: LinePlan, texts: InterfaceTexts, rules: (RecordRules & TransitRules) | undefined) {
    this.#rules = rules;
    this.#texts = texts;
    this.#hasNextHop = plan.nextHop.length > 0;
    this.#hasPair = plan.ops.includes(OP_PAIR);
    this.#hasEnds = plan.ends.source.length + plan.ends.destination.length > 0;
    const space = { text: ' ' };
    this.#hops = new PieceCache(
      plan.nextHop.map((value) => [{ per: 'interface', value }, space]),
      texts,
    );
    this.#pairs = new PieceCache([[{ per: 'interface', value: 'interfaceId' }, space]], texts);
    this.#sources = new EndTexts(plan.ends.source);
    this.#destinations = new EndTexts(plan.ends.destination);
    const services = [undefined, ...(rules?.serviceCodes ?? [])].map((code) => `${printed(code)} `);
    this.#serviceAt = Int32Array.from(services, (text) => this.#services.put(text));
    this.maxServiceBytes = Math.max(...services.map((text) => text.length));
  }

  /** Before lines of a window: its rows, what they lost on the way, and the rules are told that the network may have grown. */
  begin(rows: Int32Array, doubles: Float64Array, pool: Int32Array, lost: Float64Array): void {
    this.#rows = rows;
    this.#doubles = doubles;
    this.#pool = pool;
    this.#lost = lost;
    this.#rules?.begin();
  }

  /**
   * Before the fields of a line: its row's first word, its side (0 egress) and the recording interface. Returns the
   * bytes that the texts of this line take beside its pieces and numbers.
   */
  open(base: number, side: number, number: number): number {
    this.#base = base;
    this.#side = side;
    this.#number = number;
    this.#filled = false;
    this.#reason = NOT_ASKED;
    let bytes = 0;
    if (this.#hasNextHop) bytes += this.#openNextHop();
    if (this.#hasPair) bytes += this.#openPair();
    if (this.#hasEnds) bytes += this.#openEnds();
    return bytes;
  }

  /** Writes the value of an op and a space; returns the position behind. */
  write(op: number, view: DataView, position: number): number {
    switch (op) {
      case OP_TRAFFIC_PATH:
        if (this.#side !== EGRESS) return writeNone(view, position);
        return writeIfAny(view, position, this.#rules!.trafficPath(this.#filledLine()), 1);
      case OP_SOURCE_SERVICE:
        return this.#writeService(view, position, this.#rules!.sourceService(this.#filledLine()));
      case OP_DESTINATION_SERVICE:
        return this.#writeService(view, position, this.#rules!.destinationService(this.#filledLine()));
      case OP_REJECT_REASON:
        return writeReason(view, position, this.#rejectReason());
      case OP_BYTES_OR_NONE:
        if (this.#rejectReason() === REASON_BPA) return writeNone(view, position);
        return writeCountField(view, position, this.#doubles, (this.#base >>> 1) + DOUBLE_BYTES);
      case OP_ENCRYPTION_STATUS:
        return writeIfAny(view, position, this.#rules!.encryptionStatus(this.#filledLine()), 0);
      case OP_NEXT_HOP:
      case OP_NEXT_HOP_ZONE:
        return this.#writeNextHop(view, position, op === OP_NEXT_HOP_ZONE || this.#hopOwned);
      case OP_SOURCE_END: {
        const { words } = this.#sources;
        const end = writeStored(view, position, words, this.#sourceAt);
        this.#sourceAt = storedAfter(words, this.#sourceAt);
        return end;
      }
      case OP_DESTINATION_END: {
        const { words } = this.#destinations;
        const end = writeStored(view, position, words, this.#destinationAt);
        this.#destinationAt = storedAfter(words, this.#destinationAt);
        return end;
      }
      case OP_PAIR:
        if (this.#pair === NO_INTERFACE) return writeNone(view, position);
        return writeStored(view, position, this.#pairs.words, this.#pairs.locate(this.#pair) + PIECE_FIRST);
      case OP_RAW_FLAGS:
        return writeField(view, position, this.#rawFlags());
      case OP_LOST + LOST_NO_ROUTE:
      case OP_LOST + LOST_BLACKHOLE:
      case OP_LOST + LOST_MTU_EXCEEDED:
      case OP_LOST + LOST_TTL_EXPIRED:
        return this.#writeLost(view, position, op - OP_LOST);
      default:
        throw new RangeError(`no op ${op}`);
    }
  }

  /** The line as rules look at it. */
  #filledLine(): ReturnType<typeof newLine> {
    const line = this.#line;
    if (this.#filled) return line;
    this.#filled = true;
    const rows = this.#rows;
    const base = this.#base;
    const key = rows[base + WORD_KEY]!;
    const flags = rows[base + WORD_FLAGS]!;
    const protocol = key & KEY_PROTOCOL;
    const ports = hasPorts(protocol) ? rows[base + WORD_PORTS]! : 0;
    line.number = this.#number;
    line.egress = this.#side === EGRESS;
    line.other = rows[base + (line.egress ? WORD_INGRESS : WORD_EGRESS)]!;
    line.six = (key & KEY_IPV6) !== 0;
    line.protocol = protocol;
    line.sourcePort = ports >>> 16;
    line.destinationPort = ports & 0xffff;
    line.rejected = (flags & FLAGS_VERDICT) === REJECTED;
    line.initiator = (flags & FLAGS_INITIATOR) !== 0;
    const { source, destination } = line;
    if (line.six) {
      const at = rows[base + WORD_ADDRESSES]! * POOL_WORDS;
      for (let i = 0; i < 4; i++) {
        source[i] = this.#pool[at + i]!;
        destination[i] = this.#pool[at + 4 + i]!;
      }
    } else {
      for (let i = 0; i < 3; i++) {
        source[i] = 0;
        destination[i] = 0;
      }
      source[3] = rows[base + WORD_SOURCE]!;
      destination[3] = rows[base + WORD_DESTINATION]!;
    }
    return line;
  }

  /** Only what is rejected has a reason. */
  #rejectReason(): RejectReason {
    if (this.#reason === NOT_ASKED) {
      const rejected = (this.#rows[this.#base + WORD_FLAGS]! & FLAGS_VERDICT) === REJECTED;
      this.#reason = rejected ? this.#rules!.rejectReason(this.#filledLine()) : REASON_NONE;
    }
    return this.#reason;
  }

  #writeService(view: DataView, position: number, index: number): number {
    const at = this.#serviceAt[index];
    if (at === undefined) throw new RangeError(`no service has index ${index}`);
    return writeStored(view, position, this.#services.words, at);
  }

  #openNextHop(): number {
    const texts = this.#texts;
    this.#hop = this.#rules!.nextHop(this.#filledLine());
    if (this.#hop === NO_INTERFACE) return 0;
    // Of another account's interface, only the zone is said (record format 1.6).
    this.#hopOwned = texts.facts(this.#hop).accountId === texts.ownerFor(texts.facts(this.#number));
    const entry = this.#hops.locate(this.#hop);
    this.#hopAt = entry + PIECE_FIRST;
    return this.#hops.words[entry + PIECE_TOTAL]!;
  }

  #writeNextHop(view: DataView, position: number, shown: boolean): number {
    if (this.#hop === NO_INTERFACE) return writeNone(view, position);
    const { words } = this.#hops;
    const end = shown ? writeStored(view, position, words, this.#hopAt) : writeNone(view, position);
    this.#hopAt = storedAfter(words, this.#hopAt);
    return end;
  }

  /** The attachment at the other end than the one that records. */
  #openPair(): number {
    const other = this.#side === EGRESS ? WORD_SOURCE_ATTACHMENT : WORD_DESTINATION_ATTACHMENT;
    this.#pair = this.#rows[this.#base + other]!;
    if (this.#pair === NO_INTERFACE) return 0;
    return this.#pairs.words[this.#pairs.locate(this.#pair) + PIECE_TOTAL]!;
  }

  #openEnds(): number {
    const { six, source, destination } = this.#filledLine();
    const from = this.#rows[this.#base + WORD_SOURCE_ATTACHMENT]!;
    const to = this.#rows[this.#base + WORD_DESTINATION_ATTACHMENT]!;
    const rules = this.#rules!;
    const sources = this.#sources;
    const destinations = this.#destinations;
    const fromAt = sources.locate(from === NO_INTERFACE ? NO_END : rules.end(from, six, source));
    const toAt = destinations.locate(to === NO_INTERFACE ? NO_END : rules.end(to, six, destination));
    this.#sourceAt = fromAt + END_FIRST;
    this.#destinationAt = toAt + END_FIRST;
    return sources.words[fromAt + END_TOTAL]! + destinations.words[toAt + END_TOTAL]!;
  }

  /** Packets that the row lost on the way for a reason; 0 when no source says why. */
  #writeLost(view: DataView, position: number, cell: number): number {
    const lost = this.#lost;
    const at = lost.length === 0 ? -1 : lostAt(lost, this.#base / ROW_WORDS);
    return at < 0 ? writeField(view, position, 0) : writeCountField(view, position, lost, at + cell);
  }

  #rawFlags(): number {
    if ((this.#rows[this.#base + WORD_KEY]! & KEY_PROTOCOL) !== PROTOCOL_TCP) return 0;
    const flags = (this.#rows[this.#base + WORD_FLAGS]! >>> FLAGS_RAW_SHIFT) & RAW_FLAGS;
    return flags === ONLY_ACK ? 0 : flags;
  }
}

function writeNone(view: DataView, position: number): number {
  view.setUint16(position, NONE, true);
  return position + 2;
}

/** A small number, `-` below `least`. */
function writeIfAny(view: DataView, position: number, value: number, least: number): number {
  return value < least ? writeNone(view, position) : writeField(view, position, value);
}

function writeReason(view: DataView, position: number, reason: RejectReason): number {
  if (reason === REASON_NONE) return writeNone(view, position);
  view.setUint32(position, reason === REASON_BPA ? BPA_ : EC_, true);
  return position + (reason === REASON_EC ? 3 : 4);
}
