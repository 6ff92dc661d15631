/** VPCs of one scope of which one lies inside of another that discovers (S2.1). */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UserError } from '../../src/base/errors.ts';
import { discoveringNetwork } from '../../src/network/defaults.ts';
import type { NetworkInterface } from '../../src/network/interface.ts';
import { DISCOVERED_BASE } from '../../src/network/lookup.ts';
import { createNetwork, type NetworkParts } from '../../src/network/model.ts';
import { Snapshot, type SnapshotOptions } from '../../src/network/snapshot.ts';
import type { Subnet } from '../../src/network/subnet.ts';
import { anInterface, aSubnet, aVpc, networkOf } from './builders.ts';

const TEN = 10 << 24;
const TEN_ONE = TEN + (1 << 16);
const discovering = (subnet: Subnet): Subnet => ({ ...subnet, discover: true });

const wide = aVpc(1, ['10.0.0.0/8', 'fd00::/8']);
const wideSubnet = discovering(aSubnet(1, 1, ['10.0.0.0/8', 'fd00::/8']));
const own = aVpc(2, ['10.1.0.0/16', 'fd00:0:0:1::/64']);
const ownSubnet = aSubnet(2, 2, ['10.1.0.0/16', 'fd00:0:0:1::/64']);
const host = anInterface(20, {
  subnetId: ownSubnet.id,
  primary4: TEN_ONE + 5,
  ipv6: [[0xfd00_0000 | 0, 1, 0, 5]],
});

function build(parts: Partial<NetworkParts>, more: Partial<SnapshotOptions> = {}): Snapshot {
  return Snapshot.build(networkOf(parts), { version: 1, scopes: 'all', overlaps: 'leave-out', ...more });
}

function vpcAt(snapshot: Snapshot, address: number): string | undefined {
  const number = snapshot.find4(0, address, true);
  return number === 0 ? undefined : snapshot.facts(number).vpcId;
}

describe('a subnet inside of a discovering one of another VPC', () => {
  test('has its addresses, and the other VPC those around them', () => {
    const snapshot = build({ vpcs: [wide, own], subnets: [wideSubnet, ownSubnet], interfaces: [host] });
    expect(snapshot.conflicts).toEqual([]);
    expect(snapshot.facts(snapshot.find4(0, TEN_ONE + 5, true)).interfaceId).toBe(host.id);
    expect(snapshot.facts(snapshot.find6(0, 0xfd00_0000, 1, 0, 5, true)).interfaceId).toBe(host.id);
    // What it does not declare is nobody's: it does not discover.
    expect(snapshot.find4(0, TEN_ONE + 6, true)).toBe(0);
    expect(snapshot.find6(0, 0xfd00_0000, 1, 0, 6, true)).toBe(0);
    expect(vpcAt(snapshot, TEN + 6)).toBe(wide.id);
    expect(vpcAt(snapshot, TEN + (2 << 16))).toBe(wide.id);
    expect(snapshot.find6(0, 0xfd00_0000, 2, 0, 6, true)).toBeGreaterThanOrEqual(DISCOVERED_BASE);
    expect([...snapshot.scopeInterfaces(0)]).toEqual([1]);
  });

  test('whichever VPC was first', () => {
    const snapshot = build({ vpcs: [own, wide], subnets: [ownSubnet, wideSubnet], interfaces: [host] });
    expect(snapshot.conflicts).toEqual([]);
    expect([TEN_ONE + 5, TEN + 5].map((it) => vpcAt(snapshot, it))).toEqual([own.id, wide.id]);
  });

  test('discovers in its turn', () => {
    const snapshot = build({ vpcs: [wide, own], subnets: [wideSubnet, discovering(ownSubnet)] });
    expect([TEN_ONE + 6, TEN + 6].map((it) => vpcAt(snapshot, it))).toEqual([own.id, wide.id]);
  });

  test('is made under way: what was discovered there gets no more traffic', () => {
    const before = build({ vpcs: [wide], subnets: [wideSubnet] });
    const [inside, outside] = [TEN_ONE + 5, TEN + 5].map((it) => before.find4(0, it, true));
    const parts = { vpcs: [wide, own], subnets: [wideSubnet, ownSubnet], interfaces: [host] };
    const after = build(parts, { version: 2, previous: before });
    expect(after.facts(after.find4(0, TEN_ONE + 5, true)).interfaceId).toBe(host.id);
    expect(after.find4(0, TEN + 5, true)).toBe(outside);
    // It is still an interface of its VPC and its subnet, for records of the interval under way.
    expect(after.has(inside!)).toBe(true);
    expect(after.facts(inside!)).toEqual(before.facts(inside!));
    expect(after.factsVersion).toBe(2);
    expect(after.rediscover(wide.id, false, [0, 0, 0, TEN_ONE + 9])).toBe(0);
    expect(after.rediscover(wide.id, false, [0, 0, 0, TEN + 9])).not.toBe(0);
    const gone = build({ vpcs: [wide], subnets: [wideSubnet] }, { version: 3, previous: after });
    expect(gone.find4(0, TEN_ONE + 5, true)).toBe(inside);
  });

  test('in the network that a service has without a description', () => {
    const base = discoveringNetwork({ account: '123456789012', region: 'eu-central-1' });
    const network = createNetwork({
      accounts: [...base.accounts.values()],
      regions: [...base.regions.values()],
      vpcs: [...base.vpcs.values(), aVpc(2, ['10.1.0.0/16'])],
      subnets: [...base.subnets.values(), aSubnet(2, 2, ['10.1.0.0/16'])],
      interfaces: [anInterface(20, { subnetId: ownSubnet.id, primary4: TEN_ONE + 5 })],
      instances: [],
    });
    for (const scopes of ['all', ['all']] as const) {
      for (const overlaps of ['leave-out', 'refuse-named'] as const) {
        const snapshot = Snapshot.build(network, { version: 1, scopes, overlaps });
        expect(snapshot.conflicts).toEqual([]);
        expect(vpcAt(snapshot, TEN_ONE + 5)).toBe(own.id);
        expect(vpcAt(snapshot, TEN + 5)).not.toBe(own.id);
      }
    }
    expect(() => Snapshot.build(network, { version: 1, scopes: 'all' })).toThrow(UserError);
  });

  test('a VPC without subnets takes nothing', () => {
    const snapshot = build({ vpcs: [wide, own], subnets: [wideSubnet] });
    expect(vpcAt(snapshot, TEN_ONE + 5)).toBe(wide.id);
  });
});

