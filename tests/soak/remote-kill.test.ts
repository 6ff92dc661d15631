/** kill -9 of `weir replay` into other programs at 100 random points. CRASH_SEED repeats a run, CRASH_POINTS has other
 * numbers of points. */
import { expect, test } from 'vitest';
import { killRemoteReplays } from '../service/delivery/remote-kill.ts';
import { seedFrom } from '../seed.ts';

const SEED = seedFrom('CRASH_SEED');
const COUNT = Number(process.env['CRASH_POINTS'] ?? 100);

test(`${COUNT} points of a replay into other programs, seed ${SEED}`, async () => {
  const report = await killRemoteReplays({ count: COUNT, seed: SEED });
  process.stdout.write(`${JSON.stringify({ seed: SEED, ...report })}\n`);
  expect(report.points).toBe(COUNT);
  expect(report.kills).toBeGreaterThan(0.7 * COUNT);
  expect(report.whilePublishing).toBeGreaterThan(0.3 * COUNT);
  expect(report.inUpload).toBeGreaterThan(0.3 * COUNT);
});
