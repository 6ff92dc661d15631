/**
 * A flow log with every field of VPC records, with its tag keys, made by the newest boto3 and read back by it: each
 * field has a value where the network says one.
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
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
const VPC = 'vpc-abcdefab012345678';
const ACCOUNT = '123456789012';
const REGION = 'ap-southeast-2';

interface Scenario {
  readonly captures: readonly string[];
  readonly format: string;
  readonly tagFields: Readonly<Record<string, readonly string[]>>;
  readonly ipRanges: string;
}

const python = await pypiPython();
test.skipIf(leftOut(python))(`all 54 fields, by boto3 of PyPI${lack(python)}`, async () => {
  const scenario = JSON.parse(readFileSync(join(SCENARIO, 'scenario.json'), 'utf8')) as Scenario;
  const fields = scenario.format.split(' ').map((token) => token.slice(2, -1));
  expect(fields.toSorted()).toEqual([...strictFields('vpc')].toSorted());
  expect(fields).toHaveLength(54);

  const folder = temporaryFolder();
  const directory = join(folder.path, 'data');
  const service = await openService({
    directory,
    yaml: [
      `account: '${ACCOUNT}'`,
      `region: ${REGION}`,
      `network: ${join(SCENARIO, 'network.yaml')}`,
      `ipRanges: ${join(SCENARIO, scenario.ipRanges)}`,
    ].join('\n'),
  });
  const place = { service, directory };
  const key = await service.keys.create({ account: ACCOUNT });
  const s3 = new S3Client({
    endpoint: service.url,
    region: REGION,
    credentials: { accessKeyId: key.id, secretAccessKey: key.secret },
    forcePathStyle: true,
  });
  const boto3 = await Boto3.open(pathOf(python), place);
  try {
    expect(boto3.knowsTagFields).toBe(true);
    await s3.send(new CreateBucketCommand({ Bucket: 'records' }));
    const request = {
      ResourceType: 'VPC',
      ResourceIds: [VPC],
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
    await service.control.replay(scenario.captures.map((name) => join(SCENARIO, name)));

    const script = new URL('records.py', import.meta.url).pathname;
    const child = run(pathOf(python), ['-W', 'ignore', script, service.url, 'boto3'], {
      env: environmentOf(place),
    });
    child.child.stdin!.end(JSON.stringify([{ bucket: 'records', prefix: '' }, { group: 'records' }]));
    const [objects, events] = JSON.parse((await child).stdout) as [string[], string[]];
    // What the network says in full is written out by hand.
    const expected = readFileSync(join(SCENARIO, 'expected.txt'), 'utf8').trimEnd().split('\n').toSorted();
    expect(flows(objects)).toEqual(expected);
    expect(flows(events)).toEqual(expected);
    const records = [...objects, ...events].map((line) => parseStrict(line, fields));
    const empty = fields.filter((field) => records.every((record) => record.get(field) === '-'));
    expect(empty).toEqual([]);
  } finally {
    await boto3.close();
    s3.destroy();
    await service.close();
    folder.remove();
  }
});

/** Sorted, without NODATA. */
function flows(lines: readonly string[]): string[] {
  return lines.filter((line) => line.includes(' OK ')).toSorted();
}
