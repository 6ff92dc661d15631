import { describe, expect, test } from 'vitest';
import type { TestFlow } from './exported.ts';
import { TestNetwork, TestRun } from './support.ts';

const T = 1_700_000_040;
const A = '10.0.0.10';
const B = '10.0.0.20';
const OUT = '203.0.113.9';

function recordFlows(network: TestNetwork, flows: readonly TestFlow[], rows?: number): TestRun {
  const run = new TestRun(network);
  run.addFlows(flows, run.point({ exporter: '192.0.2.1' }), rows);
  return run.finish();
}

describe('exported flows (S7)', () => {
  test('count with the packets and bytes that they stand for, from their start to their end', () => {
    const run = recordFlows(new TestNetwork([A, B]), [
      {
        time: T + 30,
        start: T + 5,
        src: A,
        dst: B,
        sport: 1000,
        dport: 80,
        packets: 10,
        bytes: 5000,
        flags: 2,
      },
      {
        time: T + 50,
        start: T + 31,
        src: A,
        dst: B,
        sport: 1000,
        dport: 80,
        packets: 7,
        bytes: 900,
        flags: 1,
      },
      { time: T + 40, start: T + 40, src: OUT, dst: A, sport: 53, dport: 9, protocol: 17, packets: 3 },
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
});
