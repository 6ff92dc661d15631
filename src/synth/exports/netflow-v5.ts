import type { FlowExport } from './flow.ts';

const HEADER_BYTES = 24;
const RECORD_BYTES = 48;
/** Records of a datagram: what fits in an Ethernet frame. */
export const V5_RECORDS = 30;
/** Sampling mode of the header: one of every so many packets (1), drawn at random (2). */
const SAMPLING_RANDOM = 2 << 14;
const WORD = 0x1_0000_0000;

/** Writes NetFlow v5 datagrams, record by record. IPv4 only. The bytes are reused from datagram to datagram. */
export class V5Encoder {
  readonly bytes = new Uint8Array(HEADER_BYTES + V5_RECORDS * RECORD_BYTES);
  readonly #view = new DataView(this.bytes.buffer);
  readonly #boot: number;
  readonly #engine: number;
  readonly #rate: number;
  #count = 0;
  #sequence: number;

  /** `boot`: milliseconds since the epoch. `rate`: sampling rate, 0 to 16383; 0: none. */
  constructor(options: {
    readonly boot: number;
    readonly engine?: number;
    readonly rate?: number;
    readonly sequence?: number;
  }) {
    this.#boot = options.boot;
    this.#engine = options.engine ?? 0;
    this.#rate = options.rate ?? 0;
    this.#sequence = options.sequence ?? 0;
  }

  get full(): boolean {
    return this.#count === V5_RECORDS;
  }

  /** Appends a flow to a datagram that is not full. */
  add(flow: FlowExport): void {
    const view = this.#view;
    const at = HEADER_BYTES + this.#count++ * RECORD_BYTES;
    this.bytes.fill(0, at, at + RECORD_BYTES);
    view.setInt32(at, flow.source[3]!);
    view.setInt32(at + 4, flow.destination[3]!);
    view.setUint16(at + 12, flow.ingress);
    view.setUint16(at + 14, flow.egress);
    view.setUint32(at + 16, flow.packets);
    view.setUint32(at + 20, flow.bytes);
    view.setUint32(at + 24, this.#uptime(flow.start));
    view.setUint32(at + 28, this.#uptime(flow.end));
    view.setUint16(at + 32, flow.sourcePort);
    view.setUint16(at + 34, flow.destinationPort);
    view.setUint8(at + 37, flow.tcpFlags);
    view.setUint8(at + 38, flow.protocol);
  }

  /** Ends the datagram, exported at `now` (milliseconds since the epoch): its bytes, until the next add. */
  end(now: number): Uint8Array {
    const view = this.#view;
    const count = this.#count;
    view.setUint16(0, 5);
    view.setUint16(2, count);
    view.setUint32(4, this.#uptime(now));
    view.setUint32(8, Math.floor(now / 1000));
    view.setUint32(12, (now % 1000) * 1_000_000);
    view.setUint32(16, this.#sequence);
    view.setUint16(20, this.#engine);
    view.setUint16(22, this.#rate === 0 ? 0 : SAMPLING_RANDOM | this.#rate);
    this.#sequence = (this.#sequence + count) % WORD;
    this.#count = 0;
    return this.bytes.subarray(0, HEADER_BYTES + count * RECORD_BYTES);
  }

  #uptime(time: number): number {
    return (((time - this.#boot) % WORD) + WORD) % WORD;
  }
}
