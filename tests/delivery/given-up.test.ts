/** What waits to be told by SKIPDATA rows. */
import { expect, test } from 'vitest';
import type { GivenUp } from '../../src/delivery/deliverer.ts';
import { GivenUpList } from '../../src/delivery/given-up.ts';
import { GIVEN_UP_EACH } from '../../src/delivery/limits.ts';

const entry = (flowLog: string, from: number, interfaces: readonly string[] = ['eni-1']): GivenUp => ({
  flowLog,
  interfaces,
  from,
  to: from + 59,
});
const none = (): boolean => false;

test('what follows with the same interfaces is one entry; other interfaces and gaps are not', () => {
  const list = new GivenUpList([entry('fl-1', 0)]);
  list.add(entry('fl-1', 60));
  list.add(entry('fl-2', 120));
  list.add(entry('fl-1', 120, ['eni-1', 'eni-2']));
  list.add(entry('fl-1', 300, ['eni-1', 'eni-2']));
  expect(list.take(none)).toEqual([
    { ...entry('fl-1', 0), to: 119 },
    entry('fl-1', 120, ['eni-1', 'eni-2']),
    entry('fl-1', 300, ['eni-1', 'eni-2']),
    entry('fl-2', 120),
  ]);
});

test('of flow logs that fail nothing is taken; what is taken is kept until a commit, or comes back', () => {
  const list = new GivenUpList([entry('fl-1', 0), entry('fl-2', 0), entry('fl-3', 0)]);
  expect(list.take((flowLog) => flowLog === 'fl-2').map(({ flowLog }) => flowLog)).toEqual(['fl-1', 'fl-3']);
  expect(list.take((flowLog) => flowLog === 'fl-2')).toEqual([]);
  expect(list.all()).toHaveLength(3);
  list.giveBack(new Set(['fl-3']));
  expect(list.committed()).toBe(true);
  expect(list.all().map(({ flowLog }) => flowLog)).toEqual(['fl-2', 'fl-3']);
  expect(list.take(none)).toEqual([entry('fl-2', 0), entry('fl-3', 0)]);
  expect(list.committed()).toBe(true);
  expect(list.committed()).toBe(false);
  expect(list.all()).toEqual([]);
});

test('of a flow log that fails for long there are a few entries, which leave nothing out', () => {
  const list = new GivenUpList([]);
  const added = Array.from({ length: 500 }, (_, i) => entry('fl-1', i * 600, [`eni-${i % 7}`, 'eni-x']));
  for (const some of added) list.add(some);
  const told = list.all();
  expect(told.length).toBeLessThanOrEqual(GIVEN_UP_EACH + 1);
  for (const { from, to, interfaces } of added) {
    for (const id of interfaces) {
      expect(told.some((it) => it.from <= from && it.to >= to && it.interfaces.includes(id))).toBe(true);
    }
  }
});
