import type { FlowExport } from '../exports/flow.ts';
import { V5Encoder } from '../exports/netflow-v5.ts';
import type { ExportedDatagram, ExporterOptions } from './datagram.ts';
import { announcerOf } from './announce.ts';

/** An hour of uptime before the first datagram, and a different one for each exporter. */
export function bootOf(start: number, exporter: number): number {
  return start - 3_600_000 - 1000 * exporter;
}

/** Makes datagrams of an exporter's flow records. Times in milliseconds since the epoch. */
export interface RecordWriter {
  /** Appends a record; returns the datagram that had no room for it. */
  add(flow: FlowExport, now: number): ExportedDatagram | undefined;
  /** What has been waiting, if anything. */
  end(now: number): ExportedDatagram | undefined;
  /** When the first record of the open datagram was added; Infinity: it has none. */
  readonly since: number;
}

/** The writer of an exporter of NetFlow or IPFIX that booted before `start`. */
export function recordWriterOf(options: ExporterOptions, exporter: number, start: number): RecordWriter {
  return options.kind === 'netflow-v5'
    ? new V5Writer(options, exporter, start)
    : new TemplateWriter(options, exporter, start);
}

/** Sums over the records of the open datagram. */
class Sums {
  records = 0;
  packets = 0;
  octets = 0;
  since = Infinity;

  add(flow: FlowExport, now: number): void {
    if (this.records++ === 0) this.since = now;
    this.packets += flow.packets;
    this.octets += flow.bytes;
  }

  /** The finished datagram; begins anew. */
  take(bytes: Uint8Array, exporter: number, templates: boolean): ExportedDatagram {
    const { records, packets, octets } = this;
    this.records = 0;
    this.packets = 0;
    this.octets = 0;
    this.since = Infinity;
    // The encoder writes into the same bytes again.
    return { bytes: bytes.slice(), exporter, records, packets, octets, templates };
  }
}

class V5Writer implements RecordWriter {
  readonly #encoder: V5Encoder;
  readonly #exporter: number;
  readonly #sums = new Sums();

  constructor(options: ExporterOptions, exporter: number, start: number) {
    this.#exporter = exporter;
    this.#encoder = new V5Encoder({
      boot: bootOf(start, exporter),
      engine: exporter,
      // 1 in 1 is no sampling, as routers say it.
      rate: options.sampling === 1 ? 0 : options.sampling,
      sequence: options.sequence,
    });
  }

  get since(): number {
    return this.#sums.since;
  }

  add(flow: FlowExport, now: number): ExportedDatagram | undefined {
    const done = this.#encoder.full ? this.end(now) : undefined;
    this.#encoder.add(flow);
    this.#sums.add(flow, now);
    return done;
  }

  end(now: number): ExportedDatagram | undefined {
    if (this.#sums.records === 0) return undefined;
    return this.#sums.take(this.#encoder.end(now), this.#exporter, false);
  }
}

class TemplateWriter implements RecordWriter {
  readonly #announcer: ReturnType<typeof announcerOf>;
  readonly #exporter: number;
  readonly #refreshDatagrams: number;
  readonly #refreshTime: number;
  readonly #sums = new Sums();
  /** Datagrams since templates were sent, and when that was. */
  #datagrams = Infinity;
  #announced = 0;
  #templates = false;

  constructor(options: ExporterOptions, exporter: number, start: number) {
    this.#exporter = exporter;
    this.#refreshDatagrams = options.refreshDatagrams;
    this.#refreshTime = options.refreshTime;
    this.#announcer = announcerOf(options, exporter, bootOf(start, exporter));
  }

  get since(): number {
    return this.#sums.since;
  }

  add(flow: FlowExport, now: number): ExportedDatagram | undefined {
    if (this.#sums.records === 0) this.#announceIfDue(now);
    const { encoder } = this.#announcer;
    const id = this.#announcer.templateOf(flow);
    flow.sampler = this.#announcer.sampler;
    if (encoder.add(id, flow, now)) {
      this.#sums.add(flow, now);
      return undefined;
    }
    const done = this.end(now);
    this.#announceIfDue(now);
    if (!encoder.add(id, flow, now)) throw new Error('a record is longer than a datagram');
    this.#sums.add(flow, now);
    return done;
  }

  end(now: number): ExportedDatagram | undefined {
    if (this.#sums.records === 0) return undefined;
    this.#datagrams++;
    const done = this.#sums.take(this.#announcer.encoder.end(now), this.#exporter, this.#templates);
    this.#templates = false;
    return done;
  }

  #announceIfDue(now: number): void {
    if (this.#templates) return;
    if (this.#datagrams < this.#refreshDatagrams && now < this.#announced + this.#refreshTime) return;
    this.#announcer.announce();
    this.#templates = true;
    this.#datagrams = 0;
    this.#announced = now;
  }
}
