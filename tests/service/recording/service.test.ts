/** From the API to the bucket: a whole service in this process, and official clients of it. */
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  CreateFlowLogsCommand,
  DeleteFlowLogsCommand,
  DescribeFlowLogsCommand,
  DescribeVpcsCommand,
  type EC2Client,
} from '@aws-sdk/client-ec2';
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseConfig, readConfigFile } from '../../../src/service/serve/config.ts';
import { type RunningService, startService } from '../../../src/service/serve/service.ts';
import { weir } from '../../record/run.ts';
import { ACCOUNT, clientOf, REGION } from '../support.ts';
import { until } from './wire.ts';

const EXAMPLES = new URL('../../../examples/', import.meta.url).pathname;
const NETWORK = join(EXAMPLES, 'web/network.yaml');
const CAPTURE = join(EXAMPLES, 'web/web.pcap');
const VPC = 'vpc-020200a0b0c0d0e0f';
const FIELDS =
  'interface-id pkt-srcaddr pkt-dstaddr srcport dstport protocol packets bytes start end action log-status';
const FORMAT = FIELDS.split(' ')
  .map((id) => `\${${id}}`)
  .join(' ');
const PATIENCE = 40_000;

let folder: string;
let service: RunningService;
let ec2: EC2Client;
let s3: S3Client;
let logs: CloudWatchLogsClient;

async function open(yaml = '', directory?: string): Promise<void> {
  const config = parseConfig(`listen: 127.0.0.1:0\nnetwork: ${NETWORK}\n${yaml}`, join(folder, 'weir.yaml'));
  service = await startService({ config, directory });
  const key = await service.keys.create({ account: ACCOUNT });
  const credentials = { accessKeyId: key.id, secretAccessKey: key.secret };
  const options = { region: REGION, endpoint: service.url, credentials, maxAttempts: 1 };
  ec2 = clientOf(service.url, key);
  s3 = new S3Client({ ...options, forcePathStyle: true });
  logs = new CloudWatchLogsClient(options);
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-whole-'));
});
afterEach(async () => {
  for (const client of [ec2, s3, logs]) client?.destroy();
  await service?.close();
  rmSync(folder, { recursive: true, force: true });
});

async function create(members: Record<string, unknown>): Promise<string> {
  const { FlowLogIds, Unsuccessful } = await ec2.send(
    new CreateFlowLogsCommand({
      ResourceIds: [VPC],
      ResourceType: 'VPC',
      TrafficType: 'ALL',
      LogFormat: FORMAT,
      MaxAggregationInterval: 60,
      ...members,
    }),
  );
  expect(Unsuccessful ?? []).toEqual([]);
  return FlowLogIds![0]!;
}

const toBucket = (name: string): Record<string, unknown> => ({
  LogDestinationType: 's3',
  LogDestination: `arn:aws:s3:::${name}/sub/`,
});
const toGroup = (name: string): Record<string, unknown> => ({
  LogDestinationType: 'cloud-watch-logs',
  LogGroupName: name,
  DeliverLogsPermissionArn: `arn:aws:iam::${ACCOUNT}:role/flow-logs`,
});

async function linesIn(bucket: string): Promise<{ keys: string[]; lines: string[] }> {
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucket }));
  const keys = Contents.map((it) => it.Key!);
  const lines: string[] = [];
  for (const Key of keys) {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key }));
    const [header, ...rest] = gunzipSync(await Body!.transformToByteArray())
      .toString()
      .trimEnd()
      .split('\n');
    expect(header).toBe(FIELDS);
    lines.push(...rest);
  }
  return { keys, lines };
}

