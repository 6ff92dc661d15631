/** A large object takes as much memory as a part, whatever its size. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { fakeStore, MIB, sinkAt } from './s3-support.ts';

test('60 MB go through a buffer of one part', async () => {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as () => void;
  // What the first finds is freed on the side, and surely so when the second begins.
  const collect = (): void => {
    gc();
    gc();
  };
  let received = 0;
  const store = await fakeStore(({ method, url, headers }) => {
    if (method === 'PUT') received += Number(headers['content-length']);
    if (method === 'POST' && url.includes('?uploads')) {
      return {
        status: 200,
        body: '<InitiateMultipartUploadResult><UploadId>U</UploadId></InitiateMultipartUploadResult>',
      };
    }
    return {
      status: method === 'DELETE' ? 204 : 200,
      body: method === 'POST' ? '<CompleteMultipartUploadResult/>' : '',
    };
  }, false);
  const sink = sinkAt({ endpoint: store.url, region: 'eu-central-1' });
  await sink.put('bucket', 'warm', [Buffer.from('x')]);
  collect();
  const before = process.memoryUsage().arrayBuffers;
  let most = 0;
  async function* body(): AsyncGenerator<Uint8Array> {
    for (let i = 0; i < 60; i++) {
      // A new piece each time, as the spool gives them: what is kept of them shows.
      yield Buffer.alloc(MIB, i);
      collect();
      most = Math.max(most, process.memoryUsage().arrayBuffers - before);
    }
  }
  const { size } = await sink.put('bucket', 'large', body());
  expect(size).toBe(60 * MIB);
  expect(received).toBe(60 * MIB + 1);
  expect(most).toBeGreaterThan(8 * MIB - 1);
  expect(most).toBeLessThan(14 * MIB);
});
