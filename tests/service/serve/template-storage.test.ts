import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AwsClients } from '../../../src/delivery/aws/clients.ts';
import { createS3Sink } from '../../../src/delivery/aws/s3.ts';
import { templateStorage } from '../../../src/service/serve/template-storage.ts';
import type { ObjectSink } from '../../../src/standins/storage/object-storage.ts';
import { type ObjectStorage, openObjectStorage } from '../../../src/standins/storage/objects.ts';

import { openS3, OTHER, OWNER } from '../../standins/s3/support.ts';

const SCOPE = { account: '123456789012', region: 'eu-central-1' };
const BODY = Buffer.from('{}');

let folder: string;
let storage: ObjectStorage;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'weir-templates-'));
  storage = await openObjectStorage(folder);
  await storage.buckets.create({ name: 'templates', createdAt: 0, ...SCOPE });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A sink whose every answer is an error. */
function failing(error: unknown): ObjectSink {
  return { bucket: () => Promise.reject(error), put: () => Promise.reject(error) };
}

/** An error as the SDK throws it. */
function sdkError(name: string, httpStatusCode: number): Error {
  return Object.assign(new Error('told so'), { name, $fault: 'client', $metadata: { httpStatusCode } });
}

describe('templates', () => {
  test('are put into buckets that are there', async () => {
    const templates = templateStorage(storage);
    expect(await templates.bucket(SCOPE, 'templates')).toMatchObject(SCOPE);
    expect(await templates.bucket(SCOPE, 'nowhere')).toBeUndefined();
    expect(await templates.put(SCOPE, 'templates', 'a/b c.yml', BODY)).toBe('put');
    expect(await templates.put(SCOPE, 'nowhere', 'a', BODY)).toBe('missing');
  });

  test('tell whose they are, and wait for nobody for ever', async () => {
    const asked: unknown[] = [];
    const sink: ObjectSink = {
      bucket: async (name, as, signal) => {
        asked.push(name, as, signal instanceof AbortSignal);
        return storage.bucket(name);
      },
      put: (bucket, key, body, options) => {
        asked.push(options?.as, options?.signal instanceof AbortSignal, options?.contentType);
        return storage.put(bucket, key, body, options);
      },
    };
    const templates = templateStorage(sink);
    await templates.bucket(SCOPE, 'templates');
    await templates.put(SCOPE, 'templates', 'a', BODY);
    expect(asked).toEqual(['templates', SCOPE, true, SCOPE, true, 'application/json']);
  });

  test.each([
    ['AccessDenied', sdkError('AccessDenied', 403), 'denied', 'denied'],
    ['InvalidAccessKeyId', sdkError('InvalidAccessKeyId', 403), 'denied', 'denied'],
    ['NoSuchBucket', sdkError('NoSuchBucket', 404), 'denied', 'missing'],
    [
      'a directory that is not writable',
      Object.assign(new Error('no'), { code: 'EACCES' }),
      'denied',
      'denied',
    ],
  ])('are refused for %s', async (_, error, looked, put) => {
    const templates = templateStorage(failing(error));
    expect(await templates.bucket(SCOPE, 'templates')).toBe(looked);
    expect(await templates.put(SCOPE, 'templates', 'a', BODY)).toBe(put);
  });

  test.each([
    ['SlowDown', sdkError('SlowDown', 503)],
    ['a full disk', Object.assign(new Error('full'), { code: 'ENOSPC' })],
    ['a fault', new RangeError('of the program')],
  ])('fail as they do for %s', async (_, error) => {
    const templates = templateStorage(failing(error));
    await expect(templates.bucket(SCOPE, 'templates')).rejects.toBe(error);
    await expect(templates.put(SCOPE, 'templates', 'a', BODY)).rejects.toBe(error);
  });

  test('go over the network where the buckets are', async () => {
    const place = await openS3();
    const open = (key: typeof OWNER): AwsClients =>
      new AwsClients({
        endpoint: place.url,
        region: SCOPE.region,
        pathStyle: true,
        credentials: { accessKeyId: key.id, secretAccessKey: key.secret },
      });
    const [mine, theirs] = [open(OWNER), open(OTHER)];
    try {
      await place.storage.buckets.create({
        name: 'far-away',
        createdAt: 0,
        account: OWNER.account,
        region: SCOPE.region,
      });
      const templates = templateStorage(createS3Sink(mine));
      expect(await templates.bucket(SCOPE, 'far-away')).toMatchObject({
        account: undefined,
        region: SCOPE.region,
      });
      expect(await templates.bucket(SCOPE, 'nowhere')).toBeUndefined();
      expect(await templates.put(SCOPE, 'far-away', 'a/b c_Sat Nov 12 23:16:02.yml', BODY)).toBe('put');
      expect(await templates.put(SCOPE, 'nowhere', 'a', BODY)).toBe('missing');
      expect(await templateStorage(createS3Sink(theirs)).put(SCOPE, 'far-away', 'a', BODY)).toBe('denied');
      const [kept, ...others] = (await place.storage.list('far-away', { max: 10 })).objects;
      expect(others).toEqual([]);
      expect(kept).toMatchObject({ key: 'a/b c_Sat Nov 12 23:16:02.yml', size: BODY.length });
    } finally {
      mine.destroy();
      theirs.destroy();
      await place.close();
    }
  });
});
