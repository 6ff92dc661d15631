import { LINK_ETHERNET } from '../../capture/constants.ts';
import { SflowEncoder } from '../exports/sflow.ts';
import { FrameEncoder, MAX_HEADER_BYTES } from '../frames.ts';
import type { Hosts } from '../hosts.ts';
import type { Packet } from '../packet.ts';
import { type ExportedDatagram, type ExporterOptions, loopbackAddress } from './datagram.ts';
import { portOf } from './interfaces.ts';
import { bootOf } from './writer.ts';

/** The longest sample: its fields, a header record of the longest headers, a switch record. */
const SAMPLE_BYTES = 8 + 32 + 8 + 16 + MAX_HEADER_BYTES + 3 + 24;
const HEADER_ETHERNET = 1;
/** The frame check sequence counts in a frame's length, and is stripped (sFlow version 5, section 5.3). */
const FCS_BYTES = 4;

/** An sFlow agent: samples of packets, each with its headers. Times in milliseconds since the epoch. */
export class SampleWriter {
  readonly #frames: FrameEncoder;
  readonly #view = new DataView(new ArrayBuffer(MAX_HEADER_BYTES));
  readonly #encoder: SflowEncoder;
  readonly #exporter: number;
  readonly #rate: number;
  readonly #vlans: boolean;
  /** Packets that could have been sampled, by data source. */
  readonly #pools = new Map<number, number>();
  #samples = 0;
  #octets = 0;
  /** When the first sample of the open datagram was added; Infinity: it has none. */
  since = Infinity;

  constructor(options: ExporterOptions, exporter: number, start: number, hosts: Hosts) {
    this.#frames = new FrameEncoder(hosts, LINK_ETHERNET);
    this.#exporter = exporter;
    this.#rate = options.sampling;
    this.#vlans = options.vlans;
    this.#encoder = new SflowEncoder({
      agent: Int32Array.of(0, 0, 0, loopbackAddress(exporter)),
      subAgent: exporter,
      boot: bootOf(start, exporter),
      sequence: options.sequence,
    });
  }

  /** Counts a packet that could have been sampled. */
  pass(packet: Packet): void {
    const source = portOf(packet.source);
    this.#pools.set(source, (this.#pools.get(source) ?? 0) + 1);
  }

  /** Samples the packet; returns the datagram that had no room for it. */
  add(packet: Packet, now: number): ExportedDatagram | undefined {
    const done = this.#encoder.room < SAMPLE_BYTES ? this.end(now) : undefined;
    this.#frames.encode(this.#view, 0, packet);
    const source = portOf(packet.source);
    this.#encoder.header(
      {
        source,
        rate: this.#rate,
        pool: this.#pools.get(source) ?? 0,
        input: source,
        output: portOf(packet.destination),
        ...(this.#vlans ? { vlan: packet.vlan } : {}),
      },
      {
        protocol: HEADER_ETHERNET,
        bytes: new Uint8Array(this.#view.buffer, 0, this.#frames.headerBytes),
        frameBytes: this.#frames.frameBytes + FCS_BYTES,
        stripped: FCS_BYTES,
      },
    );
    if (this.#samples++ === 0) this.since = now;
    this.#octets += packet.length;
    return done;
  }

  /** What has been waiting, if anything. */
  end(now: number): ExportedDatagram | undefined {
    const records = this.#samples;
    if (records === 0) return undefined;
    const octets = this.#octets;
    this.#samples = 0;
    this.#octets = 0;
    this.since = Infinity;
    const bytes = this.#encoder.end(now).slice();
    return { bytes, exporter: this.#exporter, records, packets: records, octets, templates: false };
  }
}
