import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { networkActions } from '../../../src/api/actions/network/actions.ts';
import { PageTokens } from '../../../src/base/page-token.ts';
import { flowLogTypes } from '../../../src/network/flow-log-types.ts';
import { discoveringNetwork } from '../../../src/network/defaults.ts';
import { NetworkRegistry } from '../../../src/network/registry.ts';
import { openSqliteStore } from '../../../src/store/sqlite.ts';
import { HERE, id, ROLE } from '../../flow-logs/fakes.ts';
import { type Api, createApi, createdIds, type Form, text, texts } from './support.ts';

/** The calls that the provider for Terraform makes for aws_flow_log, in its order and with its members. */

/** Calls of one resource's life, besides the members that the tests vary. */
function createForm(members: Form): Form {
  return {
    ClientToken: 'terraform-20260102030405678900000001',
    LogDestinationType: 's3',
    LogDestination: 'arn:aws:s3:::flow-logs',
    MaxAggregationInterval: '600',
    'ResourceId.1': id('vpc', 1),
    ResourceType: 'VPC',
    TrafficType: 'ALL',
    'TagSpecification.1.ResourceType': 'vpc-flow-log',
    'TagSpecification.1.Tag.1.Key': 'Name',
    'TagSpecification.1.Tag.1.Value': 'test',
    ...members,
  };
}

/** Reads as the provider does: the answer must hold the one flow log, or none once it is deleted. */
async function read(api: Api, flowLog: string): Promise<string | undefined> {
  const { status, body } = await api.ask('DescribeFlowLogs', { 'FlowLogId.1': flowLog });
  expect(status).toBe(200);
  expect(body).not.toContain('nextToken');
  const ids = texts(body, 'flowLogId');
  expect(ids).toEqual(ids.length === 0 ? [] : [flowLog]);
  return ids.length === 0 ? undefined : body;
}

async function create(api: Api, members: Form): Promise<string> {
  const { status, body } = await api.ask('CreateFlowLogs', createForm(members));
  expect(status).toBe(200);
  expect(body).toContain('<unsuccessful/>');
  const ids = createdIds(body);
  expect(ids).toHaveLength(1);
  return ids[0]!;
}

describe('the life of an aws_flow_log', () => {
  test('create, read at once, tag, import, list, delete, on a real network', async () => {
    const store = await openSqliteStore();
    const declared = discoveringNetwork(HERE);
    const network = await NetworkRegistry.open(store, declared);
    const [vpc] = declared.vpcs.keys();
    const pages = new PageTokens(Buffer.alloc(32, 1));
    const api = await createApi({
      store,
      resources: { typesOf: async (scope, ids) => flowLogTypes(network, scope, ids) },
      more: networkActions({ network, pages }),
    });

    const flowLog = await create(api, { 'ResourceId.1': vpc });
    const created = await read(api, flowLog);
    expect(texts(created!, 'key')).toEqual(['Name']);
    expect(text(created!, 'resourceId')).toBe(vpc);

    const tags = { 'ResourceId.1': flowLog, 'Tag.1.Key': 'Owner', 'Tag.1.Value': 'TeamA' };
    expect((await api.ask('CreateTags', tags)).status).toBe(200);
    expect((await api.ask('DeleteTags', { 'ResourceId.1': flowLog, 'Tag.1.Key': 'Name' })).status).toBe(200);
    expect(texts((await read(api, flowLog))!, 'key')).toEqual(['Owner']);

    const imported = await read(api, flowLog);
    expect(text(imported!, 'value')).toBe('TeamA');
    const listed = await api.ask('DescribeFlowLogs', {});
    expect(texts(listed.body, 'flowLogId')).toEqual([flowLog]);

    expect((await api.ask('DeleteFlowLogs', { 'FlowLogId.1': flowLog })).body).toContain('<unsuccessful/>');
    expect(await read(api, flowLog)).toBeUndefined();
    // Deleted by another hand meanwhile: this code counts as done.
    const again = await api.ask('DeleteFlowLogs', { 'FlowLogId.1': flowLog });
    expect(again).toMatchObject({ status: 400, code: 'InvalidFlowLogId.NotFound' });
    const tagged = await store.read((from) => from.tags.list({ ...HERE, limit: 10 }));
    expect(tagged).toEqual([]);
    await store.close();
  });
});

