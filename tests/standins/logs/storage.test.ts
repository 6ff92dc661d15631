import {
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
  mkdirSync,
  statSync,
  truncateSync,
} from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NoSuchLogGroup } from '../../../src/standins/storage/log-storage.ts';
import { compareKeys, eventId } from '../../../src/standins/storage/logs-events.ts';
import { openLogStorage } from '../../../src/standins/storage/logs.ts';
import { GROUP, NOW, readAll, shown, streamEvents, temporaryRoot } from './support.ts';

const T = NOW - 600_000;

function groupFolder(root: string): string {
  return join(root, GROUP.account, GROUP.region, '%2Fvpc%2Fflow-logs');
}

function segmentsOf(root: string): string[] {
  return readdirSync(groupFolder(root)).filter((it) => it.endsWith('.seg'));
}

describe('append', () => {
  test('makes group and streams; what was appended is read in the order of time', async () => {
    const storage = openLogStorage(temporaryRoot());
    await storage.append(
      GROUP,
      'w-1',
      [streamEvents('b', [T + 2, 'two'], [T, 'zero'], [T + 2, 'zwei']), streamEvents('a', [T + 1, 'eins ü'])],
      NOW,
    );
    expect(shown(await readAll(storage))).toEqual([
      ['b', T, 'zero'],
      ['a', T + 1, 'eins ü'],
      ['b', T + 2, 'two'],
      ['b', T + 2, 'zwei'],
    ]);
    expect(await storage.streams(GROUP, NOW)).toEqual([
      { name: 'a', createdAt: NOW, events: { first: T + 1, last: T + 1, lastIngested: NOW } },
      { name: 'b', createdAt: NOW, events: { first: T, last: T + 2, lastIngested: NOW } },
    ]);
    expect(await storage.storedBytes(GROUP)).toBe(4 + 7 + 3 + 4 + 4 * 26);
  });

  test('of a batch that was appended before changes nothing, in this instance or another, merged or not', async () => {
    const root = temporaryRoot();
    const options = { maxSmall: 4, replacedGraceMs: 0 };
    const storage = openLogStorage(root, options);
    for (let i = 0; i < 8; i++) {
      await storage.append(GROUP, `w-${i}`, [streamEvents('a', [T + i, `m${i}`])], NOW + i);
    }
    const before = await readAll(storage);
    await storage.append(GROUP, 'w-3', [streamEvents('a', [T + 3, 'm3'])], NOW + 100);
    expect(await readAll(storage)).toEqual(before);
    expect((await storage.maintain(NOW)).merged).toBe(6);
    await storage.maintain(Date.now() + 1000);
    expect(segmentsOf(root)).toHaveLength(3);
    const other = openLogStorage(root);
    await other.append(GROUP, 'w-3', [streamEvents('a', [T + 3, 'm3'])], NOW + 200);
    await other.append(GROUP, 'w-7', [streamEvents('a', [T + 7, 'm7'])], NOW + 200);
    expect(await readAll(other)).toEqual(before);
    expect(other.counters).toMatchObject({ appends: 0, repeated: 2 });
  });

  test('refuses names that are none, and events that do not fit together', async () => {
    const storage = openLogStorage(temporaryRoot());
    await expect(storage.append(GROUP, '../x', [streamEvents('a', [T, 'm'])], NOW)).rejects.toThrow(/batch/);
    await expect(
      storage.append({ ...GROUP, account: '..' }, 'b', [streamEvents('a', [T, 'm'])], NOW),
    ).rejects.toThrow(/no part of a path/);
    const bad = { ...streamEvents('a', [T, 'm']), ends: Uint32Array.of(5) };
    await expect(storage.append(GROUP, 'b', [bad], NOW)).rejects.toThrow(/stream a/);
  });

  test('does not follow a symbolic link in the place of an account', async () => {
    const root = temporaryRoot();
    mkdirSync(join(root, '..', 'elsewhere'), { recursive: true });
    mkdirSync(root);
    symlinkSync(join(root, '..', 'elsewhere'), join(root, GROUP.account));
    const storage = openLogStorage(root);
    await expect(storage.append(GROUP, 'b', [streamEvents('a', [T, 'm'])], NOW)).rejects.toThrow(
      /no directory/,
    );
    expect(readdirSync(join(root, '..', 'elsewhere'))).toEqual([]);
  });
});

