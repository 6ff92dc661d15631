/** What exporters say of flows that were let through and refused. */
import { describe, expect, test } from 'vitest';
import {
  DROP_DENIED,
  DROP_OTHER,
  EVENT_FLOW_CREATED,
  EVENT_FLOW_DELETED,
} from '../../src/capture/flow-batch.ts';
import { MAX_CONNECTIONS } from '../../src/flows/verdicts.ts';
import type { TestFlow } from './exported.ts';
import { A, B, FLOW, ROUTER, recordFlows, T } from './exported-flows.ts';
import { TestNetwork, TestRun } from './support.ts';

describe('verdicts of exporters (S4)', () => {
  test('a refusal and what was let through are two records of one flow; lost otherwise is let through', () => {
    const run = recordFlows(new TestNetwork([A]), [
      { ...FLOW, verdict: 1, packets: 4 },
      { ...FLOW, verdict: 2, reason: DROP_DENIED, packets: 2 },
      { ...FLOW, verdict: 1, reason: DROP_OTHER, packets: 1 },
      { ...FLOW, verdict: 2, reason: DROP_DENIED, packets: 3 },
    ]);
    expect(run.flows.map(({ packets, verdict }) => [packets, verdict])).toEqual([
      [5, 1],
      [5, 2],
    ]);
  });

  test('an event without packets makes no record; its verdict goes to the row of its flow', () => {
    const event: Partial<TestFlow> = { packets: 0, bytes: 0, event: EVENT_FLOW_CREATED };
    const run = recordFlows(new TestNetwork([A]), [
      { ...FLOW, ...event, sport: 5 },
      FLOW,
      { ...FLOW, ...event, event: EVENT_FLOW_DELETED, verdict: 2 },
      { ...FLOW, ...event, verdict: 1 },
      { ...FLOW, ...event, sport: 6, verdict: 2 },
    ]);
    expect(run.flows).toMatchObject([{ packets: 5, verdict: 2, flow: `${A} ${B} 1000 80 6` }]);
    expect(run.recorder.counters).toMatchObject({ rows: 5, eventRows: 4, packets: 5, bytes: 700 });
  });
});

describe('what exporters refused decides for its connection (S4.2)', () => {
  const back: TestFlow = { ...FLOW, src: B, dst: A, sport: 80, dport: 1000 };

  test('for the other direction, and for windows after, among flows that were let through', () => {
    const others = Array.from({ length: 500 }, (_, i): TestFlow => ({
      ...FLOW,
      sport: 2000 + i,
      verdict: 1,
    }));
    const run = recordFlows(new TestNetwork([A]), [
      back,
      ...others,
      { ...FLOW, verdict: 2, packets: 1 },
      { ...FLOW, time: T + 70 },
      { ...back, time: T + 71, sport: 81 },
      { ...back, time: T + 72 },
      { ...back, time: T + 900 },
    ]);
    const shown = run.flows
      .filter(({ flow }) => !/ 2\d\d\d /.test(flow))
      .map(({ flow, last, verdict }) => `${flow.split(' ').slice(2, 4).join(' ')} ${last - T} ${verdict}`);
    expect(shown.toSorted()).toEqual(
      [
        '1000 80 10 2',
        '80 1000 10 2',
        '1000 80 70 2',
        '81 1000 71 1',
        '80 1000 72 2',
        '80 1000 900 1',
      ].toSorted(),
    );
    expect(run.flows.filter(({ verdict }) => verdict === 2)).toHaveLength(4);
  });

  test('more refused connections than are remembered cost no more than others', () => {
    const count = MAX_CONNECTIONS + 40_000;
    const run = new TestRun(new TestNetwork(['10.0.0.99']), { tableRows: 1 << 19 });
    const point = run.point({ exporter: ROUTER });
    const flow: TestFlow = { ...FLOW, verdict: 2 };
    for (let from = 0; from < count; from += 1024) {
      run.addFlows(
        Array.from({ length: 1024 }, (_, i) => ({
          ...flow,
          sport: (from + i) >>> 4,
          dport: (from + i) & 15,
        })),
        point,
      );
    }
    const began = process.cpuUsage();
    run.finish();
    expect(process.cpuUsage(began).user / 1e6).toBeLessThan(8);
    expect(run.account.unattributedPackets).toBe(5 * 1024 * Math.ceil(count / 1024));
  }, 30_000);
});
