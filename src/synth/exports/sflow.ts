import type { FlowExport } from './flow.ts';

/** Bytes of a datagram: what sFlow agents send at most by default. */
const DATAGRAM_BYTES = 1400;
const SAMPLE_FLOW = 1;
const SAMPLE_FLOW_EXPANDED = 3;
const SAMPLE_DISCARDED = 5;
const RECORD_HEADER = 1;
const RECORD_IPV4 = 3;
const RECORD_IPV6 = 4;
const RECORD_SWITCH = 1001;
const RECORD_NAT = 1007;
const RECORD_NAT_PORT = 1020;
const DISCARDED = 1 << 30;
const WORD = 0x1_0000_0000;

/** What a sample says beside its packet. */
export interface SampleFields {
  /** ifIndex of the data source. */
  readonly source: number;
  /** One packet of so many. */
  readonly rate: number;
  readonly pool?: number;
  /** Cumulative count of samples that the agent dropped. */
  readonly drops?: number;
  readonly input: number;
  readonly output: number;
  /** Expanded numbers (interfaces above 2^24). */
  readonly expanded?: boolean;
  /** A reason that the packet was discarded for: of a flow sample in its output, of a discarded packet its own. */
  readonly discarded?: number;
  /** A sample of discarded packets (sflow_drops.txt) rather than of all. */
  readonly drop?: boolean;
  readonly vlan?: number;
  /** Leaves the sample's number out, as if the datagram before had been lost. */
  readonly skip?: number;
}

/** A sampled header: link protocol (1 Ethernet, 11 IPv4, 12 IPv6), its bytes, and those of the whole frame. */
export interface SampledHeader {
  readonly protocol: number;
  readonly bytes: Uint8Array;
  readonly frameBytes: number;
  readonly stripped?: number;
}

/** Writes sFlow version 5 datagrams, sample by sample. The bytes are reused from datagram to datagram. */
export class SflowEncoder {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  readonly #agent: Int32Array;
  readonly #ipv6: boolean;
  readonly #subAgent: number;
  readonly #boot: number;
  readonly #sequences = new Map<string, number>();
  #sequence: number;
  #samples = 0;
  #at: number;

  /** `agent`: four words, IPv4 in the last. `boot`: milliseconds since the epoch. */
  constructor(options: {
    readonly agent: Int32Array;
    readonly ipv6?: boolean;
    readonly subAgent?: number;
    readonly boot: number;
    readonly sequence?: number;
    readonly size?: number;
  }) {
    this.bytes = new Uint8Array(options.size ?? DATAGRAM_BYTES);
    this.#view = new DataView(this.bytes.buffer);
    this.#agent = options.agent;
    this.#ipv6 = options.ipv6 ?? false;
    this.#subAgent = options.subAgent ?? 0;
    this.#boot = options.boot;
    this.#sequence = options.sequence ?? 1;
    this.#at = this.#headerBytes;
  }

  /** Octets that are left in the datagram. */
  get room(): number {
    return this.bytes.length - this.#at;
  }

