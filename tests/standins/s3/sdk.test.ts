import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import * as s3 from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openS3, OTHER, READER, type S3Place, toLoopback } from './support.ts';

let place: S3Place;
let client: s3.S3Client;
beforeAll(async () => {
  place = await openS3();
  client = place.client();
});
afterAll(async () => {
  await place.close();
  if (place.faults.length > 0) throw new AggregateError(place.faults, 'the service had faults');
});

async function bucket(name: string): Promise<string> {
  await client.send(new s3.CreateBucketCommand({ Bucket: name }));
  return name;
}

async function put(Bucket: string, ...keys: string[]): Promise<void> {
  for (const Key of keys) await client.send(new s3.PutObjectCommand({ Bucket, Key, Body: `body of ${Key}` }));
}

async function refusal(promise: Promise<unknown>): Promise<unknown> {
  const error = (await promise.then(
    () => new Error('was not refused'),
    (error: unknown) => error,
  )) as { name: string; $metadata?: { httpStatusCode?: number } };
  return [error.name, error.$metadata?.httpStatusCode];
}

describe('buckets', () => {
  test('are created, shown, located, and deleted when they are empty', async () => {
    const Bucket = 'first.bucket';
    await client.send(
      new s3.CreateBucketCommand({
        Bucket,
        CreateBucketConfiguration: { LocationConstraint: 'eu-west-3' },
      }),
    );
    expect(place.changed).toContain(Bucket);
    const { BucketRegion } = await client.send(new s3.HeadBucketCommand({ Bucket }));
    expect(BucketRegion).toBe('eu-west-3');
    const { LocationConstraint } = await client.send(new s3.GetBucketLocationCommand({ Bucket }));
    expect(LocationConstraint).toBe('eu-west-3');
    const { Buckets } = await client.send(new s3.ListBucketsCommand({}));
    expect(Buckets?.find(({ Name }) => Name === Bucket)?.CreationDate?.getTime()).toBeGreaterThan(
      Date.now() - 10_000,
    );
    await put(Bucket, 'a/b');
    expect(await refusal(client.send(new s3.DeleteBucketCommand({ Bucket })))).toEqual([
      'BucketNotEmpty',
      409,
    ]);
    await client.send(new s3.DeleteObjectCommand({ Bucket, Key: 'a/b' }));
    await client.send(new s3.DeleteBucketCommand({ Bucket }));
    expect(existsSync(join(place.root, Bucket))).toBe(false);
    expect(await refusal(client.send(new s3.ListObjectsV2Command({ Bucket })))).toEqual([
      'NoSuchBucket',
      404,
    ]);
  });

  test('have one owner; others are kept out; a read-only key reads', async () => {
    const Bucket = await bucket('owned');
    await put(Bucket, 'k');
    const create = new s3.CreateBucketCommand({ Bucket });
    expect(await refusal(client.send(create))).toEqual(['BucketAlreadyOwnedByYou', 409]);
    const other = place.client(OTHER);
    expect(await refusal(other.send(create))).toEqual(['BucketAlreadyExists', 409]);
    expect((await other.send(new s3.ListBucketsCommand({}))).Buckets ?? []).toEqual([]);
    const object = { Bucket, Key: 'k' };
    for (const command of [
      new s3.GetObjectCommand(object),
      new s3.DeleteObjectCommand(object),
      new s3.PutObjectCommand({ ...object, Body: 'x' }),
      new s3.ListObjectsV2Command({ Bucket }),
      new s3.DeleteBucketCommand({ Bucket }),
    ]) {
      expect(await refusal(other.send(command as s3.GetObjectCommand))).toEqual(['AccessDenied', 403]);
    }
    const reader = place.client(READER);
    expect(await (await reader.send(new s3.GetObjectCommand(object))).Body?.transformToString()).toBe(
      'body of k',
    );
    for (const command of [
      new s3.PutObjectCommand({ ...object, Body: 'x' }),
      new s3.DeleteObjectCommand(object),
      new s3.CreateBucketCommand({ Bucket: 'readers-own' }),
    ]) {
      expect(await refusal(reader.send(command as s3.PutObjectCommand))).toEqual(['AccessDenied', 403]);
    }
    expect(readFileSync(join(place.root, 'owned', 'k%'), 'utf8')).toBe('body of k');
  });

  test.each(['ab', 'Upper', '192.168.1.1', 'a..b', '-a-', 'xn--a', 'a_b'])(
    'no bucket is called %s',
    async (Bucket) => {
      expect(((await refusal(client.send(new s3.CreateBucketCommand({ Bucket })))) as string[])[0]).toBe(
        'InvalidBucketName',
      );
    },
  );
});

