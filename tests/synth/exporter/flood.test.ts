import { describe, expect, test } from 'vitest';
import { DEFAULT_EXPORTER_OPTIONS } from '../../../src/synth/exporter/datagram.ts';
import { FlowFlood } from '../../../src/synth/exporter/flood.ts';
import { trafficOptions } from '../../../src/synth/options.ts';
import { Collector, type FlowRow, NOW } from '../../capture/netflow/support.ts';

const FLOWS = 3000;

describe.each(['netflow-v5', 'netflow-v9', 'ipfix'] as const)('a flood of %s', (kind) => {
  test('all flows come by turns, with times of now and sequence numbers that go on over their wrap', () => {
    const ipv6 = kind === 'netflow-v5' ? 0 : 30;
    const traffic = trafficOptions({ packets: 40_000, flows: FLOWS, ipv6, icmp: 5 });
    const options = { ...DEFAULT_EXPORTER_OPTIONS, kind, exporters: 2, sampling: 4, refreshDatagrams: 9 };
    const flood = new FlowFlood(traffic, { ...options, sequence: 0xffff_ff00 }, NOW);
    expect(flood.flows).toBe(FLOWS);
    const collector = new Collector({ settings: () => ({}) });
    let now = NOW + 500;
    let templates = 0;
    let sent = { records: 0, packets: 0, octets: 0 };
    const turns: FlowRow[][] = [];
    for (let turn = 0; turn < 3; turn++) {
      const rows: FlowRow[] = [];
      for (let records = 0; records < FLOWS;) {
        const datagram = flood.next(now);
        if (datagram.templates) templates++;
        records += datagram.records;
        sent = {
          records: sent.records + datagram.records,
          packets: sent.packets + datagram.packets,
          octets: sent.octets + datagram.octets,
        };
        const came = collector.push(datagram.bytes, `192.0.2.${datagram.exporter}`, now + 1000);
        expect(came).toHaveLength(datagram.records);
        // Seconds are cut off in a header of version 9, which sysUpTime is counted from.
        for (const row of came) {
          expect(Math.abs(Number(row['end']) - now / 1000)).toBeLessThanOrEqual(1.5);
          expect(Number(row['end']) - Number(row['start'])).toBeLessThanOrEqual(1);
        }
        rows.push(...came);
        now += 37;
      }
      turns.push(rows);
    }
    expect(collector.decoder.counters.rejections()).toEqual({});
    expect(collector.decoder.counters.noted()).toEqual({});
    collector.end();
    const domains = [...collector.decoder.registry.exporters.values()].flatMap((it) => [
      ...it.domains.values(),
    ]);
    expect(domains.map(({ sequence }) => [sequence.lost, sequence.late, sequence.restarts])).toEqual([
      [0, 0, 0],
      [0, 0, 0],
    ]);
    const keys = turns.map((rows) =>
      rows.map((row) => [row.src, row.dst, row.sport, row.dport, row.protocol].join(' ')),
    );
    expect(new Set(keys[0])).toHaveLength(FLOWS);
    expect(keys[1]).toEqual(keys[0]);
    expect(keys[2]).toEqual(keys[0]);
    const all = turns.flat();
    expect(sent.records).toBe(3 * FLOWS);
    expect(all.reduce((sum, row) => sum + row.packets, 0)).toBe(4 * sent.packets);
    expect(all.reduce((sum, row) => sum + row.bytes, 0)).toBe(4 * sent.octets);
    expect(templates > 5).toBe(kind !== 'netflow-v5');
  });
});
