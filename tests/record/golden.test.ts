/**
 * Records that the service's own documentation shows, from captures of the traffic that it describes: equal but
 * for start and end, which are the times of the first and the last packet here (S3.1).
 */
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { captureOfFlows, FIN, SYN, ACK, type FlowOfPackets } from './packets.ts';
import { formatOf, leaveMinute, linesOf, record, start, temporary, until } from './run.ts';

const folder = temporary();
let made = 0;

/** Start of a minute and of ten minutes, in 2014. */
const T = 1_418_529_600;

interface Declared {
  readonly vpc?: string;
  readonly subnet?: string;
  readonly cidrs: string;
  readonly azId?: string;
  readonly region?: string;
  readonly account?: string;
  readonly interfaces: readonly string[];
}

function networkFile(declared: Declared): string {
  const { vpc = 'vpc-abcdefab012345678', subnet = 'subnet-aaaaaaaa012345678', cidrs, azId } = declared;
  const text = `
account: "${declared.account ?? '123456789010'}"
region: ${declared.region ?? 'us-east-1'}
vpcs:
  - id: ${vpc}
    cidrs: [${cidrs}]
    subnets:
      - id: ${subnet}
        cidrs: [${cidrs}]
${azId === undefined ? '' : `        azId: ${azId}\n`}        interfaces:
${declared.interfaces.map((it) => `          - { ${it} }\n`).join('')}`;
  return folder.file(`network-${made++}.yaml`, text);
}

/** The lines of a capture of the flows, recorded at 60 s. */
function linesFor(flows: readonly FlowOfPackets[], network: string, ...options: string[]): readonly string[] {
  const capture = folder.file(`golden-${made++}.pcap`, captureOfFlows(flows));
  const { lines, summary } = record([capture, '--network', network, '--interval', '60', ...options]);
  expect(summary.identity).toBe(true);
  return lines;
}

/** A published line with the times of ours in place of the service's. */
function withTimes(golden: string, first: number, last: number): string {
  const times = [String(first), String(last)];
  return golden.replaceAll(/(?<= )1\d{9}(?= )/g, () => times.shift()!);
}

const ENI = 'id: eni-1235b8ca123456789';

