import { createHash } from 'node:crypto';
import * as sqs from '@aws-sdk/client-sqs';
import { afterEach, describe, expect, test } from 'vitest';
import { openServices, OTHER, READER, refusal, type Services, type ServicesOptions } from '../services.ts';

let services: Services | undefined;
afterEach(async () => {
  await services?.close();
  services = undefined;
});

async function open(options: ServicesOptions = {}): Promise<{ client: sqs.SQSClient; services: Services }> {
  services = await openServices(options);
  return { client: services.sqs(), services };
}

async function makeQueue(client: sqs.SQSClient, Attributes: Record<string, string> = {}): Promise<string> {
  const { QueueUrl } = await client.send(new sqs.CreateQueueCommand({ QueueName: 'events', Attributes }));
  return QueueUrl!;
}

async function receive(
  client: sqs.SQSClient,
  QueueUrl: string,
  more: Partial<sqs.ReceiveMessageCommandInput> = {},
): Promise<sqs.Message[]> {
  const { Messages } = await client.send(
    new sqs.ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, ...more }),
  );
  return Messages ?? [];
}

describe('queues', () => {
  test('are made, found, listed, described, tagged and deleted', async () => {
    const { client, services } = await open();
    const url = await makeQueue(client, { VisibilityTimeout: '7' });
    expect(url).toBe(`${services.url}/123456789012/events`);
    expect(await makeQueue(client)).toBe(url);
    const found = await client.send(new sqs.GetQueueUrlCommand({ QueueName: 'events' }));
    expect(found.QueueUrl).toBe(url);
    const { Attributes } = await client.send(
      new sqs.GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] }),
    );
    expect(Attributes).toMatchObject({
      QueueArn: 'arn:aws:sqs:eu-central-1:123456789012:events',
      VisibilityTimeout: '7',
      MessageRetentionPeriod: '345600',
      ApproximateNumberOfMessages: '0',
    });
    expect(
      await refusal(
        client.send(
          new sqs.CreateQueueCommand({ QueueName: 'events', Attributes: { VisibilityTimeout: '8' } }),
        ),
      ),
    ).toEqual(['QueueNameExists', 400]);
    await client.send(new sqs.TagQueueCommand({ QueueUrl: url, Tags: { team: 'net', x: 'y' } }));
    await client.send(new sqs.UntagQueueCommand({ QueueUrl: url, TagKeys: ['x'] }));
    const tags = await client.send(new sqs.ListQueueTagsCommand({ QueueUrl: url }));
    expect(tags.Tags).toEqual({ team: 'net' });
    for (const name of ['a-1', 'a-2', 'a-3'])
      await client.send(new sqs.CreateQueueCommand({ QueueName: name }));
    const first = await client.send(new sqs.ListQueuesCommand({ QueueNamePrefix: 'a-', MaxResults: 2 }));
    const second = await client.send(
      new sqs.ListQueuesCommand({ QueueNamePrefix: 'a-', MaxResults: 2, NextToken: first.NextToken! }),
    );
    expect([...first.QueueUrls!, ...second.QueueUrls!].map((it) => it.split('/').at(-1))).toEqual([
      'a-1',
      'a-2',
      'a-3',
    ]);
    expect(second.NextToken).toBeUndefined();
    await client.send(new sqs.DeleteQueueCommand({ QueueUrl: url }));
    expect(await refusal(client.send(new sqs.GetQueueUrlCommand({ QueueName: 'events' })))).toEqual([
      'QueueDoesNotExist',
      400,
    ]);
    const gone = await client
      .send(new sqs.ReceiveMessageCommand({ QueueUrl: url }))
      .catch((error: unknown) => error);
    expect(gone).toBeInstanceOf(sqs.QueueDoesNotExist);
  });

  test('belong to an account and a region', async () => {
    const { client, services } = await open();
    const url = await makeQueue(client);
    await client.send(new sqs.SendMessageCommand({ QueueUrl: url, MessageBody: 'mine' }));
    for (const stranger of [services.sqs(OTHER), services.sqs(undefined, 'us-east-1')]) {
      expect(await refusal(receive(stranger, url))).toEqual(['QueueDoesNotExist', 400]);
      expect((await stranger.send(new sqs.ListQueuesCommand({}))).QueueUrls).toBeUndefined();
      await makeQueue(stranger);
    }
    expect(await receive(services.sqs(OTHER), `${services.url}/210987654321/events`)).toEqual([]);
    expect(await receive(client, url)).toHaveLength(1);
  });

  test('a key that only reads may look, and take nothing', async () => {
    const { client, services } = await open();
    const url = await makeQueue(client);
    const reader = services.sqs(READER);
    await reader.send(new sqs.GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['QueueArn'] }));
    expect(await refusal(receive(reader, url))).toEqual(['AccessDenied', 403]);
    expect(await refusal(reader.send(new sqs.PurgeQueueCommand({ QueueUrl: url })))).toEqual([
      'AccessDenied',
      403,
    ]);
  });

  test.each<[string, Record<string, string>, string]>([
    ['out of bounds', { VisibilityTimeout: '43201' }, 'InvalidAttributeValue'],
    ['no number', { DelaySeconds: 'soon' }, 'InvalidAttributeValue'],
    ['unknown', { Colour: 'blue' }, 'InvalidAttributeName'],
    ['encryption, which is not done', { SqsManagedSseEnabled: 'true' }, 'InvalidAttributeValue'],
    ['a redrive policy without a queue', { RedrivePolicy: '{"maxReceiveCount":3}' }, 'InvalidAttributeValue'],
    ['FIFO', { FifoQueue: 'true' }, 'UnsupportedOperation'],
  ])('refuse attributes: %s', async (_, attributes, code) => {
    const { client } = await open();
    expect((await refusal(makeQueue(client, attributes)))[0]).toBe(code);
  });
});

