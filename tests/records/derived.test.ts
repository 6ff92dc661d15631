import { describe, expect, test } from 'vitest';
import type { EcsTask } from '../../src/network/ecs-task.ts';
import type { InterfaceFacts } from '../../src/network/lookup.ts';
import { VPC_FIELDS } from '../../src/records/catalogue.ts';
import { defaultLogFormat } from '../../src/records/formats.ts';
import { dependsOnOwner } from '../../src/records/ownership.ts';
import { createTextWriter } from '../../src/records/text.ts';
import { FakeRules, type Answers } from './fake-rules.ts';
import { linesOf, vpcFormat } from './lines.ts';
import { directoryOf, factsOf, windowOf, type Flow, type Line } from './windows.ts';

const OWNER = '123456789010';
const OTHER = '210987654321';
const FLOW: Flow = {
  source: '10.0.0.1',
  destination: '10.0.9.9',
  ports: [40000, 443],
  bytes: 1234,
  egress: 1,
  ingress: 2,
};
const OUT: Line = { flow: FLOW, side: 'egress' };
const IN: Line = { flow: FLOW, side: 'ingress' };
const REJECTED: Line = { flow: { ...FLOW, verdict: 2 }, side: 'ingress' };
const NODATA: Line = { status: { number: 1, kind: 'NODATA', start: 60, end: 119 } };

const HERE = factsOf({ subnetId: 'subnet-1', azId: 'euc1-az1' });
const NAT = factsOf({
  number: 2,
  interfaceId: 'eni-2222',
  kind: 'nat_gateway',
  subnetId: 'subnet-2',
  vpcId: 'vpc-2',
  azId: 'euc1-az2',
});
const BOTH = [HERE, NAT];

function printed(ids: string, lines: readonly Line[], answers: Answers, owner?: string): string[] {
  return linesOf(vpcFormat(ids), BOTH, lines, { answers, owner });
}

describe('next hops', () => {
  const IDS =
    'next-hop-vpc-id next-hop-interface-id version next-hop-interface-type next-hop-az-id next-hop-subnet-id';
  const answers: Answers = { nextHop: ({ egress }) => (egress ? 2 : 0) };

  test('are of the interface that the rules name; - without one and in status lines', () => {
    expect(printed(IDS, [OUT, IN, NODATA, OUT], answers)).toEqual([
      'vpc-2 eni-2222 11 nat_gateway euc1-az2 subnet-2',
      '- - 11 - - -',
      '- - 11 - - -',
      'vpc-2 eni-2222 11 nat_gateway euc1-az2 subnet-2',
    ]);
  });

  test("of another account's interface only the zone is said", () => {
    expect(printed(IDS, [OUT], answers, OTHER)).toEqual(['- - 11 - euc1-az2 -']);
    expect(printed('next-hop-subnet-id next-hop-az-id', [OUT], answers, OTHER)).toEqual(['- euc1-az2']);
    const foreign = [HERE, { ...NAT, accountId: OTHER }];
    // Without an owner of the flow log, that of the recording interface.
    expect(linesOf(vpcFormat(IDS), foreign, [OUT], { answers })).toEqual(['- - 11 - euc1-az2 -']);
    expect(linesOf(vpcFormat(IDS), foreign, [OUT], { answers, owner: OTHER })).toEqual([
      'vpc-2 eni-2222 11 nat_gateway euc1-az2 subnet-2',
    ]);
  });

  test('have no type when ordinary, and no zone in a sublocation', () => {
    const placed = factsOf({
      number: 2,
      azId: 'euc1-az2',
      sublocationType: 'outpost',
      sublocationId: 'op-1',
    });
    const ids = 'next-hop-interface-type next-hop-az-id next-hop-vpc-id';
    expect(linesOf(vpcFormat(ids), [HERE, placed], [OUT], { answers })).toEqual([
      '- - vpc-abcdefab012345678',
    ]);
  });
});

