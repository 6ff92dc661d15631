import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseAddress, parseIPv4, parseIPv6 } from '../../src/base/addresses.ts';
import { UserError } from '../../src/base/errors.ts';
import { containsAddress, flattenPrefixes, parsePrefix } from '../../src/base/prefixes.ts';
import { NO_INTERFACE, NO_TUNNEL, NO_VPC } from '../../src/network/lookup.ts';
import type { Network } from '../../src/network/model.ts';
import { forEachSpan, union, type Span } from '../../src/network/ranges.ts';
import { Snapshot, type SnapshotOptions } from '../../src/network/snapshot.ts';
import { parseNetwork } from '../../src/network/yaml.ts';
import { isId } from '../../src/network/ids.ts';

const owner = { account: '123456789012', region: 'eu-central-1' };
const yaml = (text: string): Network => parseNetwork(text, 'n.yaml', owner);
const four = (text: string): number => parseIPv4(text)!;
const six = (text: string) => parseIPv6(text)!;

const VPCS = `
vpcs:
  - id: vpc-0000000a
    cidrs: [10.1.0.0/16, "2001:db8:a::/56"]
    awsReserved: true
    subnets:
      - id: subnet-0000000a
        cidrs: [10.1.0.0/24, "2001:db8:a::/64"]
        interfaces:
          - { id: eni-0000000a, primary: 10.1.0.10 }
          - { id: eni-0000000b, primary: 10.1.0.20, kind: transit_gateway }
          - { id: eni-0000000c, primary: 10.1.0.30, kind: nat_gateway }
    natGateways:
      - { id: nat-0000000a, regional: true, addresses: [{ public: 203.0.113.6 }, { public: 203.0.113.7 }], bind: [{ source: nat }] }
      - { id: nat-0000000b, interface: eni-0000000c }
  - id: vpc-0000000b
    account: "210987654321"
    cidrs: [10.2.0.0/16]
    subnets: [{ id: subnet-0000000b, cidrs: [10.2.0.0/24], interfaces: [{ id: eni-0000000d, primary: 10.2.0.10 }] }]
`;
const GATEWAY = `
transitGateways:
  - id: tgw-0000000a
    account: "333333333333"
    attachments:
      - { id: tgw-attach-0000000a, vpc: vpc-0000000a, subnets: [subnet-0000000a], interfaces: [eni-0000000b], tags: { Name: a } }
      - { id: tgw-attach-0000000b, vpc: vpc-0000000b, subnets: [subnet-0000000b], bind: [{ vlan: 20 }] }
      - { id: tgw-attach-0000000c, vpn: vpn-0000000a, bind: [{ source: vpn }, { ifIndex: 7 }] }
      - { id: tgw-attach-0000000d, peer: { gateway: tgw-0000000f, region: us-east-1 } }
      - { id: tgw-attach-0000000e, directConnectGateway: 0a1b2c3d-0000-4000-8000-0a1b2c3d4e5f }
    routeTables:
      - id: tgw-rtb-0000000a
        defaultAssociation: true
        defaultPropagation: true
        routes:
          - { to: 0.0.0.0/0, via: tgw-attach-0000000d }
          - { to: 172.16.0.0/12, via: [tgw-attach-0000000c, tgw-attach-0000000e], propagated: true }
          - { to: 172.16.9.0/24, blackhole: true }
          - { to: "2001:db8:ffff::/48", via: tgw-attach-0000000c }
      - id: tgw-rtb-0000000b
        associations: [tgw-attach-0000000b]
        routes: [{ to: 10.1.0.0/17, via: tgw-attach-0000000c }]
`;
const NETWORK = yaml(VPCS + GATEWAY);

function build(network: Network, more: Partial<SnapshotOptions> = {}): Snapshot {
  return Snapshot.build(network, { version: 1, scopes: 'all', ...more });
}

