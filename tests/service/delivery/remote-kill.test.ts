import { expect, test } from 'vitest';
import { killRemoteReplays } from './remote-kill.ts';

test('kill -9 of a replay into other programs at random points, run again: the same objects', async () => {
  const report = await killRemoteReplays({ count: 5, seed: 1 + Math.floor(Math.random() * 1_000_000) });
  expect(report.objects).toBeGreaterThanOrEqual(30);
  expect(report.lines).toBeGreaterThan(1_000);
  expect(report.kills).toBeGreaterThan(2);
}, 180_000);
