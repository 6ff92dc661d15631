import { describe, expect, test } from 'vitest';
import { BATCH_ROWS, Batch } from '../../src/capture/batch.ts';
import { MAX_RECORD_BYTES } from '../../src/capture/decoder.ts';
import { openCapture } from '../../src/capture/open.ts';
import { ethernet, ipv4, ipv6, join, pcap, pcapHeader, readCapture, tcp, udp, u16 } from './build.ts';

const FRAME = ethernet(0x0800, ipv4(tcp(1000, 80, 2)));
const FRAME6 = ethernet(0x86dd, ipv6(udp(1000, 53, 'de ad be ef de ad'), { next: 17 }));
const ARP = ethernet(0x0806, '00 01 08 00');

describe.each([true, false])('pcap, little-endian %s', (little) => {
  test('microseconds', () => {
    const packets = [
      { data: FRAME, seconds: 0xfffffff0, fraction: 999_999 },
      { data: FRAME6, fraction: 1 },
    ];
    const { rows, decoder } = readCapture(pcap(packets, { little }));
    expect(rows).toMatchObject([
      { seconds: 0xfffffff0, nanos: 999_999_000, sport: 1000, dport: 80 },
      { seconds: 1_700_000_000, nanos: 1000, dport: 53, length: 54 },
    ]);
    expect(decoder.fault).toBeUndefined();
    expect(decoder.counters).toMatchObject({ packets: 2, offloaded: 0 });
  });
  test('nanoseconds', () => {
    const packets = [
      { data: FRAME, fraction: 999_999_999 },
      { data: FRAME6, fraction: 1 },
    ];
    const { rows } = readCapture(pcap(packets, { little, magic: 0xa1b23c4d }));
    expect(rows.map((row) => row.nanos)).toEqual([999_999_999, 1]);
  });
  test('the modified format with longer record headers', () => {
    const { rows, decoder } = readCapture(pcap([FRAME, FRAME6, ARP], { little, magic: 0xa1b2cd34 }));
    expect(rows).toHaveLength(2);
    expect(decoder).toMatchObject({ fault: undefined, counters: { packets: 3 } });
  });
  test('the frame check sequence bits beside the link type are no part of it', () => {
    const { rows } = readCapture(pcap([FRAME], { little, linkType: 0x54000001 }));
    expect(rows).toHaveLength(1);
  });
  test('fractions of more than a second are carried over', () => {
    const micros = readCapture(pcap([{ data: FRAME, seconds: 10, fraction: 4_294_967_295 }], { little }));
    expect(micros.rows).toMatchObject([{ seconds: 4304, nanos: 967_295_000 }]);
    const nanos = readCapture(
      pcap([{ data: FRAME, fraction: 1_000_000_000 }], { little, magic: 0xa1b23c4d }),
    );
    expect(nanos.rows).toMatchObject([{ seconds: 1_700_000_001, nanos: 0 }]);
    const end = readCapture(pcap([{ data: FRAME, seconds: 0xffffffff, fraction: 5_000_000 }], { little }));
    expect(end.rows).toMatchObject([{ seconds: 0xffffffff, nanos: 0 }]);
  });
  test('original lengths count rejected bytes, and never less than what was captured', () => {
    const packets = [
      { data: ARP, original: 60 },
      { data: ARP, original: 3 },
    ];
    const { decoder, rejected } = readCapture(pcap(packets, { little }));
    expect(rejected).toEqual({ not_ip: 2 });
    expect(decoder.counters.rejectedBytes[0]).toBe(60 + ARP.length);
  });
});

