import type { CreateFlowLogsResult, DescribeFlowLogsResult } from '@aws-sdk/client-ec2';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { id, NOW, ROLE } from '../../flow-logs/fakes.ts';
import { Client } from '../network/harness.ts';
import { type Api, createApi } from './support.ts';

/** Answers as they were recorded from the service, read by the official client. */

let api: Api;
let client: Client;
beforeEach(async () => {
  api = await createApi();
  client = new Client({}, async (request) => {
    const { status, headers, body } = await api.handle(request);
    return { statusCode: status, headers: Object.fromEntries(headers), body: Buffer.from(body as string) };
  });
});
afterEach(() => api.store.close());

const BUCKET = {
  ResourceIds: [id('vpc', 1)],
  ResourceType: 'VPC',
  TrafficType: 'ALL',
  LogDestinationType: 's3',
  LogDestination: 'arn:aws:s3:::flow-logs',
};
const TOKEN = expect.stringMatching(/^[A-Za-z0-9+/]{43}=$/) as string;
const ID = expect.stringMatching(/^fl-[0-9a-f]{17}$/) as string;

function create(input: object): Promise<CreateFlowLogsResult> {
  return client.call<CreateFlowLogsResult>('CreateFlowLogs', input);
}
function describeAll(input: object = {}): Promise<DescribeFlowLogsResult> {
  return client.call<DescribeFlowLogsResult>('DescribeFlowLogs', input);
}

describe('recorded answers', () => {
  test('two flow logs of a bucket, with and without a sub-folder', async () => {
    const answer = { ClientToken: TOKEN, FlowLogIds: [ID], Unsuccessful: [] };
    const first = await create(BUCKET);
    expect(first).toEqual(answer);
    expect(await create({ ...BUCKET, LogDestination: 'arn:aws:s3:::flow-logs/sub/' })).toEqual(answer);
    // All members that were recorded, and none besides.
    expect(await describeAll({ FlowLogIds: first.FlowLogIds })).toEqual({
      FlowLogs: [
        {
          CreationTime: NOW,
          DeliverLogsStatus: 'SUCCESS',
          DestinationOptions: {
            FileFormat: 'plain-text',
            HiveCompatiblePartitions: false,
            PerHourPartition: false,
          },
          FlowLogId: first.FlowLogIds![0],
          FlowLogStatus: 'ACTIVE',
          LogDestination: 'arn:aws:s3:::flow-logs',
          LogDestinationType: 's3',
          LogFormat:
            '${version} ${account-id} ${interface-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport} ${protocol} ' +
            '${packets} ${bytes} ${start} ${end} ${action} ${log-status}',
          MaxAggregationInterval: 600,
          ResourceId: id('vpc', 1),
          Tags: [],
          TrafficType: 'ALL',
        },
      ],
    });
  });

  test('a missing bucket', async () => {
    api.destinations.script.set('s3:flow-logs/', 'missing');
    expect(await create(BUCKET)).toEqual({
      ClientToken: TOKEN,
      FlowLogIds: [],
      Unsuccessful: [
        {
          ResourceId: id('vpc', 1),
          Error: { Code: '400', Message: 'LogDestination: flow-logs does not exist' },
        },
      ],
    });
  });

  test('LogDestination together with LogGroupName', async () => {
    expect(await client.refusal('CreateFlowLogs', { ...BUCKET, LogGroupName: 'g' })).toEqual({
      code: 'InvalidParameter',
      message: 'Please only provide LogGroupName or only provide LogDestination.',
      status: 400,
    });
  });

  test('unknown ids: an empty list to describe, a refusal to delete', async () => {
    const FlowLogIds = [id('fl', 1)];
    expect(await describeAll({ FlowLogIds })).toEqual({ FlowLogs: [] });
    expect(await client.refusal('DeleteFlowLogs', { FlowLogIds })).toMatchObject({
      code: 'InvalidFlowLogId.NotFound',
    });
  });
});

describe('the official client', () => {
  test('reads back every member that it can write', async () => {
    const input = {
      ...BUCKET,
      LogDestinationType: 'cloud-watch-logs',
      LogDestination: 'arn:aws:logs:eu-central-1:123456789012:log-group:/flows',
      DeliverLogsPermissionArn: ROLE,
      LogFormat: '${interface-tag} ${asg-tag}',
      MaxAggregationInterval: 60,
      TagSpecifications: [{ ResourceType: 'vpc-flow-log', Tags: [{ Key: 'Größe', Value: '<&">\u{1F600}' }] }],
      TagFieldSpecifications: [
        { ResourceType: 'network-interface', TagKeys: ['Name', 'Owner'] },
        { ResourceType: 'auto-scaling-group', TagKeys: ['Name'] },
      ],
    };
    const { FlowLogIds } = await create(input);
    const { FlowLogs } = await describeAll({ Filter: [{ Name: 'tag:Größe', Values: ['<&">?'] }] });
    const { ResourceIds: _, ResourceType: __, TagSpecifications: ___, ...written } = input;
    expect(FlowLogs).toEqual([
      {
        ...written,
        CreationTime: NOW,
        DeliverLogsStatus: 'SUCCESS',
        FlowLogId: FlowLogIds![0],
        FlowLogStatus: 'ACTIVE',
        LogGroupName: '/flows',
        ResourceId: id('vpc', 1),
        Tags: input.TagSpecifications[0]!.Tags,
      },
    ]);
    expect(await client.call('DeleteFlowLogs', { FlowLogIds })).toEqual({ Unsuccessful: [] });
  });

  test('is told of DryRun with the status that it knows', async () => {
    expect(await client.refusal('CreateFlowLogs', { ...BUCKET, DryRun: true })).toEqual({
      code: 'DryRunOperation',
      message: 'Request would have succeeded, but DryRun flag is set.',
      status: 412,
    });
  });
});
