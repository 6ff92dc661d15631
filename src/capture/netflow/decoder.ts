import type { FlowSink } from '../flow-batch.ts';
import {
  IPFIX_HEADER_BYTES,
  V5_HEADER_BYTES,
  V9_HEADER_BYTES,
  VERSION_5,
  VERSION_9,
  VERSION_IPFIX,
} from './constants.ts';
import type { ExportContext } from './context.ts';
import {
  ExportCounters,
  NOTE_EXPORTER_RESTART,
  REJECT_COUNT_MALFORMED,
  REJECT_DATAGRAM_SHORT,
  REJECT_DOMAINS_FULL,
  REJECT_EXPORTERS_FULL,
  REJECT_LENGTH_MALFORMED,
  REJECT_VERSION_UNKNOWN,
} from './counters.ts';
import { type Domain, type Exporter, ExporterRegistry, type ExporterSettings } from './exporters.ts';
import { DEFAULT_EXPORT_LIMITS, type ExportLimits } from './limits.ts';
import { MessageReader } from './messages.ts';
import { RecordReader } from './records.ts';
import { RowBuilder } from './rows.ts';
import { type SavedExporters, restoreExporters, saveExporters } from './saved.ts';
import { isV5Count, readV5 } from './v5.ts';

const MILLIS = 1000;
const MICROS = 1_000_000;
/** What a time in whole seconds is behind the real one at most. */
const FRACTION_MILLIS = 1000;
/** sysUpTime counts milliseconds in 32 bits. */
const WRAP_MILLIS = 0x1_0000_0000;
/** A header whose sysUpTime is behind the latest by less than this was overtaken on the way. */
const REORDERED_MILLIS = 10_000;
/** How far the boot time that follows from a header may be off a whole wrap for the wrap to explain it: seconds are
 * cut off, and clocks are adjusted. */
const WRAP_SLACK_MILLIS = 60_000;

export interface NetflowOptions {
  readonly limits?: Partial<ExportLimits>;
  /** What is configured for the exporter with that address. Default: nothing. */
  readonly settings?: (address: string) => ExporterSettings;
}

/**
 * Decodes NetFlow v5, v9 (RFC 3954) and IPFIX (RFC 7011) datagrams of any number of exporters into a flow batch.
 * Pure: no I/O, no clock, never throws on what came from the wire; what makes no row is counted. Times are given in
 * microseconds since the epoch.
 */
export class NetflowDecoder {
  readonly counters = new ExportCounters();
  readonly limits: ExportLimits;
  readonly registry: ExporterRegistry;
  readonly #rows: RowBuilder;
  readonly #records: RecordReader;
  readonly #messages: MessageReader;
  #view: DataView = new DataView(new ArrayBuffer(0));

  constructor(sink: FlowSink, options: NetflowOptions = {}) {
    this.limits = { ...DEFAULT_EXPORT_LIMITS, ...options.limits };
    this.registry = new ExporterRegistry(this.limits, this.counters, options.settings ?? (() => ({})));
    this.#rows = new RowBuilder(sink, this.counters, this.limits.totals);
    this.#records = new RecordReader(this.registry, this.#rows, this.limits, this.counters);
    this.#messages = new MessageReader(this.#records, this.registry, this.counters);
  }

  /** Bytes of data that wait for a template or a sampling rate. */
  get heldBytes(): number {
    return this.#records.heldBytes;
  }

  /** Decodes the datagram bytes[from, to), which came from `address` at `receiveMicros`. */
  datagram(bytes: Uint8Array, from: number, to: number, address: string, receiveMicros: number): void {
    this.counters.datagrams++;
    const version = this.#open(bytes, from, to);
    if (version < 0) return;
    const exporter = this.registry.exporter(address, receiveMicros / MILLIS);
    if (exporter === undefined) this.counters.rejected[REJECT_EXPORTERS_FULL]!++;
    else this.#message(version, bytes, from, to, exporter, receiveMicros, false);
  }

  /** Decodes one IPFIX message of a stream (TCP, a file), whose length the framing has made sure of. */
  streamMessage(
    bytes: Uint8Array,
    from: number,
    to: number,
    exporter: Exporter,
    receiveMicros: number,
  ): void {
    this.counters.datagrams++;
    const version = this.#open(bytes, from, to);
    if (version === VERSION_IPFIX) this.#message(version, bytes, from, to, exporter, receiveMicros, true);
    else if (version >= 0) this.counters.rejected[REJECT_VERSION_UNKNOWN]!++;
  }

