/**
 * kill -9, at some points of each kind side by side: a live service spends most of its time waiting for a window to end.
 * Each run has other points: CRASH_SEED repeats one. tests/soak has many.
 */
import { describe, expect, test } from 'vitest';
import { missingForLive } from '../../sources/namespace.ts';
import { killLive } from './live-kill.ts';
import { killRemoteReplays } from './remote-kill.ts';
import { killReplays } from './replay-kill.ts';

const SEED = Number(process.env['CRASH_SEED'] ?? 1 + Math.floor(Math.random() * 1_000_000));
const missing = missingForLive();

describe.concurrent(`kill -9, seed ${SEED}`, () => {
  describe.skipIf(missing !== undefined)(`live${missing === undefined ? '' : ` (lacks ${missing})`}`, () => {
    test.concurrent.each([
      { remote: false, to: 'embedded destinations' },
      { remote: true, to: 'other programs' },
    ])(
      'right after a commit for $to: nothing that was committed is lost or doubled, and the gap is told',
      async ({ remote }) => {
        const report = await killLive({
          kills: 1,
          seed: SEED,
          remote,
          plan: (random) => ({ afterCommit: true, milliseconds: 500 + random() * 1500 }),
        });
        // Until the window ends, and then some.
        expect(report.told).toBeGreaterThan(10);
        expect(report.missing).toBeGreaterThan(10);
        expect(report.records).toBeGreaterThanOrEqual(report.told);
      },
      600_000,
    );
  });

  test('of a replay at random points, run again: the same objects and events', async () => {
    const report = await killReplays({ count: 6, seed: SEED });
    expect(report.objects).toBeGreaterThan(20);
    expect(report.events).toBeGreaterThan(1_000);
    expect(report.kills).toBeGreaterThan(3);
    expect(report.whilePublishing).toBeGreaterThan(0);
  }, 600_000);

  test('of a replay into other programs, run again: the same objects', async () => {
    const report = await killRemoteReplays({ count: 5, seed: SEED });
    expect(report.objects).toBeGreaterThanOrEqual(30);
    expect(report.lines).toBeGreaterThan(1_000);
    expect(report.kills).toBeGreaterThan(2);
  }, 600_000);
});
