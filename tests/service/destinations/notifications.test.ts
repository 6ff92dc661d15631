/** New objects in the embedded S3 are told to queues and webhooks, whoever puts them, and each once. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { existsSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import {
  CreateBucketCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketNotificationConfigurationCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { generateKey } from '../../../src/identity/keys.ts';
import { startWeir, type Weir } from '../../../src/service/library/start-weir.ts';
import { parseConfig } from '../../../src/service/serve/config.ts';
import { startService } from '../../../src/service/serve/service.ts';
import { intoBucket } from '../library/flow-logs.ts';
import { type Folder, temporaryFolder } from '../support.ts';
import { CAPTURE, NETWORK } from './remote-world.ts';

let folder: Folder;
const closing: (() => Promise<unknown>)[] = [];
beforeEach(() => (folder = temporaryFolder()));
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
  folder.remove();
});

async function weirOn(directory: string, config: Readonly<Record<string, unknown>> = {}): Promise<Weir> {
  const weir = await startWeir({ network: NETWORK, directory, config });
  closing.push(() => weir.close());
  return weir;
}

function clientsOf({ url, region, credentials }: Weir): { s3: S3Client; sqs: SQSClient } {
  const settings = { endpoint: url, region, credentials, maxAttempts: 1 };
  return { s3: new S3Client({ ...settings, forcePathStyle: true }), sqs: new SQSClient(settings) };
}

interface Created {
  readonly eventName: string;
  readonly s3: { readonly bucket: { readonly name: string }; readonly object: { readonly key: string } };
}

function keysOf(body: string): string[] {
  const { Records = [] } = JSON.parse(body) as { readonly Records?: readonly Created[] };
  return Records.map(({ s3 }) => s3.object.key);
}

/** Polls, parses and deletes, as an input of a SIEM does, until nothing comes. */
async function drain(sqs: SQSClient, QueueUrl: string): Promise<string[]> {
  const keys: string[] = [];
  for (;;) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 }),
    );
    if (Messages.length === 0) return keys;
    for (const { Body, ReceiptHandle } of Messages) {
      keys.push(...keysOf(Body!));
      await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: ReceiptHandle! }));
    }
  }
}

async function tell(weir: Weir, bucket: string): Promise<string> {
  const { s3, sqs } = clientsOf(weir);
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'new-objects' }));
  expect(QueueUrl).toBe(`${weir.url}/${weir.account}/new-objects`);
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: QueueUrl!, AttributeNames: ['QueueArn'] }),
  );
  await s3.send(
    new PutBucketNotificationConfigurationCommand({
      Bucket: bucket,
      NotificationConfiguration: {
        QueueConfigurations: [{ QueueArn: Attributes!['QueueArn']!, Events: ['s3:ObjectCreated:*'] }],
      },
    }),
  );
  return QueueUrl!;
}

test('a queue hears of delivered objects and of those that clients put, over a restart', async () => {
  const directory = join(folder.path, 'data');
  const first = await weirOn(directory);
  await intoBucket(first, 'flow-logs');
  await tell(first, 'flow-logs');
  const { s3 } = clientsOf(first);
  await s3.send(new PutObjectCommand({ Bucket: 'flow-logs', Key: 'by hand', Body: 'x' }));
  await first.replay(CAPTURE);
  await first.close();

  const second = await weirOn(directory);
  const { sqs } = clientsOf(second);
  // Another port, the same queue.
  const keys = await drain(sqs, `${second.url}/${second.account}/new-objects`);
  expect(keys.filter((key) => key === 'by+hand')).toHaveLength(1);
  const delivered = keys.filter((key) => key.startsWith('AWSLogs/')).toSorted();
  expect(delivered.length).toBeGreaterThan(0);
  expect(delivered).toEqual([...new Set(delivered)]);
  const metrics = await (await fetch(`${second.url}/metrics`)).text();
  expect(metrics).toMatch(
    new RegExp(`^weir_queue_messages_total\\{what="events_queued"\\} ${keys.length}$`, 'm'),
  );
});

test('a webhook hears of delivered objects, and is called again when it refused', async () => {
  const heard: { readonly keys: readonly string[]; readonly authorization: string | undefined }[] = [];
  let refused = 0;
  const server: Server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      if (refused++ === 0) return response.writeHead(503).end();
      const { authorization } = request.headers;
      heard.push({ keys: keysOf(Buffer.concat(pieces).toString()), authorization });
      return response.writeHead(204).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(async () => server.close());
  const { port } = server.address() as AddressInfo;
  const weir = await weirOn(join(folder.path, 'data'), {
    webhooks: [
      {
        url: `http://127.0.0.1:${port}/hook`,
        prefix: 'AWSLogs/',
        headers: { Authorization: 'Bearer token' },
      },
    ],
  });
  await intoBucket(weir, 'flow-logs');
  const { s3 } = clientsOf(weir);
  await s3.send(new PutObjectCommand({ Bucket: 'flow-logs', Key: 'by hand', Body: 'x' }));
  await weir.replay(CAPTURE);
  await vi.waitFor(() => expect(heard.length).toBeGreaterThan(0), 10_000);
  for (const { keys, authorization } of heard) {
    expect(keys).toEqual([expect.stringMatching(/^AWSLogs\/.*\.log\.gz$/)]);
    expect(authorization).toBe('Bearer token');
  }
});

test('the upkeep lets objects go that a lifecycle says are old', async () => {
  const directory = join(folder.path, 'data');
  const service = await startService({
    config: parseConfig("listen: '127.0.0.1:0'", 'weir.yaml'),
    directory,
    times: { upkeepMs: 50 },
  });
  closing.push(() => service.close());
  const { id, secret } = generateKey({ account: '123456789012', label: '' });
  await service.keys.add({ ...generateKey({ account: '123456789012', label: '' }), id, secret });
  const s3 = new S3Client({
    endpoint: service.url,
    region: 'eu-central-1',
    credentials: { accessKeyId: id, secretAccessKey: secret },
    forcePathStyle: true,
  });
  await s3.send(
    new CreateBucketCommand({
      Bucket: 'kept',
      CreateBucketConfiguration: { LocationConstraint: 'eu-central-1' },
    }),
  );
  for (const Key of ['old/a.txt', 'other/b.txt']) {
    await s3.send(new PutObjectCommand({ Bucket: 'kept', Key, Body: 'x' }));
  }
  await s3.send(
    new PutBucketLifecycleConfigurationCommand({
      Bucket: 'kept',
      LifecycleConfiguration: {
        Rules: [{ ID: 'r', Status: 'Enabled', Filter: { Prefix: 'old/' }, Expiration: { Days: 30 } }],
      },
    }),
  );
  const bucket = join(directory, 's3', 'kept');
  expect(existsSync(join(bucket, 'old/a.txt'))).toBe(true);
  const time = Date.now();
  const clock = vi.spyOn(Date, 'now').mockImplementation(() => time + 32 * 86_400_000);
  closing.push(async () => clock.mockRestore());
  await vi.waitFor(() => expect(existsSync(join(bucket, 'old/a.txt'))).toBe(false), 10_000);
  expect(existsSync(join(bucket, 'other/b.txt'))).toBe(true);
  await vi.waitFor(() => expect(service.control.metrics().upkeep.objects).toBe(1), 5_000);
});
