/**
 * A flow log with every field of VPC records, with its tag keys, made by the newest boto3 and read back by it: each
 * field has a value where the network says one.
 */
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { parseStrict, strictFields } from '../reference/strict-parser.ts';
import { openService, temporaryFolder } from '../service/support.ts';
import { Boto3, environmentOf } from './clients.ts';
import { lack, leftOut, pathOf, pypiPython } from './programs.ts';

const run = promisify(execFile);
const SCENARIO = new URL('../../examples/scenarios/all-fields/', import.meta.url).pathname;
const ACCOUNT = '123456789012';

interface Scenario {
  readonly captures: readonly string[];
  readonly format: string;
  readonly tagFields: Readonly<Record<string, readonly string[]>>;
  readonly ipRanges: string;
}

const python = await pypiPython();
const scenario = JSON.parse(readFileSync(join(SCENARIO, 'scenario.json'), 'utf8')) as Scenario;
const fields = scenario.format.split(' ').map((token) => token.slice(2, -1));

interface Run {
  readonly region: string;
  readonly vpc: string;
  readonly network: string;
  readonly ipRanges: string;
  readonly captures: readonly string[];
}

/** Records of flow logs with all 54 fields on a VPC, to a bucket and a log group, as boto3 makes and reads them. */
async function delivered({ region, vpc, network, ipRanges, captures }: Run): Promise<string[][]> {
  const folder = temporaryFolder();
  const directory = join(folder.path, 'data');
  const service = await openService({
    directory,
    yaml: [`account: '${ACCOUNT}'`, `region: ${region}`, `network: ${network}`, `ipRanges: ${ipRanges}`].join(
      '\n',
    ),
  });
  const place = { service, directory };
  const key = await service.keys.create({ account: ACCOUNT });
  const s3 = new S3Client({
    endpoint: service.url,
    region,
    credentials: { accessKeyId: key.id, secretAccessKey: key.secret },
    forcePathStyle: true,
  });
  const boto3 = await Boto3.open(pathOf(python), place);
  try {
    expect(boto3.knowsTagFields).toBe(true);
    await s3.send(new CreateBucketCommand({ Bucket: 'records' }));
    const request = {
      ResourceType: 'VPC',
      ResourceIds: [vpc],
      TrafficType: 'ALL',
      MaxAggregationInterval: 60,
      LogFormat: scenario.format,
      TagFieldSpecifications: Object.entries(scenario.tagFields).map(([ResourceType, TagKeys]) => ({
        ResourceType,
        TagKeys,
      })),
    };
    const bucket = { LogDestinationType: 's3', LogDestination: 'arn:aws:s3:::records' };
    const group = { LogGroupName: 'records', DeliverLogsPermissionArn: `arn:aws:iam::${ACCOUNT}:role/r` };
    for (const destination of [bucket, group]) {
      const made = await boto3.call('CreateFlowLogs', { ...request, ...destination });
      expect(made['Unsuccessful']).toEqual([]);
    }
    const described = await boto3.call('DescribeFlowLogs', {});
    expect(described['FlowLogs']).toMatchObject(
      [bucket, group].map(() => ({
        DeliverLogsStatus: 'SUCCESS',
        LogFormat: scenario.format,
        TagFieldSpecifications: request.TagFieldSpecifications,
      })),
    );
    await service.control.replay([...captures]);
    const script = new URL('records.py', import.meta.url).pathname;
    const child = run(pathOf(python), ['-W', 'ignore', script, service.url, 'boto3'], {
      env: environmentOf(place),
    });
    child.child.stdin!.end(JSON.stringify([{ bucket: 'records', prefix: '' }, { group: 'records' }]));
    return JSON.parse((await child).stdout) as string[][];
  } finally {
    await boto3.close();
    s3.destroy();
    await service.close();
    folder.remove();
  }
}

test.skipIf(leftOut(python))(`all 54 fields, by boto3 of PyPI${lack(python)}`, async () => {
  expect(fields.toSorted()).toEqual([...strictFields('vpc')].toSorted());
  expect(fields).toHaveLength(54);
  const [objects, events] = await delivered({
    region: 'ap-southeast-2',
    vpc: 'vpc-abcdefab012345678',
    network: join(SCENARIO, 'network.yaml'),
    ipRanges: join(SCENARIO, scenario.ipRanges),
    captures: scenario.captures.map((name) => join(SCENARIO, name)),
  });
  // What the network says in full is written out by hand.
  const expected = readFileSync(join(SCENARIO, 'expected.txt'), 'utf8').trimEnd().split('\n').toSorted();
  expect(flows(objects!)).toEqual(expected);
  expect(flows(events!)).toEqual(expected);
  const records = [...objects!, ...events!].map((line) => parseStrict(line, fields));
  const empty = fields.filter((field) => records.every((record) => record.get(field) === '-'));
  expect(empty).toEqual([]);
});

