/** kill -9 of `weir replay` at 100 random points. CRASH_SEED repeats a run, CRASH_POINTS has other numbers of points. */
import { expect, test } from 'vitest';
import { killReplays } from '../service/delivery/replay-kill.ts';
import { seedFrom } from '../seed.ts';

const SEED = seedFrom('CRASH_SEED');
const COUNT = Number(process.env['CRASH_POINTS'] ?? 100);

test(`${COUNT} points of a replay, seed ${SEED}`, async () => {
  const report = await killReplays({ count: COUNT, seed: SEED });
  process.stdout.write(`${JSON.stringify({ seed: SEED, ...report })}\n`);
  expect(report.points).toBe(COUNT);
  expect(report.kills).toBeGreaterThan(0.8 * COUNT);
  expect(report.whilePublishing).toBeGreaterThan(0.2 * COUNT);
});