describe('reading', () => {
  test('by pages of any size, in both directions, before and after merging, equals the whole', async () => {
    const given = fc.record({
      batches: fc.array(
        fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'dd'), fc.nat(20), fc.string({ maxLength: 8 })), {
          minLength: 1,
          maxLength: 12,
        }),
        { minLength: 1, maxLength: 9 },
      ),
      limit: fc.integer({ min: 1, max: 7 }),
      maxBytes: fc.integer({ min: 1, max: 200 }),
      budget: fc.constantFrom(0, 1e9),
      from: fc.nat(20),
      to: fc.integer({ min: 1, max: 22 }),
      streams: fc.constantFrom(undefined, new Set(['a', 'dd']), { prefix: 'd' }, new Set(['none'])),
    });
    await fc.assert(
      fc.asyncProperty(given, async ({ batches, limit, maxBytes, budget, from, to, streams }) => {
        const storage = openLogStorage(temporaryRoot(), { maxSmall: 2, replacedGraceMs: 0 });
        for (const [i, events] of batches.entries()) {
          const byStream = Map.groupBy(events, ([stream]) => stream);
          const parts = [...byStream].map(([stream, list]) =>
            streamEvents(stream, ...list.map(([, time, text]) => [time, text] as const)),
          );
          await storage.append(GROUP, `b${i}`, parts, NOW + i);
        }
        const wanted = (stream: string): boolean =>
          streams === undefined ||
          ('prefix' in streams ? stream.startsWith(streams.prefix) : streams.has(stream));
        const whole = batches.flatMap((events, i) =>
          events
            .filter(([stream, time]) => wanted(stream) && time >= from && time < to)
            .map(([stream, time, text]) => [time, i, stream, text] as const),
        );
        const order = (list: (readonly [number, number, string, string])[]): string[] =>
          list.map((it) => JSON.stringify(it)).sort();
        const request = { limit, maxBytes, budget, from, to, ...(streams === undefined ? {} : { streams }) };
        const first = await readAll(storage, request);
        expect(order(first.map((it) => [it.timestamp, it.ingested - NOW, it.stream, it.message]))).toEqual(
          order(whole),
        );
        expect(first).toEqual(first.toSorted(compareKeys));
        expect(new Set(first.map(eventId)).size).toBe(first.length);
        expect((await readAll(storage, { ...request, backward: true })).toReversed()).toEqual(first);
        await storage.maintain(NOW);
        expect(await readAll(storage, request)).toEqual(first);
        await storage.maintain(Date.now() + 1000);
        expect(await readAll(storage, request)).toEqual(first);
        expect((await readAll(storage, { ...request, backward: true })).toReversed()).toEqual(first);
      }),
      { interruptAfterTimeLimit: 3_500, numRuns: 1_000 },
    );
  });

  test('ids of events rise with time and have the length of the service’s', () => {
    const key = { timestamp: NOW, ingested: NOW + 5, seed: 2 ** 32 - 1, ordinal: 2 ** 32 - 1 };
    expect(eventId(key)).toMatch(/^\d{56}$/);
    expect(eventId({ ...key, timestamp: NOW + 1, seed: 0 }) > eventId(key)).toBe(true);
  });

  test('a damaged segment is counted and the others are read', async () => {
    const root = temporaryRoot();
    const storage = openLogStorage(root);
    await storage.append(GROUP, 'one', [streamEvents('a', [T, 'm1'])], NOW);
    await storage.append(GROUP, 'two', [streamEvents('a', [T, 'm2'])], NOW);
    const file = join(groupFolder(root), 'b-one.seg');
    truncateSync(file, statSync(file).size - 3);
    const other = openLogStorage(root);
    expect(shown(await readAll(other))).toEqual([['a', T, 'm2']]);
    expect(other.counters.damaged).toBe(1);
  });
});