describe('the default format', () => {
  test('SSH to an instance, accepted', () => {
    const network = networkFile({ cidrs: '172.31.16.0/24', interfaces: [`${ENI}, primary: 172.31.16.21`] });
    const flow = { from: '172.31.16.139', to: '172.31.16.21', ports: [20641, 22], opens: SYN } as const;
    const lines = linesFor([{ ...flow, packets: 20, bytes: 4249, first: T + 1, last: T + 59 }], network);
    const golden =
      '2 123456789010 eni-1235b8ca123456789 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK';
    expect(lines).toEqual([withTimes(golden, T + 1, T + 59)]);
  });

  test.each([
    ['the prefix says REJECT', 'IN-REJECT: ', []],
    ['the prefix is a rule of ours', 'drop rdp ', ['--reject-prefix', '^drop ', '--accept-prefix', '^pass ']],
  ])('RDP, rejected: %s', (_name, prefix, options) => {
    const network = networkFile({ cidrs: '172.31.9.0/24', interfaces: [`${ENI}, primary: 172.31.9.12`] });
    const flow = {
      from: '172.31.9.69',
      to: '172.31.9.12',
      ports: [49761, 3389],
      opens: SYN,
      prefix,
    } as const;
    const flows = [{ ...flow, packets: 20, bytes: 4249, first: T, last: T + 58 }];
    const golden =
      '2 123456789010 eni-1235b8ca123456789 172.31.9.69 172.31.9.12 49761 3389 6 20 4249 1418530010 1418530070 REJECT OK';
    expect(linesFor(flows, network, ...options)).toEqual([withTimes(golden, T, T + 58)]);
  });

  test('a ping whose answer a network ACL denies, allows, and one that a security group denies', () => {
    const network = networkFile({ cidrs: '172.31.16.0/24', interfaces: [`${ENI}, primary: 172.31.16.139`] });
    const common = { protocol: 1, packets: 4, bytes: 336, last: T + 50 } as const;
    const ask: FlowOfPackets = {
      ...common,
      from: '203.0.113.12',
      to: '172.31.16.139',
      ports: [8, 0],
      first: T + 3,
      prefix: 'ACCEPT ',
    };
    const answer: FlowOfPackets = {
      ...common,
      from: '172.31.16.139',
      to: '203.0.113.12',
      ports: [0, 0],
      first: T + 4,
      prefix: 'REJECT ',
    };
    const golden = [
      '2 123456789010 eni-1235b8ca123456789 203.0.113.12 172.31.16.139 0 0 1 4 336 1432917027 1432917142 ACCEPT OK',
      '2 123456789010 eni-1235b8ca123456789 172.31.16.139 203.0.113.12 0 0 1 4 336 1432917094 1432917142 REJECT OK',
    ];
    const request = withTimes(golden[0]!, T + 3, T + 50);
    const reply = withTimes(golden[1]!, T + 4, T + 50);
    expect(new Set(linesFor([ask, answer], network))).toEqual(new Set([request, reply]));
    const allowed = reply.replace('REJECT', 'ACCEPT');
    expect(new Set(linesFor([ask, { ...answer, prefix: 'ACCEPT ' }], network))).toEqual(
      new Set([request, allowed]),
    );
    // Without a firewall's word everything was accepted (S4.1).
    const silent = [ask, answer].map(({ prefix: _prefix, ...flow }) => flow);
    expect(new Set(linesFor(silent, network))).toEqual(new Set([request, allowed]));
    expect(linesFor([{ ...ask, prefix: 'REJECT ' }], network)).toEqual([request.replace('ACCEPT', 'REJECT')]);
  });

  test('SSH over IPv6', () => {
    const address = '2001:db8:1234:a102:3304:8879:34cf:4071';
    const network = networkFile({
      cidrs: '"2001:db8:1234:a102::/64"',
      interfaces: [`${ENI}, ipv6: ["${address}"]`],
    });
    const flow = { from: '2001:db8:1234:a100:8d6e:3477:df66:f105', to: address, ports: [34892, 22] } as const;
    const lines = linesFor([{ ...flow, packets: 54, bytes: 8855, first: T + 8, last: T + 9 }], network);
    const golden =
      '2 123456789010 eni-1235b8ca123456789 2001:db8:1234:a100:8d6e:3477:df66:f105 2001:db8:1234:a102:3304:8879:34cf:4071 34892 22 6 54 8855 1477913708 1477913820 ACCEPT OK';
    expect(lines).toEqual([withTimes(golden, T + 8, T + 9)]);
  });
});

describe('silence and loss', () => {
  test('NODATA for an interface that nothing was seen of in a whole interval', () => {
    const network = networkFile({
      cidrs: '172.31.16.0/24',
      interfaces: [`${ENI}, primary: 172.31.16.21`, 'id: eni-11111111aaaaaaaaa, primary: 172.31.16.22'],
    });
    const flow = { from: '203.0.113.12', to: '172.31.16.22', protocol: 17, ports: [53, 53] } as const;
    const flows = [{ ...flow, packets: 180, bytes: 18000, first: T, last: T + 179 }];
    const golden = '2 123456789010 eni-1235b8ca123456789 - - - - - - - 1431280876 1431280934 - NODATA';
    const silent = linesFor(flows, network).filter((line) => line.includes(' eni-1235b8ca123456789 '));
    expect(silent).toEqual([0, 60, 120].map((at) => withTimes(golden, T + at, T + at + 59)));
  });

  test('SKIPDATA for an interface whose packets were lost when the capture died', async () => {
    const network = networkFile({
      cidrs: '172.31.16.0/24',
      interfaces: ['id: eni-11111111aaaaaaaaa, primary: 172.31.16.22', `${ENI}, primary: 172.31.16.21`],
    });
    const packet = captureOfFlows([
      { from: '203.0.113.12', to: '172.31.16.22', ports: [1, 2], packets: 1, bytes: 60, first: 0, last: 0 },
    ]);
    folder.file('packet', packet);
    chmodSync(folder.file('tcpdump', dyingCapture(join(folder.path, 'packet'))), 0o755);
    const options = ['--network', network, '--interval', '60', '--no-header', '--summary', 'none'];
    await leaveMinute(5);
    const run = start(['record', '-i', 'lo', ...options], { path: folder.path });
    await until('it captures again', () => run.stderr().includes('captures again'));
    run.child.kill('SIGINT');
    const { stdout, status } = await run.ended;
    const golden = '2 123456789010 eni-11111111aaaaaaaaa - - - - - - - 1431280876 1431280934 - SKIPDATA';
    const lost = linesOf(stdout).filter((line) => line.endsWith('SKIPDATA'));
    const start0 = Number(lost[0]?.split(' ')[10]);
    expect(start0 % 60).toBe(0);
    expect(lost).toEqual([withTimes(golden, start0, start0 + 59)]);
    expect(stdout.toString()).toMatch(/ 172\.31\.16\.22 1 2 6 1 60 \d+ \d+ ACCEPT OK\n/);
    expect(status).toBe(0);
  });
});

