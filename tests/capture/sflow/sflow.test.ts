import { describe, expect, test } from 'vitest';
import { ethernet, icmp, ipv4, ipv6, tcp, udp } from '../build.ts';
import { META_TUNNEL } from '../../../src/capture/batch.ts';
import { ALL_TUNNELS, gre, GRE, over4, TUNNELLED } from '../tunnelled.ts';
import { NOW, bytesOf, u32 } from '../netflow/support.ts';
import { SflowCollector } from './support.ts';

const SECONDS = NOW / 1000;
const FRAME = ethernet(0x0800, ipv4(tcp(49152, 443, 0x12)));

function words(...values: readonly number[]): string {
  return values.map((value) => u32(value)).join('');
}

/** Format, length and body. */
function record(format: number, ...body: readonly (string | Uint8Array)[]): Uint8Array {
  const bytes = bytesOf(...body);
  const padded = bytesOf(bytes, '00'.repeat((4 - (bytes.length % 4)) % 4));
  return bytesOf(words(format, padded.length), padded);
}

function sampledHeader(
  frame: Uint8Array,
  options: { protocol?: number; length?: number; frame?: number } = {},
) {
  const { protocol = 1, length = frame.length } = options;
  return record(1, words(protocol, options.frame ?? frame.length + 4, 4, length), frame);
}

function flowSample(
  records: readonly Uint8Array[],
  options: {
    sequence?: number;
    source?: number;
    rate?: number;
    drops?: number;
    input?: number;
    output?: number;
  } = {},
): Uint8Array {
  const { sequence = 1, source = 3, rate = 100, drops = 0, input = 3, output = 4 } = options;
  return record(1, words(sequence, source, rate, 5000, drops, input, output, records.length), ...records);
}

function datagram(
  samples: readonly Uint8Array[],
  options: { sequence?: number; uptime?: number; sub?: number; count?: number } = {},
) {
  return bytesOf(
    words(
      5,
      1,
      0xc0000201,
      options.sub ?? 0,
      options.sequence ?? 1,
      options.uptime ?? 60_000,
      options.count ?? samples.length,
    ),
    ...samples,
  );
}

const ROW = {
  src: '10.0.0.1',
  dst: '192.0.2.7',
  sport: 49152,
  dport: 443,
  protocol: 6,
  packets: 100,
  bytes: 4000,
  sampling: 100,
  start: SECONDS,
  end: SECONDS,
  flags: 0x12,
  direction: 'in',
  ingress: 3,
  egress: 4,
  srcMac: expect.any(String),
  dstMac: expect.any(String),
};

