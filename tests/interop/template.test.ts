/** Templates of Athena integrations: asked for by official clients, and read by tools that know CloudFormation and
 * Athena's SQL. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { CreateFlowLogsCommand } from '@aws-sdk/client-ec2';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { athenaColumns } from '../../src/flow-logs/template/columns.ts';
import { templateText } from '../../src/flow-logs/template/document.ts';
import { faultsOf, ofType, type Template } from '../flow-logs/template/check.ts';
import {
  DEFAULT_FORMAT,
  INTEGRATIONS,
  OPTIONS,
  optionsName,
  sourceOf,
  WIDE_FORMAT,
} from '../flow-logs/template/sources.ts';
import { clientOf } from '../service/support.ts';
import { environmentOf } from './clients.ts';
import { ACCOUNT, openPlace, REGION, VPC } from './place.ts';
import { debianCli, debianPython, lack, leftOut, pathOf, type Program, pypiPython } from './programs.ts';

const run = promisify(execFile);
const python = await pypiPython();
const cli = debianCli();
const BUFFER = { maxBuffer: 64 << 20 };

let folder: string;
let place: Awaited<ReturnType<typeof openPlace>>;
let flowLog: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'weir-templates-'));
  place = await openPlace();
  const { url, keys } = place.service;
  const key = await keys.create({ account: ACCOUNT });
  const credentials = { accessKeyId: key.id, secretAccessKey: key.secret };
  const s3 = new S3Client({ region: REGION, endpoint: url, credentials, forcePathStyle: true });
  for (const Bucket of ['flow-logs', 'templates', 'results'])
    await s3.send(new CreateBucketCommand({ Bucket }));
  s3.destroy();
  const ec2 = clientOf(url, key);
  const made = await ec2.send(
    new CreateFlowLogsCommand({
      ResourceIds: [VPC],
      ResourceType: 'VPC',
      TrafficType: 'ALL',
      LogDestinationType: 's3',
      LogDestination: 'arn:aws:s3:::flow-logs/edge/',
      DestinationOptions: { FileFormat: 'parquet', HiveCompatiblePartitions: true, PerHourPartition: true },
    }),
  );
  ec2.destroy();
  flowLog = made.FlowLogIds![0]!;
});
afterAll(async () => {
  await place.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The request of the service's own example, with the same integration twice. */
function requestOf(): object {
  const integration = {
    IntegrationResultS3DestinationArn: 'arn:aws:s3:::results',
    PartitionLoadFrequency: 'none',
    PartitionStartDate: '2021-07-21T00:40:00',
    PartitionEndDate: '2021-07-21T00:42:00',
  };
  return {
    FlowLogId: flowLog,
    ConfigDeliveryS3DestinationArn: 'arn:aws:s3:::templates/stacks/',
    IntegrateServices: { AthenaIntegrations: [integration, integration] },
  };
}

const KEY = /^stacks\/VPCFlowLogsIntegrationTemplate_fl-[0-9a-f]{17}_\w{3} \w{3} \d\d \S{8} UTC \d{4}\.yml$/;

function expectSound(text: string): void {
  const template = JSON.parse(text) as Template;
  expect(faultsOf(template)).toEqual([]);
  expect(ofType(template, 'AWS::Glue::Table')).toHaveLength(1);
  expect(text).toContain(`${flowLog.replace('-', '')}none2021072120210721`);
}

describe.each<[string, Program]>([
  ['boto3 of PyPI', python],
  ['boto3 of Debian', debianPython()],
])('%s', (_, python) => {
  test.skipIf(leftOut(python))(`gets a template, and the same from the bucket${lack(python)}`, async () => {
    const script = new URL('template.py', import.meta.url).pathname;
    const child = run(pathOf(python), ['-W', 'ignore', script, place.service.url], {
      env: environmentOf(place),
      ...BUFFER,
    });
    child.child.stdin!.end(JSON.stringify(requestOf()));
    const { result, key, kept } = JSON.parse((await child).stdout) as Record<
      'result' | 'key' | 'kept',
      string
    >;
    expect(key).toMatch(KEY);
    expect(kept).toBe(result);
    expectSound(result);
  });
});

