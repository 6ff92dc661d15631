import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { Batch, META_IPV6, META_PROTOCOL } from '../../../src/capture/batch.ts';
import { openCapture } from '../../../src/capture/open.ts';
import { formatIPv4, formatIPv6 } from '../../../src/base/addresses.ts';
import { trafficOptions } from '../../../src/synth/options.ts';
import { generateTrace } from '../../../src/synth/trace.ts';
import { Collector, type FlowRow } from './support.ts';

/**
 * What softflowd 1.1.0 (Debian 12) sent over loopback when it read a generated capture, one datagram a line:
 *
 *   weir generate --packets 400 --flows 60 --seconds 50 --ipv6 25 --icmp 10 --fragments 0 --seed 7 -o small.pcap
 *   softflowd -r small.pcap -n 127.0.0.1:PORT -d -6 -a -v VERSION
 *
 * with -b for ipfix-biflow, -A nano and -A micro for those, -s 10 for v9-sampled.
 */
/** A second after the datagrams say that they were sent, in milliseconds. */
const RECEIVED = 1_700_000_446_000;

function exported(name: string, settings = {}): { rows: FlowRow[]; collector: Collector } {
  const collector = new Collector({ settings: () => settings });
  collector.now = RECEIVED;
  const text = readFileSync(new URL(`fixtures/softflowd-${name}.hex`, import.meta.url), 'utf8');
  const rows = text
    .trim()
    .split('\n')
    .flatMap((line) => collector.push(Buffer.from(line, 'hex')));
  return { rows: [...rows, ...collector.end()], collector };
}

interface Sum {
  packets: number;
  bytes: number;
  start: number;
  end: number;
}

function add(
  sums: Map<string, Sum>,
  key: string,
  packets: number,
  bytes: number,
  start: number,
  end: number,
) {
  const sum = sums.get(key) ?? { packets: 0, bytes: 0, start: Infinity, end: 0 };
  sum.packets += packets;
  sum.bytes += bytes;
  sum.start = Math.min(sum.start, start);
  sum.end = Math.max(sum.end, end);
  sums.set(key, sum);
}

function keyOf(parts: [string, string, number, number, number], icmp: boolean): string {
  const [src, dst, , , protocol] = parts;
  return (!icmp && (protocol === 1 || protocol === 58) ? [src, dst, 0, 0, protocol] : parts).join(' ');
}

/** Sums of the same capture, as the capture decoder reads it. */
function captured(ipv6: boolean, icmp: boolean): Map<string, Sum> {
  const options = { packets: 400, flows: 60, seconds: 50, ipv6: 25, icmp: 10, fragments: 0, seed: 7 };
  const trace = generateTrace(trafficOptions(options), { format: 'pcap', snaplen: 96 });
  const bytes = Buffer.concat([...trace]);
  const decoder = openCapture(bytes)!;
  const batch = new Batch();
  const sums = new Map<string, Sum>();
  for (let at = 0; at < bytes.length;) {
    batch.clear();
    at = decoder.decode(bytes, at, bytes.length, batch);
    for (let row = 0; row < batch.count; row++) {
      const six = (batch.meta[row]! & META_IPV6) !== 0;
      if (six && !ipv6) continue;
      const words = (of: Int32Array) =>
        formatIPv6(of[4 * row]!, of[4 * row + 1]!, of[4 * row + 2]!, of[4 * row + 3]!);
      const src = six ? words(batch.src6) : formatIPv4(batch.src[row]!);
      const dst = six ? words(batch.dst6) : formatIPv4(batch.dst[row]!);
      const ports = batch.ports[row]!;
      const protocol = batch.meta[row]! & META_PROTOCOL;
      const key = keyOf([src, dst, ports >>> 16, ports & 0xffff, protocol], icmp);
      add(sums, key, 1, batch.length[row]!, batch.time[row]!, batch.time[row]!);
    }
  }
  return sums;
}

function summed(rows: readonly FlowRow[], icmp: boolean): Map<string, Sum> {
  const sums = new Map<string, Sum>();
  for (const row of rows) {
    const key = keyOf([row.src, row.dst, row.sport, row.dport, row.protocol], icmp);
    add(sums, key, row.packets, row.bytes, Number(row['start']), Number(row['end']));
  }
  return sums;
}

