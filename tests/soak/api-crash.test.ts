/** kill -9 of a `weir serve` process at 200 random points under load. CRASH_SEED repeats a run. */
import { expect, test } from 'vitest';
import { crashService } from '../service/crash.ts';
import { seedFrom } from '../seed.ts';

const SEED = seedFrom('CRASH_SEED');

test(`200 points, seed ${SEED}`, async () => {
  const report = await crashService({ count: 200, seed: SEED });
  process.stdout.write(`${JSON.stringify({ seed: SEED, ...report })}\n`);
  expect(report.points).toBe(200);
  expect(report.answered).toBeGreaterThan(2_000);
  expect(report.unanswered).toBeGreaterThan(500);
  // Points on both sides of a commit, and tokens sent again for both.
  expect(report.stood).toBeGreaterThan(0);
  expect(report.stood).toBeLessThan(report.unanswered);
  expect(report.resent).toBeGreaterThan(50);
});
