import { describe, expect, test } from 'vitest';
import type { Network } from '../../src/network/model.ts';
import type { ServiceRanges } from '../../src/network/service-ranges.ts';
import { Snapshot } from '../../src/network/snapshot.ts';
import { parseNetwork } from '../../src/network/yaml.ts';

const owner = { account: '123456789012', region: 'eu-central-1' };
const yaml = (text: string): Network => parseNetwork(text, 'n.yaml', owner);

const TEXT = `
vpcs:
  - id: vpc-0000000a
    cidrs: [10.1.0.0/16]
    subnets:
      - id: subnet-0000000a
        cidrs: [10.1.0.0/24]
        azId: euc1-az1
        interfaces:
          - { id: eni-0000000a, primary: 10.1.0.10, secondary: [10.1.0.11], instance: i-0000000a, tags: { Name: one } }
          - { id: eni-0000000b, primary: 10.1.0.20, kind: nat_gateway }
          - { id: eni-0000000c, primary: 10.1.0.30, kind: vpc_endpoint }
          - { id: eni-0000000d, primary: 10.1.0.40, kind: transit_gateway }
          - { id: eni-0000000f, primary: 10.1.0.60, kind: nat_gateway }
          - { id: eni-00000010, primary: 10.1.0.70, kind: vpc_endpoint }
      - { id: subnet-0000000b, cidrs: [10.1.1.0/24], azId: euc1-az2 }
    internetGateway: { id: igw-0000000a }
    natGateways:
      - { id: nat-0000000a, interface: eni-0000000b, addresses: [{ public: 203.0.113.5 }] }
      - { id: nat-0000000b, regional: true }
    routeTables:
      - { id: rtb-0000000a, main: true, routes: [{ to: 0.0.0.0/0, via: igw-0000000a }, { to: pl-0000000a, via: nat-0000000a }] }
      - { id: rtb-0000000b, subnets: [subnet-0000000b], routes: [{ to: 10.2.0.0/16, via: tgw-0000000a }, { to: 10.9.0.0/16, via: pcx-0000000a }, { to: 192.0.2.0/24, via: i-0000000a }] }
    endpoints:
      - { id: vpce-0000000a, type: Interface, service: com.amazonaws.eu-central-1.logs, interfaces: [eni-0000000c] }
    encryptionControl: { id: vpcec-0000000a, mode: monitor }
  - id: vpc-0000000b
    cidrs: [10.2.0.0/16]
    subnets: [{ id: subnet-0000000c, cidrs: [10.2.0.0/24] }]
  - id: vpc-0000000c
    cidrs: [10.3.0.0/16]
    subnets: [{ id: subnet-0000000d, cidrs: [10.3.0.0/24] }]
    routeTables: [{ id: rtb-0000000c, main: true }]
prefixLists: [{ id: pl-0000000a, name: partners, prefixes: [192.0.2.0/24] }]
instances: [{ id: i-0000000a, tags: { team: shop } }]
peeringConnections:
  - { id: pcx-0000000a, requester: { vpc: vpc-0000000a }, accepter: { vpc: vpc-0000000f, cidrs: [10.9.0.0/16] } }
transitGateways:
  - id: tgw-0000000a
    attachments:
      - { id: tgw-attach-0000000a, vpc: vpc-0000000a, subnets: [subnet-0000000a], interfaces: [eni-0000000d] }
      - { id: tgw-attach-0000000b, vpc: vpc-0000000b, subnets: [subnet-0000000c] }
      - { id: tgw-attach-0000000c, vpn: vpn-0000000a }
    routeTables:
      - { id: tgw-rtb-0000000a, defaultAssociation: true, defaultPropagation: true, routes: [{ to: 172.16.0.0/12, via: tgw-attach-0000000c }] }
autoScalingGroups: [{ name: web, instances: [i-0000000a], tags: { tier: web } }]
ecsTasks:
  - { arn: "arn:aws:ecs:eu-central-1:123456789012:task/shop/0123456789abcdef0123456789abcdef", interface: eni-0000000a, service: web }
blockPublicAccess: [{ mode: block-ingress, exclusions: [{ id: vpcbpa-exclude-0000000a, vpc: vpc-0000000a, mode: allow-egress }] }]
`;

const BASE = Snapshot.build(yaml(TEXT), { version: 1, scopes: 'all' });

/** The facts' version after a change of the text; 1 is kept. */
function after(from: string | RegExp, to: string): number {
  const text = TEXT.replace(from, to);
  expect(text).not.toBe(TEXT);
  return Snapshot.build(yaml(text), { version: 2, scopes: 'all', previous: BASE }).factsVersion;
}

