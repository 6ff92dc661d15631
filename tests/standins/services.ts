import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FirehoseClient } from '@aws-sdk/client-firehose';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { PageTokens } from '../../src/base/page-token.ts';
import { verifySignature } from '../../src/identity/sigv4.ts';
import type { ServiceAnswer } from '../../src/standins/answering.ts';
import { createFirehoseEndpoint } from '../../src/standins/firehose/endpoint.ts';
import { createdEvents } from '../../src/standins/notifications/created-events.ts';
import { createS3Endpoint } from '../../src/standins/s3/endpoint.ts';
import { createSqsEndpoint } from '../../src/standins/sqs/endpoint.ts';
import { type ObjectStorage, openObjectStorage } from '../../src/standins/storage/objects.ts';
import { EventJournal } from '../../src/standins/storage/queues-events.ts';
import { openQueueStorage, type QueueStorage } from '../../src/standins/storage/queues.ts';
import { openStreamStorage, type StreamStorage } from '../../src/standins/storage/streams.ts';
import type { AccessKey } from '../../src/store/store.ts';
import type { Endpoint } from '../../src/wire/endpoint.ts';
import { HttpListener } from '../../src/wire/listener.ts';
import { claimedService } from '../../src/wire/scope.ts';
import { KEYS, OTHER, OWNER, READER } from './keys.ts';

export { OTHER, OWNER, READER };

export const REGION = 'eu-central-1';

/** The embedded services over stored state, on a port of their own, with signatures. */
export interface Services {
  readonly url: string;
  readonly root: string;
  readonly queues: QueueStorage;
  readonly journal: EventJournal;
  readonly objects: ObjectStorage;
  readonly streams: StreamStorage;
  readonly faults: unknown[];
  readonly answers: ServiceAnswer[];
  s3(key?: AccessKey): S3Client;
  sqs(key?: AccessKey, region?: string): SQSClient;
  firehose(key?: AccessKey, region?: string): FirehoseClient;
  /** Ends without closing anything properly but sockets; what is stored stays. */
  stop(): Promise<void>;
  /** And removes what is stored. */
  close(): Promise<void>;
}

export interface ServicesOptions {
  /** With what an earlier one stored. */
  readonly root?: string;
  readonly now?: () => number;
  readonly maxMessages?: number;
  readonly maxStreamBytes?: number;
}

export async function openServices(options: ServicesOptions = {}): Promise<Services> {
  const root = options.root ?? mkdtempSync(join(tmpdir(), 'weir-standins-'));
  const { now = Date.now } = options;
  const faults: unknown[] = [];
  const answers: ServiceAnswer[] = [];
  const queues = openQueueStorage(
    join(root, 'sqs'),
    options.maxMessages === undefined ? {} : { maxMessages: options.maxMessages },
  );
  const journal = new EventJournal(queues);
  const objects = await openObjectStorage(
    join(root, 's3'),
    createdEvents({ journal, onFault: (error) => faults.push(error) }),
  );
  const streams = openStreamStorage(
    join(root, 'firehose'),
    options.maxStreamBytes === undefined ? {} : { maxBytes: options.maxStreamBytes },
  );
  const pageTokens = new PageTokens(Buffer.alloc(32, 7));
  const s3 = createS3Endpoint({
    storage: objects,
    queues,
    keys: KEYS,
    onFault: (error) => faults.push(error),
  });
  const sqs = createSqsEndpoint({
    storage: queues,
    pageTokens,
    authenticate: (request, service) => verifySignature(request, { service, keys: KEYS, now: Date.now() }),
    now: () => new Date(now()),
    onAnswer: (answer) => answers.push(answer),
    onFault: (error) => faults.push(error),
  });
  const firehose = createFirehoseEndpoint({
    storage: streams,
    authenticate: (request, service) => verifySignature(request, { service, keys: KEYS, now: Date.now() }),
    now: () => new Date(now()),
    onFault: (error) => faults.push(error),
  });
  const endpoints = new Map<string | undefined, Endpoint>([
    ['sqs', sqs],
    ['firehose', firehose],
  ]);
  const listener = new HttpListener({
    host: '127.0.0.1',
    port: 0,
    routing: (head) => endpoints.get(claimedService(head)) ?? s3,
    onFault: (error) => faults.push(error),
  });
  const { port } = await listener.start();
  const url = `http://127.0.0.1:${port}`;
  const clients: { destroy(): void }[] = [];
  const kept = <C extends { destroy(): void }>(client: C): C => {
    clients.push(client);
    return client;
  };
  const settings = ({ id, secret }: AccessKey, region = REGION) => ({
    endpoint: url,
    region,
    credentials: { accessKeyId: id, secretAccessKey: secret },
    maxAttempts: 1,
  });
  const stop = async (): Promise<void> => {
    for (const client of clients) client.destroy();
    await listener.stop(0);
    queues.close();
    streams.close();
  };
  return {
    url,
    root,
    queues,
    journal,
    objects,
    streams,
    faults,
    answers,
    s3: (as = OWNER) => kept(new S3Client({ ...settings(as), forcePathStyle: true })),
    firehose: (as = OWNER, region = REGION) => kept(new FirehoseClient(settings(as, region))),
    sqs: (as = OWNER, region = REGION) => kept(new SQSClient(settings(as, region))),
    stop,
    close: async () => {
      await stop();
      rmSync(root, { recursive: true, force: true });
      if (faults.length > 0) throw new AggregateError(faults, 'the services had faults');
    },
  };
}

/** What the service does at its start and now and then. */
export async function tendEvents(
  { queues, journal, objects }: Pick<Services, 'queues' | 'journal' | 'objects'>,
  now: number,
): Promise<void> {
  await journal.recover(
    ({ bucket, bucketId, key, identity }) => objects.holds(bucket, bucketId, key, identity),
    now,
  );
  queues.expire(now);
  journal.forget(now);
}

/** A message about an object, or the test message. */
export interface EventMessage {
  readonly Event?: string;
  readonly Service?: string;
  readonly Bucket?: string;
  readonly Records?: readonly EventRecord[];
}

export interface EventRecord {
  readonly eventName: string;
  readonly eventTime: string;
  readonly s3: {
    readonly object: { readonly key: string; readonly size: number; readonly sequencer: string };
  };
}

/** The keys that a message is about. */
export function keysOf(body: string): string[] {
  return ((JSON.parse(body) as EventMessage).Records ?? []).map(({ s3 }) => s3.object.key);
}

/** What a request is refused with. */
export async function refusal(
  promise: Promise<unknown>,
): Promise<[name: string, status: number | undefined]> {
  const error = (await promise.then(
    () => new Error('was not refused'),
    (error: unknown) => error,
  )) as Error & { $metadata?: { httpStatusCode?: number } };
  return [error.name, error.$metadata?.httpStatusCode];
}
