import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatIPv4, formatIPv6, parseIPv4, parseIPv6 } from '../../src/base/addresses.ts';
import { hashedId } from '../../src/network/ids.ts';
import { DISCOVERED_BASE, NO_INTERFACE, NO_TUNNEL } from '../../src/network/lookup.ts';
import type { Network } from '../../src/network/model.ts';
import { Snapshot } from '../../src/network/snapshot.ts';
import { parseNetwork } from '../../src/network/yaml.ts';
import { anInterface, aSubnet, aVpc, idOf, networkOf } from './builders.ts';

const budget = { interruptAfterTimeLimit: 2000, markInterruptAsFailure: false } as const;
const owner = { account: '123456789012', region: 'eu-central-1' };
const yaml = (text: string): Network => parseNetwork(text, 'n.yaml', owner);
const four = (text: string): number => parseIPv4(text)!;
const six = (text: string) => parseIPv6(text)!;

const TWO_VPCS = yaml(`
vpcs:
  - id: vpc-0000000a
    cidrs: [10.0.0.0/8, "2001:db8:a::/48"]
    awsReserved: true
    subnets:
      - id: subnet-0000000a
        cidrs: [10.0.0.0/16, "2001:db8:a::/64"]
        azId: euc1-az1
        interfaces:
          - { id: eni-0000000a, primary: 10.0.0.10, secondary: [10.0.0.11], ipv6: ["2001:db8:a::10", "2001:db8:a::11"], mac: "02:00:00:00:00:0a" }
          - { id: eni-0000000b, kind: router, primary: 10.0.0.20, bind: [{ source: edge, ifIndex: 4294967295 }, { source: edge }] }
          - { id: eni-0000000c, ipv6: ["2001:db8:a::20"], bind: [{ vlan: 7 }, { ifIndex: 3, vlan: 7 }] }
  - id: vpc-0000000b
    account: "210987654321"
    cidrs: [10.0.0.0/8]
    subnets:
      - id: subnet-0000000b
        cidrs: [10.0.0.0/16]
        discover: true
        placement: { sublocationType: localzone, sublocationId: fra-1 }
        interfaces:
          - { id: eni-0000000d, primary: 10.0.0.10, mac: "02:00:00:00:00:0a" }
`);