describe('faults', () => {
  test('a packet length beyond the limit names its offset; what came before is kept', () => {
    const good = pcap([FRAME, FRAME6]);
    const bad = join(good, '00 00 00 00 00 00 00 00 ff ff ff ff 40 00 00 00', FRAME, FRAME);
    const { rows, decoder } = readCapture(bad);
    expect(rows).toHaveLength(2);
    expect(decoder.counters.packets).toBe(2);
    expect(decoder.fault).toEqual({
      offset: good.length,
      reason: 'packet length 4294967295 is larger than 262144',
      kind: 'corrupt',
    });
    // Cut into pieces anywhere, the offset stays that of the file.
    for (const cut of [1, 24, 30, good.length, good.length + 5])
      expect(readCapture(bad, {}, [cut]).decoder.fault).toEqual(decoder.fault);
  });
  test('the longest packet is read', () => {
    const data = join(FRAME, new Uint8Array(262_144 - FRAME.length));
    const { rows, decoder } = readCapture(pcap([data]));
    expect(rows).toHaveLength(1);
    expect(decoder.fault).toBeUndefined();
    expect(readCapture(pcap([join(data, '00')])).decoder.fault).toMatchObject({
      offset: 24,
      kind: 'corrupt',
    });
    expect(data.length + 24).toBeLessThan(MAX_RECORD_BYTES);
  });
  test('after a fault everything is swallowed and nothing more is counted', () => {
    const capture = join(pcapHeader(), '00 00 00 00 00 00 00 00 ff ff ff 7f 40 00 00 00');
    const decoder = openCapture(capture)!;
    const batch = new Batch();
    expect(decoder.decode(capture, 0, capture.length, batch)).toBe(capture.length);
    const more = pcap([FRAME]);
    expect(decoder.decode(more, 24, more.length, batch)).toBe(more.length);
    decoder.end(5);
    expect(decoder).toMatchObject({ counters: { packets: 0 }, fault: { offset: 24, kind: 'corrupt' } });
    expect(batch.count).toBe(0);
  });
  test('a capture that ends anywhere inside is truncated at that packet', () => {
    const capture = pcap([FRAME, FRAME6, FRAME]);
    const second = 24 + 16 + FRAME.length;
    const third = second + 16 + FRAME6.length;
    for (let length = 4; length <= capture.length; length++) {
      const { rows, decoder } = readCapture(capture.subarray(0, length));
      const start = length < 24 ? 0 : length < second ? 24 : length < third ? second : third;
      const whole = [24, second, third, capture.length].includes(length);
      expect([length, decoder.fault?.offset, decoder.fault?.kind]).toEqual(
        whole ? [length, undefined, undefined] : [length, start, 'truncated'],
      );
      expect(rows).toHaveLength(
        length === capture.length ? 3 : start === third ? 2 : start === second ? 1 : 0,
      );
    }
  });
  test('nothing at all after the magic number was seen is truncated too', () => {
    const decoder = openCapture(pcapHeader())!;
    decoder.end(0);
    expect(decoder.fault).toMatchObject({ offset: 0, kind: 'truncated' });
  });
  test('other major versions are refused', () => {
    expect(readCapture(pcap([FRAME], { major: 543 }))).toMatchObject({
      rows: [],
      decoder: { fault: { offset: 4, reason: 'pcap version 543 is not supported', kind: 'corrupt' } },
    });
  });
  test('a header that is not the one that was announced', () => {
    const decoder = openCapture(pcapHeader())!;
    const other = join(u16(0), new Uint8Array(40));
    expect(decoder.decode(other, 0, other.length, new Batch())).toBe(other.length);
    expect(decoder.fault).toMatchObject({ offset: 0, kind: 'corrupt' });
  });
});

describe('batches', () => {
  const many = pcap(
    Array.from({ length: 2500 }, (_, i) => (i % 5 === 4 ? ARP : i % 3 === 0 ? FRAME6 : FRAME)),
  );
  test('a full batch ends a call, and the next call goes on', () => {
    const decoder = openCapture(many)!;
    const batch = new Batch();
    const counts: number[] = [];
    for (let at = 0; at < many.length;) {
      batch.clear();
      at = decoder.decode(many, at, many.length, batch);
      counts.push(batch.count);
    }
    expect(counts).toEqual([BATCH_ROWS, 2000 - BATCH_ROWS]);
    expect(decoder.counters.packets).toBe(2500);
  });
  test('rows are appended behind those of another decoder, and times kept', () => {
    const batch = new Batch();
    batch.clear();
    for (const seconds of [500, 100, 900]) {
      const capture = pcap([
        { data: FRAME, seconds },
        { data: ARP, seconds: 5 },
      ]);
      openCapture(capture)!.decode(capture, 0, capture.length, batch);
    }
    expect(batch).toMatchObject({ count: 3, minTime: 100, maxTime: 900 });
    expect([...batch.time.subarray(0, 3)]).toEqual([500, 100, 900]);
  });
  test('a row does not keep what the columns held before', () => {
    const batch = new Batch();
    for (const column of [batch.vlan, batch.ifIndex, batch.meta, batch.nanos, batch.fragment])
      column.fill(-1);
    const capture = pcap([FRAME, FRAME6, ethernet(0x0800, ipv4(tcp(1, 2, 3), { options: '01 01 01 01' }))]);
    batch.clear();
    openCapture(capture)!.decode(capture, 0, capture.length, batch);
    expect(batch.count).toBe(3);
    for (let i = 0; i < 3; i++)
      expect([batch.vlan[i], batch.ifIndex[i], batch.nanos[i]]).toEqual([0, 0, 1000 * i]);
  });
});
