/** What a consumer of flow logs does with a service: makes a bucket, a log group and flow logs, and reads records. */
import { gunzipSync } from 'node:zlib';
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  FilterLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import {
  CreateFlowLogsCommand,
  type CreateFlowLogsCommandInput,
  DescribeVpcsCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';

export interface Service {
  readonly url: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

function clientConfig({ url, region, credentials }: Service): {
  endpoint: string;
  region: string;
  credentials: Service['credentials'];
  maxAttempts: number;
} {
  return { endpoint: url, region, credentials, maxAttempts: 1 };
}

/** Makes a bucket and a flow log of the first VPC into it; returns the flow log's id. */
export async function intoBucket(service: Service, bucket: string): Promise<string> {
  const config = clientConfig(service);
  await new S3Client({ ...config, forcePathStyle: true }).send(
    new CreateBucketCommand({
      Bucket: bucket,
      CreateBucketConfiguration: { LocationConstraint: 'eu-central-1' },
    }),
  );
  return createFlowLog(service, { LogDestinationType: 's3', LogDestination: `arn:aws:s3:::${bucket}` });
}

/** Makes a log group and a flow log of the first VPC into it; returns the flow log's id. */
export async function intoLogGroup(service: Service, group: string): Promise<string> {
  await new CloudWatchLogsClient(clientConfig(service)).send(
    new CreateLogGroupCommand({ logGroupName: group }),
  );
  return createFlowLog(service, {
    LogDestinationType: 'cloud-watch-logs',
    LogGroupName: group,
    DeliverLogsPermissionArn: 'arn:aws:iam::123456789012:role/flow-logs',
  });
}

async function createFlowLog(
  service: Service,
  destination: Partial<CreateFlowLogsCommandInput>,
): Promise<string> {
  const ec2 = new EC2Client(clientConfig(service));
  const { Vpcs } = await ec2.send(new DescribeVpcsCommand({}));
  const { FlowLogIds, Unsuccessful } = await ec2.send(
    new CreateFlowLogsCommand({
      TrafficType: 'ALL',
      MaxAggregationInterval: 60,
      ...destination,
      ResourceType: 'VPC',
      ResourceIds: [Vpcs![0]!.VpcId!],
    }),
  );
  if (FlowLogIds?.length !== 1) throw new RangeError(JSON.stringify(Unsuccessful));
  return FlowLogIds[0]!;
}

/** Records of all objects of a bucket, sorted, without their header lines. */
export async function recordsOf(service: Service, bucket: string): Promise<string[]> {
  const s3 = new S3Client({ ...clientConfig(service), forcePathStyle: true });
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucket }));
  const records: string[] = [];
  for (const { Key } of Contents) {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: Key! }));
    const text = gunzipSync(await Body!.transformToByteArray()).toString('utf8');
    records.push(...text.trimEnd().split('\n').slice(1));
  }
  return records.sort();
}

/** Messages of a log group, sorted. */
export async function eventsOf(service: Service, group: string): Promise<string[]> {
  const logs = new CloudWatchLogsClient(clientConfig(service));
  const records: string[] = [];
  let nextToken: string | undefined;
  do {
    const page = await logs.send(
      new FilterLogEventsCommand({ logGroupName: group, ...(nextToken === undefined ? {} : { nextToken }) }),
    );
    records.push(...(page.events ?? []).map(({ message }) => message!));
    ({ nextToken } = page);
  } while (nextToken !== undefined);
  return records.sort();
}
