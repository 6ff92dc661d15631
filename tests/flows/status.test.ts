import { describe, expect, test } from 'vitest';
import { StatusTracker } from '../../src/flows/status.ts';
import { TestNetwork, type TestPacket, TestRun } from './support.ts';

const A = '10.0.0.10';
const B = '10.0.0.20';
const OUT = '203.0.113.9';
const T = 1_700_000_040;

function packet(time: number, src = A, dst = OUT): TestPacket {
  return { time, src, dst, sport: 40000, dport: 443 };
}

const all = (): boolean => true;
const tracked = (seconds: 60 | 600, admits: (number: number) => boolean = all): StatusTracker =>
  new StatusTracker(seconds, 2, admits);

describe('NODATA (S5.1)', () => {
  test('for a declared interface without a packet in a window that the file covers throughout', () => {
    const run = new TestRun(new TestNetwork([A, B]), { trackers: [tracked(60)] });
    run.add([packet(T - 1), packet(T), packet(T + 60), packet(T + 119), packet(T + 125)], run.point());
    run.finish();
    // The windows of the first and the last packet are not covered throughout.
    expect(run.statuses).toEqual([`NODATA 2 ${T} ${T + 59}`, `NODATA 2 ${T + 60} ${T + 119}`]);
  });

  test('a packet of any verdict is data', () => {
    const run = new TestRun(new TestNetwork([A, B]), { trackers: [tracked(60)] });
    run.add([packet(T - 1), { ...packet(T, OUT, B), verdict: 2 }, packet(T + 65)], run.point());
    expect(run.finish().statuses).toEqual([`NODATA 1 ${T} ${T + 59}`]);
  });

  test('a gap in a file gets at most ten', () => {
    const run = new TestRun(new TestNetwork([A, B]), { trackers: [tracked(60)] });
    run.add([packet(T), packet(T + 50 * 60), packet(T + 50 * 60 + 1)], run.point());
    const forA = run.finish().statuses.filter((line) => line.startsWith('NODATA 1'));
    expect(forA).toHaveLength(10);
    expect(forA[0]).toBe(`NODATA 1 ${T + 60} ${T + 119}`);
  });

  test('an interval of 600 s says it once, and only when it is covered', () => {
    const start = T - (T % 600) + 600;
    const run = new TestRun(new TestNetwork([A, B]), { interval: 600, trackers: [tracked(600)] });
    const times = Array.from({ length: 25 }, (_, k) => start - 60 + k * 60);
    run.add(
      times.map((time) => packet(time)),
      run.point(),
    );
    expect(run.finish().statuses).toEqual([
      `NODATA 2 ${start} ${start + 599}`,
      `NODATA 2 ${start + 600} ${start + 1199}`,
    ]);
  });

  test('interfaces that a tracker does not cover get none', () => {
    const run = new TestRun(new TestNetwork([A, B]), { trackers: [tracked(60, (number) => number === 1)] });
    run.add([packet(T - 1), packet(T + 65)], run.point());
    expect(run.finish().statuses).toEqual([`NODATA 1 ${T} ${T + 59}`]);
  });
});

describe('live sources', () => {
  function live(): { run: TestRun; point: ReturnType<TestRun['point']> } {
    const run = new TestRun(new TestNetwork([A, B]), { live: true, trackers: [tracked(60)] });
    return { run, point: run.point({ live: true }, T - 10) };
  }

  test('the wall clock closes windows, after the grace, also without packets', () => {
    const { run, point } = live();
    run.add([packet(T + 3)], point);
    run.advance(T + 61);
    expect(run.windows.filter((window) => window.start === T)).toEqual([]);
    run.advance(T + 62);
    expect(run.windows.at(-1)!.start).toBe(T);
    run.advance(T + 122);
    expect(run.statuses).toEqual([
      `NODATA 2 ${T} ${T + 59}`,
      `NODATA 1 ${T + 60} ${T + 119}`,
      `NODATA 2 ${T + 60} ${T + 119}`,
    ]);
  });

  test('a loss is SKIPDATA for those who had traffic in this window or the one before, and no NODATA', () => {
    const { run, point } = live();
    run.add([packet(T + 3)], point);
    run.advance(T + 62);
    run.recorder.lose(point, T + 70, T + 90);
    run.advance(T + 122);
    expect(run.statuses.slice(1)).toEqual([`SKIPDATA 1 ${T + 60} ${T + 119}`]);
  });

  test('an outage over several windows is one range an interface, told when it is over', () => {
    const { run, point } = live();
    run.add([packet(T + 3)], point);
    run.advance(T + 62);
    run.recorder.setHealthy(point, false);
    run.advance(T + 122);
    run.advance(T + 182);
    expect(run.statuses.filter((line) => line.startsWith('SKIP'))).toEqual([]);
    run.recorder.setHealthy(point, true);
    run.recorder.lose(point, T + 65, T + 190);
    run.add([packet(T + 191)], point);
    run.advance(T + 242);
    run.finish();
    expect(run.statuses.filter((line) => line.startsWith('SKIP'))).toEqual([
      `SKIPDATA 1 ${T + 60} ${T + 239}`,
    ]);
    expect(run.statuses.filter((line) => line.startsWith('NODATA 1'))).toEqual([]);
  });

  test('a clock stepped forward closes the skipped windows as one SKIPDATA range', () => {
    const { run, point } = live();
    run.add([packet(T + 3)], point);
    run.advance(T + 62);
    run.advance(T + 3600 + 62);
    run.advance(T + 3660 + 62);
    run.finish();
    expect(run.statuses.filter((line) => line.startsWith('SKIP'))).toEqual([
      `SKIPDATA 1 ${T + 60} ${T + 3659}`,
    ]);
  });

  test('a clock stepped back waits: nothing closes twice', () => {
    const { run, point } = live();
    run.add([packet(T + 3)], point);
    run.advance(T + 62);
    const before = run.windows.length;
    run.advance(T - 600);
    run.advance(T + 70);
    expect(run.windows).toHaveLength(before);
  });
});
