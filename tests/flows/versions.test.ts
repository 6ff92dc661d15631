import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseAddress } from '../../src/base/addresses.ts';
import type { NetworkInterface } from '../../src/network/interface.ts';
import type { Network } from '../../src/network/model.ts';
import { Snapshot } from '../../src/network/snapshot.ts';
import { anInterface, aSubnet, idOf, networkOf } from '../network/builders.ts';
import type { TestPacket } from './support.ts';
import { I, type Line, VersionedRun } from './versioned-run.ts';

const OUT = '203.0.113.9';

const address = (host: number): string => `10.0.0.${host}`;
const word = (host: number): number => (10 << 24) | host;
const card = (n: number, host: number, more: Partial<NetworkInterface> = {}): NetworkInterface =>
  anInterface(n, { primary4: word(host), ...more });
const packet = (time: number, from: number, more: Partial<TestPacket> = {}): TestPacket => ({
  time,
  src: address(from),
  dst: OUT,
  sport: 4000,
  dport: 443,
  ...more,
});
const eni = (n: number): string => idOf('eni', n);
const who = (lines: readonly Line[]): unknown[] =>
  lines.map(({ start, version, who: text, packets }) => [start - I, version, text.split(' ')[0], packets]);

describe('a version takes effect at the boundary of a window (S3.7)', () => {
  test('packets on both sides of it come in any order, each by the version of its window', () => {
    const run = new VersionedRun(networkOf({ interfaces: [card(1, 5)] }));
    run.advance(I, I + 50);
    expect(run.change(networkOf({ interfaces: [card(2, 5)] }), I + 60)).toBe(I + 60);
    run.add([packet(I + 55, 5), packet(I + 61, 5), packet(I + 56, 5), packet(I + 60, 5), packet(I + 59, 5)]);
    run.add([packet(I + 57, 5), packet(I + 62, 5)], 1);
    run.advance(I + 51, I + 130);
    run.finish();
    expect(who(run.of(60))).toEqual([
      [0, 1, eni(1), 4],
      [60, 2, eni(2), 3],
    ]);
    // The first interface is gone in the second version: its part of the interval has its own facts.
    expect(who(run.of(600))).toEqual([
      [0, 1, eni(1), 4],
      [0, 2, eni(2), 3],
    ]);
    expect(run.missing).toEqual([0, 0]);
  });

  test('an interface that is only added does not end the interval', () => {
    const run = new VersionedRun(networkOf({ interfaces: [card(1, 5)] }));
    run.add([packet(I + 5, 5), packet(I + 5, 6)]);
    run.change(networkOf({ interfaces: [card(1, 5), card(2, 6)] }), I + 60);
    run.advance(I, I + 65);
    run.add([packet(I + 65, 5), packet(I + 65, 6)]);
    run.advance(I + 66, I + 130);
    run.finish();
    expect(who(run.of(600))).toEqual([
      [0, 2, eni(1), 2],
      [0, 2, eni(2), 1],
    ]);
    expect(run.account.unattributedPackets).toBe(1);
  });

  test('traffic that changes hands within an interval is recorded for both', () => {
    // The same flow, first of nobody, then of interface 2: other interfaces, the same facts.
    const run = new VersionedRun(networkOf({ interfaces: [card(1, 5)] }));
    const flow = { dst: address(5) };
    run.add([packet(I + 5, 6, flow)]);
    run.change(networkOf({ interfaces: [card(1, 5), card(2, 6)] }), I + 60);
    run.advance(I, I + 65);
    run.add([packet(I + 65, 6, flow)]);
    run.advance(I + 66, I + 130);
    run.finish();
    const sums = run.of(600).map(({ who: text, side, packets }) => [text.split(' ')[0], side, packets]);
    expect(sums).toEqual([
      [eni(1), 'ingress', 1],
      [eni(1), 'ingress', 1],
      [eni(2), 'egress', 1],
    ]);
  });

  test('two changes within a window: the later one holds', () => {
    const run = new VersionedRun(networkOf({ interfaces: [card(1, 5)] }));
    run.change(networkOf({ interfaces: [card(2, 5)] }), I + 60);
    run.change(networkOf({ interfaces: [card(3, 5)] }), I + 60);
    run.advance(I, I + 65);
    run.add([packet(I + 65, 5)]);
    run.advance(I + 66, I + 125);
    expect(who(run.of(60))).toEqual([[60, 3, eni(3), 1]]);
  });

  test('a window that has begun already has a part under each version', () => {
    const run = new VersionedRun(networkOf({ interfaces: [card(1, 5)] }));
    run.add([packet(I + 70, 5)]); // from a source whose clock is ahead
    run.change(networkOf({ interfaces: [card(2, 5)] }), I + 60);
    run.add([packet(I + 71, 5)]);
    run.advance(I, I + 125);
    expect(who(run.of(60))).toEqual([
      [60, 1, eni(1), 1],
      [60, 2, eni(2), 1],
    ]);
    expect(run.missing).toEqual([0, 0]);
  });

  test('what closed stays as it was: a boundary in the past is the next window', () => {
    const run = new VersionedRun(networkOf({ interfaces: [card(1, 5)] }));
    run.advance(I, I + 65);
    expect(run.change(networkOf({ interfaces: [card(2, 5)] }), I - 600)).toBe(I + 60);
    expect(run.change(networkOf({ interfaces: [card(3, 5)] }), I + 70)).toBe(I + 120);
  });

  test('late packets are attributed by the version of their own window', () => {
    const run = new VersionedRun(networkOf({ interfaces: [card(1, 5)] }));
    run.change(networkOf({ interfaces: [card(2, 5)] }), I + 60);
    run.advance(I, I + 125);
    run.add([packet(I + 50, 5), packet(I + 70, 5), packet(I + 51, 5)]);
    run.advance(I + 126, I + 190);
    expect(run.of(60).map(({ start, late, who: text }) => [start - I, late, text.split(' ')[0]])).toEqual([
      [0, true, eni(1)],
      [60, true, eni(2)],
    ]);
    expect(run.recorder.counters.latePackets).toBe(3);
  });

  test('bindings and MAC addresses of one version decide nothing in another', () => {
    const bound = (n: number): Network =>
      networkOf({
        interfaces: [
          anInterface(n, { bindings: [{ source: 'test', ifIndex: 7, vlan: undefined }] }),
          card(9, 9, { mac: { high: 0, low: n } }),
        ],
      });
    const run = new VersionedRun(bound(1));
    run.change(bound(2), I + 60);
    const seen = { src: OUT, dst: '198.51.100.1', ifIndex: 7, direction: 'in', macs: [1, 99] } as const;
    run.add([packet(I + 59, 5, seen), packet(I + 60, 5, seen), packet(I + 58, 5, seen)]);
    run.change(networkOf({ interfaces: [card(9, 9)] }), I + 120);
    run.advance(I, I + 119);
    run.add([packet(I + 119, 5, seen), packet(I + 121, 5, seen)]);
    run.advance(I + 120, I + 190);
    const sides = run
      .of(60)
      .map(({ start, who: text, side, packets }) => [start - I, text.split(' ')[0], side, packets]);
    expect(sides).toEqual([
      [0, eni(1), 'ingress', 2],
      [0, eni(9), 'egress', 2],
      [60, eni(2), 'ingress', 2],
    ]);
    expect(run.account.unattributedPackets).toBe(1);
    expect(run.missing).toEqual([0, 0]);
  });

  test('more interfaces than before have their shares, and are seen: no NODATA for them', () => {
    const run = new VersionedRun(networkOf({ interfaces: [card(1, 5)] }));
    const many = Array.from({ length: 100 }, (_, k) => card(k + 1, k + 5));
    run.change(networkOf({ interfaces: many }), I + 60);
    run.advance(I, I + 65);
    run.add([packet(I + 65, 104)]);
    run.advance(I + 66, I + 125);
    const silent = run.statuses.filter((line) => line.startsWith(`60 NODATA`) && line.includes(' 60 119'));
    expect(silent).toHaveLength(99);
    expect(silent.join()).not.toContain(eni(100));
  });

  test('interfaces that are gone, and those that were not there throughout, have no NODATA', () => {
    const run = new VersionedRun(networkOf({ interfaces: [card(1, 5), card(2, 6)] }));
    run.change(networkOf({ interfaces: [card(1, 5), card(3, 7)] }), I + 60);
    run.advance(I, I + 1204);
    const of600 = run.statuses.filter((line) => line.startsWith('600'));
    expect(of600).toEqual([
      `600 NODATA ${eni(1)} 0 599`,
      `600 NODATA ${eni(1)} 600 1199`,
      `600 NODATA ${eni(3)} 600 1199`,
    ]);
    expect(run.statuses.filter((line) => line.includes(eni(2)))).toEqual([`60 NODATA ${eni(2)} 0 59`]);
  });

  test('a loss of an interface that is gone by the end of the interval is told for its windows only', () => {
    const run = new VersionedRun(networkOf({ interfaces: [card(1, 5)] }));
    run.add([packet(I + 5, 5)]);
    run.recorder.lose(run.point, I + 6, I + 7);
    run.change(networkOf({ interfaces: [card(2, 6)] }), I + 60);
    run.advance(I, I + 604);
    expect(run.statuses.filter((line) => line.includes('SKIPDATA'))).toEqual([`60 SKIPDATA ${eni(1)} 0 59`]);
  });

  test('a network without the scope of a point is refused', () => {
    const run = new VersionedRun(networkOf({}));
    const none = Snapshot.build(networkOf({}), { version: 2, scopes: [] });
    expect(() => run.recorder.setNetwork(none, I + 60)).toThrow(RangeError);
  });
});