describe('what the provider reads back', () => {
  let api: Api;
  beforeEach(async () => {
    api = await createApi();
  });
  afterEach(() => api.store.close());

  const all = (format: string, hive: string, hour: string): Form => ({
    'DestinationOptions.FileFormat': format,
    'DestinationOptions.HiveCompatiblePartitions': hive,
    'DestinationOptions.PerHourPartition': hour,
  });
  const group: Form = {
    LogDestinationType: 'cloud-watch-logs',
    LogDestination: 'arn:aws:logs:eu-central-1:123456789012:log-group:test',
    DeliverLogsPermissionArn: ROLE,
  };

  test.each<[string, Form, Readonly<Record<string, string | undefined>>]>([
    ['basic', {}, { fileFormat: 'plain-text', logGroupName: undefined, maxAggregationInterval: '600' }],
    [
      'logFormat',
      { LogFormat: '${version} ${vpc-id} ${subnet-id}' },
      { logFormat: '${version} ${vpc-id} ${subnet-id}' },
    ],
    [
      'subnetID',
      { ResourceType: 'Subnet', 'ResourceId.1': id('subnet', 1) },
      { resourceId: id('subnet', 1) },
    ],
    [
      'eniID',
      { ResourceType: 'NetworkInterface', 'ResourceId.1': id('eni', 1) },
      { resourceId: id('eni', 1) },
    ],
    [
      'transitGatewayID',
      {
        ResourceType: 'TransitGateway',
        'ResourceId.1': id('tgw', 1),
        TrafficType: undefined,
        MaxAggregationInterval: '60',
      },
      { resourceId: id('tgw', 1), trafficType: undefined, maxAggregationInterval: '60' },
    ],
    [
      'transitGatewayAttachmentID',
      {
        ResourceType: 'TransitGatewayAttachment',
        'ResourceId.1': id('tgw-attach', 1),
        TrafficType: undefined,
        MaxAggregationInterval: '60',
      },
      { resourceId: id('tgw-attach', 1), trafficType: undefined },
    ],
    [
      'regionalNATGatewayID',
      { ResourceType: 'RegionalNatGateway', 'ResourceId.1': id('nat', 1) },
      { resourceId: id('nat', 1), trafficType: 'ALL' },
    ],
    [
      'LogDestinationType_cloudWatchLogs',
      group,
      {
        logDestination: group.LogDestination,
        logGroupName: 'test',
        deliverLogsPermissionArn: ROLE,
        fileFormat: undefined,
      },
    ],
    [
      'log_group_name of provider 5',
      { ...group, LogDestination: undefined, LogGroupName: 'test' },
      { logDestination: undefined, logGroupName: 'test' },
    ],
    [
      'LogDestinationType_kinesisFirehose',
      {
        LogDestinationType: 'kinesis-data-firehose',
        LogDestination: 'arn:aws:firehose:eu-central-1:123456789012:deliverystream/test',
      },
      {
        logDestination: 'arn:aws:firehose:eu-central-1:123456789012:deliverystream/test',
        logGroupName: undefined,
      },
    ],
    [
      'LogDestinationTypeS3DO_plainText',
      all('plain-text', 'false', 'false'),
      { fileFormat: 'plain-text', hiveCompatiblePartitions: 'false' },
    ],
    [
      'LogDestinationTypeS3DOPlainText_hiveCompatible',
      all('plain-text', 'true', 'false'),
      { fileFormat: 'plain-text', hiveCompatiblePartitions: 'true' },
    ],
    [
      'LogDestinationTypeS3DO_parquet',
      all('parquet', 'false', 'false'),
      { fileFormat: 'parquet', perHourPartition: 'false' },
    ],
    [
      'LogDestinationTypeS3DOParquet_hiveCompatible',
      all('parquet', 'true', 'false'),
      { fileFormat: 'parquet', hiveCompatiblePartitions: 'true' },
    ],
    [
      'LogDestinationTypeS3DOParquetHiveCompatible_perHour',
      all('parquet', 'true', 'true'),
      { perHourPartition: 'true', hiveCompatiblePartitions: 'true' },
    ],
    ['maxAggregationInterval', { MaxAggregationInterval: '60' }, { maxAggregationInterval: '60' }],
  ])('%s', async (_, members, expected) => {
    const body = (await read(api, await create(api, members)))!;
    const shown = Object.fromEntries(Object.keys(expected).map((element) => [element, text(body, element)]));
    expect(shown).toEqual(expected);
    expect(text(body, 'deliverLogsStatus')).toBe('SUCCESS');
  });

  test('tag_field_specification', async () => {
    const body = (await read(
      api,
      await create(api, {
        LogFormat: '${instance-tag} ${instance-tag-2}',
        'TagFieldSpecification.1.ResourceType': 'instance',
        'TagFieldSpecification.1.TagKey.1': 'Second',
        'TagFieldSpecification.1.TagKey.2': 'First',
      }),
    ))!;
    expect(body).toContain('<tagKeySet><item>Second</item><item>First</item></tagKeySet>');
  });

  test('LogDestinationTypeS3_invalid', async () => {
    api.destinations.script.set('s3:flow-logs/', 'missing');
    const { body } = await api.ask('CreateFlowLogs', createForm({}));
    expect(text(body, 'message')).toMatch(/(Access Denied for LogDestination|does not exist)/);
    expect(createdIds(body)).toEqual([]);
  });

  test('a retry after the answer was lost gets the same flow log', async () => {
    const first = await create(api, {});
    expect(await create(api, {})).toBe(first);
  });

  test('a role that is not there yet is named so that the provider tries again, and then succeeds', async () => {
    api.destinations.unassumable.add(ROLE);
    const refused = await api.ask('CreateFlowLogs', createForm(group));
    expect(refused).toMatchObject({ code: 'InvalidParameter' });
    expect(refused.message).toContain('Unable to assume given IAM role');
    api.destinations.unassumable.clear();
    await create(api, group);
  });
});
