/**
 * A service whose destinations are other programs, each behind a proxy that can be told to fail: another service's
 * embedded S3 and CloudWatch Logs, and a Firehose of the tests' own.
 */
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { CreateFlowLogsCommand, type CreateFlowLogsCommandInput } from '@aws-sdk/client-ec2';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { startWeir, type StatusAnswer, type Weir } from '../../../src/index.ts';
import { FaultProxy } from './fault-proxy.ts';
import { FirehoseReceiver } from './firehose-receiver.ts';
import { clientsOf, eventsOf, NETWORK, VPC } from './world.ts';

export const OWNER = { account: '123456789012', region: 'eu-central-1' };
const ROLE = `arn:aws:iam::${OWNER.account}:role/flow-logs`;

export type Kind = 's3' | 'logs' | 'firehose';

export interface RemoteWish {
  readonly name: string;
  readonly kind: Kind;
  readonly interval: 60 | 600;
  /** Of S3: its bucket, and what DestinationOptions are. */
  readonly bucket?: string;
  readonly format?: 'plain-text' | 'parquet';
  readonly hive?: boolean;
  readonly hour?: boolean;
}

export const BUCKETS = ['records', 'others'] as const;

/** Text and Parquet in every layout at one bucket, one of each at another, both other kinds at both lengths. */
export const REMOTE_WISHES: readonly RemoteWish[] = [
  ...(['plain-text', 'parquet'] as const).flatMap((format) => [
    ...[false, true].flatMap((hive) =>
      [false, true].map((hour): RemoteWish => {
        const name = `${format}${hive ? '-hive' : ''}${hour ? '-hour' : ''}`;
        return { name, kind: 's3', interval: hive ? 600 : 60, bucket: 'records', format, hive, hour };
      }),
    ),
    { name: `others-${format}`, kind: 's3' as const, interval: 60 as const, bucket: 'others', format },
  ]),
  ...([60, 600] as const).flatMap((interval): RemoteWish[] => [
    { name: `group-${interval}`, kind: 'logs', interval },
    { name: `stream-${interval}`, kind: 'firehose', interval },
  ]),
];

function destinationOf(wish: RemoteWish): Partial<CreateFlowLogsCommandInput> {
  const { name, kind, bucket, format, hive = false, hour = false } = wish;
  switch (kind) {
    case 's3':
      return {
        LogDestinationType: 's3',
        LogDestination: `arn:aws:s3:::${bucket}/${name}/`,
        DestinationOptions: { FileFormat: format!, HiveCompatiblePartitions: hive, PerHourPartition: hour },
      };
    case 'logs':
      return { LogGroupName: name, DeliverLogsPermissionArn: ROLE };
    default:
      return {
        LogDestinationType: 'kinesis-data-firehose',
        LogDestination: `arn:aws:firehose:${OWNER.region}:${OWNER.account}:deliverystream/${name}`,
      };
  }
}

/** Makes the flow logs; their ids by name. */
async function subscribeAll(weir: Weir, wishes: readonly RemoteWish[]): Promise<Map<string, string>> {
  const { ec2, s3 } = clientsOf(weir);
  const ids = new Map<string, string>();
  try {
    for (const wish of wishes) {
      const { FlowLogIds, Unsuccessful } = await ec2.send(
        new CreateFlowLogsCommand({
          ResourceType: 'VPC',
          ResourceIds: [VPC],
          TrafficType: 'ALL',
          MaxAggregationInterval: wish.interval,
          ...destinationOf(wish),
        }),
      );
      if (FlowLogIds?.length !== 1) throw new RangeError(`${wish.name}: ${JSON.stringify(Unsuccessful)}`);
      ids.set(wish.name, FlowLogIds[0]!);
    }
    return ids;
  } finally {
    ec2.destroy();
    s3.destroy();
  }
}

/** What is at the destinations. */
export interface RemoteOutcome {
  /** Objects as `bucket/key`, and digests of their bytes. */
  readonly objects: ReadonlyMap<string, string>;
  /** By group and stream, sorted. */
  readonly lines: ReadonlyMap<string, readonly string[]>;
}

interface RemoteOptions {
  readonly directory: string;
  /** The path of the network file that weir.yaml names. */
  readonly network: string;
  readonly wishes: readonly RemoteWish[];
}

