import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { parseIPv4 } from '../../src/base/addresses.ts';
import { UserError } from '../../src/base/errors.ts';
import { formatPrefix } from '../../src/base/prefixes.ts';
import { NO_TUNNEL } from '../../src/network/lookup.ts';
import { Snapshot } from '../../src/network/snapshot.ts';
import { MAX_NETWORK_FILE, parseNetwork, readNetworkFile } from '../../src/network/yaml.ts';

const owner = { account: '999999999999', region: 'test-1' };
const folder = mkdtempSync(join(tmpdir(), 'weir-network-'));
afterAll(() => rmSync(folder, { recursive: true }));

function faultsOf(text: string): string[] {
  try {
    parseNetwork(text, 'n.yaml', owner);
    return [];
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return error.message.split('\n');
  }
}

describe('the example of docs/network.md', () => {
  const page = readFileSync(new URL('../../docs/network.md', import.meta.url), 'utf8');
  const network = parseNetwork(/```yaml\n(.*?)```/s.exec(page)![1]!, 'network.yaml', owner);

  test('reads as it says', () => {
    expect([...network.accounts.values()].map(({ name }) => name)).toEqual(['production', 'partner']);
    expect(network.regions.get('eu-central-1')!.zones.map(({ id }) => id)).toEqual(['euc1-az1', 'euc1-az2']);
    const vpc = network.vpcs.get('vpc-0a1b2c3d4e5f60718')!;
    expect(vpc).toMatchObject({
      origin: 'file',
      accountId: '123456789012',
      region: 'eu-central-1',
      awsReserved: false,
    });
    expect(vpc.cidrs.map(formatPrefix)).toEqual(['10.20.0.0/16', '2001:db8:20::/48']);
    expect(vpc.tags).toEqual({ Name: 'data centre' });
    expect(network.subnets.get('subnet-0b1b2c3d4e5f60718')).toMatchObject({
      discover: true,
      azId: undefined,
    });
    expect(network.interfaces.get('eni-0a1b2c3d4e5f60718')).toMatchObject({
      subnetId: 'subnet-0a1b2c3d4e5f60718',
      kind: 'interface',
      primary4: parseIPv4('10.20.1.10'),
      secondary4: [parseIPv4('10.20.1.11'), parseIPv4('10.20.1.12')],
      ipv6: [[0x20010db8, 0x00200001, 0, 0x10]],
      mac: { high: 0x0242, low: 0x0a14010a },
      instanceId: 'i-0a1b2c3d4e5f60718',
      tags: { Name: 'web-1' },
    });
    expect(network.interfaces.get('eni-0c1b2c3d')!.accountId).toBe('210987654321');
    expect(network.interfaces.get('eni-0d1b2c3d4e5f60718')).toMatchObject({
      kind: 'router',
      bindings: [
        { source: 'edge', ifIndex: 3, vlan: undefined },
        { source: undefined, ifIndex: undefined, vlan: 120 },
        { source: undefined, exporter: '192.0.2.1', ifIndex: 7, vlan: undefined, tunnel: undefined },
      ],
    });
    expect(network.scopes.map(({ exporter, tunnel, vpcIds }) => [exporter, tunnel, vpcIds])).toEqual([
      ['192.0.2.1', undefined, ['vpc-0a1b2c3d4e5f60718']],
      ['192.0.2.1', 4096, ['vpc-0b1b2c3d4e5f60718']],
    ]);
    expect(network.instances.get('i-0a1b2c3d4e5f60718')!.nitro).toBe(true);
  });
  test('makes a snapshot whose facts are the file’s', () => {
    const snapshot = Snapshot.build(network, { version: 1, scopes: 'all' });
    expect(snapshot.facts(snapshot.find4(0, parseIPv4('10.20.1.12')!, false))).toMatchObject({
      interfaceId: 'eni-0a1b2c3d4e5f60718',
      instanceId: 'i-0a1b2c3d4e5f60718',
      nitro: true,
      azId: 'euc1-az1',
      primary4: parseIPv4('10.20.1.10'),
    });
    expect(
      snapshot.facts(snapshot.findBound({ source: 'edge', exporter: '' }, 3, 0, NO_TUNNEL)),
    ).toMatchObject({
      interfaceId: 'eni-0d1b2c3d4e5f60718',
      kind: 'router',
      azId: undefined,
      sublocationType: 'outpost',
      sublocationId: 'op-0a1b2c3d4e5f60718',
    });
  });
  test('says the same as JSON', () => {
    const json = JSON.stringify({ vpcs: [{ id: 'vpc-0a1b2c3d', cidrs: ['10.0.0.0/8'] }] });
    const yaml = 'vpcs:\n  - id: vpc-0a1b2c3d\n    cidrs: [10.0.0.0/8]\n';
    expect(parseNetwork(json, 'n.json', owner)).toEqual(parseNetwork(yaml, 'n.yaml', owner));
    expect(faultsOf('{\n  "vpcs": [\n    { "id": "vpc-1", "cidrs": [] }\n  ]\n}')[0]).toMatch(
      /^n\.yaml:3:13: id: "vpc-1"/,
    );
  });
  test('an empty file is a network of nothing', () => {
    expect(parseNetwork('', 'n.yaml', owner).vpcs.size).toBe(0);
    expect(parseNetwork('# nothing yet\n', 'n.yaml', owner).vpcs.size).toBe(0);
  });
  test('the owner is for what the file leaves open', () => {
    const text = 'region: here-1\nvpcs:\n  - { id: vpc-0a1b2c3d, cidrs: [10.0.0.0/8] }\n';
    expect(parseNetwork(text, 'n.yaml', owner).vpcs.get('vpc-0a1b2c3d')).toMatchObject({
      accountId: '999999999999',
      region: 'here-1',
    });
  });
});

