import * as fs from 'node:fs';
import mutable from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { createHash } from 'node:crypto';
import { describe, expect, test, vi } from 'vitest';
import { SpoolFull } from '../../src/delivery/deliverer.ts';
import {
  allLines,
  assertIdentity,
  eventsChunk,
  groupTarget,
  HEADER,
  linesOf,
  objectTarget,
  setup,
  SLOT0,
  T0,
  textChunk,
  until,
} from './helpers.ts';
import { hang, systemError } from './sinks.ts';

const hashOf = (flowLog: string, slot: number, part: number, producer: string): string =>
  createHash('sha256').update(`${flowLog}\n${slot}\n${part}\n${producer}`).digest('hex').slice(0, 8);

describe('objects', () => {
  test('a slot becomes one gzip member under the key of the service, once its intervals have closed', async () => {
    const { deliverer, objects } = setup();
    deliverer.setTargets([objectTarget('fl-1'), objectTarget('fl-6', 'logs', 600)]);
    deliverer.begin('live-1', 'live');
    deliverer.commit({
      producer: 'live-1',
      sequence: 0,
      chunks: [textChunk(['fl-1', 'fl-6'], SLOT0, ['a', 'b'])],
    });
    deliverer.commit({
      producer: 'live-1',
      sequence: 1,
      chunks: [textChunk(['fl-1', 'fl-6'], SLOT0, ['c'])],
    });
    deliverer.closed('live-1', T0 + 240);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(objects.objects.size).toBe(0);
    deliverer.closed('live-1', T0 + 300);
    await until(() => objects.objects.size === 1);
    const key = `logs/AWSLogs/123456789012/vpcflowlogs/eu-central-1/2026/01/01/123456789012_vpcflowlogs_eu-central-1_fl-1_20260101T0000Z_${hashOf('fl-1', SLOT0, 0, 'live-1')}.log.gz`;
    expect(linesOf(objects)).toEqual(new Map([[key, ['a', 'b', 'c']]]));
    expect(objects.objects.get(key)!.contentType).toBe('application/octet-stream');
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(objects.objects.size).toBe(1);
    deliverer.closed('live-1', T0 + 600);
    await until(() => objects.objects.size === 2);
    assertIdentity(deliverer);
    await until(() => deliverer.stats().spoolSegments === 0);
    expect(deliverer.stats()).toMatchObject({ objects: 2, failures: 0, commits: 2, spoolBytes: 0 });
  });

  test('late rows of a published slot make its next part, also after a restart', async () => {
    const s = setup();
    s.deliverer.setTargets([objectTarget('fl-1')]);
    s.deliverer.begin('live-1', 'live');
    for (const sequence of [0, 1]) {
      s.deliverer.commit({
        producer: 'live-1',
        sequence,
        chunks: [textChunk(['fl-1'], SLOT0, [`row ${sequence}`])],
      });
      s.deliverer.closed('live-1', T0 + 300);
      await until(() => s.objects.objects.size === sequence + 1);
    }
    const hashes = [...s.objects.objects.keys()].map((key) => key.slice(-15, -7));
    expect(hashes).toEqual([hashOf('fl-1', SLOT0, 0, 'live-1'), hashOf('fl-1', SLOT0, 1, 'live-1')]);
    const again = await s.reopen();
    again.begin('live-2', 'live');
    again.commit({ producer: 'live-2', sequence: 0, chunks: [textChunk(['fl-1'], SLOT0, ['row 2'])] });
    await again.flush();
    expect(allLines(s.objects)).toEqual(['row 0', 'row 1', 'row 2']);
  });

  test('parts are cut between pieces so that none is larger than the bound', async () => {
    const { deliverer, objects } = setup({ limits: { objectBytes: 1000 } });
    deliverer.setTargets([objectTarget('fl-1')]);
    deliverer.begin('live-1', 'live');
    const lines = Array.from({ length: 400 }, (_, i) => `row ${String(i).padStart(4, '0')}`);
    deliverer.commit({ producer: 'live-1', sequence: 0, chunks: [textChunk(['fl-1'], SLOT0, lines, 20)] });
    deliverer.commit({ producer: 'live-1', sequence: 1, chunks: [textChunk(['fl-1'], SLOT0, ['z'])] });
    await deliverer.flush();
    expect(objects.objects.size).toBeGreaterThan(3);
    for (const own of linesOf(objects).values()) {
      expect(own.join('\n').length + 1 + HEADER.length).toBeLessThanOrEqual(1000);
    }
    expect([...linesOf(objects).values()].flat()).toEqual([...lines, 'z']);
    assertIdentity(deliverer);
    expect(deliverer.amounts().get('fl-1')!.delivered.rows).toBe(401);
  });

  test('a thousand flow logs in two formats are one flush of the disk, and shared rows are stored once', async () => {
    const { deliverer, objects } = setup();
    const ids = Array.from({ length: 1000 }, (_, i) => `fl-${i}`);
    deliverer.setTargets(ids.map((id) => objectTarget(id)));
    deliverer.begin('live-1', 'live');
    const lines = Array.from({ length: 5000 }, (_, i) => `row ${(i * 7919) % 10_007}`);
    const chunks = [0, 1].map((odd) =>
      textChunk(
        ids.filter((_, i) => i % 2 === odd),
        SLOT0,
        lines.map((line) => `${odd} ${line}`),
      ),
    );
    deliverer.commit({ producer: 'live-1', sequence: 0, chunks: [] });
    const size = chunks.reduce(
      (sum, { body }) => sum + (body.form === 'deflated-text' ? body.pieces[0]!.bytes.length : 0),
      0,
    );
    deliverer.commit({ producer: 'live-1', sequence: 1, chunks });
    const flush = vi.spyOn(mutable, 'fsyncSync');
    syncBuiltinESMExports();
    deliverer.commit({ producer: 'live-1', sequence: 2, chunks });
    expect(flush).toHaveBeenCalledTimes(1);
    flush.mockRestore();
    syncBuiltinESMExports();
    expect(deliverer.stats().spoolBytes).toBeLessThan(2 * (size + 100_000));
    deliverer.closed('live-1', T0 + 300);
    await deliverer.flush();
    expect(objects.objects.size).toBe(1000);
    expect(deliverer.stats().objectFreshness.worst).toBeLessThan(10);
    assertIdentity(deliverer);
  });
});