describe('declared interfaces', () => {
  const snapshot = Snapshot.build(TWO_VPCS, { version: 7, scopes: [['vpc-0000000a'], ['vpc-0000000b'], []] });

  test('a scope sees its own VPCs only (S2.1)', () => {
    const at = (scope: number) => snapshot.find4(scope, four('10.0.0.10'), false);
    expect(snapshot.facts(at(0)).interfaceId).toBe('eni-0000000a');
    expect(snapshot.facts(at(1)).interfaceId).toBe('eni-0000000d');
    expect(at(2)).toBe(NO_INTERFACE);
    expect(snapshot.find4(1, four('10.0.0.11'), false)).toBe(NO_INTERFACE);
    expect(snapshot.find6(1, ...six('2001:db8:a::10'), true)).toBe(NO_INTERFACE);
    expect([0, 1, 2].map((scope) => [...snapshot.scopeInterfaces(scope)])).toEqual([[1, 2, 3], [4], []]);
  });
  test('every address of an interface finds it', () => {
    for (const text of ['10.0.0.10', '10.0.0.11']) expect(snapshot.find4(0, four(text), false)).toBe(1);
    for (const text of ['2001:db8:a::10', '2001:db8:a::11'])
      expect(snapshot.find6(0, ...six(text), false)).toBe(1);
    expect(snapshot.find4(0, four('10.0.0.12'), true)).toBe(NO_INTERFACE);
  });
  test('addresses may come as unsigned words', () => {
    const network = yaml(`
vpcs:
  - { id: vpc-0000000a, cidrs: [192.0.2.0/24, "fd00::/8"], subnets: [{ id: subnet-0000000a, cidrs: [192.0.2.0/24, "fd00::/8"], interfaces: [{ id: eni-0000000a, primary: 192.0.2.1, ipv6: ["fd00::ffff:ffff"], mac: "02:00:ff:ff:ff:ff" }] }] }`);
    const it = Snapshot.build(network, { version: 1, scopes: 'all' });
    expect(it.find4(0, four('192.0.2.1') >>> 0, false)).toBe(1);
    expect(it.find6(0, 0xfd000000, 0, 0, 0xffffffff, false)).toBe(1);
    expect(it.findMac(0, 0x0200, 0xffffffff)).toBe(1);
    expect(it.findMac(0, 0x0200, -1)).toBe(1);
  });
  test('facts', () => {
    expect(snapshot.declaredCount).toBe(4);
    expect(snapshot.version).toBe(7);
    expect(snapshot.facts(1)).toEqual({
      number: 1,
      interfaceId: 'eni-0000000a',
      accountId: '123456789012',
      vpcId: 'vpc-0000000a',
      subnetId: 'subnet-0000000a',
      instanceId: undefined,
      region: 'eu-central-1',
      azId: 'euc1-az1',
      sublocationType: undefined,
      sublocationId: undefined,
      kind: 'interface',
      nitro: false,
      tags: {},
      instance: undefined,
      ecsTask: undefined,
      primary4: four('10.0.0.10'),
      primary6: six('2001:db8:a::10'),
      addresses6: [...six('2001:db8:a::10'), ...six('2001:db8:a::11')],
      discovered: false,
    });
    expect(snapshot.facts(3)).toMatchObject({ primary4: undefined, primary6: six('2001:db8:a::20') });
    expect(snapshot.facts(4)).toMatchObject({ accountId: '210987654321', sublocationType: 'localzone' });
    expect(snapshot.facts(1)).toBe(snapshot.facts(1));
    for (const number of [-1, 0, 5, DISCOVERED_BASE])
      expect(() => snapshot.facts(number)).toThrow(RangeError);
  });
  test('MAC addresses, by scope', () => {
    expect(snapshot.needsLink).toBe(true);
    expect([0, 1, 2].map((scope) => snapshot.findMac(scope, 0x0200, 0x0a))).toEqual([1, 4, NO_INTERFACE]);
    expect(snapshot.findMac(0, 0x0200, 0x0b)).toBe(NO_INTERFACE);
  });
  test.each([
    ['edge', 0xffffffff, 0, 2],
    ['edge', -1, 0, 2],
    ['edge', 5, 0, 2],
    ['edge', 5, 7, 2], // a source by itself goes before a VLAN by itself
    ['edge', 3, 7, 3], // but two members before one
    ['core', 3, 7, 3],
    ['core', 9, 7, 3],
    ['core', 3, 0, NO_INTERFACE],
    ['', 0, 0, NO_INTERFACE],
  ])('bound: source %s, ifIndex %d, vlan %d', (source, ifIndex, vlan, expected) => {
    expect(snapshot.findBound({ source, exporter: '' }, ifIndex, vlan, NO_TUNNEL)).toBe(expected);
  });
  test('what the service reserves, where it is marked', () => {
    expect([1, 2, 3, 4].map((number) => snapshot.isReservedVpc(number))).toEqual([true, true, true, false]);
    expect(snapshot.isReserved4(1, four('10.0.0.2'))).toBe('dns');
    expect(snapshot.isReserved4(1, four('10.0.0.1'))).toBe('router');
    expect(snapshot.isReserved4(1, four('10.0.0.3'))).toBeUndefined();
    expect(snapshot.isReserved4(4, four('10.0.0.2'))).toBeUndefined();
  });
  test('only interfaces that some scope sees have numbers', () => {
    const one = Snapshot.build(TWO_VPCS, { version: 1, scopes: [['vpc-0000000b']] });
    expect(one.declaredCount).toBe(1);
    expect(one.facts(1).interfaceId).toBe('eni-0000000d');
    expect(one.findBound({ source: 'edge', exporter: '' }, 5, 0, NO_TUNNEL)).toBe(NO_INTERFACE);
    expect(one.isReservedVpc(1)).toBe(false);
  });
  test('who holds an address of a VPC, and in which subnet it lies', () => {
    const at = (vpc: string, text: string) => {
      const is6 = text.includes(':');
      const [a, b, c, d] = is6 ? six(text) : ([0, 0, 0, four(text)] as const);
      return [snapshot.holderOf(vpc, is6, a, b, c, d), snapshot.subnetAt(vpc, is6, a, b, c, d)?.id];
    };
    expect(at('vpc-0000000a', '10.0.0.11')).toEqual([1, 'subnet-0000000a']);
    expect(at('vpc-0000000b', '10.0.0.10')).toEqual([4, 'subnet-0000000b']);
    expect(at('vpc-0000000a', '2001:db8:a::20')).toEqual([3, 'subnet-0000000a']);
    expect(at('vpc-0000000a', '10.0.0.99')).toEqual([NO_INTERFACE, 'subnet-0000000a']);
    expect(at('vpc-0000000a', '10.1.0.10')).toEqual([NO_INTERFACE, undefined]);
    expect(at('vpc-0000000b', '2001:db8:a::20')).toEqual([NO_INTERFACE, undefined]);
    expect(at('vpc-00000099', '10.0.0.10')).toEqual([NO_INTERFACE, undefined]);
    // What is discovered holds nothing here.
    const seen = Snapshot.build(TWO_VPCS, { version: 1, scopes: [['vpc-0000000b']] });
    expect(seen.find4(0, four('10.0.7.7'), true)).toBe(DISCOVERED_BASE);
    expect(seen.holderOf('vpc-0000000b', false, 0, 0, 0, four('10.0.7.7'))).toBe(NO_INTERFACE);
    // A VPC that no scope sees.
    expect(seen.holderOf('vpc-0000000a', false, 0, 0, 0, four('10.0.0.10'))).toBe(NO_INTERFACE);
  });
  test('a network without MAC addresses and bindings needs no link columns', () => {
    const plain = networkOf({ interfaces: [anInterface(1, { primary4: four('10.0.0.4') })] });
    expect(Snapshot.build(plain, { version: 1, scopes: 'all' }).needsLink).toBe(false);
  });
});