describe('messages', () => {
  test('are hidden when received, come back, and go when deleted', async () => {
    let now = Date.now();
    const { client, services } = await open({ now: () => now });
    const QueueUrl = await makeQueue(client, { VisibilityTimeout: '30' });
    const body = 'ü ☂ <&> "\n';
    const sent = await client.send(
      new sqs.SendMessageCommand({
        QueueUrl,
        MessageBody: body,
        MessageAttributes: {
          kind: { DataType: 'String', StringValue: 'flow' },
          bytes: { DataType: 'Binary', BinaryValue: Buffer.from([1, 2, 255]) },
          count: { DataType: 'Number', StringValue: '12' },
        },
      }),
    );
    expect(sent.MD5OfMessageBody).toBe(createHash('md5').update(body).digest('hex'));
    const [first] = await receive(client, QueueUrl, {
      MessageSystemAttributeNames: ['All'],
      MessageAttributeNames: ['All'],
    });
    expect(first).toMatchObject({
      Body: body,
      MessageId: sent.MessageId,
      MD5OfMessageAttributes: sent.MD5OfMessageAttributes,
    });
    expect([...first!.MessageAttributes!['bytes']!.BinaryValue!]).toEqual([1, 2, 255]);
    expect(first!.Attributes).toEqual({
      SenderId: expect.stringMatching(/^AIDA/) as string,
      SentTimestamp: String(now),
      ApproximateReceiveCount: '1',
      ApproximateFirstReceiveTimestamp: String(now),
    });
    expect(await receive(client, QueueUrl)).toEqual([]);
    now += 29_000;
    await client.send(
      new sqs.ChangeMessageVisibilityCommand({
        QueueUrl,
        ReceiptHandle: first!.ReceiptHandle!,
        VisibilityTimeout: 10,
      }),
    );
    now += 9_000;
    expect(await receive(client, QueueUrl)).toEqual([]);
    now += 1_000;
    const [second] = await receive(client, QueueUrl, {
      MessageSystemAttributeNames: ['ApproximateReceiveCount'],
    });
    expect(second!.Attributes).toEqual({ ApproximateReceiveCount: '2' });
    // The first receipt is no longer good for anything; nothing is told of it.
    await client.send(new sqs.DeleteMessageCommand({ QueueUrl, ReceiptHandle: first!.ReceiptHandle! }));
    const counted = await client.send(
      new sqs.GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }),
    );
    expect(counted.Attributes).toMatchObject({
      ApproximateNumberOfMessages: '0',
      ApproximateNumberOfMessagesNotVisible: '1',
    });
    await client.send(new sqs.DeleteMessageCommand({ QueueUrl, ReceiptHandle: second!.ReceiptHandle! }));
    now += 3_600_000;
    expect(await receive(client, QueueUrl)).toEqual([]);
    expect(services.queues.tallies).toMatchObject({
      messages_sent: 1,
      messages_received: 2,
      messages_deleted: 1,
    });
  });

  test('go by batches, each entry with an answer of its own', async () => {
    const { client } = await open();
    const QueueUrl = await makeQueue(client);
    const { Successful, Failed } = await client.send(
      new sqs.SendMessageBatchCommand({
        QueueUrl,
        Entries: [
          { Id: 'a', MessageBody: 'one' },
          { Id: 'b', MessageBody: 'bad \u0001' },
          { Id: 'c', MessageBody: 'three' },
        ],
      }),
    );
    expect(Successful!.map(({ Id }) => Id)).toEqual(['a', 'c']);
    expect(Failed).toMatchObject([{ Id: 'b', Code: 'InvalidMessageContents', SenderFault: true }]);
    const messages = await receive(client, QueueUrl);
    expect(messages.map(({ Body }) => Body)).toEqual(['one', 'three']);
    const changed = await client.send(
      new sqs.ChangeMessageVisibilityBatchCommand({
        QueueUrl,
        Entries: messages.map(({ ReceiptHandle }, i) => ({
          Id: `m${i}`,
          ReceiptHandle,
          VisibilityTimeout: 5,
        })),
      }),
    );
    expect(changed.Successful).toHaveLength(2);
    const deleted = await client.send(
      new sqs.DeleteMessageBatchCommand({
        QueueUrl,
        Entries: [
          { Id: 'x', ReceiptHandle: messages[0]!.ReceiptHandle },
          { Id: 'y', ReceiptHandle: 'nonsense' },
        ],
      }),
    );
    expect(deleted.Successful).toEqual([{ Id: 'x' }]);
    expect(deleted.Failed).toMatchObject([{ Id: 'y', Code: 'ReceiptHandleIsInvalid' }]);
    expect(await refusal(client.send(new sqs.DeleteMessageBatchCommand({ QueueUrl, Entries: [] })))).toEqual([
      'EmptyBatchRequest',
      400,
    ]);
    const twice = [
      { Id: 'x', MessageBody: '1' },
      { Id: 'x', MessageBody: '2' },
    ];
    expect(await refusal(client.send(new sqs.SendMessageBatchCommand({ QueueUrl, Entries: twice })))).toEqual(
      ['BatchEntryIdsNotDistinct', 400],
    );
    const many = Array.from({ length: 11 }, (_, i) => ({ Id: `${i}`, MessageBody: 'm' }));
    expect(await refusal(client.send(new sqs.SendMessageBatchCommand({ QueueUrl, Entries: many })))).toEqual([
      'TooManyEntriesInBatchRequest',
      400,
    ]);
  });

  test('are waited for, also those that come by another way than the endpoint', async () => {
    const { client, services } = await open();
    const QueueUrl = await makeQueue(client);
    const waiting = receive(client, QueueUrl, { WaitTimeSeconds: 5 });
    setTimeout(() => {
      const queue = { account: '123456789012', region: 'eu-central-1', name: 'events' };
      services.queues.send(queue, { body: 'late', sender: 'AIDA', delaySeconds: 0 }, Date.now());
    }, 200);
    const begun = performance.now();
    expect((await waiting).map(({ Body }) => Body)).toEqual(['late']);
    expect(performance.now() - begun).toBeLessThan(3_000);
    const empty = performance.now();
    expect(await receive(client, QueueUrl, { WaitTimeSeconds: 1 })).toEqual([]);
    expect(performance.now() - empty).toBeGreaterThan(900);
  });

  test('are not kept for longer than the queue says', async () => {
    let now = Date.now();
    const { client, services } = await open({ now: () => now });
    const QueueUrl = await makeQueue(client, { MessageRetentionPeriod: '60', DelaySeconds: '20' });
    await client.send(new sqs.SendMessageCommand({ QueueUrl, MessageBody: 'soon gone' }));
    expect(await receive(client, QueueUrl)).toEqual([]);
    const counted = await client.send(
      new sqs.GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }),
    );
    expect(counted.Attributes).toMatchObject({ ApproximateNumberOfMessagesDelayed: '1' });
    now += 61_000;
    expect(await receive(client, QueueUrl)).toEqual([]);
    expect(services.queues.expire(now)).toBe(1);
    expect(services.queues.tallies.messages_expired).toBe(1);
  });

  test('go to the dead-letter queue when they were received too often', async () => {
    let now = Date.now();
    const { client } = await open({ now: () => now });
    await client.send(new sqs.CreateQueueCommand({ QueueName: 'dead' }));
    const QueueUrl = await makeQueue(client, {
      VisibilityTimeout: '1',
      RedrivePolicy: JSON.stringify({
        deadLetterTargetArn: 'arn:aws:sqs:eu-central-1:123456789012:dead',
        maxReceiveCount: 2,
      }),
    });
    await client.send(new sqs.SendMessageCommand({ QueueUrl, MessageBody: 'poison' }));
    for (let i = 0; i < 2; i++) {
      expect(await receive(client, QueueUrl)).toHaveLength(1);
      now += 1_000;
    }
    expect(await receive(client, QueueUrl)).toEqual([]);
    const dead = await client.send(new sqs.GetQueueUrlCommand({ QueueName: 'dead' }));
    expect((await receive(client, dead.QueueUrl!)).map(({ Body }) => Body)).toEqual(['poison']);
  });

  test('purging leaves none, and is not done again at once', async () => {
    const { client } = await open();
    const QueueUrl = await makeQueue(client);
    await client.send(new sqs.SendMessageCommand({ QueueUrl, MessageBody: 'x' }));
    await client.send(new sqs.PurgeQueueCommand({ QueueUrl }));
    expect(await receive(client, QueueUrl)).toEqual([]);
    expect(await refusal(client.send(new sqs.PurgeQueueCommand({ QueueUrl })))).toEqual([
      'PurgeQueueInProgress',
      403,
    ]);
  });

  test('a queue takes no more than it may hold', async () => {
    const { client } = await open({ maxMessages: 2 });
    const QueueUrl = await makeQueue(client);
    const send = () => client.send(new sqs.SendMessageCommand({ QueueUrl, MessageBody: 'x' }));
    await send();
    await send();
    expect(await refusal(send())).toEqual(['OverLimit', 403]);
    const [one] = await receive(client, QueueUrl, { MaxNumberOfMessages: 1 });
    await client.send(new sqs.DeleteMessageCommand({ QueueUrl, ReceiptHandle: one!.ReceiptHandle! }));
    await send();
  });

  test('outlast a restart, hidden or not, with their receipts', async () => {
    const first = await openServices();
    const client = first.sqs();
    const QueueUrl = await makeQueue(client);
    for (const MessageBody of ['held', 'free'])
      await client.send(new sqs.SendMessageCommand({ QueueUrl, MessageBody }));
    const [held] = await receive(client, QueueUrl, { MaxNumberOfMessages: 1 });
    expect(held!.Body).toBe('held');
    await first.stop();
    const again = await open({ root: first.root });
    const url = `${again.services.url}/123456789012/events`;
    expect((await receive(again.client, url)).map(({ Body }) => Body)).toEqual(['free']);
    await again.client.send(
      new sqs.DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: held!.ReceiptHandle! }),
    );
    const { Attributes } = await again.client.send(
      new sqs.GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] }),
    );
    expect(Attributes).toMatchObject({
      ApproximateNumberOfMessages: '0',
      ApproximateNumberOfMessagesNotVisible: '1',
    });
  });
});
