import { describe, expect, test } from 'vitest';
import {
  DEFAULT_EXPORTER_OPTIONS,
  type ExportedDatagram,
  type ExporterOptions,
} from '../../../src/synth/exporter/datagram.ts';
import { ModelExporters } from '../../../src/synth/exporter/model.ts';
import { type TrafficOptions, trafficOptions } from '../../../src/synth/options.ts';
import { Collector, type FlowRow } from '../../capture/netflow/support.ts';
import { SflowCollector } from '../../capture/sflow/support.ts';
import { decoded, modelled, sorted } from './support.ts';

const KINDS = ['netflow-v5', 'netflow-v9', 'ipfix', 'sflow'] as const;
const LAST_NUMBERS = 0xffff_fff0;

function traffic(given: Partial<TrafficOptions> = {}): TrafficOptions {
  return trafficOptions({ packets: 5000, flows: 400, seconds: 200, fragments: 0, ipv6: 20, ...given });
}

function run(
  model: TrafficOptions,
  given: Partial<ExporterOptions>,
): { datagrams: ExportedDatagram[]; exporters: ModelExporters } {
  const exporters = new ModelExporters(model, { ...DEFAULT_EXPORTER_OPTIONS, ...given });
  const datagrams: ExportedDatagram[] = [];
  for (let next = exporters.next(Infinity); next !== undefined; next = exporters.next(Infinity))
    datagrams.push(next);
  return { datagrams, exporters };
}

/** Decodes all of them, each exporter under an address of its own. */
function collect(
  kind: ExporterOptions['kind'],
  datagrams: readonly ExportedDatagram[],
): { rows: FlowRow[]; lost: number[]; faults: object[] } {
  const late = Date.UTC(2024, 0, 1);
  if (kind === 'sflow') {
    const collector = new SflowCollector();
    const rows = datagrams.flatMap(({ bytes, exporter }) => collector.push(bytes, `${exporter}`, late));
    collector.decoder.end();
    collector.checkCounters();
    const agents = [...collector.decoder.registry.exporters.values()].flatMap(({ agents: all }) => all);
    return {
      rows,
      lost: agents.map((agent) => agent.sequence.lost + agent.lostSamples),
      faults: [collector.decoder.counters.rejections()],
    };
  }
  const collector = new Collector({ settings: () => ({}) });
  const rows = datagrams.flatMap(({ bytes, exporter }) => collector.push(bytes, `${exporter}`, late));
  rows.push(...collector.end());
  collector.checkCounters();
  const { counters, registry } = collector.decoder;
  const domains = [...registry.exporters.values()].flatMap((exporter) => [...exporter.domains.values()]);
  return {
    rows,
    lost: domains.map(({ sequence }) => sequence.lost + sequence.late + sequence.restarts),
    faults: [counters.rejections(), counters.noted()],
  };
}

describe.each(KINDS)('%s', (kind) => {
  const ipv6 = kind === 'netflow-v5' ? 0 : 20;

  test('every 5-tuple has the packets and bytes of the model; sequence numbers go on over their wrap', () => {
    // Version 5 has no VLANs.
    const vlans = kind === 'netflow-v5' ? 0 : 5;
    const model = traffic({ ipv6, vlans, icmp: 10 });
    const options = { kind, exporters: 3, vlans: vlans > 0, sequence: LAST_NUMBERS, refreshDatagrams: 5 };
    const { datagrams, exporters } = run(model, options);
    const { rows, lost, faults } = collect(kind, datagrams);
    expect(faults).toEqual(kind === 'sflow' ? [{}] : [{}, {}]);
    expect(lost).toEqual([0, 0, 0]);
    expect(sorted(decoded(rows))).toEqual(sorted(modelled(model)));
    expect(rows.length).toBe(datagrams.reduce((sum, { records }) => sum + records, 0));
    expect(datagrams.reduce((sum, { packets }) => sum + packets, 0)).toBe(exporters.totals.packets);
    expect(datagrams.reduce((sum, { octets }) => sum + octets, 0)).toBe(exporters.totals.bytes);
    expect(new Set(rows.map(({ domain }) => domain)).size).toBe(3);
    expect(exporters.nextTime).toBe(Infinity);
  });

  test('sampling: counts are of the sampled packets, and the rate is told', () => {
    const model = traffic({ ipv6, packets: 20_000 });
    const { datagrams, exporters } = run(model, { kind, sampling: 10 });
    const { rows, faults } = collect(kind, datagrams);
    expect(faults).toEqual(kind === 'sflow' ? [{}] : [{}, {}]);
    expect(new Set(rows.map((row) => row['sampling']))).toEqual(new Set([10]));
    const packets = rows.reduce((sum, row) => sum + row.packets, 0);
    expect(packets).toBe(10 * exporters.sampledPackets);
    expect(rows.reduce((sum, row) => sum + row.bytes, 0)).toBe(10 * exporters.sampledBytes);
    // One in ten of 20,000 by chance: within five standard deviations.
    expect(Math.abs(exporters.sampledPackets - 2000)).toBeLessThan(5 * Math.sqrt(20_000 * 0.1 * 0.9));
  });

  test('the same options make the same datagrams, another seed others', () => {
    const bytes = (seed: number) =>
      Buffer.concat(
        run(traffic({ ipv6, seed }), { kind, sampling: 3, exporters: 2 }).datagrams.map((it) => it.bytes),
      );
    expect(bytes(1).equals(bytes(1))).toBe(true);
    expect(bytes(1).equals(bytes(2))).toBe(false);
  });
});