const build = (network: Network) => () => Snapshot.build(network, { version: 1, scopes: 'all' });
const vpcOf = (letter: string, cidr: string, mac: string): string => `
  - id: vpc-0000000${letter}
    cidrs: [10.0.0.0/8]
    subnets:
      - id: subnet-0000000${letter}
        cidrs: [${cidr}]
        interfaces: [{ id: eni-0000000${letter}, mac: "${mac}" }]`;
const two = (a: string, b: string, mac = '02:00:00:00:00:02'): Network =>
  yaml(`vpcs:${vpcOf('a', a, '02:00:00:00:00:01')}${vpcOf('b', b, mac)}`);

describe('what a scope may not hold', () => {
  test('one address in two VPCs', () => {
    expect(build(TWO_VPCS)).toThrow('eni-0000000a and eni-0000000d both hold 10.0.0.10 in one scope');
    expect(build(two('10.0.0.0/16', '10.1.0.0/16', '02:00:00:00:00:01'))).toThrow(
      'eni-0000000a and eni-0000000b both hold a MAC address in one scope',
    );
    const addresses = networkOf({
      vpcs: [aVpc(1, ['10.0.0.0/8']), aVpc(2, ['10.0.0.0/8'])],
      subnets: [aSubnet(1, 1, ['10.0.0.0/8']), aSubnet(2, 2, ['10.0.0.0/8'])],
      interfaces: [
        anInterface(1, { primary4: four('10.0.0.4') }),
        { ...anInterface(2, { primary4: four('10.0.0.4') }), subnetId: idOf('subnet', 2) },
      ],
    });
    expect(build(addresses)).toThrow(/both hold 10\.0\.0\.4 in one scope: let the source see only the VPC/);
  });
  test.each([
    ['10.0.0.0/16', '10.0.0.0/16'],
    ['10.0.0.0/8', '10.7.0.0/16'],
    ['10.7.7.0/24', '10.0.0.0/8'],
  ])('subnets of two VPCs that overlap: %s and %s', (a, b) => {
    expect(build(two(a, b))).toThrow(/overlaps .* in one scope/);
  });
  test('subnets that are apart are fine', () => {
    expect(build(two('10.0.0.0/16', '10.1.0.0/16'))().declaredCount).toBe(2);
  });
  test('a VPC that is not there', () => {
    expect(() => Snapshot.build(TWO_VPCS, { version: 1, scopes: [['vpc-00000099']] })).toThrow(
      'VPC vpc-00000099 is not in the network: it has vpc-0000000a, vpc-0000000b',
    );
  });
});