  /** A stream has ended: what waits is read as far as it can be, and its templates are forgotten. */
  endStream(exporter: Exporter, receiveMicros: number): void {
    for (const domain of exporter.domains.values()) {
      this.#records.releaseDomain(domain, receiveMicros / MILLIS, true);
      domain.sequence.settle(Infinity);
    }
    this.registry.remove(exporter);
  }

  /** Time goes by: reads or gives up what has waited long enough, settles gaps. Once a second or so. */
  tick(nowMicros: number): void {
    const now = nowMicros / MILLIS;
    this.#records.release(now, false);
    for (const exporter of this.registry.exporters.values())
      for (const domain of exporter.domains.values()) domain.sequence.settle(now);
  }

  /** Drops templates that were not sent again for too long. Once a minute or so. */
  expire(nowMicros: number): void {
    this.registry.expire(nowMicros / MILLIS);
  }

  /** Nothing more comes: reads what waits for a sampling rate unscaled, and gives up what waits for a template. */
  end(nowMicros: number): void {
    this.#records.release(nowMicros / MILLIS, true);
    for (const exporter of this.registry.exporters.values())
      for (const domain of exporter.domains.values()) domain.sequence.settle(Infinity);
  }

  /** Templates and sampling rates, for another run. */
  save(): SavedExporters {
    return saveExporters(this.registry);
  }

  /** Takes what another run saved. Entries that are not as they should be are left out; returns how many. */
  restore(saved: unknown, nowMicros: number): number {
    return restoreExporters(saved, this.registry, this.limits, nowMicros / MILLIS);
  }

