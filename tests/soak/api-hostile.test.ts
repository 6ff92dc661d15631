/** 100,000 malformed and hostile requests against a `weir serve` process. HOSTILE_SEED repeats a run. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { attack } from '../service/hostile.ts';
import { startWeir, type WeirProcess } from '../service/weir-process.ts';

const COUNT = Number(process.env['HOSTILE_COUNT'] ?? 100_000);
const SEED = Number(process.env['HOSTILE_SEED'] ?? 1 + Math.floor(Math.random() * 1_000_000));

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
  const report = await attack(weir, { count: COUNT, seed: SEED, concurrency: 256 });
  const { statuses, codes, ...figures } = report;
  const shown = { seed: SEED, ...figures, statuses: [...statuses], codes: [...codes] };
  process.stdout.write(`${JSON.stringify(shown)}\n`);
  expect(report.violations).toEqual([]);
  expect(report.sent).toBe(COUNT);
  expect(weir.alive()).toBe(true);
  expect(weir.log()).not.toMatch(/"level":"error"/);
  expect(statuses.get(500)).toBeUndefined();
  // Refused at every depth: as HTTP, by its signature, as a form, by what a handler checks; and some are served.
  for (const status of [200, 400, 401, 408, 413, 431])
    expect(statuses.get(status), `${status}`).toBeGreaterThan(0);
  expect([...codes.keys()]).toEqual(
    expect.arrayContaining([
      'AuthFailure',
      'MalformedQueryString',
      'UnknownParameter',
      'InvalidParameterValue',
    ]),
  );
  expect(report.signed).toBeGreaterThan(COUNT / 10);
  expect(report.probes).toBeGreaterThan(200);
  expect(report.medianMs).toBeLessThan(250);
  expect(report.slowestProbeMs).toBeLessThan(5_000);
  // Bodies of 256 MB at most, above what the service takes when it is idle; and it is no leak.
  const [first, second] = report.memoryPeaksMb;
  expect(Math.max(first, second)).toBeLessThan(700);
  expect(second).toBeLessThan(1.5 * first);
  expect(await weir.stop()).toBe(0);
});