describe('reject-reason', () => {
  const reason = (value: 0 | 1 | 2): NonNullable<Answers['rejectReason']> => {
    return () => value;
  };

  test('is BPA, EC or -, of rejected traffic only', () => {
    expect(printed('reject-reason', [REJECTED, IN], { rejectReason: reason(1) })).toEqual(['BPA', '-']);
    expect(printed('reject-reason', [REJECTED, IN], { rejectReason: reason(2) })).toEqual(['EC', '-']);
    expect(printed('reject-reason', [REJECTED, NODATA], { rejectReason: reason(0) })).toEqual(['-', '-']);
  });

  test('BPA takes the bytes away, in whatever format they stand', () => {
    const bpa = { rejectReason: reason(1) };
    expect(printed('bytes', [REJECTED, IN], bpa)).toEqual(['-', '1234']);
    expect(printed('packets bytes start', [REJECTED, IN], bpa)).toEqual(['1 - 0', '1 1234 0']);
    expect(linesOf(defaultLogFormat('vpc'), BOTH, [REJECTED], { answers: bpa })).toEqual([
      '2 123456789010 eni-2222 10.0.0.1 10.0.9.9 40000 443 6 1 - 0 0 REJECT OK',
    ]);
    expect(printed('bytes reject-reason', [REJECTED], { rejectReason: reason(2) })).toEqual(['1234 EC']);
  });

  test('is asked once a line for both, of rejected lines only, and not at all where there is none', () => {
    const rules = new FakeRules({ rejectReason: reason(1) });
    linesOf(vpcFormat('bytes reject-reason'), BOTH, [REJECTED, IN, OUT, REJECTED], { rules });
    expect(rules.asked).toEqual({ begin: 1, rejectReason: 2 });
    const none = new FakeRules({ rejectReason: reason(1), rejectsForReasons: false });
    expect(linesOf(vpcFormat('bytes reject-reason'), BOTH, [REJECTED], { rules: none })).toEqual(['1234 -']);
    expect(none.asked).toEqual({});
  });
});

describe('rules', () => {
  const ALL: Answers = {
    trafficPath: () => 7,
    nextHop: () => 2,
    sourceService: () => 1,
    destinationService: () => 2,
    encryptionStatus: () => 3,
    serviceCodes: ['AMAZON', 'S3'],
    rejectReason: () => 2,
  };
  const IDS =
    'traffic-path pkt-src-aws-service pkt-dst-aws-service reject-reason encryption-status next-hop-interface-id ' +
    'next-hop-subnet-id next-hop-az-id next-hop-vpc-id next-hop-interface-type bytes';

  test('are asked once a line at most, whatever the fields', () => {
    const rules = new FakeRules(ALL);
    const lines = [OUT, IN, REJECTED, NODATA, OUT];
    expect(linesOf(vpcFormat(IDS), BOTH, lines, { rules })).toEqual([
      '7 AMAZON S3 - 3 eni-2222 subnet-2 euc1-az2 vpc-2 nat_gateway 1234',
      '- AMAZON S3 - 3 eni-2222 subnet-2 euc1-az2 vpc-2 nat_gateway 1234',
      '- AMAZON S3 EC 3 eni-2222 subnet-2 euc1-az2 vpc-2 nat_gateway 1234',
      '- - - - - - - - - - -',
      '7 AMAZON S3 - 3 eni-2222 subnet-2 euc1-az2 vpc-2 nat_gateway 1234',
    ]);
    const { begin, rejectReason, trafficPath, ...others } = rules.asked;
    // A path is of egress only, a reason of rejects only.
    expect({ begin, rejectReason, trafficPath }).toEqual({ begin: 1, rejectReason: 1, trafficPath: 2 });
    expect(Object.values(others)).toEqual([4, 4, 4, 4]);
  });

  test('are not asked, nor told of a window, for fields that do not need them', () => {
    const rules = new FakeRules({ ...ALL, rejectsForReasons: false });
    const plain = VPC_FIELDS.filter(({ version, filling }) => version <= 5 && filling.per !== 'rule');
    linesOf(vpcFormat(plain.map(({ id }) => id).join(' ')), BOTH, [OUT, IN], { rules });
    linesOf(defaultLogFormat('vpc'), BOTH, [REJECTED], { rules });
    expect(rules.asked).toEqual({});
  });

  test('without them, and without service ranges, fields are -', () => {
    expect(linesOf(vpcFormat(IDS), BOTH, [OUT, REJECTED])).toEqual([
      '- - - - - - - - - - 1234',
      '- - - - - - - - - - 1234',
    ]);
    const rules = new FakeRules({ ...ALL, serviceCodes: [] });
    expect(linesOf(vpcFormat('pkt-src-aws-service pkt-dst-aws-service'), BOTH, [OUT], { rules })).toEqual([
      '- -',
    ]);
    expect(rules.asked).toEqual({});
  });

  test('say - by 0 for paths and services, by -1 for encryption', () => {
    const ids = 'traffic-path pkt-src-aws-service encryption-status';
    const none = { serviceCodes: ['S3'], encryptionStatus: () => -1 };
    expect(printed(ids, [OUT], none)).toEqual(['- - -']);
    expect(printed(ids, [OUT], { ...none, encryptionStatus: () => 0 })).toEqual(['- - 0']);
    expect(() => printed(ids, [OUT], { ...none, sourceService: () => 2 })).toThrow('no service has index 2');
    expect(() => printed(ids, [OUT], { serviceCodes: ['S 3'] })).toThrow('not printable');
  });

  test('see the next window in a buffer that is used again', () => {
    const rules = new FakeRules({
      sourceService: ({ source }) => (source === '10.0.0.1' ? 1 : 0),
      serviceCodes: ['S3'],
    });
    const writer = createTextWriter(vpcFormat('pkt-src-aws-service'), directoryOf(BOTH), { rules });
    for (const [source, expected] of [
      ['10.0.0.1', 'S3\n'],
      ['10.0.0.2', '-\n'],
      ['10.0.0.1', 'S3\n'],
    ] as const) {
      const window = windowOf([{ flow: { ...FLOW, source }, side: 'egress' }]);
      expect(Buffer.from(writer.write(window, 0, 1)).toString()).toBe(expected);
    }
    expect(rules.asked['begin']).toBe(3);
  });
});

