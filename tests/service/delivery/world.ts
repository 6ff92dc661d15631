/** What tests of the whole way share: a network, flow logs over it, captures, and what lies in a data directory. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { CreateFlowLogsCommand, type CreateFlowLogsCommandInput, EC2Client } from '@aws-sdk/client-ec2';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import type { Weir } from '../../../src/index.ts';
import { openLogStorage } from '../../../src/standins/storage/logs.ts';
import { MAIN } from '../../program.ts';

export const ROOT = new URL('../../../', import.meta.url).pathname;
export const BUCKET = 'records';
export const VPC = 'vpc-0a0b0c0d0e0f01020';
const DECLARED = 'subnet-0a0b0c0d0e0f01021';
const DISCOVERING = 'subnet-0a0b0c0d0e0f01022';

/** Declared interfaces beside discovered ones, so that there is NODATA too. */
export const NETWORK = {
  vpcs: [
    {
      id: VPC,
      cidrs: ['10.0.0.0/8', 'fd12:3456:789a::/48'],
      subnets: [
        {
          id: DECLARED,
          cidrs: ['10.20.2.0/24'],
          interfaces: [{ id: 'eni-0a0b0c0d0e0f01023', primary: '10.20.2.20', secondary: ['10.20.2.21'] }],
        },
        { id: DISCOVERING, cidrs: ['10.128.0.0/9', 'fd12:3456:789a::/48'], discover: true },
      ],
    },
  ],
};

/** A capture of synthetic traffic at `path`. */
export function generate(path: string, options: Readonly<Record<string, number | string>>): void {
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  execFileSync(process.execPath, [...NODE_FLAGS, MAIN, 'generate', ...args, '-o', path], { stdio: 'pipe' });
}

export const NODE_FLAGS = ['--disable-warning=ExperimentalWarning'] as const;

/** What a flow log is asked for. */
export interface FlowLogWish {
  readonly name: string;
  readonly to: 's3' | 'logs' | 'stream';
  readonly interval: 60 | 600;
  readonly resource?: {
    readonly type: 'VPC' | 'Subnet' | 'NetworkInterface';
    readonly ids: readonly string[];
  };
  readonly traffic?: 'ACCEPT' | 'REJECT' | 'ALL';
  readonly format?: string;
}

const OWN_FORMAT = ['interface-id', 'pkt-srcaddr', 'pkt-dstaddr', 'srcport', 'dstport', 'packets', 'bytes']
  .concat('start', 'end', 'action', 'tcp-flags', 'log-status', 'flow-direction')
  .map((field) => `\${${field}}`)
  .join(' ');

/** Of both lengths, destinations and formats; one that REJECT alone interests, which has nothing but its status lines. */
export const WISHES: readonly FlowLogWish[] = [
  ...([60, 600] as const).flatMap((interval) =>
    (['s3', 'logs'] as const).flatMap((to): FlowLogWish[] => [
      { name: `${to}-${interval}`, to, interval },
      { name: `${to}-${interval}-own`, to, interval, format: OWN_FORMAT },
    ]),
  ),
  { name: 's3-subnet', to: 's3', interval: 60, resource: { type: 'Subnet', ids: [DISCOVERING] } },
  { name: 's3-reject', to: 's3', interval: 60, traffic: 'REJECT' },
];

export function clientsOf(weir: Pick<Weir, 'region' | 'url' | 'credentials'>): {
  readonly ec2: EC2Client;
  readonly s3: S3Client;
} {
  const options = { region: weir.region, endpoint: weir.url, credentials: weir.credentials };
  return { ec2: new EC2Client(options), s3: new S3Client({ ...options, forcePathStyle: true }) };
}

/** Makes the bucket and the flow logs; their ids by name. */
export async function subscribe(weir: Weir, wishes: readonly FlowLogWish[]): Promise<Map<string, string[]>> {
  const { ec2, s3 } = clientsOf(weir);
  try {
    await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
    const ids = new Map<string, string[]>();
    for (const wish of wishes) ids.set(wish.name, await createFlowLogs(ec2, weir.account, wish));
    return ids;
  } finally {
    ec2.destroy();
    s3.destroy();
  }
}

function destinationOf(
  { name, to }: FlowLogWish,
  account: string,
  region: string,
): Partial<CreateFlowLogsCommandInput> {
  switch (to) {
    case 's3':
      return { LogDestinationType: 's3', LogDestination: `arn:aws:s3:::${BUCKET}/${name}/` };
    case 'logs':
      return { LogGroupName: name, DeliverLogsPermissionArn: `arn:aws:iam::${account}:role/flow-logs` };
    default:
      return {
        LogDestinationType: 'kinesis-data-firehose',
        LogDestination: `arn:aws:firehose:${region}:${account}:deliverystream/${name}`,
      };
  }
}

/** @throws RangeError with what was unsuccessful */
export async function createFlowLogs(ec2: EC2Client, account: string, wish: FlowLogWish): Promise<string[]> {
  const { name, interval, resource, traffic = 'ALL', format } = wish;
  const made = await ec2.send(
    new CreateFlowLogsCommand({
      ResourceType: resource?.type ?? 'VPC',
      ResourceIds: [...(resource?.ids ?? [VPC])],
      TrafficType: traffic,
      MaxAggregationInterval: interval,
      ...(format === undefined ? {} : { LogFormat: format }),
      ...destinationOf(wish, account, await ec2.config.region()),
    }),
  );
  if (made.Unsuccessful!.length > 0) throw new RangeError(`${name}: ${JSON.stringify(made.Unsuccessful)}`);
  return made.FlowLogIds!;
}

/** Every file of the bucket by its path, hidden ones too, as digests. */
export function objectTree(directory: string): Map<string, string> {
  const base = join(directory, 's3', BUCKET);
  const files = readdirSync(base, { recursive: true, withFileTypes: true }).filter((it) => it.isFile());
  return new Map(
    files
      .map((it) => join(it.parentPath, it.name))
      .toSorted()
      .map((path) => [relative(base, path), createHash('sha256').update(readFileSync(path)).digest('hex')]),
  );
}

/** Paths of the delivered objects. */
export function objectPaths(directory: string): string[] {
  const base = join(directory, 's3', BUCKET);
  return readdirSync(base, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.log.gz'));
}

/** Every event of a group, as `stream time message`, in the order of reading. */
export async function eventsOf(
  directory: string,
  weir: Pick<Weir, 'account' | 'region'>,
  group: string,
): Promise<string[]> {
  const name = { account: weir.account, region: weir.region, name: group };
  const storage = openLogStorage(join(directory, 'logs'));
  const all = { from: 0, to: 1e15, limit: 10_000, maxBytes: 64 << 20, budget: 1 << 30 };
  const out: string[] = [];
  for (let after: Parameters<typeof storage.read>[1]['after']; ;) {
    const page = await storage.read(name, after === undefined ? all : { ...all, after }, Date.now());
    for (const { stream, timestamp, message } of page?.events ?? [])
      out.push(`${stream} ${timestamp} ${message}`);
    if (page?.resume === undefined) return out;
    after = page.resume;
  }
}