describe('groups', () => {
  test('are listed by account and region, whatever their names', async () => {
    const storage = openLogStorage(temporaryRoot());
    const names = ['/a/b', '/a', '.', '..', 'x'.repeat(512), `${'x'.repeat(300)}.y`, 'A_#-'];
    for (const name of names) expect(await storage.createGroup({ ...GROUP, name }, NOW)).toBe(true);
    expect(await storage.createGroup({ ...GROUP, name: '.' }, NOW)).toBe(false);
    await storage.createGroup({ ...GROUP, account: '210987654321', name: 'other' }, NOW);
    expect(await storage.groupNames(GROUP.account, GROUP.region)).toEqual(names.toSorted());
    expect(await storage.groupNames(GROUP.account, 'us-east-1')).toEqual([]);
    expect(await storage.deleteGroup({ ...GROUP, name: 'x'.repeat(512) })).toBe(true);
    expect(await storage.deleteGroup({ ...GROUP, name: 'x'.repeat(512) })).toBe(false);
    expect(await storage.groupNames(GROUP.account, GROUP.region)).toHaveLength(names.length - 1);
  });

  test('made anew after deletion know nothing of before; batches may come again', async () => {
    const storage = openLogStorage(temporaryRoot());
    await storage.append(GROUP, 'one', [streamEvents('a', [T, 'old'])], NOW);
    await readAll(storage);
    await storage.deleteGroup(GROUP);
    expect(
      await storage.read(GROUP, { from: 0, to: 1, limit: 1, maxBytes: 1, budget: 1 }, NOW),
    ).toBeUndefined();
    await storage.append(GROUP, 'one', [streamEvents('b', [T, 'new'])], NOW + 1);
    expect(shown(await readAll(storage))).toEqual([['b', T, 'new']]);
    expect((await storage.streams(GROUP, NOW))?.map((it) => it.name)).toEqual(['b']);
  });

  test('that are missing are not made where they may not be', async () => {
    const storage = openLogStorage(temporaryRoot());
    const append = (batch: string, create: boolean): Promise<void> =>
      storage.append(GROUP, batch, [streamEvents('a', [T, batch])], NOW, undefined, { create });
    await expect(append('one', false)).rejects.toThrow(NoSuchLogGroup);
    expect(await storage.groupNames(GROUP.account, GROUP.region)).toEqual([]);
    await append('two', true);
    await append('three', false);
    const messages = shown(await readAll(storage)).map(([, , message]) => message);
    expect(messages.toSorted()).toEqual(['three', 'two']);
  });

  test('that are deleted while batches come keep each batch as a whole or not at all', async () => {
    const root = temporaryRoot();
    const writer = openLogStorage(root);
    const deleter = openLogStorage(root);
    const state = { ended: false, appended: 0 };
    const writing = (async () => {
      for (let i = 0; i < 60; i++) {
        await writer.append(
          GROUP,
          `w-${i}`,
          [streamEvents('a', [T + i, 'x']), streamEvents('b', [T + i, 'x'])],
          NOW,
        );
        state.appended++;
      }
    })().finally(() => (state.ended = true));
    let deleted = 0;
    let seen = -1;
    while (!state.ended) {
      // No more than once a batch: on a busy machine a batch would never get done.
      if (state.appended > seen && (await deleter.deleteGroup(GROUP))) {
        seen = state.appended;
        deleted++;
      }
      await new Promise((resolve) => void setTimeout(resolve, 5));
    }
    await writing;
    expect(deleted).toBeGreaterThan(1);
    await writer.append(
      GROUP,
      'last',
      [streamEvents('a', [T + 99, 'x']), streamEvents('b', [T + 99, 'x'])],
      NOW,
    );
    const times = Map.groupBy(await readAll(openLogStorage(root)), (it) => it.timestamp);
    expect([...times.values()].every((it) => it.length === 2)).toBe(true);
    expect(times.has(T + 99)).toBe(true);
    expect(writer.counters.appends).toBe(61);
  });

  test('keep tags and retention; old events are hidden, then removed', async () => {
    const root = temporaryRoot();
    const storage = openLogStorage(root);
    const day = 24 * 3_600_000;
    await storage.createGroup(GROUP, NOW, { team: 'net' });
    await storage.append(
      GROUP,
      'old',
      [streamEvents('a', [NOW - 9 * day, 'old'], [NOW - 4 * day, 'kept?'])],
      NOW,
    );
    await storage.append(GROUP, 'new', [streamEvents('a', [NOW - day, 'new'])], NOW);
    await storage.changeGroup(GROUP, ({ tags }) => ({ tags, retentionInDays: 5 }));
    expect(await openLogStorage(root).group(GROUP)).toMatchObject({
      tags: { team: 'net' },
      retentionInDays: 5,
    });
    expect((await readAll(storage)).map((it) => it.message)).toEqual(['kept?', 'new']);
    expect((await storage.maintain(NOW)).expired).toBe(0);
    await storage.changeGroup(GROUP, ({ tags }) => ({ tags, retentionInDays: 3 }));
    expect((await readAll(storage)).map((it) => it.message)).toEqual(['new']);
    expect((await storage.maintain(NOW)).expired).toBe(1);
    expect(segmentsOf(root)).toEqual(['b-new.seg']);
    await storage.changeGroup(GROUP, ({ tags }) => ({ tags }));
    expect((await readAll(storage)).map((it) => it.message)).toEqual(['new']);
    expect(await storage.changeGroup({ ...GROUP, name: 'none' }, () => ({ tags: {} }))).toBe(false);
  });
});

