/** CRASH_SEED repeats a run. */
import { expect, test } from 'vitest';
import { seedFrom } from '../seed.ts';
import { crashService } from './crash.ts';

const SEED = seedFrom('CRASH_SEED');

test(`kill -9 of the service at random points: what was answered is there, the rest whole or absent, seed ${SEED}`, async () => {
  const report = await crashService({ count: 8, seed: SEED });
  expect(report.points).toBe(8);
  // The points must have hit a service at work.
  expect(report.answered).toBeGreaterThan(20);
  expect(report.unanswered).toBeGreaterThan(8);
}, 120_000);
