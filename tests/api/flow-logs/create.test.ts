import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ERRORS } from '../../../src/api/errors.ts';
import { FakeDelivery, HERE, id, NOW, ROLE } from '../../flow-logs/fakes.ts';
import { BUCKET, GATEWAY, GROUP, STREAM } from './create-refusals.ts';
import { type Api, createApi, createdIds, type Form, list, text, texts } from './support.ts';

let api: Api;
beforeEach(async () => {
  api = await createApi();
});
afterEach(() => api.store.close());

const HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n';
const NAMESPACE = 'xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"';

/** The whole answer to CreateFlowLogs. */
function created(token: string, ids: string, unsuccessful = '<unsuccessful/>'): string {
  return (
    `${HEAD}<CreateFlowLogsResponse ${NAMESPACE}><requestId>req-1</requestId>` +
    `<clientToken>${token}</clientToken>${ids}${unsuccessful}</CreateFlowLogsResponse>`
  );
}
function failed(...items: readonly (readonly [id: string, code: string, message: string])[]): string {
  const inner = items.map(
    ([resource, code, message]) =>
      `<item><error><code>${code}</code><message>${message}</message></error><resourceId>${resource}</resourceId></item>`,
  );
  return `<unsuccessful>${inner.join('')}</unsuccessful>`;
}
/** The one flow log of DescribeFlowLogs, with its id and time taken out. */
async function shown(form: Form): Promise<string> {
  const [flowLog = ''] = createdIds((await api.ask('CreateFlowLogs', form)).body);
  expect(flowLog).toMatch(/^fl-[0-9a-f]{17}$/);
  const { body } = await api.ask('DescribeFlowLogs', { 'FlowLogId.1': flowLog });
  const inner =
    /<flowLogSet><item>(.*)<\/item><\/flowLogSet><\/DescribeFlowLogsResponse>$/.exec(body)?.[1] ?? body;
  return inner.replace(flowLog, 'ID').replace(NOW.toISOString(), 'TIME');
}

const DEFAULT_FORMAT =
  '${version} ${account-id} ${interface-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport} ${protocol} ' +
  '${packets} ${bytes} ${start} ${end} ${action} ${log-status}';
const STATUS = '<deliverLogsStatus>SUCCESS</deliverLogsStatus>';
const OPTIONS =
  '<destinationOptions><fileFormat>plain-text</fileFormat><hiveCompatiblePartitions>false</hiveCompatiblePartitions>' +
  '<perHourPartition>false</perHourPartition></destinationOptions>';

describe('the answer to CreateFlowLogs', () => {
  test('has a client token of 32 bytes, the ids, and no failures, though none were asked for', async () => {
    const { status, body } = await api.ask('CreateFlowLogs', BUCKET);
    const token = text(body, 'clientToken') ?? '';
    expect(Buffer.from(token, 'base64')).toHaveLength(32);
    expect(token).toHaveLength(44);
    const [flowLog] = createdIds(body);
    expect(status).toBe(200);
    expect(body).toBe(created(token, `<flowLogIdSet><item>${flowLog}</item></flowLogIdSet>`));
  });

  test('gives a client token back as it came, and the ids in the order of the resources', async () => {
    const resources = Array.from({ length: 1000 }, (_, i) => id('eni', i + 1));
    const { body } = await api.ask('CreateFlowLogs', {
      ...BUCKET,
      ...list('ResourceId', resources),
      ResourceType: 'NetworkInterface',
      ClientToken: 'Mine <1>',
    });
    expect(text(body, 'clientToken')).toBe('Mine <1>');
    const ids = createdIds(body);
    expect(new Set(ids).size).toBe(1000);
    const rows = await api.store.read((from) => from.flowLogs.all());
    expect(rows.map((row) => [row.id, row.resourceId])).toEqual(ids.map((it, i) => [it, resources[i]]));
  });
});