describe('objects', () => {
  test('come back as they were put, with what they were put with, over both styles', async () => {
    const Bucket = await bucket('objects');
    for (const forcePathStyle of [true, false]) {
      const c = place.client(undefined, { forcePathStyle, requestHandler: { httpAgent: toLoopback() } });
      const Key = 'AWSLogs/1/a b+ü&<>"%2e.log.gz';
      const Body = randomBytes(100_000);
      const { ETag, ChecksumCRC32 } = await c.send(
        new s3.PutObjectCommand({
          Bucket,
          Key,
          Body,
          ContentType: 'application/gzip',
          ContentEncoding: 'gzip',
          CacheControl: 'no-store',
          Metadata: { one: 'two' },
        }),
      );
      expect(ETag).toBe(`"${createHash('md5').update(Body).digest('hex')}"`);
      expect(ChecksumCRC32).toMatch(/=$/);
      const got = await c.send(new s3.GetObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED' }));
      expect(Buffer.from(await got.Body!.transformToByteArray()).equals(Body)).toBe(true);
      expect(got).toMatchObject({
        ETag,
        ContentLength: 100_000,
        ContentType: 'application/gzip',
        ContentEncoding: 'gzip',
        CacheControl: 'no-store',
        Metadata: { one: 'two' },
        ChecksumCRC32,
      });
      const head = await c.send(new s3.HeadObjectCommand({ Bucket, Key }));
      expect(head).toMatchObject({ ETag, ContentLength: 100_000, Metadata: { one: 'two' } });
      await c.send(new s3.DeleteObjectCommand({ Bucket, Key }));
      expect(await refusal(c.send(new s3.HeadObjectCommand({ Bucket, Key })))).toEqual(['NotFound', 404]);
    }
  });

  test.each(['CRC32', 'CRC32C', 'SHA1', 'SHA256', 'CRC64NVME'] as const)(
    'a stream goes up in chunks with a %s trailer',
    async (ChecksumAlgorithm) => {
      const Bucket = `stream-${ChecksumAlgorithm.toLowerCase()}`;
      await bucket(Bucket);
      const pieces = Array.from({ length: 20 }, () => randomBytes(20_000));
      const put = await client.send(
        new s3.PutObjectCommand({
          Bucket,
          Key: 'k',
          Body: Readable.from(pieces),
          ContentLength: 400_000,
          ChecksumAlgorithm,
        }),
      );
      expect(put[`Checksum${ChecksumAlgorithm}`]).toBeTypeOf('string');
      const { Body } = await client.send(new s3.GetObjectCommand({ Bucket, Key: 'k' }));
      expect(Buffer.from(await Body!.transformToByteArray()).equals(Buffer.concat(pieces))).toBe(true);
    },
  );

  test('ranges and conditions', async () => {
    const Bucket = await bucket('ranges');
    await client.send(new s3.PutObjectCommand({ Bucket, Key: 'k', Body: '0123456789' }));
    const get = async (input: object) => {
      const got = await client.send(new s3.GetObjectCommand({ Bucket, Key: 'k', ...input }));
      return [got.ContentRange, await got.Body?.transformToString()];
    };
    expect(await get({ Range: 'bytes=2-4' })).toEqual(['bytes 2-4/10', '234']);
    expect(await get({ Range: 'bytes=8-' })).toEqual(['bytes 8-9/10', '89']);
    expect(await get({ Range: 'bytes=-3' })).toEqual(['bytes 7-9/10', '789']);
    expect(await get({ Range: 'bytes=0-99' })).toEqual(['bytes 0-9/10', '0123456789']);
    expect(await refusal(get({ Range: 'bytes=10-' }))).toEqual(['InvalidRange', 416]);
    expect(await refusal(get({ IfMatch: '"x"' }))).toEqual(['PreconditionFailed', 412]);
    const { ETag } = await client.send(new s3.HeadObjectCommand({ Bucket, Key: 'k' }));
    expect(await get({ IfMatch: ETag })).toEqual([undefined, '0123456789']);
    expect(((await refusal(get({ IfNoneMatch: ETag }))) as unknown[])[1]).toBe(304);
    expect(((await refusal(get({ IfModifiedSince: new Date(Date.now() + 5000) }))) as unknown[])[1]).toBe(
      304,
    );
    const onlyNew = new s3.PutObjectCommand({ Bucket, Key: 'k', Body: 'x', IfNoneMatch: '*' });
    expect(await refusal(client.send(onlyNew))).toEqual(['PreconditionFailed', 412]);
  });

  test('are copied, and deleted by the thousand', async () => {
    const Bucket = await bucket('copies');
    await client.send(
      new s3.PutObjectCommand({ Bucket, Key: 'a', Body: 'x', Metadata: { m: '1' }, ContentType: 'text/x' }),
    );
    await client.send(new s3.CopyObjectCommand({ Bucket, Key: 'ü/b', CopySource: `${Bucket}/a` }));
    const copy = await client.send(new s3.HeadObjectCommand({ Bucket, Key: 'ü/b' }));
    expect(copy).toMatchObject({ ContentType: 'text/x', Metadata: { m: '1' }, ContentLength: 1 });
    const Objects = [{ Key: 'a' }, { Key: 'ü/b' }, { Key: 'not there' }, { Key: '<&>' }];
    const { Deleted, Errors } = await client.send(
      new s3.DeleteObjectsCommand({ Bucket, Delete: { Objects } }),
    );
    expect(Deleted?.map(({ Key }) => Key)).toEqual(Objects.map(({ Key }) => Key));
    expect(Errors ?? []).toEqual([]);
    expect((await client.send(new s3.ListObjectsV2Command({ Bucket }))).KeyCount).toBe(0);
  });

  test('go up in parts', async () => {
    const Bucket = await bucket('parts');
    const at = { Bucket, Key: 'big' };
    const { UploadId } = await client.send(
      new s3.CreateMultipartUploadCommand({ ...at, ContentType: 'application/x-big' }),
    );
    const bodies = [randomBytes(5 * 1024 * 1024), randomBytes(1000)];
    const Parts: s3.CompletedPart[] = [];
    for (const [i, Body] of bodies.entries()) {
      const part = { ...at, UploadId, PartNumber: i + 1, Body };
      const { ETag } = await client.send(new s3.UploadPartCommand(part));
      Parts.push({ PartNumber: i + 1, ETag });
    }
    expect((await client.send(new s3.ListMultipartUploadsCommand({ Bucket }))).Uploads).toMatchObject([
      { Key: 'big', UploadId },
    ]);
    expect((await client.send(new s3.ListPartsCommand({ ...at, UploadId }))).Parts).toMatchObject([
      { PartNumber: 1, Size: 5 * 1024 * 1024 },
      { PartNumber: 2, Size: 1000 },
    ]);
    const complete = (MultipartUpload: s3.CompletedMultipartUpload) =>
      client.send(new s3.CompleteMultipartUploadCommand({ ...at, UploadId, MultipartUpload }));
    expect(await refusal(complete({ Parts: Parts.toReversed() }))).toEqual(['InvalidPartOrder', 400]);
    expect(await refusal(complete({ Parts: [{ PartNumber: 1, ETag: '"x"' }] }))).toEqual([
      'InvalidPart',
      400,
    ]);
    const { ETag } = await complete({ Parts });
    const md5s = bodies.map((body) => createHash('md5').update(body).digest());
    expect(ETag).toBe(`"${createHash('md5').update(Buffer.concat(md5s)).digest('hex')}-2"`);
    const got = await client.send(new s3.GetObjectCommand(at));
    expect(got.ContentType).toBe('application/x-big');
    expect(Buffer.from(await got.Body!.transformToByteArray()).equals(Buffer.concat(bodies))).toBe(true);
    expect(await refusal(complete({ Parts }))).toEqual(['NoSuchUpload', 404]);
    const aborted = await client.send(new s3.CreateMultipartUploadCommand(at));
    await client.send(new s3.AbortMultipartUploadCommand({ ...at, UploadId: aborted.UploadId }));
    expect((await client.send(new s3.ListMultipartUploadsCommand({ Bucket }))).Uploads ?? []).toEqual([]);
    expect(readdirSync(join(place.root, '.weir', 'tmp'))).toEqual([]);
  }, 20_000);
});

test('what a bucket has not is answered as S3 does', async () => {
  const Bucket = await bucket('without');
  expect(await refusal(client.send(new s3.GetBucketPolicyCommand({ Bucket })))).toEqual([
    'NoSuchBucketPolicy',
    404,
  ]);
  expect(await refusal(client.send(new s3.GetBucketTaggingCommand({ Bucket })))).toEqual([
    'NoSuchTagSet',
    404,
  ]);
  expect((await client.send(new s3.GetBucketVersioningCommand({ Bucket }))).Status).toBe(undefined);
  const { Grants } = await client.send(new s3.GetBucketAclCommand({ Bucket }));
  expect(Grants).toMatchObject([
    { Grantee: { ID: '111111111111', Type: 'CanonicalUser' }, Permission: 'FULL_CONTROL' },
  ]);
  const policy = new s3.PutBucketPolicyCommand({ Bucket, Policy: '{}' });
  expect(await refusal(client.send(policy))).toEqual(['NotImplemented', 501]);
});

describe('listing', () => {
  const KEYS = [
    'a',
    'a-b',
    'a/',
    'a/b',
    'a/c/d',
    'a0',
    'b/',
    'ü',
    '\uffee',
    '\u{10000}',
    '//',
    '../../x',
    'a/../b',
    '%2e%2e',
    'c d+e',
  ];
  const sorted = KEYS.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  beforeAll(async () => {
    await bucket('listing');
    await put('listing', ...KEYS);
  });

  test.each([1, 2, 3, 1000])('pages of %i, both versions', async (MaxKeys) => {
    const second: string[] = [];
    for await (const page of s3.paginateListObjectsV2({ client }, { Bucket: 'listing', MaxKeys })) {
      second.push(...(page.Contents ?? []).map(({ Key }) => Key!));
    }
    expect(second).toEqual(sorted);
    const first: string[] = [];
    for (let Marker = ''; ;) {
      const page = await client.send(new s3.ListObjectsCommand({ Bucket: 'listing', MaxKeys, Marker }));
      first.push(...(page.Contents ?? []).map(({ Key }) => Key!));
      if (page.IsTruncated !== true) break;
      Marker = first.at(-1)!;
    }
    expect(first).toEqual(sorted);
  });

  test.each([1, 2, 1000])('with delimiter and prefix, pages of %i', async (MaxKeys) => {
    const walk = async (Prefix: string) => {
      const found: string[] = [];
      const input = { Bucket: 'listing', MaxKeys, Delimiter: '/', Prefix, EncodingType: 'url' as const };
      for await (const page of s3.paginateListObjectsV2({ client }, input)) {
        found.push(...(page.Contents ?? []).map(({ Key }) => decodeURIComponent(Key!)));
        found.push(...(page.CommonPrefixes ?? []).map(({ Prefix }) => decodeURIComponent(Prefix!)));
      }
      return found.sort();
    };
    const expected = (prefix: string) =>
      [
        ...new Set(
          KEYS.filter((key) => key.startsWith(prefix)).map((key) => {
            const cut = key.indexOf('/', prefix.length);
            return cut < 0 ? key : key.slice(0, cut + 1);
          }),
        ),
      ].sort();
    for (const prefix of ['', 'a', 'a/', '/', '../', 'nothing'])
      expect(await walk(prefix)).toEqual(expected(prefix));
  });

  test('a token is good for the listing that it was given out for', async () => {
    const page = await client.send(new s3.ListObjectsV2Command({ Bucket: 'listing', MaxKeys: 2 }));
    const ContinuationToken = page.NextContinuationToken!;
    const other = new s3.ListObjectsV2Command({ Bucket: 'listing', Prefix: 'a', ContinuationToken });
    expect(await refusal(client.send(other))).toEqual(['InvalidArgument', 400]);
  });

  test('no name leaves its bucket', () => {
    const below = (directory: string): string[] =>
      readdirSync(directory, { withFileTypes: true }).flatMap((entry) =>
        entry.isDirectory() ? below(join(directory, entry.name)) : [entry.name],
      );
    expect(below(join(place.root, 'listing')).length).toBe(KEYS.length + 1);
  });
});
