/** The life of flow logs through any official client: one suite, run with each of them. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Client, type Place, Refusal } from './clients.ts';
import { lack, leftOut, pathOf, type Program } from './programs.ts';
import { ACCOUNT, interfaceId, openPlace, REGION, ROLE, SUBNET, VPC } from './place.ts';

interface FlowLog {
  readonly FlowLogId: string;
  readonly CreationTime: string;
  readonly Tags: readonly object[];
  readonly TagFieldSpecifications?: readonly object[];
}
interface Page {
  readonly FlowLogs: readonly FlowLog[];
  readonly NextToken?: string;
}

const DEFAULT_FORMAT =
  '${version} ${account-id} ${interface-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport} ${protocol} ' +
  '${packets} ${bytes} ${start} ${end} ${action} ${log-status}';
const PLAIN = { FileFormat: 'plain-text', HiveCompatiblePartitions: false, PerHourPartition: false };
const PARQUET = { FileFormat: 'parquet', HiveCompatiblePartitions: true, PerHourPartition: true };
const GROUP_ARN = `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:edge`;
const STREAM_ARN = `arn:aws:firehose:${REGION}:${ACCOUNT}:deliverystream/edge`;

/** What is asked, and what is shown of it afterwards besides ids, times and tags. */
const KINDS: readonly (readonly [name: string, input: object, shown: object])[] = [
  [
    's3',
    {
      ResourceIds: [VPC],
      ResourceType: 'VPC',
      TrafficType: 'ALL',
      LogDestinationType: 's3',
      LogDestination: 'arn:aws:s3:::flow-logs',
    },
    {
      ResourceId: VPC,
      TrafficType: 'ALL',
      LogDestinationType: 's3',
      LogDestination: 'arn:aws:s3:::flow-logs',
      LogFormat: DEFAULT_FORMAT,
      MaxAggregationInterval: 600,
      DestinationOptions: PLAIN,
    },
  ],
  [
    's3, with every option',
    {
      ResourceIds: [SUBNET],
      ResourceType: 'Subnet',
      TrafficType: 'REJECT',
      LogDestinationType: 's3',
      LogDestination: 'arn:aws:s3:::flow-logs/sub/folder/',
      LogFormat: '${version} ${vpc-id} ${pkt-srcaddr} ${tcp-flags}',
      MaxAggregationInterval: 60,
      DestinationOptions: PARQUET,
      ClientToken: 'once',
      TagSpecifications: [
        {
          ResourceType: 'vpc-flow-log',
          Tags: [
            { Key: 'Name', Value: 'täg & <tag>' },
            { Key: 'empty', Value: '' },
          ],
        },
      ],
    },
    {
      ResourceId: SUBNET,
      TrafficType: 'REJECT',
      LogDestinationType: 's3',
      LogDestination: 'arn:aws:s3:::flow-logs/sub/folder/',
      LogFormat: '${version} ${vpc-id} ${pkt-srcaddr} ${tcp-flags}',
      MaxAggregationInterval: 60,
      DestinationOptions: PARQUET,
    },
  ],
  [
    'a log group by name',
    {
      ResourceIds: [interfaceId(0)],
      ResourceType: 'NetworkInterface',
      TrafficType: 'ACCEPT',
      LogGroupName: 'edge/by-name',
      DeliverLogsPermissionArn: ROLE,
    },
    {
      ResourceId: interfaceId(0),
      TrafficType: 'ACCEPT',
      LogDestinationType: 'cloud-watch-logs',
      LogGroupName: 'edge/by-name',
      DeliverLogsPermissionArn: ROLE,
      LogFormat: DEFAULT_FORMAT,
      MaxAggregationInterval: 600,
    },
  ],
  [
    'a log group by ARN',
    {
      ResourceIds: [interfaceId(1)],
      ResourceType: 'NetworkInterface',
      TrafficType: 'ALL',
      LogDestinationType: 'cloud-watch-logs',
      LogDestination: GROUP_ARN,
      DeliverLogsPermissionArn: ROLE,
    },
    {
      ResourceId: interfaceId(1),
      TrafficType: 'ALL',
      LogDestinationType: 'cloud-watch-logs',
      LogDestination: GROUP_ARN,
      LogGroupName: 'edge',
      DeliverLogsPermissionArn: ROLE,
      LogFormat: DEFAULT_FORMAT,
      MaxAggregationInterval: 600,
    },
  ],
  [
    'a Firehose stream',
    {
      ResourceIds: [VPC],
      ResourceType: 'VPC',
      TrafficType: 'ALL',
      LogDestinationType: 'kinesis-data-firehose',
      LogDestination: STREAM_ARN,
    },
    {
      ResourceId: VPC,
      TrafficType: 'ALL',
      LogDestinationType: 'kinesis-data-firehose',
      LogDestination: STREAM_ARN,
      LogFormat: DEFAULT_FORMAT,
      MaxAggregationInterval: 600,
    },
  ],
];

