/** Published records (record format 7) of middleboxes, versions 5 and 10, and what tells them. */
import { expect, test } from 'vitest';
import { parseIPv4 } from '../../src/base/addresses.ts';
import type { InterfaceFacts } from '../../src/network/lookup.ts';
import { parseStrict } from '../reference/strict-parser.ts';
import { linesOf, vpcFormat } from './lines.ts';
import type { Answers } from './fake-rules.ts';
import { factsOf, type Flow, type Line } from './windows.ts';

function at(number: number, side: 'egress' | 'ingress', flow: Flow): Line {
  return { flow: { [side]: number, ...flow }, side };
}

/** Written, and taken by the strict parser. */
function checked(
  ids: string,
  facts: readonly InterfaceFacts[],
  lines: readonly Line[],
  answers?: Answers,
): string[] {
  const out = linesOf(vpcFormat(ids), facts, lines, { answers });
  for (const line of out) parseStrict(line, ids.split(' '));
  return out;
}

const CLIENT = '10.0.1.5';
const SERVER = '203.0.113.5';
const INSTANCE = factsOf({
  number: 2,
  interfaceId: 'eni-1111aaaa2222bbbb3',
  instanceId: 'i-01234567890123456',
  subnetId: 'subnet-aaaaaaaa012345678',
  primary4: parseIPv4(CLIENT),
});

test('a zonal NAT gateway, and the instance behind it; the gateway has no instance, even if one is said', () => {
  const nat = factsOf({
    kind: 'nat_gateway',
    primary4: parseIPv4('10.0.0.220'),
    instanceId: 'i-01234567890123456',
  });
  const ids = 'instance-id interface-id srcaddr dstaddr pkt-srcaddr pkt-dstaddr';
  expect(
    checked(
      ids,
      [nat, INSTANCE],
      [
        at(1, 'ingress', { source: CLIENT, destination: SERVER }),
        at(1, 'egress', { source: '10.0.0.220', destination: SERVER }),
        at(1, 'ingress', { source: SERVER, destination: '10.0.0.220' }),
        at(1, 'egress', { source: SERVER, destination: CLIENT }),
        at(2, 'egress', { source: CLIENT, destination: SERVER }),
        at(2, 'ingress', { source: SERVER, destination: CLIENT }),
      ],
    ),
  ).toEqual([
    '- eni-1235b8ca123456789 10.0.1.5 10.0.0.220 10.0.1.5 203.0.113.5',
    '- eni-1235b8ca123456789 10.0.0.220 203.0.113.5 10.0.0.220 203.0.113.5',
    '- eni-1235b8ca123456789 203.0.113.5 10.0.0.220 203.0.113.5 10.0.0.220',
    '- eni-1235b8ca123456789 10.0.0.220 10.0.1.5 203.0.113.5 10.0.1.5',
    'i-01234567890123456 eni-1111aaaa2222bbbb3 10.0.1.5 203.0.113.5 10.0.1.5 203.0.113.5',
    'i-01234567890123456 eni-1111aaaa2222bbbb3 203.0.113.5 10.0.1.5 203.0.113.5 10.0.1.5',
  ]);
});

test('a regional NAT gateway: four legs, and the instance behind it', () => {
  const nat = factsOf({
    kind: 'regional_nat_gateway',
    interfaceId: 'nat-1234567890abcdef',
    primary4: parseIPv4('107.22.182.139'),
  });
  const ids = 'resource-id instance-id interface-id subnet-id srcaddr dstaddr pkt-srcaddr pkt-dstaddr';
  const address = '107.22.182.139';
  expect(
    checked(
      ids,
      [nat, INSTANCE],
      [
        at(1, 'ingress', { source: CLIENT, destination: SERVER }),
        at(1, 'egress', { source: address, destination: SERVER }),
        at(1, 'ingress', { source: SERVER, destination: address }),
        at(1, 'egress', { source: SERVER, destination: CLIENT }),
        at(2, 'egress', { source: CLIENT, destination: SERVER }),
        at(2, 'ingress', { source: SERVER, destination: CLIENT }),
      ],
    ),
  ).toEqual([
    'nat-1234567890abcdef - - - 10.0.1.5 203.0.113.5 10.0.1.5 203.0.113.5',
    'nat-1234567890abcdef - - - 107.22.182.139 203.0.113.5 107.22.182.139 203.0.113.5',
    'nat-1234567890abcdef - - - 203.0.113.5 107.22.182.139 203.0.113.5 107.22.182.139',
    'nat-1234567890abcdef - - - 203.0.113.5 10.0.1.5 203.0.113.5 10.0.1.5',
    '- i-01234567890123456 eni-1111aaaa2222bbbb3 subnet-aaaaaaaa012345678 10.0.1.5 203.0.113.5 10.0.1.5 203.0.113.5',
    '- i-01234567890123456 eni-1111aaaa2222bbbb3 subnet-aaaaaaaa012345678 203.0.113.5 10.0.1.5 203.0.113.5 10.0.1.5',
  ]);
});

