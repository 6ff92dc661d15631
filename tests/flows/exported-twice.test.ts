/** The same flows, told by two exporters or seen by a capture too. */
import { describe, expect, test } from 'vitest';
import { CAPTURE_GRACE_SECONDS, FLOW_GRACE_SECONDS } from '../../src/flows/recorder.ts';
import { A, B, FLOW, ROUTER, recordFlows, shortLines, T } from './exported-flows.ts';
import { TestNetwork, type TestPacket, TestRun } from './support.ts';

describe('the same flows seen twice (S2.8)', () => {
  test('two exporters on one path: the first in a window owns a flow', () => {
    const run = new TestRun(new TestNetwork([A]));
    const [near, far] = [run.point({ exporter: ROUTER }), run.point({ exporter: '192.0.2.2' })];
    run.addFlows([FLOW, { ...FLOW, time: T + 20 }], near);
    run.addFlows(
      [
        { ...FLOW, packets: 9, bytes: 90 },
        { ...FLOW, sport: 9, packets: 3 },
      ],
      far,
    );
    run.addFlows([{ ...FLOW, sport: 9, time: T + 30 }], near);
    run.addFlows([{ ...FLOW, time: T + 70, packets: 4 }], far);
    run.addFlows([{ ...FLOW, time: T + 71, packets: 8 }], near);
    run.finish();
    expect(run.flows.map(({ packets }) => packets)).toEqual([10, 3, 4]);
    expect(run.recorder.counters).toMatchObject({ duplicatePackets: 9 + 5 + 8, duplicateBytes: 90 + 1400 });
  });

  test('one exporter that meters where flows come in and where they go out', () => {
    const run = recordFlows(new TestNetwork([A]), [
      { ...FLOW, ingress: 1, egress: 2, direction: 'in' },
      { ...FLOW, ingress: 1, egress: 2, direction: 'out' },
      { ...FLOW, ingress: 1, egress: 2, direction: 'in', time: T + 30 },
      { ...FLOW, ingress: 1, egress: 2, direction: 'out', time: T + 30 },
    ]);
    expect(shortLines(run)).toEqual([`1 egress ${A} ${B} 10`]);
    expect(run.recorder.counters.duplicatePackets).toBe(10);
  });

  test('two exporters with bound ports: each records its own, and what both see once', () => {
    const network = new TestNetwork(['port', A, B]);
    network.bound.set(`test 1 0 ${ROUTER}`, 1);
    const run = new TestRun(network);
    run.addFlows([{ ...FLOW, ingress: 1 }], run.point({ exporter: ROUTER }));
    run.addFlows([{ ...FLOW, ingress: 1 }], run.point({ exporter: '192.0.2.2' }));
    run.finish();
    expect(shortLines(run)).toEqual([
      `1 ingress ${A} ${B} 5`,
      `2 egress ${A} ${B} 5`,
      `3 ingress ${A} ${B} 5`,
    ]);
  });

  test('a capture and an exporter in one recorder: the same windows, each flow once', () => {
    const run = new TestRun(new TestNetwork([A, B]), { live: true });
    const capture = run.point({ source: 'lan', live: true, graceSeconds: CAPTURE_GRACE_SECONDS }, T);
    const router = run.point(
      { source: 'routers', exporter: ROUTER, live: true, graceSeconds: FLOW_GRACE_SECONDS },
      T,
    );
    const packet: TestPacket = { time: T + 1, src: A, dst: B, sport: 1000, dport: 80 };
    run.add([packet, { ...packet, sport: 5 }], capture);
    run.addFlows([FLOW, { ...FLOW, src: B, dst: A, sport: 80, dport: 1000 }], router);
    run.add([packet], capture);
    // The watermark follows the slowest of them (S3.3).
    run.advance(T + 60 + CAPTURE_GRACE_SECONDS);
    expect(run.windows).toEqual([]);
    run.advance(T + 60 + FLOW_GRACE_SECONDS);
    run.finish();
    expect(run.windows.filter(({ lines }) => lines.length > 0)).toHaveLength(1);
    expect(shortLines(run)).toEqual([
      `1 egress ${A} ${B} 1`,
      `1 egress ${A} ${B} 2`,
      `1 ingress ${B} ${A} 5`,
      `2 egress ${B} ${A} 5`,
      `2 ingress ${A} ${B} 1`,
      `2 ingress ${A} ${B} 2`,
    ]);
    expect(run.recorder.counters).toMatchObject({ rows: 5, packets: 13, duplicatePackets: 5 });
  });
});
