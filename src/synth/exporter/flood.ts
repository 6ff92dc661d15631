import { planConversations } from '../conversations.ts';
import { Hosts } from '../hosts.ts';
import type { TrafficOptions } from '../options.ts';
import { Random } from '../random.ts';
import { announcerOf } from './announce.ts';
import type { ExportedDatagram, ExporterOptions } from './datagram.ts';
import { type FloodDatagram, encodeFlood } from './flood-encode.ts';
import { bootOf } from './writer.ts';

/** Every flow of a flood says that it lasted so long and has just ended, in milliseconds. */
const FLOW_TIME = 1000;
const WORD = 0x1_0000_0000;

/** What an exporter says of itself in its headers. */
interface FloodExporter {
  readonly boot: number;
  readonly announcement: { readonly bytes: Uint8Array; readonly view: DataView } | undefined;
  sequence: number;
  /** Datagrams since templates were sent, and when that was. */
  datagrams: number;
  announced: number;
}

/**
 * All flows of the traffic model again and again, for measuring receivers: datagrams are encoded once, then only times,
 * sequence numbers and observation domains are written anew, so that sending costs little. NetFlow v5, v9 and IPFIX.
 */
export class FlowFlood {
  readonly flows: number;
  readonly #options: ExporterOptions;
  readonly #datagrams: readonly FloodDatagram[];
  readonly #exporters: readonly FloodExporter[];
  #next = 0;

  /** `start`: milliseconds since the epoch, when the exporters have been up for an hour. UsageError as
   * planConversations. */
  constructor(traffic: TrafficOptions, options: ExporterOptions, start: number) {
    const rows = planConversations(traffic);
    const hosts = new Hosts(traffic.hosts, traffic.prefixes, new Random(traffic.seed, 2));
    this.#options = options;
    this.#datagrams = encodeFlood(options, rows, hosts);
    this.flows = this.#datagrams.reduce((sum, { records }) => sum + records, 0);
    this.#exporters = Array.from({ length: options.exporters }, (_, exporter) => ({
      boot: bootOf(start, exporter),
      announcement: announcementOf(options, exporter),
      sequence: options.sequence,
      datagrams: Infinity,
      announced: 0,
    }));
  }

  /** How many datagrams there are: as many may be on their way before bytes are written anew. */
  get size(): number {
    return this.#datagrams.length;
  }

  /** The next datagram, as sent at `now` (milliseconds since the epoch). Its bytes change at its next turn. */
  next(now: number): ExportedDatagram {
    const datagram = this.#datagrams[this.#next]!;
    const exporter = this.#exporters[datagram.exporter]!;
    const { announcement } = exporter;
    if (
      announcement !== undefined &&
      (exporter.datagrams >= this.#options.refreshDatagrams ||
        now >= exporter.announced + this.#options.refreshTime)
    ) {
      exporter.datagrams = 0;
      exporter.announced = now;
      // One options record.
      this.#header(announcement.view, datagram.exporter, exporter, 1, now);
      return {
        bytes: announcement.bytes,
        exporter: datagram.exporter,
        records: 0,
        packets: 0,
        octets: 0,
        templates: true,
      };
    }
    exporter.datagrams++;
    this.#next = this.#next + 1 === this.#datagrams.length ? 0 : this.#next + 1;
    this.#header(datagram.view, datagram.exporter, exporter, datagram.records, now);
    this.#times(datagram, exporter.boot, now);
    const { bytes, records, packets, octets } = datagram;
    return { bytes, exporter: datagram.exporter, records, packets, octets, templates: false };
  }

  #header(view: DataView, number: number, exporter: FloodExporter, records: number, now: number): void {
    const { kind } = this.#options;
    const seconds = Math.floor(now / 1000);
    if (kind === 'ipfix') {
      view.setUint32(4, seconds);
      view.setUint32(8, exporter.sequence);
      view.setUint32(12, number + 1);
      exporter.sequence = (exporter.sequence + records) % WORD;
      return;
    }
    view.setUint32(4, (now - exporter.boot) % WORD);
    view.setUint32(8, seconds);
    if (kind === 'netflow-v9') {
      view.setUint32(12, exporter.sequence);
      view.setUint32(16, number + 1);
      exporter.sequence = (exporter.sequence + 1) % WORD;
      return;
    }
    view.setUint32(12, Math.floor(now % 1000) * 1_000_000);
    view.setUint32(16, exporter.sequence);
    view.setUint16(20, number);
    exporter.sequence = (exporter.sequence + records) % WORD;
  }

  #times(datagram: FloodDatagram, boot: number, now: number): void {
    const { view, stride, records, startAt, endAt } = datagram;
    let at = datagram.at;
    if (this.#options.kind === 'ipfix') {
      const end = Math.floor(now);
      const start = end - FLOW_TIME;
      const startHigh = Math.floor(start / WORD);
      const endHigh = Math.floor(end / WORD);
      for (let k = 0; k < records; k++, at += stride) {
        view.setUint32(at + startAt, startHigh);
        view.setUint32(at + startAt + 4, start % WORD);
        view.setUint32(at + endAt, endHigh);
        view.setUint32(at + endAt + 4, end % WORD);
      }
      return;
    }
    const end = Math.floor(now - boot) % WORD;
    const start = Math.floor(now - boot - FLOW_TIME) % WORD;
    for (let k = 0; k < records; k++, at += stride) {
      view.setUint32(at + startAt, start);
      view.setUint32(at + endAt, end);
    }
  }
}

/** Templates and options of an exporter; version 5 has none. */
function announcementOf(options: ExporterOptions, exporter: number): FloodExporter['announcement'] {
  if (options.kind === 'netflow-v5') return undefined;
  const announcer = announcerOf(options, exporter, 0);
  announcer.announce();
  const bytes = announcer.encoder.end(0).slice();
  return { bytes, view: new DataView(bytes.buffer) };
}
