import { describe, expect, test } from 'vitest';
import { Random } from '../../src/synth/random.ts';

function words(seed: number, stream: number, count: number): number[] {
  const random = new Random(seed, stream);
  return Array.from({ length: count }, () => random.word());
}

/** sfc32 as its author publishes it, in unsigned 64-bit arithmetic. */
function referenceWords(seed: number, stream: number, count: number): number[] {
  const mask = 0xffffffffn;
  let a = BigInt(seed) & mask;
  let b = BigInt(seed) >> 32n;
  let c = BigInt(stream);
  let counter = 1n;
  const out: number[] = [];
  for (let i = 0; i < 16 + count; i++) {
    const value = (a + b + counter) & mask;
    counter = (counter + 1n) & mask;
    a = b ^ (b >> 9n);
    b = (c + (c << 3n)) & mask;
    c = ((((c << 21n) & mask) | (c >> 11n)) + value) & mask;
    out.push(Number(BigInt.asIntN(32, value)));
  }
  return out.slice(16);
}

describe('Random', () => {
  test.each([
    [0, 0],
    [1, 0],
    [1, 3],
    [2 ** 40 + 7, 1],
    [Number.MAX_SAFE_INTEGER, 2],
  ])('is sfc32 (seed %d, stream %d)', (seed, stream) => {
    expect(words(seed, stream, 50)).toEqual(referenceWords(seed, stream, 50));
  });

  test('other seeds and other streams give other numbers', () => {
    const seen = [words(1, 0, 4), words(2, 0, 4), words(1, 1, 4), words(1 + 2 ** 32, 0, 4)].map(String);
    expect(new Set(seen).size).toBe(4);
  });

  test('below() is even over its range and never leaves it', () => {
    const random = new Random(5);
    const counts = Array.from({ length: 10 }, () => 0);
    for (let i = 0; i < 100_000; i++) counts[random.below(10)]!++;
    // Standard deviation: 95.
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(500);
    expect(counts).toHaveLength(10);
  });

  test('below() reaches both ends of the widest bound', () => {
    const random = new Random(6);
    let low = Infinity;
    let high = 0;
    for (let i = 0; i < 10_000; i++) {
      const value = random.below(2 ** 32);
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
    expect(low).toBeLessThan(2 ** 32 / 1000);
    expect(high).toBeGreaterThan(2 ** 32 * 0.999);
    expect(high).toBeLessThan(2 ** 32);
  });

  test('between() includes both ends', () => {
    const random = new Random(7);
    const seen = new Set(Array.from({ length: 200 }, () => random.between(3, 5)));
    expect([...seen].sort((a, b) => a - b)).toEqual([3, 4, 5]);
  });

  test('exponential() has mean 1 and no zero', () => {
    const random = new Random(8);
    let sum = 0;
    let least = 1;
    for (let i = 0; i < 100_000; i++) {
      const value = random.exponential();
      sum += value;
      least = Math.min(least, value);
    }
    expect(sum / 100_000).toBeCloseTo(1, 1);
    expect(least).toBeGreaterThan(0);
  });
});
