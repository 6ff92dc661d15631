import * as s3 from '@aws-sdk/client-s3';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { expiresAt, LifecycleUpkeep } from '../../../src/standins/storage/objects-lifecycle.ts';
import { openServices, OTHER, READER, refusal, type Services } from '../services.ts';

const DAY = 24 * 3_600_000;
const Bucket = 'kept-for-a-while';
let services: Services;
let client: s3.S3Client;
beforeEach(async () => {
  services = await openServices();
  client = services.s3();
  await client.send(new s3.CreateBucketCommand({ Bucket }));
});
afterEach(() => services.close());

const set = (...Rules: s3.LifecycleRule[]) =>
  client.send(new s3.PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules } }));
const get = () => client.send(new s3.GetBucketLifecycleConfigurationCommand({ Bucket }));
const put = (Key: string) => client.send(new s3.PutObjectCommand({ Bucket, Key, Body: Key }));
const rule = (more: Partial<s3.LifecycleRule>): s3.LifecycleRule => ({
  Status: 'Enabled',
  Filter: { Prefix: '' },
  Expiration: { Days: 1 },
  ...more,
});
async function keys(): Promise<(string | undefined)[]> {
  const { Contents = [] } = await client.send(new s3.ListObjectsV2Command({ Bucket }));
  return Contents.map(({ Key }) => Key);
}

describe('a lifecycle configuration', () => {
  test('is set, read, and taken away', async () => {
    expect((await refusal(get()))[0]).toBe('NoSuchLifecycleConfiguration');
    await set(rule({ ID: 'logs', Filter: { Prefix: 'AWSLogs/' }, Expiration: { Days: 30 } }), {
      ID: 'uploads',
      Status: 'Disabled',
      Filter: { Prefix: '' },
      AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 },
    });
    const { Rules, TransitionDefaultMinimumObjectSize } = await get();
    expect(Rules).toEqual([
      { ID: 'logs', Status: 'Enabled', Filter: { Prefix: 'AWSLogs/' }, Expiration: { Days: 30 } },
      {
        ID: 'uploads',
        Status: 'Disabled',
        Filter: { Prefix: '' },
        AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 },
      },
    ]);
    expect(TransitionDefaultMinimumObjectSize).toBe('all_storage_classes_128K');
    await client.send(new s3.DeleteBucketLifecycleCommand({ Bucket }));
    expect((await refusal(get()))[0]).toBe('NoSuchLifecycleConfiguration');
    expect((await client.send(new s3.HeadBucketCommand({ Bucket }))).BucketRegion).toBe('eu-central-1');
  });

  test.each<[string, s3.LifecycleRule[], string]>([
    ['without rules', [], 'MalformedXML'],
    ['without an action', [{ Status: 'Enabled', Filter: { Prefix: '' } }], 'InvalidRequest'],
    ['of no days', [rule({ Expiration: { Days: 0 } })], 'InvalidArgument'],
    ['of a date', [rule({ Expiration: { Date: new Date(0) } })], 'NotImplemented'],
    ['of a transition', [rule({ Transitions: [{ Days: 1, StorageClass: 'GLACIER' }] })], 'NotImplemented'],
    ['by a tag', [rule({ Filter: { Tag: { Key: 'a', Value: 'b' } } })], 'NotImplemented'],
    ['with an id twice', [rule({ ID: 'a' }), rule({ ID: 'a' })], 'InvalidArgument'],
  ])('%s is refused', async (_, rules, code) => {
    expect((await refusal(set(...rules)))[0]).toBe(code);
  });

  test("is the owner's, and not for keys that only read", async () => {
    const command = () =>
      new s3.PutBucketLifecycleConfigurationCommand({
        Bucket,
        LifecycleConfiguration: { Rules: [rule({})] },
      });
    for (const key of [OTHER, READER])
      expect((await refusal(services.s3(key).send(command())))[0]).toBe('AccessDenied');
  });
});

describe('upkeep', () => {
  test('removes what is too old, and nothing else', async () => {
    for (const key of ['AWSLogs/a', 'AWSLogs/b', 'other']) await put(key);
    await client.send(new s3.CreateMultipartUploadCommand({ Bucket, Key: 'AWSLogs/never' }));
    await set(
      rule({
        Filter: { Prefix: 'AWSLogs/' },
        Expiration: { Days: 2 },
        AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
      }),
    );
    const upkeep = new LifecycleUpkeep(services.objects);
    const now = Date.now();
    expect(await upkeep.run(now)).toEqual({ expired: 0, aborted: 0 });
    expect(await upkeep.run(now + DAY * 1.999)).toEqual({
      expired: 0,
      aborted: expect.any(Number) as number,
    });
    await put('AWSLogs/a');
    expect(await upkeep.run(now + 3 * DAY)).toMatchObject({ expired: 2 });
    expect(await keys()).toEqual(['other']);
    expect((await client.send(new s3.ListMultipartUploadsCommand({ Bucket }))).Uploads).toBeUndefined();
  });

  test('looks once a day, and when the rules are new', async () => {
    await put('a');
    await set(rule({ Expiration: { Days: 10 } }));
    const upkeep = new LifecycleUpkeep(services.objects);
    const later = Date.now() + 5 * DAY;
    expect(await upkeep.run(later)).toMatchObject({ expired: 0 });
    await set(rule({ Expiration: { Days: 3 } }));
    expect(await upkeep.run(later)).toMatchObject({ expired: 1 });
    await put('b');
    await set(rule({ Status: 'Disabled' }));
    expect(await upkeep.run(later + 100 * DAY)).toMatchObject({ expired: 0 });
    expect(await keys()).toEqual(['b']);
  });

  test('things go at a midnight, never early and less than a day late', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4e12 }), fc.integer({ min: 1, max: 4000 }), (time, days) => {
        const at = expiresAt(time, days);
        expect(at % DAY).toBe(0);
        expect(at - time - days * DAY).toBeGreaterThanOrEqual(0);
        expect(at - time - days * DAY).toBeLessThan(DAY);
      }),
    );
  });
});
