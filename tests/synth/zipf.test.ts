import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Random } from '../../src/synth/random.ts';
import { ZipfSampler, zipfSizes } from '../../src/synth/zipf.ts';

describe('ZipfSampler', () => {
  test.each([0.5, 0.9, 1, 1.5, 3])('draws ranks as often as 1 / rank^%d', (exponent) => {
    const count = 50;
    const draws = 200_000;
    const random = new Random(11);
    const sampler = new ZipfSampler(count, exponent);
    const seen = new Float64Array(count + 1);
    for (let i = 0; i < draws; i++) seen[sampler.sample(random)]!++;
    let weights = 0;
    for (let rank = 1; rank <= count; rank++) weights += rank ** -exponent;
    expect(seen[0]).toBe(0);
    for (let rank = 1; rank <= count; rank++) {
      const expected = (draws * rank ** -exponent) / weights;
      // Five standard deviations of a count.
      expect(Math.abs(seen[rank]! - expected)).toBeLessThan(5 * Math.sqrt(expected) + 5);
    }
  });

  test('has one rank when there is one thing', () => {
    const random = new Random(1);
    const sampler = new ZipfSampler(1, 0.9);
    for (let i = 0; i < 100; i++) expect(sampler.sample(random)).toBe(1);
  });

  test('stays inside a large range', () => {
    const random = new Random(2);
    const sampler = new ZipfSampler(16_000_000, 0.9);
    for (let i = 0; i < 10_000; i++) {
      const rank = sampler.sample(random);
      expect(rank >= 1 && rank <= 16_000_000 && Number.isInteger(rank)).toBe(true);
    }
  });
});

describe('zipfSizes', () => {
  test('adds up exactly and keeps the minimums', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 500 }),
        fc.integer({ min: 0, max: 1_000_000 }),
        fc.integer({ min: 0, max: 500 }),
        (count, extra, firstSmall) => {
          const minimum = (index: number): number => (index < firstSmall ? 2 : 1);
          let floor = 0;
          for (let i = 0; i < count; i++) floor += minimum(i);
          const sizes = zipfSizes(floor + extra, count, minimum);
          let sum = 0;
          for (let i = 0; i < count; i++) {
            expect(sizes[i]).toBeGreaterThanOrEqual(minimum(i));
            expect(Number.isInteger(sizes[i])).toBe(true);
            sum += sizes[i]!;
          }
          expect(sum).toBe(floor + extra);
        },
      ),
      { interruptAfterTimeLimit: 1500, markInterruptAsFailure: false },
    );
  });

  test('gives rank k a k-th of the first', () => {
    const sizes = zipfSizes(1_000_000, 1000, () => 0);
    for (const rank of [2, 3, 10, 100]) {
      expect(Math.abs(sizes[rank - 1]! - sizes[0]! / rank)).toBeLessThanOrEqual(1.5);
    }
  });
});
