/** Lines of the Parquet bench as text, the way that the text writer leaves them: what our Parquet is made of. */
import { MAX_IPV6_BYTES, writeIPv4, writeIPv6 } from '../src/records/addresses.ts';
import { SCRATCH, writeCount } from '../src/records/numbers.ts';
import { BATCH, BENCH_FIELDS, FACTS, factOf, type Lines, pathOf } from './parquet-lines.ts';

const SPACE = 0x20;
const NEWLINE = 0x0a;
const LINE_BYTES = 512;

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

/** Texts of batches, in a buffer that is used again for the next. */
export class LineTexts {
  readonly #bytes = new Uint8Array(BATCH * LINE_BYTES);
  readonly #view = new DataView(this.#bytes.buffer);
  /** Fields of interfaces. */
  readonly #facts: Uint8Array[][] = [];
  #at = 0;

  /** The lines of a batch: valid until the next. */
  of(lines: Lines): Uint8Array {
    this.#at = 0;
    for (let i = 0; i < lines.count; i++) {
      const number = lines.interfaces[i]!;
      this.#facts[number] ??= FACTS.map((id) => Buffer.from(factOf(id, number)));
      if (this.#at + LINE_BYTES + MAX_IPV6_BYTES + SCRATCH > this.#bytes.length) {
        throw new RangeError(`lines of more than ${LINE_BYTES} bytes`);
      }
      for (const field of FIELDS) {
        this.#value(field, lines, i);
        this.#bytes[this.#at++] = SPACE;
      }
      this.#bytes[this.#at - 1] = NEWLINE;
    }
    return this.#bytes.subarray(0, this.#at);
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
    this.#at = writeCount(this.#view, this.#at, value);
  }

  #address(words: Int32Array, six: number, i: number): void {
    const [a, b, c, d] = [words[4 * i]!, words[4 * i + 1]!, words[4 * i + 2]!, words[4 * i + 3]!];
    this.#at = six === 0 ? writeIPv4(this.#view, this.#at, d) : writeIPv6(this.#view, this.#at, a, b, c, d);
  }

  #text(bytes: Uint8Array): void {
    for (let i = 0; i < bytes.length; i++) this.#bytes[this.#at++] = bytes[i]!;
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
