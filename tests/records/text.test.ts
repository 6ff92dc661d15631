import { describe, expect, test } from 'vitest';
import { parseIPv4, parseIPv6 } from '../../src/base/addresses.ts';
import { rowWords } from '../../src/flows/rows.ts';
import { defaultLogFormat } from '../../src/records/formats.ts';
import { createTextWriter } from '../../src/records/text.ts';
import { linesOf, vpcFormat } from './lines.ts';
import { directoryOf, factsOf, windowOf } from './windows.ts';
import type { Flow, Line } from './windows.ts';

function ingress(flow: Flow): Line {
  return { flow: { ingress: 1, ...flow }, side: 'ingress' };
}

function egress(flow: Flow): Line {
  return { flow: { egress: 1, ...flow }, side: 'egress' };
}

const V2 = defaultLogFormat('vpc');
const V3 = vpcFormat(
  'version vpc-id subnet-id instance-id interface-id account-id type srcaddr dstaddr srcport dstport pkt-srcaddr ' +
    'pkt-dstaddr protocol bytes packets start end action tcp-flags log-status',
);
describe('published records of the default format', () => {
  test('accepted and rejected traffic', () => {
    const times = { first: 1418530010, last: 1418530070, packets: 20, bytes: 4249 };
    const ssh = {
      source: '172.31.16.139',
      destination: '172.31.16.21',
      ports: [20641, 22],
      ...times,
    } as const;
    const rdp = {
      source: '172.31.9.69',
      destination: '172.31.9.12',
      ports: [49761, 3389],
      ...times,
    } as const;
    expect(
      linesOf(V2, [factsOf()], [ingress({ ...ssh, verdict: 1 }), ingress({ ...rdp, verdict: 2 })]),
    ).toEqual([
      '2 123456789010 eni-1235b8ca123456789 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK',
      '2 123456789010 eni-1235b8ca123456789 172.31.9.69 172.31.9.12 49761 3389 6 20 4249 1418530010 1418530070 REJECT OK',
    ]);
  });

  test('NODATA and SKIPDATA', () => {
    const times = { start: 1431280876, end: 1431280934 };
    const other = factsOf({ number: 2, interfaceId: 'eni-11111111aaaaaaaaa' });
    expect(
      linesOf(
        V2,
        [factsOf(), other],
        [
          { status: { number: 1, kind: 'NODATA', ...times } },
          { status: { number: 2, kind: 'SKIPDATA', ...times } },
        ],
      ),
    ).toEqual([
      '2 123456789010 eni-1235b8ca123456789 - - - - - - - 1431280876 1431280934 - NODATA',
      '2 123456789010 eni-11111111aaaaaaaaa - - - - - - - 1431280876 1431280934 - SKIPDATA',
    ]);
  });

  test('ping: type and code are not printed', () => {
    const counts = { protocol: 1, packets: 4, bytes: 336, last: 1432917142 };
    const facts = factsOf({ primary4: parseIPv4('172.31.16.139') });
    const request = { source: '203.0.113.12', destination: '172.31.16.139', ports: [8, 0] } as const;
    const reply = { source: '172.31.16.139', destination: '203.0.113.12', ports: [3, 13] } as const;
    expect(
      linesOf(
        V2,
        [facts],
        [
          ingress({ ...request, ...counts, first: 1432917027 }),
          egress({ ...reply, ...counts, first: 1432917094, verdict: 2 }),
        ],
      ),
    ).toEqual([
      '2 123456789010 eni-1235b8ca123456789 203.0.113.12 172.31.16.139 0 0 1 4 336 1432917027 1432917142 ACCEPT OK',
      '2 123456789010 eni-1235b8ca123456789 172.31.16.139 203.0.113.12 0 0 1 4 336 1432917094 1432917142 REJECT OK',
    ]);
  });

  test('IPv6', () => {
    const flow = {
      source: '2001:db8:1234:a100:8d6e:3477:df66:f105',
      destination: '2001:db8:1234:a102:3304:8879:34cf:4071',
      ports: [34892, 22],
      packets: 54,
      bytes: 8855,
      first: 1477913708,
      last: 1477913820,
    } as const;
    expect(linesOf(V2, [factsOf()], [ingress(flow)])).toEqual([
      '2 123456789010 eni-1235b8ca123456789 2001:db8:1234:a100:8d6e:3477:df66:f105 ' +
        '2001:db8:1234:a102:3304:8879:34cf:4071 34892 22 6 54 8855 1477913708 1477913820 ACCEPT OK',
    ]);
  });
});

