/** Flow logs that fail and have nothing to send. */
import { expect, test } from 'vitest';
import { groupTarget, eventsChunk, objectTarget, setup, SLOT0, textChunk, until } from './helpers.ts';
import { systemError } from './sinks.ts';

const GIVE_UP_AT_ONCE = { spoolSeconds: 10 };

test('a flow log whose rows were given up delivers again when its bucket is there, before its next record', async () => {
  let now = 1_000_000;
  const { deliverer, objects, states } = setup({ clock: () => now, limits: GIVE_UP_AT_ONCE });
  deliverer.setTargets([objectTarget('fl-1', 'gone'), objectTarget('fl-2', 'foreign')]);
  objects.addBucket('foreign', '999999999999');
  deliverer.begin('live-1', 'live');
  deliverer.commit({ producer: 'live-1', sequence: 0, chunks: [textChunk(['fl-1', 'fl-2'], SLOT0, ['a'])] });
  await deliverer.flush();
  now += 11_000;
  await until(() => deliverer.amounts().get('fl-2')!.givenUp.rows === 1);
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(states.map(([, state]) => state)).toEqual(['failing', 'failing']);
  expect(deliverer.stats().failing).toBe(2);
  objects.addBucket('gone');
  await until(() => states.length === 3);
  expect(states[2]).toEqual(['fl-1', 'delivering']);
  objects.addBucket('foreign');
  await until(() => states.length === 4);
  expect(states[3]).toEqual(['fl-2', 'delivering']);
  expect(deliverer.stats().failing).toBe(0);
  expect(objects.objects.size).toBe(0);
  deliverer.commit({ producer: 'live-1', sequence: 1, chunks: [textChunk(['fl-1'], SLOT0, ['b'])] });
  await deliverer.flush();
  expect(objects.objects.size).toBe(1);
  expect(states).toHaveLength(4);
});

test('a log group that can be read again is one that delivers', async () => {
  let now = 1_000_000;
  const { deliverer, logs, states } = setup({ clock: () => now, limits: GIVE_UP_AT_ONCE });
  logs.fault = () => systemError('EIO');
  deliverer.setTargets([groupTarget('fl-1'), groupTarget('fl-2')]);
  deliverer.begin('live-1', 'live');
  deliverer.commit({
    producer: 'live-1',
    sequence: 0,
    chunks: [eventsChunk(['fl-1', 'fl-2'], SLOT0, { s: ['a'] })],
  });
  await until(() => states.length === 2);
  now += 11_000;
  await until(() => deliverer.amounts().get('fl-2')!.givenUp.rows === 1);
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(deliverer.stats().failing).toBe(2);
  logs.fault = () => undefined;
  await until(() => states.length === 4);
  expect(states.slice(2).sort()).toEqual([
    ['fl-1', 'delivering'],
    ['fl-2', 'delivering'],
  ]);
  expect(logs.events).toEqual([]);
});

test('a new record is not kept waiting by the back-off of the probes', async () => {
  let now = 1_000_000;
  const { deliverer, objects, states } = setup({
    clock: () => now,
    limits: { ...GIVE_UP_AT_ONCE, backOffMs: 60_000, backOffMostMs: 60_000 },
  });
  deliverer.setTargets([objectTarget('fl-1', 'gone')]);
  deliverer.begin('live-1', 'live');
  deliverer.commit({ producer: 'live-1', sequence: 0, chunks: [textChunk(['fl-1'], SLOT0, ['a'])] });
  await deliverer.flush();
  now += 11_000;
  await until(() => deliverer.amounts().get('fl-1')!.givenUp.rows === 1);
  objects.addBucket('gone');
  deliverer.commit({ producer: 'live-1', sequence: 1, chunks: [textChunk(['fl-1'], SLOT0, ['b'])] });
  deliverer.closed('live-1', (SLOT0 + 1) * 300);
  await until(() => objects.objects.size === 1);
  expect(states.map(([, state]) => state)).toEqual(['failing', 'delivering']);
});

test('a deleted flow log that fails is told of no more, and probed no more', async () => {
  let now = 1_000_000;
  const { deliverer, objects, states } = setup({ clock: () => now, limits: GIVE_UP_AT_ONCE });
  deliverer.setTargets([objectTarget('fl-1', 'gone')]);
  deliverer.begin('live-1', 'live');
  deliverer.commit({ producer: 'live-1', sequence: 0, chunks: [textChunk(['fl-1'], SLOT0, ['a'])] });
  await deliverer.flush();
  deliverer.setTargets([]);
  expect(deliverer.stats().failing).toBe(1);
  now += 11_000;
  await until(() => deliverer.stats().failing === 0);
  const looked: string[] = [];
  const bucket = objects.bucket.bind(objects);
  objects.bucket = (name) => {
    looked.push(name);
    return bucket(name);
  };
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(looked).toEqual([]);
  expect(states).toHaveLength(1);
  expect(deliverer.amounts().get('fl-1')!.givenUp.rows).toBe(1);
});
