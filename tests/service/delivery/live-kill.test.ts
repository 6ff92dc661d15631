import { describe, expect, test } from 'vitest';
import { missingForLive } from '../../sources/namespace.ts';
import { killLive } from './live-kill.ts';

const missing = missingForLive();
describe.skipIf(missing !== undefined)(`live${missing === undefined ? '' : ` (lacks ${missing})`}`, () => {
  test('kill -9 right after a commit: nothing that was committed is lost or doubled, and the gap is told', async () => {
    const report = await killLive({
      kills: 1,
      seed: 1 + Math.floor(Math.random() * 1_000_000),
      plan: (random) => ({ afterCommit: true, milliseconds: 500 + random() * 1500 }),
    });
    // Until the window ends, and then some.
    expect(report.told).toBeGreaterThan(10);
    expect(report.missing).toBeGreaterThan(10);
    expect(report.records).toBeGreaterThanOrEqual(report.told);
  }, 180_000);
});
