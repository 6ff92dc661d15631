/**
 * The fields that rules/ work out of a line, and what else is seldom asked for, into the slots of a line that waits to be
 * printed (line-layout.ts). A line is opened once, and filled when a rule is first asked; each rule is asked once a line
 * at most.
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
import { NO_END, REASON_BPA, REASON_NONE } from '../rules/record-rules.ts';
import type { RecordRules, RejectReason, TransitRules } from '../rules/record-rules.ts';
import { printed, type InterfaceTexts } from './interface-texts.ts';
import { EGRESS, PIECE_FIRST } from './line-layout.ts';
import {
  FIRST_DERIVED,
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
import { PieceCache } from './pieces.ts';
import type { LinePlan } from './plan.ts';
import { hasPorts, PROTOCOL_TCP } from './protocols.ts';
import { REJECTED } from './select.ts';
import { EndTexts } from './transit-ends.ts';
import type { LinePrinter } from './wasm/printer.ts';
import { storedWords, WordStore } from './word-store.ts';

/** A number that prints as `-`. */
const NONE = -1;

/** What transit gateway records print of TCP flags (record format 2); only ACK prints as 0. */
const RAW_FLAGS = 0x3f;
const ONLY_ACK = 0x10;

/** No reason was asked for yet. */
const NOT_ASKED = -1;

