/** The sink of S3 over the real SDK, against the embedded S3. */
import { createHash } from 'node:crypto';
import * as s3 from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { OTHER, openS3, OWNER, type S3Place } from '../../standins/s3/support.ts';
import type { S3Sink } from '../../../src/delivery/aws/s3.ts';
import type { S3Options } from '../../../src/delivery/aws/settings.ts';
import { failureOf } from '../../../src/delivery/failures.ts';
import { bytesOf, inPieces, MIB, proxyTo, sinkAt, thrownBy } from './s3-support.ts';

const AS = { account: OWNER.account, region: 'eu-central-1' };
const KEY = 'AWSLogs/111111111111/vpcflowlogs/eu-central-1/2026/11/21/a b+ü.log.gz';
const LARGE = bytesOf(20 * MIB + 12_345);

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

let buckets = 0;
async function newBucket(): Promise<string> {
  const Bucket = `bucket-${buckets++}`;
  await client.send(new s3.CreateBucketCommand({ Bucket }));
  return Bucket;
}

function credentialsOf(key: typeof OWNER): { accessKeyId: string; secretAccessKey: string } {
  return { accessKeyId: key.id, secretAccessKey: key.secret };
}

function sink(endpoint = place.url, options?: S3Options, key = OWNER): S3Sink {
  return sinkAt({ endpoint, credentials: credentialsOf(key) }, options, { silentMs: 3000 });
}

async function bytesAt(Bucket: string, Key = KEY): Promise<Buffer> {
  const { Body } = await client.send(new s3.GetObjectCommand({ Bucket, Key }));
  return Buffer.from(await Body!.transformToByteArray());
}

async function keysIn(Bucket: string): Promise<unknown[]> {
  const { Contents = [] } = await client.send(new s3.ListObjectsV2Command({ Bucket }));
  return Contents.map(({ Key }) => Key);
}

async function uploadsIn(Bucket: string): Promise<number> {
  const { Uploads = [] } = await client.send(new s3.ListMultipartUploadsCommand({ Bucket }));
  return Uploads.length;
}

describe('buckets', () => {
  test('are there, or not; whose they are is not told', async () => {
    const name = await newBucket();
    const to = sink();
    expect(await to.bucket(name, AS)).toEqual({
      name,
      account: undefined,
      region: 'eu-central-1',
      createdAt: 0,
    });
    expect(await to.bucket('no-such-bucket', AS)).toBeUndefined();
  });

  test('of others count as there: only a put says whether it is refused', async () => {
    const name = await newBucket();
    const to = sink(place.url, {}, OTHER);
    expect(await to.bucket(name, AS)).toMatchObject({ name, account: undefined });
    const refused = await thrownBy(to.put(name, KEY, inPieces(bytesOf(10)), { as: AS }));
    expect(failureOf(refused)).toMatchObject({
      message: 'Access error',
      reason: expect.stringMatching(
        /^AccessDenied \(HTTP 403, request .+\): .+: allow it to these credentials/,
      ),
    });
    expect(await keysIn(name)).toEqual([]);
  });

  test('that were there are not asked for again for a while, unless a put fails', async () => {
    const name = await newBucket();
    const proxy = await proxyTo(place.port);
    let now = 0;
    const to = sinkAt({ endpoint: proxy.url, credentials: credentialsOf(OWNER) }, {}, {}, () => now);
    const looks = (): number => proxy.requests.filter((line) => line.startsWith('HEAD')).length;
    await to.bucket(name, AS);
    await to.bucket(name, AS);
    expect(looks()).toBe(1);
    now += 5 * 60_000;
    await to.bucket(name, AS);
    expect(looks()).toBe(2);
    await client.send(new s3.DeleteBucketCommand({ Bucket: name }));
    const error = await thrownBy(to.put(name, KEY, inPieces(bytesOf(10)), { as: AS }));
    expect(failureOf(error)).toMatchObject({
      message: 'Access error',
      reason: expect.stringMatching(/^NoSuchBucket .*create the bucket$/),
    });
    expect(await to.bucket(name, AS)).toBeUndefined();
  });
});

