/** A network, a flow and an exporter that tests of exported flows begin with. */
import type { TestFlow } from './exported.ts';
import { type TestNetwork, TestRun } from './support.ts';

export const T = 1_700_000_040;
export const A = '10.0.0.10';
export const B = '10.0.0.20';
export const OUT = '203.0.113.9';
export const ROUTER = '192.0.2.1';

/** Records the flows of one exporter. */
export function recordFlows(network: TestNetwork, flows: readonly TestFlow[], rows?: number): TestRun {
  const run = new TestRun(network);
  run.addFlows(flows, run.point({ exporter: ROUTER }), rows);
  return run.finish();
}

/** Interface, side, addresses and packets of the lines. */
export function shortLines(run: TestRun): string[] {
  return run.flows
    .map(({ interface: number, side, flow, packets }) =>
      [number, side, ...flow.split(' ').slice(0, 2), packets].join(' '),
    )
    .toSorted();
}

export const FLOW: TestFlow = {
  time: T + 10,
  src: A,
  dst: B,
  sport: 1000,
  dport: 80,
  packets: 5,
  bytes: 700,
};
