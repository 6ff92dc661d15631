import { describe, expect, test } from 'vitest';
import { Random } from '../../src/synth/random.ts';
import { ShareSplitter } from '../../src/synth/shares.ts';
import { zipfSizes } from '../../src/synth/zipf.ts';

function given(part: number, seed: number): { packets: number; taken: boolean[] } {
  const sizes = zipfSizes(1_000_000, 25_000, () => 2);
  const splitter = new ShareSplitter(part, 1_000_000, new Random(seed));
  let packets = 0;
  const taken = [...sizes].map((size) => {
    const take = splitter.take(size);
    if (take) packets += size;
    return take;
  });
  return { packets, taken };
}

describe('ShareSplitter', () => {
  test.each([0.01, 0.05, 0.3, 0.5, 0.77, 0.99])('meets a share of %d', (part) => {
    for (const seed of [1, 2, 3]) {
      expect(Math.abs(given(part, seed).packets - part * 1_000_000)).toBeLessThan(200);
    }
  });

  test('nothing of 0, everything of 1', () => {
    expect(given(0, 1).packets).toBe(0);
    expect(given(1, 1).packets).toBe(1_000_000);
  });

  test('which conversations are taken depends on the seed', () => {
    expect(given(0.3, 1).taken).not.toEqual(given(0.3, 2).taken);
    expect(given(0.3, 1).taken).toEqual(given(0.3, 1).taken);
  });

  test('leaves the largest conversations to the larger side', () => {
    for (let seed = 0; seed < 20; seed++) {
      expect(given(0.05, seed).taken[0]).toBe(false);
      expect(given(0.95, seed).taken[0]).toBe(true);
    }
  });
});