describe('objects', () => {
  test.each([0, 1, 100_000, 8 * MIB])('of %i bytes go up as a whole', async (size) => {
    const bucket = await newBucket();
    const bytes = bytesOf(size);
    const proxy = await proxyTo(place.port);
    const info = await sink(proxy.url).put(bucket, KEY, inPieces(bytes), {
      as: AS,
      contentType: 'application/octet-stream',
      headers: { 'x-amz-meta-one': 'two', 'cache-control': 'no-store' },
    });
    expect(info).toMatchObject({ key: KEY, size, etag: createHash('md5').update(bytes).digest('hex') });
    expect((await bytesAt(bucket)).equals(bytes)).toBe(true);
    expect(await client.send(new s3.HeadObjectCommand({ Bucket: bucket, Key: KEY }))).toMatchObject({
      ETag: `"${info.etag}"`,
      ContentType: 'application/octet-stream',
      Metadata: { one: 'two' },
      CacheControl: 'no-store',
    });
    expect(proxy.requests.map((line) => line.split(' ')[0])).toEqual(['PUT']);
  });

  test('that are larger than a part go up in parts, and leave nothing behind', async () => {
    const bucket = await newBucket();
    const proxy = await proxyTo(place.port);
    const info = await sink(proxy.url).put(bucket, KEY, inPieces(LARGE), { as: AS, contentType: 'a/b' });
    const head = await client.send(new s3.HeadObjectCommand({ Bucket: bucket, Key: KEY }));
    expect(info).toMatchObject({ size: LARGE.length, etag: expect.stringMatching(/^[0-9a-f]{32}-3$/) });
    expect(head).toMatchObject({ ETag: `"${info.etag}"`, ContentType: 'a/b', ContentLength: LARGE.length });
    expect((await bytesAt(bucket)).equals(LARGE)).toBe(true);
    expect(proxy.requests.filter((line) => line.includes('partNumber='))).toHaveLength(3);
    expect(await uploadsIn(bucket)).toBe(0);
  });

  test('take a list of pieces, too', async () => {
    const bucket = await newBucket();
    await sink().put(bucket, KEY, [Buffer.from('one'), Buffer.alloc(0), Buffer.from('two')], { as: AS });
    expect((await bytesAt(bucket)).toString()).toBe('onetwo');
  });

  test('in buckets of other regions are put there', async () => {
    const Bucket = 'far.away';
    const CreateBucketConfiguration = { LocationConstraint: 'ap-south-1' } as const;
    await client.send(new s3.CreateBucketCommand({ Bucket, CreateBucketConfiguration }));
    const to = sink();
    expect(await to.bucket(Bucket, AS)).toMatchObject({ region: 'ap-south-1' });
    await to.put(Bucket, KEY, inPieces(bytesOf(10)), { as: AS });
    expect(await keysIn(Bucket)).toEqual([KEY]);
  });

  test('whose body fails are not there, not even in part', async () => {
    const bucket = await newBucket();
    let isReturned = false;
    async function* broken(length: number): AsyncGenerator<Uint8Array> {
      try {
        yield LARGE.subarray(0, length);
        throw new Error('the spool is damaged');
      } finally {
        isReturned = true;
      }
    }
    for (const length of [10, LARGE.length]) {
      isReturned = false;
      await expect(sink().put(bucket, KEY, broken(length), { as: AS })).rejects.toThrow(
        'the spool is damaged',
      );
      expect(isReturned).toBe(true);
    }
    expect(await keysIn(bucket)).toEqual([]);
    expect(await uploadsIn(bucket)).toBe(0);
  });

  test('with headers that objects do not keep are refused before anything is sent', async () => {
    const headers = { 'x-amz-acl': 'public-read' };
    await expect(sink().put('any', KEY, [], { headers })).rejects.toThrow(/cannot have the header x-amz-acl/);
  });
});

