import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatIPv4 } from '../../src/base/addresses.ts';
import { containsAddress, formatPrefix, prefixOf, type Prefix } from '../../src/base/prefixes.ts';
import { NO_INTERFACE } from '../../src/network/lookup.ts';
import { Rules } from '../../src/rules/rules.ts';
import { id, ids, nameOf, snapshotOf, wordsOf } from './networks.ts';

const budget = { interruptAfterTimeLimit: 2000, markInterruptAsFailure: false } as const;

/** Two VPCs and a VPN by the default table, a third VPC and a peered gateway by tables of their own. */
const network = snapshotOf(
  ids(`
vpcs:
  - id: vpc-1
    cidrs: [10.1.0.0/16, "2001:db8:1::/56"]
    subnets:
      - { id: subnet-1, cidrs: [10.1.1.0/24, "2001:db8:1:1::/64"], azId: euc1-az1, interfaces: [{ id: eni-1, primary: 10.1.1.10 }, { id: eni-2, primary: 10.1.1.5, kind: transit_gateway }] }
      - { id: subnet-2, cidrs: [10.1.2.0/24], azId: euc1-az2, interfaces: [{ id: eni-3, primary: 10.1.2.10 }, { id: eni-4, primary: 10.1.2.5, kind: transit_gateway }] }
      - { id: subnet-3, cidrs: [10.1.3.0/24], azId: euc1-az3, interfaces: [{ id: eni-5, primary: 10.1.3.10 }] }
    routeTables: [{ id: rtb-1, main: true, routes: [{ to: 10.0.0.0/8, via: tgw-1 }, { to: "2001:db8::/32", via: tgw-1 }, { to: 10.9.0.0/16, blackhole: true }] }]
  - id: vpc-2
    account: "210987654321"
    cidrs: [10.2.0.0/16, "2001:db8:2::/56"]
    subnets:
      - { id: subnet-21, cidrs: [10.2.1.0/24], azId: euc1-az2, interfaces: [{ id: eni-21, primary: 10.2.1.10 }] }
    routeTables: [{ id: rtb-2, main: true, routes: [{ to: 10.0.0.0/8, via: tgw-1 }] }]
  - id: vpc-3
    cidrs: [10.3.0.0/16]
    subnets: [{ id: subnet-31, cidrs: [10.3.1.0/24], azId: euc1-az1, interfaces: [{ id: eni-31, primary: 10.3.1.10 }] }]
transitGateways:
  - id: tgw-1
    attachments:
      - { id: tgw-attach-1, vpc: vpc-1, subnets: [subnet-1, subnet-2], interfaces: [eni-2, eni-4] }
      - { id: tgw-attach-2, vpc: vpc-2, subnets: [subnet-21] }
      - { id: tgw-attach-3, vpc: vpc-3, subnets: [subnet-31] }
      - { id: tgw-attach-4, vpn: vpn-1 }
      - { id: tgw-attach-5, peer: { gateway: tgw-2, region: us-east-1 } }
      - { id: tgw-attach-6, directConnectGateway: 0a1b2c3d-0000-4000-8000-0a1b2c3d4e5f }
    routeTables:
      - id: tgw-rtb-1
        defaultAssociation: true
        defaultPropagation: true
        routes:
          - { to: 0.0.0.0/0, via: tgw-attach-5 }
          - { to: 10.2.128.0/17, via: tgw-attach-3 }
          - { to: 10.2.192.0/18, blackhole: true }
          - { to: 172.16.0.0/12, via: [tgw-attach-4, tgw-attach-6], propagated: true }
          - { to: 10.2.0.0/16, via: tgw-attach-4, propagated: true }
          - { to: 10.3.0.0/16, via: tgw-attach-4 }
      - id: tgw-rtb-2
        associations: [tgw-attach-3]
        routes: [{ to: 10.1.0.0/16, via: tgw-attach-1 }, { to: 10.3.0.0/16, via: tgw-attach-3 }]
`),
);
const rules = new Rules(network);
const six = (address: string): boolean => address.includes(':');

describe('the attachment that traffic enters by', () => {
  const enters = (from: string, to: string): string =>
    nameOf(network, rules.entersBy(network.numberOf(id(from)), six(to), wordsOf(to)));
  test.each([
    ['eni-1', '10.2.1.10', 'tgw-attach-1'],
    ['eni-1', '2001:db8:2::1', 'tgw-attach-1'],
    ['eni-21', '10.1.1.10', 'tgw-attach-2'],
    ['eni-1', '10.1.2.10', '-'],
    ['eni-1', '10.9.0.1', '-'],
    ['eni-1', '8.8.8.8', '-'],
    ['eni-31', '10.1.1.10', '-'],
  ])('from %s to %s: %s', (from, to, expected) => {
    expect(enters(from, to)).toBe(expected === '-' ? '-' : id(expected));
  });
});

