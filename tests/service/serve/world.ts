/** Flow logs of a `weir serve`, by the official clients. */
import { join } from 'node:path';
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { CreateFlowLogsCommand, EC2Client } from '@aws-sdk/client-ec2';
import type { WeirProcess } from '../weir-process.ts';

const EXAMPLES = new URL('../../../examples/', import.meta.url).pathname;
export const NETWORK = join(EXAMPLES, 'web/network.yaml');
export const CAPTURE = join(EXAMPLES, 'web/web.pcap');
/** The VPC of that network. */
export const VPC = 'vpc-020200a0b0c0d0e0f';

export interface FlowLogWish {
  readonly resource: string;
  readonly traffic?: 'ALL' | 'ACCEPT' | 'REJECT';
  readonly interval?: 60 | 600;
  readonly format?: string;
  /** A log group; else `bucket`. */
  readonly group?: string;
  readonly bucket?: string;
}

export async function createFlowLog(at: WeirProcess, wish: FlowLogWish): Promise<string> {
  const { resource, traffic = 'ALL', interval = 60, format, group, bucket } = wish;
  const { url: endpoint, region, credentials } = at;
  const client = new EC2Client({ endpoint, region, credentials, maxAttempts: 1 });
  try {
    const { FlowLogIds, Unsuccessful } = await client.send(
      new CreateFlowLogsCommand({
        ResourceIds: [resource],
        ResourceType: resource.startsWith('eni-') ? 'NetworkInterface' : 'VPC',
        TrafficType: traffic,
        MaxAggregationInterval: interval,
        ...(format === undefined ? {} : { LogFormat: format }),
        ...(group === undefined
          ? { LogDestinationType: 's3', LogDestination: `arn:aws:s3:::${bucket}` }
          : { LogGroupName: group, DeliverLogsPermissionArn: 'arn:aws:iam::123456789012:role/flow-logs' }),
      }),
    );
    if (FlowLogIds?.length !== 1) throw new Error(`no flow log: ${JSON.stringify(Unsuccessful)}`);
    return FlowLogIds[0]!;
  } finally {
    client.destroy();
  }
}

/** All messages of a log group; none without one. */
export async function eventsOf(at: WeirProcess, group: string): Promise<string[]> {
  const { url: endpoint, region, credentials } = at;
  const client = new CloudWatchLogsClient({ endpoint, region, credentials, maxAttempts: 1 });
  const messages: string[] = [];
  try {
    let nextToken: string | undefined;
    do {
      const page = await client.send(new FilterLogEventsCommand({ logGroupName: group, nextToken }));
      messages.push(...(page.events ?? []).map((it) => it.message!));
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
  } catch (error) {
    if ((error as Error).name !== 'ResourceNotFoundException') throw error;
  } finally {
    client.destroy();
  }
  return messages;
}