describe('lookups against a Map', () => {
  const word = fc.integer({ min: -0x80000000, max: 0x7fffffff });
  test('IPv4 and IPv6, many interfaces and strangers', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(word, { maxLength: 300 }),
        fc.uniqueArray(fc.tuple(word, word, word, word), {
          maxLength: 100,
          selector: (words) => words.join(),
        }),
        fc.array(word, { maxLength: 50 }),
        (fours, sixes, strangers) => {
          const interfaces = [
            ...fours.map((primary4, i) => anInterface(i + 1, { primary4 })),
            ...sixes.map((words, i) => anInterface(fours.length + i + 1, { ipv6: [words] })),
          ];
          const wide = ['0.0.0.0/0', '::/0'];
          const network = networkOf({ vpcs: [aVpc(1, wide)], subnets: [aSubnet(1, 1, wide)], interfaces });
          const snapshot = Snapshot.build(network, { version: 1, scopes: 'all' });
          const held = new Map(fours.map((address, i) => [address, i + 1]));
          for (const address of [...fours, ...strangers]) {
            expect(snapshot.find4(0, address, true)).toBe(held.get(address) ?? NO_INTERFACE);
          }
          sixes.forEach((words, i) => {
            expect(snapshot.find6(0, ...words, false)).toBe(fours.length + i + 1);
            expect(snapshot.find6(0, words[0], words[1], words[2], words[3] ^ 1, false)).not.toBe(
              fours.length + i + 1,
            );
          });
        },
      ),
      budget,
    );
  });
});

function discovering(cidrs: string[]): Network {
  return networkOf({
    vpcs: [aVpc(1, cidrs)],
    subnets: [{ ...aSubnet(1, 1, cidrs), discover: true }],
    interfaces: [],
  });
}

/** Addresses in the order of objects, discovered in the order given. */
const sorted = (order: string[]): string[] => {
  const snapshot = Snapshot.build(discovering(['10.0.0.0/8', '2001:db8::/32']), {
    version: 1,
    scopes: 'all',
  });
  const numbers = order.map((text) =>
    text.includes(':') ? snapshot.find6(0, ...six(text), true) : snapshot.find4(0, four(text), true),
  );
  return numbers
    .sort((a, b) => snapshot.compare(a, b))
    .map((number) => snapshot.facts(number))
    .map(({ primary4, primary6 }) =>
      primary6 === undefined ? formatIPv4(primary4!) : formatIPv6(...primary6),
    );
};