describe('streams', () => {
  test('are made once, deleted with their events, and made anew', async () => {
    const storage = openLogStorage(temporaryRoot());
    expect(await storage.createStream(GROUP, 's', NOW)).toBe('no group');
    await storage.createGroup(GROUP, NOW);
    expect(await storage.createStream(GROUP, 's', NOW)).toBe('created');
    expect(await storage.createStream(GROUP, 's', NOW)).toBe('exists');
    expect(await storage.streams(GROUP, NOW)).toEqual([{ name: 's', createdAt: NOW }]);
    await storage.put(GROUP, [streamEvents('s', [T, 'before'])], NOW + 1);
    await storage.append(GROUP, 'x', [streamEvents('t', [T, 'stays'])], NOW + 1);
    expect(await storage.deleteStream(GROUP, 's', NOW + 2)).toBe(true);
    expect(await storage.deleteStream(GROUP, 's', NOW + 2)).toBe(false);
    expect(await storage.deleteStream({ ...GROUP, name: 'none' }, 's', NOW)).toBeUndefined();
    expect(shown(await readAll(storage))).toEqual([['t', T, 'stays']]);
    await storage.put(GROUP, [streamEvents('s', [T, 'after'])], NOW + 3);
    expect(shown(await readAll(storage))).toEqual([
      ['t', T, 'stays'],
      ['s', T, 'after'],
    ]);
    expect((await storage.streams(GROUP, NOW))?.map((it) => [it.name, it.createdAt])).toEqual([
      ['s', NOW + 3],
      ['t', NOW + 1],
    ]);
  });

  test('of two who make the same one, one does', async () => {
    const root = temporaryRoot();
    await openLogStorage(root).createGroup(GROUP, NOW);
    const made = await Promise.all(
      Array.from({ length: 8 }, () => openLogStorage(root).createStream(GROUP, 's', NOW)),
    );
    expect(made.filter((it) => it === 'created')).toHaveLength(1);
  });
});

describe('after a crash', () => {
  test('files that were not finished are not seen, and go; what was replaced counts once', async () => {
    const root = temporaryRoot();
    const storage = openLogStorage(root, { maxSmall: 2 });
    for (let i = 0; i < 6; i++)
      await storage.append(GROUP, `w-${i}`, [streamEvents('a', [T + i, `m${i}`])], NOW);
    const before = await readAll(storage);
    const left = join(groupFolder(root), '.0123456789abcdef.tmp');
    writeFileSync(left, 'half a segment');
    utimesSync(left, 1, 1);
    writeFileSync(join(groupFolder(root), 'streams.log'), '\n{"do":"create","stream":"torn","a');
    // Merged, but ended before the replaced files were removed.
    expect(await storage.maintain(Date.now())).toEqual({ expired: 0, merged: 5, merges: 1, leftovers: 1 });
    expect(segmentsOf(root)).toHaveLength(7);
    const again = openLogStorage(root, { maxSmall: 2, replacedGraceMs: 0 });
    expect(await readAll(again)).toEqual(before);
    expect(await again.createStream(GROUP, 'whole', NOW)).toBe('created');
    expect((await again.streams(GROUP, NOW))?.map((it) => it.name)).toEqual(['a', 'whole']);
    await again.maintain(Date.now() + 1_000);
    expect(segmentsOf(root)).toHaveLength(2);
    expect(await readAll(again)).toEqual(before);
    expect(await readAll(storage)).toEqual(before);
  });

  test('a lease that was not given back is taken when it is old', async () => {
    const root = temporaryRoot();
    const storage = openLogStorage(root, { maxSmall: 1 });
    for (let i = 0; i < 4; i++) await storage.append(GROUP, `w-${i}`, [streamEvents('a', [T + i, 'm'])], NOW);
    writeFileSync(join(root, '.maintenance'), 'someone else');
    expect((await storage.maintain(NOW)).merges).toBe(0);
    utimesSync(join(root, '.maintenance'), 1, 1);
    expect((await storage.maintain(NOW)).merges).toBe(1);
  });
});

