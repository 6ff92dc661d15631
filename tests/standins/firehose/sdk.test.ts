import { gunzipSync } from 'node:zlib';
import * as firehose from '@aws-sdk/client-firehose';
import { afterEach, describe, expect, test } from 'vitest';
import { StreamPump } from '../../../src/standins/firehose/pump.ts';
import { openServices, OTHER, READER, refusal, type Services, type ServicesOptions } from '../services.ts';

const HOUR = Date.UTC(2026, 0, 2, 3);
let services: Services | undefined;
let pump: StreamPump | undefined;
let now = HOUR;
afterEach(async () => {
  await pump?.close();
  await services?.close();
  services = pump = undefined;
  now = HOUR;
});

async function open(
  options: ServicesOptions = {},
): Promise<{ client: firehose.FirehoseClient; services: Services }> {
  services = await openServices({ now: () => now, ...options });
  pump = newPump(services);
  if (options.root === undefined) {
    await services.objects.buckets.create({
      name: 'flows',
      account: '123456789012',
      region: 'eu-central-1',
      createdAt: 0,
    });
  }
  return { client: services.firehose(), services };
}

function newPump({ streams, objects }: Services): StreamPump {
  return new StreamPump({ streams, objects, now: () => now, times: { pausesMs: [0, 0], timeoutMs: 1_000 } });
}

const S3: firehose.ExtendedS3DestinationConfiguration = {
  BucketARN: 'arn:aws:s3:::flows',
  RoleARN: 'arn:aws:iam::123456789012:role/delivery',
  Prefix: 'in/',
  BufferingHints: { SizeInMBs: 1, IntervalInSeconds: 60 },
};
const name = 'flow-records';
const make = (client: firehose.FirehoseClient, more: object = {}) =>
  client.send(
    new firehose.CreateDeliveryStreamCommand({
      DeliveryStreamName: name,
      ExtendedS3DestinationConfiguration: { ...S3, ...more },
    }),
  );
const put = (client: firehose.FirehoseClient, ...records: (string | Uint8Array)[]) =>
  client.send(
    new firehose.PutRecordBatchCommand({
      DeliveryStreamName: name,
      Records: records.map((it) => ({ Data: Buffer.from(it as string) })),
    }),
  );

async function delivered({ objects }: Services): Promise<Map<string, Buffer>> {
  const found = new Map<string, Buffer>();
  const { objects: listed } = await objects.list('flows', { max: 1000 });
  for (const { key } of listed) {
    const object = await objects.open('flows', key);
    const pieces: Uint8Array[] = [];
    for await (const piece of object!.body()) pieces.push(piece);
    found.set(key, Buffer.concat(pieces));
  }
  return found;
}