describe('the flow cache', () => {
  const model = traffic({ packets: 20_000, flows: 100, seconds: 300 });

  test('no flow lasts longer than the active timeout, none is silent in it for longer than the inactive one', () => {
    const times = { activeTimeout: 20_000, inactiveTimeout: 5000 };
    const { rows } = collect('ipfix', run(model, { kind: 'ipfix', ...times }).datagrams);
    for (const row of rows) expect(Number(row['end']) - Number(row['start'])).toBeLessThanOrEqual(20);
    const long = collect('ipfix', run(model, { kind: 'ipfix', activeTimeout: 300_000 }).datagrams).rows;
    expect(rows.length).toBeGreaterThan(1.5 * long.length);
    expect(long.some((row) => Number(row['end']) - Number(row['start']) > 60)).toBe(true);
    expect(sorted(decoded(rows))).toEqual(sorted(decoded(long)));
  });

  test('a stopped exporter reports what it still has', () => {
    const exporters = new ModelExporters(model, DEFAULT_EXPORTER_OPTIONS);
    const until = (model.start + 30) * 1000;
    const datagrams: ExportedDatagram[] = [];
    const drain = () => {
      for (let next = exporters.next(until); next !== undefined; next = exporters.next(until))
        datagrams.push(next);
    };
    drain();
    expect(exporters.nextTime).toBeGreaterThan(until);
    const before = datagrams.reduce((sum, { packets }) => sum + packets, 0);
    exporters.stop();
    drain();
    expect(exporters.nextTime).toBe(Infinity);
    const after = datagrams.reduce((sum, { packets }) => sum + packets, 0);
    expect(before).toBeLessThan(after);
    expect(after).toBe(exporters.sampledPackets);
    expect(after).toBeLessThan(exporters.totals.packets);
  });
});

describe('templates', () => {
  const model = traffic({ packets: 20_000, flows: 2000 });

  test('come first, and again after so many datagrams', () => {
    for (const kind of ['netflow-v9', 'ipfix'] as const) {
      const { datagrams } = run(model, { kind, exporters: 2, refreshDatagrams: 7, refreshTime: 1e9 });
      for (const exporter of [0, 1]) {
        const own = datagrams.filter((datagram) => datagram.exporter === exporter);
        expect(own.length).toBeGreaterThan(14);
        expect(own.map(({ templates }) => templates)).toEqual(own.map((_, index) => index % 7 === 0));
      }
    }
  });

  test('and again after so much time', () => {
    const { datagrams } = run(model, { refreshDatagrams: 1e9, refreshTime: 10_000 });
    const times = datagrams.filter(({ templates }) => templates).map(({ bytes }) => secondsOf(bytes));
    expect(times.length).toBeGreaterThan(15);
    // The datagram goes out up to a second after it was begun.
    const gaps = times.slice(1).map((time, index) => time - times[index]!);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(9);
  });

  /** The export time of a v9 header. */
  function secondsOf(bytes: Uint8Array): number {
    return new DataView(bytes.buffer, bytes.byteOffset).getUint32(8);
  }
});