describe.each([true, false])('an accepted request whose answer is lost (conditional: %s)', (conditional) => {
  test.each([
    ['small', bytesOf(50_000), /^PUT \S+$/],
    ['large, complete', LARGE, /^POST \S+uploadId=/],
    ['large, begun', LARGE, /^POST \S+uploads/],
    ['large, a part', LARGE, /^PUT \S+partNumber=2/],
  ])('%s: tried again, it is there once and byte for byte', async (_, bytes, lost) => {
    const bucket = await newBucket();
    const proxy = await proxyTo(place.port);
    const to = sink(proxy.url, { conditional });
    let losses = 1;
    proxy.fate = (line) => (lost.test(line) && losses-- > 0 ? 'lose the answer' : 'pass');
    const error = await thrownBy(to.put(bucket, KEY, inPieces(bytes), { as: AS }));
    expect(failureOf(error)).toMatchObject({
      message: 'Unknown error',
      reason: 'ECONNRESET: socket hang up: the connection was closed before an answer came',
    });
    const { etag } = await to.put(bucket, KEY, inPieces(bytes), { as: AS });
    expect((await bytesAt(bucket)).equals(bytes)).toBe(true);
    expect(await keysIn(bucket)).toEqual([KEY]);
    expect(await uploadsIn(bucket)).toBe(0);
    const head = await client.send(new s3.HeadObjectCommand({ Bucket: bucket, Key: KEY }));
    expect(head.ETag).toBe(`"${etag}"`);
  });
});

describe('what is there already', () => {
  test('with the same bytes is as good as put, however it was cut into parts', async () => {
    const bucket = await newBucket();
    await sink(place.url, { partBytes: 5 * MIB }).put(bucket, KEY, inPieces(LARGE), { as: AS });
    const before = await client.send(new s3.HeadObjectCommand({ Bucket: bucket, Key: KEY }));
    await sink().put(bucket, KEY, inPieces(LARGE), { as: AS });
    const after = await client.send(new s3.HeadObjectCommand({ Bucket: bucket, Key: KEY }));
    expect(after).toMatchObject({ ETag: before.ETag, LastModified: before.LastModified });
    expect(await uploadsIn(bucket)).toBe(0);
  });

  test.each([
    ['small', bytesOf(1000, 1), bytesOf(1000, 2)],
    ['of another size', bytesOf(1000, 1), bytesOf(1001, 1)],
    ['large', LARGE, bytesOf(LARGE.length, 2)],
  ])('with other bytes is not overwritten: %s', async (_, one, two) => {
    const bucket = await newBucket();
    const to = sink();
    await to.put(bucket, KEY, inPieces(one), { as: AS });
    const error = await thrownBy(to.put(bucket, KEY, inPieces(two), { as: AS }));
    expect(failureOf(error)).toMatchObject({
      message: 'Unknown error',
      reason: expect.stringMatching(/is there already, with other bytes .* nothing is overwritten/),
    });
    expect((await bytesAt(bucket)).equals(one)).toBe(true);
    expect(await uploadsIn(bucket)).toBe(0);
  });
});

describe('attempts that end by their signal', () => {
  test.each([
    ['a put', bytesOf(10), /^PUT/],
    ['a part', LARGE, /^PUT \S+partNumber=2/],
  ])('%s that hangs ends at once, and leaves no upload', async (_, bytes, hung) => {
    const bucket = await newBucket();
    const proxy = await proxyTo(place.port);
    const stop = new AbortController();
    proxy.fate = (line) => {
      if (!hung.test(line)) return 'pass';
      setTimeout(() => stop.abort(new Error('took too long')), 50);
      return 'hang';
    };
    const to = sink(proxy.url);
    await expect(to.put(bucket, KEY, inPieces(bytes), { as: AS, signal: stop.signal })).rejects.toThrow(
      'took too long',
    );
    expect(await uploadsIn(bucket)).toBe(0);
    expect(await keysIn(bucket)).toEqual([]);
  });

  test('that has ended before sends nothing', async () => {
    const proxy = await proxyTo(place.port);
    const signal = AbortSignal.abort(new Error('closed'));
    await expect(sink(proxy.url).put('any', KEY, [], { signal })).rejects.toThrow('closed');
    expect(proxy.requests).toEqual([]);
  });

  test('an upload that a process left which is no more goes when its object is put, and no other', async () => {
    const Bucket = await newBucket();
    await client.send(new s3.CreateMultipartUploadCommand({ Bucket, Key: KEY }));
    const other = `${KEY}.of-someone-else`;
    await client.send(new s3.CreateMultipartUploadCommand({ Bucket, Key: other }));
    await sink().put(Bucket, KEY, inPieces(LARGE), { as: AS });
    const { Uploads } = await client.send(new s3.ListMultipartUploadsCommand({ Bucket }));
    expect(Uploads?.map(({ Key }) => Key)).toEqual([other]);
    expect((await bytesAt(Bucket)).equals(LARGE)).toBe(true);
  });
});