/** Both directions of the same 5-tuple together (ICMP: of the same addresses). */
function conversations(sums: ReadonlyMap<string, Sum>): Map<string, Sum> {
  const out = new Map<string, Sum>();
  for (const [key, { packets, bytes, start, end }] of sums) {
    const [src, dst, sport, dport, protocol] = key.split(' ') as [string, string, string, string, string];
    const icmp = protocol === '1' || protocol === '58';
    const sides = icmp ? [src, dst] : [`${src} ${sport}`, `${dst} ${dport}`];
    add(out, [...sides.sort(), protocol].join(' '), packets, bytes, start, end);
  }
  return out;
}

describe('softflowd', () => {
  for (const name of ['v5', 'v9', 'ipfix', 'ipfix-biflow', 'ipfix-micro', 'ipfix-nano']) {
    test(`${name}: each 5-tuple has the packets, bytes and times of the capture`, () => {
      const { rows, collector } = exported(name);
      // One biflow has one ICMP type: the other direction's is not told.
      const icmp = name !== 'ipfix-biflow';
      const sums = summed(rows, icmp);
      const wanted = captured(name !== 'v5', icmp);
      expect([...sums.keys()].sort()).toEqual([...wanted.keys()].sort());
      for (const [key, sum] of wanted)
        expect([key, sums.get(key)!.packets, sums.get(key)!.bytes]).toEqual([key, sum.packets, sum.bytes]);
      // softflowd tracks both directions together: their times are one.
      const times = conversations(sums);
      for (const [key, sum] of conversations(wanted)) {
        // A header of v9 or IPFIX says its time in whole seconds, which sysUpTime is counted from; v5 counts it in
        // milliseconds.
        const off = ['v5', 'v9', 'ipfix', 'ipfix-biflow'].includes(name) ? 1 : 0;
        const { start, end } = times.get(key)!;
        const near = Math.abs(start - sum.start) <= off && Math.abs(end - sum.end) <= off;
        expect({ key, start, end, near }).toMatchObject({ near: true });
      }
      expect(collector.decoder.counters.rejections()).toEqual({});
      expect(collector.decoder.counters.noted()).toEqual({});
      collector.checkCounters();
      const [domain] = collector.decoder.registry.exporter('192.0.2.1', 0)!.domains.values();
      // softflowd counts IPFIX sequence numbers in its own way, which is no loss.
      expect([domain!.sequence.lost, domain!.sequence.late, domain!.sequence.restarts]).toEqual([0, 0, 0]);
      expect(domain!.numbers.after).toBe(name.startsWith('ipfix'));
    });
  }
  test('v9-sampled: the options say 1 in 10', () => {
    const { rows, collector } = exported('v9-sampled');
    expect(rows.every((row) => row['sampling'] === 10)).toBe(true);
    expect(rows.reduce((sum, row) => sum + row.packets, 0)).toBe(400);
    expect(collector.decoder.counters.rejections()).toEqual({});
    expect(collector.decoder.counters.noted()).toEqual({});
    collector.checkCounters();
  });
  test('a datagram that is lost is seen, in both ways of counting', () => {
    for (const [name, from, to] of [
      ['v9', 15, 25],
      ['ipfix-nano', 20, 24],
    ] as const) {
      const collector = new Collector();
      collector.now = RECEIVED;
      const text = readFileSync(new URL(`fixtures/softflowd-${name}.hex`, import.meta.url), 'utf8').trim();
      const [first, second, last] = text.split('\n').map((line) => Buffer.from(line, 'hex'));
      collector.push(first!);
      if (name === 'ipfix-nano') {
        // Two in a row tell how it counts; then 22 are missing.
        collector.push(second!);
        last!.writeUInt32BE(last!.readUInt32BE(8) + 22, 8);
      }
      collector.push(last!);
      collector.end();
      const [domain] = collector.decoder.registry.exporter('192.0.2.1', 0)!.domains.values();
      expect(collector.decoder.counters.rejections()).toEqual({});
      expect(collector.decoder.counters.noted()).toEqual({});
      expect(domain!.lostRecords).toBeGreaterThanOrEqual(from);
      expect(domain!.lostRecords).toBeLessThanOrEqual(to);
    }
  });
});