test('a batch that was taken away and comes again is read, listed and merged as it is now', async () => {
  const root = temporaryRoot();
  const options = { maxSmall: 2, replacedGraceMs: 0 };
  const [reader, merger, writer] = [
    openLogStorage(root),
    openLogStorage(root, options),
    openLogStorage(root),
  ];
  for (const batch of ['w-1', 'w-2', 'w-3']) {
    await writer.append(GROUP, batch, [streamEvents('a', [T, `${batch} first`])], NOW);
  }
  // Both have seen it.
  expect(await readAll(reader)).toHaveLength(3);
  expect(await readAll(merger)).toHaveLength(3);
  rmSync(join(groupFolder(root), 'b-w-1.seg'));
  await openLogStorage(root).append(
    GROUP,
    'w-1',
    [streamEvents('b', [T, 'w-1 again'], [T, 'and more'])],
    NOW,
  );
  const now = [
    ['a', 'w-2 first'],
    ['a', 'w-3 first'],
    ['b', 'w-1 again'],
    ['b', 'and more'],
  ];
  const events = async (storage: typeof reader): Promise<string[][]> =>
    (await readAll(storage)).map(({ stream, message }) => [stream, message]).toSorted();
  expect(await events(reader)).toEqual(now.toSorted());
  // What it held of the first is found out when it merges, and left to the next time.
  for (let turn = 0; turn < 3; turn++) await merger.maintain(Date.now() + 1000);
  expect(segmentsOf(root).filter((it) => it.startsWith('m-'))).toHaveLength(1);
  expect(await events(reader)).toEqual(now.toSorted());
  expect(await events(merger)).toEqual(now.toSorted());
});

test('two threads append, merge and read the same group', async () => {
  const root = temporaryRoot();
  const code = `
    const { workerData, parentPort } = require('node:worker_threads');
    import(workerData.module).then(async ({ openLogStorage }) => {
      const storage = openLogStorage(workerData.root, { maxSmall: 8, replacedGraceMs: 0 });
      for (let i = 0; i < 40; i++) {
        const events = ['a', 'b'].map((stream) => ({ stream, timestamps: Float64Array.of(workerData.time + i),
          messages: Buffer.from(workerData.name), ends: Uint32Array.of(workerData.name.length) }));
        // Both threads bring the batches of "both".
        await storage.append(workerData.group, workerData.name + i, events, workerData.time);
        await storage.append(workerData.group, 'both' + i, events.slice(0, 1), workerData.time);
        if (i % 10 === 9) await storage.maintain(Date.now());
      }
      parentPort.postMessage('done');
    });`;
  const module = new URL('../../../src/standins/storage/logs.ts', import.meta.url).href;
  const workers = ['one', 'two'].map(
    (name) => new Worker(code, { eval: true, workerData: { module, root, group: GROUP, name, time: T } }),
  );
  const reader = openLogStorage(root);
  const state = { running: workers.length };
  const ends = workers.map(
    (it) =>
      new Promise<void>((resolve, reject) => {
        it.on('error', reject);
        it.on('exit', () => {
          state.running--;
          resolve();
        });
      }),
  );
  let seen = 0;
  while (state.running > 0) {
    const count = (await reader.group(GROUP)) === undefined ? 0 : (await readAll(reader)).length;
    expect(count).toBeGreaterThanOrEqual(seen);
    seen = count;
  }
  await Promise.all(ends);
  await reader.maintain(Date.now() + 120_000);
  const events = await readAll(reader);
  expect(events.filter((it) => it.stream === 'b')).toHaveLength(80);
  expect(events.filter((it) => it.stream === 'a')).toHaveLength(120);
});

test('10,000 streams, five windows: append, list and read stay bounded', async () => {
  const root = temporaryRoot();
  const storage = openLogStorage(root);
  const names = Array.from({ length: 10_000 }, (_, i) => `eni-${i.toString(16).padStart(17, '0')}-all`);
  const line = '2 123456789012 eni-00000000000000000 10.0.0.1 10.0.0.2 443 50000 6 10 840 1 2 ACCEPT OK';
  const started = performance.now();
  for (let window = 0; window < 5; window++) {
    const events = names.map((name, i) =>
      streamEvents(name, [T + window * 60_000 + (i % 50) * 1000, line], [T + window * 60_000 + 55_000, line]),
    );
    await storage.append(GROUP, `w-${window}`, events, NOW + window);
  }
  expect(segmentsOf(root)).toHaveLength(5);
  expect(await storage.streams(GROUP, NOW)).toHaveLength(10_000);
  const one = await readAll(storage, { streams: new Set([names[777]!]) });
  expect(one).toHaveLength(10);
  const last = await readAll(storage, { backward: true, from: T + 240_000 });
  expect(last).toHaveLength(20_000);
  const memory = process.memoryUsage().arrayBuffers;
  let most = 0;
  const timer = setInterval(() => (most = Math.max(most, process.memoryUsage().arrayBuffers)), 5);
  const none = await readAll(storage, { matches: (it) => it.includes('REJECT') });
  clearInterval(timer);
  expect(none).toEqual([]);
  expect(most - memory).toBeLessThan(64 << 20);
  expect(performance.now() - started).toBeLessThan(10_000);
}, 20_000);
