import { expect, test } from 'vitest';
import { killReplays } from './replay-kill.ts';

test('kill -9 of a replay at random points, run again: the same objects and events', async () => {
  const report = await killReplays({ count: 6, seed: 1 + Math.floor(Math.random() * 1_000_000) });
  expect(report.objects).toBeGreaterThan(20);
  expect(report.events).toBeGreaterThan(1_000);
  expect(report.kills).toBeGreaterThan(3);
  expect(report.whilePublishing).toBeGreaterThan(0);
}, 120_000);