const VPC = 'vpcs:\n  - id: vpc-0a1b2c3d\n    cidrs: [10.0.0.0/16, "2001:db8::/56"]\n';
const SUBNET = `${VPC}    subnets:\n      - id: subnet-0a1b2c3d\n        cidrs: [10.0.1.0/24, "2001:db8::/64"]\n`;
const INTERFACES = `${SUBNET}        interfaces:\n`;
const eni = (rest: string): string => `          - { id: eni-0a1b2c3d, ${rest} }\n`;
const other = (rest: string): string => `          - { id: eni-0a1b2c3e, ${rest} }\n`;

/** A text with § before the place of its fault, as the text without, and the place as line:column. */
function marked(text: string): { text: string; place: string } {
  const lines = text.slice(0, text.indexOf('§')).split('\n');
  return { text: text.replace('§', ''), place: `${lines.length}:${lines.at(-1)!.length + 1}` };
}

describe('faults have a place and a remedy', () => {
  test.each([
    // syntax
    ['a: [§', 'Flow sequence in block collection must be sufficiently indented and end with a ]'],
    ['a: 1\n§a: 2', 'the key is there already in this mapping: take one out'],
    ['--- {}\n§--- {}', 'a second document begins here: write one document'],
    ['vpcs: §!x []', 'Unresolved tag: !x'],
    [
      '§vpcs: [*x]',
      "the file's aliases cannot be followed: Unresolved alias (the anchor must be set before the alias): x",
    ],
    // shape
    ['§- 1', 'this must be a mapping of keys to values'],
    ['§7', 'this must be a mapping of keys to values'],
    ['§vpc: []', 'unknown key "vpc" in a network file: did you mean vpcs?'],
    [
      '§zzzz: []',
      'unknown key "zzzz" in a network file: it has account, region, accounts, regions, vpcs, instances, prefixLists, transitGateways, peeringConnections, loadBalancers, autoScalingGroups, ecsTasks, blockPublicAccess, scopes',
    ],
    ['vpcs:\n  §id: x', 'vpcs must be a list'],
    ['vpcs:§', 'vpcs is empty: give it a list, or take it out'],
    ['vpcs:\n  - §5', 'this must be a mapping of keys to values'],
    ['account: §123456789012', 'account is not text here: write it in quotes'],
    ['account: §"1234"', 'account: "1234" is no account id: write 12 digits, in quotes'],
    ['vpcs:\n  - §cidrs: [10.0.0.0/8]', 'id is missing: give it a text'],
    [`${VPC}    §Tags: {}`, 'unknown key "Tags" in vpcs: did you mean tags?'],
    [`${VPC}    awsReserved: §1`, 'awsReserved must be true or false'],
    [`${VPC}    tags: { "aws:x": §y }`, 'aws:x: a tag key must not begin with "aws:"'],
    [`${VPC}    tags: { n: §1 }`, 'n is not text here: write it in quotes'],
    [`${VPC}    tags: { n: §${'x'.repeat(257)} }`, 'n: a tag value has at most 256 characters'],
    [
      `${VPC}    region: §Over There`,
      'region: "Over There" is no region name: write one like eu-central-1 (a-z, 0-9 and hyphens)',
    ],
    [
      'vpcs:\n  - id: vpc-0a1b2c3d\n    cidrs:\n      - §10.0.0.1/8',
      'cidrs: "10.0.0.1/8" has host bits set: did you mean 10.0.0.0/8?',
    ],
    ['vpcs:\n  - id: vpc-0a1b2c3d\n    cidrs: [§fd00::]', 'cidrs must be a text: write it in quotes'],
    [
      INTERFACES + eni('primary: §10.0.1.300'),
      'primary: "10.0.1.300" is no IPv4 address: write one like 10.0.1.10',
    ],
    [
      INTERFACES + eni('primary: §"2001:db8::1"'),
      'primary: "2001:db8::1" is no IPv4 address: write one like 10.0.1.10',
    ],
    [
      INTERFACES + eni('mac: §01:00:5e:00:00:01'),
      'mac: "01:00:5e:00:00:01" is no MAC address of one station: write one like 02:42:ac:11:00:02',
    ],
    [INTERFACES + eni('primary: 10.0.1.4, kind: §ruoter'), 'kind: "ruoter" is unknown: did you mean router?'],
    [INTERFACES + eni('bind: [{ vlan: §4095 }]'), 'vlan: "4095" is too large: 4094 is the most'],
    [INTERFACES + eni('bind: [{ ifIndex: §-1 }]'), 'ifIndex: "-1" is too small: 0 is the least'],
    [
      INTERFACES + eni('bind: [{ §port: 1 }]'),
      'unknown key "port" in bind: it has source, exporter, ifIndex, vlan, tunnel',
    ],
    [
      INTERFACES + eni('bind: [{ exporter: §router-1 }]'),
      'exporter: "router-1" is no address: write one like 192.0.2.1 or 2001:db8::1',
    ],
    [INTERFACES + eni('bind: [{ exporter: §7 }]'), 'exporter is not text here: write it in quotes'],
    [
      INTERFACES + eni('bind: [{ tunnel: §4294967296 }]'),
      'tunnel: "4294967296" is too large: 4294967295 is the most',
    ],
    [INTERFACES + eni('bind: [{ tunnel: §-1 }]'), 'tunnel: "-1" is too small: 0 is the least'],
    [
      INTERFACES +
        eni('bind: [{ exporter: "2001:db8::1", tunnel: 0 }, §{ exporter: "2001:DB8:0::1", tunnel: 0 }]'),
      'eni-0a1b2c3d is bound to the same traffic already',
    ],
    [
      INTERFACES + eni('bind: [{ exporter: 192.0.2.1 }, §{ exporter: "::ffff:192.0.2.1" }]'),
      'eni-0a1b2c3d is bound to the same traffic already',
    ],
    [`${VPC}scopes: [§{ vlan: 5 }]`, 'vpcs is missing: give it a list'],
    [`${VPC}scopes: [{ vlan: 5, vpcs: §[] }]`, 'the entry sees no VPC: name at least one'],
    [
      `${VPC}scopes:\n  - §{ vpcs: [vpc-0a1b2c3d] }`,
      'an entry for no traffic: give it a source, an exporter, an ifIndex, a vlan or a tunnel',
    ],
    [
      `${VPC}scopes:\n  - { tunnel: 7, vpcs: [vpc-0a1b2c3d, §vpc-0a1b2c3f] }`,
      'VPC vpc-0a1b2c3f is not there: declare it, or correct the id (there are vpc-0a1b2c3d)',
    ],
    [
      `${VPC}scopes: [{ tunnel: 7, vpcs: [vpc-0a1b2c3d, §vpc-0a1b2c3d] }]`,
      'vpc-0a1b2c3d is listed already: take one out',
    ],
    [
      `${VPC}scopes:\n  - { exporter: 192.0.2.1, ifIndex: 3, vpcs: [vpc-0a1b2c3d] }\n  - §{ ifIndex: 3, exporter: 192.0.2.1, vpcs: [vpc-0a1b2c3d] }`,
      'the same traffic has a scopes entry already',
    ],
    [
      `${VPC}scopes: [{ vlan: 5, vpcs: [vpc-0a1b2c3d], §vpc: x }]`,
      'unknown key "vpc" in scopes: did you mean vpcs?',
    ],
    [
      INTERFACES + eni('bind: [§{}]'),
      'an empty bind entry: give it a source, an exporter, an ifIndex, a vlan or a tunnel',
    ],
    // rules
    ['vpcs:\n  - { id: vpc-0a1b2c3d, cidrs: §[] }', 'vpc-0a1b2c3d has no prefix: give it at least one'],
    [
      'vpcs:\n  - { id: vpc-0a1b2c3d, cidrs: [§10.1.0.0/16, 10.0.0.0/8] }',
      '10.1.0.0/16 lies in 10.0.0.0/8 of the same VPC: take one out',
    ],
    [
      `${VPC}  - { id: §vpc-0a1b2c3d, cidrs: [10.9.0.0/16] }`,
      'vpc-0a1b2c3d is there already: give each its own id',
    ],
    [
      `${VPC}    subnets: [{ id: subnet-0a1b2c3d, cidrs: [§10.1.0.0/24] }]`,
      '10.1.0.0/24 is outside of its VPC: add it to the cidrs of vpc-0a1b2c3d, or correct it',
    ],
    [
      `${SUBNET}      - { id: subnet-0a1b2c3e, cidrs: [§10.0.1.0/24] }`,
      '10.0.1.0/24 is a prefix of subnet-0a1b2c3d already: take one out',
    ],
    [
      INTERFACES + eni('primary: §10.0.2.4'),
      '10.0.2.4 is outside of subnet-0a1b2c3d (10.0.1.0/24, 2001:db8::/64): correct it, or add its prefix there',
    ],
    [
      INTERFACES + eni('secondary: §[10.0.1.4]'),
      'eni-0a1b2c3d has secondary addresses but no primary one: add "primary"',
    ],
    [
      INTERFACES + eni('tags: {}').replace('{', '§{'),
      'eni-0a1b2c3d can never be seen: give it an address (primary, ipv6), a mac, or a bind entry',
    ],
    [
      INTERFACES + eni('primary: 10.0.1.4') + other('primary: 10.0.1.5, secondary: [§10.0.1.4]'),
      '10.0.1.4 is an address of eni-0a1b2c3d already: one interface of a VPC holds an address',
    ],
    [
      INTERFACES + eni('mac: 02:00:00:00:00:01') + other('mac: §02:00:00:00:00:01'),
      'eni-0a1b2c3d has this MAC address already: it is one station of a VPC',
    ],
    [
      INTERFACES + eni('bind: [{ vlan: 5 }]') + other('bind: [{ vlan: 6 }, §{ vlan: 5 }]'),
      'eni-0a1b2c3d is bound to the same traffic already',
    ],
    [
      `accounts: [{ id: "111111111111" }]\n${VPC.replace('id', '§id')}`,
      'account 999999999999 is not under "accounts": add it there, or name another',
    ],
    [
      `regions: [{ name: there-1 }]\n${VPC.replace('id', '§id')}`,
      'region test-1 is not under "regions": add it there, or name another',
    ],
    [
      `regions: [{ name: test-1, zones: [{ id: t1-az1 }] }]\n${SUBNET}        azId: §t1-az2`,
      't1-az2 is no zone of its region: use one of t1-az1, or add it there',
    ],
    ['regions: [{ name: a-1 }, { name: §a-1 }]', 'the region a-1 is there already'],
  ])('%j', (source, message) => {
    const { text, place } = marked(source);
    expect(faultsOf(text)).toEqual([`n.yaml:${place}: ${message}`]);
  });

  test('all of a file at once, in its order, shape and rules together', () => {
    const text = INTERFACES + eni('primary: 10.0.9.9') + other('prim: 10.0.1.5') + 'vpcz: 1\n';
    expect(faultsOf(text).map((fault) => fault.slice(0, 24))).toEqual([
      'n.yaml:8:42: 10.0.9.9 is',
      'n.yaml:9:33: unknown key',
      'n.yaml:10:1: unknown key',
    ]);
  });
  test('what lies in a bad resource is still looked at, but not blamed for it', () => {
    const text = SUBNET.replace('vpc-0a1b2c3d', 'vpc-1').replace('subnet-0a1b2c3d', 'subnet-2');
    expect(faultsOf(text).map((fault) => fault.slice(0, 24))).toEqual([
      'n.yaml:2:9: id: "vpc-1" ',
      'n.yaml:5:13: id: "subnet',
    ]);
  });
  test('twenty at most, and how many more', () => {
    const faults = faultsOf(`vpcs:\n${'  - {}\n'.repeat(30)}`);
    expect(faults).toHaveLength(21);
    expect(faults.at(-1)).toBe('n.yaml: and 40 more');
  });
  test('an alias is looked through', () => {
    const text = `vpcs:\n  - id: vpc-0a1b2c3d\n    cidrs: &c [10.0.0.1/8]\n  - id: vpc-0a1b2c3e\n    cidrs: *c\n`;
    expect(faultsOf(text)).toHaveLength(2);
    expect(faultsOf(text).every((fault) => fault.startsWith('n.yaml:3:16: cidrs'))).toBe(true);
  });
  test('aliases that multiply are refused', () => {
    const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
    for (let i = 1; i < 10; i++)
      lines.push(`a${i}: &a${i} [${Array.from({ length: 10 }, () => `*a${i - 1}`).join(', ')}]`);
    expect(faultsOf(lines.join('\n'))[0]).toMatch(/aliases cannot be followed/);
  });
});

describe('the file', () => {
  test('is named when it cannot be read', () => {
    expect(() => readNetworkFile(join(folder, 'none.yaml'), owner)).toThrow(
      /none\.yaml: the network file cannot be read: ENOENT/,
    );
    expect(() => readNetworkFile(folder, owner)).toThrow(/cannot be read: EISDIR/);
  });
  test('is bounded', () => {
    const path = join(folder, 'large.yaml');
    writeFileSync(path, '');
    truncateSync(path, MAX_NETWORK_FILE + 1);
    expect(() => readNetworkFile(path, owner)).toThrow(/larger than 64 MB/);
  });
  test('is read', () => {
    const path = join(folder, 'good.yaml');
    writeFileSync(path, INTERFACES + eni('primary: 10.0.1.4'));
    expect(readNetworkFile(path, owner).interfaces.size).toBe(1);
  });
});
