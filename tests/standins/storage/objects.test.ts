import { createHash, randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ObjectStorage, openObjectStorage } from '../../../src/standins/storage/objects.ts';
import { checkListing } from './listing.ts';

let folder: string;
let root: string;
let storage: ObjectStorage;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'weir-objects-'));
  root = join(folder, 's3');
  storage = await openObjectStorage(root);
  await make('b');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function make(name: string, account = '111111111111'): Promise<unknown> {
  return storage.buckets.create({ name, account, region: 'eu-central-1', createdAt: 1 });
}

const bytes = (text: string): Uint8Array[] => [Buffer.from(text)];

async function read(key: string, from?: number, to?: number, of = storage): Promise<string | undefined> {
  const object = await of.open('b', key);
  if (object === undefined) return undefined;
  const pieces: Uint8Array[] = [];
  for await (const piece of object.body(from, to)) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

async function keys(query: object = {}): Promise<string[]> {
  return (await storage.list('b', { max: 1000, ...query })).objects.map(({ key }) => key);
}

const temporary = (): string[] => readdirSync(join(root, '.weir', 'tmp'));
const sidecars = (): string[] =>
  readdirSync(join(root, '.weir', 'objects'), { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.json'),
  );

describe('objects', () => {
  test('come back with what is kept of them, and lie under their names', async () => {
    const key = 'AWSLogs/1/vpcflowlogs/r/2026/01/02/x.log.gz';
    const headers = { 'content-encoding': 'gzip', 'x-amz-meta-a': 'b' };
    const put = await storage.put('b', key, bytes('hello'), { contentType: 'text/x', headers });
    expect(put).toMatchObject({
      key,
      size: 5,
      etag: '5d41402abc4b2a76b9719d911017c592',
      contentType: 'text/x',
    });
    expect(readFileSync(join(root, 'b', key), 'utf8')).toBe('hello');
    expect(await storage.head('b', key)).toEqual(put);
    expect((await storage.list('b', { max: 10 })).objects).toEqual([put]);
    expect(await read(key, 1, 3)).toBe('el');
    const again = await openObjectStorage(root);
    expect(await again.head('b', key)).toEqual(put);
  });

  test('a reader keeps what it opened while the object is replaced and deleted', async () => {
    await storage.put('b', 'k', bytes('old'));
    const open = await storage.open('b', 'k');
    await storage.put('b', 'k', bytes('newer'));
    expect(await read('k')).toBe('newer');
    await storage.delete('b', 'k');
    let text = '';
    for await (const piece of open!.body()) text += Buffer.from(piece).toString();
    expect(text).toBe('old');
    expect(open!.info.size).toBe(3);
    expect(sidecars()).toEqual([]);
  });

  test('the directories of a deleted object go with it, those of others stay', async () => {
    await storage.put('b', 'a/b/c', bytes('1'));
    await storage.put('b', 'a/d', bytes('2'));
    expect(await storage.delete('b', 'a/b/c')).toBe(true);
    expect(await storage.delete('b', 'a/b/c')).toBe(false);
    expect(existsSync(join(root, 'b', 'a', 'b'))).toBe(false);
    expect(await keys()).toEqual(['a/d']);
  });

  test('any keys beside each other, in the order of their UTF-8', async () => {
    const segment = fc.oneof(
      fc.constantFrom('', '.', '..', 'a', 'b', 'a.b', '%', '\0', 'ü', '\uffff', '\u{10000}', 'x'.repeat(300)),
      fc.string({ unit: 'grapheme', maxLength: 4 }),
    );
    const anyKey = fc
      .array(segment, { minLength: 1, maxLength: 5 })
      .map((segments) => segments.join('/'))
      .filter((key) => key !== '' && Buffer.byteLength(key) <= 1024 && key.isWellFormed());
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(anyKey, { minLength: 1, maxLength: 12 }),
        fc.constantFrom('', '/', 'a', '..'),
        fc.integer({ min: 1, max: 5 }),
        fc.nat(),
        async (all, delimiter, max, salt) => {
          for (const key of all) await storage.put('b', key, bytes(key));
          for (const key of all) expect(await read(key)).toBe(key);
          const sorted = all.toSorted((x, y) => Buffer.compare(Buffer.from(x), Buffer.from(y)));
          expect(await keys()).toEqual(sorted);
          const chosen = all[salt % all.length]!;
          const prefix = Array.from(chosen)
            .slice(0, salt % 4)
            .join('');
          expect(await paged({ prefix, delimiter, max })).toEqual(expected(sorted, prefix, delimiter));
          expect(await keys({ after: chosen })).toEqual(sorted.slice(sorted.indexOf(chosen) + 1));
          for (const key of all) expect(await storage.delete('b', key)).toBe(true);
          expect(readdirSync(join(root, 'b'))).toEqual(['.bucket.json']);
        },
      ),
      { numRuns: 10_000, interruptAfterTimeLimit: 2_500, markInterruptAsFailure: false },
    );
  });

  test.each([
    ['empty', ''],
    ['1,025 bytes long', 'x'.repeat(1025)],
    ['513 characters of 1,026 bytes', 'é'.repeat(513)],
    ['half a character', '\ud800'],
  ])('no key is %s', async (_, key) => {
    await expect(storage.put('b', key, bytes('x'))).rejects.toMatchObject({ code: 'InvalidName' });
  });
});

