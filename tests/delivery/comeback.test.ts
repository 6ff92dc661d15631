/** Many flow logs at a destination that fails and comes back: few attempts, oldest first, and who is not concerned. */
import { describe, expect, test } from 'vitest';
import { backOff, Holds } from '../../src/delivery/holds.ts';
import type { Failing } from '../../src/delivery/failures.ts';
import {
  assertIdentity,
  groupTarget,
  eventsChunk,
  objectTarget,
  setup,
  SLOT0,
  textChunk,
  until,
} from './helpers.ts';
import type { Setup } from './helpers.ts';
import { hang, systemError } from './sinks.ts';

const MANY = Array.from({ length: 200 }, (_, i) => `fl-${String(i).padStart(3, '0')}`);
const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A slot of a row for each of `ids`. */
function slot(s: Setup, sequence: number, ids: readonly string[]): void {
  const chunks = [textChunk(ids, SLOT0 + sequence, [`row ${sequence}`])];
  s.deliverer.commit({ producer: 'live-1', sequence, chunks });
  s.deliverer.closed('live-1', (SLOT0 + sequence + 1) * 300);
}

describe('a bucket that is dead', () => {
  test('costs as many attempts for 200 flow logs as for one, and all of them are told', async () => {
    const limits = { backOffMs: 40, backOffMostMs: 80 };
    const attempts = async (ids: readonly string[]): Promise<number> => {
      const s = setup();
      await s.reopen({ limits });
      s.objects.fault = () => systemError('EIO');
      s.deliverer.setTargets(ids.map((id) => objectTarget(id)));
      s.deliverer.begin('live-1', 'live');
      for (let i = 0; i < 3; i++) slot(s, i, ids);
      await until(() => s.deliverer.stats().failing === ids.length);
      await wait(1000);
      expect(s.states).toHaveLength(ids.length);
      assertIdentity(s.deliverer);
      const made = s.objects.attempts.length;
      await s.deliverer.close(0);
      return made;
    };
    const [one, many] = await Promise.all([attempts(['fl-1']), attempts(MANY)]);
    // One each 40 to 80 ms.
    expect(one).toBeGreaterThan(8);
    expect(one).toBeLessThan(30);
    // Beside those that had begun when the first one failed.
    expect(many).toBeLessThan(one * 1.5 + 10);
  });

  test('is delivered to at once when it comes back, the oldest slots first', async () => {
    const s = setup();
    await s.reopen({ limits: { backOffMs: 50, backOffMostMs: 400 } });
    let isDead = true;
    s.objects.fault = () => (isDead ? systemError('EIO') : undefined);
    s.deliverer.setTargets(MANY.map((id) => objectTarget(id)));
    s.deliverer.begin('live-1', 'live');
    for (let i = 0; i < 4; i++) {
      // Other flow logs first each time, so that order comes from ages.
      slot(s, i, i % 2 === 0 ? MANY : MANY.toReversed());
      await wait(5);
    }
    await until(() => s.deliverer.stats().failing === MANY.length);
    isDead = false;
    const from = performance.now();
    await until(() => s.objects.objects.size === 4 * MANY.length);
    expect(performance.now() - from).toBeLessThan(3000);
    // In the order in which they became objects: never one of a slot when two slots before are still missing.
    const slots = [...s.objects.objects.keys()].map((key) => /T(\d{4})Z/.exec(key)![1]!);
    const firsts = ['0000', '0005', '0010', '0015'].map((at) => slots.indexOf(at));
    const lasts = ['0000', '0005', '0010', '0015'].map((at) => slots.lastIndexOf(at));
    for (let i = 0; i + 1 < 4; i++) {
      // At most so many are under way at a time.
      expect(firsts[i + 1]!).toBeGreaterThan(lasts[i]! - 16);
    }
    await until(() => s.deliverer.stats().failing === 0);
    await until(() => s.deliverer.stats().spoolSegments === 0);
    assertIdentity(s.deliverer);
  });

  test('hangs once at a time, and fails for all of its flow logs', async () => {
    const s = setup();
    await s.reopen({ limits: { attemptMs: 150, slowMs: 10, backOffMs: 20, backOffMostMs: 40 } });
    let hanging = 0;
    let most = 0;
    let isHung = true;
    s.objects.fault = () => {
      if (!isHung) return undefined;
      hanging++;
      most = Math.max(most, hanging);
      return hang();
    };
    s.deliverer.setTargets(MANY.map((id) => objectTarget(id)));
    s.deliverer.begin('live-1', 'live');
    slot(s, 0, MANY);
    await until(() => s.deliverer.stats().failing === MANY.length);
    const before = s.objects.attempts.length;
    await wait(900);
    // Of one that is tried at a time for 150 ms.
    expect(s.objects.attempts.length - before).toBeLessThan(8);
    isHung = false;
    await until(() => s.objects.objects.size === MANY.length);
  });

  test('is not the fault of one flow log that may not write: others go on, and it waits alone', async () => {
    const s = setup();
    await s.reopen({ limits: { backOffMs: 100, backOffMostMs: 100_000 } });
    s.objects.fault = (place) => (place.includes('_fl-bad_') ? systemError('EACCES') : undefined);
    const ids = ['fl-bad', ...MANY.slice(0, 20)];
    s.deliverer.setTargets(ids.map((id) => objectTarget(id)));
    s.deliverer.begin('live-1', 'live');
    slot(s, 0, ids);
    await until(() => s.objects.objects.size === 20);
    // Three seconds of its back-off: nobody else waits for that.
    for (let i = 1; i < 10; i++) {
      slot(s, i, ids);
      await until(() => s.objects.objects.size === 20 * (i + 1), 1000);
    }
    expect(s.states).toEqual([['fl-bad', 'failing', 'Access error']]);
    expect(s.objects.attempts.filter((place) => place.includes('fl-bad')).length).toBeLessThan(10);
  });

  test('does not wait for its back-off when it is to be tried by hand', async () => {
    const s = setup();
    await s.reopen({ limits: { backOffMs: 60_000, backOffMostMs: 60_000 } });
    s.objects.buckets.clear();
    s.deliverer.setTargets(MANY.map((id) => objectTarget(id)));
    s.deliverer.begin('live-1', 'live');
    slot(s, 0, MANY);
    await until(() => s.deliverer.stats().failures > 0);
    s.objects.addBucket('logs');
    for (const id of MANY) s.deliverer.retry(id);
    await until(() => s.objects.objects.size === MANY.length);
    expect(s.deliverer.stats().failing).toBe(0);
  });

  test('resolves a flush: every flow log has failed', async () => {
    const s = setup();
    s.objects.fault = () => systemError('EIO');
    s.deliverer.setTargets([...MANY.map((id) => objectTarget(id)), groupTarget('fl-x')]);
    s.deliverer.begin('live-1', 'live');
    slot(s, 0, MANY);
    s.deliverer.commit({
      producer: 'live-1',
      sequence: 1,
      chunks: [eventsChunk(['fl-x'], SLOT0, { s: ['a'] })],
    });
    await s.deliverer.flush();
    expect(s.deliverer.stats().failing).toBe(MANY.length);
    expect(s.logs.events).toHaveLength(1);
  });
});

