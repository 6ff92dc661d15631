import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import * as firehose from '@aws-sdk/client-firehose';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { StreamPump } from '../../../src/standins/firehose/pump.ts';
import { openServices, type Services } from '../services.ts';

interface Sent {
  readonly headers: IncomingMessage['headers'];
  readonly body: {
    readonly requestId: string;
    readonly timestamp: number;
    readonly records: readonly { readonly data: string }[];
  };
}

const name = 'to-http';
let now = Date.UTC(2026, 0, 2, 3);
let services: Services;
let server: Server;
let pump: StreamPump;
let answer: (response: ServerResponse, sent: Sent) => void;
const requests: Sent[] = [];
const accept = (response: ServerResponse, { body }: Sent): void => {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ requestId: body.requestId, timestamp: Date.now() }));
};

beforeEach(async () => {
  services = await openServices({ now: () => now });
  await services.objects.buckets.create({
    name: 'backup',
    account: '123456789012',
    region: 'eu-central-1',
    createdAt: 0,
  });
  answer = accept;
  server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const bytes = Buffer.concat(pieces);
      const plain = request.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes;
      const sent = { headers: request.headers, body: JSON.parse(plain.toString()) as Sent['body'] };
      requests.push(sent);
      answer(response, sent);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  pump = new StreamPump({
    streams: services.streams,
    objects: services.objects,
    now: () => now,
    times: { pausesMs: [0, 0], timeoutMs: 300 },
  });
});
afterEach(async () => {
  await pump.close();
  requests.splice(0);
  server.closeAllConnections();
  server.close();
  await services.close();
});

async function make(
  more: Partial<firehose.HttpEndpointDestinationConfiguration> = {},
): Promise<firehose.FirehoseClient> {
  const client = services.firehose();
  const { port } = server.address() as AddressInfo;
  await client.send(
    new firehose.CreateDeliveryStreamCommand({
      DeliveryStreamName: name,
      HttpEndpointDestinationConfiguration: {
        EndpointConfiguration: { Url: `http://127.0.0.1:${port}/in`, Name: 'siem', AccessKey: 'the-key' },
        BufferingHints: { SizeInMBs: 1, IntervalInSeconds: 60 },
        RequestConfiguration: {
          ContentEncoding: 'GZIP',
          CommonAttributes: [{ AttributeName: 'env', AttributeValue: 'test' }],
        },
        S3Configuration: { RoleARN: 'arn:aws:iam::123456789012:role/r', BucketARN: 'arn:aws:s3:::backup' },
        ...more,
      },
    }),
  );
  await client.send(
    new firehose.PutRecordBatchCommand({
      DeliveryStreamName: name,
      Records: ['one', 'zwei ü'].map((it) => ({ Data: Buffer.from(it) })),
    }),
  );
  now += 60_000;
  return client;
}

const texts = ({ body }: Sent): string[] =>
  body.records.map(({ data }) => Buffer.from(data, 'base64').toString());

test('records go to an HTTP endpoint as its specification says; its key is not told again', async () => {
  const client = await make();
  await pump.pump();
  expect(requests).toHaveLength(1);
  const [{ headers, body }] = requests as [Sent];
  expect(texts(requests[0]!)).toEqual(['one', 'zwei ü']);
  expect(headers).toMatchObject({
    'content-type': 'application/json',
    'content-encoding': 'gzip',
    'x-amz-firehose-protocol-version': '1.0',
    'x-amz-firehose-request-id': body.requestId,
    'x-amz-firehose-source-arn': `arn:aws:firehose:eu-central-1:123456789012:deliverystream/${name}`,
    'x-amz-firehose-access-key': 'the-key',
    'x-amz-firehose-common-attributes': '{"commonAttributes":{"env":"test"}}',
  });
  await pump.pump();
  expect(requests).toHaveLength(1);
  const described = await client.send(
    new firehose.DescribeDeliveryStreamCommand({ DeliveryStreamName: name }),
  );
  expect(JSON.stringify(described)).not.toContain('the-key');
  expect(services.streams.tallies.records_delivered).toBe(2);
});

test.each<[string, typeof answer]>([
  ['refuses', (response) => response.writeHead(503).end()],
  ['breaks off', (response) => response.destroy()],
  ['hangs', () => undefined],
  ['repeats no id', (response) => response.writeHead(200).end('{}')],
])('an endpoint that %s gets the same request again', async (_, bad) => {
  await make();
  answer = bad;
  await pump.pump();
  expect(pump.failing).toBe(1);
  answer = accept;
  await pump.pump();
  expect(new Set(requests.map(({ body }) => body.requestId)).size).toBe(1);
  expect(requests).toHaveLength(2);
  expect(pump.failing).toBe(0);
  expect(services.streams.tallies).toMatchObject({ records_delivered: 2, records_backed_up: 0 });
});

test.each<[string, number, number]>([
  ['its time is over', 0, 500],
  ['the request is too large for it', 7200, 413],
])('what it does not take goes to the backup bucket when %s', async (_, DurationInSeconds, status) => {
  await make({ RetryOptions: { DurationInSeconds } });
  answer = (response) => response.writeHead(status).end('{"errorMessage":"no"}');
  await pump.pump();
  const { objects } = await services.objects.list('backup', { max: 10 });
  expect(objects.map(({ key }) => key)).toEqual([
    expect.stringMatching(/^http-endpoint-failed\/2026\/\d\d\/\d\d\/\d\d\/to-http-1-/) as string,
  ]);
  const object = await services.objects.open('backup', objects[0]!.key);
  let text = '';
  for await (const piece of object!.body()) text += Buffer.from(piece).toString();
  const lines = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { rawData: string; errorMessage: string });
  expect(lines.map(({ rawData }) => Buffer.from(rawData, 'base64').toString())).toEqual(['one', 'zwei ü']);
  expect(lines[0]!.errorMessage).toContain(`status ${status}: no`);
  expect(services.streams.tallies).toMatchObject({ records_delivered: 0, records_backed_up: 2 });
  expect(services.streams.all()[0]!.heldRecords).toBe(0);
});
