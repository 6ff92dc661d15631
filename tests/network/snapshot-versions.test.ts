import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UserError } from '../../src/base/errors.ts';
import type { NetworkInterface } from '../../src/network/interface.ts';
import { NO_TUNNEL } from '../../src/network/lookup.ts';
import type { Network, NetworkParts } from '../../src/network/model.ts';
import { Snapshot, type SnapshotOptions } from '../../src/network/snapshot.ts';
import { anInterface, aSubnet, aVpc, idOf, networkOf } from './builders.ts';

const TEN = 10 << 24;
const eni = (n: number, members: Partial<NetworkInterface> = {}): NetworkInterface =>
  anInterface(n, { primary4: TEN + n, ...members });

function build(network: Network, version: number, more: Partial<SnapshotOptions> = {}): Snapshot {
  return Snapshot.build(network, { version, scopes: 'all', ...more });
}

const withInterfaces = (...interfaces: NetworkInterface[]): Network => networkOf({ interfaces });

describe('numbers of interfaces from version to version', () => {
  const first = build(withInterfaces(eni(1), eni(2), eni(3)), 1);

  test('stay, new ones follow, and those of interfaces that are gone are holes', () => {
    const second = build(withInterfaces(eni(4), eni(3), eni(1)), 2, { previous: first });
    expect([1, 2, 3, 4].map((n) => second.numberOf(idOf('eni', n)))).toEqual([1, 0, 3, 4]);
    expect([1, 2, 3, 4, 5].map((n) => second.has(n))).toEqual([true, false, true, true, false]);
    expect(second.declaredCount).toBe(4);
    expect(second.find4(0, TEN + 2, false)).toBe(0);
    expect(second.find4(0, TEN + 4, false)).toBe(4);
    expect([...second.scopeInterfaces(0)]).toEqual([1, 3, 4]);
    expect(() => second.facts(2)).toThrow(
      new RangeError('version 2 has no interface with number 2: it is gone'),
    );
    expect(() => second.facts(5)).toThrow(RangeError);
    expect(second.isReservedVpc(2)).toBe(false);
    // The version before still says what it said.
    expect(first.facts(2).interfaceId).toBe(idOf('eni', 2));
    expect(Snapshot.attach(first.handle(), Snapshot.attach(second.handle())).facts(2).primary4).toBe(TEN + 2);
  });

  test('are never used again, also of the last one, also by the same id', () => {
    const second = build(withInterfaces(eni(1), eni(2)), 2, { previous: first });
    expect(second.declaredCount).toBe(3);
    const third = build(withInterfaces(eni(1), eni(2), eni(3)), 3, { previous: second });
    expect(third.numberOf(idOf('eni', 3))).toBe(4);
    expect(third.has(3)).toBe(false);
  });

  test('a fresh build numbers in the order of the network', () => {
    const fresh = build(withInterfaces(eni(3), eni(1)), 9);
    expect([fresh.numberOf(idOf('eni', 3)), fresh.numberOf(idOf('eni', 1))]).toEqual([1, 2]);
    expect(fresh.compare(1, 2)).toBeLessThan(0);
  });

  test('bindings and MAC addresses lead to them too', () => {
    const bound = eni(5, { bindings: [{ source: 'lan', ifIndex: undefined, vlan: undefined }] });
    const station = eni(6, { mac: { high: 0x0200, low: 6 } });
    const second = build(withInterfaces(bound, station, eni(3)), 2, { previous: first });
    expect(second.findBound({ source: 'lan', exporter: '' }, 0, 0, NO_TUNNEL)).toBe(4);
    expect(second.findMac(0, 0x0200, 6)).toBe(5);
    expect(second.needsLink).toBe(true);
  });

  test('any history: each id has the same number for as long as it is there, and none is used twice', () => {
    const step = fc.uniqueArray(fc.integer({ min: 1, max: 12 }), { maxLength: 12 });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 8 }), (steps) => {
        let snapshot: Snapshot | undefined;
        let held = new Map<string, number>();
        let highest = 0;
        steps.forEach((ids, i) => {
          const network = withInterfaces(...ids.map((n) => eni(n)));
          snapshot = build(network, i + 1, snapshot === undefined ? {} : { previous: snapshot });
          const now = new Map<string, number>();
          for (const n of ids) {
            const number = snapshot.numberOf(idOf('eni', n));
            expect(snapshot.facts(number).interfaceId).toBe(idOf('eni', n));
            expect(snapshot.find4(0, TEN + n, false)).toBe(number);
            const before = held.get(idOf('eni', n));
            expect(before === undefined ? number > highest : number === before).toBe(true);
            now.set(idOf('eni', n), number);
          }
          highest = Math.max(highest, ...now.values());
          expect(snapshot.declaredCount).toBe(highest);
          held = now;
        });
      }),
      { interruptAfterTimeLimit: 2000, markInterruptAsFailure: false },
    );
  });
});