describe('discovery in live recordings (S2.6)', () => {
  const discovering = networkOf({ subnets: [{ ...aSubnet(1, 1, ['10.0.0.0/8']), discover: true }] });

  test('by source addresses only; what was discovered stays, under every version', () => {
    const run = new VersionedRun(discovering);
    run.add([packet(I + 1, 5, { dst: address(6) }), packet(I + 2, 7, { dst: address(5) })]);
    run.change(
      networkOf({
        subnets: [{ ...aSubnet(1, 1, ['10.0.0.0/8']), discover: true }],
        interfaces: [card(1, 7)],
      }),
      I + 60,
    );
    run.advance(I, I + 61);
    run.add([packet(I + 61, 5, { dst: address(7) })]);
    run.advance(I + 62, I + 125);
    const snapshot = run.snapshots.get(2)!;
    expect(snapshot.discoveredCount).toBe(2);
    const sides = run
      .of(60)
      .map(({ start, side, who: text }) => `${start - I} ${side} ${text.split(' ')[2]}`);
    expect(sides.sort()).toEqual([
      `0 egress ${word(5)}`,
      `0 egress ${word(7)}`,
      `0 ingress ${word(5)}`,
      `60 egress ${word(5)}`,
      `60 ingress ${word(7)}`,
    ]);
    expect(run.of(60).find((line) => line.side === 'ingress' && line.start > I)!.who).toContain(eni(1));
  });

  test('at its cap it only costs discovery_full', () => {
    const run = new VersionedRun(discovering, { limits: { perSubnet: 3 } });
    const hosts = Array.from({ length: 20 }, (_, k) => packet(I + 1, k + 10));
    run.add([...hosts, ...hosts]);
    run.advance(I, I + 62);
    run.add(hosts.map((it) => ({ ...it, time: I + 62 })));
    run.advance(I + 63, I + 125);
    const snapshot = run.snapshots.get(1)!;
    expect(snapshot.discoveredCount).toBe(3);
    expect(snapshot.discoveryFull).toBe(34); // once for each flow of each window
    expect(run.account.recordedPackets).toBe(9);
    expect(run.account.unattributedPackets).toBe(51);
    expect(run.missing).toEqual([0, 0]);
  });
});