describe('DescribeFlowLogs shows', () => {
  test('an S3 flow log as recorded from the service: options, interval and format though not asked for', async () => {
    expect(await shown(BUCKET)).toBe(
      `<creationTime>TIME</creationTime>${STATUS}<flowLogId>ID</flowLogId><flowLogStatus>ACTIVE</flowLogStatus>` +
        `<resourceId>${id('vpc', 1)}</resourceId><trafficType>ALL</trafficType>` +
        '<logDestinationType>s3</logDestinationType><logDestination>arn:aws:s3:::flow-logs</logDestination>' +
        `<logFormat>${DEFAULT_FORMAT}</logFormat><tagSet/><maxAggregationInterval>600</maxAggregationInterval>` +
        OPTIONS,
    );
  });

  test('one created by the name of a log group without a destination', async () => {
    expect(await shown(GROUP)).toBe(
      `<creationTime>TIME</creationTime><deliverLogsPermissionArn>${ROLE}</deliverLogsPermissionArn>${STATUS}` +
        '<flowLogId>ID</flowLogId><flowLogStatus>ACTIVE</flowLogStatus><logGroupName>flows</logGroupName>' +
        `<resourceId>${id('vpc', 1)}</resourceId><trafficType>ALL</trafficType>` +
        '<logDestinationType>cloud-watch-logs</logDestinationType>' +
        `<logFormat>${DEFAULT_FORMAT}</logFormat><tagSet/><maxAggregationInterval>600</maxAggregationInterval>`,
    );
  });

  test.each(['', ':*'])('one created by the ARN of a log group%s with both', async (ending) => {
    const arn = 'arn:aws:logs:eu-central-1:123456789012:log-group:/flows/x.1';
    const body = await shown({ ...GROUP, LogGroupName: undefined, LogDestination: `${arn}${ending}` });
    expect(body).toContain(`<logDestination>${arn}</logDestination>`);
    expect(body).toContain('<logGroupName>/flows/x.1</logGroupName>');
    expect(body).not.toContain('destinationOptions');
  });

  test('one of a stream, here and across accounts', async () => {
    const here = await shown(STREAM);
    expect(here).toContain(`<logDestination>${STREAM.LogDestination}</logDestination>`);
    expect(here).not.toMatch(/logGroupName|PermissionArn|CrossAccountRole|destinationOptions/);
    const receiver = 'arn:aws:iam::210987654321:role/AWSLogDeliveryFirehoseCrossAccountRole1';
    const there = await shown({
      ...STREAM,
      LogDestination: 'arn:aws:firehose:eu-central-1:210987654321:deliverystream/flows',
      DeliverLogsPermissionArn: ROLE,
      DeliverCrossAccountRole: receiver,
    });
    expect(there).toContain(`<deliverLogsPermissionArn>${ROLE}</deliverLogsPermissionArn>`);
    expect(there).toContain(`<deliverCrossAccountRole>${receiver}</deliverCrossAccountRole>`);
  });

  test.each([
    ['TransitGateway', id('tgw', 1)],
    ['TransitGatewayAttachment', id('tgw-attach', 1)],
  ])('a %s without a traffic type, at 60 s', async (type, resource) => {
    const body = await shown({ ...GATEWAY, ResourceType: type, 'ResourceId.1': resource });
    expect(body).not.toContain('trafficType');
    expect(text(body, 'maxAggregationInterval')).toBe('60');
    expect(text(body, 'logFormat')).toMatch(
      /^\$\{version\} \$\{resource-type\} .*\$\{pkt-dst-aws-service\}$/,
    );
  });

  test.each([
    ['VPC', id('vpc', 1)],
    ['Subnet', id('subnet', 1)],
    ['NetworkInterface', id('eni', 1)],
    ['RegionalNatGateway', id('nat', 1)],
  ])('a %s with what was asked for', async (type, resource) => {
    const body = await shown({
      ...BUCKET,
      ResourceType: type,
      'ResourceId.1': resource,
      TrafficType: 'REJECT',
      LogDestination: 'arn:aws:s3:::flow-logs/a/b=1/',
      LogFormat: '${srcaddr} ${instance-tag} ${instance-tag-2} ${interface-tag}',
      MaxAggregationInterval: '60',
      'DestinationOptions.FileFormat': 'parquet',
      'DestinationOptions.HiveCompatiblePartitions': 'true',
      'DestinationOptions.PerHourPartition': 'true',
      'TagSpecification.1.ResourceType': 'vpc-flow-log',
      'TagSpecification.1.Tag.1.Key': 'b'.repeat(127),
      'TagSpecification.1.Tag.1.Value': 'é'.repeat(256),
      'TagSpecification.1.Tag.2.Key': 'a & b',
      'TagFieldSpecification.1.ResourceType': 'instance',
      'TagFieldSpecification.1.TagKey.1': 'Name',
      'TagFieldSpecification.1.TagKey.2': 'aws:cloudformation:stack-name',
      'TagFieldSpecification.2.ResourceType': 'network-interface',
      'TagFieldSpecification.2.TagKey.1': 'Owner',
    });
    expect(body).toBe(
      `<creationTime>TIME</creationTime>${STATUS}<flowLogId>ID</flowLogId><flowLogStatus>ACTIVE</flowLogStatus>` +
        `<resourceId>${resource}</resourceId><trafficType>REJECT</trafficType>` +
        '<logDestinationType>s3</logDestinationType><logDestination>arn:aws:s3:::flow-logs/a/b=1/</logDestination>' +
        '<logFormat>${srcaddr} ${instance-tag} ${instance-tag-2} ${interface-tag}</logFormat>' +
        '<tagSet><item><key>a &amp; b</key><value></value></item>' +
        `<item><key>${'b'.repeat(127)}</key><value>${'é'.repeat(256)}</value></item></tagSet>` +
        '<maxAggregationInterval>60</maxAggregationInterval><destinationOptions><fileFormat>parquet</fileFormat>' +
        '<hiveCompatiblePartitions>true</hiveCompatiblePartitions><perHourPartition>true</perHourPartition>' +
        '</destinationOptions><tagFieldSpecificationSet><item><resourceType>instance</resourceType><tagKeySet>' +
        '<item>Name</item><item>aws:cloudformation:stack-name</item></tagKeySet></item><item>' +
        '<resourceType>network-interface</resourceType><tagKeySet><item>Owner</item></tagKeySet></item>' +
        '</tagFieldSpecificationSet>',
    );
  });
});

