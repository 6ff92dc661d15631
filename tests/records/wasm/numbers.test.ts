import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { count, uint32 } from './module.ts';

const BUDGET = { interruptAfterTimeLimit: 1500, markInterruptAsFailure: false };

const EDGES = Array.from({ length: 16 }, (_, digits) => [
  10 ** digits - 1,
  10 ** digits,
  10 ** digits + 1,
]).flat();

describe.each([
  ['printUint32', uint32, 2 ** 32 - 1],
  ['printCount', count, 2 ** 53],
] as const)('%s', (_name, printed, most) => {
  test('edges of every length, and the largest', () => {
    const powers = [2 ** 31 - 2, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, most - 1, most];
    const values = [...EDGES, ...powers].filter((value) => value <= most);
    for (const value of values) expect(printed(value)).toBe(String(value));
  });

  test('every number below 100,000', () => {
    const wrong: number[] = [];
    for (let value = 0; value < 100_000; value++) if (printed(value) !== String(value)) wrong.push(value);
    expect(wrong).toEqual([]);
  });

  test('numbers of every four digits, in front of and behind others', () => {
    const wrong: number[] = [];
    for (let value = 0; value < 10_000; value++) {
      for (const all of [value * 10_000, value * 10_000 + 9999, 90_000_000 + value, 100_000_000 + value]) {
        if (printed(all) !== String(all)) wrong.push(all);
      }
    }
    expect(wrong).toEqual([]);
  });

  test('any number', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: Math.min(most, Number.MAX_SAFE_INTEGER) }), (value) => {
        expect(printed(value)).toBe(String(value));
      }),
      BUDGET,
    );
  });
});
