import { describe, expect, test } from 'vitest';
import { REASON_BPA, REASON_EC, REASON_NONE } from '../../src/rules/record-rules.ts';
import { Rules } from '../../src/rules/rules.ts';
import { ids, lineOf, snapshotOf, type LineText } from './networks.ts';

const NAMES = { [REASON_NONE]: '-', [REASON_BPA]: 'BPA', [REASON_EC]: 'EC' } as const;

/** subnet-1 to the internet by both gateways, with a NAT gateway; subnet-2 by the NAT gateway; vpc-2 of another
 * account. */
function networkWith(block: string, control = ''): string {
  return ids(`
vpcs:
  - id: vpc-1
    cidrs: [10.0.0.0/16, "2001:db8::/56"]
    ${control}
    subnets:
      - id: subnet-1
        cidrs: [10.0.1.0/24, "2001:db8:0:1::/64"]
        interfaces:
          - { id: eni-1, primary: 10.0.1.1, ipv6: ["2001:db8:0:1::1"] }
          - { id: eni-2, primary: 10.0.1.2, kind: nat_gateway }
          - { id: eni-3, primary: 10.0.1.3, kind: vpc_endpoint }
      - { id: subnet-2, cidrs: [10.0.2.0/24], interfaces: [{ id: eni-4, primary: 10.0.2.1 }] }
    internetGateway: { id: igw-1 }
    egressOnlyInternetGateway: { id: eigw-1 }
    natGateways: [{ id: nat-1, interface: eni-2 }, { id: nat-2, regional: true, addresses: [{ public: 203.0.113.6 }] }]
    routeTables:
      - { id: rtb-1, main: true, routes: [{ to: 0.0.0.0/0, via: igw-1 }, { to: "::/0", via: eigw-1 }, { to: 192.168.1.0/24, via: cagw-1 }] }
      - { id: rtb-2, subnets: [subnet-2], routes: [{ to: 0.0.0.0/0, via: nat-1 }] }
  - id: vpc-2
    account: "210987654321"
    cidrs: [10.9.0.0/16]
    subnets: [{ id: subnet-3, cidrs: [10.9.0.0/16], interfaces: [{ id: eni-9, primary: 10.9.0.1 }] }]
    internetGateway: { id: igw-2 }
    routeTables: [{ id: rtb-3, main: true, routes: [{ to: 0.0.0.0/0, via: igw-2 }] }]
${block}
`);
}

function asking(block: string, control?: string): (line: LineText) => string {
  const network = snapshotOf(networkWith(block, control));
  const rules = new Rules(network);
  return (line) => NAMES[rules.rejectReason(lineOf(network, { rejected: true, ...line }))];
}

const IN = '8.8.8.8:40000 > 10.0.1.1:22';
const OUT = '10.0.1.1:40000 > 8.8.8.8:443';

describe('BPA, bidirectional', () => {
  const reason = asking('blockPublicAccess: [{ mode: block-bidirectional }]');

  test.each<[LineText, string, string]>([
    [{ at: 'eni-1', flow: IN }, 'BPA', 'in by the internet gateway'],
    [{ at: 'eni-1', flow: OUT, out: true }, 'BPA', 'out by it'],
    [{ at: 'eni-1', flow: IN, rejected: false }, '-', 'what was accepted'],
    [{ at: 'eni-1', flow: '10.0.2.1:1 > 10.0.1.1:22' }, '-', 'inside of the VPC'],
    [
      { at: 'eni-1', flow: '2001:db8:0:1::1 > 2001:db8:9::1', out: true },
      'BPA',
      'by the egress-only gateway',
    ],
    [{ at: 'eni-1', flow: '10.0.1.1 > 192.168.1.1', out: true }, 'BPA', 'by a carrier gateway'],
    [{ at: 'eni-2', flow: '8.8.8.8:53 > 10.0.1.2:1024', answer: true }, 'BPA', 'at a NAT gateway'],
    [{ at: 'nat-2', flow: '203.0.113.6 > 8.8.8.8', out: true }, 'BPA', 'at a regional one'],
    [{ at: 'eni-4', flow: '10.0.2.1 > 8.8.8.8', out: true }, '-', 'before a NAT gateway'],
    [{ at: 'eni-9', flow: '8.8.8.8 > 10.9.0.1' }, '-', "in another account's VPC"],
  ])('%j: %s, %s', (line, expected) => {
    expect(reason(line)).toBe(expected);
  });
});

describe('BPA, ingress only', () => {
  const reason = asking('blockPublicAccess: [{ mode: block-ingress }]');

  test.each<[LineText, string, string]>([
    [{ at: 'eni-1', flow: IN }, 'BPA', 'what begins outside'],
    [{ at: 'eni-1', flow: '10.0.1.1:22 > 8.8.8.8:40000', out: true, answer: true }, 'BPA', 'and its answers'],
    [{ at: 'eni-1', flow: OUT, out: true }, 'BPA', 'the internet gateway without a NAT gateway'],
    [{ at: 'eni-2', flow: '10.0.1.2:1024 > 8.8.8.8:53', out: true }, '-', 'a NAT gateway out'],
    [{ at: 'eni-2', flow: '8.8.8.8:53 > 10.0.1.2:1024', answer: true }, '-', 'and the answer'],
    [{ at: 'eni-2', flow: '8.8.8.8:40000 > 10.0.1.2:22' }, 'BPA', 'what comes to it unasked'],
    [{ at: 'nat-2', flow: '203.0.113.6 > 8.8.8.8', out: true }, '-', 'a regional one'],
    [{ at: 'eni-1', flow: '2001:db8:0:1::1 > 2001:db8:9::1', out: true }, '-', 'the egress-only gateway'],
    [{ at: 'eni-1', flow: '2001:db8:9::1 > 2001:db8:0:1::1' }, 'BPA', 'never from it'],
  ])('%j: %s, %s', (line, expected) => {
    expect(reason(line)).toBe(expected);
  });
});

