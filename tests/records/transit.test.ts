/** Records of transit gateways (record format 2). */
import { describe, expect, test } from 'vitest';
import type { TransitEnd } from '../../src/rules/record-rules.ts';
import { defaultLogFormat } from '../../src/records/formats.ts';
import { createTextWriter } from '../../src/records/text.ts';
import { parseStrict } from '../reference/strict-parser.ts';
import { FakeRules, type Answers } from './fake-rules.ts';
import { linesOf, transitFormat } from './lines.ts';
import { directoryOf, factsOf, gatewaysOf, windowOf, type Flow, type Line } from './windows.ts';

const DEFAULT = defaultLogFormat('transit-gateway');
const IDS = DEFAULT.fields.map((field) => field.id);
const [A, B] = ['tgw-attach-0aaaaaaaaaaaaaaaa', 'tgw-attach-0bbbbbbbbbbbbbbbb'];
const FACTS = [A, B].map((interfaceId, i) => {
  return factsOf({
    number: i + 1,
    interfaceId,
    kind: 'transit_gateway_attachment',
    accountId: '999999999999',
  });
});
const TOPOLOGY = gatewaysOf([
  { id: 'tgw-0a12bc34de56f7890', accountId: '748335378900', region: 'us-east-1', attachments: [A, B] },
]);
const ENDS: Readonly<Record<number, TransitEnd>> = {
  1: {
    attachmentId: A,
    vpcAccountId: '111111111111',
    vpcId: 'vpc-0aaaaaaaaaaaaaaaa',
    subnetId: 'subnet-0aaaaaaaaaaaaaaaa',
    interfaceId: 'eni-0aaaaaaaaaaaaaaaa',
    azId: 'use1-az1',
  },
  2: {
    attachmentId: B,
    vpcAccountId: '222222222222',
    vpcId: 'vpc-0bbbbbbbbbbbbbbbb',
    subnetId: 'subnet-0bbbbbbbbbbbbbbbb',
    interfaceId: 'eni-0bbbbbbbbbbbbbbbb',
    azId: undefined,
  },
};
const ANSWERS: Answers = {
  end: (attachment) => ENDS[attachment]!,
  serviceCodes: ['S3'],
  destinationService: ({ destination }) => (destination === '52.95.128.179' ? 1 : 0),
};
const FLOW: Flow = {
  source: '10.20.33.164',
  destination: '10.40.2.236',
  ports: [39812, 80],
  packets: 12,
  bytes: 3456,
  first: 1755592533,
  last: 1755592558,
  raw: 0x1b,
  ingress: 1,
  egress: 2,
  sourceAttachment: 1,
  destinationAttachment: 2,
};

/** Default lines, taken by the strict parser. */
function written(lines: readonly Line[], answers: Answers | undefined = ANSWERS): string[] {
  const out = linesOf(DEFAULT, FACTS, lines, { answers, topology: TOPOLOGY });
  for (const line of out) parseStrict(line, IDS, 'transit-gateway');
  return out;
}

test('a flow into the gateway and out of it: the recording attachment first, the other as its pair', () => {
  const ends =
    '111111111111 222222222222 vpc-0aaaaaaaaaaaaaaaa vpc-0bbbbbbbbbbbbbbbb subnet-0aaaaaaaaaaaaaaaa ' +
    'subnet-0bbbbbbbbbbbbbbbb eni-0aaaaaaaaaaaaaaaa eni-0bbbbbbbbbbbbbbbb use1-az1 -';
  const traffic =
    '10.20.33.164 10.40.2.236 39812 80 6 12 3456 1755592533 1755592558 OK IPv4 0 0 0 0 27 us-east-1';
  expect(
    written([
      { flow: FLOW, side: 'ingress' },
      { flow: FLOW, side: 'egress' },
    ]),
  ).toEqual([
    `6 TransitGateway 748335378900 tgw-0a12bc34de56f7890 ${A} ${ends} ${B} ${traffic} ingress - -`,
    `6 TransitGateway 748335378900 tgw-0a12bc34de56f7890 ${B} ${ends} ${A} ${traffic} egress - -`,
  ]);
});

