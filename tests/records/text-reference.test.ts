import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatIPv6, parseAddress, parseIPv4, parseIPv6 } from '../../src/base/addresses.ts';
import type { InterfaceFacts } from '../../src/network/lookup.ts';
import { VPC_FIELDS } from '../../src/records/catalogue.ts';
import { parseLogFormat } from '../../src/records/formats.ts';
import { createTextWriter } from '../../src/records/text.ts';
import { directoryOf, factsOf, windowOf } from './windows.ts';
import type { Line } from './windows.ts';

const BUDGET = { interruptAfterTimeLimit: 3000, markInterruptAsFailure: false, numRuns: 5000 };

/** The slow way: one string for each field, straight from the rules. Shares nothing with the writer. */
function referenceLine(
  ids: readonly string[],
  version: number,
  line: Line,
  all: readonly InterfaceFacts[],
): string {
  return ids.map((id) => referenceField(id, version, line, all)).join(' ');
}

const STATIC = new Map<string, keyof InterfaceFacts>([
  ['account-id', 'accountId'],
  ['interface-id', 'interfaceId'],
  ['vpc-id', 'vpcId'],
  ['subnet-id', 'subnetId'],
  ['instance-id', 'instanceId'],
  ['region', 'region'],
  ['az-id', 'azId'],
  ['sublocation-type', 'sublocationType'],
  ['sublocation-id', 'sublocationId'],
]);

function referenceField(id: string, version: number, line: Line, all: readonly InterfaceFacts[]): string {
  const number = 'status' in line ? line.status.number : line.flow[line.side];
  const facts = all.find((entry) => entry.number === number)!;
  if (id === 'version') return String(version);
  const fact = STATIC.get(id);
  if (fact !== undefined) {
    const nameless = ['interfaceId', 'subnetId', 'instanceId'].includes(fact);
    if (facts.kind === 'regional_nat_gateway' && nameless) return '-';
    if (fact === 'azId' && facts.sublocationType !== undefined) return '-';
    return String(facts[fact] ?? '-');
  }
  if ('status' in line) {
    if (id === 'start') return String(line.status.start);
    if (id === 'end') return String(line.status.end);
    return id === 'log-status' ? line.status.kind : '-';
  }
  const { flow, side } = line;
  const portless = flow.protocol === 1 || flow.protocol === 58;
  const values: Record<string, () => string> = {
    srcaddr: () => (side === 'egress' ? ownAddress(flow.source, facts) : flow.source),
    dstaddr: () => (side === 'ingress' ? ownAddress(flow.destination, facts) : flow.destination),
    'pkt-srcaddr': () => flow.source,
    'pkt-dstaddr': () => flow.destination,
    srcport: () => String(portless ? 0 : flow.ports![0]),
    dstport: () => String(portless ? 0 : flow.ports![1]),
    protocol: () => String(flow.protocol),
    packets: () => String(flow.packets),
    bytes: () => String(flow.bytes),
    start: () => String(flow.first),
    end: () => String(flow.last),
    action: () => (flow.verdict === 2 ? 'REJECT' : 'ACCEPT'),
    'log-status': () => 'OK',
    'tcp-flags': () => String(flow.protocol === 6 ? flow.flags : 0),
    type: () => (flow.source.includes(':') ? 'IPv6' : 'IPv4'),
    'flow-direction': () => side,
  };
  return values[id]?.() ?? '-';
}

function ownAddress(packet: string, facts: InterfaceFacts): string {
  if (['router', 'regional_nat_gateway'].includes(facts.kind)) return packet;
  const { family, words } = parseAddress(packet)!;
  if (family === 4) {
    return facts.primary4 === undefined
      ? packet
      : [24, 16, 8, 0].map((n) => (facts.primary4! >>> n) & 255).join('.');
  }
  const held = Array.from({ length: facts.addresses6.length / 4 }, (_, i) =>
    formatIPv6(...(facts.addresses6.slice(4 * i, 4 * i + 4) as [number, number, number, number])),
  );
  return held.includes(formatIPv6(...words)) ? packet : (held[0] ?? packet);
}

const ADDRESSES4 = ['10.0.0.1', '10.0.0.2', '0.0.0.0', '255.255.255.255', '203.0.113.99', '192.0.2.100'];
const ADDRESSES6 = [
  '::',
  '::1',
  'fd00::1',
  'fd00::2',
  '2001:db8:0:1:1:1:1:1',
  'abcd:ef01:2345:6789:abcd:ef01:2345:6789',
];

