/** Each run has other points: CRASH_SEED repeats one. */
import { expect, test } from 'vitest';
import { killRemoteReplays } from './remote-kill.ts';

const SEED = Number(process.env['CRASH_SEED'] ?? 1 + Math.floor(Math.random() * 1_000_000));

test(`kill -9 of a replay into other programs at random points, seed ${SEED}, run again: the same objects`, async () => {
  const report = await killRemoteReplays({ count: 5, seed: SEED });
  expect(report.objects).toBeGreaterThanOrEqual(30);
  expect(report.lines).toBeGreaterThan(1_000);
  expect(report.kills).toBeGreaterThan(2);
}, 180_000);