async function paged(query: { prefix: string; delimiter: string; max: number }): Promise<string[]> {
  const found: string[] = [];
  for (let after: string | undefined; ;) {
    const page = await storage.list('b', { ...query, ...(after === undefined ? {} : { after }) });
    const names = [...page.objects.map(({ key }) => key), ...page.prefixes];
    expect(names.length).toBeLessThanOrEqual(query.max);
    found.push(...names);
    if (page.next === undefined) return found.sort();
    after = page.next;
  }
}

function expected(sorted: readonly string[], prefix: string, delimiter: string): string[] {
  const found = sorted
    .filter((key) => key.startsWith(prefix))
    .map((key) => {
      const cut = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
      return cut < 0 ? key : key.slice(0, cut + delimiter.length);
    });
  return [...new Set(found)].sort();
}

describe('what goes wrong', () => {
  test('a body that fails leaves nothing, and what was there stays', async () => {
    await storage.put('b', 'a/k', bytes('old'));
    const before = sidecars();
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('new');
      throw new Error('cut off');
    }
    await expect(storage.put('b', 'a/k', broken())).rejects.toThrow('cut off');
    await expect(storage.put('b', 'c/k', broken())).rejects.toThrow('cut off');
    const signal = AbortSignal.abort(new Error('stopped'));
    await expect(storage.put('b', 'c/k', bytes('x'), { signal })).rejects.toThrow('stopped');
    expect(await read('a/k')).toBe('old');
    expect(readdirSync(join(root, 'b')).sort()).toEqual(['.bucket.json', 'a']);
    expect([temporary(), sidecars()]).toEqual([[], before]);
  });

  test('temporary files of a process that is gone are removed at the start, those of this one are not', async () => {
    const gone = join(root, '.weir', 'tmp', '4194305-17-abc');
    const earlier = join(root, '.weir', 'tmp', `${process.pid}-1-abc`); // this pid, in an earlier life
    writeFileSync(gone, 'x');
    mkdirSync(earlier);
    let open: () => void = () => undefined;
    const opened = new Promise<void>((resolve) => (open = resolve));
    async function* slow(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('1');
      await opened;
      yield Buffer.from('2');
    }
    const put = storage.put('b', 'k', slow());
    while (temporary().length < 3) await new Promise((resolve) => setImmediate(resolve));
    await openObjectStorage(root);
    expect(temporary().length).toBe(1);
    open();
    await put;
    expect(await read('k')).toBe('12');
  });

  test('an object without its sidecar, or with a torn one, reads right', async () => {
    const { etag } = await storage.put('b', 'k.gz', bytes('hello'), { contentType: 'text/x' });
    writeFileSync(join(root, '.weir', 'objects', sidecars()[0]!), '{"key":');
    expect(await storage.head('b', 'k.gz')).toMatchObject({
      etag,
      size: 5,
      contentType: 'binary/octet-stream',
    });
    expect(await read('k.gz')).toBe('hello');
    writeFileSync(join(root, 'b', 'by-hand.txt'), 'hello');
    expect((await storage.list('b', { max: 9 })).objects).toMatchObject([
      { key: 'by-hand.txt', etag, size: 5 },
      { key: 'k.gz', etag },
    ]);
  });

  test('no symbolic link is followed', async () => {
    const outside = join(folder, 'outside');
    mkdirSync(outside);
    writeFileSync(join(outside, 'secret.txt'), 'secret');
    symlinkSync(outside, join(root, 'b', 'dir'));
    symlinkSync(join(outside, 'secret.txt'), join(root, 'b', 'file.txt'));
    symlinkSync(outside, join(root, 'linked'));
    expect(await read('dir/secret.txt')).toBe(undefined);
    expect(await read('file.txt')).toBe(undefined);
    expect(await storage.head('b', 'file.txt')).toBe(undefined);
    expect(await keys()).toEqual([]);
    expect(await storage.delete('b', 'dir/secret.txt')).toBe(false);
    await expect(storage.put('b', 'dir/new.txt', bytes('x'))).rejects.toMatchObject({ code: 'InvalidName' });
    writeFileSync(join(outside, '.bucket.json'), '{"name":"linked"}');
    expect(await storage.bucket('linked')).toBe(undefined);
    expect(readdirSync(outside).sort()).toEqual(['.bucket.json', 'secret.txt']);
    await storage.put('b', 'file.txt', bytes('mine')); // takes the link's place
    expect(readFileSync(join(outside, 'secret.txt'), 'utf8')).toBe('secret');
  });

  test('a root that is gone is an error of the file system, not a missing bucket', async () => {
    rmSync(root, { recursive: true });
    await expect(storage.bucket('b')).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(storage.put('b', 'k', bytes('x'))).rejects.toMatchObject({ code: 'ENOENT' });
    expect(existsSync(root)).toBe(false);
  });
});

