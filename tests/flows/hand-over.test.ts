import { describe, expect, test } from 'vitest';
import type { Point } from '../../src/flows/contexts.ts';
import { StatusTracker } from '../../src/flows/status.ts';
import { type RunOptions, TestNetwork, type TestPacket, TestRun } from './support.ts';

const A = '10.0.0.10';
const B = '10.0.0.20';
const OUT = '203.0.113.9';
const I = 1_700_000_400; // the start of an interval of 600 s

const packet = (time: number, more: Partial<TestPacket> = {}): TestPacket => ({
  time,
  src: A,
  dst: OUT,
  sport: 4000,
  dport: 443,
  ...more,
});
const tracked = (seconds: number): StatusTracker =>
  new StatusTracker(seconds, 2, () => true, Number.POSITIVE_INFINITY);

/** A live run with both intervals, and a diary of what was handed over and told closed. */
function live(options: RunOptions = {}): { run: TestRun; point: Point; diary: string[] } {
  const diary: string[] = [];
  const told = new Set<unknown>();
  const run: TestRun = new TestRun(new TestNetwork([A, B]), {
    live: true,
    trackers: [tracked(60), tracked(600)],
    ...options,
    onClosed: (upTo) => {
      for (const window of run.windows) {
        if (told.has(window)) continue;
        told.add(window);
        const skips = window.lines.filter((line) => typeof line === 'string' && line.startsWith('SKIP'));
        diary.push(`${window.start - I}${skips.length > 0 ? ` skips ${skips.length}` : ''}`);
      }
      diary.push(`closed ${upTo - I}`);
    },
  });
  return { run, point: run.point({ live: true }, I), diary };
}

describe('what is told closed', () => {
  test('comes after all windows that end by then, also of the end', () => {
    const { run, point, diary } = live();
    run.add([packet(I + 3)], point);
    run.advance(I + 62);
    run.add([packet(I + 70)], point);
    run.advance(I + 80);
    run.finish();
    expect(diary).toEqual(['closed 0', '0', 'closed 60', '60', 'closed 120', 'closed 120']);
  });

  test('windows without a packet are told too, one after the other', () => {
    const { run, diary } = live({ trackers: [] });
    run.advance(I + 70);
    run.advance(I + 130);
    expect(diary).toEqual(['closed 0', 'closed 60', 'closed 120']);
  });

  test('a step of the clock comes with its range, whatever ends in it', () => {
    const { run, point, diary } = live();
    run.add([packet(I + 3)], point);
    run.advance(I + 62);
    diary.length = 0;
    run.advance(I + 3600 + 62);
    // The range ends with the last window that was left out.
    expect(diary).toEqual(['3600 skips 1', 'closed 3660']);
    expect(run.statuses).toContain(`SKIPDATA 1 ${I + 60} ${I + 3659}`);
  });

  test('a gap in a file', () => {
    const closed: number[] = [];
    const run = new TestRun(new TestNetwork([A, B]), {
      trackers: [new StatusTracker(60, 2, () => true)],
      onClosed: (upTo) => closed.push(upTo - I),
    });
    run.add([packet(I), packet(I + 6000), packet(I + 6003)], run.point());
    run.finish();
    expect(closed).toEqual(closed.toSorted((a, b) => a - b));
    expect(closed).toContain(6000);
    expect(closed.at(-1)).toBe(6060);
    expect(closed.length).toBeLessThan(30);
  });
});

