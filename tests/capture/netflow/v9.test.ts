import { describe, expect, test } from 'vitest';
import { Collector, NOW, set, template, u16, u32, u64, u8, v9 } from './support.ts';

const SECONDS = NOW / 1000;
const UPTIME = 3_600_000;

const BASIC = template(
  256,
  [8, 4],
  [12, 4],
  [7, 2],
  [11, 2],
  [4, 1],
  [6, 1],
  [1, 4],
  [2, 4],
  [22, 4],
  [21, 4],
);
const RECORD =
  '0a000001 c0000207 c000 01bb 06 02' + u32(400) + u32(4) + u32(UPTIME - 8000) + u32(UPTIME - 3000);
const ROW = {
  src: '10.0.0.1',
  dst: '192.0.2.7',
  sport: 49152,
  dport: 443,
  protocol: 6,
  packets: 4,
  bytes: 400,
  sampling: 1,
  start: SECONDS - 8,
  end: SECONDS - 3,
  flags: 2,
};

describe('NetFlow v9', () => {
  test('a template and its data in one datagram, padded', () => {
    const collector = new Collector();
    expect(collector.push(v9({}, set(0, BASIC), set(256, RECORD, RECORD, '0000')))).toEqual([ROW, ROW]);
    expect(collector.decoder.counters).toMatchObject({ templates: 1, dataSets: 1, records: 2, rows: 2 });
    expect(collector.decoder.counters.rejections()).toEqual({});
    expect(collector.decoder.counters.noted()).toEqual({});
    collector.checkCounters();
  });
  test('data before its template waits, and costs the other sets of its datagram nothing', () => {
    const collector = new Collector();
    expect(collector.push(v9({}, set(300, RECORD), set(0, BASIC), set(256, RECORD)))).toEqual([ROW]);
    expect(collector.decoder.counters.heldSets).toBe(1);
    expect(collector.decoder.heldBytes).toBeGreaterThan(RECORD.replaceAll(' ', '').length / 2);
    const later = v9(
      { sequence: 1, uptime: UPTIME + 50_000, seconds: SECONDS + 50 },
      set(0, BASIC.replace('0100', u16(300))),
    );
    // With the times of the datagram that it came in.
    expect(collector.push(later, '192.0.2.1', NOW + 50_000)).toEqual([ROW]);
    expect(collector.decoder.counters.heldSets).toBe(0);
    expect(collector.decoder.heldBytes).toBe(0);
    expect(collector.decoder.counters.rejections()).toEqual({});
    collector.checkCounters();
  });
  test('data whose template does not come is given up after a time, and counted', () => {
    const collector = new Collector();
    collector.push(v9({}, set(256, RECORD)));
    expect(collector.tick(NOW + 119_000)).toEqual([]);
    expect(collector.decoder.counters.heldSets).toBe(1);
    collector.tick(NOW + 120_000);
    expect(collector.decoder.counters.rejections()).toEqual({ template_missing: 1 });
    expect(collector.decoder.heldBytes).toBe(0);
    collector.checkCounters();
  });
  test('a template sent again with other fields', () => {
    const collector = new Collector();
    collector.push(v9({}, set(0, BASIC), set(256, RECORD)));
    const other = template(256, [12, 4], [8, 4], [2, 2], [1, 2], [4, 1]);
    const rows = collector.push(
      v9({ sequence: 1 }, set(0, other), set(256, 'c0000207 0a000001', u16(9), u16(900), '11')),
    );
    expect(rows).toMatchObject([{ src: '10.0.0.1', dst: '192.0.2.7', packets: 9, bytes: 900, protocol: 17 }]);
    expect(collector.decoder.counters.noted()).toEqual({ template_replaced: 1, time_unknown: 1 });
  });
  test('a template that cannot be read takes the earlier one with its id away', () => {
    const collector = new Collector();
    collector.push(v9({}, set(0, BASIC)));
    collector.push(v9({ sequence: 1 }, set(0, template(256, [8, 0], [12, 0])), set(256, RECORD)));
    expect(collector.decoder.counters.rejections()).toEqual({ template_limit: 1 });
    expect(collector.decoder.counters.heldSets).toBe(1);
  });
  test('one template id of two domains and of two exporters', () => {
    const collector = new Collector();
    const turned = template(256, [12, 4], [8, 4], [2, 4], [1, 4]);
    collector.push(v9({ domain: 1 }, set(0, BASIC)), '192.0.2.1');
    collector.push(v9({ domain: 2 }, set(0, turned)), '192.0.2.1');
    collector.push(v9({ domain: 1 }, set(0, turned)), '192.0.2.2');
    const short = 'c0000207 0a000001' + u32(5) + u32(500);
    expect(collector.push(v9({ domain: 1, sequence: 1 }, set(256, RECORD)), '192.0.2.1')).toEqual([
      { ...ROW, domain: 1 },
    ]);
    expect(collector.push(v9({ domain: 2, sequence: 1 }, set(256, short)), '192.0.2.1')).toMatchObject([
      { src: '10.0.0.1', packets: 5, domain: 2 },
    ]);
    expect(collector.push(v9({ domain: 1, sequence: 1 }, set(256, short)), '192.0.2.2')).toMatchObject([
      { src: '10.0.0.1', packets: 5, domain: 1, exporter: 1 },
    ]);
  });
  test('after a restart data waits for the new template, and is not misread by the old one', () => {
    const collector = new Collector();
    collector.push(v9({ sequence: 700 }, set(0, BASIC), set(256, RECORD)));
    const again = { uptime: 4000, seconds: SECONDS + 60, sequence: 0 };
    const swapped = template(256, [12, 4], [8, 4], [2, 4], [1, 4]);
    const data = 'c0000207 0a000001' + u32(5) + u32(500);
    const later = NOW + 60_000;
    expect(collector.push(v9(again, set(256, data)), '192.0.2.1', later)).toEqual([]);
    expect(
      collector.push(v9({ ...again, uptime: 5000, sequence: 1 }, set(0, swapped)), '192.0.2.1', later),
    ).toMatchObject([{ src: '10.0.0.1', dst: '192.0.2.7', packets: 5, bytes: 500 }]);
    expect(collector.decoder.counters.noted()).toMatchObject({ exporter_restart: 1, template_replaced: 1 });
    const [domain] = collector.decoder.registry.exporter('192.0.2.1', NOW)!.domains.values();
    collector.end();
    expect(domain!.lostRecords).toBe(0);
    expect(domain!.sequence.restarts).toBe(1);
  });
  test('after a restart without a template, the old one reads what has waited long enough', () => {
    const collector = new Collector();
    collector.push(v9({}, set(0, BASIC)));
    collector.push(v9({ uptime: 1000, seconds: SECONDS + 60 }, set(256, RECORD)), '192.0.2.1', NOW + 60_000);
    expect(collector.tick(NOW + 180_000)).toHaveLength(1);
    expect(collector.decoder.counters.noted()).toMatchObject({ template_stale: 1 });
    collector.checkCounters();
  });
  test('sysUpTime that wraps is no restart', () => {
    const collector = new Collector();
    collector.push(v9({ uptime: 0xffff_ff00 }, set(0, BASIC)));
    const record = RECORD.slice(0, -16) + u32(0xffff_0000) + u32(0xffff_ff80);
    const rows = collector.push(
      v9({ uptime: 4744, seconds: SECONDS + 5, sequence: 1 }, set(256, record)),
      '192.0.2.1',
      NOW + 5000,
    );
    expect(rows).toMatchObject([{ start: SECONDS + 5 - 71, end: SECONDS }]);
    expect(collector.decoder.counters.noted()).toEqual({});
  });
  test('datagrams that are lost count as the mean of their records', () => {
    const collector = new Collector();
    collector.push(v9({ sequence: 1 }, set(0, BASIC), set(256, RECORD, RECORD, RECORD)));
    collector.push(v9({ sequence: 2 }, set(256, RECORD)));
    collector.push(v9({ sequence: 5 }, set(256, RECORD, RECORD)));
    const [domain] = collector.decoder.registry.exporter('192.0.2.1', NOW)!.domains.values();
    expect(domain!.sequence.missing).toBe(2);
    collector.push(v9({ sequence: 4 }, set(256, RECORD, RECORD)));
    collector.tick(NOW + 1000);
    expect(domain!.sequence.lost).toBe(1);
    expect(domain!.lostRecords).toBe(2);
  });
  test('IPv6, ICMPv6, MAC addresses, VLAN and direction', () => {
    const fields = template(
      257,
      [27, 16],
      [28, 16],
      [4, 1],
      [139, 2],
      [1, 8],
      [2, 8],
      [56, 6],
      [80, 6],
      [58, 2],
      [61, 1],
      [10, 4],
      [14, 4],
    );
    const record =
      '20010db8000000000000000000000001 20010db8000000000000000000000002 3a 8000' +
      u64(104) +
      u64(1) +
      '020000000001 0200000000ff' +
      u16(0xf00c) +
      u8(1) +
      u32(70_000) +
      u32(2);
    expect(new Collector().push(v9({}, set(0, fields), set(257, record)))).toEqual([
      {
        src: '2001:db8::1',
        dst: '2001:db8::2',
        sport: 0,
        dport: 0x8000,
        protocol: 58,
        packets: 1,
        bytes: 104,
        sampling: 1,
        start: SECONDS,
        end: SECONDS,
        direction: 'out',
        srcMac: '020000000001',
        dstMac: '0200000000ff',
        vlan: 12,
        ingress: 70_000,
        egress: 2,
      },
    ]);
  });
  test('malformed sets and templates cost what follows them, and no more', () => {
    const cases: [Uint8Array, object, number][] = [
      [v9({}, set(0, BASIC), set(256, RECORD), u16(256) + u16(3)), { set_malformed: 1 }, 1],
      [v9({}, set(0, BASIC), u16(256) + u16(4000) + '0a00'), { set_malformed: 1 }, 0],
      [v9({}, set(200, RECORD), set(0, BASIC), set(256, RECORD)), { set_reserved: 1 }, 1],
      [
        v9({}, set(0, u16(256) + u16(60) + RECORD), set(0, BASIC), set(256, RECORD)),
        { template_malformed: 1 },
        1,
      ],
      [v9({}, set(0, template(255, [8, 4])), set(0, BASIC), set(256, RECORD)), { template_malformed: 1 }, 1],
      [
        v9({}, set(1, u16(256) + u16(3) + u16(4) + u32(0)), set(0, BASIC), set(256, RECORD)),
        { template_malformed: 1 },
        1,
      ],
      [v9({}, set(1, u16(256) + u16(0xfffc) + u16(0xfffc) + u32(0))), { template_malformed: 1 }, 0],
    ];
    for (const [datagram, rejections, rows] of cases) {
      const collector = new Collector();
      expect(collector.push(datagram)).toHaveLength(rows);
      expect(collector.decoder.counters.rejections()).toEqual(rejections);
      collector.checkCounters();
    }
  });
  test('records without addresses are not IP', () => {
    const collector = new Collector();
    collector.push(
      v9({}, set(0, template(256, [56, 6], [80, 6], [1, 4], [2, 4])), set(256, '00'.repeat(40))),
    );
    expect(collector.decoder.counters.rejections()).toEqual({ not_ip: 2 });
    collector.checkCounters();
  });
  test('Cisco NSEL: events, verdicts and translation', () => {
    const fields = template(
      258,
      [8, 4],
      [12, 4],
      [7, 2],
      [11, 2],
      [4, 1],
      [225, 4],
      [226, 4],
      [227, 2],
      [228, 2],
      [233, 1],
      [231, 4],
      [232, 4],
      [323, 8],
    );
    const nsel = (event: number, initiator: number, responder: number) =>
      '0a000001 c0000207 c000 01bb 06 cb007105 c0000207 d001 01bb' +
      u8(event) +
      u32(initiator) +
      u32(responder) +
      u64(NOW - 1500);
    const collector = new Collector({ settings: () => ({ samplingRate: 50 }) });
    const rows = collector.push(
      v9({}, set(0, fields), set(258, nsel(1, 0, 0), nsel(3, 0, 0), nsel(2, 600, 9000))),
    );
    const forward = {
      src: '10.0.0.1',
      dst: '192.0.2.7',
      sport: 49152,
      dport: 443,
      postSrc: '203.0.113.5',
      postSport: 0xd001,
    };
    expect(rows).toMatchObject([
      { ...forward, packets: 0, bytes: 0, event: 1, verdict: 1, start: SECONDS - 2, end: SECONDS - 2 },
      // A refusal without counts is one packet, however the exporter samples.
      { ...forward, packets: 1, bytes: 0, event: 3, verdict: 2, sampling: 1 },
      { ...forward, packets: 50, bytes: 30_000, event: 2, verdict: 1, sampling: 50 },
      {
        src: '192.0.2.7',
        dst: '203.0.113.5',
        sport: 443,
        dport: 0xd001,
        postSrc: '192.0.2.7',
        postDst: '10.0.0.1',
        postSport: 443,
        postDport: 49152,
        packets: 50,
        bytes: 450_000,
        verdict: 1,
      },
    ]);
    expect(collector.decoder.counters.rejections()).toEqual({});
    expect(collector.decoder.counters.noted()).toEqual({ denied_uncounted: 1, packets_unknown: 2 });
    collector.checkCounters();
    expect(collector.decoder.counters).toMatchObject({ records: 3, rows: 4, reverseRows: 1 });
  });
  test('counts that no port carries are capped, and counted', () => {
    const fields = template(256, [8, 4], [12, 4], [1, 8], [2, 8]);
    const record = (bytes: string, packets: string) => '0a000001 c0000207' + bytes + packets;
    const most = 2 ** 48;
    const collector = new Collector({ settings: () => ({ samplingRate: 2 }) });
    const rows = collector.push(
      v9(
        {},
        set(0, fields),
        set(
          256,
          record(u64(most / 2), u64(most / 2)),
          record(u64(most / 2 + 1), u64(1)),
          record(u64(1), u64(most / 2 + 1)),
          record('f'.repeat(16), 'f'.repeat(16)),
        ),
      ),
    );
    expect(rows.map(({ packets, bytes }) => [packets, bytes])).toEqual([
      [most, most],
      [2, most],
      [most, 2],
      [most, most],
    ]);
    expect(collector.decoder.counters.noted()).toEqual({ counts_capped: 3, time_unknown: 4 });
    collector.checkCounters();
  });
  test('forwardingStatus: verdict and why packets were lost', () => {
    const fields = template(256, [8, 4], [12, 4], [89, 1], [1, 4], [2, 4]);
    const record = (status: number) => '0a000001 c0000207' + u8(status) + u32(40) + u32(1);
    const rows = new Collector().push(
      v9({}, set(0, fields), set(256, ...[0, 64, 66, 129, 130, 131, 133, 137, 138, 192].map(record))),
    );
    expect(rows.map((row) => [row['verdict'] ?? 0, row['reason'] ?? 0])).toEqual([
      [0, 0],
      [1, 0],
      [1, 0],
      [2, 1],
      [2, 1],
      [1, 2],
      [1, 4],
      [1, 5],
      [1, 6],
      [1, 0],
    ]);
  });
});
