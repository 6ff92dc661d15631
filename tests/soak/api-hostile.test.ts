/** 100,000 malformed and hostile requests against a `weir serve` process. HOSTILE_SEED repeats a run. */
import { expect, test } from 'vitest';
import { seedFrom } from '../seed.ts';
import { withstands } from '../service/hostile.ts';

const COUNT = Number(process.env['HOSTILE_COUNT'] ?? 100_000);
const SEED = seedFrom('HOSTILE_SEED');

test(`${COUNT} requests, seed ${SEED}: refused or closed, and the good client served all the while`, async () => {
  const report = await withstands({ count: COUNT, seed: SEED, concurrency: 256 });
  expect(report.signed).toBeGreaterThan(COUNT / 10);
  // Some are served.
  expect(report.statuses.get(200)).toBeGreaterThan(0);
  expect(report.medianMs).toBeLessThan(250);
  expect(report.slowestProbeMs).toBeLessThan(5_000);
  // Bodies of 256 MB at most, above what the service takes when it is idle; and it is no leak.
  const [first, second] = report.memoryPeaksMb;
  expect(Math.max(first, second)).toBeLessThan(700);
  expect(second).toBeLessThan(1.5 * first);
});
