import { describe, expect, test } from 'vitest';
import { Rules } from '../../src/rules/rules.ts';
import { id, ids, lineOf, snapshotOf, type LineText } from './networks.ts';

/** vpc-1 has controls; vpc-2 is its peer, vpc-3 and vpc-4 are behind the transit gateway, vpc-5 in another region. */
const network = snapshotOf(
  ids(`
vpcs:
  - id: vpc-1
    cidrs: [10.0.0.0/16]
    encryptionControl: { id: vpcec-1, mode: monitor }
    subnets:
      - id: subnet-1
        cidrs: [10.0.128.0/18]
        azId: euc1-az1
        interfaces:
          - { id: eni-1, primary: 10.0.128.55, instance: i-1 }
          - { id: eni-2, primary: 10.0.133.8, instance: i-1 }
          - { id: eni-3, primary: 10.0.130.104, instance: i-2 }
          - { id: eni-4, primary: 10.0.130.105 }
          - { id: eni-5, primary: 10.0.130.106, kind: vpc_endpoint }
          - { id: eni-6, primary: 10.0.130.107, kind: nat_gateway }
          - { id: eni-7, primary: 10.0.130.108, kind: transit_gateway }
      - { id: subnet-2, cidrs: [10.0.0.0/18], discover: true }
    internetGateway: { id: igw-1 }
    natGateways: [{ id: nat-1, interface: eni-6 }]
    endpoints:
      - { id: vpce-1, type: Gateway, service: com.amazonaws.eu-central-1.s3, prefixList: pl-1, routeTables: [rtb-1] }
    routeTables:
      - id: rtb-1
        main: true
        routes:
          - { to: 10.2.0.0/16, via: pcx-1 }
          - { to: 10.5.0.0/16, via: pcx-2 }
          - { to: 10.0.0.0/8, via: tgw-1 }
          - { to: 172.16.0.0/12, via: tgw-1 }
          - { to: 0.0.0.0/0, via: nat-1 }
  - id: vpc-2
    cidrs: [10.2.0.0/16]
    subnets:
      - { id: subnet-3, cidrs: [10.2.0.0/16], interfaces: [{ id: eni-21, primary: 10.2.0.1, instance: i-1 }, { id: eni-22, primary: 10.2.0.2, kind: vpc_endpoint }] }
    routeTables: [{ id: rtb-2, main: true, routes: [{ to: 10.0.0.0/16, via: pcx-1 }] }]
  - id: vpc-3
    cidrs: [10.3.0.0/16]
    subnets: [{ id: subnet-4, cidrs: [10.3.0.0/16], azId: euc1-az1, interfaces: [{ id: eni-31, primary: 10.3.0.1, instance: i-1 }, { id: eni-32, primary: 10.3.0.2, instance: i-2 }] }]
  - id: vpc-5
    region: us-east-1
    cidrs: [10.5.0.0/16]
    subnets: [{ id: subnet-5, cidrs: [10.5.0.0/16], interfaces: [{ id: eni-51, primary: 10.5.0.1, instance: i-1 }] }]
instances:
  - { id: i-1, nitro: true }
  - { id: i-2 }
prefixLists: [{ id: pl-1, name: com.amazonaws.eu-central-1.s3, prefixes: [52.95.128.0/21] }]
peeringConnections:
  - { id: pcx-1, requester: { vpc: vpc-1 }, accepter: { vpc: vpc-2 } }
  - { id: pcx-2, requester: { vpc: vpc-1 }, accepter: { vpc: vpc-5 } }
transitGateways:
  - id: tgw-1
    attachments:
      - { id: tgw-attach-1, vpc: vpc-1, subnets: [subnet-1], interfaces: [eni-7] }
      - { id: tgw-attach-2, vpc: vpc-3, subnets: [subnet-4] }
      - { id: tgw-attach-3, vpn: vpn-1 }
    routeTables:
      - id: tgw-rtb-1
        defaultAssociation: true
        defaultPropagation: true
        routes: [{ to: 172.16.0.0/12, via: tgw-attach-3, propagated: true }, { to: 10.3.128.0/17, blackhole: true }]
`),
);
const rules = new Rules(network);
const status = (line: LineText): number => rules.encryptionStatus(lineOf(network, line));

describe('the published lines of version 10 (record format 7)', () => {
  test.each([
    ['10.0.133.8:43236 > 10.0.128.55:80', false, 1],
    ['10.0.128.55:80 > 10.0.133.8:43236', true, 1],
    ['10.0.130.104:55016 > 10.0.128.55:80', false, 0],
    ['10.0.128.55:80 > 10.0.130.104:55016', true, 0],
  ])('%s, egress %s: %i', (flow, out, expected) => {
    expect(status({ at: 'eni-1', flow, out })).toBe(expected);
  });
});