describe('the limits themselves are allowed', () => {
  test('50 tags, 25 transit gateways, a sub-folder of 690 bytes, a client token of 64 characters', async () => {
    const answer = await api.ask('CreateFlowLogs', {
      ...GATEWAY,
      ...list(
        'ResourceId',
        Array.from({ length: 25 }, (_, i) => id('tgw', i + 1)),
      ),
      'TagSpecification.1.ResourceType': 'vpc-flow-log',
      ...Object.fromEntries(
        Array.from({ length: 50 }, (_, i) => [`TagSpecification.1.Tag.${i + 1}.Key`, `k${i}`]),
      ),
      LogDestination: `arn:aws:s3:::flow-logs/${'x'.repeat(689)}`,
      ClientToken: 't'.repeat(64),
      MaxAggregationInterval: '60',
    });
    expect(answer.status).toBe(200);
    expect(createdIds(answer.body)).toHaveLength(25);
  });

  test('the default destination options may be given with any destination', async () => {
    const options = {
      'DestinationOptions.FileFormat': 'plain-text',
      'DestinationOptions.HiveCompatiblePartitions': 'false',
      'DestinationOptions.PerHourPartition': 'false',
    };
    expect(await shown({ ...GROUP, ...options })).not.toContain('destinationOptions');
    expect((await api.ask('CreateFlowLogs', { ...STREAM, ...options })).status).toBe(200);
  });
});

