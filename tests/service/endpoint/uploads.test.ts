/** Uploads that nobody uses do not stay. */
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { UploadStore } from '../../../src/service/endpoint/uploads.ts';
import { WeirClient } from '../../../src/service/endpoint/client.ts';
import { findPlace } from '../../../src/service/endpoint/client-credentials.ts';
import { until } from '../recording/wire.ts';
import { openService } from '../support.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-uploads-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('what waits for too long is removed without anybody asking; what is written to is not', async () => {
  const directory = join(folder, 'uploads');
  const store = new UploadStore(directory, { maxAgeMs: 400 });
  store.start();
  await store.put('1', 'left', 0, Buffer.alloc(100));
  await store.put('1', 'used', 0, Buffer.alloc(10));
  // One piece after another: the next may not come while one is being written.
  let writing = Promise.resolve(0);
  const used = setInterval(() => {
    writing = writing.then(() => store.put('1', 'used', 10, Buffer.alloc(5)));
  }, 50);
  try {
    expect(store.bytes).toBe(110);
    await until('the end of one', () => store.bytes === 15 && readdirSync(directory).length === 1, 5);
    await expect(store.take('1', ['left'])).rejects.toThrow('There is no upload "left"');
  } finally {
    clearInterval(used);
    await writing;
  }
  await until('the end of the other', () => store.bytes === 0 && readdirSync(directory).length === 0, 5);
  store.close();
  expect(existsSync(directory)).toBe(false);
});

test('a service shows their bytes, and removes them at its end', async () => {
  const directory = join(folder, 'data');
  const service = await openService({ directory });
  const client = new WeirClient(findPlace({ data: directory, to: undefined, profile: undefined }, {}));
  async function* capture(): AsyncGenerator<Uint8Array> {
    yield Buffer.alloc(1234);
  }
  await client.upload('left', capture());
  const text = await (await fetch(`${service.url}/metrics`)).text();
  expect(text).toMatch(/^\S*upload_bytes 1234$/m);
  await service.close();
  expect(existsSync(join(directory, 'uploads'))).toBe(false);
});
