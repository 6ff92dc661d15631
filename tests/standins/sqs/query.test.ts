import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { XMLParser } from 'fast-xml-parser';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { PageTokens } from '../../../src/base/page-token.ts';
import type { RawRequest } from '../../../src/base/raw-request.ts';
import { isServiceError, ServiceError } from '../../../src/base/service-error.ts';
import { createSqsEndpoint } from '../../../src/standins/sqs/endpoint.ts';
import { attributesMd5, givenMessageAttributes } from '../../../src/standins/sqs/message-attributes.ts';
import { membersOfForm } from '../../../src/standins/sqs/query-input.ts';
import { openQueueStorage, type QueueStorage } from '../../../src/standins/storage/queues.ts';
import type { Endpoint } from '../../../src/wire/endpoint.ts';

let root: string;
let storage: QueueStorage;
let endpoint: Endpoint;
const faults: unknown[] = [];
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'weir-sqs-'));
  storage = openQueueStorage(root);
  endpoint = createSqsEndpoint({
    storage,
    pageTokens: new PageTokens(Buffer.alloc(32, 7)),
    authenticate: (request) => {
      if (request.headers.some(([name]) => name === 'X-Stranger')) {
        throw new ServiceError(
          'InvalidClientTokenId',
          'The security token included in the request is invalid.',
          403,
        );
      }
      return {
        accessKeyId: 'AKIATEST',
        account: '123456789012',
        readOnly: false,
        region: 'eu-central-1',
        service: 'sqs',
      };
    },
    onFault: (error) => faults.push(error),
    scheme: 'https',
  });
});
afterEach(() => {
  storage.close();
  rmSync(root, { recursive: true, force: true });
  if (faults.length > 0) throw new AggregateError(faults.splice(0), 'the endpoint had faults');
});

const parser = new XMLParser({
  parseTagValue: false,
  isArray: (name) =>
    ['Message', 'Attribute', 'QueueUrl', 'BatchResultErrorEntry', 'DeleteMessageBatchResultEntry'].includes(
      name,
    ),
});

function request(body: string | Uint8Array, target = '/', headers: [string, string][] = []): RawRequest {
  return {
    method: 'POST',
    target,
    headers: [['Host', 'weir.example:4580'], ...headers],
    body: Buffer.from(body),
  };
}

/** Elements within elements; those that are text are text. */
interface Tree {
  readonly [name: string]: Tree;
}

/** An action of the Query protocol: status and what is inside the root element. */
async function ask(parameters: Record<string, string>, target = '/'): Promise<[number, Tree]> {
  const form = new URLSearchParams({ ...parameters, Version: '2012-11-05' }).toString();
  const { status, body, headers } = await endpoint.handle(
    request(form, target),
    new AbortController().signal,
  );
  expect(headers).toContainEqual(['Content-Type', 'text/xml;charset=UTF-8']);
  const parsed = parser.parse(body as string) as Record<string, Tree>;
  return [status, Object.entries(parsed).find(([name]) => name !== '?xml')![1]];
}

