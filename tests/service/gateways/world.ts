/** A transit gateway between two VPCs of two accounts, a regional NAT gateway in one, and flow logs on them. */
import { CloudWatchLogsClient, DescribeLogStreamsCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  CreateFlowLogsCommand,
  type CreateFlowLogsCommandInput,
  DescribeFlowLogsCommand,
  EC2Client,
  type FlowLog,
} from '@aws-sdk/client-ec2';
import { CreateBucketCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import type { Weir } from '../../../src/index.ts';
import { captureOf, type Made } from '../../reference/made.ts';
import { defaultLogFormat } from '../../../src/records/formats.ts';
import { parseStrict, type RecordKind } from '../../reference/strict-parser.ts';

export const ACCOUNT = '123456789012';
export const OTHER = '210987654321';
export const GATEWAY = 'tgw-0a00000000000000a';
export const HERE = 'tgw-attach-0a00000000000000a';
export const THERE = 'tgw-attach-0b00000000000000b';
export const VPC = 'vpc-0a00000000000000a';
export const SUBNET = 'subnet-0a0000000000000a1';
export const HOST = 'eni-0a0000000000000a1';
export const NAT = 'nat-0a00000000000000a';
/** A minute's beginning. */
export const T = 1_795_228_800;

/** The attachment here, and the NAT gateway, are seen at the captures of those names. */
export function networkOf(
  seen: { readonly here?: string; readonly nat?: string } = {},
): Record<string, unknown> {
  const bound = (name: string | undefined): object =>
    name === undefined ? {} : { bind: [{ source: name }] };
  return {
    vpcs: [
      {
        id: VPC,
        cidrs: ['10.1.0.0/16'],
        subnets: [
          {
            id: SUBNET,
            cidrs: ['10.1.0.0/24'],
            azId: 'euc1-az1',
            interfaces: [{ id: HOST, primary: '10.1.0.10', instance: 'i-0a0000000000000a1' }],
          },
          {
            id: 'subnet-0a0000000000000a2',
            cidrs: ['10.1.255.0/28'],
            azId: 'euc1-az1',
            interfaces: [{ id: 'eni-0a0000000000000a2', kind: 'transit_gateway', primary: '10.1.255.5' }],
          },
        ],
        internetGateway: { id: 'igw-0a00000000000000a' },
        natGateways: [
          { id: NAT, regional: true, addresses: [{ public: '198.51.100.7' }], ...bound(seen.nat) },
        ],
        routeTables: [
          {
            id: 'rtb-0a00000000000000a',
            main: true,
            routes: [
              { to: '10.0.0.0/8', via: GATEWAY },
              { to: '0.0.0.0/0', via: NAT },
            ],
          },
        ],
      },
      {
        id: 'vpc-0b00000000000000b',
        account: OTHER,
        cidrs: ['10.2.0.0/16'],
        subnets: [
          {
            id: 'subnet-0b0000000000000b1',
            cidrs: ['10.2.0.0/24'],
            azId: 'euc1-az2',
            interfaces: [{ id: 'eni-0b0000000000000b1', primary: '10.2.0.20' }],
          },
          {
            id: 'subnet-0b0000000000000b2',
            cidrs: ['10.2.255.0/28'],
            azId: 'euc1-az2',
            interfaces: [{ id: 'eni-0b0000000000000b2', kind: 'transit_gateway', primary: '10.2.255.5' }],
          },
        ],
        routeTables: [
          { id: 'rtb-0b00000000000000b', main: true, routes: [{ to: '10.0.0.0/8', via: GATEWAY }] },
        ],
      },
    ],
    transitGateways: [
      {
        id: GATEWAY,
        attachments: [
          {
            id: HERE,
            vpc: VPC,
            subnets: ['subnet-0a0000000000000a2'],
            interfaces: ['eni-0a0000000000000a2'],
            ...bound(seen.here),
          },
          {
            id: THERE,
            vpc: 'vpc-0b00000000000000b',
            subnets: ['subnet-0b0000000000000b2'],
            interfaces: ['eni-0b0000000000000b2'],
          },
        ],
        routeTables: [
          { id: 'tgw-rtb-0a00000000000000a', defaultAssociation: true, defaultPropagation: true },
        ],
      },
    ],
  };
}

/** A packet there and two back, of a connection between the VPCs, in the minute after T + `second`. */
export function crossing(second: number): Made[] {
  const there = { from: '10.1.0.10', to: '10.2.0.20', ports: [40_000, 443] as const };
  const back = { from: '10.2.0.20', to: '10.1.0.10', ports: [443, 40_000] as const };
  return [
    { ...there, at: T + second, flags: 2, length: 60 },
    { ...back, at: T + second + 1, flags: 18, length: 60 },
    { ...back, at: T + second + 2, flags: 24, length: 500 },
  ];
}

/** A question and an answer through the NAT gateway, as it sees them: inside, then outside, and the same back. */
export function translated(second: number): Made[] {
  const [inside, outside, far] = ['10.1.0.10', '198.51.100.7', '203.0.113.5'];
  return [
    { from: inside, to: far, ports: [50_000, 80], at: T + second },
    { from: outside, to: far, ports: [50_000, 80], at: T + second },
    { from: far, to: outside, ports: [80, 50_000], at: T + second + 1 },
    { from: far, to: inside, ports: [80, 50_000], at: T + second + 1 },
  ];
}

export { captureOf };

interface Clients {
  readonly ec2: EC2Client;
  readonly s3: S3Client;
  readonly logs: CloudWatchLogsClient;
}

export function clientsOf({ url, region, credentials }: Weir): Clients {
  const options = { endpoint: url, region, credentials, maxAttempts: 1 };
  return {
    ec2: new EC2Client(options),
    s3: new S3Client({ ...options, forcePathStyle: true }),
    logs: new CloudWatchLogsClient(options),
  };
}

type Wish = Pick<CreateFlowLogsCommandInput, 'ResourceType' | 'TrafficType' | 'LogFormat'> & {
  readonly on: string;
  readonly interval?: 60 | 600;
};

/** A flow log into a bucket of its own name; its id. */
export async function intoBucket(clients: Clients, bucket: string, wish: Wish): Promise<string> {
  await clients.s3.send(new CreateBucketCommand({ Bucket: bucket }));
  return create(clients, wish, {
    LogDestinationType: 's3',
    LogDestination: `arn:aws:s3:::${bucket}`,
  });
}

/** A flow log into a log group; its id. */
export function intoGroup(clients: Clients, group: string, wish: Wish): Promise<string> {
  return create(clients, wish, {
    LogGroupName: group,
    DeliverLogsPermissionArn: `arn:aws:iam::${ACCOUNT}:role/flow-logs`,
  });
}

async function create(
  { ec2 }: Clients,
  { on, interval, ...wish }: Wish,
  to: Partial<CreateFlowLogsCommandInput>,
): Promise<string> {
  const { FlowLogIds, Unsuccessful } = await ec2.send(
    new CreateFlowLogsCommand({
      ...wish,
      ResourceIds: [on],
      ...(interval === undefined ? {} : { MaxAggregationInterval: interval }),
      ...to,
    }),
  );
  if (FlowLogIds?.length !== 1) throw new RangeError(JSON.stringify(Unsuccessful));
  return FlowLogIds[0]!;
}

export async function described({ ec2 }: Clients, id: string): Promise<FlowLog> {
  const { FlowLogs } = await ec2.send(new DescribeFlowLogsCommand({ FlowLogIds: [id] }));
  return FlowLogs![0]!;
}

export async function keysOf({ s3 }: Clients, bucket: string): Promise<string[]> {
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucket }));
  return Contents.map(({ Key }) => Key!);
}

export async function streamsOf({ logs }: Clients, group: string): Promise<string[]> {
  const { logStreams = [] } = await logs.send(new DescribeLogStreamsCommand({ logGroupName: group }));
  return logStreams.map(({ logStreamName }) => logStreamName!);
}

/** Some fields of lines, checked by the strict parser: each line's with spaces between. */
export function fieldsOf(
  lines: readonly string[],
  wanted: readonly string[],
  kind: RecordKind,
  fields: readonly string[] = defaultLogFormat(kind).fields.map(({ id }) => id),
): string[] {
  return lines
    .map((line) => {
      const record = parseStrict(line, fields, kind);
      return wanted.map((field) => record.get(field)!).join(' ');
    })
    .toSorted();
}