/** A program in tcpdump's place: one packet of this moment, then death; the next one lives. */
function dyingCapture(packet: string): string {
  return `#!${process.execPath}
const { existsSync, readFileSync, writeFileSync } = require('node:fs');
const bytes = readFileSync('${packet}');
bytes.writeUInt32LE(Math.floor(Date.now() / 1000), 24);
const counts = '1 packet captured, 1 packet received by filter, 0 packets dropped by kernel\\n';
process.on('SIGUSR1', () => process.stderr.write(counts));
process.on('SIGINT', () => process.exit(0));
process.stderr.write('tcpdump: listening on lo, link-type RAW (Raw IP), snapshot length 192 bytes\\n');
const before = existsSync('${packet}.died');
process.stdout.write(before ? bytes.subarray(0, 24) : bytes);
if (!before) setTimeout(() => { writeFileSync('${packet}.died', ''); process.kill(process.pid, 'SIGKILL'); }, 300);
setInterval(() => {}, 1000);
`;
}

type Ends = Pick<FlowOfPackets, 'from' | 'to' | 'ports'>;

function client(port: number): Ends {
  return { from: '52.213.180.42', to: '10.0.0.62', ports: [port, 5001] };
}

function server(port: number): Ends {
  return { from: '10.0.0.62', to: '52.213.180.42', ports: [5001, port] };
}

describe('TCP flags', () => {
  const format = formatOf(
    'version vpc-id subnet-id instance-id interface-id account-id type srcaddr dstaddr srcport dstport pkt-srcaddr ' +
      'pkt-dstaddr protocol bytes packets start end action tcp-flags log-status',
  );
  const prefix =
    '3 vpc-abcdefab012345678 subnet-aaaaaaaa012345678 i-01234567890123456 eni-1235b8ca123456789 123456789010 IPv4 ';
  const network = networkFile({
    cidrs: '10.0.0.0/24',
    interfaces: [`${ENI}, primary: 10.0.0.62, instance: i-01234567890123456`],
  });

  test('2, 18, 1, 3 and 19 over three windows', () => {
    const windows = [
      { first: T + 5, last: T + 55 },
      { first: T + 61, last: T + 118 },
      { first: T + 300, last: T + 359 },
    ] as const;
    const flows: FlowOfPackets[] = [
      { ...client(43416), packets: 8, bytes: 568, opens: SYN, ...windows[0] },
      { ...server(43416), packets: 7, bytes: 376, opens: SYN + ACK, ...windows[0] },
      { ...client(43418), packets: 70, bytes: 100_701, opens: SYN, ...windows[0] },
      { ...server(43418), packets: 12, bytes: 632, opens: SYN + ACK, ...windows[0] },
      { ...server(43418), packets: 1219, bytes: 63_388, closes: FIN + ACK, ...windows[1] },
      { ...client(43418), packets: 15_774, bytes: 23_294_588, closes: FIN + ACK, ...windows[1] },
      { ...client(43638), packets: 17, bytes: 1260, opens: SYN, closes: FIN + ACK, ...windows[2] },
      { ...server(43638), packets: 14, bytes: 967, opens: SYN + ACK, closes: FIN + ACK, ...windows[2] },
    ];
    const golden = [
      '52.213.180.42 10.0.0.62 43416 5001 52.213.180.42 10.0.0.62 6 568 8 1566848875 1566848933 ACCEPT 2 OK',
      '10.0.0.62 52.213.180.42 5001 43416 10.0.0.62 52.213.180.42 6 376 7 1566848875 1566848933 ACCEPT 18 OK',
      '52.213.180.42 10.0.0.62 43418 5001 52.213.180.42 10.0.0.62 6 100701 70 1566848875 1566848933 ACCEPT 2 OK',
      '10.0.0.62 52.213.180.42 5001 43418 10.0.0.62 52.213.180.42 6 632 12 1566848875 1566848933 ACCEPT 18 OK',
      '10.0.0.62 52.213.180.42 5001 43418 10.0.0.62 52.213.180.42 6 63388 1219 1566848933 1566849113 ACCEPT 1 OK',
      '52.213.180.42 10.0.0.62 43418 5001 52.213.180.42 10.0.0.62 6 23294588 15774 1566848933 1566849113 ACCEPT 1 OK',
      '52.213.180.42 10.0.0.62 43638 5001 52.213.180.42 10.0.0.62 6 1260 17 1566933133 1566933193 ACCEPT 3 OK',
      '10.0.0.62 52.213.180.42 5001 43638 10.0.0.62 52.213.180.42 6 967 14 1566933133 1566933193 ACCEPT 19 OK',
    ];
    const lines = linesFor(flows, network, '--format', format).filter((line) => !line.endsWith('NODATA'));
    const wanted = golden.map((line, k) => withTimes(prefix + line, flows[k]!.first, flows[k]!.last));
    expect([...lines].sort()).toEqual(wanted.sort());
  });

  test('a connection within one interval of 600 s is one record for each direction: 3 and 19', () => {
    const flows: FlowOfPackets[] = [
      {
        ...client(43638),
        packets: 17,
        bytes: 1260,
        opens: SYN,
        closes: FIN + ACK,
        first: T + 10,
        last: T + 500,
      },
      {
        ...server(43638),
        packets: 14,
        bytes: 967,
        opens: SYN + ACK,
        closes: FIN + ACK,
        first: T + 11,
        last: T + 501,
      },
    ];
    const golden = [
      '10.0.0.62 52.213.180.42 5001 43638 10.0.0.62 52.213.180.42 6 967 14 1566933133 1566933193 ACCEPT 19 OK',
      '52.213.180.42 10.0.0.62 43638 5001 52.213.180.42 10.0.0.62 6 1260 17 1566933133 1566933193 ACCEPT 3 OK',
    ];
    const lines = linesFor(flows, network, '--interval', '600', '--format', format);
    expect([...lines].sort()).toEqual([
      withTimes(prefix + golden[0]!, T + 11, T + 501),
      withTimes(prefix + golden[1]!, T + 10, T + 500),
    ]);
  });
});

