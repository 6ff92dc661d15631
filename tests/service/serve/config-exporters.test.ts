/** Sources of weir.yaml that listen for exported flows: what is taken, and every fault at its place. */
import { describe, expect, test } from 'vitest';
import { UserError } from '../../../src/base/errors.ts';
import { parseConfig } from '../../../src/service/serve/config.ts';

function parse(text: string): ReturnType<typeof parseConfig>['sources'] {
  return parseConfig(text, 'weir.yaml').sources;
}

function refusal(text: string): string {
  try {
    parse(text);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return error.message.replaceAll('weir.yaml:', '');
  }
  throw new RangeError('it was taken');
}

const word = (text: number): readonly number[] => [0, 0, 0, text];

describe('exporters as sources', () => {
  test('need little', () => {
    expect(parse('sources: [{ type: netflow, listen: "0.0.0.0:2055", exporters: [10.0.0.0/24] }]')).toEqual([
      {
        type: 'netflow',
        name: 'netflow:2055',
        vpcs: undefined,
        listen: '0.0.0.0:2055',
        transport: 'udp',
        exporters: [
          {
            prefix: { family: 4, words: word(0x0a000000), length: 24 },
            samplingRate: undefined,
            clock: undefined,
            maxDatagramsPerSecond: undefined,
            vpcs: undefined,
          },
        ],
        receiver: 'socket',
        receivers: undefined,
        receiveBuffer: undefined,
        tunnels: undefined,
        grace: 20,
      },
    ]);
  });

  test('take everything', () => {
    const [ipfix, datagrams, sflow] = parse(`sources:
  - name: edge
    type: ipfix
    listen: "[::1]:4739"
    transport: tcp
    vpcs: [vpc-0a1b2c3d]
    grace: 60
    exporters:
      - 2001:db8::1
      - { prefix: 10.0.0.0/8, samplingRate: 100, clock: receiver, vpcs: [vpc-0a1b2c3e] }
  - type: ipfix
    listen: ":4739"
    exporters: [{ prefix: 10.0.0.0/8, samplingRate: 100, maxDatagramsPerSecond: 5000 }]
  - type: sflow
    listen: ":6343"
    exporters: [{ prefix: "::/0", maxDatagramsPerSecond: 6000 }]
    receiver: tcpdump
    receivers: 4
    receiveBuffer: 32MiB
    tunnels: [vxlan]
`);
    expect(ipfix).toMatchObject({
      name: 'edge',
      transport: 'tcp',
      vpcs: ['vpc-0a1b2c3d'],
      grace: 60,
      exporters: [
        { prefix: { family: 6, length: 128 } },
        {
          prefix: { family: 4, length: 8 },
          samplingRate: 100,
          clock: 'receiver',
          vpcs: ['vpc-0a1b2c3e'],
        },
      ],
    });
    expect(datagrams).toMatchObject({
      transport: 'udp',
      exporters: [{ samplingRate: 100, maxDatagramsPerSecond: 5000 }],
    });
    expect(sflow).toMatchObject({
      name: 'sflow:6343',
      exporters: [{ maxDatagramsPerSecond: 6000 }],
      receiver: 'tcpdump',
      receivers: 4,
      receiveBuffer: 32 << 20,
      tunnels: ['vxlan'],
    });
  });

  test('count beside an NFLOG group, which sets verdicts then', () => {
    const list = '[{ type: nflog, group: 5 }, { type: netflow, listen: ":2055", exporters: [10.0.0.0/8] }]';
    expect(parse(`sources: ${list}`)[0]).toMatchObject({ role: 'verdict' });
  });

  const good = 'type: netflow, listen: ":2055"';
  test.each<[string, string, string]>([
    ['no list of exporters', `{ ${good} }`, '1:11: exporters is missing: give it a list'],
    [
      'an empty one',
      `{ ${good}, exporters: [] }`,
      '1:56: exporters: "[]" is empty: nobody could send; name prefixes or addresses',
    ],
    [
      'a host with bits behind the prefix',
      `{ ${good}, exporters: [10.0.0.1/24] }`,
      '1:57: "10.0.0.1/24" has host bits set: did you mean 10.0.0.0/24?',
    ],
    [
      'a prefix that is none in a mapping',
      `{ ${good}, exporters: [{ prefix: lan }] }`,
      '1:67: "lan" is no prefix: write one like 10.0.0.0/8 or 2001:db8::/32',
    ],
    [
      'a number for an exporter',
      `{ ${good}, exporters: [10] }`,
      '1:57: an exporter is a prefix, or a mapping: write 10.0.0.0/24 or { prefix: 10.0.0.0/24, samplingRate: 100 }',
    ],
    [
      'a prefix twice',
      `{ ${good}, exporters: [10.0.0.1, 10.0.0.1/32] }`,
      '1:67: 10.0.0.1/32 is in the list already: take one of them out',
    ],
    [
      'a mistyped key of an exporter',
      `{ ${good}, exporters: [{ prefix: 10.0.0.1, samplingrate: 5 }] }`,
      '1:77: unknown key "samplingrate" in exporters: did you mean samplingRate?',
    ],
    [
      'a rate of 0',
      `{ ${good}, exporters: [{ prefix: 10.0.0.1, samplingRate: 0 }] }`,
      '1:91: samplingRate: "0" is too small: 1 is the least',
    ],
    [
      'a clock that is none',
      `{ ${good}, exporters: [{ prefix: 10.0.0.1, clock: mine }] }`,
      '1:84: clock: "mine" is unknown: write one of exporter, receiver',
    ],
    [
      'a VPC that is none',
      `{ ${good}, exporters: [{ prefix: 10.0.0.1, vpcs: [a] }] }`,
      '1:84: vpcs: "a" is no VPC id: write one like vpc-0a1b2c3d',
    ],
    [
      'a host name to listen on',
      '{ type: sflow, listen: "localhost:6343", exporters: [::/0] }',
      '1:34: listen: "localhost" in "localhost:6343" is no address of this machine to listen on: write an IPv4 address, an IPv6 address in brackets, or only :6343 for all',
    ],
    [
      'TCP for datagrams',
      `{ ${good}, transport: tcp, exporters: [::/0] }`,
      '1:45: unknown key "transport" in sources: it has type, name, vpcs, listen, exporters, receiver, receivers, receiveBuffer, grace',
    ],
    [
      'a receiver of datagrams for TCP',
      '{ type: ipfix, listen: ":4739", transport: tcp, receivers: 2, exporters: [::/0] }',
      '1:70: receivers is of datagrams: take it out, or write transport: udp',
    ],
    [
      'a limit of datagrams for TCP',
      '{ type: ipfix, listen: ":4739", transport: tcp, exporters: [10.0.0.1, { prefix: 10.0.0.2, maxDatagramsPerSecond: 9 }] }',
      '1:124: maxDatagramsPerSecond is of datagrams: take it out, or write transport: udp',
    ],
    [
      'too many receivers',
      `{ ${good}, receivers: 99, exporters: [::/0] }`,
      '1:56: receivers: "99" is too large: 16 is the most',
    ],
    [
      'a buffer that is none',
      `{ ${good}, receiveBuffer: much, exporters: [::/0] }`,
      '1:60: receiveBuffer: "much" is none that can be: write a size from 64KiB to 1GiB, such as 32MiB',
    ],
    [
      'a tunnel that is none',
      '{ type: sflow, listen: ":6343", tunnels: [ipip], exporters: [::/0] }',
      '1:53: tunnels: "ipip" is unknown: write one of vxlan, geneve, gre, erspan',
    ],
    [
      'one port twice',
      `{ ${good}, exporters: [::/0] }, { type: ipfix, listen: ":2055", exporters: [::/0] }`,
      '1:66: UDP :2055 is recorded by a source above: take one of them out',
    ],
  ])('with %s are refused', (_, source, message) => {
    expect(refusal(`sources: [${source}]\n`)).toBe(message);
  });
});