describe('the attachment that traffic leaves by', () => {
  const leaves = (at: string, to: string): string =>
    nameOf(network, rules.leavesBy(network.numberOf(id(at)), six(to), wordsOf(to)));
  test.each([
    ['tgw-attach-1', '10.2.1.10', 'tgw-attach-2', 'what a VPC propagates, before a VPN'],
    ['tgw-attach-1', '2001:db8:2::1', 'tgw-attach-2', 'its IPv6 prefix'],
    ['tgw-attach-1', '10.2.129.1', 'tgw-attach-3', 'the longest prefix'],
    ['tgw-attach-1', '10.2.193.1', '-', 'a black hole'],
    ['tgw-attach-1', '10.3.1.10', 'tgw-attach-4', 'static before propagated'],
    ['tgw-attach-1', '172.16.0.1', 'tgw-attach-4', 'the first of equal costs'],
    ['tgw-attach-1', '8.8.8.8', 'tgw-attach-5', 'a peered gateway'],
    ['tgw-attach-1', '2001:db8:9::1', '-', 'no route'],
    ['tgw-attach-1', '10.1.1.10', 'tgw-attach-1', 'back, as the table says'],
    ['tgw-attach-4', '10.1.1.10', 'tgw-attach-1', 'the same table'],
    ['tgw-attach-5', '10.1.1.10', 'tgw-attach-1', 'from a peered gateway'],
    ['tgw-attach-3', '10.1.1.10', 'tgw-attach-1', 'a table of its own'],
    ['tgw-attach-3', '10.2.1.10', '-', 'which has no more'],
  ])('%s to %s: %s, %s', (at, to, expected) => {
    expect(leaves(at, to)).toBe(expected === '-' ? '-' : id(expected));
  });
  test('two VPCs with one prefix: the first that propagates it', () => {
    const attachment = (n: number): string =>
      `{ id: tgw-attach-${n}, vpc: vpc-${n}, subnets: [subnet-${n}] }`;
    const vpc = (n: number): string =>
      `{ id: vpc-${n}, cidrs: [10.${n % 2}.0.0/16], subnets: [{ id: subnet-${n}, cidrs: [10.${n % 2}.0.0/16] }] }`;
    const it = snapshotOf(
      ids(`
vpcs: [${[1, 2, 3].map(vpc).join(', ')}]
transitGateways: [{ id: tgw-1, attachments: [${[2, 3, 1].map(attachment).join(', ')}] }]
`),
      { scopes: [['vpc-00000001', 'vpc-00000002'], ['vpc-00000003']] },
    );
    const number = new Rules(it).leavesBy(it.numberOf(id('tgw-attach-2')), false, wordsOf('10.1.0.1'));
    expect(nameOf(it, number)).toBe(id('tgw-attach-3'));
  });
  test('nothing leaves by what is no attachment', () => {
    expect(leaves('eni-1', '10.2.1.10')).toBe('-');
    expect(rules.leavesBy(NO_INTERFACE, false, wordsOf('10.2.1.10'))).toBe(NO_INTERFACE);
  });
});