describe('log events', () => {
  test('are appended at once, in order, one append for a group and commit, without line ends', async () => {
    const { deliverer, logs } = setup();
    deliverer.setTargets([groupTarget('fl-1'), groupTarget('fl-2'), groupTarget('fl-3', 'other')]);
    deliverer.begin('live-1', 'live');
    for (const sequence of [0, 1]) {
      const chunks = [
        eventsChunk(['fl-1', 'fl-3'], SLOT0, { 'eni-1-all': [`a${sequence}`, 'b'], 'eni-2-all': ['c'] }),
        eventsChunk(['fl-2'], SLOT0, { 'eni-1-all': ['d'] }),
      ];
      deliverer.commit({ producer: 'live-1', sequence, chunks });
    }
    await until(() => logs.events.length === 14);
    expect(logs.appends).toBe(4);
    const own = logs.events.filter(({ group, stream }) => group === 'group' && stream === 'eni-1-all');
    expect(own.map(({ message }) => message)).toEqual(['a0', 'b', 'd', 'a1', 'b', 'd']);
    expect(own[1]!.timestamp).toBe((T0 + 1) * 1000);
    expect(deliverer.stats()).toMatchObject({ events: 14 });
    assertIdentity(deliverer);
  });

  test('of a replay that is run again are appended once; those of a new flow log are not taken for them', async () => {
    const { deliverer, logs } = setup();
    deliverer.setTargets([groupTarget('fl-1'), groupTarget('fl-2')]);
    for (const flowLogs of [['fl-1'], ['fl-1'], ['fl-2']]) {
      deliverer.begin('replay-x', 'replay');
      deliverer.commit({
        producer: 'replay-x',
        sequence: 0,
        chunks: [eventsChunk(flowLogs, SLOT0, { s: ['a'] })],
      });
      deliverer.end('replay-x');
      await deliverer.flush('replay-x');
    }
    expect(logs.events).toHaveLength(2);
  });
});

