import { describe, expect, test } from 'vitest';
import { Batch } from '../../src/capture/batch.ts';
import { openCapture } from '../../src/capture/open.ts';
import { readCapture } from './build.ts';
import type { Row } from './build.ts';
import { CAPTURES, FRAMES, PACKETS } from './fixtures.ts';

const batch = new Batch();

/** A hash over all rows and counters of a capture that is pushed in two pieces. */
function digestOf(capture: Uint8Array, cut: number): number {
  const decoder = openCapture(capture, { macs: true })!;
  batch.clear();
  const next = decoder.decode(capture, 0, cut, batch);
  const rest = capture.length - decoder.decode(capture, next, capture.length, batch);
  decoder.end(rest);
  let hash = batch.count + 31 * decoder.counters.packets + 37 * rest + (decoder.fault === undefined ? 0 : 41);
  const { time, nanos, src, dst, ports, meta, length, ifIndex, vlan, srcMacLow, dstMacLow } = batch;
  for (const column of [time, nanos, src, dst, ports, meta, length, ifIndex, vlan, srcMacLow, dstMacLow])
    for (let i = 0; i < batch.count; i++) hash = Math.imul(hash ^ column[i]!, 0x01000193);
  return hash;
}

describe.each(Object.entries(CAPTURES))('%s', (name, capture) => {
  const whole = readCapture(capture, { macs: true });

  test('every packet is a row, but for the two frames that are not IP', () => {
    expect(whole.decoder.fault).toBeUndefined();
    const ng = name.startsWith('pcapng');
    const ethernet = whole.decoder.counters.packets >= FRAMES.length;
    expect(whole.rejected).toEqual(ethernet ? { not_ip: 2 } : {});
    const packets = ng ? FRAMES.length + 2 + 2 * PACKETS.length : ethernet ? FRAMES.length : PACKETS.length;
    expect(whole.decoder.counters.packets).toBe(packets);
    expect(whole.rows).toHaveLength(packets - (ethernet ? 2 : 0));
  });

  test('cut in two at any byte: the same rows', () => {
    const wanted = digestOf(capture, capture.length);
    const different: number[] = [];
    for (let cut = 1; cut < capture.length; cut++) if (digestOf(capture, cut) !== wanted) different.push(cut);
    expect(different).toEqual([]);
  });

  test('a byte at a time: the same rows', () => {
    const pieces = readCapture(
      capture,
      { macs: true },
      Array.from({ length: capture.length - 1 }, (_, i) => i + 1),
    );
    expect(pieces.rows).toEqual(whole.rows);
    expect(pieces.decoder.fault).toBeUndefined();
  });

  test('moved within its buffer, and in a new one each time, as readers do', () => {
    const moved = new Uint8Array(capture.length + 13);
    moved.set(capture, 13);
    expect(readCapture(moved.subarray(13), { macs: true }).rows).toEqual(whole.rows);
  });
});

function packetsOf(name: string): Partial<Row>[] {
  return readCapture(CAPTURES[name]!)
    .rows.slice(0, PACKETS.length)
    .map(({ src, dst, sport, dport, protocol, flags, length, fragment }) => ({
      src,
      dst,
      sport,
      dport,
      protocol,
      flags,
      length,
      ...(fragment && { fragment }),
    }));
}

test('the same packets give the same rows whatever they are wrapped in', () => {
  const names = Object.keys(CAPTURES).filter((name) => name !== 'pcap, snapped');
  const wanted = packetsOf('pcap, raw IP');
  expect(wanted).toHaveLength(PACKETS.length);
  expect(names.map(packetsOf)).toEqual(names.map(() => wanted));
});