describe('addresses', () => {
  const flow = { packets: 3, bytes: 300, first: T, last: T } as const;

  test('a secondary private address: the primary one in dstaddr and srcaddr, its own in pkt-', () => {
    const network = networkFile({
      cidrs: '10.0.0.0/24',
      interfaces: [`${ENI}, primary: 10.0.0.62, secondary: [10.0.0.63, 10.0.0.64]`],
    });
    const flows: FlowOfPackets[] = [
      { ...flow, from: '203.0.113.5', to: '10.0.0.63', ports: [1000, 443] },
      { ...flow, from: '10.0.0.63', to: '203.0.113.5', ports: [443, 1000] },
      { ...flow, from: '203.0.113.5', to: '10.0.0.64', ports: [1000, 443] },
    ];
    const fields =
      'interface-id srcaddr dstaddr srcport dstport pkt-srcaddr pkt-dstaddr packets flow-direction';
    const eni = 'eni-1235b8ca123456789';
    // Two addresses stay two records, also where the format does not show them.
    expect([...linesFor(flows, network, '--format', formatOf(fields))].sort()).toEqual([
      `${eni} 10.0.0.62 203.0.113.5 443 1000 10.0.0.63 203.0.113.5 3 egress`,
      `${eni} 203.0.113.5 10.0.0.62 1000 443 203.0.113.5 10.0.0.63 3 ingress`,
      `${eni} 203.0.113.5 10.0.0.62 1000 443 203.0.113.5 10.0.0.64 3 ingress`,
    ]);
    expect([...linesFor(flows, network, '--format', formatOf('srcaddr dstaddr'))].sort()).toEqual([
      '10.0.0.62 203.0.113.5',
      '203.0.113.5 10.0.0.62',
      '203.0.113.5 10.0.0.62',
    ]);
  });

  test('a NAT gateway that is known by its MAC address: both legs, and those of the instance behind it', () => {
    const network = networkFile({
      cidrs: '10.0.0.0/16',
      interfaces: [
        'id: eni-1111aaaa2222bbbb3, primary: 10.0.1.5, mac: "02:00:00:00:00:05", instance: i-01234567890123456',
        `${ENI}, primary: 10.0.0.220, mac: "02:00:00:00:00:dc", kind: nat_gateway`,
      ],
    });
    const flows: FlowOfPackets[] = [
      { ...flow, from: '10.0.1.5', to: '203.0.113.5', ports: [4000, 443], macs: [0x05, 0xdc] },
      { ...flow, from: '10.0.0.220', to: '203.0.113.5', ports: [5000, 443], macs: [0xdc, 0xfe] },
      { ...flow, from: '203.0.113.5', to: '10.0.0.220', ports: [443, 5000], macs: [0xfe, 0xdc] },
      { ...flow, from: '203.0.113.5', to: '10.0.1.5', ports: [443, 4000], macs: [0xdc, 0x05] },
    ];
    const format = formatOf('instance-id interface-id srcaddr dstaddr pkt-srcaddr pkt-dstaddr');
    expect(new Set(linesFor(flows, network, '--format', format))).toEqual(
      new Set([
        '- eni-1235b8ca123456789 10.0.1.5 10.0.0.220 10.0.1.5 203.0.113.5',
        '- eni-1235b8ca123456789 10.0.0.220 203.0.113.5 10.0.0.220 203.0.113.5',
        '- eni-1235b8ca123456789 203.0.113.5 10.0.0.220 203.0.113.5 10.0.0.220',
        '- eni-1235b8ca123456789 10.0.0.220 10.0.1.5 203.0.113.5 10.0.1.5',
        'i-01234567890123456 eni-1111aaaa2222bbbb3 10.0.1.5 203.0.113.5 10.0.1.5 203.0.113.5',
        'i-01234567890123456 eni-1111aaaa2222bbbb3 203.0.113.5 10.0.1.5 203.0.113.5 10.0.1.5',
      ]),
    );
  });
});