describe('failures', () => {
  test.each([
    ['EACCES', 'Access error'],
    ['EROFS', 'Access error'],
    ['ENOSPC', 'Unknown error'],
  ])(
    '%s is told as %s, once; other flow logs go on; it is delivered when repaired',
    async (code, message) => {
      const { deliverer, objects, states } = setup();
      let broken = true;
      objects.fault = (place) => (broken && place.includes('fl-bad') ? systemError(code) : undefined);
      deliverer.setTargets([objectTarget('fl-bad'), objectTarget('fl-good')]);
      deliverer.begin('live-1', 'live');
      deliverer.commit({
        producer: 'live-1',
        sequence: 0,
        chunks: [textChunk(['fl-bad', 'fl-good'], SLOT0, ['a'])],
      });
      await deliverer.flush();
      await until(() => deliverer.stats().failures > 2);
      expect(states).toEqual([['fl-bad', 'failing', message]]);
      expect(objects.objects.size).toBe(1);
      assertIdentity(deliverer);
      broken = false;
      await until(() => objects.objects.size === 2);
      expect(states.slice(1)).toEqual([['fl-bad', 'delivering']]);
      assertIdentity(deliverer);
    },
  );

  test('a missing bucket and one of another account are access errors; retry() notices when it is back', async () => {
    const { deliverer, objects, states } = setup({ limits: { backOffMs: 60_000, backOffMostMs: 60_000 } });
    objects.addBucket('foreign', '999999999999');
    deliverer.setTargets([objectTarget('fl-1', 'gone'), objectTarget('fl-2', 'foreign')]);
    deliverer.begin('live-1', 'live');
    deliverer.commit({
      producer: 'live-1',
      sequence: 0,
      chunks: [textChunk(['fl-1', 'fl-2'], SLOT0, ['a'])],
    });
    await deliverer.flush();
    expect(states.sort()).toEqual([
      ['fl-1', 'failing', 'Access error'],
      ['fl-2', 'failing', 'Access error'],
    ]);
    objects.addBucket('gone');
    deliverer.retry();
    await until(() => objects.objects.size === 1);
    expect(states.at(-1)).toEqual(['fl-1', 'delivering']);
  });

  test('a destination that hangs takes no time of another, and fails by its time', async () => {
    const { deliverer, objects, states } = setup({
      limits: { attemptMs: 300, slowMs: 30, concurrency: 4, concurrencyEach: 4, slow: 8, slowEach: 4 },
    });
    objects.addBucket('hung');
    let hung = true;
    objects.fault = (place) => (hung && place.startsWith('hung/') ? hang() : undefined);
    const bad = Array.from({ length: 40 }, (_, i) => `fl-bad${i}`);
    const good = Array.from({ length: 40 }, (_, i) => `fl-good${i}`);
    deliverer.setTargets([
      ...bad.map((id) => objectTarget(id, 'hung')),
      ...good.map((id) => objectTarget(id)),
    ]);
    deliverer.begin('live-1', 'live');
    deliverer.commit({
      producer: 'live-1',
      sequence: 0,
      chunks: [textChunk([...bad, ...good], SLOT0, ['a'])],
    });
    const start = Date.now();
    deliverer.closed('live-1', T0 + 300);
    await until(() => objects.objects.size === 40);
    expect(Date.now() - start).toBeLessThan(250);
    await until(() => new Set(states.map(([flowLog]) => flowLog)).size === 40);
    expect(
      states.every(([id, state, text]) => /bad/.test(id) && state === 'failing' && text === 'Unknown error'),
    ).toBe(true);
    hung = false;
    deliverer.retry();
    await until(() => objects.objects.size === 80);
    assertIdentity(deliverer);
  });

  test('a log group that fails delays no other; its events come in order when it is repaired', async () => {
    const { deliverer, logs, states } = setup();
    let broken = true;
    logs.fault = (group) => (broken && group === 'bad' ? systemError('EIO') : undefined);
    deliverer.setTargets([groupTarget('fl-1', 'bad'), groupTarget('fl-2')]);
    deliverer.begin('live-1', 'live');
    for (const sequence of [0, 1, 2]) {
      deliverer.commit({
        producer: 'live-1',
        sequence,
        chunks: [eventsChunk(['fl-1', 'fl-2'], SLOT0, { s: [`${sequence}`] })],
      });
    }
    await until(() => logs.events.length === 3 && states.length === 1);
    broken = false;
    await until(() => logs.events.length === 6);
    expect(logs.events.filter(({ group }) => group === 'bad').map(({ message }) => message)).toEqual([
      '0',
      '1',
      '2',
    ]);
    expect(states.at(-1)).toEqual(['fl-1', 'delivering']);
  });
});

