/** Lines of the Parquet bench as text, the way that the text writer leaves them: what our Parquet is made of. */
import { RecordsInstance } from '../src/records/wasm/instance.ts';
import { BATCH, BENCH_FIELDS, FACTS, factOf, type Lines, pathOf } from './parquet-lines.ts';

const SPACE = 0x20;
const NEWLINE = 0x0a;
const LINE_BYTES = 512;
/** More than a value spoils behind itself. */
const SPARE = 64;

/** Fields of lines; those that follow from the interface come first, as numbers in FACTS. */
const OF_LINES = [
  'version',
  'srcaddr',
  'dstaddr',
  'srcport',
  'dstport',
  'protocol',
  'packets',
  'bytes',
  'start',
  'end',
  'action',
  'log-status',
  'tcp-flags',
  'flow-direction',
  'traffic-path',
];
const [VERSION, SRCADDR, DSTADDR, SRCPORT, DSTPORT, PROTOCOL, PACKETS, BYTES, START] = numbersFrom(0);
const [END, ACTION, LOG_STATUS, TCP_FLAGS, DIRECTION, PATH] = numbersFrom(9);
const FIELDS = BENCH_FIELDS.map(({ id }) => [...FACTS, ...OF_LINES].indexOf(id));

function numbersFrom(first: number): number[] {
  return OF_LINES.map((_, k) => FACTS.length + k).slice(first);
}

/** Texts of batches, in a memory that is used again for the next. */
export class LineTexts {
  readonly #instance = new RecordsInstance();
  readonly #from = this.#instance.exports.written.value;
  readonly #end = this.#from + BATCH * LINE_BYTES;
  /** Where the module reads an IPv6 address. */
  readonly #addressAt = this.#instance.exports.texts.value;
  /** Fields of interfaces. */
  readonly #facts: Uint8Array[][] = [];
  #at = 0;

  constructor() {
    this.#instance.reach(this.#end + SPARE);
  }

  /** The lines of a batch: valid until the next. */
  of(lines: Lines): Uint8Array {
    this.#at = this.#from;
    const { bytes } = this.#instance;
    for (let i = 0; i < lines.count; i++) {
      const number = lines.interfaces[i]!;
      this.#facts[number] ??= FACTS.map((id) => Buffer.from(factOf(id, number)));
      if (this.#at + LINE_BYTES > this.#end) throw new RangeError(`lines of more than ${LINE_BYTES} bytes`);
      for (const field of FIELDS) {
        this.#value(field, lines, i);
        bytes[this.#at++] = SPACE;
      }
      bytes[this.#at - 1] = NEWLINE;
    }
    return bytes.subarray(this.#from, this.#at);
  }

  #value(field: number, lines: Lines, i: number): void {
    switch (field) {
      case VERSION:
        return this.#number(2);
      case SRCADDR:
        return this.#address(lines.sources, lines.six[i]!, i);
      case DSTADDR:
        return this.#address(lines.destinations, lines.six[i]!, i);
      case SRCPORT:
        return this.#number(lines.sourcePorts[i]!);
      case DSTPORT:
        return this.#number(lines.destinationPorts[i]!);
      case PROTOCOL:
        return this.#number(lines.protocols[i]!);
      case PACKETS:
        return this.#number(lines.packets[i]!);
      case BYTES:
        return this.#number(lines.bytes[i]!);
      case START:
        return this.#number(lines.starts[i]!);
      case END:
        return this.#number(lines.ends[i]!);
      case ACTION:
        return this.#text(lines.rejected[i] === 0 ? ACCEPT : REJECT);
      case LOG_STATUS:
        return this.#text(OK);
      case TCP_FLAGS:
        return this.#number(lines.flags[i]!);
      case DIRECTION:
        return this.#text(lines.egress[i] === 1 ? EGRESS : INGRESS);
      case PATH:
        return lines.egress[i] === 1 ? this.#number(pathOf(lines.interfaces[i]!)) : this.#text(ABSENT);
      default:
        return this.#text(this.#facts[lines.interfaces[i]!]![field]!);
    }
  }

  #number(value: number): void {
    this.#at = this.#instance.exports.printCount(this.#at, value);
  }

  #address(words: Int32Array, six: number, i: number): void {
    const { exports, words: memory } = this.#instance;
    if (six === 0) {
      this.#at = exports.printIPv4(this.#at, words[4 * i + 3]!);
      return;
    }
    for (let k = 0; k < 4; k++) memory[this.#addressAt / 4 + k] = words[4 * i + k]!;
    this.#at = exports.printIPv6(this.#at, this.#addressAt);
  }

  #text(text: Uint8Array): void {
    this.#instance.bytes.set(text, this.#at);
    this.#at += text.length;
  }
}

const [ACCEPT, REJECT, OK, EGRESS, INGRESS, ABSENT] = [
  'ACCEPT',
  'REJECT',
  'OK',
  'egress',
  'ingress',
  '-',
].map((text) => Buffer.from(text)) as [Buffer, Buffer, Buffer, Buffer, Buffer, Buffer];