async function eventsIn(group: string): Promise<string[]> {
  const messages: string[] = [];
  let nextToken: string | undefined;
  do {
    const page = await logs.send(new FilterLogEventsCommand({ logGroupName: group, nextToken }));
    messages.push(...(page.events ?? []).map((it) => it.message!));
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return messages;
}

async function statusOf(id: string): Promise<string> {
  const { FlowLogs } = await ec2.send(new DescribeFlowLogsCommand({ FlowLogIds: [id] }));
  const [it] = FlowLogs!;
  return `${it!.DeliverLogsStatus} ${it!.DeliverLogsErrorMessage ?? ''}`.trim();
}

function recorded(...more: string[]): string[] {
  const options = ['--network', NETWORK, '--format', FORMAT, '--no-header', '--summary', 'none'];
  return weir(['record', CAPTURE, ...options, ...more])
    .stdout.toString()
    .trimEnd()
    .split('\n')
    .toSorted();
}

describe('a replay into a service', () => {
  test(
    'brings to bucket and log group what `record` writes, for 60 and 600 s',
    async () => {
      await open();
      await s3.send(new CreateBucketCommand({ Bucket: 'flow-logs' }));
      await s3.send(new CreateBucketCommand({ Bucket: 'tens' }));
      const first = await create(toBucket('flow-logs'));
      await create({ ...toBucket('tens'), MaxAggregationInterval: 600 });
      await create(toGroup('rejected'));
      const summary = await service.control.replay([CAPTURE]);
      expect(summary.faults).toEqual([]);
      const { keys, lines } = await linesIn('flow-logs');
      for (const key of keys) {
        expect(key).toMatch(
          new RegExp(
            `^sub/AWSLogs/${ACCOUNT}/vpcflowlogs/${REGION}/\\d{4}/\\d\\d/\\d\\d/` +
              `${ACCOUNT}_vpcflowlogs_${REGION}_${first}_\\d{8}T\\d{4}Z_[0-9a-f]{8}\\.log\\.gz$`,
          ),
        );
      }
      expect(lines.toSorted()).toEqual(recorded('--interval', '60'));
      expect((await linesIn('tens')).lines.toSorted()).toEqual(recorded('--interval', '600'));
      expect((await eventsIn('rejected')).toSorted()).toEqual(recorded('--interval', '60'));
      const { notReady, flowLogs } = service.control.status({ account: ACCOUNT, region: REGION });
      expect(notReady).toEqual([]);
      expect(flowLogs.map((it) => it.state)).toEqual(
        Array.from({ length: 3 }, () => ({ state: 'delivering' })),
      );
    },
    PATIENCE,
  );

  test(
    'an interface that a replay discovered can have a flow log of its own',
    async () => {
      await open();
      await s3.send(new CreateBucketCommand({ Bucket: 'one' }));
      const declared = 'eni-0202000000000020a';
      const discovered = recorded('--interval', '60')
        .map((line) => line.split(' ')[0]!)
        .find((id) => id !== declared && id.startsWith('eni-'))!;
      const members = { ...toBucket('one'), ResourceType: 'NetworkInterface', ResourceIds: [discovered] };
      await expect(create(members)).rejects.toMatchObject({ name: 'InvalidNetworkInterfaceID.NotFound' });
      await service.control.replay([CAPTURE]);
      await create(members);
      await service.control.replay([CAPTURE]);
      expect((await linesIn('one')).lines.toSorted()).toEqual(
        recorded('--interval', '60').filter((line) => line.startsWith(`${discovered} `)),
      );
    },
    PATIENCE,
  );
});

test(
  'the status follows the bucket: missing at creation, deleted, made again; what waited is delivered',
  async () => {
    await open();
    const { Unsuccessful } = await ec2.send(
      new CreateFlowLogsCommand({
        ResourceIds: [VPC],
        ResourceType: 'VPC',
        TrafficType: 'ALL',
        ...toBucket('none'),
      } as never),
    );
    expect(Unsuccessful?.length).toBe(1);
    await s3.send(new CreateBucketCommand({ Bucket: 'mine' }));
    const id = await create(toBucket('mine'));
    expect(await statusOf(id)).toBe('SUCCESS');
    await s3.send(new DeleteBucketCommand({ Bucket: 'mine' }));
    await poll(id, 'FAILED Access error');
    await service.control.replay([CAPTURE]);
    expect(await statusOf(id)).toBe('FAILED Access error');
    await s3.send(new CreateBucketCommand({ Bucket: 'mine' }));
    await poll(id, 'SUCCESS');
    await service.control.flush();
    expect((await linesIn('mine')).lines.toSorted()).toEqual(recorded('--interval', '60'));
    await ec2.send(new DeleteFlowLogsCommand({ FlowLogIds: [id] }));
    expect(service.control.status().flowLogs).toEqual([]);
  },
  PATIENCE,
);

test(
  'captures of the configuration are replayed once, also over a restart',
  async () => {
    const data = join(folder, 'data');
    await open('', data);
    await s3.send(new CreateBucketCommand({ Bucket: 'mine' }));
    await create(toBucket('mine'));
    await service.close();
    const yaml = `sources: [{ name: web, type: file, path: ${CAPTURE} }]`;
    for (let start = 0; start < 2; start++) {
      await open(yaml, data);
      await until('the replay', () => {
        const { replays, status } = service.control.metrics();
        return replays.done > 0 && status.recordings.length === 0;
      });
      await service.control.flush();
      expect((await linesIn('mine')).lines.toSorted()).toEqual(recorded('--interval', '60'));
      await service.close();
    }
  },
  PATIENCE,
);

test(
  'a tail gets the lines of its flow log as they are committed',
  async () => {
    await open();
    const id = await create(toGroup('tailed'));
    const other = await create(toGroup('other'));
    const told: string[] = [];
    const scope = { account: ACCOUNT, region: REGION };
    const stop = await service.control.tail(scope, [id], (flowLog, text) => {
      expect(flowLog).toBe(id);
      told.push(text);
    });
    await expect(service.control.tail({ ...scope, region: 'us-east-1' }, [other], () => {})).rejects.toThrow(
      `there is no flow log ${other}`,
    );
    await service.control.replay([CAPTURE]);
    await until('the lines', () => told.join('').split('\n').length > recorded('--interval', '60').length);
    expect(told.join('').trimEnd().split('\n').toSorted()).toEqual(recorded('--interval', '60'));
    stop();
    const before = told.length;
    await service.control.replay([CAPTURE]);
    expect(told.length).toBe(before);
  },
  PATIENCE,
);

async function poll(id: string, wanted: string): Promise<void> {
  const deadline = Date.now() + 10_000;
  let status = '';
  while (status !== wanted && Date.now() < deadline) {
    status = await statusOf(id);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  expect(status).toBe(wanted);
}

describe('a reload', () => {
  let configFile: string;
  let networkFile: string;
  const vpcs = (...ids: string[]): string =>
    `vpcs:\n${ids.map((id, n) => `  - { id: ${id}, cidrs: [10.${n}.0.0/16] }\n`).join('')}`;

  beforeEach(async () => {
    configFile = join(folder, 'weir.yaml');
    networkFile = join(folder, 'network.yaml');
    writeFileSync(networkFile, vpcs('vpc-00000001'));
    writeFileSync(configFile, 'listen: 127.0.0.1:0\nnetwork: network.yaml\n');
    service = await startService({
      config: readConfigFile(configFile),
      directory: undefined,
      readConfig: () => readConfigFile(configFile),
    });
    const key = await service.keys.create({ account: ACCOUNT });
    ec2 = clientOf(service.url, key);
  });

  const seen = async (): Promise<string[]> =>
    (await ec2.send(new DescribeVpcsCommand({}))).Vpcs!.map((it) => it.VpcId!).toSorted();

  test('takes the network up, and keeps the last good one when a file is broken', async () => {
    writeFileSync(networkFile, vpcs('vpc-00000001', 'vpc-00000002'));
    expect(await service.control.reload()).toEqual({
      applied: ['network'],
      restartNeeded: [],
      refused: undefined,
    });
    expect(await seen()).toEqual(['vpc-00000001', 'vpc-00000002']);
    writeFileSync(networkFile, 'vpcs: [{ id: nonsense }]\n');
    expect(await service.control.reload()).toMatchObject({
      applied: [],
      refused: expect.stringContaining('network.yaml'),
    });
    writeFileSync(configFile, 'listne: x\n');
    expect((await service.control.reload()).refused).toContain('listne');
    expect(await seen()).toEqual(['vpc-00000001', 'vpc-00000002']);
    expect(service.control.metrics().reloads).toEqual({ done: 1, refused: 2 });
  });

  test('says what waits for a restart, each time', async () => {
    writeFileSync(configFile, 'listen: 127.0.0.1:1\nnetwork: network.yaml\nmaxFlows: 4096\n');
    for (let i = 0; i < 2; i++) {
      expect(await service.control.reload()).toMatchObject({ restartNeeded: ['listen', 'maxFlows'] });
    }
  });

  test('replays captures that are named now, and begins live sources', async () => {
    writeFileSync(
      configFile,
      `listen: 127.0.0.1:0\nnetwork: network.yaml\nsources:\n  - { type: file, path: ${CAPTURE} }\n` +
        '  - { name: gone, type: live, interface: nosuchif0 }\n',
    );
    expect((await service.control.reload()).applied).toContain('sources');
    await until('the replay', () => service.control.metrics().replays.done === 1);
    await until('the source', () => service.control.status().notReady.length > 0);
    const status = service.control.status();
    expect(status.recordings).toMatchObject([{ mode: 'live', state: 'recording' }]);
    expect(status.notReady[0]).toMatch(/^source gone does not capture: .*nosuchif0/);
    const ready = await fetch(`${service.url}/readyz`);
    expect(ready.status).toBe(503);
    expect(await ready.text()).toContain('nosuchif0');
    writeFileSync(configFile, 'listen: 127.0.0.1:0\nnetwork: network.yaml\n');
    await service.control.reload();
    expect(service.control.status()).toMatchObject({ recordings: [], notReady: [] });
    expect((await fetch(`${service.url}/readyz`)).status).toBe(200);
  });

  test('changes how many flow logs a resource may have', async () => {
    writeFileSync(configFile, 'listen: 127.0.0.1:0\nnetwork: network.yaml\nflowLogsPerResource: 1\n');
    await service.control.reload();
    const members = { ResourceIds: ['vpc-00000001'] };
    await create({ ...toGroup('one'), ...members });
    await expect(create({ ...toGroup('two'), ...members })).rejects.toMatchObject({
      name: 'FlowLogsLimitExceeded',
    });
  });
});

test(
  'without a directory, what it wrote is gone with it',
  async () => {
    const before = new Set(readdirSync(tmpdir()));
    await open();
    await s3.send(new CreateBucketCommand({ Bucket: 'mine' }));
    const made = readdirSync(tmpdir()).filter((name) => name.startsWith('weir-') && !before.has(name));
    const own = made.find((name) => existsSync(join(tmpdir(), name, 's3')));
    expect(own).toBeDefined();
    expect(statSync(join(tmpdir(), own!)).mode & 0o777).toBe(0o700);
    await service.close();
    expect(existsSync(join(tmpdir(), own!))).toBe(false);
  },
  PATIENCE,
);
