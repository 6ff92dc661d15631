import { assert, integer, property } from 'fast-check';
import { expect, test } from 'vitest';
import { Batch } from '../../src/capture/batch.ts';
import { COMMON4_BYTES, setCommonRow } from '../../src/capture/common.ts';
import { PacketDecoder } from '../../src/capture/packet.ts';
import { ethernet, icmp, ipv4, ipv6, readBatch, tcp, udp } from './build.ts';
import { FRAMES } from './fixtures.ts';

const batch = new Batch();

function isCommon(frame: Uint8Array): boolean {
  return setCommonRow(new DataView(frame.buffer), frame, 0, frame.length, batch, 0);
}

/** What a decoder makes of one frame, the short way where it can or always the general way. */
function decode(frame: Uint8Array, short: boolean) {
  const decoder = new PacketDecoder({ macs: true });
  decoder.frame.seconds = 7;
  decoder.frame.nanos = 8;
  decoder.frame.ifIndex = 9;
  batch.clear();
  const original = frame.length + 100;
  if (short) decoder.decodeFast(new DataView(frame.buffer), frame, 0, frame.length, original, 1, true, batch);
  else decoder.decode(frame, 0, frame.length, original, 1, true, batch);
  return { rows: readBatch(batch), counters: decoder.counters };
}

test('TCP and UDP over both families are common', () => {
  expect(isCommon(ethernet(0x0800, ipv4(tcp(1, 2, 3))))).toBe(true);
  expect(isCommon(ethernet(0x0800, ipv4(udp(1, 2, 'aa aa aa aa aa aa'), { protocol: 17 })))).toBe(true);
  expect(isCommon(ethernet(0x86dd, ipv6(tcp(1, 2, 3))))).toBe(true);
  expect(isCommon(ethernet(0x86dd, ipv6(udp(1, 2, 'aa aa aa aa aa aa'), { next: 17 })))).toBe(true);
});

test('what needs a closer look is not', () => {
  const others = [
    ethernet(0x0800, ipv4([...icmp(8, 0), ...icmp(8, 0)], { protocol: 1 })),
    ethernet(0x0800, ipv4(tcp(1, 2, 3), { options: '01 01 01 01' })),
    ethernet(0x0800, ipv4(tcp(1, 2, 3), { more: true })),
    ethernet(0x0800, ipv4(tcp(1, 2, 3), { offset: 8 })),
    ethernet(0x0800, ipv4(tcp(1, 2, 3), { totalLength: 0 })),
    ethernet(0x0800, ipv4(tcp(1, 2, 3), { totalLength: 39 })),
    ethernet(0x86dd, ipv6(tcp(1, 2, 3), { payloadLength: 0 })),
    ethernet(0x86dd, ipv6(tcp(1, 2, 3), { next: 60 })),
    ethernet(0x86dd, ipv6(tcp(1, 2, 3)).subarray(0, 53)),
    ethernet(0x0806, ipv4(tcp(1, 2, 3))),
    ethernet(0x0800, ipv6(tcp(1, 2, 3))),
    ethernet(0x86dd, ipv4(tcp(1, 2, 3, '00 '.repeat(40)))),
  ];
  for (const frame of others) {
    expect(frame.length).toBeGreaterThanOrEqual(COMMON4_BYTES);
    expect(isCommon(frame)).toBe(false);
  }
});

test('both ways give the same rows and counters, whatever the bytes', () => {
  let common = 0;
  const frames = integer({ min: 0, max: FRAMES.length - 1 });
  const offsets = integer({ min: 12, max: 80 });
  const values = integer({ min: 0, max: 255 });
  assert(
    property(frames, offsets, values, integer({ min: 0, max: 120 }), (which, offset, value, length) => {
      const frame = FRAMES[which]!.slice(0, length + 20);
      if (offset < frame.length) frame[offset] = value;
      const short = decode(frame, true);
      if (frame.length >= COMMON4_BYTES && isCommon(frame)) common++;
      expect(short).toEqual(decode(frame, false));
    }),
    { numRuns: 20_000, interruptAfterTimeLimit: 1500, markInterruptAsFailure: false },
  );
  expect(common).toBeGreaterThan(20);
});
