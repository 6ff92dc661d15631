/** CRASH_SEED repeats a run. */
import { expect, test } from 'vitest';
import { seedFrom } from '../seed.ts';
import { crash } from './crash.ts';

const SEED = seedFrom('CRASH_SEED');

test(`kill -9 at random points: what was answered is there, what was not is whole or absent, seed ${SEED}`, async () => {
  const report = await crash({ count: 10, seed: SEED });
  expect(report.points).toBe(10);
  // The points must have hit a store at work.
  expect(report.answered).toBeGreaterThan(50);
}, 60_000);