/** The demo's web server and its database, with all that can be said of them. */
const DEMO_NETWORK = `
account: '${ACCOUNT}'
region: eu-central-1
vpcs:
  - id: vpc-020200a0b0c0d0e0f
    cidrs: [10.20.0.0/16]
    subnets:
      - id: subnet-02010000000000000
        cidrs: [10.20.1.0/24]
        azId: euc1-az1
        interfaces:
          - { id: eni-0201000000000010a, primary: 10.20.1.10, instance: i-0201000000000010c, tags: { Name: c, tier: in } }
      - id: subnet-02020000000000000
        cidrs: [10.20.2.0/24]
        azId: euc1-az2
        interfaces:
          - id: eni-0202000000000020a
            primary: 10.20.2.20
            secondary: [10.20.2.21]
            instance: i-0202000000000020c
            tags: { Name: s, tier: out }
    internetGateway: { id: igw-0123456789abcdef0 }
    routeTables:
      - { id: rtb-0123456789abcdef0, main: true, routes: [{ to: 0.0.0.0/0, via: igw-0123456789abcdef0 }] }
    encryptionControl: { id: vpcec-0123456789abcdef0, mode: monitor }
instances:
  - { id: i-0201000000000010c, nitro: true, tags: { Name: client, team: shop } }
  - { id: i-0202000000000020c, nitro: true, tags: { Name: web, team: shop } }
autoScalingGroups:
  - { name: a, instances: [i-0201000000000010c, i-0202000000000020c], tags: { release: '7', stage: live } }
ecsTasks:
${['eni-0201000000000010a', 'eni-0202000000000020a']
  .map(
    (eni, i) => `  - arn: arn:aws:ecs:eu-central-1:${ACCOUNT}:task/shop/0123456789abcdef0123456789abcde${i}
    interface: ${eni}
    service: web
    taskDefinition: arn:aws:ecs:eu-central-1:${ACCOUNT}:task-definition/web:7
    containerInstance: arn:aws:ecs:eu-central-1:${ACCOUNT}:container-instance/shop/fedcba9876543210fedcba9876543210
    containers: [0a1b2c3d4e5f, 5f4e3d2c1b0a]`,
  )
  .join('\n')}
`;
const DEMO_RANGES = JSON.stringify({
  prefixes: [
    { ip_prefix: '203.0.113.0/24', region: 'GLOBAL', service: 'S3', network_border_group: 'GLOBAL' },
  ],
  ipv6_prefixes: [],
});
/** What nothing says of ordinary interfaces in a zone whose traffic is accepted. */
const NOTHING_TO_SAY = [
  'interface-type',
  'reject-reason',
  'resource-id',
  'sublocation-id',
  'sublocation-type',
];
const NEXT_HOP = ['az-id', 'interface-id', 'subnet-id', 'vpc-id'].map((what) => `next-hop-${what}`);

test.skipIf(leftOut(python))(`the demo's traffic in a network that says all${lack(python)}`, async () => {
  const folder = temporaryFolder();
  const [network, ipRanges] = [join(folder.path, 'network.yaml'), join(folder.path, 'ip-ranges.json')];
  writeFileSync(network, DEMO_NETWORK);
  writeFileSync(ipRanges, DEMO_RANGES);
  const capture = new URL('../../examples/web/web.pcap', import.meta.url).pathname;
  const [objects, events] = await delivered({
    region: 'eu-central-1',
    vpc: 'vpc-020200a0b0c0d0e0f',
    network,
    ipRanges,
    captures: [capture],
  });
  folder.remove();
  expect(flows(events!)).toEqual(flows(objects!));
  expect(flows(objects!).length).toBeGreaterThan(10);
  for (const line of flows(objects!)) {
    const record = parseStrict(line, fields);
    const ingress = record.get('flow-direction') === 'ingress';
    const [source, destination] = ['pkt-srcaddr', 'pkt-dstaddr'].map((field) => record.get(field)!);
    const outside = (ingress ? source : destination)!.startsWith('203.0.113.');
    const empty = [
      ...NOTHING_TO_SAY,
      'next-hop-interface-type', // ordinary interfaces, or none
      ...(ingress ? ['traffic-path'] : []),
      ...(source!.startsWith('203.0.113.') ? [] : ['pkt-src-aws-service']),
      ...(destination!.startsWith('203.0.113.') ? [] : ['pkt-dst-aws-service']),
      // An internet gateway has no interface.
      ...(outside ? NEXT_HOP : []),
    ];
    expect(fields.filter((field) => record.get(field) === '-').toSorted()).toEqual(empty.toSorted());
  }
});

/** Sorted, without NODATA. */
function flows(lines: readonly string[]): string[] {
  return lines.filter((line) => line.includes(' OK ')).toSorted();
}