/** What happens in a random run. */
type Step =
  | { readonly kind: 'packets'; readonly packets: readonly { age: number; from: number; to: number }[] }
  | { readonly kind: 'network'; readonly cards: readonly number[]; readonly moved: boolean }
  | { readonly kind: 'flush' }
  | { readonly kind: 'wait'; readonly seconds: number };

const HOSTS = 6;
const host = fc.integer({ min: 0, max: HOSTS });
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant('packets' as const),
        packets: fc.array(fc.record({ age: fc.nat({ max: 140 }), from: host, to: host }), {
          minLength: 1,
          maxLength: 12,
        }),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('network' as const),
        // Which interface holds host k + 1; 0: none.
        cards: fc.array(fc.nat({ max: HOSTS }), { minLength: HOSTS, maxLength: HOSTS }),
        moved: fc.boolean(),
      }),
    },
    { weight: 1, arbitrary: fc.constant({ kind: 'flush' as const }) },
    {
      weight: 3,
      arbitrary: fc.record({ kind: fc.constant('wait' as const), seconds: fc.integer({ min: 1, max: 90 }) }),
    },
  ),
  { minLength: 1, maxLength: 40 },
);

/** Interfaces each of which holds one host or none; `moved` puts them into another subnet. */
function networkWith(cards: readonly number[], moved: boolean): Network {
  const home = moved ? 2 : 1;
  const interfaces = cards.flatMap((n, k) =>
    n === 0 || cards.indexOf(n) < k ? [] : [card(n, k + 1, { subnetId: idOf('subnet', home) })],
  );
  return networkOf({
    subnets: [aSubnet(1, 1, ['10.0.0.0/8']), aSubnet(2, 1, ['10.0.0.0/9'])],
    interfaces,
  });
}