describe('exclusions from BPA', () => {
  const exclusion = (of: string, mode: string, block = 'block-bidirectional') =>
    asking(
      `blockPublicAccess: [{ mode: ${block}, exclusions: [{ id: vpcbpa-exclude-1, ${of}, mode: ${mode} }] }]`,
    );
  const both = (reason: (line: LineText) => string): string =>
    `${reason({ at: 'eni-1', flow: IN })} ${reason({ at: 'eni-1', flow: OUT, out: true })}`;

  test.each([
    ['vpc: vpc-1', 'allow-bidirectional', 'block-bidirectional', '- -'],
    ['subnet: subnet-1', 'allow-bidirectional', 'block-bidirectional', '- -'],
    ['subnet: subnet-2', 'allow-bidirectional', 'block-bidirectional', 'BPA BPA'],
    ['vpc: vpc-1', 'allow-egress', 'block-bidirectional', 'BPA -'],
    ['subnet: subnet-1', 'allow-egress', 'block-bidirectional', 'BPA -'],
    ['vpc: vpc-1', 'allow-bidirectional', 'block-ingress', '- -'],
    ['vpc: vpc-1', 'allow-egress', 'block-ingress', 'BPA BPA'],
  ])('%s %s from %s: %s in and out', (of, mode, block, expected) => {
    expect(both(exclusion(of, mode, block))).toBe(expected);
  });
  test('answers follow who opened the connection', () => {
    const reason = exclusion('vpc: vpc-1', 'allow-egress');
    expect(reason({ at: 'eni-1', flow: '8.8.8.8:443 > 10.0.1.1:40000', answer: true })).toBe('-');
    expect(reason({ at: 'eni-1', flow: '10.0.1.1:22 > 8.8.8.8:40000', out: true, answer: true })).toBe('BPA');
  });
});

describe('EC', () => {
  const enforced = asking('', 'encryptionControl: { id: vpcec-1, mode: enforce }');

  test.each<[LineText, string, string]>([
    [
      { at: 'eni-1', flow: '10.0.1.1:40000 > 10.0.1.3:80', out: true, other: 'eni-3' },
      'EC',
      'to an endpoint',
    ],
    [{ at: 'eni-1', flow: '10.0.1.3:80 > 10.0.1.1:40000', other: 'eni-3' }, 'EC', 'and back'],
    [{ at: 'eni-3', flow: '10.0.1.1:40000 > 10.0.1.3:80', other: 'eni-1' }, 'EC', 'at the endpoint'],
    [{ at: 'eni-3', flow: '10.0.1.1:40000 > 10.0.1.3:443', other: 'eni-1' }, '-', 'but port 443'],
    [{ at: 'eni-3', flow: '10.0.1.3:443 > 10.0.1.1:40000', out: true }, '-', 'and its answers'],
    [{ at: 'eni-3', flow: '10.0.1.1:443 > 10.0.1.3:40000' }, 'EC', "not the client's 443"],
    [{ at: 'eni-3', flow: '10.0.1.1:40000 > 10.0.1.3:443', protocol: 17 }, 'EC', 'and not over UDP'],
    [{ at: 'eni-3', flow: '10.0.1.1:40000 > 10.0.1.3:80', rejected: false }, '-', 'accepted'],
    [{ at: 'eni-1', flow: '10.0.1.1:40000 > 10.0.2.1:80', out: true, other: 'eni-4' }, '-', 'no endpoint'],
  ])('%j: %s, %s', (line, expected) => {
    expect(enforced(line)).toBe(expected);
  });
  test('not where controls only monitor, or in another VPC', () => {
    const monitored = asking('', 'encryptionControl: { id: vpcec-1, mode: monitor }');
    expect(monitored({ at: 'eni-3', flow: '10.0.1.1:40000 > 10.0.1.3:80' })).toBe('-');
    expect(enforced({ at: 'eni-9', flow: '10.0.1.3:80 > 10.9.0.1:40000', other: 'eni-3' })).toBe('-');
  });
});

test('whether anything can have a reason', () => {
  const has = (block: string, control?: string): boolean =>
    new Rules(snapshotOf(networkWith(block, control))).rejectsForReasons;
  expect(has('')).toBe(false);
  expect(has('blockPublicAccess: [{ mode: "off" }]')).toBe(false);
  expect(has('blockPublicAccess: [{ mode: block-ingress }]')).toBe(true);
  expect(has('', 'encryptionControl: { id: vpcec-1, mode: monitor }')).toBe(false);
  expect(has('', 'encryptionControl: { id: vpcec-1, mode: enforce }')).toBe(true);
});
