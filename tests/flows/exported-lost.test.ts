/** Packets that exporters say were lost on the way: by reason, wherever rows go. */
import { describe, expect, test } from 'vitest';
import {
  DROP_BLACKHOLE,
  DROP_MTU_EXCEEDED,
  DROP_NO_ROUTE,
  DROP_OTHER,
  DROP_TTL_EXPIRED,
} from '../../src/capture/flow-batch.ts';
import { LostPackets, mergeLost } from '../../src/flows/lost.ts';
import { type ClosedWindow, LOST_CELLS, lostAt, NO_LOST, NO_ROW } from '../../src/flows/rows.ts';
import { StatusTracker } from '../../src/flows/status.ts';
import type { TestFlow } from './exported.ts';
import { type RunOptions, TestNetwork, TestRun } from './support.ts';

const T = 1_700_000_400;
const A = '10.0.0.10';
const FLOW: TestFlow = {
  time: T + 1,
  src: A,
  dst: '203.0.113.9',
  sport: 1,
  dport: 2,
  verdict: 1,
  packets: 10,
};

function recordFlows(flows: readonly TestFlow[], options: RunOptions = {}, rows?: number): TestRun {
  const run = new TestRun(new TestNetwork([A]), options);
  run.addFlows(flows, run.point({ exporter: '192.0.2.1' }), rows);
  return run.finish();
}

function losses(run: TestRun): string[] {
  return run.flows
    .map(({ flow, packets, lost }) => [...flow.split(' ').slice(2, 4), packets, ...(lost ?? ['-'])].join(' '))
    .toSorted();
}

describe('lost packets', () => {
  test('are counted in the row of their flow, and by reason beside it', () => {
    let sparse: Float64Array | undefined;
    const onWindow = ({ lost }: ClosedWindow): void => {
      sparse = lost;
    };
    const run = recordFlows(
      [
        { ...FLOW, sport: 9 },
        FLOW,
        { ...FLOW, packets: 1, reason: DROP_NO_ROUTE },
        { ...FLOW, packets: 2, reason: DROP_BLACKHOLE },
        { ...FLOW, packets: 3, reason: DROP_MTU_EXCEEDED },
        { ...FLOW, packets: 4, reason: DROP_TTL_EXPIRED },
        { ...FLOW, packets: 5, reason: DROP_NO_ROUTE },
        { ...FLOW, packets: 6, reason: DROP_OTHER },
      ],
      { onWindow },
    );
    expect(losses(run)).toEqual(['1 2 31 6 2 3 4', '9 2 10 -']);
    expect(sparse).toEqual(Float64Array.of(1, 6, 2, 3, 4));
    expect(recordFlows([FLOW], { onWindow }).flows[0]).not.toHaveProperty('lost');
    expect(sparse).toBe(NO_LOST);
  });

  test('a place that only repeats what another saw adds none', () => {
    const run = new TestRun(new TestNetwork([A]));
    run.addFlows([FLOW], run.point({ exporter: '192.0.2.1' }));
    run.addFlows([{ ...FLOW, reason: DROP_NO_ROUTE }], run.point({ exporter: '192.0.2.2' }));
    expect(losses(run.finish())).toEqual(['1 2 10 -']);
  });

  test('through a roll-up, late rows and tables that are written early', () => {
    const lost: TestFlow = { ...FLOW, packets: 1, reason: DROP_BLACKHOLE };
    const flows = Array.from({ length: 50 }, (_, k): TestFlow => {
      return { ...(k % 3 === 0 ? lost : FLOW), sport: k % 5, time: T + k };
    });
    const tracked = (interval: 60 | 600): RunOptions => {
      return { interval, trackers: [new StatusTracker(interval, 0, () => false)] };
    };
    const ten = Array.from({ length: 10 }, (_, k) => flows.map((it) => ({ ...it, time: it.time + 60 * k })));
    const sums = (run: TestRun): number[] => [
      run.flows.reduce((sum, { packets }) => sum + packets, 0),
      run.flows.reduce((sum, { lost: cells }) => sum + (cells?.[1] ?? 0), 0),
    ];
    const long = recordFlows(ten.flat(), tracked(600));
    expect(long.flows).toHaveLength(5);
    expect(sums(long)).toEqual([10 * (17 + 330), 170]);
    expect(losses(long)[1]).toBe('1 2 730 0 30 0 0');
    const small = recordFlows(ten.flat(), { tableRows: 3, tables: 2 }, 20);
    expect(small.flows.length).toBeGreaterThan(50);
    expect(sums(small)).toEqual(sums(long));
    const late = new TestRun(new TestNetwork([A]), { live: true });
    const point = late.point({ exporter: '192.0.2.1', live: true }, T);
    late.advance(T + 200);
    late.addFlows([lost, { ...lost, time: T + 2 }], point);
    late.finish();
    expect(late.windows.filter((window) => window.late).flatMap(({ lines }) => lines)).toMatchObject([
      { packets: 2, lost: [0, 2, 0, 0] },
    ]);
  });

  test('of ICMP of several types, which is one record (S1.4)', () => {
    const ping: TestFlow = { ...FLOW, protocol: 1, sport: 0 };
    const run = recordFlows([
      { ...FLOW, reason: DROP_NO_ROUTE },
      { ...ping, dport: 8 << 8 },
      { ...ping, dport: 0, reason: DROP_TTL_EXPIRED },
      { ...FLOW, sport: 7, reason: DROP_NO_ROUTE },
      { ...ping, dport: (3 << 8) | 1, packets: 3, reason: DROP_TTL_EXPIRED },
    ]);
    expect(losses(run)).toEqual(['0 0 23 0 0 0 13', '1 2 10 10 0 0 0', '7 2 10 10 0 0 0']);
  });
});

describe('the sparse list', () => {
  test('finds every row that has an entry, and no other', () => {
    const packets = new LostPackets();
    const rows = [70, 3, 9000, 0, 12, 3];
    for (const [k, row] of rows.entries()) packets.add(row, 1 + (k % 4), 10 + k);
    const lost = packets.take();
    expect(lost.length).toBe(5 * LOST_CELLS);
    for (let row = 0; row < 100; row++) {
      const at = lostAt(lost, row);
      expect(lost[at]).toBe(rows.includes(row) ? row : undefined);
    }
    expect(lost.subarray(lostAt(lost, 3))).toMatchObject({ 0: 3, 1: 0, 2: 26, 3: 0, 4: 0 });
    expect(lostAt(NO_LOST, 0)).toBe(-1);
  });

  test('merges in place, and again', () => {
    const packets = new LostPackets();
    packets.add(5, 1, 1);
    packets.add(2, 1, 2);
    packets.add(8, 4, 4);
    const lost = packets.take();
    const into = new Map([
      [5, 1],
      [8, 1],
    ]);
    mergeLost(lost, into);
    const merged = [1, 1, 0, 0, 4, 2, 2, 0, 0, 0, NO_ROW, 0, 0, 0, 0];
    expect([...lost]).toEqual(merged);
    mergeLost(lost, into);
    expect([...lost]).toEqual(merged);
    expect(lostAt(lost, 8)).toBe(-1);
    expect(lostAt(lost, 2)).toBe(5);
  });
});