describe('a change of what was there is a new version of the facts (S3.7)', () => {
  test.each<[string, string | RegExp, string]>([
    [
      'a route leads elsewhere',
      '{ to: 0.0.0.0/0, via: igw-0000000a }',
      '{ to: 0.0.0.0/0, via: nat-0000000a }',
    ],
    [
      'a route is a black hole',
      '{ to: 10.9.0.0/16, via: pcx-0000000a }',
      '{ to: 10.9.0.0/16, blackhole: true }',
    ],
    ['a route is gone', '{ to: 0.0.0.0/0, via: igw-0000000a }, ', ''],
    [
      'a route is new',
      '{ to: 0.0.0.0/0, via: igw-0000000a }',
      '{ to: 0.0.0.0/0, via: igw-0000000a }, { to: 8.0.0.0/8, via: igw-0000000a }',
    ],
    ['a subnet has no table of its own', 'subnets: [subnet-0000000b], routes', 'routes'],
    [
      'a new table has a subnet',
      'routeTables:\n      - { id: rtb',
      'routeTables:\n      - { id: rtb-0000000d, subnets: [subnet-0000000a] }\n      - { id: rtb',
    ],
    ['an internet gateway is another', /igw-0000000a/g, 'igw-0000000b'],
    ['a NAT gateway has another address', 'public: 203.0.113.5', 'public: 203.0.113.9'],
    ['a NAT gateway is regional no more', '- { id: nat-0000000b, regional: true }\n', '\n'],
    [
      'a NAT gateway comes to an interface',
      '- { id: nat-0000000b, regional: true }',
      '- { id: nat-0000000b, regional: true }\n      - { id: nat-0000000c, interface: eni-0000000f }',
    ],
    ['an endpoint is of another service', 'eu-central-1.logs', 'eu-central-1.sqs'],
    [
      'an endpoint comes to an interface',
      '    encryptionControl',
      '      - { id: vpce-0000000b, type: Interface, service: com.amazonaws.eu-central-1.sqs, interfaces: [eni-00000010] }\n    encryptionControl',
    ],
    ['the other side of a peering connection', 'cidrs: [10.9.0.0/16]', 'cidrs: [10.9.0.0/17]'],
    ['a prefix list', 'prefixes: [192.0.2.0/24]', 'prefixes: [192.0.2.0/24, 198.51.100.0/24]'],
    ['the prefixes of a VPC', 'cidrs: [10.1.0.0/16]', 'cidrs: [10.1.0.0/16, 10.11.0.0/16]'],
    [
      'the prefixes of a VPC whose gateway others use',
      'cidrs: [10.2.0.0/16]',
      'cidrs: [10.2.0.0/16, 10.12.0.0/16]',
    ],
    ['the zone of a subnet without interfaces', 'azId: euc1-az2', 'azId: euc1-az3'],
    [
      'a subnet is made inside of another',
      '- { id: subnet-0000000b',
      '- { id: subnet-0000000e, cidrs: [10.1.0.128/25] }\n      - { id: subnet-0000000b',
    ],
    [
      'a subnet is made around another',
      '- { id: subnet-0000000b',
      '- { id: subnet-0000000e, cidrs: [10.1.0.0/20] }\n      - { id: subnet-0000000b',
    ],
    ['a transit gateway route', 'to: 172.16.0.0/12', 'to: 172.16.0.0/13'],
    ['a transit gateway table no longer learns', 'defaultPropagation: true, ', ''],
    ['an attachment is gone', /^ *- \{ id: tgw-attach-0000000b.*\n/m, ''],
    [
      'an attachment comes to a gateway that has others',
      '- { id: tgw-attach-0000000c',
      '- { id: tgw-attach-0000000d, vpc: vpc-0000000c, subnets: [subnet-0000000d] }\n      - { id: tgw-attach-0000000c',
    ],
    ['an attachment is bound', 'vpn: vpn-0000000a', 'vpn: vpn-0000000a, bind: [{ vlan: 7 }]'],
    [
      "a transit gateway's table is new",
      '- { id: tgw-rtb-0000000a',
      '- { id: tgw-rtb-0000000b }\n      - { id: tgw-rtb-0000000a',
    ],
    ['the mode of encryption controls', 'mode: monitor', 'mode: enforce'],
    [
      'encryption controls come',
      'cidrs: [10.2.0.0/16]',
      'cidrs: [10.2.0.0/16]\n    encryptionControl: { id: vpcec-0000000b, mode: monitor }',
    ],
    ['public access is open', 'mode: block-ingress', 'mode: off'],
    ['an exclusion', 'mode: allow-egress', 'mode: allow-bidirectional'],
    [
      'an exclusion is gone',
      ', exclusions: [{ id: vpcbpa-exclude-0000000a, vpc: vpc-0000000a, mode: allow-egress }]',
      '',
    ],
    ['an interface has another tag', 'tags: { Name: one }', 'tags: { Name: two }'],
    ['an interface has no tag', ', tags: { Name: one }', ''],
    ['an interface has another address', 'secondary: [10.1.0.11]', 'secondary: [10.1.0.12]'],
    [
      'an interface is of another account',
      'eni-0000000a, primary',
      'eni-0000000a, account: "210987654321", primary',
    ],
    ['an instance has another tag', 'team: shop', 'team: bank'],
    ['an instance is nitro', 'team: shop }', 'team: shop }, nitro: true'],
    [
      'an instance is of another account',
      '{ id: i-0000000a, tags',
      '{ id: i-0000000a, account: "210987654321", tags',
    ],
    ['a group has another tag', 'tier: web', 'tier: app'],
    ['an instance leaves its group', ', instances: [i-0000000a]', ''],
    ['a task is of another service', 'service: web', 'service: app'],
    ['a task is gone', /ecsTasks:\n.*\n/, ''],
    [
      'an interface before the one that a route to an instance leads to',
      '- { id: eni-0000000a',
      '- { id: eni-0000000e, primary: 10.1.0.50, instance: i-0000000a }\n          - { id: eni-0000000a',
    ],
    [
      'a subnet of a transit gateway is gone',
      'subnets: [{ id: subnet-0000000c, cidrs: [10.2.0.0/24] }]',
      'subnets: [{ id: subnet-0000000c, cidrs: [10.2.1.0/24] }]',
    ],
  ])('%s', (_, from, to) => {
    expect(after(from, to)).toBe(2);
  });

  test('another list of service ranges', () => {
    const services = (digest: string): ServiceRanges => {
      const words = new Uint32Array(new SharedArrayBuffer(16));
      const none = new Int32Array(new SharedArrayBuffer(4));
      return {
        codes: [],
        starts4: words.subarray(0, 1),
        values4: none,
        starts6: words,
        values6: none,
        digest,
      };
    };
    const network = yaml(TEXT);
    const build = (version: number, digest: string, previous?: Snapshot): Snapshot =>
      Snapshot.build(network, {
        version,
        scopes: 'all',
        services: services(digest),
        ...(previous && { previous }),
      });
    const one = build(1, 'a');
    expect(build(2, 'a', one).factsVersion).toBe(1);
    expect(build(2, 'b', one).factsVersion).toBe(2);
    expect(Snapshot.build(network, { version: 2, scopes: 'all', previous: one }).factsVersion).toBe(2);
  });
});

describe('what comes beside it keeps the version of the facts', () => {
  test.each<[string, string | RegExp, string]>([
    ['nothing but other objects', /$/, '\n'],
    [
      'a VPC with its implied tables',
      'prefixLists:',
      '  - { id: vpc-0000000d, cidrs: [10.4.0.0/16], subnets: [{ id: subnet-0000000e, cidrs: [10.4.0.0/24], interfaces: [{ id: eni-0000000e, primary: 10.4.0.4 }] }] }\nprefixLists:',
    ],
    [
      'an interface',
      '- { id: eni-0000000b',
      '- { id: eni-0000000e, primary: 10.1.0.50, tags: { Name: new } }\n          - { id: eni-0000000b',
    ],
    [
      'an interface of an instance that has one',
      '- { id: eni-0000000b',
      '- { id: eni-0000000e, primary: 10.1.0.50, instance: i-0000000a }\n          - { id: eni-0000000b',
    ],
    [
      'a subnet beside the others',
      '- { id: subnet-0000000b',
      '- { id: subnet-0000000e, cidrs: [10.1.2.0/24] }\n      - { id: subnet-0000000b',
    ],
    [
      'a regional NAT gateway',
      '- { id: nat-0000000b',
      '- { id: nat-0000000c, regional: true }\n      - { id: nat-0000000b',
    ],
    [
      'a table without subnets',
      '      - { id: rtb-0000000b',
      '      - { id: rtb-0000000d, routes: [{ to: 0.0.0.0/0, via: igw-0000000a }] }\n      - { id: rtb-0000000b',
    ],
    [
      'a prefix list',
      'prefixLists: [',
      'prefixLists: [{ id: pl-0000000b, name: others, prefixes: [198.51.100.0/24] }, ',
    ],
    [
      'a transit gateway',
      'transitGateways:',
      'transitGateways:\n  - { id: tgw-0000000b, attachments: [{ id: tgw-attach-0000000d, vpn: vpn-0000000b }] }',
    ],
    [
      'an instance, and a group',
      /instances: \[\{ id: i-0000000a(.*)\n/,
      'instances: [{ id: i-0000000b }, { id: i-0000000a$1\n',
    ],
    ['the tags of what prints none', '{ id: igw-0000000a }', '{ id: igw-0000000a, tags: { Name: out } }'],
    ['a VPC where nothing is goes', /^ {2}- id: vpc-0000000c\n(?: {4}.*\n)+/m, ''],
    [
      'a security group',
      '    internetGateway:',
      '    securityGroups: [{ id: sg-0000000a, name: web, description: x }]\n    internetGateway:',
    ],
    ['a MAC address', 'eni-0000000a, primary', 'eni-0000000a, mac: "02:00:00:00:00:0a", primary'],
    [
      'a block of another account',
      'blockPublicAccess: [',
      'blockPublicAccess: [{ account: "210987654321", mode: block-ingress }, ',
    ],
  ])('%s', (_, from, to) => {
    expect(after(from, to)).toBe(1);
  });
});