describe('sFlow v5', () => {
  test('a sampled Ethernet header stands for as many packets of its IP length as the rate says', () => {
    const collector = new SflowCollector();
    expect(collector.push(datagram([flowSample([sampledHeader(FRAME)])]))).toEqual([ROW]);
    expect(collector.decoder.counters).toMatchObject({ datagrams: 1, samples: 1, rows: 1 });
    expect(collector.decoder.counters.rejections()).toEqual({});
  });
  test('an expanded sample, with interfaces above 24 bits', () => {
    const fields = words(1, 0, 80_000_000, 100, 5000, 0, 0, 80_000_000, 0, 90_000_000, 1);
    const rows = new SflowCollector().push(datagram([record(3, fields, sampledHeader(FRAME))]));
    expect(rows).toEqual([{ ...ROW, ingress: 80_000_000, egress: 90_000_000 }]);
  });
  test('headers without a link layer, IPv4 and IPv6', () => {
    const rows = new SflowCollector().push(
      datagram([
        flowSample([sampledHeader(ipv4(icmp(8, 0), { protocol: 1 }), { protocol: 11 })]),
        flowSample([sampledHeader(ipv6(udp(1000, 53), { next: 17 }), { protocol: 12 })], { sequence: 2 }),
      ]),
    );
    expect(rows).toMatchObject([
      { protocol: 1, dport: 0x0800, packets: 100 },
      { protocol: 17, sport: 1000, dport: 53 },
    ]);
  });
  test('sampled IPv4 and IPv6 records, where the header is not decoded or not there', () => {
    const sampled4 = record(3, words(1500, 6, 0x0a000001, 0xc0000207, 49152, 443, 0x10, 0));
    const sampled6 = record(4, words(600, 17, 0x20010db8, 0, 0, 1, 0x20010db8, 0, 0, 2, 1000, 53, 0, 0));
    const collector = new SflowCollector();
    const rows = collector.push(
      datagram([
        flowSample([sampledHeader(FRAME, { protocol: 7 }), sampled4]),
        flowSample([sampledHeader(FRAME.subarray(0, 20)), sampled4], { sequence: 2 }),
        flowSample([sampled6], { sequence: 3 }),
      ]),
    );
    const row = { src: '10.0.0.1', sport: 49152, dport: 443, packets: 100, bytes: 150_000, flags: 0x10 };
    expect(rows).toMatchObject([
      row,
      row,
      { src: '2001:db8::1', dst: '2001:db8::2', bytes: 60_000, dport: 53 },
    ]);
    expect(collector.decoder.counters.rejections()).toEqual({});
    collector.checkCounters();
  });
  test('VLAN of the switch record, translation of the NAT records', () => {
    const nat = record(1007, words(1, 0xcb007105, 1, 0xc0000207));
    const ports = record(1020, words(0xd001, 443));
    const rows = new SflowCollector().push(
      datagram([flowSample([sampledHeader(FRAME), record(1001, words(12, 0, 12, 0)), nat, ports])]),
    );
    expect(rows).toEqual([
      { ...ROW, vlan: 12, postSrc: '203.0.113.5', postDst: '192.0.2.7', postSport: 0xd001, postDport: 443 },
    ]);
  });
  test('router, gateway and unknown records are passed over', () => {
    const others = [
      record(1002, words(1, 0x0a0000fe, 24, 24)),
      record(1003, words(1, 0, 1, 1, 1, 0)),
      record(4321 << 12, '00'),
    ];
    expect(new SflowCollector().push(datagram([flowSample([...others, sampledHeader(FRAME)])]))).toEqual([
      ROW,
    ]);
  });
  test('tunnels in sampled headers are opened where they are to be', () => {
    const { frame, id } = TUNNELLED['VXLAN over IPv6, the port of Linux, a tagged frame']!;
    const sample = datagram([
      flowSample([sampledHeader(frame), record(1001, words(300, 0, 300, 0))]),
      flowSample([sampledHeader(over4(GRE, gre(0x0806, '00 01', { key: 5 })))]),
      flowSample([sampledHeader(FRAME)]),
    ]);
    const open = new SflowCollector({}, ALL_TUNNELS);
    const tunnels: (number | undefined)[] = [];
    const finish = open.batch.finish.bind(open.batch);
    open.batch.finish = () => {
      const row = open.batch.count;
      const inside = (open.batch.meta[row]! & META_TUNNEL) !== 0;
      tunnels.push(inside ? open.batch.tunnel[row]! : undefined);
      finish();
    };
    // The VLAN of the inner frame, not that of the switch; three samples, one of them ARP.
    expect(open.push(sample)).toMatchObject([
      {
        src: 'fd00::5',
        dst: 'fd00::6',
        dport: 53,
        packets: 100,
        bytes: 5100,
        vlan: 77,
        srcMac: '060000000001',
      },
      { src: '10.0.0.1', dport: 443 },
    ]);
    expect(tunnels).toEqual([id, undefined]);
    expect(open.decoder.counters.rejections()).toEqual({ not_ip: 1 });
    open.checkCounters();
    const closed = new SflowCollector();
    expect(closed.push(sample)).toMatchObject([
      { src: '2001:db8:ff::1', dport: 8472, vlan: 300 },
      { src: '198.51.100.1', protocol: GRE },
      { src: '10.0.0.1' },
    ]);
  });
  test('discarded packets count once each, with their reason', () => {
    const drop = (sequence: number, reason: number) =>
      record(5, words(sequence, 0, 3, 0, 3, 0, reason, 1), sampledHeader(FRAME));
    const collector = new SflowCollector();
    const rows = collector.push(datagram([258, 0, 269, 4, 257, 256].map((reason, i) => drop(i + 1, reason))));
    expect(
      rows.map((row) => [row.packets, row.bytes, row['verdict'], row['reason'], row['egress'] ?? 0]),
    ).toEqual([
      [1, 40, 2, 1, 0],
      [1, 40, 1, 2, 0],
      [1, 40, 1, 3, 0],
      [1, 40, 1, 4, 0],
      [1, 40, 1, 5, 0],
      [1, 40, 1, 6, 0],
    ]);
    expect(collector.decoder.counters.discards).toBe(6);
  });
  test('a flow sample whose output says that it was discarded; several outputs are none', () => {
    const rows = new SflowCollector().push(
      datagram([
        flowSample([sampledHeader(FRAME)], { output: 0x4000_0000 + 258 }),
        flowSample([sampledHeader(FRAME)], { sequence: 2, output: 0x8000_0000 + 7, input: 0x3fff_ffff }),
      ]),
    );
    expect(rows[0]).toMatchObject({ verdict: 2, reason: 1, packets: 100 });
    expect(rows[0]).not.toHaveProperty('egress');
    expect(rows[1]).not.toHaveProperty('egress');
    expect(rows[1]).not.toHaveProperty('ingress');
  });
  test('counters are not flows; unknown samples and malformed ones cost no others', () => {
    const collector = new SflowCollector();
    const rows = collector.push(
      datagram([
        record(2, '00'.repeat(100)),
        record(4, '00'.repeat(8)),
        record(9, '00'.repeat(8)),
        record(1, '00'.repeat(12)),
        record(1, words(1, 3, 1, 1, 0, 1, 2, 9), sampledHeader(FRAME)),
        flowSample([], { sequence: 2 }),
        flowSample([sampledHeader(FRAME, { protocol: 2 })], { sequence: 3 }),
        flowSample([sampledHeader(FRAME, { length: 5000 })], { sequence: 4 }),
        flowSample([sampledHeader(FRAME.subarray(0, 20))], { sequence: 5 }),
        flowSample([sampledHeader(ethernet(0x0806, '00 01'))], { sequence: 6 }),
        flowSample([sampledHeader(FRAME)], { sequence: 7 }),
      ]),
    );
    expect(rows).toEqual([ROW]);
    expect(collector.decoder.counters.rejections()).toEqual({
      sample_unknown: 1,
      sample_malformed: 3,
      no_packet: 1,
      header_protocol: 1,
      ip_truncated: 1,
      not_ip: 1,
    });
    expect(collector.decoder.counters.counterSamples).toBe(2);
    collector.checkCounters();
  });
  test('datagrams that are none', () => {
    const collector = new SflowCollector();
    collector.push(bytesOf(words(5)));
    collector.push(bytesOf(words(4, 1, 0, 0, 0, 0, 0, 0)));
    collector.push(bytesOf(words(5, 3, 0, 0, 0, 0, 0, 0)));
    collector.push(datagram([]).subarray(0, 20));
    collector.push(datagram([flowSample([sampledHeader(FRAME)])], { count: 4_000_000_000 }));
    collector.push(datagram([flowSample([sampledHeader(FRAME)])]).subarray(0, 60));
    expect(collector.decoder.counters.rejections()).toEqual({
      datagram_short: 2,
      version_unknown: 1,
      agent_malformed: 1,
      sample_cut: 2,
    });
    expect(collector.decoder.counters.rows).toBe(1);
  });
  test('samples lost on the way and dropped by the agent, of each data source apart', () => {
    const collector = new SflowCollector();
    const sample = (sequence: number, source: number, drops: number) =>
      flowSample([sampledHeader(FRAME)], { sequence, source, drops });
    collector.push(datagram([sample(1, 3, 5), sample(10, 4, 0)]));
    collector.push(datagram([sample(5, 3, 5), sample(11, 4, 7)], { sequence: 3 }));
    collector.decoder.tick((NOW + 1000) * 1000);
    const [agent] = collector.decoder.registry.exporter('192.0.2.1', NOW)!.agents;
    expect(agent!.sequence.lost).toBe(1);
    expect([...agent!.sources.values()].map((source) => [source.sequence.lost, source.dropped])).toEqual([
      [3, 0],
      [0, 7],
    ]);
    expect(agent!.lostSamples).toBe(10);
  });
  test('an agent that restarts loses nothing', () => {
    const collector = new SflowCollector();
    collector.push(datagram([flowSample([sampledHeader(FRAME)], { sequence: 900 })], { sequence: 500 }));
    collector.push(
      datagram([flowSample([sampledHeader(FRAME)], { sequence: 1 })], { sequence: 1, uptime: 10 }),
    );
    collector.push(
      datagram([flowSample([sampledHeader(FRAME)], { sequence: 2 })], { sequence: 2, uptime: 20 }),
    );
    collector.decoder.end();
    const [agent] = collector.decoder.registry.exporter('192.0.2.1', NOW)!.agents;
    expect([agent!.sequence.lost, agent!.sequence.late, agent!.lostSamples]).toEqual([0, 0, 0]);
  });
  test('a rate of 0 is not known; one that nobody samples at is capped', () => {
    const collector = new SflowCollector();
    const rows = collector.push(
      datagram([
        flowSample([sampledHeader(FRAME)], { rate: 0 }),
        flowSample([sampledHeader(FRAME)], { sequence: 2, rate: 0xffff_ffff }),
      ]),
    );
    expect(rows).toMatchObject([
      { packets: 1, bytes: 40, sampling: 0 },
      { packets: 1_000_000, sampling: 1_000_000 },
    ]);
    expect(collector.decoder.counters).toMatchObject({ unsampledUnknown: 1, samplingCapped: 1 });
  });
  test('bytes that no port carries are capped, and counted', () => {
    const offloaded = ethernet(0x0800, ipv4(tcp(49152, 443, 0x12), { totalLength: 0 }));
    const header = sampledHeader(offloaded, { frame: 0xffff_ffff });
    const collector = new SflowCollector();
    const rows = collector.push(
      datagram([flowSample([header], { rate: 1 }), flowSample([header], { sequence: 2, rate: 1_000_000 })]),
    );
    expect(rows).toMatchObject([
      { packets: 1, bytes: 0x7fff_ffff },
      { packets: 1_000_000, bytes: 2 ** 48 },
    ]);
    expect(collector.decoder.counters).toMatchObject({ countsCapped: 1, offloaded: 2 });
    collector.checkCounters();
  });
  test('exporters and agents are bounded', () => {
    const collector = new SflowCollector({ exporters: 2, agents: 2 });
    for (let sub = 0; sub < 3; sub++) collector.push(datagram([], { sub }));
    for (let i = 2; i < 5; i++) collector.push(datagram([]), `192.0.2.${i}`);
    expect(collector.decoder.counters.rejections()).toEqual({ exporters_full: 3 });
    collector.push(datagram([]), '192.0.2.9', NOW + 4_000_000);
    expect(collector.decoder.counters.rejections()).toEqual({ exporters_full: 3 });
  });
  test('data sources are bounded, each agent\u2019s and all; rows of further ones are counted all the same', () => {
    const collector = new SflowCollector({ exporters: 2, sources: 3, sourcesInAll: 4 });
    const followed = () =>
      [...collector.decoder.registry.exporters.values()].flatMap(({ agents }) =>
        agents.map(({ sources }) => sources.size),
      );
    const samples = [1, 2, 3, 4].map((source) => flowSample([sampledHeader(FRAME)], { source }));
    expect(collector.push(datagram(samples), '192.0.2.1')).toHaveLength(4);
    expect(collector.push(datagram(samples), '192.0.2.2', NOW + 1)).toHaveLength(4);
    expect(followed()).toEqual([3, 1]);
    // Those of an exporter that made room for another are free.
    expect(collector.push(datagram(samples), '192.0.2.3', NOW + 3_600_001)).toHaveLength(4);
    expect(followed()).toEqual([1, 3]);
    collector.checkCounters();
  });
});