describe('versions with the same facts (S3.7)', () => {
  const parts: Partial<NetworkParts> = { interfaces: [eni(1), eni(2)] };
  const base = build(networkOf(parts), 1);
  const next = (more: Partial<NetworkParts>): number =>
    build(networkOf({ ...parts, ...more }), 2, { previous: base }).factsVersion;

  test('when interfaces and what does not concern any are added', () => {
    expect(base.factsVersion).toBe(1);
    expect(next({})).toBe(1);
    expect(next({ interfaces: [eni(2), eni(9), eni(1)] })).toBe(1);
    expect(
      next({
        vpcs: [aVpc(9, ['192.168.0.0/16']), aVpc(1, ['10.0.0.0/8'])],
        subnets: [aSubnet(9, 9, ['192.168.0.0/24']), aSubnet(1, 1, ['10.0.0.0/8'])],
      }),
    ).toBe(1);
  });

  test.each<[string, Partial<NetworkParts>]>([
    ['an interface is gone', { interfaces: [eni(1)] }],
    ['its address is another', { interfaces: [eni(1, { primary4: TEN + 77 }), eni(2)] }],
    [
      'it has an IPv6 address',
      {
        interfaces: [eni(1), eni(2, { ipv6: [[0xfd000000, 0, 0, 1]] })],
        subnets: [aSubnet(1, 1, ['10.0.0.0/8', 'fd00::/64'])],
        vpcs: [aVpc(1, ['10.0.0.0/8', 'fd00::/56'])],
      },
    ],
    ['it belongs to an instance', { interfaces: [eni(1, { instanceId: 'i-00000001' }), eni(2)] }],
    ['it has a tag', { interfaces: [eni(1, { tags: { Name: 'x' } }), eni(2)] }],
    ['it is a router', { interfaces: [eni(1, { kind: 'router' }), eni(2)] }],
    ['its subnet has a zone', { subnets: [{ ...aSubnet(1, 1, ['10.0.0.0/8']), azId: 'euc1-az1' }] }],
    ['its VPC has moved', { vpcs: [{ ...aVpc(1, ['10.0.0.0/8']), region: 'us-east-1' }] }],
    ['addresses are discovered', { subnets: [{ ...aSubnet(1, 1, ['10.0.0.0/8']), discover: true }] }],
  ])('not when %s', (_, more) => {
    expect(next(more)).toBe(2);
  });

  test('not when a subnet is made inside of one that discovers: what was discovered is in that one now', () => {
    const wide = { ...aSubnet(1, 1, ['10.0.0.0/8']), discover: true };
    const before = build(networkOf({ subnets: [wide] }), 1);
    const number = before.find4(0, TEN + 5, true);
    const inner = { ...aSubnet(2, 1, ['10.0.0.0/24']), discover: true };
    const after = build(networkOf({ subnets: [wide, inner] }), 2, { previous: before });
    expect(after.factsVersion).toBe(2);
    expect([before.facts(number).subnetId, after.facts(number).subnetId]).toEqual([wide.id, inner.id]);
  });
});