describe('streams', () => {
  test('are made, described, listed, tagged and deleted', async () => {
    const { client } = await open();
    const { DeliveryStreamARN } = await make(client, { CompressionFormat: 'GZIP' });
    expect(DeliveryStreamARN).toBe('arn:aws:firehose:eu-central-1:123456789012:deliverystream/flow-records');
    const { DeliveryStreamDescription: described } = await client.send(
      new firehose.DescribeDeliveryStreamCommand({ DeliveryStreamName: name }),
    );
    expect(described).toMatchObject({
      DeliveryStreamName: name,
      DeliveryStreamARN,
      DeliveryStreamStatus: 'ACTIVE',
      DeliveryStreamType: 'DirectPut',
      VersionId: '1',
      CreateTimestamp: new Date(HOUR),
      HasMoreDestinations: false,
      Destinations: [
        {
          ExtendedS3DestinationDescription: {
            BucketARN: S3.BucketARN,
            Prefix: 'in/',
            CompressionFormat: 'GZIP',
            BufferingHints: S3.BufferingHints,
          },
        },
      ],
    });
    expect(await refusal(make(client))).toEqual(['ResourceInUseException', 400]);
    for (const other of ['a', 'b']) {
      await client.send(
        new firehose.CreateDeliveryStreamCommand({
          DeliveryStreamName: other,
          S3DestinationConfiguration: S3,
        }),
      );
    }
    const first = await client.send(new firehose.ListDeliveryStreamsCommand({ Limit: 2 }));
    expect([first.DeliveryStreamNames, first.HasMoreDeliveryStreams]).toEqual([['a', 'b'], true]);
    const rest = await client.send(
      new firehose.ListDeliveryStreamsCommand({ ExclusiveStartDeliveryStreamName: 'b' }),
    );
    expect([rest.DeliveryStreamNames, rest.HasMoreDeliveryStreams]).toEqual([[name], false]);
    await client.send(
      new firehose.TagDeliveryStreamCommand({
        DeliveryStreamName: name,
        Tags: [{ Key: 'LogDeliveryEnabled', Value: 'true' }, { Key: 'x' }],
      }),
    );
    await client.send(new firehose.UntagDeliveryStreamCommand({ DeliveryStreamName: name, TagKeys: ['x'] }));
    const tags = await client.send(
      new firehose.ListTagsForDeliveryStreamCommand({ DeliveryStreamName: name }),
    );
    expect(tags.Tags).toEqual([{ Key: 'LogDeliveryEnabled', Value: 'true' }]);
    await client.send(new firehose.DeleteDeliveryStreamCommand({ DeliveryStreamName: name }));
    expect(await refusal(put(client, 'x'))).toEqual(['ResourceNotFoundException', 400]);
  });

  test('belong to an account and a region; a key that only reads changes nothing', async () => {
    const { client, services } = await open();
    await make(client);
    for (const stranger of [services.firehose(OTHER), services.firehose(undefined, 'us-east-1')]) {
      expect(await refusal(put(stranger, 'x'))).toEqual(['ResourceNotFoundException', 400]);
      expect((await stranger.send(new firehose.ListDeliveryStreamsCommand({}))).DeliveryStreamNames).toEqual(
        [],
      );
    }
    const reader = services.firehose(READER);
    await reader.send(new firehose.DescribeDeliveryStreamCommand({ DeliveryStreamName: name }));
    expect((await refusal(put(reader, 'x')))[0]).toBe('AccessDeniedException');
  });

  test.each<[string, object, string]>([
    ['no destination', {}, 'InvalidArgumentException'],
    [
      'two',
      { S3DestinationConfiguration: S3, ExtendedS3DestinationConfiguration: S3 },
      'InvalidArgumentException',
    ],
    [
      'one that is not offered',
      { SplunkDestinationConfiguration: { HECEndpoint: 'h', HECEndpointType: 'Raw', S3Configuration: S3 } },
      'InvalidArgumentException',
    ],
    [
      'a source that is not offered',
      { DeliveryStreamType: 'KinesisStreamAsSource', S3DestinationConfiguration: S3 },
      'InvalidArgumentException',
    ],
    [
      'half of the hints',
      { S3DestinationConfiguration: { ...S3, BufferingHints: { SizeInMBs: 5 } } },
      'InvalidArgumentException',
    ],
    [
      'hints out of bounds',
      { S3DestinationConfiguration: { ...S3, BufferingHints: { SizeInMBs: 129, IntervalInSeconds: 60 } } },
      'ValidationException',
    ],
    [
      'a compression that is not offered',
      { S3DestinationConfiguration: { ...S3, CompressionFormat: 'Snappy' } },
      'InvalidArgumentException',
    ],
    [
      'an expression that is not offered',
      {
        ExtendedS3DestinationConfiguration: {
          ...S3,
          Prefix: '!{partitionKeyFromQuery:x}/',
          ErrorOutputPrefix: 'e',
        },
      },
      'InvalidArgumentException',
    ],
    [
      'processing',
      { ExtendedS3DestinationConfiguration: { ...S3, ProcessingConfiguration: { Enabled: true } } },
      'InvalidArgumentException',
    ],
    ['no bucket', { S3DestinationConfiguration: { ...S3, BucketARN: 'flows' } }, 'ValidationException'],
    [
      'a name that is none',
      { DeliveryStreamName: 'a/b', S3DestinationConfiguration: S3 },
      'ValidationException',
    ],
  ])('refuse %s', async (_, more, code) => {
    const { client } = await open();
    expect(
      (
        await refusal(
          client.send(new firehose.CreateDeliveryStreamCommand({ DeliveryStreamName: name, ...more })),
        )
      )[0],
    ).toBe(code);
  });
});

