/** 100,000 malformed and hostile requests against a `weir serve` process. HOSTILE_SEED repeats a run. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { seedFrom, withstands } from '../service/hostile.ts';
import { startWeir, type WeirProcess } from '../service/weir-process.ts';

const COUNT = Number(process.env['HOSTILE_COUNT'] ?? 100_000);
const SEED = seedFrom(process.env['HOSTILE_SEED']);

const root = mkdtempSync(join(tmpdir(), 'weir-hostile-'));
let weir: WeirProcess;
beforeAll(async () => {
  weir = await startWeir(join(root, 'data'));
});
afterAll(async () => {
  if (weir.alive()) await weir.kill();
  rmSync(root, { recursive: true, force: true });
});

test(`${COUNT} requests, seed ${SEED}: refused or closed, and the good client served all the while`, async () => {
  const report = await withstands(weir, { count: COUNT, seed: SEED, concurrency: 256 });
  expect(report.sent).toBe(COUNT);
  // Some are served.
  expect(report.statuses.get(200)).toBeGreaterThan(0);
  expect(report.medianMs).toBeLessThan(250);
  expect(report.slowestProbeMs).toBeLessThan(5_000);
  // Bodies of 256 MB at most, above what the service takes when it is idle; and it is no leak.
  const [first, second] = report.memoryPeaksMb;
  expect(Math.max(first, second)).toBeLessThan(700);
  expect(second).toBeLessThan(1.5 * first);
  expect(await weir.stop()).toBe(0);
});
