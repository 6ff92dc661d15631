import { describe, expect, test } from 'vitest';
import { MAX_RECORD_BYTES } from '../../src/capture/decoder.ts';
import { MAX_INTERFACES } from '../../src/capture/pcapng.ts';
import {
  block,
  enhancedPacket,
  ethernet,
  interfaceBlock,
  ipv4,
  ipv6,
  join,
  option,
  readCapture,
  sectionHeader,
  tcp,
  text,
  time64,
  u32,
  udp,
  word16,
  word32,
} from './build.ts';

const FRAME = ethernet(0x0800, ipv4(tcp(1000, 80, 2)));
const FRAME6 = ethernet(0x86dd, ipv6(udp(1000, 53), { next: 17 }));
const ARP = ethernet(0x0806, '00 01 08 00');
const TIME = 1_700_000_000_123_456n;

describe.each([true, false])('pcapng, little-endian %s', (little) => {
  const start = join(sectionHeader(little), interfaceBlock(1, [], little));
  const packet = (data: Uint8Array, time = TIME) => enhancedPacket(0, time, data, little);

  test('enhanced packets in microseconds', () => {
    const { rows, decoder } = readCapture(join(start, packet(FRAME), packet(FRAME6, TIME + 1n), packet(ARP)));
    expect(rows).toMatchObject([
      { seconds: 1_700_000_000, nanos: 123_456_000, dport: 80, length: 40, ifIndex: 0 },
      { seconds: 1_700_000_000, nanos: 123_457_000, dport: 53, length: 48, ifIndex: 0 },
    ]);
    expect(decoder).toMatchObject({ fault: undefined, counters: { packets: 3 }, interfaceNames: [''] });
  });
  test('resolution, offset and name of each interface', () => {
    const options = join(
      option(2, text('eth0'), little),
      option(14, little ? [...word32(60, true), ...u32(0)] : [...u32(0), ...word32(60, false)], little),
      option(9, [9], little),
      option(0, [], little),
      'ff ff ff ff',
    );
    const capture = join(
      sectionHeader(little),
      interfaceBlock(1, options, little),
      interfaceBlock(101, option(9, [0x8a], little), little),
      enhancedPacket(0, 1_700_000_000_987_654_321n, FRAME, little),
      enhancedPacket(1, 1_700_000_000n * 1024n + 256n, FRAME.subarray(14), little),
    );
    const { rows, decoder } = readCapture(capture);
    expect(rows).toMatchObject([
      { seconds: 1_700_000_060, nanos: 987_654_321, ifIndex: 0 },
      { seconds: 1_700_000_000, nanos: 250_000_000, ifIndex: 1, dport: 80 },
    ]);
    expect(decoder.interfaceNames).toEqual(['eth0', '']);
  });
  test('a negative offset', () => {
    const minus = little ? [...word32(-5, true), ...u32(-1)] : [...u32(-1), ...word32(-5, false)];
    const capture = join(
      sectionHeader(little),
      interfaceBlock(1, option(14, minus, little), little),
      packet(FRAME),
    );
    expect(readCapture(capture).rows).toMatchObject([{ seconds: 1_699_999_995, nanos: 123_456_000 }]);
  });
  test('simple packets take the time of the last packet, and the snapshot length bounds them', () => {
    const simple = (data: Uint8Array, original = data.length) =>
      block(3, join(word32(original, little), data), little);
    expect(readCapture(join(start, simple(FRAME), packet(FRAME), simple(FRAME6))).rows).toMatchObject([
      { seconds: 0, nanos: 0, dport: 80 },
      { seconds: 1_700_000_000, dport: 80 },
      { seconds: 1_700_000_000, nanos: 123_456_000, dport: 53 },
    ]);
    const short = join(
      sectionHeader(little),
      interfaceBlock(1, [], little, 36),
      simple(FRAME.subarray(0, 36), 54),
    );
    expect(readCapture(short).rows).toMatchObject([{ sport: 1000, dport: 0, length: 40 }]);
    const absurd = join(start, simple(FRAME, 0xffffffff));
    expect(readCapture(absurd).rows).toMatchObject([{ dport: 80, length: 40 }]);
  });
  test('obsolete packet blocks', () => {
    const length = word32(FRAME.length, little);
    const old = block(
      2,
      join(word16(0, little), word16(7, little), time64(TIME, little), length, length, FRAME),
      little,
    );
    expect(readCapture(join(start, old)).rows).toMatchObject([
      { seconds: 1_700_000_000, nanos: 123_456_000, dport: 80 },
    ]);
  });
  test('packet options and blocks of other types are passed over', () => {
    const length = word32(FRAME.length, little);
    const padding = '00 00';
    const withOptions = block(
      6,
      join(
        word32(0, little),
        time64(TIME, little),
        length,
        length,
        FRAME,
        padding,
        option(2, u32(1), little),
      ),
      little,
    );
    const others = [4, 5, 10, 0x0bad, 0x80000001].map((type) =>
      block(type, text('whatever it says'), little),
    );
    expect(readCapture(join(start, ...others, withOptions, block(5, [], little))).rows).toHaveLength(1);
  });
  test('a long block of another type is passed over in pieces', () => {
    const long = block(10, new Uint8Array(MAX_RECORD_BYTES + 400), little);
    const capture = join(start, long, packet(FRAME));
    const cuts = [start.length + 5, start.length + 500, start.length + 600_000, capture.length - 20];
    for (const pieces of [[], cuts])
      expect(readCapture(capture, {}, pieces)).toMatchObject({
        rows: [{ dport: 80 }],
        decoder: { fault: undefined },
      });
    expect(readCapture(capture.subarray(0, MAX_RECORD_BYTES)).decoder.fault).toMatchObject({
      offset: start.length,
      kind: 'truncated',
    });
  });
});