describe('discovery (S2.6)', () => {
  test('numbers in order, once each, ids by hash', () => {
    const snapshot = Snapshot.build(discovering(['10.0.0.0/8', '2001:db8::/32']), {
      version: 1,
      scopes: 'all',
    });
    expect(snapshot.find4(0, four('10.0.0.5'), false)).toBe(NO_INTERFACE);
    expect(snapshot.find4(0, four('10.0.0.5'), true)).toBe(DISCOVERED_BASE);
    expect(snapshot.find6(0, ...six('2001:db8::5'), true)).toBe(DISCOVERED_BASE + 1);
    expect(snapshot.find4(0, four('10.0.0.5'), true)).toBe(DISCOVERED_BASE);
    expect(snapshot.find4(0, four('10.0.0.5'), false)).toBe(DISCOVERED_BASE);
    expect(snapshot.discoveredCount).toBe(2);
    expect(snapshot.facts(DISCOVERED_BASE + 1)).toMatchObject({
      interfaceId: hashedId('interface', `${idOf('vpc', 1)} 2001:db8::5`),
      vpcId: idOf('vpc', 1),
      subnetId: idOf('subnet', 1),
      primary4: undefined,
      primary6: six('2001:db8::5'),
      addresses6: six('2001:db8::5'),
      discovered: true,
    });
    expect(snapshot.facts(DISCOVERED_BASE)).toBe(snapshot.facts(DISCOVERED_BASE));
    expect(snapshot.isReservedVpc(DISCOVERED_BASE)).toBe(false);
    expect([
      snapshot.discovered4(DISCOVERED_BASE),
      snapshot.discovered4(DISCOVERED_BASE + 1),
      snapshot.discovered4(1),
    ]).toEqual([four('10.0.0.5') >>> 0, -1, -1]);
  });
  test.each([
    [
      '0.0.0.0/0',
      ['0.0.0.0', '127.0.0.1', '127.255.255.255', '224.0.0.1', '239.255.255.255', '255.255.255.255'],
    ],
    ['10.0.0.0/24', ['10.0.0.0', '10.0.0.255']],
    ['10.0.0.4/30', ['10.0.0.4', '10.0.0.7']],
  ])('in %s never %j', (cidr, addresses) => {
    const snapshot = Snapshot.build(discovering([cidr]), { version: 1, scopes: 'all' });
    expect(addresses.map((text) => snapshot.find4(0, four(text), true))).toEqual(
      addresses.map(() => NO_INTERFACE),
    );
    expect(snapshot.discoveryFull).toBe(0);
  });
  test.each([
    ['10.0.0.0/24', ['10.0.0.1', '10.0.0.2', '10.0.0.254']],
    ['10.0.0.0/31', ['10.0.0.0', '10.0.0.1']],
    ['10.0.0.7/32', ['10.0.0.7']],
    ['0.0.0.0/0', ['1.0.0.0', '126.0.0.0', '223.255.255.255', '240.0.0.1', '255.255.255.254']],
  ])('in %s also %j', (cidr, addresses) => {
    const snapshot = Snapshot.build(discovering([cidr]), { version: 1, scopes: 'all' });
    expect(addresses.map((text) => snapshot.find4(0, four(text), true))).toEqual(
      addresses.map((_, i) => DISCOVERED_BASE + i),
    );
  });
  test('IPv6: never unspecified, loopback, multicast', () => {
    const snapshot = Snapshot.build(discovering(['::/0']), { version: 1, scopes: 'all' });
    const found = ['::', '::1', 'ff02::1', 'ff00::', 'ffff::1', '::2', 'fe80::', '::ffff:10.0.0.1'].map(
      (text) => snapshot.find6(0, ...six(text), true),
    );
    expect(found).toEqual([0, 0, 0, 0, 0, DISCOVERED_BASE, DISCOVERED_BASE + 1, DISCOVERED_BASE + 2]);
  });
  test('limits by subnet and in all are counted', () => {
    const network = networkOf({
      vpcs: [aVpc(1, ['10.0.0.0/8'])],
      subnets: [1, 2, 3].map((n) => ({ ...aSubnet(n, 1, [`10.${n}.0.0/16`]), discover: true })),
      interfaces: [],
    });
    const snapshot = Snapshot.build(network, {
      version: 1,
      scopes: 'all',
      limits: { perSubnet: 2, total: 5 },
    });
    const find = (text: string) => snapshot.find4(0, four(text), true);
    expect(['10.1.0.1', '10.1.0.2', '10.1.0.3'].map(find)).toEqual([
      DISCOVERED_BASE,
      DISCOVERED_BASE + 1,
      NO_INTERFACE,
    ]);
    expect(['10.2.0.1', '10.2.0.2', '10.3.0.1'].map(find)).toEqual([2, 3, 4].map((k) => DISCOVERED_BASE + k));
    expect(find('10.3.0.2')).toBe(NO_INTERFACE);
    expect(find('10.1.0.2')).toBe(DISCOVERED_BASE + 1);
    expect(snapshot.discoveryFull).toBe(2);
    expect(snapshot.discoveredCount).toBe(5);
  });
  test('the order of objects does not depend on when (S6.3)', () => {
    const texts = ['10.0.0.9', '2001:db8::2', '10.200.0.1', '10.0.0.1', '2001:db8:ffff::', '2001:db8::1'];
    const expected = ['10.0.0.1', '10.0.0.9', '10.200.0.1', '2001:db8::1', '2001:db8::2', '2001:db8:ffff::'];
    expect(sorted(texts)).toEqual(expected);
    expect(sorted(texts.toReversed())).toEqual(expected);
  });
  test('declared before discovered, and the same address by VPC id', () => {
    const network = networkOf({
      vpcs: [aVpc(2, ['10.0.0.0/8']), aVpc(1, ['10.0.0.0/8'])],
      subnets: [1, 2].map((n) => ({ ...aSubnet(n, n, ['10.0.0.0/8']), discover: true })),
      interfaces: [anInterface(1, { primary4: four('10.9.9.9') })],
    });
    const snapshot = Snapshot.build(network, { version: 1, scopes: [[idOf('vpc', 2)], [idOf('vpc', 1)]] });
    const a = snapshot.find4(0, four('10.0.0.1'), true);
    const b = snapshot.find4(1, four('10.0.0.1'), true);
    expect(a).not.toBe(b);
    expect(snapshot.facts(a).interfaceId).not.toBe(snapshot.facts(b).interfaceId);
    expect([a, b, 1].sort((x, y) => snapshot.compare(x, y))).toEqual([1, b, a]);
    expect(snapshot.compare(a, a)).toBe(0);
  });
});