describe('stays an overlap', () => {
  const inside = anInterface(10, { primary4: TEN + 1, secondary4: [TEN_ONE + 77] });
  const plain = aSubnet(1, 1, ['10.0.0.0/8', 'fd00::/8']);
  test.each<[string, Partial<NetworkParts>]>([
    ['inside of a subnet that does not discover', { subnets: [plain, ownSubnet] }],
    ['where the wider one has declared an address', { interfaces: [inside] }],
    [
      'where the wider one has declared an IPv6 address',
      { interfaces: [anInterface(10, { ipv6: [[0xfd00_0000 | 0, 1, 0, 9]] })] },
    ],
    ['with the same prefix', { subnets: [wideSubnet, discovering(aSubnet(2, 2, ['10.0.0.0/8']))] }],
    [
      'inside of a plain subnet of a discovering one',
      { subnets: [wideSubnet, aSubnet(5, 1, ['10.0.0.0/15']), ownSubnet] },
    ],
  ])('%s', (_, more) => {
    const parts = { vpcs: [wide, { ...own, cidrs: wide.cidrs }], subnets: [wideSubnet, ownSubnet], ...more };
    const snapshot = build(parts);
    expect(snapshot.conflicts).toMatchObject([{ id: ownSubnet.id, vpcId: own.id }]);
  });

  test('but not where the wider one has declared an address elsewhere', () => {
    const elsewhere = anInterface(10, { primary4: TEN + (2 << 16), secondary4: [TEN_ONE - 1] });
    const snapshot = build({
      vpcs: [wide, own],
      subnets: [wideSubnet, ownSubnet],
      interfaces: [elsewhere, host],
    });
    expect(snapshot.conflicts).toEqual([]);
    expect(vpcAt(snapshot, TEN_ONE + 5)).toBe(own.id);
  });

  test('inside of a discovering subnet of a plain one: the innermost one counts', () => {
    const outer = aSubnet(4, 1, ['10.0.0.0/8']);
    const between = discovering(aSubnet(1, 1, ['10.0.0.0/15']));
    const snapshot = build({ vpcs: [wide, own], subnets: [outer, between, ownSubnet], interfaces: [host] });
    expect(snapshot.conflicts).toEqual([]);
    expect(vpcAt(snapshot, TEN_ONE + 5)).toBe(own.id);
  });
});