describe('buckets', () => {
  test('are made once, by account, and deleted empty', async () => {
    await expect(make('b', '2')).rejects.toMatchObject({ code: 'BucketExists' });
    await make('c', '222222222222');
    expect((await storage.buckets.list('222222222222')).map(({ name }) => name)).toEqual(['c']);
    await storage.put('b', 'x/y', bytes('1'));
    await expect(storage.buckets.delete('b')).rejects.toMatchObject({ code: 'BucketNotEmpty' });
    await storage.delete('b', 'x/y');
    mkdirSync(join(root, 'b', 'left', 'over'), { recursive: true }); // of a put that was killed
    await storage.buckets.delete('b');
    await expect(storage.buckets.delete('b')).rejects.toMatchObject({ code: 'NoSuchBucket' });
    await expect(storage.put('b', 'k', bytes('x'))).rejects.toMatchObject({ code: 'NoSuchBucket' });
    expect(existsSync(join(root, 'b'))).toBe(false);
  });

  test('a deletion that was cut off is finished at the start, or undone when there is an object', async () => {
    await make('c');
    await storage.put('c', 'k', bytes('x'));
    for (const name of ['b', 'c']) {
      const record = readFileSync(join(root, name, '.bucket.json'));
      writeFileSync(join(root, '.weir', 'deleting', `4194305-17-${name}`), record);
      rmSync(join(root, name, '.bucket.json'));
    }
    const again = await openObjectStorage(root);
    expect(await again.bucket('b')).toBe(undefined);
    expect(existsSync(join(root, 'b'))).toBe(false);
    expect(await again.bucket('c')).toMatchObject({ name: 'c' });
    expect(await again.head('c', 'k')).toMatchObject({ size: 1 });
    expect(readdirSync(join(root, '.weir', 'deleting'))).toEqual([]);
  });

  test('a put under a deletion lands in a bucket that is there, or nowhere', async () => {
    for (let round = 0; round < 60; round++) {
      await make('race');
      const put = storage.put('race', 'a/b', bytes('x')).then(
        () => true,
        (error: { code: string }) => {
          expect(error.code).toBe('NoSuchBucket');
          return false;
        },
      );
      for (let i = 0; i < round % 7; i++) await new Promise((resolve) => setTimeout(resolve, 1));
      const deleted = await storage.buckets.delete('race').then(
        () => true,
        (error: { code: string }) => {
          expect(error.code).toBe('BucketNotEmpty');
          return false;
        },
      );
      const isPut = await put;
      expect(await storage.bucket('race').then((it) => it !== undefined)).toBe(!deleted);
      expect(isPut && deleted).toBe(false);
      expect(existsSync(join(root, 'race'))).toBe(!deleted);
      if (deleted) continue;
      expect(await storage.delete('race', 'a/b')).toBe(isPut);
      await storage.buckets.delete('race');
    }
  });
});

