/**
 * The command against the reference in a network of gateways: packets of a few hosts in every combination, seen in
 * VLANs that middleboxes, attachments and a regional NAT gateway are bound to, and between MAC addresses.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { parseNetwork } from '../../src/network/yaml.ts';
import type { IpRanges } from './derived.ts';
import { referenceLines } from './lines.ts';
import { captureOf, type Made } from './made.ts';
import { TRANSIT_FIELDS } from './transit.ts';

const ROOT = new URL('../../', import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), 'weir-middleboxes-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** `bind` of the attachment of VPC 1: with it, nothing there is derived. */
const networkText = (bind: string): string => `
account: "123456789012"
region: eu-central-1
vpcs:
  - id: vpc-00000001
    cidrs: [10.0.0.0/16]
    subnets:
      - id: subnet-00000001
        cidrs: [10.0.0.0/24]
        azId: euc1-az1
        interfaces:
          - { id: eni-00000001, primary: 10.0.0.1, secondary: [10.0.0.11], instance: i-00000001, tags: { Name: one } }
          - { id: eni-00000002, primary: 10.0.0.2, mac: "02:00:00:00:00:02" }
      - { id: subnet-00000002, cidrs: [10.0.1.0/24], azId: euc1-az2, discover: true }
      - id: subnet-00000003
        cidrs: [10.0.2.0/24]
        azId: euc1-az2
        interfaces:
          - { id: eni-00000003, primary: 10.0.2.3, kind: nat_gateway, bind: [{ vlan: 100 }] }
          - { id: eni-00000004, primary: 10.0.2.4, kind: transit_gateway, bind: [{ vlan: 101 }] }
          - { id: eni-00000005, primary: 10.0.2.5, kind: vpc_endpoint }
          - { id: eni-00000007, primary: 10.0.2.7, kind: network_load_balancer }
    internetGateway: { id: igw-00000001 }
    vpnGateway: { id: vgw-00000001 }
    natGateways:
      - { id: nat-00000001, interface: eni-00000003, addresses: [{ public: 203.0.113.3, private: 10.0.2.3 }] }
      - { id: nat-00000002, regional: true, addresses: [{ public: 203.0.113.4 }], bind: [{ vlan: 102 }] }
    endpoints:
      - { id: vpce-00000001, type: Interface, service: com.amazonaws.eu-central-1.logs, interfaces: [eni-00000005] }
      - { id: vpce-00000002, type: Gateway, service: com.amazonaws.eu-central-1.s3, prefixList: pl-00000001, routeTables: [rtb-00000001] }
    routeTables:
      - id: rtb-00000001
        main: true
        routes:
          - { to: 0.0.0.0/0, via: nat-00000001 }
          - { to: 10.1.0.0/16, via: tgw-00000001 }
          - { to: 10.2.0.0/16, via: pcx-00000001 }
          - { to: 10.4.0.0/16, via: tgw-00000001 }
          - { to: 192.168.0.0/16, via: tgw-00000001 }
          - { to: 192.0.2.0/25, via: vgw-00000001, propagated: true }
          - { to: 192.0.2.128/25, blackhole: true }
      - id: rtb-00000002
        subnets: [subnet-00000003]
        routes:
          - { to: 0.0.0.0/0, via: igw-00000001 }
          - { to: 10.0.0.0/8, via: eni-00000001 }
  - id: vpc-00000002
    cidrs: [10.1.0.0/16]
    subnets:
      - id: subnet-00000004
        cidrs: [10.1.0.0/24]
        azId: euc1-az1
        account: "210987654321"
        interfaces:
          - { id: eni-00000011, primary: 10.1.0.1, instance: i-00000011 }
          - { id: eni-00000014, primary: 10.1.0.4, kind: transit_gateway }
      - { id: subnet-00000005, cidrs: [10.1.1.0/24], azId: euc1-az2, discover: true }
    routeTables:
      - { id: rtb-00000003, main: true, routes: [{ to: 0.0.0.0/0, via: tgw-00000001 }] }
  - id: vpc-00000003
    cidrs: [10.2.0.0/16]
    subnets:
      - id: subnet-00000006
        cidrs: [10.2.0.0/24]
        interfaces: [{ id: eni-00000021, primary: 10.2.0.1 }]
    routeTables:
      - { id: rtb-00000004, main: true, routes: [{ to: 10.0.0.0/16, via: pcx-00000001 }] }
prefixLists:
  - { id: pl-00000001, name: com.amazonaws.eu-central-1.s3, prefixes: [198.51.100.0/24] }
transitGateways:
  - id: tgw-00000001
    attachments:
      - { id: tgw-attach-00000001, vpc: vpc-00000001, subnets: [subnet-00000003], interfaces: [eni-00000004]${bind} }
      - { id: tgw-attach-00000002, vpc: vpc-00000002, subnets: [subnet-00000004], interfaces: [eni-00000014] }
      - { id: tgw-attach-00000003, vpn: vpn-00000001, bind: [{ vlan: 202 }] }
    routeTables:
      - id: tgw-rtb-00000001
        defaultAssociation: true
        defaultPropagation: true
        routes:
          - { to: 192.168.0.0/16, via: tgw-attach-00000003, propagated: true }
          - { to: 192.168.128.0/17, blackhole: true }
peeringConnections:
  - { id: pcx-00000001, requester: { vpc: vpc-00000001 }, accepter: { vpc: vpc-00000003 } }
`;
const ADDRESSES = (
  '10.0.0.1 10.0.0.11 10.0.0.2 10.0.1.5 10.0.2.3 10.0.2.4 10.0.2.5 10.0.2.7 10.1.0.1 10.1.1.9 10.1.9.9 10.2.0.1 10.4.0.1 ' +
  '192.168.1.1 192.168.200.1 192.0.2.1 192.0.2.200 198.51.100.7 203.0.113.3 203.0.113.4 203.0.113.9'
).split(' ');
const RANGES: IpRanges & { readonly syncToken: string; readonly createDate: string } = {
  syncToken: '1',
  createDate: '2026-01-01-00-00-00',
  prefixes: [
    { ip_prefix: '198.51.100.0/24', service: 'AMAZON' },
    { ip_prefix: '198.51.100.0/24', service: 'S3' },
    { ip_prefix: '203.0.113.0/24', service: 'EC2' },
    { ip_prefix: '203.0.113.8/29', service: 'AMAZON' },
  ],
  ipv6_prefixes: [],
};
const FIELDS = (
  'version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action ' +
  'log-status vpc-id subnet-id instance-id tcp-flags type pkt-srcaddr pkt-dstaddr region az-id flow-direction ' +
  'traffic-path pkt-src-aws-service pkt-dst-aws-service resource-id interface-type next-hop-interface-id ' +
  'next-hop-subnet-id next-hop-az-id next-hop-vpc-id next-hop-interface-type interface-tag'
).split(' ');
const VLANS = [0, 0, 100, 101, 102, 202, 7];

