/** Two services: one is what stands for Amazon, the other delivers to it. */
import { chmodSync, readFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import {
  CreateFlowLogsCommand,
  type CreateFlowLogsCommandInput,
  DescribeFlowLogsCommand,
  EC2Client,
  type FlowLog,
} from '@aws-sdk/client-ec2';
import { CreateDeliveryStreamCommand, FirehoseClient } from '@aws-sdk/client-firehose';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { generateKey } from '../../../src/identity/keys.ts';
import { startWeir, type Weir } from '../../../src/service/library/start-weir.ts';
import type { RunningService } from '../../../src/service/serve/service.ts';
import type { Service } from '../library/flow-logs.ts';
import { type Folder, openService, temporaryFolder } from '../support.ts';

const EXAMPLE = new URL('../../../examples/ssh/', import.meta.url).pathname;
export const NETWORK = join(EXAMPLE, 'network.yaml');
export const CAPTURE = join(EXAMPLE, 'ssh.pcap');
/** What `weir record --interval 60` makes of the capture. */
export const EXPECTED = readFileSync(join(EXAMPLE, 'expected.txt'), 'utf8').trimEnd().split('\n').sort();
export const VPC = /vpc-[0-9a-f]{17}/.exec(readFileSync(NETWORK, 'utf8'))![0];

export const REGION = 'eu-central-1';
/** Of the service that delivers, and of its own key at the other. */
export const OWN = '123456789012';
export const OTHER = '210987654321';

export class TwoServices {
  readonly folder: Folder = temporaryFolder();
  readonly #closing: (() => Promise<void>)[] = [];

  /** What stands for Amazon, at a port that stays the same when it is started again on the directory. */
  async amazon(name = 'amazon', listen = '127.0.0.1:0'): Promise<RunningService> {
    const service = await openService({ directory: join(this.folder.path, name), listen });
    this.#closing.push(() => service.close());
    return service;
  }

  /** What delivers, by `config`. */
  async weir(config: Readonly<Record<string, unknown>>): Promise<Weir> {
    const weir = await startWeir({ network: NETWORK, config });
    this.#closing.push(() => weir.close());
    return weir;
  }

  /** A file with a key of an account at what stands for Amazon, and who signs with it. */
  async key(
    { keys, url }: RunningService,
    account: string,
    readOnly = false,
  ): Promise<{ readonly file: string; readonly service: Service }> {
    const { id, secret } = generateKey({ account, label: 'delivery', readOnly });
    await keys.add({ ...generateKey({ account, label: 'delivery', readOnly }), id, secret });
    const file = this.folder.file(
      `key-${id}`,
      `[default]\naws_access_key_id = ${id}\naws_secret_access_key = ${secret}\n`,
    );
    chmodSync(file, 0o600);
    return {
      file,
      service: { url, region: REGION, credentials: { accessKeyId: id, secretAccessKey: secret } },
    };
  }

  async close(): Promise<void> {
    for (const close of this.#closing.toReversed()) await close();
    this.folder.remove();
  }
}

function ec2Of({ url, region, credentials }: Service): EC2Client {
  return new EC2Client({ endpoint: url, region, credentials, maxAttempts: 1 });
}

/** Makes a flow log of the VPC, of 60 s and the default format; its id, or why there is none. */
export async function create(weir: Service, members: Partial<CreateFlowLogsCommandInput>): Promise<string> {
  try {
    const { FlowLogIds, Unsuccessful } = await ec2Of(weir).send(
      new CreateFlowLogsCommand({
        TrafficType: 'ALL',
        MaxAggregationInterval: 60,
        ...members,
        ResourceType: 'VPC',
        ResourceIds: [VPC],
      }),
    );
    return FlowLogIds?.[0] ?? Unsuccessful![0]!.Error!.Message!;
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`;
  }
}

export async function described(weir: Service, id: string): Promise<FlowLog> {
  const { FlowLogs } = await ec2Of(weir).send(new DescribeFlowLogsCommand({ FlowLogIds: [id] }));
  return FlowLogs![0]!;
}

export async function makeBucket({ url, region, credentials }: Service, name: string): Promise<void> {
  const s3 = new S3Client({ endpoint: url, region, credentials, forcePathStyle: true });
  await s3.send(
    new CreateBucketCommand({ Bucket: name, CreateBucketConfiguration: { LocationConstraint: REGION } }),
  );
}

/** Records of flows: without NODATA and SKIPDATA. */
export function flows(records: readonly string[]): string[] {
  return records.filter((record) => record.endsWith(' OK'));
}

/** What a Firehose stream delivers to: an HTTP endpoint, as the service calls it. */
export class StreamReader {
  readonly #server: Server;
  /** Texts of records, in the order of their coming. */
  readonly records: string[] = [];

  private constructor(server: Server) {
    this.#server = server;
  }

  static async open(): Promise<StreamReader> {
    const server = createServer((request, response) => {
      const pieces: Buffer[] = [];
      request.on('data', (piece: Buffer) => pieces.push(piece));
      request.on('end', () => {
        const { requestId, records } = JSON.parse(Buffer.concat(pieces).toString()) as {
          readonly requestId: string;
          readonly records: readonly { readonly data: string }[];
        };
        reader.records.push(...records.map(({ data }) => Buffer.from(data, 'base64').toString()));
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify({ requestId, timestamp: Date.now() }));
      });
    });
    const reader = new StreamReader(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return reader;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  /** The log lines, sorted. */
  get lines(): string[] {
    return this.records.map((record) => (JSON.parse(record) as { readonly message: string }).message).sort();
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

/** Makes a stream that delivers at once to a reader; a bucket has what the reader refuses. */
export async function makeStream(service: Service, name: string, reader: StreamReader): Promise<void> {
  const { url, region, credentials } = service;
  await makeBucket(service, `backup-${name}`);
  const s3 = {
    RoleARN: `arn:aws:iam::${OWN}:role/firehose`,
    BucketARN: `arn:aws:s3:::backup-${name}`,
  };
  await new FirehoseClient({ endpoint: url, region, credentials, maxAttempts: 1 }).send(
    new CreateDeliveryStreamCommand({
      DeliveryStreamName: name,
      HttpEndpointDestinationConfiguration: {
        EndpointConfiguration: { Url: reader.url },
        BufferingHints: { IntervalInSeconds: 0, SizeInMBs: 1 },
        S3Configuration: s3,
      },
    }),
  );
}