const optional = (...values: string[]): fc.Arbitrary<string | undefined> =>
  fc.constantFrom(undefined, ...values);

const facts = fc.record({
  interfaceId: fc.constantFrom('eni-1235b8ca123456789', 'e', 'eni-12', 'tgw-attach-0123456789abcdef0'),
  subnetId: optional('subnet-aaaaaaaa012345678', 'subnet-1'),
  instanceId: optional('i-01234567890123456'),
  azId: optional('euc1-az1'),
  sublocationType: optional('outpost', 'localzone'),
  sublocationId: optional('op-1'),
  kind: fc.constantFrom('interface', 'router', 'nat_gateway', 'regional_nat_gateway'),
  primary4: fc.constantFrom(undefined, ...ADDRESSES4.map((text) => parseIPv4(text))),
  held: fc.subarray(ADDRESSES6),
});

const count = fc.oneof(
  fc.integer({ min: 0, max: 99_999 }),
  fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
);
const time = fc.oneof(
  fc.integer({ min: 1_600_000_000, max: 1_900_000_000 }),
  fc.integer({ min: 0, max: 2 ** 32 - 1 }),
);
const port = fc.integer({ min: 0, max: 65_535 });
const pair = fc
  .constantFrom(ADDRESSES4, ADDRESSES6)
  .chain((from) => fc.tuple(fc.constantFrom(...from), fc.constantFrom(...from)));

const NUMBERS = [1, 2, 3] as const;
const number = fc.constantFrom(...NUMBERS);

const flow = fc.record({
  pair,
  ports: fc.tuple(port, port),
  protocol: fc.constantFrom(6, 17, 1, 58, 132, 0, 255),
  packets: count,
  bytes: count,
  first: time,
  last: time,
  flags: fc.constantFrom(0, 1, 2, 3, 4, 18, 19, 31),
  verdict: fc.constantFrom(0, 1, 2),
  egress: number,
  ingress: number,
});

const line: fc.Arbitrary<Line> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ flow, side: fc.constantFrom('egress', 'ingress') }).map(({ flow, side }) => {
      const { pair, ports, ...rest } = flow;
      // One byte each for the type and code of ICMP.
      const icmp = rest.protocol === 1 || rest.protocol === 58;
      const kept: [number, number] = icmp ? [ports[0] & 255, ports[1] & 255] : ports;
      return { flow: { ...rest, ports: kept, source: pair[0], destination: pair[1] }, side };
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      status: fc.record({ number, kind: fc.constantFrom('NODATA', 'SKIPDATA'), start: time, end: time }),
    }),
  },
);

const IDS = VPC_FIELDS.map((field) => field.id).filter((id) => !/-tag(-2)?$/.test(id));
const ids = fc.oneof(
  fc.shuffledSubarray(IDS, { minLength: 1, maxLength: 12 }),
  fc.shuffledSubarray(IDS, { minLength: 1 }),
  // Runs of the usual order, where fields are written together.
  fc.tuple(fc.nat(28), fc.nat(28)).map(([a, b]) => IDS.slice(Math.min(a, b), Math.max(a, b) + 1)),
);

test('the writer gives what the slow reference gives, for any format, facts and lines', () => {
  const input = fc.record({
    ids,
    facts: fc.tuple(facts, facts, facts),
    lines: fc.array(line, { minLength: 1, maxLength: 80 }),
    cut: fc.nat(80),
  });
  fc.assert(
    fc.property(input, ({ ids, facts, lines, cut }) => {
      const all = facts.map(({ held, ...rest }, i) =>
        factsOf({
          ...rest,
          number: NUMBERS[i]!,
          primary6: held.length > 0 ? parseIPv6(held[0]!)! : undefined,
          addresses6: held.flatMap((text) => parseIPv6(text)!),
        }),
      );
      const parsed = parseLogFormat(ids.map((id) => `\${${id}}`).join(' '), { kind: 'vpc' });
      if (!parsed.ok) throw new Error(parsed.message);
      const window = windowOf(lines);
      const writer = createTextWriter(parsed.format, directoryOf(all));
      const middle = Math.min(cut, lines.length);
      const first = Buffer.from(writer.write(window, 0, middle)).toString('latin1');
      const second = Buffer.from(writer.write(window, middle, lines.length)).toString('latin1');
      const expected = lines.map((line) => `${referenceLine(ids, parsed.format.version, line, all)}\n`);
      expect(first + second).toBe(expected.join(''));
    }),
    BUDGET,
  );
});
