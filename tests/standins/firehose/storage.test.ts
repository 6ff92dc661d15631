import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import * as fc from 'fast-check';
import BetterSqlite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { StreamPump } from '../../../src/standins/firehose/pump.ts';
import { openObjectStorage } from '../../../src/standins/storage/objects.ts';
import { NoSuchStream, type StreamRecords } from '../../../src/standins/storage/stream-storage.ts';
import type { BucketDelivery } from '../../../src/standins/storage/streams-config.ts';
import { errorKey, objectKey, prefixFault } from '../../../src/standins/storage/streams-keys.ts';
import { openStreamStorage, type StreamStorage } from '../../../src/standins/storage/streams.ts';

const T0 = Date.UTC(2026, 0, 2, 3, 4, 5);
const stream = { account: '123456789012', region: 'eu-central-1', name: 'flows' };
const bucket: BucketDelivery = {
  bucket: 'flows',
  roleArn: 'arn:aws:iam::123456789012:role/r',
  prefix: '',
  errorPrefix: '',
  gzip: false,
  extension: '',
  bytes: 1024 * 1024,
  seconds: 60,
};

let root: string;
let streams: StreamStorage;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'weir-firehose-'));
  streams = openStreamStorage(join(root, 'firehose'), { maxBytes: 8 * 1024 * 1024 });
  streams.create(stream, { kind: 'S3', bucket }, {}, T0);
});
afterEach(() => {
  streams.close();
  rmSync(root, { recursive: true, force: true });
});

function records(...texts: string[]): StreamRecords {
  let end = 0;
  return {
    data: Buffer.from(texts.join('')),
    ends: Uint32Array.from(texts, ({ length }) => (end += length)),
  };
}

async function objectsOf(): Promise<Map<string, string>> {
  const objects = await openObjectStorage(join(root, 's3'));
  const found = new Map<string, string>();
  for (const { key } of (await objects.list('flows', { max: 1000 })).objects) {
    const object = await objects.open('flows', key);
    let text = '';
    for await (const piece of object!.body()) text += Buffer.from(piece).toString();
    found.set(key, text);
  }
  return found;
}

async function makeBucket() {
  const objects = await openObjectStorage(join(root, 's3'));
  await objects.buckets.create({
    name: 'flows',
    account: stream.account,
    region: stream.region,
    createdAt: 0,
  });
  return objects;
}

describe('a batch of delivery', () => {
  test('is taken once, whatever happens in between', async () => {
    const objects = await makeBucket();
    await streams.put(stream, 'fl-1.0', records('a', 'b'), T0);
    await streams.put(stream, 'fl-1.0', records('a', 'b'), T0);
    const pump = new StreamPump({ streams, objects, now: () => T0 + 60_000 });
    await pump.pump();
    await streams.put(stream, 'fl-1.0', records('a', 'b'), T0);
    await pump.pump();
    await pump.close();
    expect([...(await objectsOf()).values()]).toEqual(['ab']);
    expect(streams.tallies).toMatchObject({ records_taken: 2, batches_repeated: 2, records_delivered: 2 });
    streams.forget(T0 + 31 * 24 * 3_600_000);
    await streams.put(stream, 'fl-1.0', records('a'), T0);
    expect(streams.find(stream)!.heldRecords).toBe(1);
  });

  test('is refused for a stream that is not there, or full, and can be put again', async () => {
    await expect(streams.put({ ...stream, name: 'none' }, 'b', records('a'), T0)).rejects.toBeInstanceOf(
      NoSuchStream,
    );
    const large = records('x'.repeat(5 * 1024 * 1024));
    await streams.put(stream, 'first', large, T0);
    await expect(streams.put(stream, 'second', large, T0)).rejects.toMatchObject({
      name: 'ServiceUnavailableException',
    });
    const objects = await makeBucket();
    const pump = new StreamPump({ streams, objects, now: () => T0 });
    await pump.pump();
    await streams.put(stream, 'second', large, T0);
    await pump.pump();
    await pump.close();
    expect(streams.tallies).toMatchObject({ records_delivered: 2, batches_repeated: 0 });
  });

  test('that is damaged on the disk is left out, and counted', async () => {
    const objects = await makeBucket();
    for (const id of ['one', 'two', 'three']) await streams.put(stream, id, records(id), T0);
    const other = new BetterSqlite(join(root, 'firehose', 'streams.db'));
    other.exec("UPDATE batch SET data = CAST('twx' AS BLOB) WHERE data = CAST('two' AS BLOB)");
    other.close();
    const pump = new StreamPump({ streams, objects, now: () => T0 + 60_000 });
    await pump.pump();
    await pump.close();
    expect([...(await objectsOf()).values()]).toEqual(['onethree']);
    expect(streams.tallies).toMatchObject({ records_damaged: 1, records_delivered: 2 });
  });
});