describe('encryption-status (record format 1.1)', () => {
  const outgoing = (to: string, more: Partial<LineText> = {}): number =>
    status({ at: 'eni-1', flow: `10.0.128.55:40000 > ${to}`, out: true, ...more });

  test.each([
    ['10.0.130.104:443', 0, 'port 443 of an instance is no endpoint'],
    ['10.0.130.105:80', 0, 'an interface without an instance'],
    ['10.0.130.106:443', 2, 'an interface endpoint'],
    ['10.0.130.106:80', 0, 'another port of it'],
    ['52.95.130.1:443', 2, "a gateway endpoint's service"],
    ['52.95.130.1:80', 0, 'another port of it'],
    ['8.8.8.8:443', 0, 'the internet'],
    ['10.2.0.1:80', 1, 'an instance over peering'],
    ['10.2.0.2:443', 2, 'an endpoint over peering'],
    ['10.5.0.1:80', 0, 'another region'],
    ['10.3.0.1:80', 1, 'an instance over the transit gateway'],
    ['10.3.0.2:80', 0, 'one that is not nitro'],
    ['10.3.128.1:80', 0, 'dropped there'],
    ['172.16.0.1:80', 0, 'a VPN behind the transit gateway'],
    ['10.9.0.1:80', 0, 'no route there'],
    ['10.0.130.99:80', -1, 'nobody that is known, in the VPC'],
    ['10.2.0.99:80', -1, 'nobody that is known, in the peer'],
    ['10.3.0.99:80', -1, 'nobody that is known, behind the transit gateway'],
  ])('to %s: %i, %s', (to, expected) => {
    expect(outgoing(to)).toBe(expected);
  });
  test('answers of endpoints by the source port', () => {
    expect(status({ at: 'eni-1', flow: '10.0.130.106:443 > 10.0.128.55:40000' })).toBe(2);
    expect(status({ at: 'eni-1', flow: '10.0.130.106:40000 > 10.0.128.55:443' })).toBe(0);
    expect(status({ at: 'eni-1', flow: '52.95.130.1:443 > 10.0.128.55:40000' })).toBe(2);
    expect(status({ at: 'eni-1', flow: '52.95.130.1:40000 > 10.0.128.55:443' })).toBe(0);
  });
  test("at the endpoint's own interface", () => {
    expect(status({ at: 'eni-5', flow: '10.0.128.55:40000 > 10.0.130.106:443' })).toBe(2);
    expect(status({ at: 'eni-5', flow: '10.0.130.106:443 > 10.0.128.55:40000', out: true })).toBe(2);
    expect(status({ at: 'eni-5', flow: '10.0.128.55:443 > 10.0.130.106:40000' })).toBe(0);
  });
  test('TCP only', () => {
    expect(outgoing('10.0.130.106:443', { protocol: 17 })).toBe(0);
  });
  test('a discovered interface may be anything', () => {
    const discovered = network.rediscover(id('vpc-1'), false, [0, 0, 0, (10 << 24) | 9]);
    expect(outgoing('10.0.0.9:80', { other: discovered })).toBe(-1);
    const own = { at: discovered, out: true };
    expect(status({ ...own, flow: '10.0.0.9:40000 > 10.0.128.55:80' })).toBe(-1);
    // What leaves the VPC, and what an endpoint answers, does not depend on it.
    expect(status({ ...own, flow: '10.0.0.9:40000 > 8.8.8.8:80' })).toBe(0);
    expect(status({ ...own, flow: '10.0.0.9:40000 > 10.0.130.106:443' })).toBe(2);
  });
  test('the other side of the row where it is in the VPC that the route leads to', () => {
    expect(outgoing('10.3.0.1:80', { other: 'eni-31' })).toBe(1);
    expect(outgoing('10.3.0.1:80', { other: 'eni-2' })).toBe(1);
    expect(outgoing('10.3.0.2:80', { other: 'eni-2' })).toBe(0);
  });
  test('none in a VPC without controls, nor at an attachment', () => {
    expect(status({ at: 'eni-21', flow: '10.2.0.1:40000 > 10.0.128.55:80', out: true })).toBe(-1);
    expect(status({ at: 'tgw-attach-3', flow: '10.0.128.55:40000 > 172.16.0.1:80', out: true })).toBe(-1);
  });
});