describe('what an attachment says of an end', () => {
  const end = (at: string, address: string) =>
    rules.end(network.numberOf(id(at)), six(address), wordsOf(address));
  const common = { attachmentId: id('tgw-attach-1'), vpcAccountId: '123456789012', vpcId: id('vpc-1') };
  const first = { ...common, subnetId: id('subnet-1'), interfaceId: id('eni-2'), azId: 'euc1-az1' };
  const second = { ...common, subnetId: id('subnet-2'), interfaceId: id('eni-4'), azId: 'euc1-az2' };

  test('its subnet and interface in the zone of the address', () => {
    expect(end('tgw-attach-1', '10.1.1.10')).toEqual(first);
    expect(end('tgw-attach-1', '2001:db8:1:1::7')).toEqual(first);
    expect(end('tgw-attach-1', '10.1.2.10')).toEqual(second);
  });
  test('its first, for a zone that it is not in, and for what is in no subnet', () => {
    expect(end('tgw-attach-1', '10.1.3.10')).toEqual(first);
    expect(end('tgw-attach-1', '10.1.99.1')).toEqual(first);
    expect(end('tgw-attach-1', '8.8.8.8')).toEqual(first);
  });
  test('an attachment without interfaces', () => {
    expect(end('tgw-attach-2', '10.2.1.10')).toEqual({
      attachmentId: id('tgw-attach-2'),
      vpcAccountId: '210987654321',
      vpcId: id('vpc-2'),
      subnetId: id('subnet-21'),
      interfaceId: undefined,
      azId: 'euc1-az2',
    });
  });
  test('no zone in a sublocation', () => {
    const it = snapshotOf(
      ids(`
vpcs:
  - id: vpc-1
    cidrs: [10.1.0.0/16]
    subnets: [{ id: subnet-1, cidrs: [10.1.0.0/16], azId: euc1-az1, placement: { sublocationType: outpost, sublocationId: op-1 } }]
transitGateways: [{ id: tgw-1, attachments: [{ id: tgw-attach-1, vpc: vpc-1, subnets: [subnet-1] }] }]
`),
    );
    const said = new Rules(it).end(it.numberOf(id('tgw-attach-1')), false, wordsOf('10.1.0.1'));
    expect(said).toMatchObject({ subnetId: id('subnet-1'), azId: undefined });
  });
  test('one that is no VPC, and none', () => {
    const nothing = {
      vpcAccountId: undefined,
      vpcId: undefined,
      subnetId: undefined,
      interfaceId: undefined,
      azId: undefined,
    };
    expect(end('tgw-attach-4', '172.16.0.1')).toEqual({ ...nothing, attachmentId: id('tgw-attach-4') });
    expect(rules.end(NO_INTERFACE, false, wordsOf('10.1.1.1'))).toEqual({
      ...nothing,
      attachmentId: undefined,
    });
  });
  test('the same object for the same answer', () => {
    expect(end('tgw-attach-1', '10.1.2.11')).toBe(end('tgw-attach-1', '10.1.2.10'));
    expect(end('tgw-attach-1', '10.1.1.11')).toBe(end('tgw-attach-1', '10.1.3.10'));
  });
});

describe('any table', () => {
  const word = fc.nat({ max: 15 }).map((n) => (n << 28) | (n & 1));
  const prefix = fc
    .tuple(word, fc.nat({ max: 32 }))
    .map(([d, length]) => prefixOf({ family: 4, words: [0, 0, 0, d] }, length));
  const route = fc.record({
    to: prefix,
    via: fc.constantFrom('tgw-attach-4', 'tgw-attach-6', undefined),
    propagated: fc.boolean(),
  });
  const ORDER = ['tgw-attach-6', 'tgw-attach-4'];

  test('says what a search by hand finds', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(route, {
          maxLength: 10,
          selector: ({ to, propagated }) => `${formatPrefix(to)} ${propagated}`,
        }),
        fc.array(word, { minLength: 1, maxLength: 12 }),
        (drawn, addresses) => {
          // What is propagated leads somewhere.
          const routes = drawn.map((it) => (it.propagated ? { ...it, via: it.via ?? 'tgw-attach-4' } : it));
          const it = snapshotOf(JSON.stringify(gatewayWith(routes)));
          const asked = new Rules(it);
          for (const d of addresses) {
            const number = asked.leavesBy(it.numberOf(id('tgw-attach-4')), false, Int32Array.of(0, 0, 0, d));
            const best = byHand(routes, d);
            expect(`${formatIPv4(d)} ${nameOf(it, number)}`).toBe(
              `${formatIPv4(d)} ${best?.via === undefined ? '-' : id(best.via)}`,
            );
          }
        },
      ),
      budget,
    );
  });

  interface Drawn {
    readonly to: Prefix;
    readonly via: string | undefined;
    readonly propagated: boolean;
  }

  function gatewayWith(routes: readonly Drawn[]): unknown {
    return {
      vpcs: [{ id: id('vpc-1'), cidrs: ['10.0.0.0/16'] }],
      transitGateways: [
        {
          id: id('tgw-1'),
          attachments: [
            { id: id('tgw-attach-4'), vpn: id('vpn-1') },
            { id: id('tgw-attach-6'), directConnectGateway: '0a1b2c3d-0000-4000-8000-0a1b2c3d4e5f' },
          ],
          routeTables: [
            {
              id: id('tgw-rtb-1'),
              defaultAssociation: true,
              routes: routes.map(({ to, via, propagated }) => ({
                to: formatPrefix(to),
                propagated,
                ...(via === undefined ? { blackhole: true } : { via: id(via) }),
              })),
            },
          ],
        },
      ],
    };
  }

  function byHand(routes: readonly Drawn[], d: number): Drawn | undefined {
    const rank = (it: Drawn): number => (it.propagated ? 1 + ORDER.indexOf(it.via!) : 0);
    return routes
      .filter((it) => containsAddress(it.to, { family: 4, words: [0, 0, 0, d] }))
      .sort((a, b) => b.to.length - a.to.length || rank(a) - rank(b))[0];
  }
});