  /** A sample with the beginning of its packet. */
  header(fields: SampleFields, header: SampledHeader, flow?: FlowExport): void {
    this.#sample(fields, flow, () => {
      this.#record(RECORD_HEADER, () => {
        this.#write(header.protocol, header.frameBytes, header.stripped ?? 0, header.bytes.length);
        this.bytes.set(header.bytes, this.#at);
        this.#at += header.bytes.length;
        while ((this.#at & 3) !== 0) this.bytes[this.#at++] = 0;
      });
    });
  }

  /** A sample with the addresses of its packet; `flow.bytes` is the IP length. */
  addresses(fields: SampleFields, flow: FlowExport): void {
    this.#sample(fields, flow, () => {
      this.#record(flow.ipv6 ? RECORD_IPV6 : RECORD_IPV4, () => {
        this.#write(flow.bytes, flow.protocol);
        this.#address(flow.source, flow.ipv6);
        this.#address(flow.destination, flow.ipv6);
        this.#write(flow.sourcePort, flow.destinationPort, flow.tcpFlags, 0);
      });
    });
  }

  /** A sample of some format with any bytes: counters of interfaces, or what nobody knows. */
  raw(format: number, body: Uint8Array): void {
    this.#write(format, body.length);
    this.bytes.set(body, this.#at);
    this.#at += body.length;
    this.#samples++;
  }

  /** Ends the datagram, exported at `now` (milliseconds since the epoch): its bytes, until the next sample. */
  end(now: number): Uint8Array {
    const length = this.#at;
    this.#at = 0;
    this.#write(5, this.#ipv6 ? 2 : 1);
    this.#address(this.#agent, this.#ipv6);
    this.#write(this.#subAgent, this.#sequence++ % WORD, (now - this.#boot) % WORD, this.#samples);
    this.#samples = 0;
    this.#at = this.#headerBytes;
    return this.bytes.subarray(0, length);
  }

  get #headerBytes(): number {
    return this.#ipv6 ? 40 : 28;
  }

  #sample(fields: SampleFields, flow: FlowExport | undefined, packet: () => void): void {
    const key = `${fields.drop === true ? 'd' : 's'}${fields.source}`;
    const sequence = (this.#sequences.get(key) ?? 0) + 1 + (fields.skip ?? 0);
    this.#sequences.set(key, sequence);
    const records =
      1 + (fields.vlan === undefined ? 0 : 1) + (flow !== undefined && isTranslated(flow) ? 2 : 0);
    const format =
      fields.drop === true ? SAMPLE_DISCARDED : fields.expanded === true ? SAMPLE_FLOW_EXPANDED : SAMPLE_FLOW;
    this.#record(format, () => {
      const pool = fields.pool ?? 0;
      const drops = fields.drops ?? 0;
      const output = fields.discarded ?? fields.output;
      if (fields.drop === true) {
        this.#write(sequence, 0, fields.source, drops, fields.input, fields.output, fields.discarded ?? 256);
      } else if (fields.expanded === true) {
        this.#write(sequence, 0, fields.source, fields.rate, pool, drops, 0, fields.input);
        this.#write(fields.discarded === undefined ? 0 : 1, output);
      } else {
        this.#write(sequence, fields.source, fields.rate, pool, drops, fields.input);
        this.#write(fields.discarded === undefined ? output : DISCARDED + output);
      }
      this.#write(records);
      packet();
      if (fields.vlan !== undefined)
        this.#record(RECORD_SWITCH, () => this.#write(fields.vlan!, 0, fields.vlan!, 0));
      if (flow !== undefined && isTranslated(flow)) this.#translation(flow);
    });
    this.#samples++;
  }

  #translation(flow: FlowExport): void {
    this.#record(RECORD_NAT, () => {
      for (const address of [flow.postSource, flow.postDestination]) {
        this.#write(flow.ipv6 ? 2 : 1);
        this.#address(address, flow.ipv6);
      }
    });
    this.#record(RECORD_NAT_PORT, () => this.#write(flow.postSourcePort, flow.postDestinationPort));
  }

  /** Format, length and what `body` writes. */
  #record(format: number, body: () => void): void {
    const at = this.#at;
    this.#at += 8;
    body();
    this.#view.setUint32(at, format);
    this.#view.setUint32(at + 4, this.#at - at - 8);
  }

  #write(...words: readonly number[]): void {
    for (const word of words) {
      this.#view.setUint32(this.#at, word);
      this.#at += 4;
    }
  }

  #address(words: Int32Array, ipv6: boolean): void {
    for (let i = ipv6 ? 0 : 3; i < 4; i++) this.#write(words[i]!);
  }
}

function isTranslated(flow: FlowExport): boolean {
  return flow.postSource.some((word) => word !== 0) || flow.postDestination.some((word) => word !== 0);
}