describe('bounds', () => {
  test('rows of targets that deliver are never given up: the commit is refused until they are gone', async () => {
    const { deliverer, objects } = setup({ limits: { spoolBytes: 2000 } });
    deliverer.setTargets([objectTarget('fl-1')]);
    deliverer.begin('live-1', 'live');
    let refused = 0;
    for (let sequence = 0; sequence < 10; sequence++) {
      for (;;) {
        try {
          deliverer.commit({
            producer: 'live-1',
            sequence,
            chunks: [textChunk(['fl-1'], SLOT0, [`${sequence}`])],
          });
          break;
        } catch (error) {
          if (!(error instanceof SpoolFull)) throw error;
          refused++;
          await new Promise((resolve) => setTimeout(resolve, 10));
        }
      }
    }
    await deliverer.flush();
    expect(refused).toBeGreaterThan(0);
    expect(allLines(objects)).toEqual(Array.from({ length: 10 }, (_, i) => `${i}`));
    expect(deliverer.amounts().get('fl-1')!.givenUp.rows).toBe(0);
  });

  test('rows older than the bound on age are given up, told once over a restart, and shown in the amounts', async () => {
    let now = 1_000_000;
    const s = setup({ clock: () => now, limits: { spoolSeconds: 100 } });
    s.objects.fault = () => systemError('EIO');
    s.deliverer.setTargets([objectTarget('fl-1')]);
    s.deliverer.begin('live-1', 'live');
    s.deliverer.commit({ producer: 'live-1', sequence: 0, chunks: [textChunk(['fl-1'], SLOT0, ['a'])] });
    await s.deliverer.flush();
    now += 101_000;
    await until(() => s.deliverer.amounts().get('fl-1')!.givenUp.rows === 1);
    assertIdentity(s.deliverer);
    const again = await s.reopen();
    expect(again.takeGivenUp()).toHaveLength(1);
    again.begin('live-2', 'live');
    again.commit({ producer: 'live-2', sequence: 0, chunks: [] });
    await again.close(100);
    expect((await s.reopen()).takeGivenUp()).toEqual([]);
  });
});