/** The destinations, new and empty. */
export class Remote {
  readonly directory: string;
  readonly proxies: Readonly<Record<Kind, FaultProxy>>;
  readonly firehose: FirehoseReceiver;
  /** weir.yaml of the service under test. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly configPath: string;
  readonly #weir: Weir;
  readonly #wishes: readonly RemoteWish[];

  private constructor(
    { directory, network, wishes }: RemoteOptions,
    proxies: Remote['proxies'],
    firehose: FirehoseReceiver,
    weir: Weir,
  ) {
    this.directory = directory;
    this.#wishes = wishes;
    this.proxies = proxies;
    this.firehose = firehose;
    this.#weir = weir;
    const file = join(directory, 'key.ini');
    const { accessKeyId, secretAccessKey } = weir.credentials;
    const text = `[default]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`;
    writeFileSync(file, text, { mode: 0o600 });
    const at = (kind: Kind): object => ({ endpoint: proxies[kind].url, credentials: { file } });
    this.config = {
      region: OWNER.region,
      destinations: {
        s3: { type: 's3', ...at('s3') },
        logs: { type: 'cloudwatch-logs', ...at('logs') },
        firehose: { type: 'firehose', ...at('firehose') },
      },
      roles: [{ role: ROLE }],
    };
    this.configPath = join(directory, 'weir.yaml');
    // JSON is YAML.
    writeFileSync(this.configPath, JSON.stringify({ ...this.config, network }));
  }

  static async open(options: RemoteOptions): Promise<Remote> {
    const { directory, network } = options;
    mkdirSync(directory, { mode: 0o700 });
    const weir = await startWeir({ directory: join(directory, 'data'), network });
    const firehose = await FirehoseReceiver.open();
    const proxies = {
      s3: await FaultProxy.open(weir.url),
      logs: await FaultProxy.open(weir.url),
      firehose: await FaultProxy.open(firehose.url),
    };
    const { s3, ec2 } = clientsOf(weir);
    for (const bucket of BUCKETS) await s3.send(new CreateBucketCommand({ Bucket: bucket }));
    s3.destroy();
    ec2.destroy();
    return new Remote(options, proxies, firehose, weir);
  }

  async outcome(): Promise<RemoteOutcome> {
    const lines = new Map<string, readonly string[]>();
    for (const { name, kind } of this.#wishes) {
      if (kind === 's3') continue;
      const found =
        kind === 'firehose'
          ? this.firehose.messages(name)
          : await eventsOf(join(this.directory, 'data'), OWNER, name);
      lines.set(name, found.toSorted());
    }
    return { objects: this.objects(), lines };
  }

  /** Objects of all buckets, or below `bucket/prefix`, and digests of their bytes. */
  objects(below = ''): Map<string, string> {
    const base = join(this.directory, 'data/s3');
    const out = new Map<string, string>();
    for (const bucket of BUCKETS) {
      const files = readdirSync(join(base, bucket), { recursive: true, withFileTypes: true })
        .filter((it) => it.isFile() && /\.log\.(?:gz|parquet)$/.test(it.name))
        .map((it) => join(it.parentPath, it.name))
        .toSorted();
      for (const file of files) {
        const name = relative(base, file);
        if (!name.startsWith(below)) continue;
        out.set(name, createHash('sha256').update(readFileSync(file)).digest('hex'));
      }
    }
    return out;
  }

  async close(): Promise<void> {
    for (const proxy of Object.values(this.proxies)) await proxy.close();
    await this.firehose.close();
    await this.#weir.close();
  }
}

export interface RemoteTemplate {
  readonly network: string;
  /** Flow log ids by the names of wishes. */
  readonly ids: ReadonlyMap<string, string>;
  /** A data directory with the flow logs, and no records. */
  copy(name: string): string;
  /** New destinations. */
  remote(name: string): Promise<Remote>;
}

/** Makes a data directory with every flow log, below `root`. */
export async function prepareRemote(
  root: string,
  wishes: readonly RemoteWish[] = REMOTE_WISHES,
): Promise<RemoteTemplate> {
  const network = join(root, 'network.json');
  writeFileSync(network, JSON.stringify(NETWORK));
  const template = join(root, 'template');
  mkdirSync(template, { mode: 0o700 });
  const open = (name: string): Promise<Remote> =>
    Remote.open({ directory: join(root, `remote-${name}`), network, wishes });
  const remote = await open('template');
  const weir = await startWeir({ directory: template, network, config: remote.config });
  const ids = await subscribeAll(weir, wishes);
  await weir.close();
  await remote.close();
  return {
    network,
    ids,
    copy: (name) => {
      const directory = join(root, name);
      cpSync(template, directory, { recursive: true });
      return directory;
    },
    remote: open,
  };
}

/** Where an identity (S1.2) does not hold: empty when it does for every flow log, in rows, packets and bytes. */
export function identityFaults(status: StatusAnswer): string[] {
  return status.flowLogs.flatMap(({ flowLog, amounts }) =>
    (['rows', 'packets', 'bytes'] as const).flatMap((what) => {
      if (amounts === undefined) return `${flowLog} has no amounts`;
      const { selected, delivered, spooled, givenUp } = amounts;
      const sum = delivered[what] + spooled[what] + givenUp[what];
      return sum === selected[what] ? [] : `${flowLog}: ${what} ${sum}, not ${selected[what]}`;
    }),
  );
}

/** Whether a flow log has nothing more to deliver, and is not failing. */
export function isSettled({ state, amounts }: StatusAnswer['flowLogs'][number]): boolean {
  return state !== 'failing' && amounts?.spooled.rows === 0;
}