test('a backlog of one bucket does not stand before the fresh rows of another', async () => {
  const s = setup();
  s.objects.addBucket('back');
  let isDead = true;
  s.objects.fault = (place) => {
    if (!place.startsWith('back/')) return undefined;
    return isDead ? systemError('EIO') : wait(10);
  };
  const behind = MANY.slice(0, 40);
  s.deliverer.setTargets([...behind.map((id) => objectTarget(id, 'back')), objectTarget('fl-fresh')]);
  s.deliverer.begin('live-1', 'live');
  for (let i = 0; i < 20; i++) slot(s, i, behind);
  await until(() => s.deliverer.stats().failing === 40);
  isDead = false;
  s.deliverer.retry();
  await until(() => s.objects.objects.size > 10);
  slot(s, 20, ['fl-fresh']);
  await until(() => s.deliverer.amounts().get('fl-fresh')?.delivered.rows === 1);
  expect(s.objects.objects.size).toBeLessThan(700);
});

describe('back-off', () => {
  test('doubles up to the most, with jitter', () => {
    const limits = { backOffMs: 1000, backOffMostMs: 60_000 };
    for (const [failures, most] of [
      [1, 1000],
      [2, 2000],
      [6, 32_000],
      [7, 60_000],
      [500, 60_000],
    ] as const) {
      const waits = Array.from({ length: 200 }, () => backOff(limits, failures));
      expect(Math.max(...waits)).toBeLessThanOrEqual(most);
      expect(Math.min(...waits)).toBeGreaterThanOrEqual(most / 2);
      expect(new Set(waits).size).toBeGreaterThan(150);
    }
  });

  test('one trial at a time; the first success frees all', async () => {
    let freed = 0;
    const holds = new Holds({ limits: { backOffMs: 5, backOffMostMs: 10 }, free: () => freed++ });
    const why: Failing = { state: 'failing', message: 'Unknown error', reason: 'x' };
    for (const _ of ['a', 'b', 'c']) holds.joined('d');
    const [first, second] = [{}, {}];
    holds.begun('d', first);
    expect(holds.failed('d', 'a', why, holds.ended('d', first))).toBe(true);
    expect(holds.may('d')).toBe(false);
    expect(holds.wide('d')).toBeUndefined();
    await until(() => freed === 1);
    expect(holds.may('d')).toBe(true);
    holds.begun('d', second);
    expect(holds.may('d')).toBe(false);
    expect(holds.failed('d', 'b', why, holds.ended('d', second))).toBe(true);
    expect(holds.wide('d')).toEqual(why);
    holds.release('d');
    expect(holds.may('d')).toBe(true);
    expect(holds.succeeded('d', 'c')).toBe(true);
    expect([holds.isDown('d'), holds.wide('d'), holds.may('d')]).toEqual([false, undefined, true]);
    // Beside one that works, others wait alone; when it fails itself, all do.
    expect(holds.failed('d', 'a', why, false)).toBe(false);
    expect(holds.failed('d', 'c', why, false)).toBe(true);
    holds.close();
  });
});
