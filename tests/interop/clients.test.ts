import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Boto3, Cli, openSdk } from './clients.ts';
import { describeClient } from './life.ts';
import { ACCOUNT, openPlace, REGION, ROLE, SUBNET, VPC } from './place.ts';
import { debianCli, debianPython, lack, leftOut, pathOf, pypiPython } from './programs.ts';

/** Official clients, old and new, over a socket. */

const newPython = await pypiPython();
const oldPython = debianPython();
const cli = debianCli();

describeClient('the SDK for JavaScript', { path: process.execPath }, openSdk);

// Told nothing: profile, region, key and endpoint are in the data directory's two files.
describeClient('boto3 of PyPI, by the profile alone', newPython, (place, path) =>
  Boto3.open(path, place, '-'),
);

describeClient('boto3 of Debian', oldPython, (place, path) => Boto3.open(path, place));

describeClient('AWS CLI of Debian', cli, (place, path) => Cli.open(path, place));

describe.skipIf(leftOut(newPython) || leftOut(oldPython) || leftOut(cli))('versions', () => {
  test('are old and new enough to be told apart', async () => {
    const place = await openPlace();
    const fresh = await Boto3.open(pathOf(newPython), place);
    const old = await Boto3.open(pathOf(oldPython), place);
    const program = await Cli.open(pathOf(cli), place);
    expect(fresh.knowsTagFields).toBe(true);
    expect(old.knowsTagFields).toBe(false);
    expect(program.version).toMatch(/^aws-cli\/2\./);
    await fresh.close();
    await old.close();
    await place.close();
  });
});

describe.skipIf(leftOut(cli))(`AWS CLI as it is typed${lack(cli)}`, () => {
  let place: Awaited<ReturnType<typeof openPlace>>;
  let aws: Cli;
  beforeAll(async () => {
    place = await openPlace();
    aws = await Cli.open(pathOf(cli), place);
  });
  afterAll(() => place.close());

  test('creates, queries, tags and deletes with flags', async () => {
    const made = await aws.ec2(
      'create-flow-logs',
      '--resource-type',
      'VPC',
      '--resource-ids',
      VPC,
      '--traffic-type',
      'ALL',
      '--log-destination-type',
      's3',
      '--log-destination',
      'arn:aws:s3:::flow-logs/typed/',
      '--log-format',
      '${version} ${srcaddr} ${dstaddr}',
      '--max-aggregation-interval',
      '60',
      '--destination-options',
      'FileFormat=parquet,HiveCompatiblePartitions=true,PerHourPartition=false',
      '--tag-specifications',
      'ResourceType=vpc-flow-log,Tags=[{Key=Name,Value=typed},{Key=b,Value=c}]',
    );
    const [id] = made['FlowLogIds'] as [string];
    const group = await aws.ec2(
      'create-flow-logs',
      '--resource-type',
      'Subnet',
      '--resource-ids',
      SUBNET,
      '--traffic-type',
      'REJECT',
      '--log-group-name',
      'edge',
      '--deliver-logs-permission-arn',
      ROLE,
    );
    const query =
      'FlowLogs[].[FlowLogId,LogDestination,DestinationOptions.FileFormat,MaxAggregationInterval]';
    expect(
      await aws.ec2('describe-flow-logs', '--filter', 'Name=tag:Name,Values=typed', '--query', query),
    ).toEqual([[id, 'arn:aws:s3:::flow-logs/typed/', 'parquet', 60]]);
    await aws.ec2('create-tags', '--resources', id, '--tags', 'Key=team,Value=edge');
    expect(
      await aws.ec2('describe-tags', '--filters', `Name=resource-id,Values=${id}`, '--query', 'Tags[].Key'),
    ).toEqual(expect.arrayContaining(['Name', 'b', 'team']));
    await aws.ec2('delete-tags', '--resources', id, '--tags', 'Key=team');
    const ids = [id, ...(group['FlowLogIds'] as string[])];
    expect(await aws.ec2('delete-flow-logs', '--flow-log-ids', ...ids)).toEqual({ Unsuccessful: [] });
  });

  test('sees the network and the caller', async () => {
    const { Vpcs } = (await aws.ec2('describe-vpcs')) as { Vpcs: { VpcId: string; OwnerId: string }[] };
    expect(Vpcs).toMatchObject([{ VpcId: VPC, OwnerId: ACCOUNT }]);
    const { Regions } = (await aws.ec2('describe-regions')) as { Regions: { RegionName: string }[] };
    expect(Regions.map((it) => it.RegionName)).toContain(REGION);
  });
});
