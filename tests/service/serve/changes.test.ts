/** What records say after a change, and before it (S3.7): by the API, and by a network file that is saved. */
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateFlowLogsCommand,
  CreateTagsCommand,
  DescribeFlowLogsCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';
import { CreateBucketCommand, DeleteBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startWeir, type Weir } from '../../../src/index.ts';
import { captureOf } from '../../reference/made.ts';
import { parseStrict } from '../../reference/strict-parser.ts';
import { recordsOf } from '../library/flow-logs.ts';

const VPC = 'vpc-0c00000000000000c';
const ONE = 'eni-0c000000000000001';
const TWO = 'eni-0c000000000000002';
const T = 1_795_228_800;
const FIELDS = [
  'start',
  'interface-id',
  'flow-direction',
  'pkt-srcaddr',
  'traffic-path',
  'interface-tag',
  'asg-tag',
  'pkt-dst-aws-service',
  'log-status',
];

let folder: string;
let weir: Weir;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-changes-'));
});
afterEach(async () => {
  await weir?.close();
  rmSync(folder, { recursive: true });
});

interface State {
  /** Who holds 10.3.0.5; the other one holds 10.3.0.6. */
  readonly holder: string;
  readonly group: string;
  readonly via: string;
}

/** Saves the network as editors do: another file, renamed over it. */
function save({ holder, group, via }: State): void {
  const other = holder === ONE ? TWO : ONE;
  const network = {
    vpcs: [
      {
        id: VPC,
        cidrs: ['10.3.0.0/16'],
        internetGateway: { id: 'igw-0c00000000000000c' },
        vpnGateway: { id: 'vgw-0c00000000000000c' },
        subnets: [
          {
            id: 'subnet-0c00000000000000c',
            cidrs: ['10.3.0.0/24'],
            interfaces: [
              { id: holder, primary: '10.3.0.5', instance: 'i-0c00000000000000c' },
              { id: other, primary: '10.3.0.6' },
            ],
          },
        ],
        routeTables: [{ id: 'rtb-0c00000000000000c', main: true, routes: [{ to: '0.0.0.0/0', via }] }],
      },
    ],
    autoScalingGroups: [{ name: 'web', instances: ['i-0c00000000000000c'], tags: { colour: group } }],
  };
  writeFileSync(join(folder, 'network.tmp'), JSON.stringify(network));
  renameSync(join(folder, 'network.tmp'), join(folder, 'network.yaml'));
}

function saveRanges(service: string): void {
  const ranges = { prefixes: [{ ip_prefix: '203.0.113.0/24', service }], ipv6_prefixes: [] };
  writeFileSync(join(folder, 'ranges.json'), JSON.stringify(ranges));
}

/** A packet each way between 10.3.0.5 and the world, from so many seconds after T on. */
async function replay(second: number): Promise<void> {
  const [here, far] = ['10.3.0.5', '203.0.113.9'];
  await weir.replay(
    captureOf([
      { from: here, to: far, ports: [40_000, 443], at: T + second },
      { from: far, to: here, ports: [443, 40_000], at: T + second + 1 },
    ]),
  );
}

/** Lines of flows: seconds after T, and the other fields. */
function shown(lines: readonly string[]): string[] {
  return lines
    .map((line) => parseStrict(line, FIELDS))
    .filter((record) => record.get('log-status') === 'OK')
    .map((record) => [Number(record.get('start')) - T, ...FIELDS.slice(1, -1).map((it) => record.get(it))])
    .map((values) => values.join(' '))
    .toSorted((a, b) => Number.parseInt(a) - Number.parseInt(b));
}

