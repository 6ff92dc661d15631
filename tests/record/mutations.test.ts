import { expect, test } from 'vitest';
import { runMutations } from './mutations.ts';
import { temporary } from './run.ts';

const folder = temporary();

test('mutated captures, 8 s: no throw, no hang, memory bounded, every packet and byte counted once', async () => {
  const report = await runMutations(20_261_121, 8000, folder.path);
  // Many must get past the containers and meet what there is to meet, or this tests nothing.
  expect(report.cases).toBeGreaterThan(100);
  expect(report.refused).toBeLessThan(report.cases / 3);
  expect(report.recorded).toBeGreaterThan(1000);
  expect(report.lines).toBeGreaterThan(500);
  expect([...report.met.keys()].sort()).toEqual(['fault', 'late', 'malformed', 'outlier', 'several files']);
});