describe('published records with tcp-flags', () => {
  const FACTS = factsOf({
    accountId: '123456789010',
    subnetId: 'subnet-aaaaaaaa012345678',
    instanceId: 'i-01234567890123456',
    primary4: parseIPv4('10.0.0.62'),
  });
  const HEAD =
    '3 vpc-abcdefab012345678 subnet-aaaaaaaa012345678 i-01234567890123456 eni-1235b8ca123456789 123456789010 IPv4';
  const IN = { source: '52.213.180.42', destination: '10.0.0.62' };
  const OUT = { source: '10.0.0.62', destination: '52.213.180.42' };

  test.each<[Line, string]>([
    [
      ingress({
        ...IN,
        ports: [43416, 5001],
        bytes: 568,
        packets: 8,
        first: 1566848875,
        last: 1566848933,
        flags: 2,
      }),
      '52.213.180.42 10.0.0.62 43416 5001 52.213.180.42 10.0.0.62 6 568 8 1566848875 1566848933 ACCEPT 2 OK',
    ],
    [
      egress({
        ...OUT,
        ports: [5001, 43416],
        bytes: 376,
        packets: 7,
        first: 1566848875,
        last: 1566848933,
        flags: 18,
      }),
      '10.0.0.62 52.213.180.42 5001 43416 10.0.0.62 52.213.180.42 6 376 7 1566848875 1566848933 ACCEPT 18 OK',
    ],
    [
      egress({
        ...OUT,
        ports: [5001, 43418],
        bytes: 63388,
        packets: 1219,
        first: 1566848933,
        last: 1566849113,
        flags: 1,
      }),
      '10.0.0.62 52.213.180.42 5001 43418 10.0.0.62 52.213.180.42 6 63388 1219 1566848933 1566849113 ACCEPT 1 OK',
    ],
    [
      ingress({
        ...IN,
        ports: [43418, 5001],
        bytes: 23294588,
        packets: 15774,
        first: 1566848933,
        last: 1566849113,
        flags: 1,
      }),
      '52.213.180.42 10.0.0.62 43418 5001 52.213.180.42 10.0.0.62 6 23294588 15774 1566848933 1566849113 ACCEPT 1 OK',
    ],
    [
      ingress({
        ...IN,
        ports: [43638, 5001],
        bytes: 1260,
        packets: 17,
        first: 1566933133,
        last: 1566933193,
        flags: 3,
      }),
      '52.213.180.42 10.0.0.62 43638 5001 52.213.180.42 10.0.0.62 6 1260 17 1566933133 1566933193 ACCEPT 3 OK',
    ],
    [
      egress({
        ...OUT,
        ports: [5001, 43638],
        bytes: 967,
        packets: 14,
        first: 1566933133,
        last: 1566933193,
        flags: 19,
      }),
      '10.0.0.62 52.213.180.42 5001 43638 10.0.0.62 52.213.180.42 6 967 14 1566933133 1566933193 ACCEPT 19 OK',
    ],
  ])('%#', (line, expected) => {
    expect(linesOf(V3, [FACTS], [line])).toEqual([`${HEAD} ${expected}`]);
  });

  test('are 0 for everything but TCP', () => {
    const udp = ingress({ ...IN, protocol: 17, flags: 19 });
    expect(linesOf(vpcFormat('protocol tcp-flags'), [FACTS], [udp])).toEqual(['17 0']);
  });

  test('NODATA fills what is known of the interface itself', () => {
    const line: Line = { status: { number: 1, kind: 'NODATA', start: 60, end: 119 } };
    expect(linesOf(V3, [FACTS], [line])).toEqual([
      '3 vpc-abcdefab012345678 subnet-aaaaaaaa012345678 i-01234567890123456 eni-1235b8ca123456789 123456789010 ' +
        '- - - - - - - - - - 60 119 - - NODATA',
    ]);
  });
});