  /** The version of a datagram long enough for its header; -1 for one that is rejected. */
  #open(bytes: Uint8Array, from: number, to: number): number {
    const length = to - from;
    if (length < 2) {
      this.counters.rejected[REJECT_DATAGRAM_SHORT]!++;
      return -1;
    }
    const version = (bytes[from]! << 8) | bytes[from + 1]!;
    let header = 0;
    if (version === VERSION_9) header = V9_HEADER_BYTES;
    else if (version === VERSION_IPFIX) header = IPFIX_HEADER_BYTES;
    else if (version === VERSION_5) header = V5_HEADER_BYTES;
    if (header === 0) {
      this.counters.rejected[REJECT_VERSION_UNKNOWN]!++;
      return -1;
    }
    if (length < header) {
      this.counters.rejected[REJECT_DATAGRAM_SHORT]!++;
      return -1;
    }
    if (
      this.#view.buffer !== bytes.buffer ||
      this.#view.byteOffset !== bytes.byteOffset ||
      this.#view.byteLength !== bytes.byteLength
    )
      this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return version;
  }

  #message(
    version: number,
    bytes: Uint8Array,
    from: number,
    to: number,
    exporter: Exporter,
    receiveMicros: number,
    stream: boolean,
  ): void {
    exporter.lastSeen = receiveMicros / MILLIS;
    if (version === VERSION_9) this.#v9(bytes, from, to, exporter, receiveMicros);
    else if (version === VERSION_IPFIX) this.#ipfix(bytes, from, to, exporter, receiveMicros, stream);
    else this.#v5(from, to, exporter, receiveMicros);
  }

  #v5(from: number, to: number, exporter: Exporter, receiveMicros: number): void {
    const view = this.#view;
    const count = view.getUint16(from + 2, false);
    if (!isV5Count(count, to - from)) {
      this.counters.rejected[REJECT_COUNT_MALFORMED]!++;
      return;
    }
    const domain = this.#domain(exporter, VERSION_5, view.getUint16(from + 20, false), receiveMicros);
    if (domain === undefined) return;
    const exportMicros =
      view.getUint32(from + 8, false) * MICROS + Math.floor(view.getUint32(from + 12, false) / MILLIS);
    const uptime = view.getUint32(from + 4, false);
    this.#restarted(domain, uptime, exportMicros / MILLIS);
    const context = { domain, exportMicros, receiveMicros, bootMicros: exportMicros - uptime * MILLIS };
    readV5(view, from, count, this.#rows, this.limits.samplingRate, context);
    domain.sequence.next(view.getUint32(from + 16, false), count, receiveMicros / MILLIS);
  }

  #v9(bytes: Uint8Array, from: number, to: number, exporter: Exporter, receiveMicros: number): void {
    const view = this.#view;
    const domain = this.#domain(exporter, VERSION_9, view.getUint32(from + 16, false), receiveMicros);
    if (domain === undefined) return;
    const uptime = view.getUint32(from + 4, false);
    const exportMicros = view.getUint32(from + 8, false) * MICROS;
    this.#restarted(domain, uptime, exportMicros / MILLIS);
    const boot = exportMicros / MILLIS - uptime;
    const near = Math.abs(boot - domain.bootEstimate) < FRACTION_MILLIS;
    if (!near || boot > domain.bootEstimate) domain.bootEstimate = boot;
    const context: ExportContext = {
      domain,
      exportMicros,
      receiveMicros,
      bootMicros: domain.bootEstimate * MILLIS,
    };
    const now = receiveMicros / MILLIS;
    domain.sequence.next(view.getUint32(from + 12, false), 1, now);
    domain.datagrams++;
    domain.records += this.#messages.readV9(context, bytes, view, from, to, now);
  }

  #ipfix(
    bytes: Uint8Array,
    from: number,
    to: number,
    exporter: Exporter,
    receiveMicros: number,
    stream: boolean,
  ): void {
    const view = this.#view;
    const length = view.getUint16(from + 2, false);
    if (length < IPFIX_HEADER_BYTES || length > to - from) {
      this.counters.rejected[REJECT_LENGTH_MALFORMED]!++;
      return;
    }
    const domain = this.#domain(exporter, VERSION_IPFIX, view.getUint32(from + 12, false), receiveMicros);
    if (domain === undefined) return;
    const now = receiveMicros / MILLIS;
    const context: ExportContext = {
      domain,
      exportMicros: view.getUint32(from + 4, false) * MICROS,
      receiveMicros,
      bootMicros: 0,
    };
    // Before the sets: a number far behind says that the templates from before mean nothing any more.
    const { sequence } = domain;
    const restarts = sequence.restarts;
    const number = view.getUint32(from + 8, false);
    sequence.expect(number, now);
    if (sequence.restarts !== restarts && !stream) this.#restart(domain);
    const options = this.counters.optionsRecords;
    const records = this.#messages.readIpfix(context, bytes, view, from, from + length, stream, now);
    const flows = records < 0 ? -1 : records - (this.counters.optionsRecords - options);
    domain.numbers.next(sequence, number, records, flows, now);
    domain.datagrams++;
    domain.records += Math.max(0, records);
  }

  #domain(exporter: Exporter, version: number, id: number, receiveMicros: number): Domain | undefined {
    const now = receiveMicros / MILLIS;
    const domain = this.registry.domain(exporter, version, id, now);
    if (domain === undefined) this.counters.rejected[REJECT_DOMAINS_FULL]!++;
    else domain.lastSeen = now;
    return domain;
  }

  /**
   * Notes sysUpTime of a header, and whether the exporter has restarted since the one before: it went back, and not
   * because it began anew after 49.7 days. A clock that is set moves the boot time, but not sysUpTime.
   */
  #restarted(domain: Domain, uptime: number, exportMillis: number): void {
    const boot = exportMillis - uptime;
    const last = domain.uptime;
    if (last >= 0 && uptime < last) {
      const moved = boot - domain.boot;
      const wrapped = Math.abs(moved - WRAP_MILLIS) < WRAP_SLACK_MILLIS;
      if (!wrapped && last - uptime < REORDERED_MILLIS) return;
      if (!wrapped) {
        domain.sequence.restart();
        this.#restart(domain);
      }
    }
    domain.uptime = uptime;
    domain.boot = boot;
  }

  /** Template ids may mean something else after a restart (RFC 3954, section 9): data waits for new templates. */
  #restart(domain: Domain): void {
    this.counters.notes[NOTE_EXPORTER_RESTART]!++;
    for (const template of domain.templates.values()) template.stale = true;
  }
}