test('the buffer has room for texts of any length, of next hops and services', () => {
  const long = (name: string): string => name.padEnd(6000, 'x');
  const hop = factsOf({
    number: 2,
    interfaceId: long('eni-'),
    subnetId: long('subnet-'),
    vpcId: long('vpc-'),
  });
  const answers = {
    nextHop: ({ sourcePort }: { sourcePort: number }) => (sourcePort % 3 === 0 ? 0 : 2),
    sourceService: () => 1,
    serviceCodes: [long('S')],
  };
  const ids = 'srcport next-hop-subnet-id next-hop-interface-id pkt-src-aws-service next-hop-vpc-id';
  const lines: Line[] = Array.from({ length: 300 }, (_, i) => {
    return { flow: { ...FLOW, ports: [i, 0] }, side: 'egress' };
  });
  const written = linesOf(vpcFormat(ids), [HERE, hop], lines, { answers });
  expect(written).toEqual(
    lines.map((_, i) => {
      const [subnet, eni, vpc] = i % 3 === 0 ? ['-', '-', '-'] : [hop.subnetId, hop.interfaceId, hop.vpcId];
      return [i, subnet, eni, long('S'), vpc].join(' ');
    }),
  );
});

describe('what the owner of the flow log owns', () => {
  const task: EcsTask = {
    id: 'arn:aws:ecs:eu-central-1:123456789010:task/shop/0123abcd',
    origin: 'file',
    accountId: OWNER,
    tags: {},
    region: 'eu-central-1',
    interfaceId: HERE.interfaceId,
    taskId: '0123abcd',
    clusterArn: 'arn:aws:ecs:eu-central-1:123456789010:cluster/shop',
    clusterName: 'shop',
    serviceName: 'web',
    taskDefinitionArn: 'arn:aws:ecs:eu-central-1:123456789010:task-definition/web:3',
    containerInstanceArn: undefined,
    containerInstanceId: undefined,
    containerIds: ['c-1', 'c-2', 'c-3'],
  };
  const instance = { id: 'i-1', accountId: OWNER, nitro: false, tags: {}, group: undefined };
  const facts: InterfaceFacts = { ...HERE, instanceId: 'i-1', instance, ecsTask: task };
  const ECS = VPC_FIELDS.filter(({ version }) => version === 7)
    .map(({ id }) => id)
    .join(' ');

  test('the task: the first two containers, - on Fargate', () => {
    const expected =
      'arn:aws:ecs:eu-central-1:123456789010:cluster/shop shop - - c-1 c-2 web ' +
      'arn:aws:ecs:eu-central-1:123456789010:task-definition/web:3 ' +
      'arn:aws:ecs:eu-central-1:123456789010:task/shop/0123abcd 0123abcd';
    expect(linesOf(vpcFormat(ECS), [facts], [OUT, NODATA])).toEqual([expected, expected]);
    expect(linesOf(vpcFormat(ECS), [facts], [OUT], { owner: OTHER })).toEqual(['- - - - - - - - - -']);
    const alone = { ...facts, ecsTask: { ...task, containerIds: ['c-1'], serviceName: undefined } };
    const ids = 'ecs-second-container-id ecs-container-id ecs-service-name';
    expect(linesOf(vpcFormat(ids), [alone], [OUT])).toEqual(['- c-1 -']);
  });

  test('the instance', () => {
    const ids = vpcFormat('instance-id account-id');
    expect(linesOf(ids, [facts], [OUT])).toEqual([`i-1 ${OWNER}`]);
    expect(linesOf(ids, [facts], [OUT], { owner: OTHER })).toEqual([`- ${OWNER}`]);
    const shared = { ...facts, instance: { ...instance, accountId: OTHER } };
    expect(linesOf(ids, [shared], [OUT])).toEqual([`- ${OWNER}`]);
    expect(linesOf(ids, [shared], [OUT], { owner: OTHER })).toEqual([`i-1 ${OWNER}`]);
  });

  test('dependsOnOwner is true for the fields that differ, and for no others', () => {
    const keys = ['instance', 'network-interface', 'auto-scaling-group'].map((resourceType) => {
      return { resourceType, tagKeys: ['k', 'l'] };
    });
    const own = { ...facts, tags: { k: 'a', l: 'b' } };
    const group = { accountId: OWNER, tags: own.tags };
    const rich = {
      ...own,
      instance: { ...instance, tags: own.tags, group },
      ecsTask: { ...task, containerInstanceArn: 'arn', containerInstanceId: 'id' },
    };
    const answers: Answers = { nextHop: () => 2 };
    const differing = VPC_FIELDS.filter((field) => {
      const format = { ...defaultLogFormat('vpc'), fields: [field], tagFields: keys };
      const of = (owner: string): string[] => linesOf(format, [rich, NAT], [OUT], { answers, owner });
      return of(OWNER)[0] !== of(OTHER)[0];
    });
    expect(differing).toEqual(VPC_FIELDS.filter((field) => dependsOnOwner({ fields: [field] })));
    expect(differing).toHaveLength(21);
    expect(dependsOnOwner(defaultLogFormat('vpc'))).toBe(false);
    expect(dependsOnOwner(defaultLogFormat('transit-gateway'))).toBe(false);
    expect(dependsOnOwner(vpcFormat('srcaddr instance-id'))).toBe(true);
  });
});

test('interface-type has the five kinds that are documented, resource-id regional NAT gateways', () => {
  const kinds = [
    ['interface', '- -'],
    ['router', '- -'],
    ['nat_gateway', 'nat_gateway -'],
    ['network_load_balancer', 'network_load_balancer -'],
    ['transit_gateway', 'transit_gateway -'],
    ['vpc_endpoint', 'vpc_endpoint -'],
    ['regional_nat_gateway', 'regional_nat_gateway nat-1234567890abcdef'],
  ] as const;
  for (const [kind, expected] of kinds) {
    const facts = factsOf({ kind, interfaceId: 'nat-1234567890abcdef' });
    expect(linesOf(vpcFormat('interface-type resource-id'), [facts], [OUT])).toEqual([expected]);
  }
});