describe('delivering', () => {
  test.each(['before the object', 'behind the object', 'nowhere'])(
    'makes each object once: killed %s',
    async (point) => {
      const objects = await makeBucket();
      for (let i = 0; i < 5; i++) await streams.put(stream, `b${i}`, records(`record ${i}\n`), T0 + i);
      const child = new URL('./crash-child.ts', import.meta.url).pathname;
      const { signal, stderr } = spawnSync(process.execPath, [child, root, point, String(T0 + 60_000)], {
        encoding: 'utf8',
      });
      expect([signal, stderr]).toEqual(['SIGKILL', '']);
      // More came meanwhile: it must not change what was begun.
      await streams.put(stream, 'b5', records('record 5\n'), T0 + 61_000);
      const pump = new StreamPump({ streams, objects, now: () => T0 + 200_000 });
      await pump.pump();
      await pump.close();
      const found = await objectsOf();
      expect([...found.values()].sort()).toEqual([
        'record 0\nrecord 1\nrecord 2\nrecord 3\nrecord 4\n',
        'record 5\n',
      ]);
      expect(streams.find(stream)).toMatchObject({ heldRecords: 0, heldBytes: 0 });
    },
  );

  test('begins by itself when it is started, and ends when it is closed', async () => {
    const objects = await makeBucket();
    await streams.put(stream, 'b', records('x'), T0);
    const pump = new StreamPump({ streams, objects, now: () => T0 + 60_000, times: { everyMs: 10 } });
    pump.start();
    await vi.waitFor(async () => expect((await objectsOf()).size).toBe(1), 4_000);
    await pump.close();
    await streams.put(stream, 'c', records('y'), T0);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect((await objectsOf()).size).toBe(1);
  });

  test('is done by one of several', async () => {
    const objects = await makeBucket();
    const second = openStreamStorage(join(root, 'firehose'));
    await streams.put(stream, 'b', records('x'), T0);
    expect(streams.lease(T0)).toBe(true);
    const pump = new StreamPump({ streams: second, objects, now: () => T0 + 59_000 });
    await pump.pump();
    expect((await objectsOf()).size).toBe(0);
    const late = new StreamPump({ streams: second, objects, now: () => T0 + 61_000 });
    await late.pump();
    expect((await objectsOf()).size).toBe(1);
    await late.close();
    second.close();
  });

  test('goes on while other threads put', async () => {
    const objects = await makeBucket();
    const source = new URL('../../../src/standins/storage/streams.ts', import.meta.url).href;
    const code = `
      import { parentPort, workerData } from 'node:worker_threads';
      const { openStreamStorage } = await import(workerData.source);
      const streams = openStreamStorage(workerData.root);
      for (let i = 0; i < 50; i++) {
        const data = Buffer.from(workerData.who + String(i).padStart(3, '0') + '\\n');
        await streams.put(workerData.stream, workerData.who + i, { data, ends: Uint32Array.of(data.length) }, workerData.at);
      }
      streams.close();
    `;
    const exits = ['a', 'b', 'c'].map((who) => {
      const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`), {
        workerData: { source, root: join(root, 'firehose'), stream, who, at: T0 },
      });
      return new Promise((resolve, reject) => worker.once('exit', resolve).once('error', reject));
    });
    const pump = new StreamPump({ streams, objects, now: () => T0 + 60_000 });
    const ended = new AbortController();
    const pumping = (async () => {
      while (!ended.signal.aborted) {
        await pump.pump();
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    })();
    expect(await Promise.all(exits)).toEqual([0, 0, 0]);
    ended.abort();
    await pumping;
    await pump.pump();
    await pump.close();
    const lines = [...(await objectsOf()).values()].join('').trim().split('\n').sort();
    const wanted = ['a', 'b', 'c'].flatMap((who) =>
      Array.from({ length: 50 }, (_, i) => who + String(i).padStart(3, '0')),
    );
    expect(lines).toEqual(wanted);
  });
});

describe('names of objects', () => {
  const naming = { stream: 's', version: 1, time: T0, uuid: 'u' };
  test.each([
    ['', '2026/01/02/03/s-1-2026-01-02-03-04-05-u'],
    ['a/b', 'a/b2026/01/02/03/s-1-2026-01-02-03-04-05-u'],
    ["x/!{timestamp:yyyy/MM/'day-'d}/", 'x/2026/01/day-2/s-1-2026-01-02-03-04-05-u'],
    ['!{timestamp:yy}!{timestamp:H}/', '263/s-1-2026-01-02-03-04-05-u'],
  ])('%j', (prefix, key) => {
    expect(prefixFault(prefix, false)).toBeUndefined();
    expect(objectKey({ ...bucket, prefix }, naming)).toBe(key);
  });

  test.each([
    ['bad/', 'bad/http-endpoint-failed/2026/01/02/03/s-1-2026-01-02-03-04-05-u'],
    [
      'bad/!{firehose:error-output-type}/!{timestamp:dd}/',
      'bad/http-endpoint-failed/02/s-1-2026-01-02-03-04-05-u',
    ],
  ])('of errors: %j', (errorPrefix, key) => {
    expect(errorKey({ ...bucket, errorPrefix }, 'http-endpoint-failed', naming)).toBe(key);
  });

  test('any prefix that is taken gives a name without expressions in it', () => {
    const part = fc.constantFrom(
      '!{',
      '}',
      'timestamp:',
      'firehose:',
      'error-output-type',
      'yyyy',
      "'",
      'd',
      'e',
      '/',
      '$&',
    );
    const prefixes = fc.array(part, { maxLength: 10 }).map((parts) => parts.join(''));
    let taken = 0;
    fc.assert(
      fc.property(prefixes, (prefix) => {
        if (prefixFault(prefix, false) !== undefined) return;
        taken++;
        expect(objectKey({ ...bucket, prefix }, naming)).not.toContain('!{');
      }),
      { interruptAfterTimeLimit: 2_000, numRuns: 20_000 },
    );
    expect(taken).toBeGreaterThan(100);
  });
});
