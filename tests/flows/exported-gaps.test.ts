/** Exports that are lost on their way: whose records may be missing. */
import { describe, expect, test } from 'vitest';
import { FLOW_GRACE_SECONDS } from '../../src/flows/recorder.ts';
import { StatusTracker } from '../../src/flows/status.ts';
import { A, B, FLOW, OUT, ROUTER, T } from './exported-flows.ts';
import { TestNetwork, TestRun } from './support.ts';

describe('what exporters lose (S5.2)', () => {
  test('concerns the interfaces that had traffic from that exporter', () => {
    const run = new TestRun(new TestNetwork([A, B]), {
      live: true,
      trackers: [new StatusTracker(60, 2, () => true)],
    });
    const one = run.point({ exporter: ROUTER, live: true, graceSeconds: FLOW_GRACE_SECONDS }, T - 60);
    const two = run.point({ exporter: '192.0.2.2', live: true }, T - 60);
    run.addFlows([{ ...FLOW, dst: OUT }], one);
    run.addFlows([{ ...FLOW, src: OUT }], two);
    run.recorder.lose(two, T + 5, T + 6);
    run.advance(T + 60 + FLOW_GRACE_SECONDS);
    run.finish();
    expect(run.statuses.filter((line) => line.startsWith('SKIPDATA'))).toEqual([`SKIPDATA 2 ${T} ${T + 59}`]);
  });
});