function holderIn(network: Network, text: string): string | undefined {
  const at = parseAddress(text)!.words[3];
  const held = [...network.interfaces.values()].find((it) => it.primary4 === at);
  return held && `${held.id} ${held.subnetId} ${held.primary4}`;
}

test('networks that change at any time: each packet is recorded by the version of its window', () => {
  let changes = 0;
  fc.assert(
    fc.property(steps, fc.integer({ min: 1, max: 5 }), (todo, rows) => {
      const first = networkWith([1, 2, 0, 0, 0, 0], false);
      const run = new VersionedRun(first);
      const versions = [{ from: Number.NEGATIVE_INFINITY, network: first, version: 1 }];
      let version = 1;
      let now = I + 200;
      run.recorder.advance(now);
      const expected60 = new Map<string, number>();
      const expected600 = new Map<string, number>();
      const boundaries: number[] = [];
      const note = (sums: Map<string, number>, key: string): void => {
        sums.set(key, (sums.get(key) ?? 0) + 1);
      };
      for (const step of todo) {
        if (step.kind === 'wait') {
          run.advance(now + 1, now + step.seconds);
          now += step.seconds;
        } else if (step.kind === 'flush') {
          run.recorder.flushOpen();
        } else if (step.kind === 'network') {
          const network = networkWith(step.cards, step.moved);
          const from = now - (now % 60) + 60;
          boundaries.push(run.change(network, from) - from);
          version++;
          changes++;
          if (versions.at(-1)!.from === from) versions.pop();
          versions.push({ from, network, version });
        } else {
          const packets = step.packets.map(({ age, from, to }) =>
            packet(Math.max(I + 180, now - age), from, {
              src: from === 0 ? OUT : address(from),
              dst: address(to),
            }),
          );
          run.add(packets, rows);
          const closedUpTo = now - 2 - ((now - 2) % 60);
          for (const { time, src, dst } of packets) {
            const start = time - (time % 60);
            const late = start < closedUpTo;
            const by = versions.findLast((it) => it.from <= start)!;
            for (const [side, end] of [
              ['egress', src],
              ['ingress', dst],
            ] as const) {
              const holder = holderIn(by.network, end);
              if (holder === undefined) continue;
              note(expected60, `${start} ${late} ${by.version} ${holder} ${side} ${src} ${dst}`);
              if (!late) note(expected600, `${start - (start % 600)} ${holder} ${side} ${src} ${dst}`);
            }
          }
        }
      }
      run.advance(now + 1, now + 62);
      run.finish();
      expect(run.missing).toEqual([0, 0]);
      expect(run.recorder.attribution.refusedPackets).toBe(0);
      expect(boundaries.filter((it) => it !== 0)).toEqual([]);
      const [sums60, sums600] = [new Map<string, number>(), new Map<string, number>()];
      for (const line of run.lines) {
        const [src, dst] = line.flow.split(' ');
        const what = `${line.who} ${line.side} ${src} ${dst}`;
        const [sums, key] =
          line.seconds === 60
            ? [sums60, `${line.start} ${line.late} ${line.version} ${what}`]
            : [sums600, `${line.start} ${what}`];
        sums.set(key, (sums.get(key) ?? 0) + line.packets);
      }
      expect(sums60).toEqual(expected60);
      expect(sums600).toEqual(expected600);
    }),
    { numRuns: 1000, interruptAfterTimeLimit: 3000, markInterruptAsFailure: false },
  );
  expect(changes).toBeGreaterThan(20);
});
