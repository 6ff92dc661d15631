/** A disk that refuses what the ledger writes, for a while. */
import { onTestFinished, expect, test, vi } from 'vitest';
import { LedgerFile } from '../../src/delivery/ledger-file.ts';
import {
  allLines,
  assertIdentity,
  eventsChunk,
  groupTarget,
  objectTarget,
  setup,
  SLOT0,
  textChunk,
  until,
} from './helpers.ts';

/** Every transaction of every ledger fails while it is on, after its work: as a commit that the disk refuses. */
function refusals(): { on: boolean; count: number } {
  const state = { on: false, count: 0 };
  const transaction = Reflect.get(LedgerFile.prototype, 'transaction') as (
    this: LedgerFile,
    work: () => unknown,
  ) => unknown;
  const spy = vi.spyOn(LedgerFile.prototype, 'transaction').mockImplementation(function refuse<T>(
    this: LedgerFile,
    work: () => T,
  ): T {
    return transaction.call(this, () => {
      const result = work();
      if (!state.on) return result;
      state.count++;
      throw new Error('database or disk is full');
    }) as T;
  });
  onTestFinished(() => spy.mockRestore());
  return state;
}

const TARGETS = [objectTarget('fl-1'), groupTarget('fl-2')];
const chunksOf = (i: number): ReturnType<typeof textChunk>[] => [
  textChunk(['fl-1'], SLOT0 + i, [`row ${i}`]),
  eventsChunk(['fl-2'], SLOT0 + i, { s: [`row ${i}`] }),
];

test('begin and commit say so, and can be called again', async () => {
  const refusal = refusals();
  const { deliverer, objects, logs } = setup();
  refusal.on = true;
  deliverer.setTargets(TARGETS);
  expect(() => deliverer.begin('replay-x', 'replay')).toThrow('disk is full');
  refusal.on = false;
  deliverer.begin('replay-x', 'replay');
  refusal.on = true;
  const commit = { producer: 'replay-x', sequence: 0, chunks: chunksOf(0) };
  // Its targets are not in the ledger yet.
  expect(() => deliverer.commit(commit)).toThrow('disk is full');
  refusal.on = false;
  deliverer.commit(commit);
  deliverer.end('replay-x');
  await deliverer.flush('replay-x');
  expect(allLines(objects)).toEqual(['row 0']);
  expect(logs.events).toHaveLength(1);
  expect(deliverer.amounts().get('fl-1')!.selected.rows).toBe(1);
  assertIdentity(deliverer);
});

test('what is closed, delivered and ended meanwhile is written when the disk takes it again, each once', async () => {
  const refusal = refusals();
  const s = setup();
  s.deliverer.setTargets(TARGETS);
  s.deliverer.begin('replay-x', 'replay');
  s.deliverer.commit({ producer: 'replay-x', sequence: 0, chunks: chunksOf(0) });
  refusal.on = true;
  s.deliverer.closed('replay-x', (SLOT0 + 1) * 300);
  s.deliverer.commit({ producer: 'replay-x', sequence: 1, chunks: chunksOf(1) });
  s.deliverer.end('replay-x');
  await until(() => refusal.count > 3);
  // Events are sent before the ledger says so; objects never are.
  await until(() => s.logs.events.length === 2);
  expect(s.objects.objects.size).toBe(0);
  expect(s.messages.filter((message) => message.includes('cannot be written'))).toHaveLength(2);
  refusal.on = false;
  await until(() => s.deliverer.stats().spoolSegments === 0);
  expect(allLines(s.objects)).toEqual(['row 0', 'row 1']);
  assertIdentity(s.deliverer);
  await s.reopen();
  s.deliverer.setTargets(TARGETS);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect([...s.objects.objects.values()].map(({ puts }) => puts)).toEqual([1, 1]);
  expect(s.logs.events).toHaveLength(2);
});

test('what was delivered when the ledger could not say so is, after a restart, sent again under the same names', async () => {
  const refusal = refusals();
  const s = setup();
  s.deliverer.setTargets(TARGETS);
  s.deliverer.begin('live-1', 'live');
  for (const i of [0, 1]) s.deliverer.commit({ producer: 'live-1', sequence: i, chunks: chunksOf(i) });
  s.deliverer.closed('live-1', (SLOT0 + 2) * 300);
  const put = s.objects.put.bind(s.objects);
  s.objects.put = (...given) => {
    refusal.on = true;
    return put(...given);
  };
  await until(() => s.objects.objects.size === 2 && s.logs.events.length === 2);
  await until(() => refusal.count > 0);
  const before = [...s.objects.objects].map(([key, { bytes }]) => [key, bytes.toString('base64')]);
  await s.deliverer.close(100);
  refusal.on = false;
  s.objects.put = put;
  await s.reopen();
  await until(() => s.deliverer.stats().spoolSegments === 0);
  const after = [...s.objects.objects].map(([key, { bytes }]) => [key, bytes.toString('base64')]);
  expect(after.sort()).toEqual(before.sort());
  expect(s.logs.events).toHaveLength(2);
  expect([...s.objects.objects.values()].every(({ puts }) => puts === 2)).toBe(true);
});