test('sections have byte orders and interfaces of their own', () => {
  const capture = join(
    sectionHeader(true),
    interfaceBlock(1, option(2, text('a'))),
    interfaceBlock(1, option(2, text('b'))),
    enhancedPacket(1, TIME, FRAME),
    sectionHeader(false, '00 00 00 00 00 00 00 00'),
    interfaceBlock(101, option(2, text('c'), false), false),
    enhancedPacket(0, TIME, FRAME.subarray(14), false),
    sectionHeader(true),
    interfaceBlock(239, option(2, text('d'))),
    interfaceBlock(1, option(2, text('e'))),
    enhancedPacket(1, TIME, FRAME6),
  );
  const { rows, decoder } = readCapture(capture);
  expect(rows.map((row) => [row.ifIndex, row.dport])).toEqual([
    [1, 80],
    [2, 80],
    [4, 53],
  ]);
  expect(decoder.interfaceNames).toEqual(['a', 'b', 'c', 'd', 'e']);
  expect(decoder.reportsVerdicts).toBe(true);
});

function nameOf(value: string): string | undefined {
  return readCapture(join(sectionHeader(), interfaceBlock(1, option(2, text(value))))).decoder
    .interfaceNames[0];
}

test('names are made safe to print', () => {
  expect(nameOf('br-lan\0\0')).toBe('br-lan');
  expect(nameOf('a\u001b[31mb\nc\u0085')).toBe('a[31mbc');
  expect(nameOf('x'.repeat(5000))).toHaveLength(255);
});

describe('faults', () => {
  const start = join(sectionHeader(), interfaceBlock(1));
  const good = join(start, enhancedPacket(0, TIME, FRAME));
  test.each([
    [
      'too small',
      join(word32(6, true), word32(8, true), word32(8, true)),
      'block length 8 is too small for its type',
    ],
    ['small for a packet', block(6, u32(0)), 'block length 16 is too small for its type'],
    ['odd', join(word32(5, true), word32(13, true), u32(0)), 'block length 13 is not a multiple of 4'],
    [
      'packet too long',
      join(word32(6, true), word32(0x7ffffffc, true), u32(0)),
      'block length 2147483644 is larger than 1048576',
    ],
    [
      'lengths differ',
      join(block(5, u32(0)).subarray(0, 12), word32(20, true)),
      'the lengths before and after a block, 16 and 20, differ',
    ],
    ['no such interface', enhancedPacket(1, TIME, FRAME), 'packet of interface 1, which is not declared'],
    [
      'length outside',
      block(6, join(u32(0), u32(0), u32(0), word32(5, true), word32(5, true), u32(0))),
      'packet length 5 is larger than its block',
    ],
    [
      'endless option',
      interfaceBlock(1, join(word16(2, true), word16(9, true), text('eth0'))),
      'option 2 of an interface is longer than its block',
    ],
    ['fine clock', interfaceBlock(1, option(9, [77])), 'timestamp resolution 77 is finer than can be read'],
    [
      'version',
      block(0x0a0d0d0a, join(word32(0x1a2b3c4d, true), word16(2, true), word16(0, true), u32(0), u32(0))),
      'pcapng version 2 is not supported',
    ],
    [
      'no byte order',
      block(0x0a0d0d0a, join(u32(0), u32(0), u32(0), u32(0))),
      'the section header has no byte-order magic',
    ],
  ])('%s', (_, bad, reason) => {
    const expected = { offset: good.length, reason, kind: 'corrupt' };
    const capture = join(good, bad, enhancedPacket(0, TIME, FRAME));
    for (const cuts of [[], [good.length], [40, good.length + 7]]) {
      const { rows, decoder } = readCapture(capture, {}, cuts);
      expect(rows).toHaveLength(1);
      expect(decoder.counters.packets).toBe(1);
      expect(decoder.fault).toEqual(expected);
    }
  });
  test('a simple packet needs an interface', () => {
    const capture = join(sectionHeader(), block(3, join(word32(4, true), u32(0))));
    expect(readCapture(capture).decoder.fault).toMatchObject({
      offset: 28,
      reason: 'packet of interface 0, which is not declared',
    });
  });
  test('interfaces are bounded over all sections', () => {
    const some = join(sectionHeader(), ...Array.from({ length: 1024 }, () => interfaceBlock(1)));
    const sections = Array.from({ length: MAX_INTERFACES / 1024 }, () => some);
    const all = new Uint8Array(Buffer.concat(sections));
    expect(readCapture(all).decoder).toMatchObject({ fault: undefined });
    const more = new Uint8Array(Buffer.concat([all, interfaceBlock(1)]));
    expect(readCapture(more).decoder.fault).toMatchObject({ offset: all.length, kind: 'corrupt' });
  });
  test('a capture that ends anywhere inside is truncated at that block', () => {
    const ends = new Set([28, start.length, good.length]);
    for (let length = 4; length <= good.length; length++) {
      const found = readCapture(good.subarray(0, length)).decoder.fault;
      const offset = length < 28 ? 0 : length < start.length ? 28 : start.length;
      expect([length, found?.offset, found?.kind]).toEqual(
        ends.has(length) ? [length, undefined, undefined] : [length, offset, 'truncated'],
      );
    }
  });
});
