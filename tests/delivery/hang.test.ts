/** A disk that hangs, for real: a FIFO without a reader keeps the pool's thread that opens it for writing. */
import { spawnSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openDeliverer } from '../../src/delivery/delivery.ts';
import { poolShares, poolThreads } from '../../src/delivery/places.ts';
import { openLogStorage } from '../../src/standins/storage/logs.ts';
import type { ObjectSink } from '../../src/standins/storage/object-storage.ts';
import { openObjectStorage } from '../../src/standins/storage/objects.ts';
import { ACCOUNT, eventsChunk, groupTarget, objectTarget, SLOT0, textChunk, until } from './helpers.ts';

test('objects on a disk that hangs leave threads to other buckets, to log events and to all else', async () => {
  const root = mkdtempSync(join(tmpdir(), 'weir-hang-'));
  const fifo = join(root, 'fifo');
  expect(spawnSync('mkfifo', [fifo]).status).toBe(0);
  const storage = await openObjectStorage(join(root, 's3'));
  for (const name of ['logs', 'hung']) {
    await storage.buckets.create({ name, account: ACCOUNT, region: 'eu-central-1', createdAt: 0 });
  }
  const logs = openLogStorage(join(root, 'logs'));
  let isHung = true;
  let hanging = 0;
  const objects: ObjectSink = {
    bucket: (name) => storage.bucket(name),
    async put(bucket, key, body, options) {
      if (isHung && bucket === 'hung') {
        hanging++;
        await (await open(fifo, constants.O_WRONLY)).close();
        hanging--;
        throw new Error('hung long enough');
      }
      return storage.put(bucket, key, body, options);
    },
  };
  const states = new Map<string, string>();
  const deliverer = openDeliverer({
    directory: join(root, 'delivery'),
    objects,
    logs,
    limits: { attemptMs: 300, slowMs: 50, backOffMs: 5, backOffMostMs: 20 },
    onState: (flowLog, state) => states.set(flowLog, state.state),
    onLog: () => {},
  });
  const wake = (): void => {
    isHung = false;
    closeSync(openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK));
  };
  onTestFinished(async () => {
    await until(() => {
      if (hanging > 0) wake();
      return hanging === 0;
    });
    await deliverer.close(1000);
    rmSync(root, { recursive: true, force: true });
  });
  const bad = Array.from({ length: 12 }, (_, i) => `fl-bad${i}`);
  const good = Array.from({ length: 12 }, (_, i) => `fl-good${i}`);
  deliverer.setTargets([
    ...bad.map((id) => objectTarget(id, 'hung')),
    ...good.map((id) => objectTarget(id)),
    groupTarget('fl-events'),
  ]);
  deliverer.begin('live-1', 'live');
  const commit = (sequence: number): void => {
    const chunks = [
      textChunk([...bad, ...good], SLOT0 + sequence, [`row ${sequence}`]),
      eventsChunk(['fl-events'], SLOT0 + sequence, { s: [`event ${sequence}`] }),
    ];
    deliverer.commit({ producer: 'live-1', sequence, chunks });
    deliverer.closed('live-1', (SLOT0 + sequence + 1) * 300);
  };
  commit(0);
  await until(() => hanging > 0);
  // Also after attempts that were given up: they keep their threads.
  await until(() => bad.every((id) => states.get(id) === 'failing'));
  commit(1);
  expect(hanging).toBeLessThanOrEqual(poolShares(poolThreads()).objects.each);
  await until(() => good.every((id) => deliverer.amounts().get(id)?.delivered.rows === 2));
  await until(() => deliverer.amounts().get('fl-events')?.delivered.rows === 2);
  expect([...states.keys()].sort()).toEqual([...bad].sort());
  // Clients can read: file I/O of others goes on.
  expect((await storage.list('logs', { max: 1000 })).objects).toHaveLength(24);
  expect(hanging).toBeGreaterThan(0);
  wake();
  await until(() => hanging === 0);
  await until(() => bad.every((id) => deliverer.amounts().get(id)?.delivered.rows === 2));
  expect([...states.values()].every((state) => state === 'delivering')).toBe(true);
});

describe('shares of the pool', () => {
  test.each(Array.from({ length: 61 }, (_, i) => i + 4))('of %d threads', (threads) => {
    const { objects, logs, streams } = poolShares(threads);
    for (const { all, each } of [objects, logs, streams]) {
      expect(each).toBeGreaterThanOrEqual(1);
      expect(each).toBeLessThanOrEqual(all);
    }
    // One bucket that hangs leaves places to other buckets; all of them, threads to all else.
    expect(objects.each).toBeLessThan(objects.all);
    expect(objects.all).toBeLessThan(threads);
  });

  test('of a pool that is larger than the usual one nothing hung takes all', () => {
    for (let threads = 8; threads <= 64; threads++) {
      const { objects, logs, streams } = poolShares(threads);
      expect(objects.all + logs.all + streams.all).toBeLessThan(threads);
    }
    const one = { all: 1, each: 1 };
    expect(poolShares(16)).toEqual({
      objects: { all: 9, each: 5 },
      logs: { all: 4, each: 2 },
      streams: { all: 2, each: 1 },
    });
    expect(poolShares(4)).toEqual({ objects: { all: 3, each: 2 }, logs: one, streams: one });
    expect(poolShares(1)).toEqual({ objects: one, logs: one, streams: one });
  });
});