export class DerivedFields {
  readonly #ops: Uint8Array;
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
  /** Texts that do not depend on the line, each with a space: of nothing, of reasons, of service codes. */
  readonly #fixed = new WordStore();
  readonly #none = this.#fixed.put('- ');
  readonly #bpa = this.#fixed.put('BPA ');
  readonly #ec = this.#fixed.put('EC ');
  /** By index of the service; index 0 says that there is none. */
  readonly #serviceAt: Int32Array;
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
    this.#ops = plan.ops.filter((op) => op >= FIRST_DERIVED);
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
    const services = [undefined, ...(rules?.serviceCodes ?? [])];
    this.#serviceAt = Int32Array.from(services, (code) => this.#fixed.put(`${printed(code)} `));
  }

  /** How many slots a line has. */
  get slots(): number {
    return this.#ops.length;
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
   * Fills the slots of a line, from word `at` on: its row's first word, its side (0 egress) and the recording interface.
   * Returns the bytes that its texts take.
   */
  put(into: LinePrinter, at: number, base: number, side: number, number: number): number {
    this.#base = base;
    this.#side = side;
    this.#number = number;
    this.#filled = false;
    this.#reason = NOT_ASKED;
    if (this.#hasNextHop) this.#openNextHop();
    if (this.#hasPair) this.#openPair();
    if (this.#hasEnds) this.#openEnds();
    const ops = this.#ops;
    let bytes = 0;
    for (let k = 0; k < ops.length; k++) bytes += this.#putSlot(into, at + 2 * k, ops[k]!);
    return bytes;
  }

  #putSlot(into: LinePrinter, at: number, op: number): number {
    switch (op) {
      case OP_TRAFFIC_PATH:
        if (this.#side !== EGRESS) return putNumber(into, at, NONE);
        return putNumber(into, at, this.#rules!.trafficPath(this.#filledLine()) || NONE);
      case OP_ENCRYPTION_STATUS:
        return putNumber(into, at, this.#rules!.encryptionStatus(this.#filledLine()));
      case OP_RAW_FLAGS:
        return putNumber(into, at, this.#rawFlags());
      case OP_BYTES_OR_NONE:
        if (this.#rejectReason() === REASON_BPA) return putCount(into, at, NONE);
        return putCount(into, at, this.#doubles[(this.#base >>> 1) + DOUBLE_BYTES]!);
      case OP_LOST + LOST_NO_ROUTE:
      case OP_LOST + LOST_BLACKHOLE:
      case OP_LOST + LOST_MTU_EXCEEDED:
      case OP_LOST + LOST_TTL_EXPIRED:
        return putCount(into, at, this.#lostOf(op - OP_LOST));
      default:
        return this.#putText(into, at, op);
    }
  }

  /** Texts that follow one another (of the next hop, of ends) are asked for in the order of the format. */
  #putText(into: LinePrinter, at: number, op: number): number {
    switch (op) {
      case OP_SOURCE_SERVICE:
        return this.#putService(into, at, this.#rules!.sourceService(this.#filledLine()));
      case OP_DESTINATION_SERVICE:
        return this.#putService(into, at, this.#rules!.destinationService(this.#filledLine()));
      case OP_REJECT_REASON:
        return this.#putFixed(into, at, this.#reasonText());
      case OP_NEXT_HOP:
      case OP_NEXT_HOP_ZONE:
        return this.#putNextHop(into, at, op === OP_NEXT_HOP_ZONE || this.#hopOwned);
      case OP_SOURCE_END: {
        const { words } = this.#sources;
        const from = this.#sourceAt;
        this.#sourceAt += storedWords(words, from);
        return putStored(into, at, words, from);
      }
      case OP_DESTINATION_END: {
        const { words } = this.#destinations;
        const from = this.#destinationAt;
        this.#destinationAt += storedWords(words, from);
        return putStored(into, at, words, from);
      }
      case OP_PAIR: {
        if (this.#pair === NO_INTERFACE) return this.#putFixed(into, at, this.#none);
        const from = this.#pairs.locate(this.#pair) + PIECE_FIRST;
        return putStored(into, at, this.#pairs.words, from);
      }
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

  #reasonText(): number {
    const reason = this.#rejectReason();
    if (reason === REASON_NONE) return this.#none;
    return reason === REASON_BPA ? this.#bpa : this.#ec;
  }

  #putFixed(into: LinePrinter, at: number, from: number): number {
    return putStored(into, at, this.#fixed.words, from);
  }

  #putService(into: LinePrinter, at: number, index: number): number {
    const from = this.#serviceAt[index];
    if (from === undefined) throw new RangeError(`no service has index ${index}`);
    return this.#putFixed(into, at, from);
  }

  #openNextHop(): void {
    const texts = this.#texts;
    this.#hop = this.#rules!.nextHop(this.#filledLine());
    if (this.#hop === NO_INTERFACE) return;
    // Of another account's interface, only the zone is said (record format 1.6).
    this.#hopOwned = texts.facts(this.#hop).accountId === texts.ownerFor(texts.facts(this.#number));
    this.#hopAt = this.#hops.locate(this.#hop) + PIECE_FIRST;
  }

  #putNextHop(into: LinePrinter, at: number, shown: boolean): number {
    if (this.#hop === NO_INTERFACE) return this.#putFixed(into, at, this.#none);
    const { words } = this.#hops;
    const from = this.#hopAt;
    this.#hopAt += storedWords(words, from);
    return shown ? putStored(into, at, words, from) : this.#putFixed(into, at, this.#none);
  }

  /** The attachment at the other end than the one that records. */
  #openPair(): void {
    const other = this.#side === EGRESS ? WORD_SOURCE_ATTACHMENT : WORD_DESTINATION_ATTACHMENT;
    this.#pair = this.#rows[this.#base + other]!;
  }

  #openEnds(): void {
    const { six, source, destination } = this.#filledLine();
    const from = this.#rows[this.#base + WORD_SOURCE_ATTACHMENT]!;
    const to = this.#rows[this.#base + WORD_DESTINATION_ATTACHMENT]!;
    const rules = this.#rules!;
    this.#sourceAt = this.#sources.locate(from === NO_INTERFACE ? NO_END : rules.end(from, six, source));
    this.#destinationAt = this.#destinations.locate(
      to === NO_INTERFACE ? NO_END : rules.end(to, six, destination),
    );
  }

  /** Packets that the row lost on the way for a reason; 0 when no source says why. */
  #lostOf(cell: number): number {
    const lost = this.#lost;
    const at = lost.length === 0 ? -1 : lostAt(lost, this.#base / ROW_WORDS);
    return at < 0 ? 0 : lost[at + cell]!;
  }

  #rawFlags(): number {
    if ((this.#rows[this.#base + WORD_KEY]! & KEY_PROTOCOL) !== PROTOCOL_TCP) return 0;
    const flags = (this.#rows[this.#base + WORD_FLAGS]! >>> FLAGS_RAW_SHIFT) & RAW_FLAGS;
    return flags === ONLY_ACK ? 0 : flags;
  }
}

/** Slots; each returns how many bytes of text it has. */
function putNumber(into: LinePrinter, at: number, value: number): number {
  into.words[at] = value;
  return 0;
}

function putCount(into: LinePrinter, at: number, value: number): number {
  into.doubles[at >>> 1] = value;
  return 0;
}

function putStored(into: LinePrinter, at: number, words: Int32Array, from: number): number {
  into.words[at] = into.keep(words, from, storedWords(words, from));
  return words[from]!;
}
