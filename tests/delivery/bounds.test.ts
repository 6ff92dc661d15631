/** Bounds on memory, claims and disk, with real storages where they matter. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createGunzip } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { SpoolFull } from '../../src/delivery/deliverer.ts';
import type { Deliverer } from '../../src/delivery/deliverer.ts';
import { openDeliverer } from '../../src/delivery/delivery.ts';
import { OBJECT_BYTES } from '../../src/delivery/limits.ts';
import { deflatePiece } from '../../src/records/gzip.ts';
import { openLogStorage } from '../../src/standins/storage/logs.ts';
import { openObjectStorage } from '../../src/standins/storage/objects.ts';
import {
  ACCOUNT,
  assertIdentity,
  eventsChunk,
  groupTarget,
  HEADER,
  objectTarget,
  setup,
  SLOT0,
  textChunk,
  until,
} from './helpers.ts';
import { systemError } from './sinks.ts';

const MB = 1_000_000;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

test('an object of 75 MB is sent with a few pieces in memory, and what is beyond is its next part', async () => {
  const { deliverer, objects } = setup();
  deliverer.setTargets([objectTarget('fl-1')]);
  deliverer.begin('live-1', 'live');
  // Pieces of a megabyte that deflate badly: 40 MB of file.
  const piece = (at: number): ReturnType<typeof deflatePiece> => {
    const text = Buffer.alloc(MB);
    let state = at + 1;
    for (let i = 0; i < MB; i++) {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      text[i] = i % 100 === 99 ? 10 : 97 + ((state >>> 16) & 15);
    }
    return deflatePiece(text);
  };
  for (const sequence of [0, 1]) {
    const pieces = Array.from({ length: 40 }, (_, i) => piece(sequence * 40 + i));
    const chunk = textChunk(['fl-1'], SLOT0, ['x']);
    deliverer.commit({
      producer: 'live-1',
      sequence,
      chunks: [{ ...chunk, body: { form: 'deflated-text', pieces } }],
    });
  }
  collect();
  const held = (): number => {
    collect();
    return process.memoryUsage().arrayBuffers + process.memoryUsage().heapUsed;
  };
  const before = held();
  let most = 0;
  const sizes: { stored: number; text: number }[] = [];
  objects.put = async (_, key, body) => {
    const gunzip = createGunzip();
    let text = 0;
    let stored = 0;
    gunzip.on('data', (some: Buffer) => (text += some.length));
    let pieces = 0;
    for await (const part of body) {
      stored += part.length;
      if (!gunzip.write(part)) await new Promise((resolve) => gunzip.once('drain', resolve));
      if (pieces++ % 10 === 0) most = Math.max(most, held() - before);
    }
    await new Promise((resolve) => gunzip.once('end', resolve).end());
    sizes.push({ stored, text });
    return { key, size: stored, etag: '', lastModified: 0, contentType: '', headers: {} };
  };
  deliverer.closed('live-1', (SLOT0 + 1) * 300);
  await until(() => sizes.length === 2, 20_000);
  expect(sizes[0]!.text).toBeLessThanOrEqual(OBJECT_BYTES);
  expect(sizes[0]!.text + sizes[1]!.text).toBe(80 * MB + 2 * HEADER.length);
  expect(sizes[0]!.stored).toBeGreaterThan(15 * MB);
  // A megabyte on a quiet machine; on a busy one the unpacking here is behind, and holds more.
  expect(most).toBeLessThan(0.9 * sizes[0]!.stored);
}, 40_000);

test('at the bound on claims new ones of failing flow logs are given up, others wait for theirs to go', async () => {
  const { deliverer, objects } = setup({ limits: { spoolClaims: 20 } });
  objects.fault = (place) => (place.includes('fl-bad') ? systemError('ENOSPC') : undefined);
  deliverer.setTargets([objectTarget('fl-bad'), objectTarget('fl-good')]);
  deliverer.begin('live-1', 'live');
  for (let i = 0; i < 40; i++) {
    // Each is in a segment of its own: what is stuck can go without what is not.
    for (const [k, id] of ['fl-bad', 'fl-good'].entries()) {
      deliverer.commit({
        producer: 'live-1',
        sequence: 2 * i + k,
        chunks: [textChunk([id], SLOT0 + i, ['a'])],
      });
    }
    deliverer.closed('live-1', (SLOT0 + i + 1) * 300);
    await until(() => objects.objects.size === i + 1);
    const waiting = [...deliverer.amounts().values()].reduce((sum, { spooled }) => sum + spooled.rows, 0);
    expect(waiting).toBeLessThanOrEqual(20);
    assertIdentity(deliverer);
  }
  expect(deliverer.amounts().get('fl-good')!.givenUp.rows).toBe(0);
  // A fifth of the bound is left to those that work.
  expect(deliverer.amounts().get('fl-bad')).toMatchObject({ spooled: { rows: 16 }, givenUp: { rows: 24 } });
  // Without a failing one nothing is given up: the commit is refused, and taken when there is room.
  const t = setup({ limits: { spoolClaims: 5 } });
  t.deliverer.setTargets([objectTarget('fl-1')]);
  t.deliverer.begin('live-1', 'live');
  const commit = (sequence: number): void =>
    t.deliverer.commit({
      producer: 'live-1',
      sequence,
      chunks: [textChunk(['fl-1'], SLOT0, [`${sequence}`])],
    });
  // No destination holds more than four times what is left.
  for (let i = 0; i < 4; i++) commit(i);
  expect(() => commit(4)).toThrow(SpoolFull);
  await until(() => t.deliverer.amounts().get('fl-1')!.spooled.rows === 0);
  await until(() => t.deliverer.stats().spoolSegments === 0);
  commit(4);
  await t.deliverer.flush();
  expect(t.deliverer.amounts().get('fl-1')).toMatchObject({ delivered: { rows: 5 }, givenUp: { rows: 0 } });
});

test('a spool that is full holds recordings up, and loses and doubles nothing: to real storages and back', async () => {
  const root = mkdtempSync(join(tmpdir(), 'weir-full-'));
  const objects = await openObjectStorage(join(root, 's3'));
  await objects.buckets.create({ name: 'logs', account: ACCOUNT, region: 'eu-central-1', createdAt: 0 });
  const logs = openLogStorage(join(root, 'logs'));
  const deliverer = openDeliverer({
    directory: join(root, 'delivery'),
    objects,
    logs,
    limits: { spoolBytes: 6000, spoolSeconds: 3600 },
    onState: () => {},
    onLog: () => {},
  });
  onTestFinished(async () => {
    await deliverer.close(1000);
    rmSync(root, { recursive: true, force: true });
  });
  deliverer.setTargets([objectTarget('fl-1'), groupTarget('fl-2')]);
  const rows = 30;
  const record = async (producer: string, mode: 'live' | 'replay'): Promise<number> => {
    let refused = 0;
    deliverer.begin(producer, mode);
    for (let sequence = 0; sequence < rows; sequence++) {
      refused += await insist(deliverer, producer, sequence);
      expect(deliverer.stats().spoolBytes).toBeLessThanOrEqual(6000);
    }
    if (mode === 'replay') deliverer.end(producer);
    return refused;
  };
  const refused = await Promise.all([record('live-1', 'live'), record('replay-x', 'replay')]);
  expect(Math.min(...refused)).toBeGreaterThan(0);
  await deliverer.flush();
  for (const id of ['fl-1', 'fl-2']) {
    expect(deliverer.amounts().get(id)).toMatchObject({
      selected: { rows: 2 * rows },
      delivered: { rows: 2 * rows },
      givenUp: { rows: 0 },
    });
  }
  const expected = ['live-1', 'replay-x'].flatMap((producer) =>
    Array.from({ length: rows }, (_, i) => `${producer} ${i}`),
  );
  const request = { from: 0, to: 1e15, limit: 10_000, maxBytes: 1e8, budget: 1e9 };
  const group = { account: ACCOUNT, region: 'eu-central-1', name: 'group' };
  const page = await logs.read(group, request, Date.now());
  expect(page!.events.map(({ message }) => message).sort()).toEqual(expected.sort());
  const lines: string[] = [];
  for (const { key } of (await objects.list('logs', { max: 1000 })).objects) {
    const found = await objects.open('logs', key);
    const gunzip = createGunzip();
    const text: Buffer[] = [];
    gunzip.on('data', (some: Buffer) => text.push(some));
    for await (const part of found!.body()) gunzip.write(part);
    await new Promise((resolve) => gunzip.once('end', resolve).end());
    lines.push(...Buffer.concat(text).toString().slice(HEADER.length).split('\n').slice(0, -1));
  }
  expect(lines.sort()).toEqual(expected);
  await until(() => deliverer.stats().spoolBytes === 0);
});

/** Commits a window as recordings do: again and again while the spool is full. Returns how often it was refused. */
async function insist(deliverer: Deliverer, producer: string, sequence: number): Promise<number> {
  const line = `${producer} ${sequence}`;
  const slot = SLOT0 + Math.floor(sequence / 5);
  const chunks = [textChunk(['fl-1'], slot, [line]), eventsChunk(['fl-2'], slot, { s: [line] })];
  for (let refused = 0; ; refused++) {
    try {
      deliverer.commit({ producer, sequence, chunks });
      return refused;
    } catch (error) {
      if (!(error instanceof SpoolFull)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}
