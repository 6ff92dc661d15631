import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CHUNK_BYTES, type CaptureFormat, CaptureWriter } from '../../src/synth/capture-writer.ts';
import { type ReadCapture, hasTool, readPcap, readPcapng, tsharkFields } from './read-capture.ts';

const FORMATS: CaptureFormat[] = (['pcap', 'pcapng'] as const).flatMap((format) =>
  [false, true].flatMap((nanoseconds) =>
    [false, true].map((bigEndian) => ({ format, nanoseconds, bigEndian, linkType: 1, snaplen: 96 })),
  ),
);

function read(format: CaptureFormat, bytes: Uint8Array): ReadCapture {
  return format.format === 'pcap' ? readPcap(bytes) : readPcapng(bytes);
}

function frame(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 7 + length) & 255);
}

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-writer-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe.each(FORMATS)('CaptureWriter $format, nanoseconds $nanoseconds, big-endian $bigEndian', (format) => {
  test('what a reader finds is what was written', () => {
    const times = fc.record({
      seconds: fc.integer({ min: 0, max: 0xffffffff }),
      nanos: fc.integer({ min: 0, max: 999_999_999 }),
      length: fc.integer({ min: 0, max: 200 }),
      more: fc.integer({ min: 0, max: 2000 }),
    });
    fc.assert(
      fc.property(fc.array(times, { maxLength: 20 }), (packets) => {
        const writer = new CaptureWriter(format);
        for (const { seconds, nanos, length, more } of packets) {
          writer.packet(seconds, nanos, frame(length), length + more);
        }
        const found = read(format, writer.take());
        expect([found.linkType, found.snaplen]).toEqual([1, 96]);
        expect(found.packets).toHaveLength(packets.length);
        for (const [i, { seconds, nanos, length, more }] of packets.entries()) {
          const packet = found.packets[i]!;
          const unit = format.nanoseconds ? 1 : 1000;
          expect(packet.seconds).toBe(seconds);
          expect(packet.nanos).toBe(Math.floor(nanos / unit) * unit);
          expect(packet.original).toBe(length + more);
          const whole = new Uint8Array(Math.min(96, length + more));
          whole.set(frame(length).subarray(0, 96));
          expect(Buffer.compare(packet.bytes, whole)).toBe(0);
        }
      }),
      { interruptAfterTimeLimit: 250, markInterruptAsFailure: false },
    );
  });

  test('in place: headers written at begin(), zeros after them, nothing of what lay there before', () => {
    const writer = new CaptureWriter({ ...format, snaplen: 50 }, 94);
    for (const [written, original] of [
      [94, 1000],
      [10, 60],
      [10, 30],
      [94, 94],
      [20, 20],
    ] as const) {
      const at = writer.begin();
      for (let i = 0; i < written; i++) writer.view.setUint8(at + i, 0xee);
      writer.end(1, 2000, written, original);
    }
    const bytes = read(format, writer.take()).packets.map((packet) =>
      Buffer.from(packet.bytes).toString('hex'),
    );
    expect(bytes).toEqual([
      'ee'.repeat(50),
      'ee'.repeat(10) + '00'.repeat(40),
      'ee'.repeat(10) + '00'.repeat(20),
      'ee'.repeat(50),
      'ee'.repeat(20),
    ]);
  });

  test('chunks put together are the file, and none grows beyond its size', () => {
    const writer = new CaptureWriter({ ...format, snaplen: 262_144 });
    const chunks: Uint8Array[] = [];
    for (let i = 0; i < 12; i++) {
      writer.packet(i, 0, frame(200_000 + i));
      if (writer.full) chunks.push(writer.take());
    }
    chunks.push(writer.take());
    expect(chunks.length).toBeGreaterThan(2);
    for (const chunk of chunks) expect(chunk.length).toBeLessThanOrEqual(CHUNK_BYTES);
    const found = read(format, Buffer.concat(chunks));
    expect(found.packets.map((packet) => packet.bytes.length)).toEqual(
      Array.from({ length: 12 }, (_, i) => 200_000 + i),
    );
  });

  test.skipIf(!hasTool('tshark'))('tshark reads the same times and lengths', () => {
    const writer = new CaptureWriter(format);
    writer.packet(1_700_000_400, 123_456_789, frame(60));
    writer.packet(4_294_967_295, 999_999_999, frame(300), 1514);
    writer.packet(0, 0, frame(61));
    const path = join(folder, `${format.format}-${format.nanoseconds}-${format.bigEndian}`);
    writeFileSync(path, writer.take());
    const digits = format.nanoseconds ? ['123456789', '999999999'] : ['123456000', '999999000'];
    expect(tsharkFields(path, ['frame.time_epoch', 'frame.len', 'frame.cap_len'])).toEqual([
      [`1700000400.${digits[0]}`, '60', '60'],
      [`4294967295.${digits[1]}`, '1514', '96'],
      ['0.000000000', '61', '61'],
    ]);
  });
});

describe('CaptureWriter', () => {
  test('a pcap file as bytes', () => {
    const writer = new CaptureWriter({ format: 'pcap', linkType: 101, snaplen: 4 });
    writer.packet(0x01020304, 5000, Uint8Array.of(1, 2, 3, 4, 5), 9);
    expect(Buffer.from(writer.take()).toString('hex')).toBe(
      'd4c3b2a1' +
        '02000400' +
        '00000000' +
        '00000000' +
        '04000000' +
        '65000000' +
        '04030201' +
        '05000000' +
        '04000000' +
        '09000000' +
        '01020304',
    );
  });

  test.each([0, -1, 262_145, Number.NaN])('refuses a snapshot length of %d', (snaplen) => {
    expect(() => new CaptureWriter({ format: 'pcap', linkType: 1, snaplen })).toThrow(RangeError);
  });

  test('an empty capture is its header', () => {
    const pcapng = new CaptureWriter({ format: 'pcapng', linkType: 276, snaplen: 96 }).take();
    expect(readPcapng(pcapng)).toEqual({ linkType: 276, snaplen: 96, packets: [] });
    expect(new CaptureWriter({ format: 'pcap', linkType: 1, snaplen: 96 }).take()).toHaveLength(24);
  });
});