const TAG_FIELDS = [{ ResourceType: 'instance', TagKeys: ['Second', 'First'] }];

/** Every filter, and which of KINDS it finds. */
const FILTERS: readonly (readonly [name: string, values: readonly string[], found: readonly number[]])[] = [
  ['deliver-log-status', ['SUCCESS'], [0, 1, 2, 3, 4]],
  ['deliver-log-status', ['FAILED'], []],
  ['log-destination-type', ['s3', 'kinesis-data-firehose'], [0, 1, 4]],
  ['log-group-name', ['edge*'], [2, 3]],
  ['resource-id', [VPC], [0, 4]],
  ['traffic-type', ['REJECT', 'ACCEPT'], [1, 2]],
  ['tag:Name', ['täg & <tag>'], [1]],
  ['tag-key', ['Nam?'], [1]],
];

/** The suite: `open` is called once, with a service of its own. */
function describeLife(open: (place: Place) => Promise<Client>): void {
  let place: Awaited<ReturnType<typeof openPlace>>;
  let client: Client;
  const made: string[] = [];
  let tagged: string | undefined;

  beforeAll(async () => {
    place = await openPlace();
    client = await open(place);
  });
  afterAll(async () => {
    await client?.close();
    await place?.close();
  });

  async function create(input: object): Promise<string> {
    const answer = await client.call('CreateFlowLogs', input);
    expect(answer).toMatchObject({
      ClientToken: expect.any(String) as string,
      FlowLogIds: [expect.stringMatching(/^fl-[0-9a-f]{17}$/)],
      Unsuccessful: [],
    });
    return (answer as unknown as { FlowLogIds: string[] }).FlowLogIds[0]!;
  }

  async function described(input: object): Promise<Page> {
    return (await client.call('DescribeFlowLogs', input)) as unknown as Page;
  }

  const idsOf = (page: Page): string[] => page.FlowLogs.map((it) => it.FlowLogId);

  async function refusalOf(action: string, input: object): Promise<Refusal> {
    const refused = await client.call(action, input).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(Refusal);
    return refused as Refusal;
  }

  test.each(KINDS)('creates and reads back: %s', async (_, input, shown) => {
    const id = await create(input);
    made.push(id);
    const { FlowLogs, NextToken } = await described({ FlowLogIds: [id] });
    expect(NextToken).toBeUndefined();
    expect(FlowLogs).toHaveLength(1);
    const { CreationTime, Tags, ...rest } = FlowLogs[0]!;
    expect(Math.abs(Date.parse(CreationTime) - Date.now())).toBeLessThan(60_000);
    const [wanted] = (input as { TagSpecifications?: { Tags: object[] }[] }).TagSpecifications ?? [];
    expect(Tags).toHaveLength(wanted?.Tags.length ?? 0);
    expect(Tags).toEqual(expect.arrayContaining(wanted?.Tags ?? []));
    expect(rest).toEqual({
      FlowLogId: id,
      FlowLogStatus: 'ACTIVE',
      DeliverLogsStatus: 'SUCCESS',
      ...shown,
    });
  });

  test('the same client token gives the same flow log, another request with it is refused', async () => {
    const [, input] = KINDS[1]!;
    expect(await create(input)).toBe(made[1]);
    const other = await refusalOf('CreateFlowLogs', { ...input, TrafficType: 'ALL' });
    expect(other.code).toBe('IdempotentParameterMismatch');
  });

  test.each(FILTERS)('describes with the filter %s: %j', async (Name, Values, found) => {
    const page = await described({ Filter: [{ Name, Values }] });
    expect(idsOf(page).sort()).toEqual(found.map((n) => made[n]!).sort());
  });

  test('describes with the filter flow-log-id, and with several', async () => {
    const Values = [made[0]!, made[2]!, 'fl-00000000000000000'];
    const byId = { Name: 'flow-log-id', Values };
    expect(idsOf(await described({ Filter: [byId] })).sort()).toEqual([made[0]!, made[2]!].sort());
    const both = [byId, { Name: 'traffic-type', Values: ['ACCEPT'] }];
    expect(idsOf(await described({ Filter: both }))).toEqual([made[2]]);
  });

  test('tags, shows tags, and takes them away', async () => {
    const [first, second] = made;
    await client.call('CreateTags', {
      Resources: [first, second],
      Tags: [
        { Key: 'team', Value: 'edge' },
        { Key: 'Name', Value: 'changed' },
      ],
    });
    const tags = async (): Promise<object[]> => {
      const Filters = [{ Name: 'resource-id', Values: [first, second] }];
      return ((await client.call('DescribeTags', { Filters })) as unknown as { Tags: object[] }).Tags;
    };
    const tag = (ResourceId: string, Key: string, Value: string) => ({
      Key,
      ResourceId,
      ResourceType: 'vpc-flow-log',
      Value,
    });
    const all = await tags();
    expect(all).toHaveLength(5);
    expect(all).toEqual(
      expect.arrayContaining([
        tag(first!, 'Name', 'changed'),
        tag(first!, 'team', 'edge'),
        tag(second!, 'Name', 'changed'),
        tag(second!, 'empty', ''),
        tag(second!, 'team', 'edge'),
      ]),
    );
    await client.call('DeleteTags', { Resources: [first], Tags: [{ Key: 'team' }] });
    expect((await described({ FlowLogIds: [first] })).FlowLogs[0]!.Tags).toEqual([
      { Key: 'Name', Value: 'changed' },
    ]);
    const found = await described({ Filter: [{ Name: 'tag:team', Values: ['edge'] }] });
    expect(idsOf(found)).toEqual([second]);
  });

  test('tag fields, where the client knows them', async () => {
    const input = {
      ...KINDS[0]![1],
      LogFormat: '${interface-id} ${instance-tag} ${instance-tag-2}',
      TagFieldSpecifications: TAG_FIELDS,
    };
    const asked = await client.call('CreateFlowLogs', input).catch((error: unknown) => String(error));
    [tagged] = (asked as { FlowLogIds?: string[] }).FlowLogIds ?? [];
    const read = tagged === undefined ? [] : (await described({ FlowLogIds: [tagged] })).FlowLogs;
    const shown = read.map((it) => it.TagFieldSpecifications);
    // An old client cannot ask: its own check of the request names the member.
    const refused = typeof asked === 'string' && asked.includes('TagFieldSpecifications');
    expect({ refused, shown }).toEqual({
      refused: !client.knowsTagFields,
      shown: client.knowsTagFields ? [TAG_FIELDS] : [],
    });
  });

  test('pages by hand and by its own paginator hold each flow log once', async () => {
    const ResourceIds = Array.from({ length: 12 }, (_, n) => interfaceId(2 + n));
    const input = { ...KINDS[0]![1], ResourceType: 'NetworkInterface', ResourceIds };
    const { FlowLogIds } = (await client.call('CreateFlowLogs', input)) as { FlowLogIds: string[] };
    expect(FlowLogIds).toHaveLength(12);
    made.push(...FlowLogIds);
    const all = [...made, ...(tagged === undefined ? [] : [tagged])].sort();
    const byHand: string[] = [];
    for (let token: string | undefined, pages = 0; pages < 5; pages++) {
      const page = await described({ MaxResults: 5, ...(token === undefined ? {} : { NextToken: token }) });
      expect(page.FlowLogs.length).toBeLessThanOrEqual(5);
      byHand.push(...idsOf(page));
      token = page.NextToken;
      if (token === undefined) break;
    }
    expect(byHand.sort()).toEqual(all);

    expect([...(await client.walk({ pageSize: 5 })).ids].sort()).toEqual(all);
    const first = await client.walk({ pageSize: 5, maxItems: 7 });
    expect(first.token).toEqual(expect.any(String));
    const rest = await client.walk({ pageSize: 5, token: first.token! });
    expect([...first.ids, ...rest.ids].sort()).toEqual(all);
  });

  test('refusals come with their code and text', async () => {
    expect(await refusalOf('DescribeFlowLogs', { MaxResults: 4 })).toMatchObject({
      code: 'InvalidParameterValue',
    });
    expect(await refusalOf('CreateFlowLogs', { ...KINDS[0]![1], LogGroupName: 'both' })).toMatchObject({
      code: 'InvalidParameter',
      message: 'Please only provide LogGroupName or only provide LogDestination.',
    });
    expect(await refusalOf('CreateFlowLogs', KINDS[0]![1])).toMatchObject({ code: 'FlowLogAlreadyExists' });
    expect(await refusalOf('DeleteFlowLogs', { FlowLogIds: [made[0]], DryRun: true })).toMatchObject({
      code: 'DryRunOperation',
      message: 'Request would have succeeded, but DryRun flag is set.',
    });
  });

  test('deletes, and what is not there is refused with nothing deleted', async () => {
    const missing = 'fl-00000000000000000';
    const refused = await refusalOf('DeleteFlowLogs', { FlowLogIds: [made[0], missing] });
    expect(refused.code).toBe('InvalidFlowLogId.NotFound');
    const all = [...made, ...(tagged === undefined ? [] : [tagged])];
    expect((await described({})).FlowLogs).toHaveLength(all.length);
    expect(await client.call('DeleteFlowLogs', { FlowLogIds: all })).toEqual({ Unsuccessful: [] });
    expect(await described({})).toEqual({ FlowLogs: [] });
    const Filters = [{ Name: 'resource-type', Values: ['vpc-flow-log'] }];
    expect(await client.call('DescribeTags', { Filters })).toEqual({ Tags: [] });
  });
}

/** Groups the suite under a client's name, left out where its program is missing. */
export function describeClient(
  name: string,
  program: Program,
  open: (place: Place, path: string) => Promise<Client>,
): void {
  describe.skipIf(leftOut(program))(`${name}${lack(program)}`, () => {
    describeLife((place) => open(place, pathOf(program)));
  });
}
