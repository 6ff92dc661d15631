import { expect, test } from 'vitest';
import { crashService } from './crash.ts';

test('kill -9 of the service at random points: what was answered is there, the rest whole or absent', async () => {
  const report = await crashService({ count: 8, seed: 1 + Math.floor(Math.random() * 1_000_000) });
  expect(report.points).toBe(8);
  // The points must have hit a service at work.
  expect(report.answered).toBeGreaterThan(20);
  expect(report.unanswered).toBeGreaterThan(8);
}, 120_000);
