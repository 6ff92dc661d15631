/** Any format of all fields, any facts, rules and rows: what the slow reference gives, and the strict parser takes. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseIPv4, parseIPv6 } from '../../src/base/addresses.ts';
import type { EcsTask } from '../../src/network/ecs-task.ts';
import type { InstanceFacts, InterfaceFacts } from '../../src/network/lookup.ts';
import type { TransitEnd } from '../../src/rules/record-rules.ts';
import { TRANSIT_GATEWAY_FIELDS, VPC_FIELDS } from '../../src/records/catalogue.ts';
import { parseLogFormat, type LogFormat } from '../../src/records/formats.ts';
import { createTextWriter } from '../../src/records/text.ts';
import { parseStrictText } from '../reference/strict-parser.ts';
import { FakeRules, type Answers, type Seen } from './fake-rules.ts';
import { referenceLine, referenceTransitLine } from './reference.ts';
import { directoryOf, factsOf, gatewaysOf, windowOf, type Line } from './windows.ts';

const BUDGET = { interruptAfterTimeLimit: 2000, markInterruptAsFailure: false, numRuns: 5000 };

const OWNERS = ['123456789010', '210987654321'] as const;
const NUMBERS = [1, 2, 3] as const;
const CODES = ['AMAZON', 'S3', 'ROUTE53_HEALTHCHECKS_PUBLISHING'];
const ADDRESSES4 = ['10.0.0.1', '10.0.0.2', '255.255.255.255', '203.0.113.99', '52.95.128.179'];
const ADDRESSES6 = ['fd00::1', 'fd00::2', '2001:db8:0:1:1:1:1:1', 'abcd:ef01:2345:6789:abcd:ef01:2345:6789'];
const KEYS = {
  instance: ['Name', 'toString'],
  'network-interface': ['team', 'a key'],
  'auto-scaling-group': ['Näme', '-'],
};
const ALL_KEYS = Object.values(KEYS).flat();

const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(value, { nil: undefined, freq: 3 });
const owner = fc.constantFrom(...OWNERS);
const hex17 = fc.integer({ min: 1, max: 0xffffff }).map((n) => n.toString(16).padStart(17, '0'));
const id = (prefix: string): fc.Arbitrary<string> => hex17.map((hex) => `${prefix}-${hex}`);

const tagValue = fc.oneof(
  fc.constantFrom('', '-', ' ', 'a b', 'x=1', '100%', '%20', 'ÄÖ', '😀'.repeat(256), 'my-app_1.2:/+@'),
  fc.string({ unit: 'binary', maxLength: 256 }),
);
const tags = fc.dictionary(fc.constantFrom(...ALL_KEYS), tagValue, { maxKeys: 6 });
const instance: fc.Arbitrary<InstanceFacts | undefined> = maybe(
  fc.record({
    id: id('i'),
    accountId: owner,
    nitro: fc.boolean(),
    tags,
    group: maybe(fc.record({ accountId: owner, tags })),
  }),
);
const ecsTask: fc.Arbitrary<EcsTask | undefined> = maybe(
  fc
    .record({
      accountId: owner,
      service: maybe(fc.constant('web')),
      containers: fc.subarray(['0123abcd-1', '4567cdef-2', '89abcdef-3']),
      host: maybe(fc.constant('0123456789abcdef0123456789abcdef')),
    })
    .map(({ accountId, service, containers, host }) => {
      const place = `arn:aws:ecs:eu-central-1:${accountId}`;
      return {
        id: `${place}:task/c/1a2b`,
        origin: 'file',
        tags: {},
        accountId,
        region: 'eu-central-1',
        interfaceId: 'eni-1',
        taskId: '1a2b',
        clusterArn: `${place}:cluster/c`,
        clusterName: 'c',
        serviceName: service,
        taskDefinitionArn: `${place}:task-definition/web:1`,
        containerInstanceArn: host === undefined ? undefined : `${place}:container-instance/c/${host}`,
        containerInstanceId: host,
        containerIds: containers,
      };
    }),
);

const facts: fc.Arbitrary<InterfaceFacts> = fc
  .record({
    accountId: owner,
    hex: hex17,
    subnetId: maybe(id('subnet')),
    instance,
    ecsTask,
    tags,
    azId: maybe(fc.constant('euc1-az1')),
    sublocation: maybe(fc.constantFrom('outpost', 'localzone')),
    kind: fc.constantFrom(
      'interface',
      'interface',
      'router',
      'nat_gateway',
      'network_load_balancer',
      'transit_gateway',
      'vpc_endpoint',
      'regional_nat_gateway',
    ),
    primary4: fc.constantFrom(undefined, ...ADDRESSES4.map((text) => parseIPv4(text))),
    held: fc.subarray(ADDRESSES6),
  })
  .map(({ hex, sublocation, held, ...rest }) =>
    factsOf({
      ...rest,
      interfaceId: `${rest.kind === 'regional_nat_gateway' ? 'nat' : 'eni'}-${hex}`,
      instanceId: rest.instance?.id,
      sublocationType: sublocation,
      sublocationId: sublocation === undefined ? undefined : 'op-1',
      primary6: held.length > 0 ? parseIPv6(held[0]!)! : undefined,
      addresses6: held.flatMap((text) => parseIPv6(text)!),
    }),
  );

const count = fc.oneof(fc.nat(99_999), fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }));
const time = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const span = fc.tuple(time, time).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);
const number = fc.constantFrom(...NUMBERS);
const flow = fc
  .record({
    pair: fc
      .constantFrom(ADDRESSES4, ADDRESSES6)
      .chain((from) => fc.tuple(fc.constantFrom(...from), fc.constantFrom(...from))),
    ports: fc.tuple(fc.nat(65_535), fc.nat(65_535)),
    protocol: fc.constantFrom(6, 17, 1, 58, 132, 255),
    packets: count,
    bytes: count,
    span,
    flags: fc.constantFrom(0, 1, 2, 3, 4, 18, 19, 23),
    raw: fc.nat(255),
    initiator: fc.boolean(),
    verdict: fc.constantFrom(0, 1, 2, 2),
    egress: number,
    ingress: number,
    sourceAttachment: fc.constantFrom(0, ...NUMBERS),
    destinationAttachment: fc.constantFrom(0, ...NUMBERS),
  })
  .map(({ pair: [source, destination], span: [first, last], ports, ...rest }) => {
    const icmp = rest.protocol === 1 || rest.protocol === 58;
    const kept: [number, number] = icmp ? [ports[0] & 255, ports[1] & 255] : ports;
    return { ...rest, source, destination, first, last, ports: kept };
  });
const line: fc.Arbitrary<Line> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ flow, side: fc.constantFrom('egress', 'ingress') }) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(number, fc.constantFrom('NODATA', 'SKIPDATA'), span)
      .map(([at, kind, [start, end]]) => ({ status: { number: at, kind, start, end } })),
  },
);

/** A number from 0 to below `below` that depends on all that rules see of a line. */
function mixed(seen: Seen, salt: string, below: number): number {
  let hash = 7;
  const parts = Object.entries(seen).map((entry) => entry.join());
  for (const character of salt + parts.sort().join(' ')) {
    hash = (Math.imul(hash, 31) + character.charCodeAt(0)) >>> 0;
  }
  return (hash >>> 8) % below;
}

