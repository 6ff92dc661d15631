import { expect, test } from 'vitest';
import { crash } from './crash.ts';

test('kill -9 at random points: what was answered is there, what was not is whole or absent', async () => {
  const report = await crash({ count: 10, seed: 1 + Math.floor(Math.random() * 1_000_000) });
  expect(report.points).toBe(10);
  // The points must have hit a store at work.
  expect(report.answered).toBeGreaterThan(50);
}, 60_000);