describe('open windows that are asked for early', () => {
  test('go out in parts; what closed stays closed, and sums stay', () => {
    const { run, point } = live({ trackers: [tracked(60)] });
    run.add([packet(I + 3), packet(I + 4, { src: B })], point);
    run.recorder.flushOpen();
    run.advance(I + 5);
    run.add([packet(I + 6), packet(I + 61)], point);
    run.recorder.flushOpen();
    run.advance(I + 63);
    run.add([packet(I + 10)], point); // its window has closed: late
    run.recorder.flushOpen();
    run.advance(I + 125);
    expect(run.windows.map(({ start, late, lines }) => [start - I, late, lines.length])).toEqual([
      [0, false, 2],
      [0, false, 1],
      [60, false, 1],
      [0, true, 1],
      [60, false, 1], // NODATA of the second interface: the first has had its traffic
    ]);
    expect(run.statuses).toEqual([`NODATA 2 ${I + 60} ${I + 119}`]);
    expect(run.account.recordedPackets).toBe(5);
  });

  test('more often than there are tables: live rows are refused, counted and shown', () => {
    const { run, point } = live({ tables: 2, trackers: [tracked(60)], keepTables: true });
    for (let k = 0; k < 4; k++) {
      run.add([packet(I + 3 + k)], point);
      run.recorder.flushOpen();
    }
    run.advance(I + 62);
    expect(run.account.recordedPackets).toBe(2);
    expect(run.recorder.attribution.refusedPackets).toBe(2);
    expect(run.statuses).toContain(`SKIPDATA 1 ${I} ${I + 59}`);
  });

  test('verdicts of a source that only reports find the packets of their part', () => {
    const { run, point } = live({ trackers: [] });
    const firewall = run.point({ live: true, role: 'verdict', source: 'firewall' }, I);
    run.add([packet(I + 3)], point);
    run.add([packet(I + 3, { verdict: 2 })], firewall);
    run.recorder.flushOpen();
    run.add([packet(I + 5, { src: B, verdict: 2 })], firewall); // counted by nobody else
    run.advance(I + 62);
    expect(run.flows).toMatchObject([
      { interface: 1, packets: 1, verdict: 2 },
      { interface: 2, packets: 1, verdict: 2 },
    ]);
    expect(run.recorder.counters.verdictOnlyPackets).toBe(1);
    expect(run.account.recordedPackets).toBe(2);
  });

  test('a firewall that reports a packet at two places reports it once', () => {
    const { run, point } = live({ trackers: [] });
    const firewall = run.point({ live: true, role: 'verdict', source: 'firewall' }, I);
    run.add([packet(I + 3)], point);
    run.add([packet(I + 3, { verdict: 2, ifIndex: 1 }), packet(I + 3, { verdict: 2, ifIndex: 2 })], firewall);
    run.advance(I + 62);
    const { counters } = run.recorder;
    expect(run.flows).toMatchObject([{ packets: 1, verdict: 2 }]);
    expect([counters.rows, counters.verdictOnlyPackets, counters.duplicatePackets]).toEqual([3, 1, 1]);
  });

  test('an interval of 600 s has parts when the next one began before it closed', () => {
    const { run, point } = live({ interval: 600, trackers: [tracked(600)] });
    run.add([packet(I + 3)], point);
    run.advance(I + 590);
    run.add([packet(I + 598), packet(I + 601)], point);
    run.recorder.flushOpen();
    run.add([packet(I + 599), packet(I + 602)], point);
    run.advance(I + 603);
    run.advance(I + 1203);
    const sums = new Map<number, number>();
    for (const line of run.flows) {
      const at = Math.floor((line.first - I) / 600);
      expect(Math.floor((line.last - I) / 600)).toBe(at);
      sums.set(at, (sums.get(at) ?? 0) + line.packets);
    }
    expect([...sums]).toEqual([
      [0, 3],
      [1, 2],
    ]);
  });
});

describe('the time in which the service was not there (S5.2)', () => {
  test('is one range for flow logs of each interval, with the first that ends', () => {
    const { run, point } = live({ trackers: [tracked(60)] });
    run.recorder.addGap(60, 1, I - 600, I + 7);
    run.recorder.addGap(60, 2, I, I);
    run.add([packet(I + 10)], point);
    run.advance(I + 125);
    expect(run.statuses).toEqual([
      `SKIPDATA 1 ${I - 600} ${I + 6}`,
      `NODATA 2 ${I} ${I + 59}`,
      `NODATA 1 ${I + 60} ${I + 119}`,
      `NODATA 2 ${I + 60} ${I + 119}`,
    ]);
  });

  test('of 600 s', () => {
    const { run } = live({ interval: 600, trackers: [tracked(600)] });
    run.recorder.addGap(600, 2, I - 1200, I + 7);
    run.advance(I + 590);
    run.advance(I + 603);
    expect(run.statuses.filter((line) => line.startsWith('SKIP'))).toEqual([
      `SKIPDATA 2 ${I - 1200} ${I + 6}`,
    ]);
    expect(() => run.recorder.addGap(60, 2, I, I + 60)).toThrow(RangeError);
  });
});
