import { parseAddress } from '../../base/addresses.ts';
import type { FlowSink } from '../../capture/flow-batch.ts';
import { VERSION_IPFIX } from '../../capture/netflow/constants.ts';
import { REJECT_DATAGRAM_SHORT, REJECT_VERSION_UNKNOWN } from '../../capture/netflow/counters.ts';
import { NetflowDecoder } from '../../capture/netflow/decoder.ts';
import type { Domain, ExporterSettings } from '../../capture/netflow/exporters.ts';
import { IpfixStream } from '../../capture/netflow/stream.ts';
import type { TunnelKind } from '../../capture/open.ts';
import type { DataSource } from '../../capture/sflow/agents.ts';
import { SflowDecoder } from '../../capture/sflow/decoder.ts';
import { ANY_EXPORTER, type FlowLossReason } from '../flow-source.ts';
import type { ExportProtocol } from './options.ts';
import type { Senders } from './senders.ts';

const MILLIS = 1000;

/** Told of each loss that the decoder found: of which exporter, how many records, samples or data sets, why. */
export type LossReport = (exporter: number, count: number, reason: FlowLossReason) => void;

/** One of the decoders, as sources need it. Times in microseconds since the epoch. */
export interface Decoding {
  datagram(bytes: Uint8Array, from: number, to: number, address: string, micros: number): void;
  /** Time goes by: what has waited long enough is read, gaps are settled. */
  tick(micros: number): void;
  expire(micros: number): void;
  end(micros: number): void;
  /** Losses that were found since the last call. */
  takeLosses(report: LossReport): void;
  /** The number of an exporter that has sent something, or is about to; ANY_EXPORTER when there are too many. */
  numberOf(address: string, micros: number): number;
  addressOf(number: number): string | undefined;
  counts(): Record<string, number>;
  /** Templates and rates, where there are any. */
  readonly netflow: NetflowDecoder | undefined;
}

export type Settings = (address: string) => ExporterSettings;

/** What is configured for an exporter, by the rule for its address. */
export function settingsOf(senders: Senders): Settings {
  return (text) => {
    const address = parseAddress(text);
    const { samplingRate, clock } = (address && senders.rule(address)) ?? {};
    return {
      ...(samplingRate === undefined ? {} : { samplingRate }),
      ...(clock === undefined ? {} : { clock }),
    };
  };
}

/** A decoder for streams of IPFIX messages. */
export function streamDecoding(sink: FlowSink, settings: Settings): StreamDecoding {
  return new NetflowDecoding(sink, settings, true);
}

export interface StreamDecoding extends Decoding {
  readonly netflow: NetflowDecoder;
  openStream(address: string, micros: number): IpfixStream;
  /** The stream has ended, or is given up. */
  closeStream(stream: IpfixStream, micros: number): void;
}

/** A decoder for the protocol, which puts its rows into `sink`. */
export function decodingFor(
  protocol: ExportProtocol,
  sink: FlowSink,
  senders: Senders,
  tunnels?: ReadonlySet<TunnelKind>,
): Decoding {
  if (protocol === 'sflow') return new SflowDecoding(sink, tunnels);
  return new NetflowDecoding(sink, settingsOf(senders), protocol === 'ipfix');
}

/** How far the counts of a domain or data source were told. */
interface Told {
  lost: number;
  own: number;
  missed: number;
}

class NetflowDecoding implements StreamDecoding {
  readonly netflow: NetflowDecoder;
  readonly #ipfixOnly: boolean;
  readonly #told = new WeakMap<Domain, Told>();
  readonly #streams = new Set<IpfixStream>();
  /** Of streams that have ended since losses were taken. */
  #ended: Parameters<LossReport>[] = [];

  constructor(sink: FlowSink, settings: Settings, ipfixOnly: boolean) {
    this.#ipfixOnly = ipfixOnly;
    this.netflow = new NetflowDecoder(sink, { settings });
  }

  datagram(bytes: Uint8Array, from: number, to: number, address: string, micros: number): void {
    const { netflow } = this;
    if (this.#ipfixOnly && (to - from < 2 || ((bytes[from]! << 8) | bytes[from + 1]!) !== VERSION_IPFIX)) {
      netflow.counters.datagrams++;
      netflow.counters.rejected[to - from < 2 ? REJECT_DATAGRAM_SHORT : REJECT_VERSION_UNKNOWN]!++;
    } else netflow.datagram(bytes, from, to, address, micros);
  }

  tick(micros: number): void {
    this.netflow.tick(micros);
  }

  expire(micros: number): void {
    this.netflow.expire(micros);
  }

  end(micros: number): void {
    this.netflow.end(micros);
  }

