import { Buffer } from 'node:buffer';
import * as s3 from '@aws-sdk/client-s3';
import * as sqs from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { operationOf } from '../../../src/standins/s3/operations.ts';
import {
  type EventMessage,
  type EventRecord,
  openServices,
  OTHER,
  refusal,
  type Services,
} from '../services.ts';

let services: Services;
let bucket: s3.S3Client;
let queue: sqs.SQSClient;
let QueueUrl: string;
const Bucket = 'logs-of-flows';
const QueueArn = 'arn:aws:sqs:eu-central-1:123456789012:events';

beforeEach(async () => {
  services = await openServices();
  bucket = services.s3();
  queue = services.sqs();
  QueueUrl = (await queue.send(new sqs.CreateQueueCommand({ QueueName: 'events' }))).QueueUrl!;
  await bucket.send(new s3.CreateBucketCommand({ Bucket }));
});
afterEach(() => services.close());

async function notify(...rules: s3.QueueConfiguration[]): Promise<void> {
  await bucket.send(
    new s3.PutBucketNotificationConfigurationCommand({
      Bucket,
      NotificationConfiguration: { QueueConfigurations: rules },
    }),
  );
}

/** Receives and deletes everything. */
async function drain(): Promise<EventMessage[]> {
  const all: EventMessage[] = [];
  for (;;) {
    const { Messages = [] } = await queue.send(
      new sqs.ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }),
    );
    if (Messages.length === 0) return all;
    for (const { Body, ReceiptHandle } of Messages) {
      all.push(JSON.parse(Body!) as EventMessage);
      await queue.send(new sqs.DeleteMessageCommand({ QueueUrl, ReceiptHandle: ReceiptHandle! }));
    }
  }
}

const created = (messages: EventMessage[]): EventRecord[] => messages.flatMap(({ Records = [] }) => Records);
const put = (Key: string, Body: string | Uint8Array = 'body') =>
  bucket.send(new s3.PutObjectCommand({ Bucket, Key, Body }));
const ALL = { QueueArn, Events: ['s3:ObjectCreated:*' as const] };

describe('a bucket tells its queue of objects', () => {
  test('first of the configuration, then of each', async () => {
    await put('before');
    await notify({ ...ALL, Id: 'siem' });
    const [first, ...rest] = await drain();
    expect(first).toMatchObject({ Service: 'Amazon S3', Event: 's3:TestEvent', Bucket });
    expect(rest).toEqual([]);
    const { ETag } = await put('AWSLogs/year=2026/a b+ü~.log.gz', 'some bytes');
    const [record, ...more] = created(await drain());
    expect(more).toEqual([]);
    expect(record).toMatchObject({
      eventVersion: '2.1',
      eventSource: 'aws:s3',
      awsRegion: 'eu-central-1',
      eventName: 'ObjectCreated:Put',
      userIdentity: { principalId: expect.stringMatching(/^AWS:AIDA/) },
      requestParameters: { sourceIPAddress: '127.0.0.1' },
      s3: {
        s3SchemaVersion: '1.0',
        configurationId: 'siem',
        bucket: {
          name: Bucket,
          arn: `arn:aws:s3:::${Bucket}`,
          ownerIdentity: { principalId: '123456789012' },
        },
        object: {
          key: 'AWSLogs/year%3D2026/a+b%2B%C3%BC%7E.log.gz',
          size: 10,
          eTag: ETag!.replaceAll('"', ''),
        },
      },
    });
    expect(Date.parse(record!.eventTime)).toBeGreaterThan(Date.now() - 60_000);
  });

  test('by every way that an object comes to be, in order', async () => {
    await notify(ALL);
    await drain();
    await put('one');
    await bucket.send(new s3.CopyObjectCommand({ Bucket, Key: 'two', CopySource: `${Bucket}/one` }));
    const { UploadId } = await bucket.send(new s3.CreateMultipartUploadCommand({ Bucket, Key: 'three' }));
    const { ETag } = await bucket.send(
      new s3.UploadPartCommand({ Bucket, Key: 'three', UploadId, PartNumber: 1, Body: 'part' }),
    );
    await bucket.send(
      new s3.CompleteMultipartUploadCommand({
        Bucket,
        Key: 'three',
        UploadId,
        MultipartUpload: { Parts: [{ PartNumber: 1, ETag }] },
      }),
    );
    await services.objects.put(Bucket, 'four', [Buffer.from('by delivery')]);
    await bucket.send(new s3.DeleteObjectCommand({ Bucket, Key: 'one' }));
    const records = created(await drain());
    expect(records.map((it) => [it.eventName, it.s3.object.key])).toEqual([
      ['ObjectCreated:Put', 'one'],
      ['ObjectCreated:Copy', 'two'],
      ['ObjectCreated:CompleteMultipartUpload', 'three'],
      ['ObjectCreated:Put', 'four'],
    ]);
    const sequencers = records.map((it) => it.s3.object.sequencer);
    expect(sequencers.toSorted()).toEqual(sequencers);
    expect(new Set(sequencers).size).toBe(4);
  });

  test('only of those that the rules are for', async () => {
    await notify(
      {
        QueueArn,
        Events: ['s3:ObjectCreated:Put'],
        Filter: {
          Key: {
            FilterRules: [
              { Name: 'prefix', Value: 'AWSLogs/' },
              { Name: 'suffix', Value: '.gz' },
            ],
          },
        },
      },
      { QueueArn, Events: ['s3:ObjectCreated:Copy'] },
    );
    await drain();
    for (const key of ['AWSLogs/a.gz', 'AWSLogs/a.txt', 'other/a.gz']) await put(key);
    await bucket.send(new s3.CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `${Bucket}/other/a.gz` }));
    expect(created(await drain()).map((it) => it.s3.object.key)).toEqual(['AWSLogs/a.gz', 'copy']);
    const told = await bucket.send(new s3.GetBucketNotificationConfigurationCommand({ Bucket }));
    expect(told.QueueConfigurations).toMatchObject([
      {
        QueueArn,
        Events: ['s3:ObjectCreated:Put'],
        Filter: {
          Key: {
            FilterRules: [
              { Name: 'Prefix', Value: 'AWSLogs/' },
              { Name: 'Suffix', Value: '.gz' },
            ],
          },
        },
      },
      { QueueArn, Events: ['s3:ObjectCreated:Copy'] },
    ]);
    await notify();
    await put('AWSLogs/b.gz');
    expect(await drain()).toEqual([]);
    expect(
      (await bucket.send(new s3.GetBucketNotificationConfigurationCommand({ Bucket }))).QueueConfigurations,
    ).toBeUndefined();
  });

  test('not of what was refused', async () => {
    await notify(ALL);
    await put('there');
    await drain();
    expect(
      await refusal(
        bucket.send(new s3.PutObjectCommand({ Bucket, Key: 'there', Body: 'x', IfNoneMatch: '*' })),
      ),
    ).toEqual(['PreconditionFailed', 412]);
    expect(await drain()).toEqual([]);
    expect(services.queues.database.prepare('SELECT COUNT(*) AS n FROM event_intent').get()).toEqual({
      n: 0,
    });
  });

  test('a client that puts the same again is heard again, delivery is not', async () => {
    await notify(ALL);
    await drain();
    await put('same');
    await put('same');
    expect(await drain()).toHaveLength(2);
    const body = [Buffer.from('the same bytes')];
    for (let i = 0; i < 3; i++) await services.objects.put(Bucket, 'delivered', body);
    await services.objects.put(Bucket, 'delivered', [Buffer.from('others')]);
    expect(created(await drain()).map((it) => it.s3.object.size)).toEqual([14, 6]);
    expect(services.queues.tallies.events_repeated).toBe(2);
  });

  test('a bucket that is made anew tells nobody', async () => {
    await notify(ALL);
    await drain();
    await bucket.send(new s3.DeleteBucketCommand({ Bucket }));
    await bucket.send(new s3.CreateBucketCommand({ Bucket }));
    await put('x');
    expect(await drain()).toEqual([]);
  });

  test('a queue that is gone is counted', async () => {
    await notify(ALL);
    await queue.send(new sqs.DeleteQueueCommand({ QueueUrl }));
    await put('x');
    expect(services.queues.tallies.events_without_queue).toBe(1);
  });
});