describe('attachments and regional NAT gateways as recording points', () => {
  const snapshot = build(NETWORK);

  test('have numbers after the interfaces; zonal NAT gateways have none', () => {
    const ids = Array.from({ length: snapshot.declaredCount }, (_, i) => snapshot.facts(i + 1).interfaceId);
    expect(ids).toEqual([
      'eni-0000000a',
      'eni-0000000b',
      'eni-0000000c',
      'eni-0000000d',
      'tgw-attach-0000000a',
      'tgw-attach-0000000b',
      'tgw-attach-0000000c',
      'tgw-attach-0000000d',
      'tgw-attach-0000000e',
      'nat-0000000a',
    ]);
    for (const [i, id] of ids.entries()) {
      expect(snapshot.numberOf(id)).toBe(i + 1);
      expect(snapshot.has(i + 1)).toBe(true);
    }
    expect(snapshot.numberOf('nat-0000000b')).toBe(NO_INTERFACE);
  });

  test('facts: the owner of an attachment is that of its transit gateway', () => {
    expect(snapshot.facts(6)).toEqual({
      number: 6,
      interfaceId: 'tgw-attach-0000000b',
      accountId: '333333333333',
      vpcId: 'vpc-0000000b',
      subnetId: undefined,
      instanceId: undefined,
      region: 'eu-central-1',
      azId: undefined,
      sublocationType: undefined,
      sublocationId: undefined,
      kind: 'transit_gateway_attachment',
      nitro: false,
      tags: {},
      instance: undefined,
      ecsTask: undefined,
      primary4: undefined,
      primary6: undefined,
      addresses6: [],
      discovered: false,
    });
    expect(snapshot.facts(7)).toMatchObject({ interfaceId: 'tgw-attach-0000000c', vpcId: NO_VPC });
    expect(snapshot.facts(10)).toMatchObject({
      interfaceId: 'nat-0000000a',
      accountId: '123456789012',
      vpcId: 'vpc-0000000a',
      kind: 'regional_nat_gateway',
      subnetId: undefined,
    });
    expect([5, 6, 7, 10].map((number) => snapshot.isReservedVpc(number))).toEqual([true, false, false, true]);
  });

  test('are bound to traffic like interfaces', () => {
    expect(snapshot.needsLink).toBe(true);
    expect(snapshot.findBound({ source: 'vpn', exporter: '' }, 3, 0, NO_TUNNEL)).toBe(7);
    expect(snapshot.findBound({ source: 'edge', exporter: '' }, 7, 0, NO_TUNNEL)).toBe(7);
    expect(snapshot.findBound({ source: 'edge', exporter: '' }, 0, 20, NO_TUNNEL)).toBe(6);
    expect(snapshot.findBound({ source: 'nat', exporter: '' }, 0, 0, NO_TUNNEL)).toBe(10);
    const bound = Array.from({ length: 12 }, (_, i) => i).filter((number) => snapshot.isBound(number));
    expect(bound).toEqual([6, 7, 10]);
  });

  test('only bound ones are covered by a source of their scope (S5.1)', () => {
    expect([...snapshot.scopeInterfaces(0)]).toEqual([1, 2, 3, 4, 6, 7, 10]);
    const scoped = build(NETWORK, { scopes: [['vpc-0000000b'], ['vpc-0000000a'], []] });
    const ids = [0, 1, 2].map((scope) =>
      Array.from(scoped.scopeInterfaces(scope), (number) => scoped.facts(number).interfaceId),
    );
    expect(ids).toEqual([
      ['eni-0000000d', 'tgw-attach-0000000b', 'tgw-attach-0000000c'],
      ['eni-0000000a', 'eni-0000000b', 'eni-0000000c', 'tgw-attach-0000000c', 'nat-0000000a'],
      [],
    ]);
  });

  test('have numbers where a scope sees their VPC, or one that is attached to their gateway', () => {
    const other = yaml(`${VPCS}  - { id: vpc-0000000c, cidrs: [10.3.0.0/16] }\n${GATEWAY}`);
    const none = build(other, { scopes: [['vpc-0000000c']] });
    expect(none.declaredCount).toBe(0);
    expect(none.findBound({ source: 'vpn', exporter: '' }, 0, 0, NO_TUNNEL)).toBe(NO_INTERFACE);
    const one = build(other, { scopes: [['vpc-0000000b']] });
    const numbers = ['a', 'b', 'c', 'd'].map((letter) => one.numberOf(`tgw-attach-0000000${letter}`));
    expect(numbers).toEqual([NO_INTERFACE, 2, 3, 4]);
    expect(one.numberOf('nat-0000000a')).toBe(NO_INTERFACE);
    const hub = `transitGateways: [{ id: tgw-0000000b, attachments: [{ id: tgw-attach-0000000f, vpn: vpn-0000000b }] }]`;
    const alone = build(yaml(VPCS + hub), { scopes: [['vpc-0000000b']] });
    expect(alone.facts(alone.numberOf('tgw-attach-0000000f')).kind).toBe('transit_gateway_attachment');
  });

  test('keep their numbers from version to version; those that are gone are holes', () => {
    const fewer = yaml(
      VPCS +
        GATEWAY.replace(/^ *- \{ id: tgw-attach-0000000b.*\n/m, '')
          .replace(/associations.*/, 'routes: []')
          .replace(/^ *routes: \[\{ to: 10.1.*\n/m, ''),
    );
    const more = yaml(
      VPCS.replace(
        '{ id: eni-0000000a,',
        '{ id: eni-0000000f, primary: 10.1.0.99 }\n          - { id: eni-0000000a,',
      ) + GATEWAY,
    );
    const second = build(fewer, { version: 2, previous: snapshot });
    expect(second.numberOf('tgw-attach-0000000b')).toBe(NO_INTERFACE);
    expect(second.has(6)).toBe(false);
    expect(second.numberOf('nat-0000000a')).toBe(10);
    const third = build(more, { version: 3, previous: second });
    expect(third.numberOf('eni-0000000f')).toBe(11);
    expect(third.numberOf('tgw-attach-0000000b')).toBe(12);
    expect(third.facts(10).interfaceId).toBe('nat-0000000a');
    expect([...third.scopeInterfaces(0)]).toEqual([1, 2, 3, 4, 7, 10, 11, 12]);
  });

  test('a regional NAT gateway holds its public addresses where its VPC is seen', () => {
    expect(snapshot.find4(0, four('203.0.113.6'), false)).toBe(10);
    expect(snapshot.find4(0, four('203.0.113.7') >>> 0, true)).toBe(10);
    expect(snapshot.find4(0, four('203.0.113.8'), true)).toBe(NO_INTERFACE);
    const scoped = build(NETWORK, { scopes: [['vpc-0000000b'], ['vpc-0000000a']] });
    expect(scoped.find4(0, four('203.0.113.6'), true)).toBe(NO_INTERFACE);
    expect(scoped.facts(scoped.find4(1, four('203.0.113.6'), true)).interfaceId).toBe('nat-0000000a');
    // It is no network interface of the VPC.
    expect(snapshot.holderOf('vpc-0000000a', false, 0, 0, 0, four('203.0.113.6'))).toBe(NO_INTERFACE);
    expect(snapshot.holderOf('vpc-0000000a', false, 0, 0, 0, four('10.1.0.20'))).toBe(2);
    expect(snapshot.holderOf('vpc-0000000b', false, 0, 0, 0, four('10.1.0.20'))).toBe(NO_INTERFACE);
    expect(snapshot.holderOf('vpc-00000099', false, 0, 0, 0, four('10.1.0.20'))).toBe(NO_INTERFACE);
  });

  test('an interface that has the address keeps it', () => {
    const edge = `  - id: vpc-0000000c
    cidrs: [203.0.113.0/24]
    subnets: [{ id: subnet-0000000c, cidrs: [203.0.113.0/24], interfaces: [{ id: eni-0000000e, primary: 203.0.113.6 }] }]
`;
    const network = yaml(VPCS + edge);
    const reason = 'eni-0000000e and nat-0000000a both hold 203.0.113.6 in one scope';
    expect(() => build(network)).toThrow(
      new UserError(`${reason}: let the source see only the VPC that its traffic belongs to`),
    );
    const left = build(network, { overlaps: 'leave-out' });
    expect(left.facts(left.find4(0, four('203.0.113.6'), false)).interfaceId).toBe('eni-0000000e');
    expect(left.facts(left.find4(0, four('203.0.113.7'), false)).interfaceId).toBe('nat-0000000a');
    expect(left.conflicts).toEqual([
      { scope: 0, id: 'nat-0000000a', vpcId: 'vpc-0000000a', keeper: 'eni-0000000e', reason },
    ]);
  });
});

describe('whom those that forward serve (S2.2)', () => {
  const built = build(NETWORK);
  const serves = (snapshot: Snapshot, id: string, text: string): boolean => {
    const { family, words } = parseAddress(text)!;
    const number = snapshot.numberOf(id);
    return family === 4 ? snapshot.serves4(number, words[3]) : snapshot.serves6(number, ...words);
  };
  const cases: [string, string[], string[]][] = [
    ['eni-0000000a', [], ['10.1.0.10', '10.1.0.11', '2001:db8:a::1']], // it forwards nothing
    [
      'eni-0000000b',
      ['10.1.0.0', '10.1.255.255', '2001:db8:a:ff::1'],
      ['10.2.0.1', '10.0.255.255', '2001:db8:b::1'],
    ],
    ['eni-0000000c', ['10.1.77.1', '2001:db8:a::'], ['10.2.0.0', '203.0.113.6', '::']],
    ['nat-0000000a', ['10.1.0.0', '10.1.255.255'], ['203.0.113.6', '10.2.0.1', '0.0.0.0']],
    ['tgw-attach-0000000a', ['10.1.0.9', '2001:db8:a::9'], ['10.2.0.9', '172.16.0.1']],
    ['tgw-attach-0000000b', ['10.2.255.9'], ['10.1.0.9', '2001:db8:a::9']],
    // What both tables lead to it: not what a longer prefix of the same table leads elsewhere.
    [
      'tgw-attach-0000000c',
      ['172.16.0.1', '172.31.255.255', '172.16.10.0', '10.1.0.1', '10.1.127.255', '2001:db8:ffff::1'],
      ['172.16.9.1', '172.32.0.0', '172.15.255.255', '10.1.128.0', '10.2.0.1', '2001:db8:a::1'],
    ],
    [
      'tgw-attach-0000000d',
      ['0.0.0.0', '8.8.8.8', '255.255.255.255', '172.15.255.255', '172.32.0.0'],
      ['10.1.0.1', '10.2.0.1', '172.16.0.1', '172.16.9.1', '::'],
    ],
    ['tgw-attach-0000000e', ['172.16.0.1', '172.31.0.1'], ['172.16.9.255', '10.1.0.1']],
  ];
  test.each(cases)('%s', (id, yes, no) => {
    expect(isId('interface', id) || built.numberOf(id) > 4).toBe(true);
    for (const snapshot of [built, Snapshot.attach(structuredClone(built.handle()))]) {
      expect(yes.filter((text) => !serves(snapshot, id, text))).toEqual([]);
      expect(no.filter((text) => serves(snapshot, id, text))).toEqual([]);
    }
  });
  test('no other number serves anything', () => {
    for (const number of [-1, 0, 11, 1000, 1 << 24, 2 ** 31 - 1]) {
      expect(built.serves4(number, four('10.1.0.1'))).toBe(false);
      expect(built.serves6(number, ...six('2001:db8:a::1'))).toBe(false);
    }
    expect(built.serves4(2, four('10.1.0.1') >>> 0)).toBe(true);
  });
  test('ranges that are put together: wherever one of them is', () => {
    const prefix = fc
      .tuple(fc.integer({ min: 0, max: 255 }), fc.integer({ min: 0, max: 8 }))
      .map(([byte, length]) =>
        parsePrefix(`${length === 0 ? 0 : (byte >> (8 - length)) << (8 - length)}.0.0.0/${length}`),
      );
    fc.assert(
      fc.property(fc.array(fc.array(prefix, { maxLength: 4 }), { maxLength: 4 }), (lists) => {
        const spans: Span[] = [];
        for (const list of lists) {
          forEachSpan(
            4,
            flattenPrefixes(
              4,
              list,
              list.map(() => 1),
            ),
            (_, span) => spans.push(span),
          );
        }
        const { starts, values } = union(4, spans);
        expect(starts[0]).toBe(0);
        expect(values.every((value, i) => i === 0 || value !== values[i - 1])).toBe(true);
        for (let byte = 0; byte < 256; byte++) {
          const address = { family: 4, words: [0, 0, 0, byte << 24] } as const;
          const expected = lists.some((list) => list.some((one) => containsAddress(one, address)));
          const range = starts.findLastIndex((start) => start <= (byte << 24) >>> 0);
          expect(values[range] === 1).toBe(expected);
        }
      }),
      { interruptAfterTimeLimit: 2000, markInterruptAsFailure: false },
    );
  });
});

describe('bind entries of network.yaml', () => {
  const faults = (text: string): string => {
    try {
      yaml(text);
      return '';
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      return error.message;
    }
  };
  test('one traffic is bound to one of them', () => {
    const twice = faults(VPCS + GATEWAY.replace('{ source: vpn }', '{ source: nat }'));
    expect(twice).toContain('is bound to the same traffic already');
    const eni = VPCS.replace(
      'eni-0000000a, primary: 10.1.0.10',
      'eni-0000000a, primary: 10.1.0.10, bind: [{ vlan: 20 }]',
    );
    expect(faults(eni + GATEWAY)).toContain('eni-0000000a is bound to the same traffic already');
    expect(faults(VPCS + GATEWAY.replace('{ vlan: 20 }', '{}'))).toContain('an empty bind entry');
    expect(faults(VPCS + GATEWAY.replace('{ vlan: 20 }', '{ vlam: 20 }'))).toContain('did you mean vlan?');
    expect(faults(VPCS + GATEWAY.replace('{ vlan: 20 }', '{ vlan: 5000 }'))).toMatch(/n\.yaml:\d+:\d+/);
  });
  test('a public address is of one NAT gateway', () => {
    const twice = VPCS.replace(
      'interface: eni-0000000c }',
      'interface: eni-0000000c, addresses: [{ public: 203.0.113.7 }] }',
    );
    expect(faults(twice)).toContain('203.0.113.7 is an address of nat-0000000a already: take one out');
  });
  test('a zonal NAT gateway is bound by its interface', () => {
    expect(
      faults(VPCS.replace('interface: eni-0000000c }', 'interface: eni-0000000c, bind: [{ vlan: 9 }] }')),
    ).toContain("nat-0000000b is of one zone: its traffic is its interface's, bind eni-0000000c");
  });
});
