import { describe, expect, test } from 'vitest';
import { Collector, NOW, bytesOf, u16, u32, u8 } from './support.ts';

const UPTIME = 3_600_000;
const SECONDS = NOW / 1000;

function record(
  options: {
    packets?: number;
    flags?: number;
    first?: number;
    last?: number;
    protocol?: number;
    ports?: string;
  } = {},
): string {
  const { packets = 3, flags = 0x1b, first = UPTIME - 9000, last = UPTIME - 2500 } = options;
  return [
    '0a000001 c0000207 00000000', // addresses, next hop
    u16(3),
    u16(7), // interfaces
    u32(packets),
    u32(180),
    u32(first),
    u32(last),
    options.ports ?? u16(49152) + u16(443),
    u8(0),
    u8(flags),
    u8(options.protocol ?? 6),
    u8(0),
    u16(64500),
    u16(64501),
    '18 10 0000',
  ].join('');
}

function datagram(
  records: readonly string[],
  header: { sequence?: number; sampling?: number; uptime?: number; count?: number; engine?: number } = {},
): Uint8Array {
  return bytesOf(
    u16(5),
    u16(header.count ?? records.length),
    u32(header.uptime ?? UPTIME),
    u32(SECONDS),
    u32(0),
    u32(header.sequence ?? 0),
    u16(header.engine ?? 0),
    u16(header.sampling ?? 0),
    ...records,
  );
}

const ROW = {
  src: '10.0.0.1',
  dst: '192.0.2.7',
  sport: 49152,
  dport: 443,
  protocol: 6,
  packets: 3,
  bytes: 180,
  sampling: 1,
  start: SECONDS - 9,
  end: SECONDS - 3,
  // SYN, ACK, PSH and FIN together do not tell a SYN-ACK (S7.2).
  flags: 3,
  ingress: 3,
  egress: 7,
};

describe('NetFlow v5', () => {
  test('a record', () => {
    const collector = new Collector();
    expect(collector.push(datagram([record()]))).toEqual([ROW]);
    expect(collector.decoder.counters.rejections()).toEqual({});
    expect(collector.decoder.counters.noted()).toEqual({});
  });
  test('the ACK of one packet is that of its SYN', () => {
    const [row] = new Collector().push(datagram([record({ packets: 1, flags: 0x12 })]));
    expect(row).toMatchObject({ flags: 0x12, packets: 1 });
  });
  test('ICMP: type and code out of the port', () => {
    const [row] = new Collector().push(datagram([record({ protocol: 1, ports: u16(0) + u16(0x0801) })]));
    expect(row).toMatchObject({ protocol: 1, sport: 0, dport: 0x0801 });
    expect(row).not.toHaveProperty('flags');
  });
  test('the sampling rate of the header, without its mode, scales once', () => {
    const [row] = new Collector().push(datagram([record()], { sampling: 0x4000 | 100 }));
    expect(row).toMatchObject({ packets: 300, bytes: 18_000, sampling: 100 });
  });
  test('a rate that is configured holds where the header tells none', () => {
    const collector = new Collector({ settings: () => ({ samplingRate: 16 }) });
    expect(collector.push(datagram([record()]))).toMatchObject([{ packets: 48, sampling: 16 }]);
    expect(collector.push(datagram([record()], { sampling: 0x4002, sequence: 1 }))).toMatchObject([
      { packets: 6 },
    ]);
  });
  test('sysUpTime that wrapped between the flow and the export', () => {
    const [row] = new Collector().push(
      datagram([record({ first: 0xffff_f000, last: 0xffff_ff00 })], { uptime: 1000 }),
    );
    expect(row).toMatchObject({ start: SECONDS - 6, end: SECONDS - 2 });
  });
  test('an end after the export is clamped to the receive time, a start after the end to the end', () => {
    const collector = new Collector();
    const rows = collector.push(
      datagram([record({ last: UPTIME + 5000 }), record({ first: UPTIME - 1000, last: UPTIME - 2000 })]),
    );
    expect(rows[0]).toMatchObject({ start: SECONDS - 9, end: SECONDS });
    expect(rows[1]).toMatchObject({ start: SECONDS - 2, end: SECONDS - 2 });
    expect(collector.decoder.counters.noted()).toEqual({ time_clamped: 1, time_inverted: 1 });
  });
  test('on the receiver clock the flow is moved by the difference', () => {
    const collector = new Collector({ settings: () => ({ clock: 'receiver' }) });
    const [row] = collector.push(datagram([record()]), '192.0.2.1', NOW + 7_200_000);
    expect(row).toMatchObject({ start: SECONDS - 9 + 7200, end: SECONDS - 3 + 7200 });
  });
  test('counts that do not fit reject the datagram', () => {
    const collector = new Collector();
    collector.push(datagram([record()], { count: 2 }));
    collector.push(datagram([], { count: 0 }));
    collector.push(datagram(Array.from({ length: 31 }, () => record())));
    collector.push(datagram([record()]).subarray(0, 20));
    collector.push(bytesOf('0007 0000 0000'));
    collector.push(new Uint8Array(1));
    expect(collector.decoder.counters.rejections()).toEqual({
      count_malformed: 3,
      datagram_short: 2,
      version_unknown: 1,
    });
    expect(collector.decoder.counters.datagrams).toBe(6);
  });
  test('no packets and no bytes make no row', () => {
    const collector = new Collector();
    const empty = record().replace(u32(3) + u32(180), u32(0) + u32(0));
    expect(collector.push(datagram([record(), empty]))).toHaveLength(1);
    expect(collector.decoder.counters.rejections()).toEqual({ no_counters: 1 });
    collector.checkCounters();
  });
  test('the sequence counts records, of each engine apart', () => {
    const collector = new Collector();
    collector.push(datagram([record(), record()], { sequence: 10 }));
    collector.push(datagram([record()], { sequence: 500, engine: 1 }));
    collector.push(datagram([record()], { sequence: 17 }));
    collector.tick(NOW + 1000);
    const domains = [...collector.decoder.registry.exporter('192.0.2.1', NOW)!.domains.values()];
    expect(domains.map((domain) => [domain.id, domain.lostRecords])).toEqual([
      [0, 5],
      [1, 0],
    ]);
  });
});