  takeLosses(report: LossReport): void {
    for (const loss of this.#ended.splice(0)) report(...loss);
    for (const { domains } of this.netflow.registry.exporters.values())
      this.#takeLossesOf(domains.values(), report);
    for (const { exporter } of this.#streams) this.#takeLossesOf(exporter.domains.values(), report);
  }

  openStream(address: string, micros: number): IpfixStream {
    const stream = new IpfixStream(this.netflow, address, micros);
    this.#streams.add(stream);
    return stream;
  }

  closeStream(stream: IpfixStream, micros: number): void {
    this.#streams.delete(stream);
    // The exporter forgets its domains at the end, which still gives up what waits.
    const domains = [...stream.exporter.domains.values()];
    stream.end(micros);
    this.#takeLossesOf(domains, (...loss) => this.#ended.push(loss));
  }

  #takeLossesOf(domains: Iterable<Domain>, report: LossReport): void {
    for (const domain of domains) {
      const { number } = domain.exporter;
      const { sequence, notSentFlows, missedSets } = domain;
      let told = this.#told.get(domain);
      if (told === undefined) {
        if (sequence.lost === 0 && notSentFlows === 0 && missedSets === 0) continue;
        // What the exporter lost before it was heard of is not ours.
        told = { lost: 0, own: notSentFlows, missed: 0 };
        this.#told.set(domain, told);
      }
      const units = sequence.lost - told.lost;
      // v9 counts datagrams: times the mean of records in one (S5.3).
      const records = domain.version === 9 ? (units * domain.records) / Math.max(1, domain.datagrams) : units;
      if (units > 0) report(number, Math.max(1, Math.round(records)), 'sequence_gap');
      if (notSentFlows > told.own) report(number, notSentFlows - told.own, 'exporter_drop');
      if (missedSets > told.missed) report(number, missedSets - told.missed, 'template_missing');
      told.lost = sequence.lost;
      told.own = notSentFlows;
      told.missed = missedSets;
    }
  }

  numberOf(address: string, micros: number): number {
    return this.netflow.registry.exporter(address, micros / MILLIS)?.number ?? ANY_EXPORTER;
  }

  addressOf(number: number): string | undefined {
    return this.netflow.registry.numbers.address(number);
  }

  counts(): Record<string, number> {
    const { counters } = this.netflow;
    const { datagrams, templates, withdrawals, dataSets, decodedSets, heldSets } = counters;
    const { records, optionsRecords, rows, reverseRows } = counters;
    const sums = { datagrams, templates, withdrawals, dataSets, decodedSets, heldSets };
    return {
      ...sums,
      records,
      optionsRecords,
      rows,
      reverseRows,
      ...prefixed('rejected_', counters.rejections()),
      ...prefixed('noted_', counters.noted()),
    };
  }
}

class SflowDecoding implements Decoding {
  readonly netflow = undefined;
  readonly #decoder: SflowDecoder;
  readonly #told = new WeakMap<DataSource, Told>();

  constructor(sink: FlowSink, tunnels: ReadonlySet<TunnelKind> | undefined) {
    this.#decoder = new SflowDecoder(sink, {}, tunnels);
  }

  datagram(bytes: Uint8Array, from: number, to: number, address: string, micros: number): void {
    this.#decoder.datagram(bytes, from, to, address, micros);
  }

  tick(micros: number): void {
    this.#decoder.tick(micros);
  }

  expire(): void {}

  end(): void {
    this.#decoder.end();
  }

  takeLosses(report: LossReport): void {
    for (const exporter of this.#decoder.registry.exporters.values()) {
      let lost = 0;
      let dropped = 0;
      for (const agent of exporter.agents)
        for (const source of agent.sources.values()) {
          const told = this.#told.get(source) ?? { lost: 0, own: 0, missed: 0 };
          if (source.sequence.lost === told.lost && source.dropped === told.own) continue;
          lost += source.sequence.lost - told.lost;
          dropped += source.dropped - told.own;
          this.#told.set(source, { lost: source.sequence.lost, own: source.dropped, missed: 0 });
        }
      if (lost > 0) report(exporter.number, lost, 'sequence_gap');
      if (dropped > 0) report(exporter.number, dropped, 'exporter_drop');
    }
  }

  numberOf(address: string, micros: number): number {
    return this.#decoder.registry.exporter(address, micros / MILLIS)?.number ?? ANY_EXPORTER;
  }

  addressOf(number: number): string | undefined {
    return this.#decoder.registry.numbers.address(number);
  }

  counts(): Record<string, number> {
    const { counters } = this.#decoder;
    const { datagrams, samples, counterSamples, rows, discards } = counters;
    const { unsampledUnknown, samplingCapped, countsCapped, offloaded } = counters;
    const sums = { datagrams, samples, counterSamples, rows, discards };
    const notes = { unsampledUnknown, samplingCapped, countsCapped, offloaded };
    return { ...sums, ...notes, ...prefixed('rejected_', counters.rejections()) };
  }
}

function prefixed(prefix: string, counts: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(counts).map(([name, count]) => [prefix + name, count]));
}