describe('VPCs that overlap in one scope (S2.1)', () => {
  const overlapping = networkOf({
    vpcs: [aVpc(1, ['10.0.0.0/8']), aVpc(2, ['10.0.0.0/8', '192.168.0.0/16'])],
    subnets: [
      aSubnet(2, 2, ['10.0.1.0/24']),
      aSubnet(3, 2, ['192.168.0.0/24']),
      aSubnet(4, 2, ['10.9.0.0/16']),
      aSubnet(1, 1, ['10.0.0.0/16']),
    ],
    interfaces: [
      eni(20, { subnetId: idOf('subnet', 2), primary4: TEN + 0x105 }),
      eni(30, { subnetId: idOf('subnet', 3), primary4: (192 << 24) | (168 << 16) | 5 }),
      eni(10, { primary4: TEN + 0x105 }),
    ],
  });

  test('the one that was declared first keeps its addresses, the other subnets stay as they are', () => {
    const snapshot = build(overlapping, 1, { overlaps: 'leave-out' });
    expect(snapshot.facts(snapshot.find4(0, TEN + 0x105, false)).interfaceId).toBe(idOf('eni', 10));
    expect([...snapshot.scopeInterfaces(0)]).toEqual([2, 3]); // 1 is left out, and has a number all the same
    expect(snapshot.facts(1).interfaceId).toBe(idOf('eni', 20));
    expect(snapshot.conflicts).toEqual([
      {
        scope: 0,
        id: idOf('subnet', 2),
        vpcId: idOf('vpc', 2),
        keeper: idOf('subnet', 1),
        reason:
          `10.0.1.0/24 (${idOf('subnet', 2)}, ${idOf('vpc', 2)}) overlaps ` +
          `10.0.0.0/16 (${idOf('subnet', 1)}, ${idOf('vpc', 1)}) in one scope`,
      },
    ]);
  });

  test('scopes apart do not care', () => {
    const snapshot = build(overlapping, 1, { scopes: [[idOf('vpc', 1)], [idOf('vpc', 2)]] });
    expect(snapshot.conflicts).toEqual([]);
    expect(snapshot.facts(snapshot.find4(1, TEN + 0x105, false)).interfaceId).toBe(idOf('eni', 20));
    expect(snapshot.scopeCount).toBe(2);
  });

  test('scopes that name their VPCs are refused at the start, those with all are not', () => {
    const named = [idOf('vpc', 1), idOf('vpc', 2)];
    expect(() => build(overlapping, 1, { scopes: [named], overlaps: 'refuse-named' })).toThrow(UserError);
    expect(() => build(overlapping, 1, { scopes: ['all'] })).toThrow(UserError);
    const mixed = build(overlapping, 1, { scopes: ['all', [idOf('vpc', 2)]], overlaps: 'refuse-named' });
    expect(mixed.conflicts.map(({ scope }) => scope)).toEqual([0]);
    const later = build(overlapping, 2, { scopes: [named], overlaps: 'leave-out' });
    expect(later.conflicts).toHaveLength(1);
  });

  test('a MAC address leaves the later interface out', () => {
    const mac = { high: 2, low: 7 };
    const network = networkOf({
      vpcs: [aVpc(1, ['10.0.0.0/16']), aVpc(2, ['10.1.0.0/16'])],
      subnets: [aSubnet(1, 1, ['10.0.0.0/16']), aSubnet(2, 2, ['10.1.0.0/16'])],
      interfaces: [eni(2, { subnetId: idOf('subnet', 2), primary4: TEN + 0x10005, mac }), eni(1, { mac })],
    });
    expect(() => build(network, 1)).toThrow('both hold a MAC address');
    const snapshot = build(network, 1, { overlaps: 'leave-out' });
    expect(snapshot.facts(snapshot.findMac(0, 2, 7)).interfaceId).toBe(idOf('eni', 1));
    expect(snapshot.conflicts).toMatchObject([{ id: idOf('eni', 2), keeper: idOf('eni', 1) }]);
  });

  test('a VPC that is gone is left out of the scopes that name it', () => {
    const scopes = [[idOf('vpc', 1), idOf('vpc', 8)]];
    expect(() => build(networkOf({}), 1, { scopes, overlaps: 'refuse-named' })).toThrow(
      'is not in the network',
    );
    const snapshot = build(networkOf({}), 1, { scopes, overlaps: 'leave-out' });
    expect(snapshot.conflicts).toMatchObject([{ id: idOf('vpc', 8), keeper: undefined }]);
  });
});

describe('what a recording before had discovered', () => {
  const wide = { ...aSubnet(1, 1, ['10.0.0.0/8']), discover: true };

  test('is discovered again, but not where an interface is declared or another VPC is', () => {
    const network = networkOf({ subnets: [wide], interfaces: [eni(1)] });
    const snapshot = build(network, 1);
    const number = snapshot.rediscover(idOf('vpc', 1), false, [0, 0, 0, TEN + 9]);
    expect(number).toBe(snapshot.find4(0, TEN + 9, false));
    expect(snapshot.facts(number)).toMatchObject({ discovered: true, primary4: TEN + 9 });
    expect(snapshot.rediscover(idOf('vpc', 1), false, [0, 0, 0, TEN + 1])).toBe(0);
    expect(snapshot.rediscover(idOf('vpc', 7), false, [0, 0, 0, TEN + 9])).toBe(0);
    expect(snapshot.rediscover(idOf('vpc', 1), false, [0, 0, 0, 5])).toBe(0);
  });

  test('is no interface of a version that does not have its VPC', () => {
    const before = build(networkOf({ subnets: [wide] }), 1);
    const number = before.find4(0, TEN + 9, true);
    expect(before.has(number)).toBe(true);
    expect(before.has(number + 1)).toBe(false);
    const other = networkOf({ vpcs: [aVpc(5, ['10.0.0.0/8'])], subnets: [aSubnet(5, 5, ['10.0.0.0/8'])] });
    expect(build(other, 2, { previous: before }).has(number)).toBe(false);
  });
});