describe('records', () => {
  test('go into an object when the oldest has waited', async () => {
    const { client, services } = await open();
    await make(client);
    const answers = await put(client, 'one\n', 'two\n');
    expect(answers.FailedPutCount).toBe(0);
    expect(new Set(answers.RequestResponses!.map(({ RecordId }) => RecordId)).size).toBe(2);
    now += 59_000;
    await client.send(
      new firehose.PutRecordCommand({ DeliveryStreamName: name, Record: { Data: Buffer.from('three\n') } }),
    );
    await pump!.pump();
    expect((await delivered(services)).size).toBe(0);
    now += 1_000;
    await pump!.pump();
    const [[key, body]] = [...(await delivered(services))] as [[string, Buffer]];
    expect(key).toMatch(
      /^in\/2026\/01\/02\/03\/flow-records-1-2026-01-02-03-00-00-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
    expect(body.toString()).toBe('one\ntwo\nthree\n');
    await pump!.pump();
    expect((await delivered(services)).size).toBe(1);
    expect(services.streams.tallies).toMatchObject({ records_taken: 3, records_delivered: 3 });
  });

  test('go into an object when there are enough, compressed, under prefixes of their own', async () => {
    const { client, services } = await open();
    await make(client, {
      CompressionFormat: 'GZIP',
      Prefix: "y=!{timestamp:yyyy}/m=!{timestamp:MM}/'!{timestamp:d'th'}/",
      ErrorOutputPrefix: 'bad/',
    });
    const half = Buffer.alloc(600_000, 'a');
    await put(client, half);
    await pump!.pump();
    expect((await delivered(services)).size).toBe(0);
    await put(client, half, 'end');
    await pump!.pump();
    const [[key, body]] = [...(await delivered(services))] as [[string, Buffer]];
    expect(key).toMatch(/^y=2026\/m=01\/'2th\/flow-records-1-.*\.gz$/);
    expect(gunzipSync(body)).toEqual(half);
    expect(
      services.streams.find({ account: '123456789012', region: 'eu-central-1', name })!.heldRecords,
    ).toBe(2);
  });

  test('are refused one by one when there is no room', async () => {
    const { client, services } = await open({ maxStreamBytes: 10 });
    await make(client);
    const { FailedPutCount, RequestResponses } = await put(client, '12345', '67890', 'x');
    expect(FailedPutCount).toBe(1);
    expect(RequestResponses![2]).toMatchObject({ ErrorCode: 'ServiceUnavailableException' });
    expect(
      await refusal(
        client.send(
          new firehose.PutRecordCommand({ DeliveryStreamName: name, Record: { Data: Buffer.from('x') } }),
        ),
      ),
    ).toEqual(['ServiceUnavailableException', 503]);
    expect(services.streams.tallies.records_refused).toBe(2);
    now += 60_000;
    await pump!.pump();
    expect((await put(client, 'again')).FailedPutCount).toBe(0);
  });

  test('are bounded', async () => {
    const { client } = await open();
    await make(client);
    expect((await refusal(put(client, Buffer.alloc(1000 * 1024 + 1))))[0]).toBe('InvalidArgumentException');
    expect((await refusal(put(client, ...Array.from({ length: 501 }, () => 'x'))))[0]).toBe(
      'ValidationException',
    );
    expect((await refusal(put(client, ...Array.from({ length: 5 }, () => Buffer.alloc(900_000)))))[0]).toBe(
      'InvalidArgumentException',
    );
  });

  test('wait for a bucket that is not there, and through a restart', async () => {
    const { client, services: first } = await open();
    await make(client, { BucketARN: 'arn:aws:s3:::later' });
    await put(client, 'kept');
    now += 60_000;
    await pump!.pump();
    expect(pump!.failing).toBe(1);
    await pump!.close();
    pump = undefined;
    await first.stop();
    const { services } = await open({ root: first.root });
    await services.objects.buckets.create({
      name: 'later',
      account: '123456789012',
      region: 'eu-central-1',
      createdAt: 0,
    });
    await pump!.pump();
    const { objects } = await services.objects.list('later', { max: 10 });
    expect(objects.map(({ size }) => size)).toEqual([4]);
  });

  test("go into no other account's bucket", async () => {
    const { client, services } = await open();
    await services.objects.buckets.create({
      name: 'theirs',
      account: OTHER.account,
      region: 'eu-central-1',
      createdAt: 0,
    });
    await make(client, { BucketARN: 'arn:aws:s3:::theirs' });
    await put(client, 'x');
    now += 60_000;
    await pump!.pump();
    expect((await services.objects.list('theirs', { max: 10 })).objects).toEqual([]);
    expect(pump!.failing).toBe(1);
  });
});