describe('a configuration is refused', () => {
  const rule = (more: object): s3.QueueConfiguration => ({ ...ALL, ...more });
  const prefix = (Value: string) => ({
    Filter: { Key: { FilterRules: [{ Name: 'prefix' as const, Value }] } },
  });
  test.each<[string, s3.QueueConfiguration[], string]>([
    ['for a queue that is not there', [rule({ QueueArn: `${QueueArn}2` })], 'InvalidArgument'],
    [
      'for a queue of another region',
      [rule({ QueueArn: QueueArn.replace('central', 'west') })],
      'InvalidArgument',
    ],
    [
      'for a queue of another account',
      [rule({ QueueArn: QueueArn.replace('123456789012', '210987654321') })],
      'InvalidArgument',
    ],
    ['for no ARN', [rule({ QueueArn: 'events' })], 'InvalidArgument'],
    ['for an event that is none', [rule({ Events: ['s3:ObjectEaten:*'] })], 'InvalidArgument'],
    ['for an event that is never told', [rule({ Events: ['s3:ObjectRemoved:*'] })], 'NotImplemented'],
    ['for rules that overlap', [rule(prefix('a/')), rule(prefix('a/b'))], 'InvalidArgument'],
    [
      'for an id twice',
      [rule({ Id: 'i', ...prefix('a/') }), rule({ Id: 'i', ...prefix('b/') })],
      'InvalidArgument',
    ],
    ['for a prefix that is too long', [rule(prefix('x'.repeat(1025)))], 'InvalidArgument'],
  ])('%s', async (_, rules, code) => {
    expect((await refusal(notify(...rules)))[0]).toBe(code);
    await put('x');
    expect(await drain()).toEqual([]);
  });

  test('for a topic, and to others than the owner', async () => {
    const topics = {
      TopicConfigurations: [
        { TopicArn: 'arn:aws:sns:eu-central-1:123456789012:t', Events: ['s3:ObjectCreated:*' as const] },
      ],
    };
    const command = new s3.PutBucketNotificationConfigurationCommand({
      Bucket,
      NotificationConfiguration: topics,
    });
    expect(await refusal(bucket.send(command))).toEqual(['NotImplemented', 501]);
    const strange = services.s3(OTHER).send(new s3.GetBucketNotificationConfigurationCommand({ Bucket }));
    expect((await refusal(strange))[0]).toBe('AccessDenied');
    // What cannot be deleted is not taken for the bucket itself.
    const address = { bucket: Bucket, key: undefined, query: new Map([['notification', '']]) };
    expect(() => operationOf('DELETE', address, false)).toThrow('not implemented');
  });
});