describe('destinations that fail', () => {
  test('a missing bucket: HTTP 200 with every resource unsuccessful, as recorded', async () => {
    api.destinations.script.set('s3:flow-logs/', 'missing');
    const { status, body } = await api.ask('CreateFlowLogs', {
      ...BUCKET,
      ClientToken: 't',
      'ResourceId.2': id('vpc', 2),
    });
    const message = 'LogDestination: flow-logs does not exist';
    expect(status).toBe(200);
    expect(body).toBe(
      created('t', '<flowLogIdSet/>', failed([id('vpc', 1), '400', message], [id('vpc', 2), '400', message])),
    );
    expect(await api.store.read((from) => from.flowLogs.all())).toEqual([]);
  });

  test.each<[string, Form, string, 'missing' | 'denied' | 'undeliverable', string]>([
    [
      'a bucket of others',
      BUCKET,
      's3:flow-logs/',
      'denied',
      'Access Denied for LogDestination: flow-logs. Please check LogDestination permission',
    ],
    [
      'a bucket with a key that is no ARN',
      BUCKET,
      's3:flow-logs/',
      'undeliverable',
      'LogDestination flow-logs is undeliverable',
    ],
    [
      'a log group of others',
      GROUP,
      'cloud-watch-logs:eu-central-1:123456789012:flows',
      'denied',
      'Access Denied for LogDestination: flows. Please check LogDestination permission',
    ],
    [
      'a missing stream',
      STREAM,
      'kinesis-data-firehose:eu-central-1:123456789012:flows',
      'missing',
      'LogDestination: flows does not exist',
    ],
  ])('%s', async (_, form, key, presence, message) => {
    api.destinations.script.set(key, presence);
    const { status, body } = await api.ask('CreateFlowLogs', { ...form, ClientToken: 't' });
    expect(status).toBe(200);
    expect(body).toBe(created('t', '<flowLogIdSet/>', failed([id('vpc', 1), '400', message])));
  });

  test("another account's log group is denied without being asked for", async () => {
    const { body } = await api.ask('CreateFlowLogs', {
      ...GROUP,
      LogGroupName: undefined,
      LogDestination: 'arn:aws:logs:eu-central-1:210987654321:log-group:theirs',
    });
    expect(text(body, 'message')).toMatch(/^Access Denied for LogDestination: theirs\./);
    expect(api.destinations.asked).toEqual([]);
  });

  test('a log group that is not there is made when there is traffic', async () => {
    api.destinations.script.set('cloud-watch-logs:eu-central-1:123456789012:flows', 'missing');
    expect(createdIds((await api.ask('CreateFlowLogs', GROUP)).body)).toHaveLength(1);
  });
});

/** With a tag field of a key. */
function withKey(key: string): Form {
  return {
    ...BUCKET,
    LogFormat: '${asg-tag}',
    'TagFieldSpecification.1.ResourceType': 'auto-scaling-group',
    'TagFieldSpecification.1.TagKey.1': key,
  };
}

function limitOf(resource: string): string {
  return `You have reached the limit on the number of flow logs that you can create for the resource ${resource}.`;
}