test.skipIf(leftOut(cli))(`AWS CLI of Debian, as it is typed${lack(cli)}`, async () => {
  const settings = { env: environmentOf(place), ...BUFFER };
  const aws = async (...args: string[]): Promise<string> =>
    (await run(pathOf(cli), [...args, '--endpoint-url', place.service.url, '--output', 'json'], settings))
      .stdout;
  const config = join(folder, 'config.json');
  writeFileSync(config, JSON.stringify(requestOf()));
  const told = JSON.parse(
    await aws('ec2', 'get-flow-logs-integration-template', '--cli-input-json', `file://${config}`),
  ) as { Result: string };
  expectSound(told.Result);
  const { Contents } = JSON.parse(await aws('s3api', 'list-objects-v2', '--bucket', 'templates')) as {
    Contents: { Key: string }[];
  };
  expect(Contents).toHaveLength(1);
  const file = join(folder, 'template.yml');
  await aws('s3api', 'get-object', '--bucket', 'templates', '--key', Contents[0]!.Key, file);
  expect(readFileSync(file, 'utf8')).toBe(told.Result);
  await aws('s3', 'rm', `s3://templates/${Contents[0]!.Key}`);
  const typed = await aws(
    'ec2',
    'get-flow-logs-integration-template',
    '--flow-log-id',
    flowLog,
    '--config-delivery-s3-destination-arn',
    'arn:aws:s3:::templates/stacks',
    '--integrate-services',
    'AthenaIntegrations=[{IntegrationResultS3DestinationArn=arn:aws:s3:::results,PartitionLoadFrequency=none,PartitionStartDate=2021-07-21T00:40:00,PartitionEndDate=2021-07-21T00:42:00}]',
  );
  expect(JSON.parse(typed)).toEqual(told);
});

describe.skipIf(leftOut(python))(`templates of every layout${lack(python)}`, () => {
  const formats = { wide: WIDE_FORMAT, default: DEFAULT_FORMAT };
  const files = (): string[] =>
    OPTIONS.flatMap((options) =>
      Object.entries(formats).map(([name, format]) => {
        const file = join(folder, `${optionsName(options)} ${name}.json`);
        writeFileSync(file, templateText(sourceOf({ options, format }), INTEGRATIONS));
        return file;
      }),
    );
  const lint = (...paths: readonly string[]): ReturnType<typeof run> =>
    run(join(dirname(pathOf(python)), 'cfn-lint'), [
      '--non-zero-exit-code',
      'informational',
      '--regions',
      REGION,
      '--',
      ...paths,
    ]);

  test('are sound to cfn-lint', async () => {
    expect((await lint(...files())).stdout).toBe('');
  });

  test('would not be if a name in them were wrong', async () => {
    const [file = ''] = files();
    const broken = join(folder, 'broken.json');
    writeFileSync(broken, readFileSync(file, 'utf8').replace('"SerdeInfo"', '"SerDeInfo"'));
    await expect(lint(broken)).rejects.toMatchObject({
      stdout: expect.stringContaining('SerDeInfo') as string,
    });
  });

  test('have queries that Trino’s grammar reads, over columns of their table', async () => {
    const template = JSON.parse(
      templateText(sourceOf({ format: WIDE_FORMAT }), [INTEGRATIONS[0]!]),
    ) as Template;
    const queries = ofType(template, 'AWS::Athena::NamedQuery').map((it) => it.Properties['QueryString']);
    const script = new URL('queries.py', import.meta.url).pathname;
    const child = run(pathOf(python), [script], BUFFER);
    child.child.stdin!.end(JSON.stringify(queries));
    const read = JSON.parse((await child).stdout) as { columns: string[]; tables: [string, string][] }[];
    expect(read).toHaveLength(16);
    // Names that queries give to what they select.
    const own = ['ipaddr', 'totalbytes', 'totalpackets'];
    const known = new Set([...athenaColumns(WIDE_FORMAT).map((it) => it.name), ...own]);
    for (const { columns, tables } of read) {
      expect(columns.filter((it) => !known.has(it))).toEqual([]);
      expect(tables).toEqual([['vpcflowlogsathenadatabasefl021e77eb542d6567f', 'fl021e77eb542d6567fdaily']]);
    }
  });
});
