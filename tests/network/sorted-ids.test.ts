import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { SortedIds } from '../../src/network/sorted-ids.ts';

test('are in order, and begin behind any id', () => {
  const ids = new SortedIds();
  for (const id of ['c', 'a', 'd', 'b']) ids.add(id);
  expect([...ids.from()]).toEqual(['a', 'b', 'c', 'd']);
  expect([...ids.from('b')]).toEqual(['c', 'd']);
  expect([...ids.from('bb')]).toEqual(['c', 'd']);
  expect([...ids.from('d')]).toEqual([]);
  ids.delete('c');
  ids.delete('not there');
  expect([...ids.from('a')]).toEqual(['b', 'd']);
  expect(ids.size).toBe(3);
});

test('whatever is added and taken away', () => {
  const step = fc.record({ add: fc.boolean(), id: fc.integer({ min: 0, max: 30 }).map(String) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.string({ maxLength: 2 }), (steps, after) => {
      const ids = new SortedIds();
      const model = new Set<string>();
      for (const { add, id } of steps) {
        if (!add) ids.delete(id);
        else if (!model.has(id)) ids.add(id);
        if (add) model.add(id);
        else model.delete(id);
      }
      const sorted = [...model].sort();
      expect([...ids.from()]).toEqual(sorted);
      expect([...ids.from(after)]).toEqual(sorted.filter((id) => id > after));
    }),
    { numRuns: 2_000, interruptAfterTimeLimit: 2_000, markInterruptAsFailure: false },
  );
});