test('each record has one state, also when it is delivered after the next', async () => {
  const before: State = { holder: ONE, group: 'blue', via: 'igw-0c00000000000000c' };
  save(before);
  saveRanges('S3');
  weir = await startWeir({
    network: join(folder, 'network.yaml'),
    config: { ipRanges: join(folder, 'ranges.json') },
  });
  const options = { endpoint: weir.url, region: weir.region, credentials: weir.credentials, maxAttempts: 1 };
  const [ec2, s3] = [new EC2Client(options), new S3Client({ ...options, forcePathStyle: true })];
  const tag = async (Value: string): Promise<void> => {
    await ec2.send(new CreateTagsCommand({ Resources: [ONE, TWO], Tags: [{ Key: 'team', Value }] }));
  };
  /** Saves, and waits for what is read to be taken up. */
  const taken = async (change: () => void): Promise<void> => {
    const { networkVersion } = weir.status();
    change();
    await expect.poll(() => weir.status().networkVersion, { timeout: 4_000 }).toBeGreaterThan(networkVersion);
  };
  await tag('old');
  await s3.send(new CreateBucketCommand({ Bucket: 'records' }));
  const { FlowLogIds } = await ec2.send(
    new CreateFlowLogsCommand({
      ResourceType: 'VPC',
      ResourceIds: [VPC],
      TrafficType: 'ALL',
      MaxAggregationInterval: 60,
      LogDestinationType: 's3',
      LogDestination: 'arn:aws:s3:::records',
      LogFormat: FIELDS.map((field) => `\${${field}}`).join(' '),
      TagFieldSpecifications: [
        { ResourceType: 'network-interface', TagKeys: ['team'] },
        { ResourceType: 'auto-scaling-group', TagKeys: ['colour'] },
      ],
    }),
  );
  // Nothing can be delivered for now.
  await s3.send(new DeleteBucketCommand({ Bucket: 'records' }));

  await replay(0);
  await tag('new');
  await replay(60);
  await taken(() => save({ ...before, via: 'vgw-0c00000000000000c' }));
  await replay(120);
  await taken(() => save({ ...before, via: 'vgw-0c00000000000000c', group: 'green' }));
  await replay(180);
  await taken(() => save({ holder: TWO, group: 'green', via: 'vgw-0c00000000000000c' }));
  await replay(240);
  saveRanges('EC2');
  await expect
    .poll(async () => {
      const text = await (await fetch(`${weir.url}/metrics`)).text();
      return Number(/^weir_reloads_total\{result="done"\} (\d+)$/m.exec(text)![1]);
    })
    .toBe(4);
  await replay(300);
  expect(weir.status().flowLogs).toMatchObject([{ state: 'failing', message: 'Access error' }]);

  await s3.send(new CreateBucketCommand({ Bucket: 'records' }));
  await expect
    .poll(async () => (await recordsOf(weir, 'records')).length, { timeout: 8_000 })
    .toBeGreaterThan(11);
  expect(shown(await recordsOf(weir, 'records'))).toEqual([
    `0 ${ONE} egress 10.3.0.5 8 old blue S3`,
    `1 ${ONE} ingress 203.0.113.9 - old blue -`,
    `60 ${ONE} egress 10.3.0.5 8 new blue S3`,
    `61 ${ONE} ingress 203.0.113.9 - new blue -`,
    `120 ${ONE} egress 10.3.0.5 3 new blue S3`,
    `121 ${ONE} ingress 203.0.113.9 - new blue -`,
    `180 ${ONE} egress 10.3.0.5 3 new green S3`,
    `181 ${ONE} ingress 203.0.113.9 - new green -`,
    `240 ${TWO} egress 10.3.0.5 3 new green S3`,
    `241 ${TWO} ingress 203.0.113.9 - new green -`,
    `300 ${TWO} egress 10.3.0.5 3 new green EC2`,
    `301 ${TWO} ingress 203.0.113.9 - new green -`,
  ]);
  const { FlowLogs } = await ec2.send(new DescribeFlowLogsCommand({ FlowLogIds }));
  expect(FlowLogs![0]!.DeliverLogsStatus).toBe('SUCCESS');
}, 20_000);

test('a network file that is wrong is told, and the last good one stays', async () => {
  const good: State = { holder: ONE, group: 'blue', via: 'igw-0c00000000000000c' };
  save(good);
  weir = await startWeir({ network: join(folder, 'network.yaml') });
  const reloads = async (): Promise<string> => {
    const text = await (await fetch(`${weir.url}/metrics`)).text();
    const of = (result: string): string =>
      new RegExp(`^weir_reloads_total\\{result="${result}"\\} (\\d+)$`, 'm').exec(text)![1]!;
    return `${of('done')} ${of('refused')}`;
  };
  const { networkVersion } = weir.status();
  writeFileSync(join(folder, 'network.yaml'), 'vpcs: [{ id: vpc-0c00000000000000c, cidrs: [10.3.0.0/99] }]');
  await expect.poll(reloads, { timeout: 4_000 }).toBe('0 1');
  expect(weir.status().networkVersion).toBe(networkVersion);
  save({ ...good, group: 'green' });
  await expect.poll(reloads, { timeout: 4_000 }).toBe('1 1');
  expect(weir.status().networkVersion).toBeGreaterThan(networkVersion);
});

test('watch: false leaves files alone', async () => {
  save({ holder: ONE, group: 'blue', via: 'igw-0c00000000000000c' });
  weir = await startWeir({ network: join(folder, 'network.yaml'), config: { watch: false } });
  const { networkVersion } = weir.status();
  save({ holder: TWO, group: 'blue', via: 'igw-0c00000000000000c' });
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  expect(weir.status().networkVersion).toBe(networkVersion);
});