const subnet = (n: number, cidrs: string[], discover = true) => ({ ...aSubnet(n, 1, cidrs), discover });

describe('versions (S3.7)', () => {
  const vpcs = [aVpc(1, ['10.0.0.0/8'])];
  const first = () =>
    Snapshot.build(networkOf({ vpcs, subnets: [subnet(1, ['10.0.0.0/8'])], interfaces: [] }), {
      version: 1,
      scopes: 'all',
    });

  test('what was discovered keeps its number and id when subnets come and go before it', () => {
    const one = first();
    const number = one.find4(0, four('10.1.0.5'), true);
    const later = networkOf({
      vpcs: [aVpc(9, ['192.168.0.0/16']), ...vpcs],
      subnets: [subnet(7, ['10.1.0.0/16']), subnet(1, ['10.0.0.0/8'])],
      interfaces: [],
    });
    const two = Snapshot.build(later, { version: 2, scopes: 'all', previous: one });
    expect(two.find4(0, four('10.1.0.5'), false)).toBe(number);
    expect(two.find4(0, four('10.1.0.6'), true)).toBe(number + 1);
    expect(two.facts(number)).toMatchObject({
      interfaceId: one.facts(number).interfaceId,
      subnetId: idOf('subnet', 7),
    });
    expect(one.facts(number).subnetId).toBe(idOf('subnet', 1));
    expect([one.version, two.version]).toEqual([1, 2]);
  });
  test('an address that the new version declares is found as declared', () => {
    const one = first();
    one.find4(0, four('10.1.0.5'), true);
    const later = networkOf({
      vpcs,
      subnets: [subnet(1, ['10.0.0.0/8'])],
      interfaces: [anInterface(1, { primary4: four('10.1.0.5') })],
    });
    const two = Snapshot.build(later, { version: 2, scopes: 'all', previous: one });
    expect(two.find4(0, four('10.1.0.5'), true)).toBe(1);
    expect(one.find4(0, four('10.1.0.5'), true)).toBe(DISCOVERED_BASE);
  });
  test('a subnet that no longer discovers holds none of them; one that is gone neither', () => {
    const one = first();
    const number = one.find4(0, four('10.1.0.5'), true);
    const quiet = networkOf({ vpcs, subnets: [subnet(1, ['10.0.0.0/8'], false)], interfaces: [] });
    const two = Snapshot.build(quiet, { version: 2, scopes: 'all', previous: one });
    expect(two.find4(0, four('10.1.0.5'), true)).toBe(NO_INTERFACE);
    const gone = networkOf({ vpcs: [], subnets: [], interfaces: [] });
    const three = Snapshot.build(gone, { version: 3, scopes: 'all', previous: two });
    expect(three.find4(0, four('10.1.0.5'), true)).toBe(NO_INTERFACE);
    expect(three.facts(number)).toMatchObject({
      vpcId: idOf('vpc', 1),
      accountId: 'unknown',
      subnetId: undefined,
    });
    const back = Snapshot.build(networkOf({ vpcs, subnets: [subnet(1, ['10.0.0.0/8'])], interfaces: [] }), {
      version: 4,
      scopes: 'all',
      previous: three,
    });
    expect(back.find4(0, four('10.1.0.5'), false)).toBe(number);
  });
  test('the limit of a subnet goes on counting over versions', () => {
    const options = { scopes: 'all', limits: { perSubnet: 2 } } as const;
    const network = discovering(['10.0.0.0/8']);
    const one = Snapshot.build(network, { version: 1, ...options });
    one.find4(0, four('10.0.0.1'), true);
    const two = Snapshot.attach(Snapshot.build(network, { version: 2, ...options, previous: one }).handle());
    expect(two.find4(0, four('10.0.0.2'), true)).toBe(DISCOVERED_BASE + 1);
    expect(two.find4(0, four('10.0.0.3'), true)).toBe(NO_INTERFACE);
  });
  test('without `previous` a version begins with nothing discovered', () => {
    const one = first();
    one.find4(0, four('10.1.0.5'), true);
    expect(first().discoveredCount).toBe(0);
  });
});