test('threads share a root: every reader sees a whole object with its own sidecar', async () => {
  const module = new URL('../../../src/standins/storage/objects.ts', import.meta.url).href;
  const script = `
    import { workerData } from 'node:worker_threads';
    const { openObjectStorage } = await import(workerData.module);
    const storage = await openObjectStorage(workerData.root);
    for (let i = 0; i < 80; i++) {
      const size = 1 + ((i * 7919 + workerData.n) % 5000);
      const body = Buffer.alloc(size, 65 + workerData.n);
      await storage.put('b', 'd/k', [body], { contentType: 'text/' + body.length });
      if (i % 5 === workerData.n) await storage.delete('b', 'd/k');
    }
  `;
  const workers = [0, 1].map(
    (n) =>
      new Worker(new URL(`data:text/javascript,${encodeURIComponent(script)}`), {
        workerData: { root, module, n },
      }),
  );
  const state = { running: true };
  const ended = Promise.all(
    workers.map(
      (worker) =>
        new Promise<void>((resolve, reject) => worker.on('error', reject).on('exit', () => resolve())),
    ),
  ).finally(() => (state.running = false));
  let seen = 0;
  while (state.running) {
    const object = await storage.open('b', 'd/k');
    if (object === undefined) {
      await new Promise((resolve) => setImmediate(resolve));
      continue;
    }
    const pieces: Uint8Array[] = [];
    for await (const piece of object.body()) pieces.push(piece);
    const body = Buffer.concat(pieces);
    expect(object.info.etag).toBe(createHash('md5').update(body).digest('hex'));
    expect(object.info.contentType).toBe(`text/${body.length}`);
    seen++;
  }
  await ended;
  expect(seen).toBeGreaterThan(20);
  expect(temporary()).toEqual([]);
}, 20_000);

test('10,000 keys: in the order of a plain sort, a page at the price of a page', async () => {
  expect(await checkListing(root, storage, 10_000)).toBe(10_000);
}, 20_000);

test('parts become one object; random bytes survive', async () => {
  const body = randomBytes(5 * 1024 * 1024);
  const id = await storage.uploads.create('b', 'k', { contentType: 'text/y' });
  const first = await storage.uploads.putPart('b', 'k', id, 1, [body]);
  await storage.uploads.putPart('b', 'k', id, 3, bytes('to be replaced'));
  const last = await storage.uploads.putPart('b', 'k', id, 3, bytes('end'));
  expect((await storage.uploads.parts('b', 'k', id)).map(({ number, size }) => [number, size])).toEqual([
    [1, body.length],
    [3, 3],
  ]);
  const small = [{ number: 3, etag: last.etag }];
  await expect(storage.uploads.complete('b', 'other', id, small)).rejects.toMatchObject({
    code: 'NoSuchUpload',
  });
  const object = await storage.uploads.complete('b', 'k', id, [{ number: 1, etag: first.etag }, ...small]);
  expect(object.size).toBe(body.length + 3);
  expect(readFileSync(join(root, 'b', 'k%')).equals(Buffer.concat([body, Buffer.from('end')]))).toBe(true);
  expect(temporary()).toEqual([]);
});