describe('restarts', () => {
  test('the last note comes back, also when its segment has long been delivered', async () => {
    const s = setup();
    expect(s.deliverer.begin('live-1', 'live').lastNote).toBeUndefined();
    s.deliverer.setTargets([objectTarget('fl-1')]);
    s.deliverer.commit({
      producer: 'live-1',
      sequence: 0,
      chunks: [textChunk(['fl-1'], SLOT0, ['a'])],
      note: { n: 1 },
    });
    await s.deliverer.flush();
    expect((await s.reopen()).begin('live-2', 'live').lastNote).toEqual({ n: 1 });
    s.deliverer.commit({ producer: 'live-2', sequence: 0, chunks: [], note: { n: 2 } });
    expect((await s.reopen()).begin('live-3', 'live').lastNote).toEqual({ n: 2 });
  });

  test('a deleted flow log is still served', async () => {
    const s = setup();
    s.objects.fault = () => systemError('EIO');
    s.deliverer.setTargets([objectTarget('fl-1')]);
    s.deliverer.begin('live-1', 'live');
    s.deliverer.commit({ producer: 'live-1', sequence: 0, chunks: [textChunk(['fl-1'], SLOT0, ['a'])] });
    s.deliverer.setTargets([]);
    await s.deliverer.flush();
    s.objects.fault = () => undefined;
    await s.reopen();
    await until(() => s.objects.objects.size === 1);
    expect(allLines(s.objects)).toEqual(['a']);
  });

  test.each([0.3, 0.9, 0.999])('a segment torn at %d of its length is dropped and counted', async (share) => {
    const s = setup();
    s.deliverer.setTargets([objectTarget('fl-1')]);
    s.deliverer.begin('live-1', 'live');
    for (const sequence of [0, 1]) {
      s.deliverer.commit({
        producer: 'live-1',
        sequence,
        chunks: [textChunk(['fl-1'], SLOT0, [`row ${sequence}`])],
      });
    }
    s.objects.fault = () => systemError('EIO');
    await s.deliverer.close(50);
    const files = fs.readdirSync(join(s.directory, 'segments')).sort();
    expect(files).toHaveLength(2);
    const last = join(s.directory, 'segments', files[1]!);
    fs.truncateSync(last, Math.floor(fs.statSync(last).size * share));
    s.objects.fault = () => undefined;
    const again = await s.reopen();
    expect(again.stats().tornSegments).toBe(1);
    await until(() => s.objects.objects.size === 1);
    expect(allLines(s.objects)).toEqual(['row 0']);
  });

  test('a replay that was interrupted makes the same objects, each put and counted right', async () => {
    const undisturbed = setup();
    const s = setup();
    const run = (deliverer: typeof s.deliverer, to: number): void => {
      deliverer.begin('replay-x', 'replay');
      for (let i = 0; i < to; i++) {
        const chunks = [textChunk(['fl-1', 'fl-2'], SLOT0 + Math.floor(i / 5), [`row ${i}`])];
        deliverer.commit({ producer: 'replay-x', sequence: i, chunks });
        deliverer.closed('replay-x', T0 + (i + 1) * 60);
      }
    };
    for (const { deliverer } of [undisturbed, s])
      deliverer.setTargets([objectTarget('fl-1'), objectTarget('fl-2')]);
    run(undisturbed.deliverer, 23);
    undisturbed.deliverer.end('replay-x');
    await undisturbed.deliverer.flush('replay-x');
    run(s.deliverer, 12);
    await until(() => s.objects.objects.size === 4);
    const again = await s.reopen();
    expect(again.amounts().get('fl-1')!.spooled.rows).toBe(2);
    run(again, 23);
    again.end('replay-x');
    await again.flush('replay-x');
    expect(s.objects.objects.size).toBe(10);
    for (const [key, { bytes }] of undisturbed.objects.objects) {
      expect(s.objects.objects.get(key)!.bytes.equals(bytes)).toBe(true);
      expect(s.objects.objects.get(key)!.puts).toBe(1);
    }
    expect(again.amounts().get('fl-1')!.delivered.rows).toBe(23);
    assertIdentity(again);
    await until(() => again.stats().spoolSegments === 0);
    run(again, 23);
    again.end('replay-x');
    await again.flush('replay-x');
    expect(s.objects.objects.size).toBe(10);
    expect([...s.objects.objects.values()].every(({ puts }) => puts === 2)).toBe(true);
  });
});
