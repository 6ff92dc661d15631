import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  ENTRY_WORDS,
  EntryTable,
  findWord,
  shareEntries,
  shareWords,
} from '../../src/network/index-table.ts';

const budget = { interruptAfterTimeLimit: 2000, markInterruptAsFailure: false } as const;
const word = fc.integer({ min: -0x80000000, max: 0x7fffffff });
type Key = [number, number, number, number, number];

describe('tables of five-word keys', () => {
  test('find what a Map finds, while they grow and when they are shared', () => {
    // Few distinct words, so that keys differ in one place only.
    const near = fc.constantFrom(0, 1, -1, 0x10000);
    const key = fc.oneof(fc.tuple(near, near, near, near, near), fc.tuple(near, word, word, word, word));
    fc.assert(
      fc.property(fc.uniqueArray(key, { maxLength: 1500, selector: (it) => it.join() }), (keys: Key[]) => {
        const words = keys.flatMap((it, i) => [...it, 1000 + i]);
        const entries = Int32Array.from(words);
        const growing = new EntryTable(entries);
        keys.forEach((it, i) => {
          expect(growing.find(...it)).toBe(-1);
          growing.insert(i);
        });
        const { entries: own, slots } = shareEntries(words);
        const finished = new EntryTable(own, slots);
        keys.forEach((it, i) => {
          expect(growing.find(...it)).toBe(i);
          expect(finished.find(...it)).toBe(i);
          expect(own[ENTRY_WORDS * i + 5]).toBe(1000 + i);
        });
        expect(finished.find(2, 2, 2, 2, 2)).toBe(-1);
      }),
      budget,
    );
  });
});

describe('tables of address words', () => {
  test('each scope is its own', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uniqueArray(word, { maxLength: 200 }), { minLength: 1, maxLength: 4 }),
        (scopes) => {
          const tables = shareWords(scopes.map((words) => words.flatMap((it, i) => [it, i + 1])));
          for (const it of scopes.flat()) {
            scopes.forEach((words, scope) => expect(findWord(tables, scope, it)).toBe(words.indexOf(it) + 1));
          }
        },
      ),
      budget,
    );
  });
  test('the zero address, neighbours, and an empty scope', () => {
    const tables = shareWords([
      [0, 5],
      [],
      Array.from({ length: 4096 }, (_, i) => i).flatMap((i) => [i, i + 1]),
    ]);
    expect([findWord(tables, 0, 0), findWord(tables, 0, 1), findWord(tables, 1, 0)]).toEqual([5, 0, 0]);
    expect(Array.from({ length: 4096 }, (_, i) => findWord(tables, 2, i)).every((n, i) => n === i + 1)).toBe(
      true,
    );
    expect(findWord(tables, 2, 4096)).toBe(0);
  });
});