describe("the interface's own address in place of the packet's", () => {
  const IDS = vpcFormat('instance-id interface-id srcaddr dstaddr pkt-srcaddr pkt-dstaddr');
  test('a secondary private address; not in srcaddr of ingress, not in dstaddr of egress', () => {
    const facts = factsOf({ primary4: parseIPv4('10.0.0.10') });
    const flow = { source: '10.0.0.11', destination: '10.0.0.11' };
    expect(linesOf(IDS, [facts], [ingress(flow), egress(flow)])).toEqual([
      '- eni-1235b8ca123456789 10.0.0.11 10.0.0.10 10.0.0.11 10.0.0.11',
      '- eni-1235b8ca123456789 10.0.0.10 10.0.0.11 10.0.0.11 10.0.0.11',
    ]);
  });

  test.each(['router', 'regional_nat_gateway'])('off for kind %s', (kind) => {
    const facts = factsOf({
      kind,
      primary4: parseIPv4('10.0.0.10'),
      primary6: parseIPv6('fd00::1')!,
      addresses6: parseIPv6('fd00::1')!,
    });
    const flow = { source: '10.9.9.9', destination: '203.0.113.5' };
    const flow6 = { source: 'fd99::9', destination: '2001:db8::5' };
    const ids = vpcFormat('srcaddr dstaddr pkt-srcaddr');
    expect(linesOf(ids, [facts], [ingress(flow), egress(flow), ingress(flow6), egress(flow6)])).toEqual([
      '10.9.9.9 203.0.113.5 10.9.9.9',
      '10.9.9.9 203.0.113.5 10.9.9.9',
      'fd99::9 2001:db8::5 fd99::9',
      'fd99::9 2001:db8::5 fd99::9',
    ]);
  });

  test('a regional NAT gateway has no interface, subnet or instance', () => {
    const facts = factsOf({
      kind: 'regional_nat_gateway',
      interfaceId: 'nat-1234567890abcdef',
      subnetId: 'subnet-aaaaaaaa012345678',
      instanceId: 'i-01234567890123456',
    });
    const line = egress({ source: '107.22.182.139', destination: '203.0.113.5' });
    const ids = vpcFormat('instance-id interface-id subnet-id vpc-id srcaddr dstaddr');
    expect(linesOf(ids, [facts], [line])).toEqual(['- - - vpc-abcdefab012345678 107.22.182.139 203.0.113.5']);
  });

  test('IPv6: an address that the interface holds stays, another becomes its first, without any it stays', () => {
    const [first, second] = ['fd00::1', 'fd00::2'];
    const facts = factsOf({
      primary6: parseIPv6(first)!,
      // Words as unsigned numbers are the same address.
      addresses6: [...parseIPv6(first)!, ...parseIPv6(second)!.map((word) => word >>> 0)],
    });
    const none = factsOf({ number: 2, interfaceId: 'eni-2', primary4: parseIPv4('10.0.0.10') });
    const peer = '2001:db8::5';
    expect(
      linesOf(
        vpcFormat('srcaddr dstaddr'),
        [facts, none],
        [
          ingress({ source: peer, destination: first }),
          ingress({ source: peer, destination: second }),
          ingress({ source: peer, destination: 'fd00::3' }),
          egress({ source: second, destination: peer }),
          egress({ source: 'fd00::3', destination: peer }),
          { flow: { source: 'fd00::3', destination: peer, egress: 2 }, side: 'egress' },
        ],
      ),
    ).toEqual([
      '2001:db8::5 fd00::1',
      '2001:db8::5 fd00::2',
      '2001:db8::5 fd00::1',
      'fd00::2 2001:db8::5',
      'fd00::1 2001:db8::5',
      'fd00::3 2001:db8::5',
    ]);
  });
});

describe('a sublocation', () => {
  test('has a type and an id, and no availability zone', () => {
    const facts = factsOf({ azId: 'use1-az1', sublocationType: 'outpost', sublocationId: 'op-1234' });
    const ids = vpcFormat('az-id sublocation-type sublocation-id srcaddr');
    const line = ingress({ source: '10.0.0.1', destination: '10.0.0.2' });
    expect(linesOf(ids, [facts], [line])).toEqual(['- outpost op-1234 10.0.0.1']);
  });
});

