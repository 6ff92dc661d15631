import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import * as sqs from '@aws-sdk/client-sqs';
import { expect, test } from 'vitest';
import type { NotificationSetting } from '../../../src/standins/notifications/rules.ts';
import { keysOf, openServices, tendEvents } from '../services.ts';

const COUNT = 40;
const queue = { account: '123456789012', region: 'eu-central-1', name: 'events' };
const setting: NotificationSetting = {
  queues: [
    {
      id: 'siem',
      arn: 'arn:aws:sqs:eu-central-1:123456789012:events',
      events: ['s3:ObjectCreated:*'],
      prefix: 'AWSLogs/',
      suffix: '',
    },
  ],
};
/** Delivery's thread, which puts objects while the services start anew. */
const WORKER = `
  import { workerData } from 'node:worker_threads';
  import { setTimeout } from 'node:timers/promises';
  const load = (path) => import(workerData.source + path);
  const { openQueueStorage } = await load('standins/storage/queues.ts');
  const { EventJournal } = await load('standins/storage/queues-events.ts');
  const { openObjectStorage } = await load('standins/storage/objects.ts');
  const { createdEvents } = await load('standins/notifications/created-events.ts');
  const queues = openQueueStorage(workerData.root + '/sqs');
  const objects = await openObjectStorage(workerData.root + '/s3', createdEvents({ journal: new EventJournal(queues) }));
  for (let i = 0; i < workerData.count; i++) {
    await objects.put('flows', 'AWSLogs/' + i, [Buffer.from('object ' + i)]);
    await setTimeout(10);
  }
  queues.close();
`;

/** Polls once: reads the object of each message, then deletes the message. */
async function poll(client: sqs.SQSClient, s3: S3Client, url: string, seen: string[]): Promise<number> {
  const QueueUrl = `${url}/123456789012/events`;
  const { Messages = [] } = await client.send(
    new sqs.ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 }),
  );
  for (const { Body, ReceiptHandle } of Messages) {
    for (const Key of keysOf(Body!)) {
      const { Body: body } = await s3.send(new GetObjectCommand({ Bucket: 'flows', Key }));
      seen.push(await body!.transformToString());
    }
    await client.send(new sqs.DeleteMessageCommand({ QueueUrl, ReceiptHandle: ReceiptHandle! }));
  }
  return Messages.length;
}

test('a consumer that polls the queue sees each object of another thread once, through a restart', async () => {
  const first = await openServices();
  first.queues.create(queue, {}, {}, Date.now());
  const bucket = await first.objects.buckets.create({
    name: 'flows',
    account: queue.account,
    region: queue.region,
    createdAt: 0,
  });
  await first.objects.settings.write(bucket, 'notification', setting);
  const source = new URL('../../../src/', import.meta.url).href;
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(WORKER)}`), {
    workerData: { source, root: first.root, count: COUNT },
  });
  const ended = once(worker, 'exit');
  const seen: string[] = [];
  while (seen.length < COUNT / 4) await poll(first.sqs(), first.s3(), first.url, seen);
  await first.stop();
  const second = await openServices({ root: first.root });
  try {
    await tendEvents(second, Date.now());
    const client = second.sqs();
    const s3 = second.s3();
    while ((await poll(client, s3, second.url, seen)) > 0 || seen.length < COUNT);
    expect(await ended).toEqual([0]);
    expect(await poll(client, s3, second.url, seen)).toBe(0);
    expect(seen.toSorted()).toEqual(Array.from({ length: COUNT }, (_, i) => `object ${i}`).toSorted());
  } finally {
    await second.close();
  }
});
