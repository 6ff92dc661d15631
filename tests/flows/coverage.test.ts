import { describe, expect, test } from 'vitest';
import type { Point } from '../../src/flows/contexts.ts';
import { StatusTracker } from '../../src/flows/status.ts';
import { TestNetwork, type TestPacket, TestRun } from './support.ts';

const A = '10.0.0.10';
const B = '10.0.0.20';
const C = '10.0.0.30';
const OUT = '203.0.113.9';
const I = 1_700_000_400; // the start of an interval of 600 s

const packet = (time: number, src = A): TestPacket => ({ time, src, dst: OUT, sport: 4000, dport: 443 });

/** Scope 0 sees interfaces 1 and 2, scope 1 sees 2 and 3. */
function network(): TestNetwork {
  const made = new TestNetwork([A, B, C]);
  made.scopes.splice(0, 1, Int32Array.of(1, 2), Int32Array.of(2, 3));
  return made;
}

function live(seconds: 60 | 600 = 60): TestRun {
  const trackers = [new StatusTracker(seconds, 3, () => true, Number.POSITIVE_INFINITY)];
  return new TestRun(network(), { live: true, interval: seconds, trackers });
}

/** The interfaces that have a NODATA line, by window. */
function silent(run: TestRun): Record<number, number[]> {
  const out: Record<number, number[]> = {};
  for (const line of run.statuses) {
    const [kind, number, start] = line.split(' ');
    if (kind === 'NODATA') (out[(Number(start) - I) / 60] ??= []).push(Number(number));
  }
  return out;
}

function to(run: TestRun, from: number, until: number): void {
  for (let now = from; now < until; now += 20) run.advance(now);
  run.advance(until);
}

describe('NODATA by what covers an interface (S5.1)', () => {
  test('only for those that a healthy point sees throughout; either of two is enough', () => {
    const run = live();
    const first = run.point({ live: true, scope: 0 }, I - 5);
    run.point({ live: true, scope: 1, source: 'other' }, I - 5);
    run.add([packet(I + 1)], first);
    to(run, I, I + 62);
    run.recorder.setHealthy(first, false);
    to(run, I + 63, I + 122);
    run.recorder.setHealthy(first, true);
    to(run, I + 123, I + 242);
    expect(silent(run)).toEqual({ 0: [2, 3], 1: [2, 3], 2: [2, 3], 3: [1, 2, 3] });
  });

  test('a fault that is over before its window closes counts, one that lies in another does not', () => {
    const run = live();
    const point = run.point({ live: true, graceSeconds: 20 }, I - 5);
    to(run, I, I + 65);
    run.recorder.setHealthy(point, false); // while the window before is open still
    to(run, I + 66, I + 75);
    run.recorder.setHealthy(point, true);
    to(run, I + 76, I + 205);
    expect(silent(run)).toEqual({ 0: [1, 2], 2: [1, 2] });
  });

  test('a loss concerns the window that it lies in', () => {
    const run = live();
    const point = run.point({ live: true, graceSeconds: 20 }, I - 5);
    to(run, I, I + 65);
    run.recorder.lose(point, I + 61, I + 63);
    to(run, I + 66, I + 205);
    expect(silent(run)).toEqual({ 0: [1, 2], 2: [1, 2] });
  });

  test('a source that only reports verdicts covers nothing', () => {
    const run = live();
    run.point({ live: true, role: 'verdict', scope: 0 }, I - 5);
    run.point({ live: true, scope: 1 }, I - 5);
    to(run, I, I + 62);
    expect(silent(run)).toEqual({ 0: [2, 3] });
  });

  test('a point also covers what the scopes of its ports see', () => {
    const made = network();
    made.scopeByIndex.set(7, 1);
    const trackers = [new StatusTracker(60, 3, () => true, Number.POSITIVE_INFINITY)];
    const run = new TestRun(made, { live: true, trackers });
    run.point({ live: true, scope: 0, exporter: '192.0.2.1' }, I - 5);
    to(run, I, I + 62);
    expect(silent(run)).toEqual({ 0: [1, 2, 3] });
  });

  test('a point that is added while recording covers from then on', () => {
    const run = live();
    run.point({ live: true, scope: 0 }, I - 5);
    to(run, I, I + 70);
    run.point({ live: true, scope: 1, source: 'later' }, I + 70);
    to(run, I + 71, I + 182);
    expect(silent(run)).toEqual({ 0: [1, 2], 1: [1, 2], 2: [1, 2, 3] });
  });

  test('an interval of 600 s is covered when each of its windows is, by whichever point', () => {
    const run = live(600);
    const points = [0, 1].map((scope) => run.point({ live: true, scope, source: `s${scope}` }, I - 5));
    const outage = (point: Point, from: number, until: number): void => {
      to(run, from - 200, from);
      run.recorder.setHealthy(point, false);
      to(run, from + 1, until);
      run.recorder.setHealthy(point, true);
    };
    outage(points[0]!, I + 130, I + 140);
    outage(points[1]!, I + 330, I + 340);
    to(run, I + 341, I + 1202);
    expect(silent(run)).toEqual({ 0: [2], 10: [1, 2, 3] });
  });

  test('a scope that the network does not have is refused', () => {
    expect(() => live().point({ live: true, scope: 2 }, I)).toThrow(RangeError);
  });
});

describe('grace (S3.3)', () => {
  test('windows follow the slowest point, also one that comes later', () => {
    const closed: number[] = [];
    const run = new TestRun(network(), { live: true, onClosed: (upTo) => closed.push(upTo - I) });
    const fast = run.point({ live: true }, I - 5);
    run.advance(I + 62);
    expect(closed.at(-1)).toBe(60);
    run.point({ live: true, source: 'exporter', graceSeconds: 20 }, I + 62);
    run.advance(I + 122);
    expect(closed.at(-1)).toBe(60);
    run.add([packet(I + 119)], fast); // on time
    run.advance(I + 139);
    expect(closed.at(-1)).toBe(60);
    run.advance(I + 140);
    expect(closed.at(-1)).toBe(120);
    expect(run.recorder.counters.latePackets).toBe(0);
    expect(run.flows).toMatchObject([{ first: I + 119 }]);
  });
});