/** Numbers below n, the same for the same seed. */
function randomFrom(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}

function packets(random: (n: number) => number): Made[] {
  const pick = <T>(list: readonly T[]): T => list[random(list.length)]!;
  let now = 1_700_000_000 + random(300);
  return Array.from({ length: 2500 }, () => {
    now += random(100) / 500;
    const protocol = pick([6, 6, 17, 1]);
    return {
      at: now,
      from: pick(ADDRESSES),
      to: pick(ADDRESSES),
      protocol,
      ports: protocol === 1 ? [pick([0, 3, 8]), random(2)] : [pick([1000, 443]), pick([80, 443])],
      flags: pick([2, 18, 16, 17, 24, 48]),
      length: 40 + random(1400),
      vlan: pick(VLANS),
      // 2 is a declared one; none sends to itself.
      macs: pick([[2, 9] as const, [9, 2] as const, [9, 8] as const, [8, 9] as const]),
    } satisfies Made;
  });
}

describe('the command writes what the reference does', () => {
  test.each<[string, number, 'vpc' | 'transit-gateway', 60 | 600, number, string]>([
    ['interfaces', 1, 'vpc', 60, 1, ''],
    ['interfaces, 600 s', 2, 'vpc', 600, 1, ''],
    ['interfaces, attachment bound', 3, 'vpc', 60, 1, ', bind: [{ vlan: 7 }]'],
    ['interfaces, two files', 4, 'vpc', 60, 2, ', bind: [{ vlan: 7 }]'],
    ['transit gateway', 5, 'transit-gateway', 60, 1, ''],
    ['transit gateway, attachment bound', 6, 'transit-gateway', 60, 1, ', bind: [{ vlan: 7 }]'],
    ['transit gateway, two files', 7, 'transit-gateway', 60, 2, ', bind: [{ vlan: 7 }]'],
  ])('%s', (_name, seed, kind, interval, count, bind) => {
    const random = randomFrom(seed * 7919);
    const paths = Array.from({ length: count }, (_, i) => {
      const path = join(folder, `${seed}-${i}.pcap`);
      writeFileSync(path, captureOf(packets(random)));
      return path;
    });
    const file = join(folder, 'network.yaml');
    writeFileSync(file, networkText(bind));
    const ranges = join(folder, 'ip-ranges.json');
    writeFileSync(ranges, JSON.stringify(RANGES));
    const network = parseNetwork(networkText(bind), file, {
      account: '123456789012',
      region: 'eu-central-1',
    });
    const fields = kind === 'vpc' ? FIELDS : TRANSIT_FIELDS;
    const format = fields.map((field) => `\${${field}}`).join(' ');
    const options = [
      '--network',
      file,
      '--ip-ranges',
      ranges,
      '--kind',
      kind,
      '--interval',
      String(interval),
    ];
    if (kind === 'vpc') options.push('--tag-field', 'network-interface=Name');
    const run = spawnSync(
      join(ROOT, 'weir'),
      ['record', ...paths, ...options, '--format', format, '--no-header'],
      {
        encoding: 'utf8',
        maxBuffer: 1 << 28,
      },
    );
    expect({ status: run.status, stderr: run.status === 0 ? '' : run.stderr }).toEqual({
      status: 0,
      stderr: '',
    });
    const reference = referenceLines(paths, {
      network,
      interval,
      kind,
      fields,
      ipRanges: RANGES,
      tagFields: { 'network-interface': ['Name'] },
    });
    const lines = run.stdout.split('\n').slice(0, -1).sort();
    expect(lines).toEqual(reference.lines);
    expect(lines.length).toBeGreaterThan(200);
  });
});