test('version 5, all 29 fields: what packets and network.yaml tell of it', () => {
  const network = networkFile({
    cidrs: '10.0.0.0/24',
    account: '123456789012',
    region: 'ap-southeast-2',
    azId: 'apse2-az3',
    interfaces: [`${ENI}, primary: 10.0.0.71, instance: i-0c50d5961bcb2d47b`],
  });
  const format = formatOf(
    'version srcaddr dstaddr srcport dstport protocol start end type packets bytes account-id vpc-id subnet-id ' +
      'instance-id interface-id region az-id sublocation-type sublocation-id action tcp-flags pkt-srcaddr pkt-dstaddr ' +
      'pkt-src-aws-service pkt-dst-aws-service traffic-path flow-direction log-status',
  );
  const flows: FlowOfPackets[] = [
    {
      from: '52.95.128.179',
      to: '10.0.0.71',
      ports: [80, 34210],
      packets: 14,
      bytes: 15_044,
      opens: SYN + ACK,
      closes: FIN + ACK,
      first: T + 2,
      last: T + 59,
    },
    {
      from: '10.0.0.71',
      to: '52.95.128.179',
      ports: [34210, 80],
      packets: 7,
      bytes: 471,
      opens: SYN,
      closes: FIN + ACK,
      first: T + 1,
      last: T + 58,
    },
  ];
  const golden = [
    '5 52.95.128.179 10.0.0.71 80 34210 6 1616729292 1616729349 IPv4 14 15044 123456789012 vpc-abcdefab012345678 subnet-aaaaaaaa012345678 i-0c50d5961bcb2d47b eni-1235b8ca123456789 ap-southeast-2 apse2-az3 - - ACCEPT 19 52.95.128.179 10.0.0.71 S3 - - ingress OK',
    '5 10.0.0.71 52.95.128.179 34210 80 6 1616729292 1616729349 IPv4 7 471 123456789012 vpc-abcdefab012345678 subnet-aaaaaaaa012345678 i-0c50d5961bcb2d47b eni-1235b8ca123456789 ap-southeast-2 apse2-az3 - - ACCEPT 3 10.0.0.71 52.95.128.179 - S3 8 egress OK',
  ];
  // Services of addresses and paths of traffic are worked out from rules, which nothing here has: `-`.
  const wanted = [
    withTimes(golden[0]!, T + 2, T + 59).replace(' S3 - - ingress', ' - - - ingress'),
    withTimes(golden[1]!, T + 1, T + 58).replace(' - S3 8 egress', ' - - - egress'),
  ];
  expect([...linesFor(flows, network, '--format', format)].sort()).toEqual(wanted.sort());
});