test('traffic through a transit gateway, at its interfaces and at an instance', () => {
  const ids =
    'version interface-id account-id vpc-id subnet-id instance-id srcaddr dstaddr srcport dstport protocol ' +
    'tcp-flags type pkt-srcaddr pkt-dstaddr action log-status';
  const instance = factsOf({
    number: 3,
    interfaceId: 'eni-33333333333333333',
    subnetId: 'subnet-22222222bbbbbbbbb',
    instanceId: 'i-01234567890123456',
    primary4: parseIPv4('10.40.2.236'),
  });
  const near = factsOf({
    number: 1,
    kind: 'transit_gateway',
    interfaceId: 'eni-11111111111111111',
    subnetId: 'subnet-11111111aaaaaaaaa',
    primary4: parseIPv4('10.40.1.175'),
  });
  const far = factsOf({
    number: 2,
    kind: 'transit_gateway',
    interfaceId: 'eni-22222222222222222',
    subnetId: 'subnet-22222222bbbbbbbbb',
    primary4: parseIPv4('10.40.2.31'),
  });
  const request = {
    source: '10.20.33.164',
    destination: '10.40.2.236',
    ports: [39812, 80],
    flags: 3,
  } as const;
  const reply = {
    source: '10.40.2.236',
    destination: '10.20.33.164',
    ports: [80, 39812],
    flags: 19,
  } as const;
  expect(
    checked(
      ids,
      [near, far, instance],
      [at(3, 'ingress', request), at(3, 'egress', reply), at(1, 'egress', request), at(2, 'ingress', reply)],
    ),
  ).toEqual([
    '3 eni-33333333333333333 123456789010 vpc-abcdefab012345678 subnet-22222222bbbbbbbbb i-01234567890123456 10.20.33.164 10.40.2.236 39812 80 6 3 IPv4 10.20.33.164 10.40.2.236 ACCEPT OK',
    '3 eni-33333333333333333 123456789010 vpc-abcdefab012345678 subnet-22222222bbbbbbbbb i-01234567890123456 10.40.2.236 10.20.33.164 80 39812 6 19 IPv4 10.40.2.236 10.20.33.164 ACCEPT OK',
    '3 eni-11111111111111111 123456789010 vpc-abcdefab012345678 subnet-11111111aaaaaaaaa - 10.40.1.175 10.40.2.236 39812 80 6 3 IPv4 10.20.33.164 10.40.2.236 ACCEPT OK',
    '3 eni-22222222222222222 123456789010 vpc-abcdefab012345678 subnet-22222222bbbbbbbbb - 10.40.2.236 10.40.2.31 80 39812 6 19 IPv4 10.40.2.236 10.20.33.164 ACCEPT OK',
  ]);
});

test('version 5: the service of an address, and the way of egress', () => {
  const ids =
    'version srcaddr dstaddr srcport dstport protocol start end type packets bytes account-id vpc-id subnet-id ' +
    'instance-id interface-id region az-id sublocation-type sublocation-id action tcp-flags pkt-srcaddr pkt-dstaddr ' +
    'pkt-src-aws-service pkt-dst-aws-service traffic-path flow-direction log-status';
  const facts = factsOf({
    accountId: '123456789012',
    subnetId: 'subnet-aaaaaaaa012345678',
    instanceId: 'i-0c50d5961bcb2d47b',
    region: 'ap-southeast-2',
    azId: 'apse2-az3',
    primary4: parseIPv4('10.0.0.71'),
  });
  const s3 = '52.95.128.179';
  const answers: Answers = {
    serviceCodes: ['AMAZON', 'S3'],
    sourceService: ({ source }) => (source === s3 ? 2 : 0),
    destinationService: ({ destination }) => (destination === s3 ? 2 : 0),
    trafficPath: () => 8,
  };
  const times = { first: 1616729292, last: 1616729349 };
  const down = { source: s3, destination: '10.0.0.71', ports: [80, 34210], flags: 19, ...times } as const;
  const up = { source: '10.0.0.71', destination: s3, ports: [34210, 80], flags: 3, ...times } as const;
  const lines = [
    at(1, 'ingress', { ...down, packets: 14, bytes: 15044 }),
    at(1, 'egress', { ...up, packets: 7, bytes: 471 }),
  ];
  expect(checked(ids, [facts], lines, answers)).toEqual([
    '5 52.95.128.179 10.0.0.71 80 34210 6 1616729292 1616729349 IPv4 14 15044 123456789012 vpc-abcdefab012345678 subnet-aaaaaaaa012345678 i-0c50d5961bcb2d47b eni-1235b8ca123456789 ap-southeast-2 apse2-az3 - - ACCEPT 19 52.95.128.179 10.0.0.71 S3 - - ingress OK',
    '5 10.0.0.71 52.95.128.179 34210 80 6 1616729292 1616729349 IPv4 7 471 123456789012 vpc-abcdefab012345678 subnet-aaaaaaaa012345678 i-0c50d5961bcb2d47b eni-1235b8ca123456789 ap-southeast-2 apse2-az3 - - ACCEPT 3 10.0.0.71 52.95.128.179 - S3 8 egress OK',
  ]);
});

test('version 10: encryption', () => {
  const ids = 'flow-direction traffic-path srcaddr dstaddr srcport dstport encryption-status';
  const facts = factsOf({ primary4: parseIPv4('10.0.128.55') });
  const answers: Answers = {
    trafficPath: () => 1,
    encryptionStatus: ({ source, destination }) =>
      source === '10.0.133.8' || destination === '10.0.133.8' ? 1 : 0,
  };
  const own = '10.0.128.55';
  const lines = [
    at(1, 'ingress', { source: '10.0.133.8', destination: own, ports: [43236, 80] }),
    at(1, 'egress', { source: own, destination: '10.0.133.8', ports: [80, 43236] }),
    at(1, 'ingress', { source: '10.0.130.104', destination: own, ports: [55016, 80] }),
    at(1, 'egress', { source: own, destination: '10.0.130.104', ports: [80, 55016] }),
  ];
  expect(checked(ids, [facts], lines, answers)).toEqual([
    'ingress - 10.0.133.8 10.0.128.55 43236 80 1',
    'egress 1 10.0.128.55 10.0.133.8 80 43236 1',
    'ingress - 10.0.130.104 10.0.128.55 55016 80 0',
    'egress 1 10.0.128.55 10.0.130.104 80 55016 0',
  ]);
});
