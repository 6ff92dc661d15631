/** Exported flows in windows: what they count, and when. */
import { describe, expect, test } from 'vitest';
import { FLOW_GRACE_SECONDS } from '../../src/flows/recorder.ts';
import type { TestFlow } from './exported.ts';
import { A, B, FLOW, OUT, ROUTER, recordFlows, T } from './exported-flows.ts';
import { TestNetwork, TestRun } from './support.ts';

describe('exported flows (S7)', () => {
  test('count with the packets and bytes that they stand for, from their start to their end', () => {
    const run = recordFlows(new TestNetwork([A, B]), [
      { ...FLOW, time: T + 30, start: T + 5, packets: 10, bytes: 5000, flags: 2 },
      { ...FLOW, time: T + 50, start: T + 31, packets: 7, bytes: 900, flags: 1 },
      { time: T + 40, src: OUT, dst: A, sport: 53, dport: 9, protocol: 17, packets: 3 },
    ]);
    const flow = `${A} ${B} 1000 80 6`;
    const counts = { packets: 17, bytes: 5900, first: T + 5, last: T + 50, flags: 3, verdict: 1 };
    expect(run.flows).toEqual([
      {
        interface: 1,
        side: 'ingress',
        flow: `${OUT} ${A} 53 9 17`,
        packets: 3,
        bytes: 300,
        first: T + 40,
        last: T + 40,
        flags: 0,
        verdict: 1,
      },
      { interface: 1, side: 'egress', flow, ...counts },
      { interface: 2, side: 'ingress', flow, ...counts },
    ]);
    expect(run.recorder.counters).toMatchObject({ rows: 3, packets: 20, bytes: 6200, eventRows: 0 });
    expect(run.account).toMatchObject({ flows: 2, recordedPackets: 20, recordedBytes: 6200 });
  });

  test('a flow longer than a window counts where it ends, with the start that it reports (S7.4)', () => {
    const run = recordFlows(new TestNetwork([A]), [
      { ...FLOW, time: T + 10 },
      { ...FLOW, time: T + 70, start: T - 1800, packets: 9 },
    ]);
    expect(run.flows).toMatchObject([
      { packets: 5, first: T + 10, last: T + 10 },
      { packets: 9, first: T - 1800, last: T + 70 },
    ]);
    expect(run.windows.map(({ start, late }) => [start, late])).toEqual([
      [T, false],
      [T + 60, false],
    ]);
  });

  test('IPv6, and more packets than 32 bits hold', () => {
    const run = recordFlows(new TestNetwork(['fd00::1']), [
      { time: T, src: '2001:db8::9', dst: 'fd00::1', packets: 6e9, bytes: 9e12 },
      { time: T, src: '2001:db8::9', dst: 'fd00::1', packets: 1, bytes: 1 },
      { time: T, src: '2001:db8::8', dst: 'fd00::1' },
    ]);
    const packets = run.flows.map(({ flow, packets: n, bytes }) => [flow.split(' ')[0], n, bytes]);
    expect(packets.toSorted()).toEqual([
      ['2001:db8::8', 1, 100],
      ['2001:db8::9', 6e9 + 1, 9e12 + 1],
    ]);
  });

  test('an exporter that lies cannot make sums that stop the writer', () => {
    const lies = Array.from({ length: 300 }, (_, i): TestFlow => {
      return { ...FLOW, sport: i, packets: 1.8e19, bytes: 1.8e19 + i * 4096 };
    });
    const run = recordFlows(new TestNetwork([A]), [...lies, { ...FLOW, sport: 999, packets: 1, bytes: 40 }]);
    expect(run.flows).toHaveLength(301);
    expect(run.flows.every(({ packets }) => packets <= 2 ** 48)).toBe(true);
  });

  test('a time that is far from the others takes the watermark, and the start with it (S3.3)', () => {
    const run = recordFlows(new TestNetwork([A]), [
      FLOW,
      { ...FLOW, time: T + 90_000, start: T + 89_000, sport: 7, packets: 2 },
      { ...FLOW, time: T + 12 },
    ]);
    expect(run.recorder.timeOutliers).toBe(1);
    expect(run.flows.map(({ packets }) => packets).toSorted((a, b) => a - b)).toEqual([2, 10]);
    for (const { first, last } of run.flows) expect(first).toBeLessThanOrEqual(last);
  });

  test.each([90_000, -90_000])('a flow whose clock is off by %i s keeps its length (S3.3)', (off) => {
    const run = recordFlows(new TestNetwork([A]), [
      FLOW,
      { ...FLOW, time: T + off, start: T + off - 7, sport: 7 },
      { ...FLOW, time: T + 12 },
    ]);
    expect(run.recorder.timeOutliers).toBe(1);
    const far = run.flows.find(({ flow }) => / 7 /.test(flow))!;
    expect(far.last - far.first).toBe(7);
  });

  test('a late flow goes into a table apart, and is counted with its packets (S3.4)', () => {
    const run = new TestRun(new TestNetwork([A]), { live: true, graceSeconds: FLOW_GRACE_SECONDS });
    const point = run.point({ exporter: ROUTER, live: true }, T);
    run.advance(T + 60 + FLOW_GRACE_SECONDS - 1);
    run.addFlows([{ ...FLOW, time: T + 59 }], point);
    run.advance(T + 60 + FLOW_GRACE_SECONDS);
    run.addFlows([{ ...FLOW, time: T + 59, start: T, packets: 11, bytes: 12, verdict: 1 }], point);
    run.advance(T + 120 + FLOW_GRACE_SECONDS);
    run.finish();
    const withRows = run.windows.filter(({ lines }) => lines.length > 0);
    expect(withRows).toMatchObject([
      { start: T, late: false, lines: [{ packets: 5 }] },
      { start: T, late: true, lines: [{ packets: 11, first: T, last: T + 59 }] },
    ]);
    expect(run.recorder.counters).toMatchObject({ latePackets: 11, lateBytes: 12, verdictLate: 1 });
  });

  test('flows that are reported minutes after their end: each of their windows has one late table', () => {
    const run = new TestRun(new TestNetwork([A]), { live: true, graceSeconds: FLOW_GRACE_SECONDS });
    const point = run.point({ exporter: ROUTER, live: true }, T - 3600);
    run.advance(T);
    const flows = Array.from({ length: 3000 }, (_, i): TestFlow => {
      return { ...FLOW, time: T - 60 * (2 + (i % 50)), sport: i % 100 };
    });
    run.addFlows(flows, point, 100);
    run.advance(T + 60);
    run.finish();
    const late = run.windows.filter((window) => window.late);
    expect(late).toHaveLength(50);
    expect(run.recorder.counters.latePackets).toBe(15_000);
    expect(run.recorder.attribution.refusedPackets).toBe(0);
  });

  test('a full table refuses flows of live exporters, counted with their packets (S5.4)', () => {
    const run = new TestRun(new TestNetwork([A]), { live: true, tableRows: 4, tables: 1, keepTables: true });
    const point = run.point({ exporter: ROUTER, live: true }, T);
    const flows = Array.from({ length: 8 }, (_, i) => ({ ...FLOW, src: `198.51.100.${i}`, packets: 10 + i }));
    run.addFlows(
      flows.map((flow) => ({ ...flow, dst: OUT, bytes: 1000 })),
      point,
    );
    run.finish();
    expect(run.recorder.attribution).toMatchObject({ refusedPackets: 14 + 15 + 16 + 17, refusedBytes: 4000 });
    expect(run.account.unattributedPackets).toBe(10 + 11 + 12 + 13);
  });

  test('tables that are not free make files wait, and nothing is lost or doubled', () => {
    const flows = Array.from({ length: 200 }, (_, i): TestFlow => ({ ...FLOW, sport: i % 70, packets: i }));
    const run = new TestRun(new TestNetwork([A]), { tableRows: 8, tables: 2 });
    run.addFlows(flows, run.point({ exporter: ROUTER }), 64);
    run.finish();
    expect(run.account.recordedPackets).toBe((199 * 200) / 2);
  });

  test('an exporter whose role is to tell verdicts adds no counts', () => {
    const run = new TestRun(new TestNetwork([A]));
    const [router, firewall] = [
      run.point({ exporter: ROUTER }),
      run.point({ exporter: '192.0.2.2', role: 'verdict' }),
    ];
    run.addFlows([FLOW], router);
    run.addFlows(
      [
        { ...FLOW, packets: 50, bytes: 60, verdict: 2 },
        { ...FLOW, sport: 9, packets: 2, verdict: 2 },
      ],
      firewall,
    );
    run.finish();
    expect(run.flows.map(({ packets, verdict }) => [packets, verdict]).toSorted()).toEqual([
      [2, 2],
      [5, 2],
    ]);
    expect(run.recorder.counters).toMatchObject({ verdictOnlyPackets: 50, verdictOnlyBytes: 60 });
  });
});