describe('threads', () => {
  const CODE = `
    const { parentPort, workerData } = require('node:worker_threads');
    import(workerData.module).then(({ Snapshot }) => {
      let snapshot;
      parentPort.on('message', ({ handle, number, address }) => {
        if (handle) snapshot = Snapshot.attach(handle, snapshot);
        parentPort.postMessage(number ? snapshot.facts(number) : snapshot.find4(0, address, false));
      });
    });`;
  test('a worker sees what is discovered after it attached', async () => {
    const module = new URL('../../src/network/snapshot.ts', import.meta.url).href;
    const worker = new Worker(CODE, { eval: true, workerData: { module } });
    const ask = async (message: object): Promise<unknown> => {
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
      worker.postMessage(message);
      return (await once(worker, 'message'))[0];
    };
    try {
      const network = discovering(['10.0.0.0/8']);
      const one = Snapshot.build(network, { version: 1, scopes: 'all' });
      expect(await ask({ handle: one.handle(), address: four('10.0.0.5') })).toBe(NO_INTERFACE);
      const number = one.find4(0, four('10.0.0.5'), true);
      expect(await ask({ address: four('10.0.0.5') })).toBe(number);
      expect(await ask({ number })).toEqual(one.facts(number));
      const two = Snapshot.build(network, { version: 2, scopes: 'all', previous: one });
      const next = two.find4(0, four('10.0.0.6'), true);
      expect(await ask({ handle: two.handle(), address: four('10.0.0.6') })).toBe(next);
      expect(await ask({ number: next })).toEqual(two.facts(next));
    } finally {
      await worker.terminate();
    }
  });
});