test('the published line, with whole ids: an attachment whose other end is not known', () => {
  const end = {
    attachmentId: undefined,
    vpcAccountId: undefined,
    vpcId: 'vpc-0abc1234',
    subnetId: undefined,
    interfaceId: 'eni-0ee5f66aa7bcc89d0',
    azId: undefined,
  };
  const flow: Flow = {
    source: '175.16.199.0',
    destination: '67.43.156.0',
    ports: [56846, 80],
    protocol: 17,
    packets: 45,
    bytes: 9771,
    first: 1755592543,
    last: 1755592598,
    ingress: 1,
    sourceAttachment: 1,
    destinationAttachment: 0,
  };
  expect(written([{ flow, side: 'ingress' }], { end: () => end })).toEqual([
    `6 TransitGateway 748335378900 tgw-0a12bc34de56f7890 ${A} - - vpc-0abc1234 - - - eni-0ee5f66aa7bcc89d0 - - - - ` +
      '175.16.199.0 67.43.156.0 56846 80 17 45 9771 1755592543 1755592598 OK IPv4 0 0 0 0 0 us-east-1 ingress - -',
  ]);
});

test('packets that were lost on the way, by reason; 0 where no source says so', () => {
  const flows: Flow[] = [
    { ...FLOW, ports: [1, 1] },
    { ...FLOW, ports: [2, 1], lost: [3, 0, 2, 5_000_000_000] },
    { ...FLOW, ports: [3, 1] },
    { ...FLOW, ports: [4, 1], lost: [0, 7, 0, 0] },
  ];
  const lines = written(flows.map((flow) => ({ flow, side: 'ingress' }) as const));
  const at = IDS.indexOf('packets-lost-no-route');
  expect(IDS.slice(at, at + 4)).toEqual([
    'packets-lost-no-route',
    'packets-lost-blackhole',
    'packets-lost-mtu-exceeded',
    'packets-lost-ttl-expired',
  ]);
  const lost = lines.map((line) => {
    const fields = line.split(' ');
    return [fields[IDS.indexOf('srcport')], ...fields.slice(at, at + 4)].join(' ');
  });
  expect(lost).toEqual(['1 0 0 0 0', '2 3 0 2 5000000000', '3 0 0 0 0', '4 0 7 0 0']);
});

test('NODATA and SKIPDATA lines say which attachment of which gateway', () => {
  const nothing = Array.from({ length: 18 }, () => '-').join(' ');
  const line = (kind: 'NODATA' | 'SKIPDATA', number: number): Line => {
    return { status: { number, kind, start: 60, end: 119 } };
  };
  expect(written([line('NODATA', 1), line('SKIPDATA', 2)])).toEqual([
    `6 TransitGateway 748335378900 tgw-0a12bc34de56f7890 ${A} ${nothing} 60 119 NODATA - - - - - - us-east-1 - - -`,
    `6 TransitGateway 748335378900 tgw-0a12bc34de56f7890 ${B} ${nothing} 60 119 SKIPDATA - - - - - - us-east-1 - - -`,
  ]);
});

test.each([
  [0x02, 2],
  [0x12, 18],
  [0x10, 0],
  [0x18, 24],
  [0x1b, 27],
  [0x30, 48],
  // ECE and CWR are not among the flags that are counted.
  [0xd0, 0],
  [0xc2, 2],
])('tcp-flags of %i is %i', (raw, expected) => {
  const flow = { ...FLOW, raw };
  const [line] = linesOf(transitFormat('tcp-flags'), FACTS, [{ flow, side: 'ingress' }], {
    topology: TOPOLOGY,
  });
  expect(line).toBe(String(expected));
});

