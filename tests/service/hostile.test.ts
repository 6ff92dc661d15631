/** A seeded sample of `npm run soak -- tests/soak/api-hostile.test.ts`. HOSTILE_SEED repeats a run. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { seedFrom, withstands } from './hostile.ts';
import { startWeir, type WeirProcess } from './weir-process.ts';

const COUNT = 2000;
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

test(`${COUNT} malformed and hostile requests, seed ${SEED}, while a good client is served`, async () => {
  const { sent } = await withstands(weir, { count: COUNT, seed: SEED, concurrency: 64 });
  expect(sent).toBe(COUNT);
}, 120_000);