/** A subnet of 10.0.0.0/27, as numbers. */
interface Piece {
  readonly subnet: Subnet;
  readonly v: number;
  readonly low: number;
  readonly size: number;
  readonly declared: number | undefined;
}

/** S2.1 by comparing each with each, subnets of one prefix: who stays. */
function keptByRule(pieces: readonly Piece[], vpcCount: number): Piece[] {
  const holds = (outer: Piece, inner: Piece): boolean =>
    outer.low <= inner.low && inner.low + inner.size <= outer.low + outer.size;
  const yields = (outer: Piece, inner: Piece, among: readonly Piece[]): boolean => {
    if (outer.size === inner.size) return false;
    const at = outer.declared;
    if (at !== undefined && at >= inner.low && at < inner.low + inner.size) return false;
    const closer = among.some(
      (it) => it.v === outer.v && it.size < outer.size && holds(outer, it) && holds(it, inner),
    );
    return closer || outer.subnet.discover;
  };
  let kept: Piece[] = [];
  for (let v = 0; v < vpcCount; v++) {
    let mine = pieces.filter((it) => it.v === v);
    for (let before = -1; before !== mine.length;) {
      before = mine.length;
      const now = [...kept, ...mine];
      mine = mine.filter((it) =>
        kept.every((other) => {
          if (holds(other, it)) return yields(other, it, now);
          return holds(it, other) ? yields(it, other, now) : true;
        }),
      );
    }
    kept = [...kept, ...mine];
  }
  return kept;
}

test('whatever overlaps, each address is that of the innermost subnet that stays', () => {
  const piece = fc.record({
    place: fc.nat({ max: 7 }),
    length: fc.integer({ min: 27, max: 32 }),
    discover: fc.boolean(),
    declares: fc.option(fc.nat({ max: 31 }), { freq: 2 }),
  });
  const vpcs = fc.array(fc.array(piece, { minLength: 1, maxLength: 4 }), { minLength: 2, maxLength: 4 });
  let shared = 0;
  fc.assert(
    fc.property(vpcs, (lists) => {
      const taken = new Set<string>();
      const pieces = lists.flatMap((list, v) =>
        list.flatMap(({ place, length, discover, declares }, s): Piece[] => {
          const low = (place * 4) & (-1 << (32 - length));
          const size = 2 ** (32 - length);
          const cidr = `10.0.0.${low}/${length}`;
          const wanted = declares === null ? undefined : low + (declares % size);
          const declared = wanted === undefined || taken.has(`${v} ${wanted}`) ? undefined : wanted;
          if (taken.has(`${v} ${cidr}`)) return [];
          taken.add(`${v} ${cidr}`).add(`${v} ${declared}`);
          return [{ subnet: { ...aSubnet(v * 10 + s, v, [cidr]), discover }, v, low, size, declared }];
        }),
      );
      const snapshot = build({
        vpcs: lists.map((_, v) => aVpc(v, ['10.0.0.0/8'])),
        subnets: pieces.map((it) => it.subnet),
        interfaces: pieces.flatMap(({ subnet, declared }, i): NetworkInterface[] =>
          declared === undefined
            ? []
            : [anInterface(100 + i, { subnetId: subnet.id, primary4: TEN + declared })],
        ),
      });
      const kept = keptByRule(pieces, lists.length);
      const left = new Set(
        snapshot.conflicts.filter(({ id }) => id.startsWith('subnet-')).map(({ id }) => id),
      );
      expect(left).toEqual(new Set(pieces.filter((it) => !kept.includes(it)).map((it) => it.subnet.id)));
      if (kept.some((a) => kept.some((b) => a.v !== b.v && a.low <= b.low && b.low < a.low + a.size)))
        shared++;
      for (let at = 0; at < 32; at++) {
        const over = kept.filter((it) => at >= it.low && at < it.low + it.size);
        const innermost = over.toSorted((a, b) => a.size - b.size)[0];
        const number = snapshot.find4(0, TEN + at, true);
        const holder = kept.find((it) => it.declared === at);
        const owner = holder ?? (innermost?.subnet.discover === true ? innermost : undefined);
        const seen = number === 0 ? undefined : snapshot.facts(number).subnetId;
        // Network and broadcast addresses are never discovered.
        const missed = seen === undefined && holder === undefined && (owner?.size ?? 0) > 2;
        expect(missed ? owner!.subnet.id : seen).toBe(owner?.subnet.id);
      }
    }),
    { interruptAfterTimeLimit: 3000, markInterruptAsFailure: false },
  );
  expect(shared).toBeGreaterThan(0);
});
