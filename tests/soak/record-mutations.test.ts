/** The mutations of `npm test`, with other seeds and more time. */
import { expect, test } from 'vitest';
import { temporary } from '../record/run.ts';
import { runMutations } from '../record/mutations.ts';

const folder = temporary();
const MINUTES = 3;

test.each([1, 2, 3])('mutated captures, 3 minutes from seed %i', async (seed) => {
  const report = await runMutations(1_000_003 * seed, MINUTES * 60_000, folder.path);
  expect(report.cases).toBeGreaterThan(2000);
  expect([...report.met.keys()].sort()).toEqual(['fault', 'late', 'malformed', 'outlier', 'several files']);
});