describe('the writer', () => {
  test('IPv6, services, and an action that does not matter', () => {
    const six: Flow = {
      ...FLOW,
      source: 'fd00::1',
      destination: '2a02:cf40::',
      verdict: 2,
      protocol: 58,
      ports: [128, 0],
    };
    const s3: Flow = { ...FLOW, destination: '52.95.128.179' };
    const ids = 'type srcaddr dstaddr srcport tcp-flags pkt-src-aws-service pkt-dst-aws-service version';
    const lines: Line[] = [six, s3].map((flow) => ({ flow, side: 'ingress' }));
    const given = { answers: ANSWERS, topology: TOPOLOGY };
    expect(linesOf(transitFormat(ids), FACTS, lines, given)).toEqual([
      'IPv6 fd00::1 2a02:cf40:: 0 0 - - 5',
      'IPv4 10.20.33.164 52.95.128.179 39812 27 - S3 5',
    ]);
  });

  test('asks for each end once a line, and of the format that names one only', () => {
    const rules = new FakeRules(ANSWERS);
    const lines: Line[] = [
      { flow: FLOW, side: 'ingress' },
      { flow: FLOW, side: 'egress' },
    ];
    linesOf(DEFAULT, FACTS, lines, { rules, topology: TOPOLOGY });
    expect(rules.asked).toEqual({ begin: 1, end: 4, sourceService: 2, destinationService: 2 });
    const none = new FakeRules(ANSWERS);
    const ids = 'tgw-id tgw-pair-attachment-id srcaddr tcp-flags';
    const out = linesOf(transitFormat(ids), FACTS, lines, { rules: none, topology: TOPOLOGY });
    expect(out).toEqual([
      `tgw-0a12bc34de56f7890 ${B} 10.20.33.164 27`,
      `tgw-0a12bc34de56f7890 ${A} 10.20.33.164 27`,
    ]);
    expect(none.asked).toEqual({ begin: 1 });
  });

  test('without rules knows the attachments and their gateway', () => {
    const ids = 'tgw-attachment-id tgw-src-vpc-id tgw-dst-eni account-id';
    const out = linesOf(transitFormat(ids), FACTS, [{ flow: FLOW, side: 'ingress' }], { topology: TOPOLOGY });
    expect(out).toEqual([`${A} - - 748335378900`]);
  });

  test('has room for ends of any length', () => {
    const long = (name: string, n: number): string => `${name}-${n}`.padEnd(5000, 'x');
    const answers: Answers = {
      end: (attachment, address) => {
        return {
          ...ENDS[1]!,
          vpcId: long(`vpc-${address}`, attachment),
          subnetId: long('subnet', attachment),
        };
      },
    };
    const ids = 'tgw-dst-subnet-id tgw-src-vpc-id tgw-dst-vpc-id tgw-src-subnet-id';
    const flows = Array.from({ length: 300 }, (_, i) => ({ ...FLOW, source: `10.0.${i >> 3}.1` }));
    const lines: Line[] = flows.map((flow) => ({ flow, side: 'ingress' }));
    expect(linesOf(transitFormat(ids), FACTS, lines, { answers, topology: TOPOLOGY })).toEqual(
      flows.map(({ source, destination }) =>
        [long('subnet', 2), long(`vpc-${source}`, 1), long(`vpc-${destination}`, 2), long('subnet', 1)].join(
          ' ',
        ),
      ),
    );
  });

  test('follows a directory whose topology moves on', () => {
    let topology = TOPOLOGY;
    const directory = {
      ...directoryOf(FACTS),
      get topology() {
        return topology;
      },
    };
    const writer = createTextWriter(transitFormat('tgw-id'), directory);
    const window = windowOf([
      { flow: FLOW, side: 'ingress' },
      { flow: FLOW, side: 'egress' },
    ]);
    expect(Buffer.from(writer.write(window, 0, 1)).toString()).toBe('tgw-0a12bc34de56f7890\n');
    topology = gatewaysOf([
      { id: 'tgw-1', accountId: '748335378900', region: 'us-east-1', attachments: [A] },
      { id: 'tgw-2', accountId: '748335378900', region: 'us-east-1', attachments: [B] },
    ]);
    expect(Buffer.from(writer.write(window, 1, 2)).toString()).toBe('tgw-2\n');
  });
});
