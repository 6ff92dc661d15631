import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseIPv4, parseIPv6 } from '../../src/base/addresses.ts';
import { VPC_FIELDS } from '../../src/records/catalogue.ts';
import { parseLogFormat } from '../../src/records/formats.ts';
import { createTextWriter } from '../../src/records/text.ts';
import { referenceLine } from './reference.ts';
import { directoryOf, factsOf, windowOf } from './windows.ts';
import type { Line } from './windows.ts';

const BUDGET = { interruptAfterTimeLimit: 3000, markInterruptAsFailure: false, numRuns: 5000 };

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
      const context = { ids, version: parsed.format.version, facts: all };
      const expected = lines.map((line) => `${referenceLine(context, line)}\n`);
      expect(first + second).toBe(expected.join(''));
    }),
    BUDGET,
  );
});
