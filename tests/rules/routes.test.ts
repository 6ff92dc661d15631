import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseAddress, type Address } from '../../src/base/addresses.ts';
import { containsAddress, containsPrefix, prefixOf, type Prefix } from '../../src/base/prefixes.ts';
import type { Route, RouteTable } from '../../src/network/route-table.ts';
import type { Topology } from '../../src/network/topology.ts';
import { PrefixValues, VpcRoutes } from '../../src/rules/routes.ts';
import * as targets from '../../src/rules/targets.ts';
import { Targets } from '../../src/rules/targets.ts';
import { id, ids, snapshotOf, wordsOf } from './networks.ts';

const budget = { numRuns: 1000, interruptAfterTimeLimit: 2000, markInterruptAsFailure: false } as const;

const network = snapshotOf(
  ids(`
vpcs:
  - id: vpc-1
    cidrs: [10.1.0.0/16, "2001:db8:1::/56"]
    subnets:
      - { id: subnet-1, cidrs: [10.1.1.0/24] }
      - { id: subnet-2, cidrs: [10.1.2.0/24], interfaces: [{ id: eni-1, primary: 10.1.2.4, instance: i-1 }, { id: eni-2, primary: 10.1.2.5 }] }
    internetGateway: { id: igw-1 }
    egressOnlyInternetGateway: { id: eigw-1 }
    vpnGateway: { id: vgw-1 }
    endpoints:
      - { id: vpce-1, type: Gateway, service: com.amazonaws.eu-central-1.s3, prefixList: pl-1, routeTables: [rtb-1] }
    routeTables:
      - id: rtb-1
        main: true
        propagating: true
        routes:
          - { to: 0.0.0.0/0, via: igw-1 }
          - { to: "::/0", via: eigw-1 }
          - { to: 172.16.0.0/12, via: vgw-1, propagated: true }
          - { to: 172.16.0.0/16, via: eni-1 }
          - { to: 172.16.0.0/16, via: vgw-1, propagated: true }
          - { to: 10.1.128.0/17, via: vgw-1, propagated: true }
          - { to: 10.1.192.0/18, via: eni-1 }
          - { to: 192.0.2.0/24, blackhole: true }
          - { to: 192.0.2.128/25, via: i-1 }
          - { to: pl-2, via: eni-1 }
          - { to: pl-3, via: i-1 }
          - { to: 203.0.113.0/25, via: i-1 }
      - id: rtb-2
        subnets: [subnet-2]
        routes: [{ to: 198.51.100.7/32, via: igw-1 }]
prefixLists:
  - { id: pl-1, name: com.amazonaws.eu-central-1.s3, prefixes: [198.51.100.0/24] }
  - { id: pl-2, name: two, prefixes: [203.0.113.0/24, 203.0.113.0/25] }
  - { id: pl-3, name: three, prefixes: [203.0.113.0/24] }
`),
);
const found = new Targets(network);
const routes = new VpcRoutes(network.topology, found);

/** The kind of target that traffic from a subnet to an address gets. */
function kindOf(subnet: string | undefined, address: string): number {
  const table = routes.ofSubnet(id('vpc-1'), subnet === undefined ? undefined : id(subnet));
  return found.list[table.find(address.includes(':'), wordsOf(address))]!.kind;
}

describe('where traffic goes', () => {
  test.each([
    ['10.1.77.1', targets.TO_LOCAL, 'the VPC itself'],
    ['2001:db8:1:7::1', targets.TO_LOCAL, 'its IPv6 prefix'],
    ['8.8.8.8', targets.TO_INTERNET, 'the default route'],
    ['255.255.255.255', targets.TO_INTERNET, 'the last address'],
    ['2001:db8:2::1', targets.TO_EGRESS_ONLY, 'the default route of IPv6'],
    ['ffff::1', targets.TO_EGRESS_ONLY, 'which goes to the end'],
    ['172.17.0.1', targets.TO_VPN, 'a propagated route'],
    ['172.16.0.1', targets.TO_INTERFACE, 'a static one before a propagated one to the same prefix'],
    ['10.1.128.1', targets.TO_LOCAL, 'the local route before propagated ones inside of it'],
    ['10.1.192.1', targets.TO_INTERFACE, 'but after static ones inside of it'],
    ['192.0.2.1', targets.TO_BLACKHOLE, 'a black hole hides the default route'],
    ['192.0.2.129', targets.TO_INSTANCE, 'and is hidden by what is longer'],
    ['198.51.100.9', targets.TO_GATEWAY_ENDPOINT, "a gateway endpoint's list"],
    ['203.0.113.200', targets.TO_INTERFACE, 'the first of two lists with one prefix'],
    ['203.0.113.9', targets.TO_INSTANCE, 'a prefix before a list that has it'],
  ])('to %s: %i, %s', (address, kind) => {
    expect(kindOf('subnet-1', address)).toBe(kind);
    expect(kindOf(undefined, address)).toBe(kind);
  });
  test("a subnet's own table instead of the main one", () => {
    expect(kindOf('subnet-2', '198.51.100.7')).toBe(targets.TO_INTERNET);
    expect(kindOf('subnet-2', '198.51.100.8')).toBe(targets.TO_NOTHING);
    expect(kindOf('subnet-2', '2001:db8:2::1')).toBe(targets.TO_NOTHING);
    expect(kindOf('subnet-2', '10.1.1.1')).toBe(targets.TO_LOCAL);
  });
  test('a regional NAT gateway has a table of its own: the VPC and the internet', () => {
    const table = routes.ofRegionalNat(id('vpc-1'));
    const kind = (to: string) => found.list[table.find(to.includes(':'), wordsOf(to))]!.kind;
    expect([kind('10.1.1.1'), kind('172.16.0.1'), kind('0.0.0.0')]).toEqual([
      targets.TO_LOCAL,
      targets.TO_INTERNET,
      targets.TO_INTERNET,
    ]);
  });
  test('a VPC that is not there has no routes', () => {
    expect(routes.ofSubnet(id('vpc-9'), undefined).find(false, wordsOf('10.1.1.1'))).toBe(0);
  });
  test('targets are shared: as many as there are kinds and ids', () => {
    for (let i = 0; i < 3; i++) kindOf('subnet-1', '8.8.8.8');
    const before = found.list.length;
    kindOf('subnet-2', '10.1.1.1');
    expect(found.list.length).toBe(before);
  });
});

