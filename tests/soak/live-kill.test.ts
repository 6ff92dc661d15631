/** kill -9 of a live capture at random points, for about half a minute each. CRASH_SEED repeats a run's times, CRASH_POINTS
 * has other numbers of points. */
import { describe, expect, test } from 'vitest';
import { killLive } from '../service/delivery/live-kill.ts';
import { missingForLive } from '../sources/namespace.ts';
import { seedFrom } from '../seed.ts';

const SEED = seedFrom('CRASH_SEED');
const COUNT = Number(process.env['CRASH_POINTS'] ?? 20);

const missing = missingForLive();
describe.skipIf(missing !== undefined)(`live${missing === undefined ? '' : ` (lacks ${missing})`}`, () => {
  test.each([
    { remote: false, to: 'embedded destinations' },
    { remote: true, to: 'other programs' },
  ])(`${COUNT} points of a live capture for $to, seed ${SEED}`, async ({ remote, to }) => {
    const report = await killLive({
      kills: COUNT,
      seed: SEED,
      remote,
      plan: (random) => {
        const afterCommit = random() < 0.3;
        return { afterCommit, milliseconds: random() * (afterCommit ? 200 : 60_000) };
      },
    });
    process.stdout.write(`${JSON.stringify({ to, seed: SEED, ...report })}\n`);
    expect(report.kills).toBe(COUNT);
    expect(report.told).toBeGreaterThan(1_000);
    expect(report.missing).toBeGreaterThan(1_000);
  });
});
