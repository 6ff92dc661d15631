/**
 * What waits for the clock, and what is killed meanwhile, side by side: a live service spends most of its time waiting for
 * a window to end. kill -9 has other points in each run: CRASH_SEED repeats one. tests/soak has many of each kind.
 */
import { describe, expect, test } from 'vitest';
import { missingForLive } from '../sources/namespace.ts';
import { seedFrom } from '../seed.ts';
import { killLive } from './delivery/live-kill.ts';
import { killRemoteReplays } from './delivery/remote-kill.ts';
import { killReplays } from './delivery/replay-kill.ts';
import { recordOverTurn } from './recording/version-turn.ts';

const SEED = seedFrom('CRASH_SEED');
const missing = missingForLive();
const needs = missing === undefined ? '' : ` (lacks ${missing})`;

describe.skipIf(missing !== undefined).concurrent(`a live network that changes${needs}`, () => {
  test('the next window is recorded under the new version, the open one under the old', async () => {
    expect(await recordOverTurn()).toEqual([
      { start: 0, version: 1, interfaces: ['eni-00000001'] },
      { start: 60, version: 2, interfaces: ['eni-00000002'] },
    ]);
  }, 120_000);
});

describe.concurrent(`kill -9, seed ${SEED}`, () => {
  describe.skipIf(missing !== undefined)(`live${needs}`, () => {
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
    expect(report.kills).toBeGreaterThan(2);
    expect(report.whilePublishing).toBeGreaterThan(0);
  }, 600_000);

  test('of a replay into other programs, run again: the same objects', async () => {
    const report = await killRemoteReplays({ count: 5, seed: SEED });
    expect(report.objects).toBeGreaterThanOrEqual(30);
    expect(report.lines).toBeGreaterThan(1_000);
    expect(report.kills).toBeGreaterThan(0);
  }, 600_000);
});