/** Few bits, so that prefixes meet. */
const word = fc.tuple(fc.nat({ max: 15 }), fc.nat({ max: 1 })).map(([high, low]) => (high << 28) | low);
const address: fc.Arbitrary<Address> = fc.oneof(
  word.map((d): Address => ({ family: 4, words: [0, 0, 0, d] })),
  fc.tuple(word, word).map(([a, d]): Address => ({ family: 6, words: [a, 0, 0, d] })),
);
const prefix: fc.Arbitrary<Prefix> = fc
  .tuple(address, fc.oneof(fc.nat({ max: 5 }), fc.constantFrom(31, 32, 64, 127, 128)))
  .map(([it, length]) => prefixOf(it, it.family === 4 ? Math.min(length, 32) : length));

describe('any prefixes', () => {
  test('the longest one, of equal ones the last', () => {
    fc.assert(
      fc.property(
        fc.array(prefix, { maxLength: 24 }),
        fc.array(address, { maxLength: 24 }),
        (prefixes, addresses) => {
          const table = new PrefixValues(
            prefixes,
            prefixes.map((_, i) => i + 1),
          );
          for (const it of addresses) {
            let best = -1;
            prefixes.forEach((one, i) => {
              if (containsAddress(one, it) && (best < 0 || one.length >= prefixes[best]!.length)) best = i;
            });
            expect(table.find(it.family === 6, Int32Array.from(it.words))).toBe(best + 1);
          }
        },
      ),
      budget,
    );
  });

  const via = fc.constantFrom('eni-00000001', 'eni-00000002', undefined);
  const route = fc.record({
    to: fc.oneof(prefix, fc.constantFrom('pl-0000000a', 'pl-0000000b')),
    via,
    propagated: fc.boolean(),
  });
  test('tables of any routes say what a search by hand finds', () => {
    fc.assert(
      fc.property(
        fc.array(route, { maxLength: 12 }),
        fc.array(prefix, { maxLength: 5 }),
        fc.array(prefix, { maxLength: 5 }),
        fc.array(address, { minLength: 1, maxLength: 16 }),
        (drawn, listA, listB, addresses) => {
          const local = prefixOf(parseAddress('64.0.0.0')!, 2);
          const lists = new Map([
            ['pl-0000000a', listA],
            ['pl-0000000b', listB],
          ]);
          const table = tableOf([
            { destination: local, target: { kind: 'local' }, blackhole: false, origin: 'table' },
            ...drawn.map((it): Route => ({
              destination: it.to,
              target: it.via === undefined ? undefined : { kind: 'interface', id: it.via },
              blackhole: it.via === undefined,
              origin: it.propagated ? 'propagated' : 'created',
            })),
          ]);
          const it = new Targets(network);
          const topology = {
            ...network.topology,
            routeTables: [table],
            prefixLists: [...lists].map(([listId, prefixes]) => ({ id: listId, prefixes })),
          } as unknown as Topology;
          const compiled = new VpcRoutes(topology, it).ofSubnet(table.vpcId, undefined);
          for (const address of addresses) {
            const expected = byHand(table, lists, local, address);
            const target = it.list[compiled.find(address.family === 6, Int32Array.from(address.words))]!;
            expect(`${target.kind} ${target.hops.map((hop) => hop.number).join()}`).toBe(
              expected === undefined ? `${targets.TO_NOTHING} ` : textOf(expected),
            );
          }
        },
      ),
      budget,
    );
  });
});

function textOf({ target, blackhole }: Route): string {
  if (blackhole || target === undefined) return `${targets.TO_BLACKHOLE} `;
  if (target.kind === 'local') return `${targets.TO_LOCAL} `;
  return `${targets.TO_INTERFACE} ${network.numberOf('id' in target ? target.id : '')}`;
}

function tableOf(list: readonly Route[]): RouteTable {
  return { ...network.topology.routeTables[0]!, main: true, subnetIds: [], routes: list };
}

/** The documented order, route by route. */
function byHand(
  table: RouteTable,
  lists: ReadonlyMap<string, readonly Prefix[]>,
  local: Prefix,
  address: Address,
): Route | undefined {
  const candidates: { route: Route; rank: number; at: number; length: number }[] = [];
  table.routes.forEach((one, at) => {
    const listed = typeof one.destination === 'string';
    const prefixes = typeof one.destination === 'string' ? lists.get(one.destination)! : [one.destination];
    for (const it of prefixes) {
      if (!containsAddress(it, address)) continue;
      if (one.origin === 'propagated' && containsPrefix(local, it)) continue;
      const rank = one.origin === 'propagated' ? 2 : listed ? 1 : 0;
      candidates.push({ route: one, rank, at, length: it.length });
    }
  });
  candidates.sort((a, b) => b.length - a.length || a.rank - b.rank || a.at - b.at);
  return candidates[0]?.route;
}