const ANSWERS: Answers = {
  trafficPath: (seen) => mixed(seen, 'path', 9),
  nextHop: (seen) => mixed(seen, 'hop', 4),
  sourceService: (seen) => mixed(seen, 'source', 4),
  destinationService: (seen) => mixed(seen, 'destination', 4),
  rejectReason: (seen) => mixed(seen, 'reason', 3) as 0 | 1 | 2,
  encryptionStatus: (seen) => mixed(seen, 'encryption', 5) - 1,
  end: (attachment, address) => endOf(`${attachment} ${address}`),
  serviceCodes: CODES,
};

function endOf(key: string): TransitEnd {
  const hex = Buffer.from(key).toString('hex').slice(-17).padStart(17, '0');
  const odd = key.length % 2 === 1;
  return {
    attachmentId: `tgw-attach-${hex}`,
    vpcAccountId: odd ? OWNERS[0] : undefined,
    vpcId: odd ? `vpc-${hex}` : undefined,
    subnetId: `subnet-${hex}`,
    interfaceId: odd ? undefined : `eni-${hex}`,
    azId: key.length % 3 === 0 ? 'euc1-az2' : undefined,
  };
}

/** Any fields in any order, runs of the usual order, or all. */
function idsOf(all: readonly string[]): fc.Arbitrary<readonly string[]> {
  return fc.oneof(
    fc.shuffledSubarray([...all], { minLength: 1, maxLength: 10 }),
    fc.shuffledSubarray([...all], { minLength: 1 }),
    fc
      .tuple(fc.nat(all.length - 1), fc.nat(all.length - 1))
      .map(([a, b]) => all.slice(Math.min(a, b), Math.max(a, b) + 1)),
    fc.constant(all),
  );
}

