import { describe, expect, test } from 'vitest';
import { META_INCOMING, META_OUTGOING } from '../../src/capture/batch.ts';
import { Places } from '../../src/flows/places.ts';
import { TestNetwork, type TestPacket, TestRun } from './support.ts';

describe('places where packets are seen (S2.8)', () => {
  test('a place is a point, an interface and whether the packet leaves', () => {
    const places = new Places();
    const first = places.of(0, 1, META_INCOMING);
    expect(places.of(0, 1, META_INCOMING)).toBe(first);
    expect(places.of(0, 1, 0)).toBe(first);
    const others = [places.of(0, 1, META_OUTGOING), places.of(0, 2, META_INCOMING), places.of(1, 1, 0)];
    expect(new Set([first, ...others]).size).toBe(4);
    expect(places.count).toBe(4);
  });

  test('beyond the bound a place counts as its whole point, and is no other one', () => {
    const places = new Places();
    for (let ifIndex = 0; ifIndex < 4096; ifIndex++) places.of(0, ifIndex, 0);
    const beyond = places.of(0, 9999, 0);
    expect(places.of(0, 10_000, META_OUTGOING)).toBe(beyond);
    expect(places.of(1, 10_000, 0)).not.toBe(beyond);
    expect(beyond).toBeGreaterThanOrEqual(4096);
  });

  const forwarded: Omit<TestPacket, 'ifIndex' | 'direction'> = {
    time: 1_700_000_040,
    src: '203.0.113.9',
    dst: '10.0.0.10',
    sport: 1,
    dport: 2,
  };

  test('a packet that a router forwards, captured on all interfaces, counts once', () => {
    const run = new TestRun(new TestNetwork(['10.0.0.10']));
    const packets: TestPacket[] = [
      { ...forwarded, ifIndex: 2, direction: 'in' },
      { ...forwarded, ifIndex: 3, direction: 'out' },
    ];
    run.add([...packets, ...packets], run.point());
    run.finish();
    expect(run.flows).toMatchObject([{ side: 'ingress', packets: 2 }]);
    expect(run.recorder.counters.duplicatePackets).toBe(2);
  });

  test('what belongs to no interface is unattributed at every place', () => {
    const run = new TestRun(new TestNetwork(['10.0.0.99']));
    const packets: TestPacket[] = [
      { ...forwarded, ifIndex: 2, direction: 'in' },
      { ...forwarded, ifIndex: 3, direction: 'out' },
    ];
    run.add(packets, run.point());
    run.finish();
    expect(run.account.unattributedPackets).toBe(2);
    expect(run.recorder.counters.duplicatePackets).toBe(0);
  });

  test('so does one on loopback, which leaves and comes in at one interface', () => {
    const run = new TestRun(new TestNetwork(['10.0.0.10']));
    run.add(
      [
        { ...forwarded, ifIndex: 1, direction: 'out' },
        { ...forwarded, ifIndex: 1, direction: 'in' },
      ],
      run.point(),
    );
    expect(run.finish().flows).toMatchObject([{ packets: 1 }]);
  });
});