describe('the Query protocol', () => {
  test('takes a message from one end of its life to the other', async () => {
    const [, made] = await ask({
      Action: 'CreateQueue',
      QueueName: 'q',
      'Attribute.1.Name': 'VisibilityTimeout',
      'Attribute.1.Value': '5',
      'Attribute.2.Name': 'DelaySeconds',
      'Attribute.2.Value': '0',
      'Tag.1.Key': 'k',
      'Tag.1.Value': 'v',
    });
    const url = 'https://weir.example:4580/123456789012/q';
    expect(made['CreateQueueResult']).toEqual({ QueueUrl: [url] });
    const [, tags] = await ask({ Action: 'ListQueueTags', QueueUrl: url });
    expect(tags['ListQueueTagsResult']).toEqual({ Tag: { Key: 'k', Value: 'v' } });
    const [, sent] = await ask({
      Action: 'SendMessage',
      QueueUrl: url,
      MessageBody: 'a <b> & c',
      'MessageAttribute.1.Name': 'kind',
      'MessageAttribute.1.Value.DataType': 'String',
      'MessageAttribute.1.Value.StringValue': 'flow',
    });
    expect(sent['SendMessageResult']!['MD5OfMessageBody']).toBe('6d641a791ab9cbbe67bd5288905538b1');
    // The URL may stand in the path alone, as old clients send it.
    const [, received] = await ask(
      {
        Action: 'ReceiveMessage',
        MaxNumberOfMessages: '10',
        'AttributeName.1': 'All',
        'MessageAttributeName.1': 'All',
      },
      '/123456789012/q',
    );
    const [message] = received['ReceiveMessageResult']!['Message'] as unknown as [Tree];
    expect(parseText(message['Body'] as unknown as string)).toBe('a <b> & c');
    expect(message['MessageAttribute']).toEqual({
      Name: 'kind',
      Value: { DataType: 'String', StringValue: 'flow' },
    });
    expect(message['Attribute']).toContainEqual({ Name: 'ApproximateReceiveCount', Value: '1' });
    const receipt = message['ReceiptHandle'] as unknown as string;
    const [changed] = await ask({
      Action: 'ChangeMessageVisibility',
      QueueUrl: url,
      ReceiptHandle: receipt,
      VisibilityTimeout: '9',
    });
    expect(changed).toBe(200);
    const [, deleted] = await ask({
      Action: 'DeleteMessageBatch',
      QueueUrl: url,
      'DeleteMessageBatchRequestEntry.1.Id': 'one',
      'DeleteMessageBatchRequestEntry.1.ReceiptHandle': receipt,
      'DeleteMessageBatchRequestEntry.2.Id': 'two',
      'DeleteMessageBatchRequestEntry.2.ReceiptHandle': 'x',
    });
    expect(deleted['DeleteMessageBatchResult']!['DeleteMessageBatchResultEntry']).toEqual([{ Id: 'one' }]);
    expect(deleted['DeleteMessageBatchResult']!['BatchResultErrorEntry']).toMatchObject([
      { Id: 'two', SenderFault: 'true', Code: 'ReceiptHandleIsInvalid' },
    ]);
    const [, attributes] = await ask({
      Action: 'GetQueueAttributes',
      QueueUrl: url,
      'AttributeName.1': 'ApproximateNumberOfMessagesNotVisible',
    });
    expect(attributes['GetQueueAttributesResult']).toEqual({
      Attribute: [{ Name: 'ApproximateNumberOfMessagesNotVisible', Value: '0' }],
    });
  });

  test.each<[string, Record<string, string>, number, string]>([
    [
      'a queue that is not there',
      { Action: 'GetQueueUrl', QueueName: 'none' },
      400,
      'AWS.SimpleQueueService.NonExistentQueue',
    ],
    ['no parameter', { Action: 'GetQueueUrl' }, 400, 'MissingParameter'],
    ['no action', { QueueName: 'q' }, 400, 'InvalidAction'],
    ['another action', { Action: 'AddPermission' }, 400, 'InvalidAction'],
    ['an address that is none', { Action: 'ReceiveMessage', QueueUrl: 'http://h/q' }, 404, 'InvalidAddress'],
    [
      'out of bounds',
      { Action: 'ReceiveMessage', QueueUrl: '/123456789012/q', MaxNumberOfMessages: '11' },
      400,
      'InvalidParameterValue',
    ],
    [
      'names that contradict',
      { Action: 'CreateQueue', QueueName: 'q', 'QueueName.1': 'q' },
      400,
      'SerializationException',
    ],
  ])('refuses with its own codes: %s', async (_, parameters, status, code) => {
    const [found, answer] = await ask(parameters);
    expect([found, answer['Error']!['Code'], answer['Error']!['Type']]).toEqual([status, code, 'Sender']);
  });
});