/** A format of these fields, with two keys for each resource whose tags it names. */
function formatOf(kind: LogFormat['kind'], ids: readonly string[]): LogFormat {
  const fields = { instance: 'instance', 'network-interface': 'interface', 'auto-scaling-group': 'asg' };
  const tagFields = Object.entries(KEYS)
    .filter(([type]) => ids.some((it) => it.startsWith(`${fields[type as keyof typeof fields]}-tag`)))
    .map(([resourceType, tagKeys]) => ({ resourceType, tagKeys }));
  const parsed = parseLogFormat(ids.map((it) => `\${${it}}`).join(' '), { kind, tagFields });
  if (!parsed.ok) throw new Error(parsed.message);
  return parsed.format;
}

/** Written in two calls. */
function written(writer: ReturnType<typeof createTextWriter>, lines: readonly Line[], cut: number): string {
  const window = windowOf(lines);
  const middle = Math.min(cut, lines.length);
  const first = Buffer.from(writer.write(window, 0, middle)).toString('latin1');
  return first + Buffer.from(writer.write(window, middle, lines.length)).toString('latin1');
}

const rules = fc.record({
  answers: fc.constantFrom<Answers>(
    ANSWERS,
    { ...ANSWERS, rejectsForReasons: false },
    { ...ANSWERS, serviceCodes: [] },
  ),
  without: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
});
const many = fc.array(line, { minLength: 1, maxLength: 60 });

test('VPC records', () => {
  const input = fc.record({
    ids: idsOf(VPC_FIELDS.map((field) => field.id)),
    facts: fc.tuple(facts, facts, facts),
    owner: maybe(owner),
    rules,
    lines: many,
    cut: fc.nat(60),
  });
  fc.assert(
    fc.property(input, ({ ids, facts, owner, rules: { answers, without }, lines, cut }) => {
      const all = facts.map((it, i) => ({ ...it, number: NUMBERS[i]! }));
      const format = formatOf('vpc', ids);
      const fakes = without ? undefined : new FakeRules(answers);
      const writer = createTextWriter(format, directoryOf(all), { rules: fakes, owner });
      const text = written(writer, lines, cut);
      const context = {
        ids,
        version: format.version,
        facts: all,
        owner,
        tagKeys: KEYS,
        answers: without ? {} : answers,
      };
      expect(text).toBe(lines.map((it) => `${referenceLine(context, it)}\n`).join(''));
      expect(parseStrictText(text, ids, 'vpc')).toHaveLength(lines.length);
      const flows = lines.filter((it) => 'flow' in it).length;
      const { begin: _, ...asked } = fakes?.asked ?? {};
      expect(Math.max(0, ...Object.values(asked))).toBeLessThanOrEqual(flows);
    }),
    BUDGET,
  );
});

test('transit gateway records', () => {
  const attachments = NUMBERS.map((it) => `tgw-attach-${String(it).padStart(17, '0')}`);
  const all = NUMBERS.map((it, i) =>
    factsOf({ number: it, interfaceId: attachments[i]!, kind: 'transit_gateway_attachment' }),
  );
  const gateways = [
    { id: 'tgw-0a12bc34de56f7890', accountId: OWNERS[0], region: 'eu-central-1' },
    { id: 'tgw-0a12bc34de56f7891', accountId: OWNERS[1], region: 'us-east-1' },
  ];
  const topology = gatewaysOf([
    { ...gateways[0]!, attachments: attachments.slice(0, 2) },
    { ...gateways[1]!, attachments: attachments.slice(2) },
  ]);
  const input = fc.record({
    ids: idsOf(TRANSIT_GATEWAY_FIELDS.map((field) => field.id)),
    rules,
    lines: many,
    cut: fc.nat(60),
  });
  fc.assert(
    fc.property(input, ({ ids, rules: { answers, without }, lines, cut }) => {
      const format = formatOf('transit-gateway', ids);
      const fakes = without ? undefined : new FakeRules(answers);
      const writer = createTextWriter(format, directoryOf(all, 1, topology), { rules: fakes });
      const text = written(writer, lines, cut);
      const context = {
        ids,
        version: format.version,
        facts: all,
        answers: without ? {} : answers,
        gateways: Object.fromEntries(attachments.map((it, i) => [it, gateways[i < 2 ? 0 : 1]!])),
      };
      expect(text).toBe(lines.map((it) => `${referenceTransitLine(context, it)}\n`).join(''));
      expect(parseStrictText(text, ids, 'transit-gateway')).toHaveLength(lines.length);
    }),
    BUDGET,
  );
});
