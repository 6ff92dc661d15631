import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CHUNK_BYTES } from '../../src/synth/capture-writer.ts';
import { type TrafficOptions, trafficOptions } from '../../src/synth/options.ts';
import type { TrafficTotals } from '../../src/synth/totals.ts';
import { type TraceFormat, generateTrace } from '../../src/synth/trace.ts';
import {
  type ReadIp,
  hasTool,
  readFrame,
  readPcap,
  readPcapng,
  tsharkFields,
  tupleOf,
} from './read-capture.ts';

const PCAP: TraceFormat = { format: 'pcap', snaplen: 96 };

function generate(given: Partial<TrafficOptions>, format = PCAP): { bytes: Buffer; totals: TrafficTotals } {
  const trace = generateTrace(trafficOptions(given), format);
  const chunks: Uint8Array[] = [];
  for (;;) {
    const step = trace.next();
    if (step.done) return { bytes: Buffer.concat(chunks), totals: step.value };
    expect(step.value.length).toBeLessThanOrEqual(CHUNK_BYTES);
    chunks.push(step.value);
  }
}

function digest(given: Partial<TrafficOptions>, format = PCAP): string {
  return createHash('sha256').update(generate(given, format).bytes).digest('hex');
}

function facts(ip: ReadIp): unknown[] {
  return [ip.ipLength, ip.source, tupleOf(ip), ip.offset];
}

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-trace-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe('generateTrace', () => {
  test('the same options give the same bytes', () => {
    const given = { packets: 30_000, ipv6: 10, vlans: 3, fragments: 2 };
    expect(digest(given)).toBe(digest(given));
  });

  test('every option changes the bytes', () => {
    const base = { packets: 5000, flows: 500, hosts: 100, vlans: 2 };
    const others: Partial<TrafficOptions>[] = [
      { packets: 5001 },
      { flows: 502 },
      { seconds: 299 },
      { seed: 2 },
      { ipv6: 6 },
      { udp: 30 },
      { icmp: 5 },
      { fragments: 2 },
      { vlans: 3 },
      { qinq: true },
      { hosts: 101 },
      { start: 1_700_000_401 },
    ];
    const digests = [base, ...others.map((other) => ({ ...base, ...other }))].map((given) => digest(given));
    digests.push(digest(base, { ...PCAP, snaplen: 95 }), digest(base, { format: 'pcapng', snaplen: 96 }));
    expect(new Set(digests).size).toBe(others.length + 3);
  });

  test('a reader of the file counts the same packets, bytes and 5-tuples', () => {
    const { bytes, totals } = generate({ packets: 50_000, ipv6: 20, fragments: 3, icmp: 3, vlans: 4 });
    const { packets } = readPcap(bytes);
    const sums = { packets: 0, bytes: 0, ipv6: 0, fragments: 0 };
    const tuples = new Set<string>();
    for (const packet of packets) {
      const ip = readFrame(packet.bytes);
      sums.packets++;
      sums.bytes += ip.ipLength;
      if (ip.version === 6) sums.ipv6 += ip.ipLength;
      if (ip.fragment) sums.fragments += ip.ipLength;
      const tuple = tupleOf(ip);
      if (tuple !== undefined) tuples.add(tuple);
      expect(packet.original).toBe(ip.ipLength + 18);
      expect(packet.bytes.length).toBe(Math.min(96, packet.original));
    }
    expect(sums).toEqual({
      packets: 50_000,
      bytes: totals.bytes,
      ipv6: totals.ipv6.bytes,
      fragments: totals.fragments.bytes,
    });
    expect(tuples.size).toBe(totals.flows);
  });

  test('pcapng, other link types and byte orders hold the same packets', () => {
    const given = { packets: 3000, ipv6: 30, fragments: 3 };
    const expected = readPcap(generate(given).bytes).packets.map((packet) => facts(readFrame(packet.bytes)));
    for (const linkType of [1, 101, 276] as const) {
      for (const bigEndian of [false, true]) {
        const format: TraceFormat = {
          format: 'pcapng',
          nanoseconds: true,
          bigEndian,
          linkType,
          snaplen: 200,
        };
        const found = readPcapng(generate(given, format).bytes);
        expect(found.linkType).toBe(linkType);
        expect(found.packets.map((packet) => facts(readFrame(packet.bytes, linkType)))).toEqual(expected);
      }
    }
  });

  test.each([1, 20, 60, 1514, 262_144])(
    'a snapshot length of %d cuts packets and keeps their length',
    (snaplen) => {
      const given = { packets: 2000 };
      const whole = readPcap(generate(given, { format: 'pcap', snaplen: 65_535 }).bytes).packets;
      const cut = readPcap(generate(given, { format: 'pcap', snaplen }).bytes);
      expect(cut.snaplen).toBe(snaplen);
      for (const [i, packet] of cut.packets.entries()) {
        expect(packet.original).toBe(whole[i]!.bytes.length);
        expect(Buffer.compare(packet.bytes, whole[i]!.bytes.subarray(0, snaplen))).toBe(0);
      }
    },
  );

  test('addresses lie in the prefixes', () => {
    const options = trafficOptions({ packets: 20_000 });
    const [four, six] = options.prefixes;
    expect([four!.length, six!.length]).toEqual([8, 48]);
    for (const packet of readPcap(generate({ packets: 20_000 }).bytes).packets) {
      const ip = readFrame(packet.bytes);
      for (const address of [ip.source, ip.destination]) {
        expect(address.startsWith(ip.version === 4 ? '10.' : 'fd123456789a')).toBe(true);
      }
    }
  });

  test('a slow reader makes the generator wait: chunks are made as they are taken', async () => {
    let made = 0;
    let taken = 0;
    let mostWaiting = 0;
    function* counted(): Generator<Uint8Array> {
      for (const chunk of generateTrace(trafficOptions({ packets: 150_000 }), PCAP)) {
        made++;
        mostWaiting = Math.max(mostWaiting, made - taken);
        yield chunk;
      }
    }
    const slow = new Writable({
      write(_chunk, _encoding, done) {
        setTimeout(() => {
          taken++;
          done();
        }, 5);
      },
    });
    await pipeline(Readable.from(counted(), { highWaterMark: 1 }), slow);
    expect(taken).toBe(made);
    expect(made).toBeGreaterThan(10);
    expect(mostWaiting).toBeLessThanOrEqual(4);
  });

  test.skipIf(!hasTool('tshark'))(
    'tshark counts the same, finds every checksum right and no fragment missing',
    () => {
      const given = { packets: 20_000, flows: 2000, ipv6: 15, icmp: 4, fragments: 4 };
      const { bytes, totals } = generate(given, { format: 'pcapng', snaplen: 65_535 });
      const path = join(folder, 'trace.pcapng');
      writeFileSync(path, bytes);
      const fields = [
        'ip.len',
        'ipv6.plen',
        'ip.checksum.status',
        'ip.reassembled.length',
        'ipv6.reassembled.length',
      ];
      const rows = tsharkFields(path, fields);
      expect(rows).toHaveLength(totals.packets);
      let ipBytes = 0;
      let reassembled = 0;
      for (const [four, six, status, parts4, parts6] of rows) {
        ipBytes += four ? Number(four.split(',')[0]) : 40 + Number(six);
        expect(status!.split(',')[0]).toBe(four ? '1' : '');
        if (parts4 || parts6) reassembled++;
      }
      expect(ipBytes).toBe(totals.bytes);
      const last = readPcapng(bytes)
        .packets.map((packet) => readFrame(packet.bytes))
        .filter((ip) => ip.fragment && !ip.more);
      expect(last.length).toBeGreaterThan(100);
      expect(reassembled).toBe(last.length);
    },
  );
});