describe('the JSON protocol', () => {
  test('carries the Query code of a refusal along', async () => {
    const answer = await endpoint.handle(
      request('{"QueueName":"none"}', '/', [['X-Amz-Target', 'AmazonSQS.GetQueueUrl']]),
      new AbortController().signal,
    );
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body as string)).toMatchObject({
      __type: 'com.amazonaws.sqs#QueueDoesNotExist',
    });
    expect(answer.headers).toContainEqual([
      'x-amzn-query-error',
      'AWS.SimpleQueueService.NonExistentQueue;Sender',
    ]);
  });

  test.each(['', '[]', '{', '{"QueueName":7}', '{"QueueName":"a","Attributes":{"a":1}}'])(
    'refuses %j',
    async (body) => {
      const answer = await endpoint.handle(
        request(body, '/', [['X-Amz-Target', 'AmazonSQS.CreateQueue']]),
        new AbortController().signal,
      );
      expect(answer.status).toBe(400);
    },
  );

  test('a wait ends when the client goes, or the listener stops', async () => {
    storage.create({ account: '123456789012', region: 'eu-central-1', name: 'q' }, {}, {}, Date.now());
    const gone = new AbortController();
    setTimeout(() => gone.abort(), 50);
    const begun = performance.now();
    await endpoint.handle(
      request('{"QueueUrl":"http://h/123456789012/q","WaitTimeSeconds":20}', '/', [
        ['X-Amz-Target', 'AmazonSQS.ReceiveMessage'],
      ]),
      gone.signal,
    );
    expect(performance.now() - begun).toBeLessThan(2_000);
  });
});

describe('what parses', () => {
  test('any form gives members or a refusal, and pollutes nothing', () => {
    const part = fc.oneof(
      fc.constantFrom(
        'Attribute',
        'AttributeName',
        'Tag',
        'Name',
        'Value',
        'Key',
        '1',
        '2',
        '0',
        '__proto__',
        'constructor',
        'SendMessageBatchRequestEntry',
        'Id',
      ),
      fc.string({ maxLength: 6 }),
    );
    const name = fc.array(part, { minLength: 1, maxLength: 10 }).map((parts) => parts.join('.'));
    fc.assert(
      fc.property(fc.array(fc.tuple(name, fc.string({ maxLength: 5 })), { maxLength: 12 }), (parameters) => {
        try {
          const members = membersOfForm(parameters);
          expect(Object.getPrototypeOf(members)).toBe(Object.prototype);
        } catch (error) {
          if (!isServiceError(error)) throw error;
        }
        expect(({} as Record<string, unknown>)['Name']).toBeUndefined();
      }),
      { interruptAfterTimeLimit: 2_000, numRuns: 5_000 },
    );
  });

  test('any bytes get an answer in either protocol', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 200 }),
        fc.boolean(),
        fc.constantFrom('ReceiveMessage', 'SendMessageBatch', 'CreateQueue'),
        async (bytes, json, action) => {
          const body = json ? bytes : Buffer.concat([Buffer.from(`Action=${action}&`), bytes]);
          const headers: [string, string][] = json ? [['X-Amz-Target', `AmazonSQS.${action}`]] : [];
          const { status } = await endpoint.handle(request(body, '/', headers), new AbortController().signal);
          expect(status).toBeGreaterThanOrEqual(200);
          expect(status).toBeLessThan(500);
        },
      ),
      { interruptAfterTimeLimit: 2_000, numRuns: 2_000 },
    );
  });

  test('the MD5 of attributes is over names in order, types and values', () => {
    const attributes = givenMessageAttributes({
      b: { DataType: 'Binary', BinaryValue: Buffer.from('x').toString('base64') },
      a: { DataType: 'String', StringValue: 'y' },
    });
    expect(attributesMd5(attributes)).toBe(
      attributesMd5(Object.fromEntries(Object.entries(attributes).reverse())),
    );
    expect(
      attributesMd5(
        givenMessageAttributes({
          my_attribute_name_1: { DataType: 'String', StringValue: 'my_attribute_value_1' },
        }),
      ),
    ).toBe('8ef4d60dbc8efda9f260e1dfd09d29f3');
  });
});

function parseText(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}
