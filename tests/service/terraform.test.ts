import {
  CreateFlowLogsCommand,
  type CreateFlowLogsCommandInput,
  CreateNatGatewayCommand,
  CreateSubnetCommand,
  CreateNetworkInterfaceCommand,
  CreateTagsCommand,
  CreateTransitGatewayCommand,
  CreateTransitGatewayVpcAttachmentCommand,
  CreateVpcCommand,
  DeleteFlowLogsCommand,
  DeleteTagsCommand,
  type EC2Client,
  type FlowLog,
  paginateDescribeFlowLogs,
} from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunningService } from '../../src/service/serve/service.ts';
import { ROLE } from '../flow-logs/fakes.ts';
import { ACCOUNT, clientOf, fakeBackends, openService, REGION } from './support.ts';

/**
 * The calls of Terraform's aws_flow_log, in the provider's order and with its members, over a socket and on
 * resources that were made over the same API.
 */

let service: RunningService;
let client: EC2Client;
const resources = { vpc: '', subnet: '', eni: '', tgw: '', attachment: '', nat: '' };
/** Which attribute of aws_flow_log the provider sets from the id that it reads. */
const PREFIXES: Readonly<Record<keyof typeof resources, string>> = {
  vpc: 'vpc-',
  subnet: 'subnet-',
  eni: 'eni-',
  tgw: 'tgw-',
  attachment: 'tgw-attach-',
  nat: 'nat-',
};

beforeAll(async () => {
  service = await openService({ backends: fakeBackends() });
  client = clientOf(service.url, await service.keys.create({ account: ACCOUNT }));
  const { Vpc } = await client.send(new CreateVpcCommand({ CidrBlock: '10.1.0.0/16' }));
  const VpcId = Vpc!.VpcId!;
  const { Subnet } = await client.send(new CreateSubnetCommand({ VpcId, CidrBlock: '10.1.1.0/24' }));
  const SubnetId = Subnet!.SubnetId!;
  const { NetworkInterface } = await client.send(new CreateNetworkInterfaceCommand({ SubnetId }));
  const { TransitGateway } = await client.send(new CreateTransitGatewayCommand({}));
  const TransitGatewayId = TransitGateway!.TransitGatewayId!;
  const { TransitGatewayVpcAttachment } = await client.send(
    new CreateTransitGatewayVpcAttachmentCommand({ TransitGatewayId, VpcId, SubnetIds: [SubnetId] }),
  );
  const { NatGateway } = await client.send(
    new CreateNatGatewayCommand({ VpcId, AvailabilityMode: 'regional' }),
  );
  Object.assign(resources, {
    vpc: VpcId,
    subnet: SubnetId,
    eni: NetworkInterface!.NetworkInterfaceId!,
    tgw: TransitGatewayId,
    attachment: TransitGatewayVpcAttachment!.TransitGatewayAttachmentId!,
    nat: NatGateway!.NatGatewayId!,
  });
});
afterAll(() => service.close());

let applied = 0;

/** CreateFlowLogs as the provider sends it; ids of one resource, a token of its own for each apply. */
async function create(input: CreateFlowLogsCommandInput): Promise<string> {
  const { FlowLogIds, Unsuccessful } = await client.send(new CreateFlowLogsCommand(input));
  expect(Unsuccessful).toEqual([]);
  expect(FlowLogIds).toHaveLength(1);
  return FlowLogIds![0]!;
}

function inputOf(
  kind: keyof typeof resources,
  members: Partial<CreateFlowLogsCommandInput>,
): CreateFlowLogsCommandInput {
  const types = {
    vpc: 'VPC',
    subnet: 'Subnet',
    eni: 'NetworkInterface',
    tgw: 'TransitGateway',
    attachment: 'TransitGatewayAttachment',
    nat: 'RegionalNatGateway',
  } as const;
  const transit = kind === 'tgw' || kind === 'attachment';
  applied += 1;
  return {
    ClientToken: `terraform-2026010203040567890000${String(applied).padStart(4, '0')}`,
    LogDestinationType: 's3',
    ResourceIds: [resources[kind]],
    ResourceType: types[kind],
    ...(transit ? {} : { TrafficType: 'ALL' }),
    MaxAggregationInterval: transit ? 60 : 600,
    TagSpecifications: [{ ResourceType: 'vpc-flow-log', Tags: [{ Key: 'Name', Value: 'test' }] }],
    ...members,
  };
}

/** FindFlowLogByID: all pages of one id, at once after the create. */
async function read(id: string): Promise<FlowLog | undefined> {
  const found: FlowLog[] = [];
  for await (const page of paginateDescribeFlowLogs({ client }, { FlowLogIds: [id] })) {
    found.push(...page.FlowLogs!);
  }
  expect(found.map((it) => it.FlowLogId)).toEqual(found.length === 0 ? [] : [id]);
  return found[0];
}

/** The list resource: every page of everything. */
async function list(): Promise<(string | undefined)[]> {
  const found: (string | undefined)[] = [];
  for await (const page of paginateDescribeFlowLogs({ client }, {})) {
    found.push(...page.FlowLogs!.map((it) => it.FlowLogId));
  }
  return found;
}

const S3: Partial<CreateFlowLogsCommandInput> = { LogDestination: 'arn:aws:s3:::flow-logs' };
const GROUP: Partial<CreateFlowLogsCommandInput> = {
  LogDestinationType: 'cloud-watch-logs',
  LogDestination: `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:test`,
  DeliverLogsPermissionArn: ROLE,
};