describe('the writer', () => {
  const FLOW: Flow = { source: '10.0.0.1', destination: '10.0.0.2', egress: 1, ingress: 2 };
  const BOTH = [factsOf(), factsOf({ number: 2, interfaceId: 'eni-2' })];

  test('the header has ids only', () => {
    const writer = createTextWriter(vpcFormat('version srcaddr log-status'), directoryOf(BOTH));
    expect(Buffer.from(writer.header()).toString()).toBe('version srcaddr log-status\n');
  });

  test('writes parts of a window, and none of it', () => {
    const window = windowOf([
      { flow: FLOW, side: 'egress' },
      { flow: FLOW, side: 'ingress' },
      { status: { number: 2, kind: 'NODATA', start: 60, end: 119 } },
    ]);
    const writer = createTextWriter(vpcFormat('interface-id flow-direction start'), directoryOf(BOTH));
    const part = (from: number, to: number): string =>
      Buffer.from(writer.write(window, from, to)).toString('latin1');
    const all = part(0, 3);
    expect(all).toBe('eni-1235b8ca123456789 egress 0\neni-2 ingress 0\neni-2 - 60\n');
    expect(part(0, 1) + part(1, 2) + part(2, 3)).toBe(all);
    expect(part(1, 1)).toBe('');
    expect(() => writer.write(window, 2, 4)).toThrow(RangeError);
    expect(() => writer.write(window, -1, 2)).toThrow(RangeError);
  });

  test('asks for the facts of an interface once, for rows and for status lines', () => {
    const directory = directoryOf(BOTH);
    const writer = createTextWriter(V2, directory);
    const lines: Line[] = Array.from({ length: 40 }, (_, i) => ({
      flow: FLOW,
      side: i % 2 === 0 ? 'egress' : 'ingress',
    }));
    const window = windowOf(lines);
    for (let i = 0; i < 5; i++) writer.write(window, 0, 40);
    expect(directory.asked).toBe(2);
  });

  test('takes times beyond 2038 and counts up to 2^53', () => {
    const line = ingress({
      source: '10.0.0.1',
      destination: '10.0.0.2',
      packets: 2 ** 53 - 1,
      bytes: 2 ** 31,
      first: 0xfffffffe,
      last: 0xffffffff,
    });
    expect(linesOf(vpcFormat('packets bytes start end'), [factsOf()], [line])).toEqual([
      '9007199254740991 2147483648 4294967294 4294967295',
    ]);
  });

  test('the rows of a reused buffer are read anew', () => {
    const window = windowOf([ingress({ source: '10.0.0.1', destination: '10.0.0.2' })]);
    const writer = createTextWriter(vpcFormat('srcaddr'), directoryOf([factsOf()]));
    expect(Buffer.from(writer.write(window, 0, 1)).toString()).toBe('10.0.0.1\n');
    rowWords(window.window.rows)[0] = parseIPv4('10.0.0.9')!;
    expect(Buffer.from(writer.write(window, 0, 1)).toString()).toBe('10.0.0.9\n');
  });

  test('the buffer grows as far as lines need', () => {
    const lines: Line[] = Array.from({ length: 30_000 }, () => ({ flow: FLOW, side: 'egress' }));
    const window = windowOf(lines);
    const bytes = createTextWriter(V2, directoryOf(BOTH)).write(window, 0, lines.length);
    const line = '2 123456789010 eni-1235b8ca123456789 10.0.0.1 10.0.0.2 0 0 6 1 40 0 0 ACCEPT OK\n';
    expect(bytes.length).toBeGreaterThan(2 ** 21);
    expect(Buffer.from(bytes).equals(Buffer.from(line.repeat(lines.length)))).toBe(true);
  });

  test('refuses a window of another version of the network, and records that it cannot write', () => {
    const window = windowOf([{ flow: FLOW, side: 'egress' }], 2);
    const writer = createTextWriter(V2, directoryOf(BOTH));
    expect(() => writer.write(window, 0, 1)).toThrow('network version 2 given to a writer of 1');
    expect(() => createTextWriter(defaultLogFormat('transit-gateway'), directoryOf(BOTH))).toThrow(
      'transit gateways need a directory with a topology',
    );
  });

  test('never lets an id break a line', () => {
    const window = windowOf([{ flow: FLOW, side: 'egress' }]);
    for (const bad of ['eni-\n', 'eni-é', 'eni-\u0000', 'two words']) {
      const writer = createTextWriter(V2, directoryOf([factsOf({ interfaceId: bad })]));
      expect(() => writer.write(window, 0, 1)).toThrow('not printable');
    }
  });
});