describe('flow logs that exist', () => {
  const { code, text: message } = ERRORS.flowLogAlreadyExists;

  test('are refused for the call when every resource has one', async () => {
    await api.ask('CreateFlowLogs', BUCKET);
    expect(await api.ask('CreateFlowLogs', BUCKET)).toMatchObject({ status: 400, code, message });
  });

  test('are refused by resource while others succeed, and one that stands twice gets one', async () => {
    await api.ask('CreateFlowLogs', BUCKET);
    const resources = [id('vpc', 1), id('vpc', 2), id('vpc', 2)];
    const { body } = await api.ask('CreateFlowLogs', {
      ...BUCKET,
      ...list('ResourceId', resources),
      ClientToken: 't',
    });
    const [flowLog] = createdIds(body);
    expect(body).toBe(
      created(
        't',
        `<flowLogIdSet><item>${flowLog}</item></flowLogIdSet>`,
        failed([id('vpc', 1), code, message], [id('vpc', 2), code, message]),
      ),
    );
  });

  test.each<[string, Form]>([
    ['traffic type', { TrafficType: 'ACCEPT' }],
    ['format', { LogFormat: '${srcaddr}' }],
    ['interval', { MaxAggregationInterval: '60' }],
    ['bucket', { LogDestination: 'arn:aws:s3:::other' }],
    ['sub-folder', { LogDestination: 'arn:aws:s3:::flow-logs/a' }],
    ['file format', { 'DestinationOptions.FileFormat': 'parquet' }],
    ['partitions', { 'DestinationOptions.PerHourPartition': 'true' }],
    ['resource', { 'ResourceId.1': id('vpc', 2) }],
  ])('are others with another %s', async (_, change) => {
    await api.ask('CreateFlowLogs', BUCKET);
    expect(await api.ask('CreateFlowLogs', { ...BUCKET, ...change })).toMatchObject({ status: 200 });
  });

  test('are others with other tag keys', async () => {
    await api.ask('CreateFlowLogs', withKey('a'));
    expect((await api.ask('CreateFlowLogs', withKey('b'))).status).toBe(200);
    expect((await api.ask('CreateFlowLogs', withKey('a'))).code).toBe(code);
  });

  test.each<[string, Form, Form]>([
    [
      'a slash at the end of the sub-folder',
      { ...BUCKET, LogDestination: 'arn:aws:s3:::b-b/a' },
      { ...BUCKET, LogDestination: 'arn:aws:s3:::b-b/a/' },
    ],
    [
      'a log group by name or ARN',
      GROUP,
      {
        ...GROUP,
        LogGroupName: undefined,
        LogDestination: 'arn:aws:logs:eu-central-1:123456789012:log-group:flows',
      },
    ],
    [
      'either form of a stream',
      STREAM,
      { ...STREAM, LogDestination: 'arn:aws:firehose:eu-central-1:123456789012:deliverystream/flows' },
    ],
    ['another role', GROUP, { ...GROUP, DeliverLogsPermissionArn: `${ROLE}-2` }],
    [
      'tags',
      BUCKET,
      { ...BUCKET, 'TagSpecification.1.ResourceType': 'vpc-flow-log', 'TagSpecification.1.Tag.1.Key': 'a' },
    ],
    [
      'defaults in full',
      BUCKET,
      {
        ...BUCKET,
        LogFormat: DEFAULT_FORMAT,
        MaxAggregationInterval: '600',
        'DestinationOptions.FileFormat': 'plain-text',
      },
    ],
  ])('are the same with %s', async (_, first, second) => {
    expect((await api.ask('CreateFlowLogs', first)).status).toBe(200);
    expect((await api.ask('CreateFlowLogs', second)).code).toBe(code);
  });

  test('do not count once they are deleted', async () => {
    const [flowLog] = createdIds((await api.ask('CreateFlowLogs', BUCKET)).body);
    await api.ask('DeleteFlowLogs', { 'FlowLogId.1': flowLog });
    expect((await api.ask('CreateFlowLogs', BUCKET)).status).toBe(200);
  });
});