describe('aws_flow_log', () => {
  test.each<[string, keyof typeof resources, Partial<CreateFlowLogsCommandInput>, Partial<FlowLog>]>([
    ['vpc_id, S3', 'vpc', S3, { DestinationOptions: { FileFormat: 'plain-text' } }],
    ['vpc_id, a log group', 'vpc', GROUP, { LogGroupName: 'test', DeliverLogsPermissionArn: ROLE }],
    [
      'vpc_id, log_group_name of provider 5',
      'vpc',
      { ...GROUP, LogDestination: undefined, LogGroupName: 'test-5' },
      { LogGroupName: 'test-5' },
    ],
    [
      'vpc_id, Firehose',
      'vpc',
      {
        LogDestinationType: 'kinesis-data-firehose',
        LogDestination: `arn:aws:firehose:${REGION}:${ACCOUNT}:deliverystream/test`,
      },
      {},
    ],
    ['subnet_id, a format', 'subnet', { ...S3, LogFormat: '${version} ${vpc-id}' }, {}],
    ['eni_id, 60 s', 'eni', { ...S3, MaxAggregationInterval: 60 }, {}],
    ['transit_gateway_id', 'tgw', S3, {}],
    ['transit_gateway_attachment_id', 'attachment', S3, {}],
    ['regional_nat_gateway_id', 'nat', S3, {}],
    [
      'destination_options',
      'vpc',
      {
        LogDestination: 'arn:aws:s3:::flow-logs/parquet',
        DestinationOptions: {
          FileFormat: 'parquet',
          HiveCompatiblePartitions: true,
          PerHourPartition: true,
        },
      },
      {},
    ],
    [
      'tag_field_specification',
      'vpc',
      {
        LogDestination: 'arn:aws:s3:::flow-logs/tags',
        LogFormat: '${instance-tag} ${instance-tag-2}',
        TagFieldSpecifications: [{ ResourceType: 'instance', TagKeys: ['Second', 'First'] }],
      },
      { TagFieldSpecifications: [{ ResourceType: 'instance', TagKeys: ['Second', 'First'] }] },
    ],
  ])('with %s: create, read at once, tag, import, list, delete', async (_, kind, members, shown) => {
    const input = inputOf(kind, members);
    const id = await create(input);
    // The answer was lost: the provider sends the same again.
    expect(await create(input)).toBe(id);

    const created = (await read(id))!;
    expect(created).toMatchObject(shown);
    expect(created.ResourceId).toBe(resources[kind]);
    expect(created.ResourceId!.startsWith(PREFIXES[kind])).toBe(true);
    const asked = ['LogDestination', 'LogDestinationType', 'MaxAggregationInterval', 'TrafficType'] as const;
    const answered = Object.fromEntries(asked.map((member) => [member, created[member]]));
    expect(answered).toEqual(Object.fromEntries(asked.map((member) => [member, input[member]])));
    const { LogFormat = created.LogFormat, DestinationOptions = created.DestinationOptions } = input;
    expect(created).toMatchObject({ LogFormat, ...(DestinationOptions && { DestinationOptions }) });
    expect(created.Tags).toEqual([{ Key: 'Name', Value: 'test' }]);
    expect(created.DeliverLogsStatus).toBe('SUCCESS');
    // A second plan sees no difference.
    expect(await read(id)).toEqual(created);

    await client.send(new DeleteTagsCommand({ Resources: [id], Tags: [{ Key: 'Name' }] }));
    await client.send(new CreateTagsCommand({ Resources: [id], Tags: [{ Key: 'Owner', Value: 'A' }] }));
    const updated = (await read(id))!;
    expect(updated).toEqual({ ...created, Tags: [{ Key: 'Owner', Value: 'A' }] });

    // Import: nothing but the id, from a client that has seen nothing before.
    const another = clientOf(service.url, await service.keys.create({ account: ACCOUNT }));
    const { done, value } = await paginateDescribeFlowLogs({ client: another }, { FlowLogIds: [id] }).next();
    expect(done).toBe(false);
    expect(value!.FlowLogs).toEqual([updated]);
    expect(await list()).toEqual([id]);

    const deleted = await client.send(new DeleteFlowLogsCommand({ FlowLogIds: [id] }));
    expect(deleted.Unsuccessful).toEqual([]);
    expect(await read(id)).toBeUndefined();
    expect(await list()).toEqual([]);
    // It disappears by another hand: the provider takes this code as done.
    await expect(client.send(new DeleteFlowLogsCommand({ FlowLogIds: [id] }))).rejects.toMatchObject({
      name: 'InvalidFlowLogId.NotFound',
    });
  });

  test('a bucket that is not there ends the apply with a text that the provider knows', async () => {
    const backends = fakeBackends();
    backends.destinations.script.set('s3:missing/', 'missing');
    const other = await openService({ backends });
    const its = clientOf(other.url, await other.keys.create({ account: ACCOUNT }));
    const { Vpc } = await its.send(new CreateVpcCommand({ CidrBlock: '10.1.0.0/16' }));
    const { FlowLogIds, Unsuccessful } = await its.send(
      new CreateFlowLogsCommand({
        ...inputOf('vpc', { LogDestination: 'arn:aws:s3:::missing' }),
        ResourceIds: [Vpc!.VpcId!],
      }),
    );
    expect(FlowLogIds).toEqual([]);
    expect(Unsuccessful).toEqual([
      { ResourceId: Vpc!.VpcId, Error: { Code: '400', Message: 'LogDestination: missing does not exist' } },
    ]);
    await other.close();
  });
});