describe('the quota of a resource', () => {
  test('is 250: the next is refused for the call, others succeed beside it', async () => {
    for (let i = 0; i < 250; i++) {
      const bucket = { LogDestination: `arn:aws:s3:::flow-logs/${i}` };
      expect((await api.ask('CreateFlowLogs', { ...BUCKET, ...bucket })).status).toBe(200);
    }
    expect(await api.ask('CreateFlowLogs', BUCKET)).toMatchObject({
      status: 400,
      code: 'FlowLogsLimitExceeded',
      message: limitOf(id('vpc', 1)),
    });
    const both = await api.ask('CreateFlowLogs', {
      ...BUCKET,
      'ResourceId.2': id('vpc', 2),
      ClientToken: 't',
    });
    const [flowLog] = createdIds(both.body);
    expect(both.body).toBe(
      created(
        't',
        `<flowLogIdSet><item>${flowLog}</item></flowLogIdSet>`,
        failed([id('vpc', 1), 'FlowLogsLimitExceeded', limitOf(id('vpc', 1))]),
      ),
    );
  });

  test('can be set, and different reasons for all resources are no refusal of the call', async () => {
    const small = await createApi({ quota: 1 });
    await small.ask('CreateFlowLogs', BUCKET);
    await small.ask('CreateFlowLogs', { ...BUCKET, 'ResourceId.1': id('vpc', 2), TrafficType: 'ACCEPT' });
    const { status, body } = await small.ask('CreateFlowLogs', { ...BUCKET, 'ResourceId.2': id('vpc', 2) });
    expect(status).toBe(200);
    expect(texts(body, 'code')).toEqual(['FlowLogAlreadyExists', 'FlowLogsLimitExceeded']);
    expect(body).toContain('<flowLogIdSet/>');
    await small.store.close();
  });
});

describe('client tokens', () => {
  const form = { ...BUCKET, ClientToken: 'once' };

  test('give the same answer again, also after the flow log is gone, and create nothing', async () => {
    const first = await api.ask('CreateFlowLogs', form);
    expect(await api.ask('CreateFlowLogs', form)).toEqual(first);
    await api.ask('DeleteFlowLogs', { 'FlowLogId.1': createdIds(first.body)[0] });
    expect(await api.ask('CreateFlowLogs', form)).toEqual(first);
    expect(await api.store.read((from) => from.flowLogs.count(HERE))).toBe(0);
  });

  test('refuse another request', async () => {
    await api.ask('CreateFlowLogs', form);
    expect(await api.ask('CreateFlowLogs', { ...form, TrafficType: 'ACCEPT' })).toMatchObject({
      status: 400,
      code: 'IdempotentParameterMismatch',
      message: 'The request uses the same client token as a previous, but non-identical request.',
    });
  });

  test('do not let a key that may only describe, or DryRun, have the answer', async () => {
    await api.ask('CreateFlowLogs', form);
    expect((await api.ask('CreateFlowLogs', form, { readOnly: true })).code).toBe('UnauthorizedOperation');
    expect((await api.ask('CreateFlowLogs', { ...form, DryRun: 'true' })).code).toBe('DryRunOperation');
  });

  test('keep failures by resource with the rest of the answer', async () => {
    await api.ask('CreateFlowLogs', BUCKET);
    const both = { ...form, 'ResourceId.2': id('vpc', 2) };
    const first = await api.ask('CreateFlowLogs', both);
    expect(texts(first.body, 'code')).toEqual(['FlowLogAlreadyExists']);
    expect(await api.ask('CreateFlowLogs', both)).toEqual(first);
  });
});

describe('the status (S8.4)', () => {
  test('is FAILED at once where no backend can deliver, and says no more than the service would', async () => {
    const delivery = new FakeDelivery();
    const own = await createApi({ delivery });
    delivery.refuses = ({ destinationOptions }) => destinationOptions?.fileFormat === 'parquet';
    await own.ask('CreateFlowLogs', BUCKET);
    await own.ask('CreateFlowLogs', { ...BUCKET, 'DestinationOptions.FileFormat': 'parquet' });
    const { body } = await own.ask('DescribeFlowLogs', {});
    expect(texts(body, 'deliverLogsStatus')).toEqual(['SUCCESS', 'FAILED']);
    expect(texts(body, 'deliverLogsErrorMessage')).toEqual(['Unknown error']);
    expect(texts(body, 'flowLogStatus')).toEqual(['ACTIVE', 'ACTIVE']);
    await own.store.close();
  });
});
