/** Exported flows in windows: what they count, where they belong, and what is seen twice. */
import { describe, expect, test } from 'vitest';
import {
  DROP_DENIED,
  DROP_OTHER,
  EVENT_FLOW_CREATED,
  EVENT_FLOW_DELETED,
} from '../../src/capture/flow-batch.ts';
import { CAPTURE_GRACE_SECONDS, FLOW_GRACE_SECONDS } from '../../src/flows/recorder.ts';
import { StatusTracker } from '../../src/flows/status.ts';
import { MAX_CONNECTIONS } from '../../src/flows/verdicts.ts';
import type { TestFlow } from './exported.ts';
import { TestNetwork, type TestPacket, TestRun } from './support.ts';

const T = 1_700_000_040;
const A = '10.0.0.10';
const B = '10.0.0.20';
const OUT = '203.0.113.9';
const ROUTER = '192.0.2.1';

function recordFlows(network: TestNetwork, flows: readonly TestFlow[], rows?: number): TestRun {
  const run = new TestRun(network);
  run.addFlows(flows, run.point({ exporter: ROUTER }), rows);
  return run.finish();
}

/** Interface, side, addresses and packets of the lines. */
function shortLines(run: TestRun): string[] {
  return run.flows
    .map(({ interface: number, side, flow, packets }) =>
      [number, side, ...flow.split(' ').slice(0, 2), packets].join(' '),
    )
    .toSorted();
}

const FLOW: TestFlow = { time: T + 10, src: A, dst: B, sport: 1000, dport: 80, packets: 5, bytes: 700 };

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

describe('whose flows they are (S2.2)', () => {
  test('bound ports: into the one is its ingress, out of the other its egress', () => {
    const network = new TestNetwork(['inside', 'outside', A, B]);
    network.bound.set(`test 1 0 ${ROUTER}`, 1);
    network.bound.set(`test 2 0 ${ROUTER}`, 2);
    const run = recordFlows(network, [
      { ...FLOW, ingress: 1, egress: 2 },
      { ...FLOW, ingress: 1, egress: 9, packets: 7 },
      { ...FLOW, ingress: 9, egress: 2, packets: 8 },
      { ...FLOW, ingress: 9, egress: 8, packets: 9 },
    ]);
    expect(shortLines(run)).toEqual(
      [
        `1 ingress ${A} ${B} 5`,
        `2 egress ${A} ${B} 5`,
        `1 ingress ${A} ${B} 7`,
        `3 egress ${A} ${B} 7`,
        `2 egress ${A} ${B} 8`,
        `4 ingress ${A} ${B} 8`,
        `3 egress ${A} ${B} 9`,
        `4 ingress ${A} ${B} 9`,
      ].toSorted(),
    );
    expect(run.recorder.attribution).toMatchObject({ bound: 4, address: 4, mac: 0 });
  });

  test('one exporter’s ports are not those of another', () => {
    const network = new TestNetwork(['port', A, B]);
    network.bound.set(`test 1 0 ${ROUTER}`, 1);
    const run = new TestRun(network);
    run.addFlows([{ ...FLOW, ingress: 1 }], run.point({ exporter: '192.0.2.2' }));
    run.finish();
    expect(shortLines(run)).toEqual([`2 egress ${A} ${B} 5`, `3 ingress ${A} ${B} 5`]);
  });

  test('an interface bound to the exporter as a whole: its addresses, its service, the direction', () => {
    const network = new TestNetwork([A]);
    network.bound.set(`test * 0 ${ROUTER}`, 1);
    network.served.set(1, new Set(['10.0.0.7']));
    const run = recordFlows(network, [
      { ...FLOW, src: A, dst: OUT, packets: 1, direction: 'in' },
      { ...FLOW, src: OUT, dst: A, packets: 2, direction: 'in' },
      { ...FLOW, src: '10.0.0.7', dst: OUT, packets: 3, direction: 'in' },
      { ...FLOW, src: OUT, dst: '10.0.0.7', packets: 4, direction: 'in' },
      { ...FLOW, src: OUT, dst: '203.0.113.8', packets: 5, direction: 'in' },
      { ...FLOW, src: OUT, dst: '203.0.113.7', packets: 6 },
    ]);
    expect(shortLines(run)).toEqual(
      [
        `1 egress ${A} ${OUT} 1`,
        `1 ingress ${OUT} ${A} 2`,
        `1 ingress 10.0.0.7 ${OUT} 3`,
        `1 egress ${OUT} 10.0.0.7 4`,
        `1 ingress ${OUT} 203.0.113.8 5`,
      ].toSorted(),
    );
    expect(run.account.unattributedPackets).toBe(6);
  });

  test('VLAN and tunnel bindings, and MAC addresses where nothing is bound', () => {
    const network = new TestNetwork(['vlan', 'tunnel', 'mac', A, B]);
    network.bound.set(`test 3 100 ${ROUTER}`, 1);
    network.bound.set(`test 3 0 ${ROUTER} tunnel 77`, 2);
    network.macs.set(0xabc, 3);
    const run = recordFlows(network, [
      { ...FLOW, ingress: 3, vlan: 100, packets: 1 },
      { ...FLOW, ingress: 3, tunnel: 77, packets: 2 },
      { ...FLOW, ingress: 3, tunnel: 78, packets: 3 },
      { ...FLOW, ingress: 3, packets: 4, macs: [0xabc, 0xdef] },
    ]);
    expect(shortLines(run)).toEqual(
      [
        `1 ingress ${A} ${B} 1`,
        `4 egress ${A} ${B} 1`,
        `2 ingress ${A} ${B} 2`,
        `4 egress ${A} ${B} 2`,
        `4 egress ${A} ${B} 3`,
        `5 ingress ${A} ${B} 3`,
        `3 egress ${A} ${B} 4`,
        `5 ingress ${A} ${B} 4`,
      ].toSorted(),
    );
    expect(run.recorder.attribution).toMatchObject({ bound: 2, mac: 1 });
  });

  test('tunnels of packets decide too', () => {
    const network = new TestNetwork(['tunnel', A, B]);
    network.bound.set('test 0 0 tunnel 77', 1);
    const packet: TestPacket = { time: T, src: A, dst: B, direction: 'in' };
    const run = new TestRun(network);
    run.add(
      [
        { ...packet, tunnel: 77 },
        { ...packet, tunnel: 78 },
        { ...packet, tunnel: 78 },
        { ...packet, tunnel: 77 },
      ],
      run.point(),
    );
    run.finish();
    expect(shortLines(run)).toEqual([
      `1 ingress ${A} ${B} 2`,
      `2 egress ${A} ${B} 2`,
      `2 egress ${A} ${B} 2`,
      `3 ingress ${A} ${B} 2`,
    ]);
  });

  test('ports, and VLANs of packets, may see other VPCs than the source (S2.1)', () => {
    class TwoSpaces extends TestNetwork {
      override find4(scope: number, address: number): number {
        const number = super.find4(scope, address);
        return number === 0 ? 0 : 2 * scope + number;
      }
    }
    const network = new TwoSpaces([A, B]);
    network.scopes.push(Int32Array.of(3, 4));
    network.scopeByIndex.set(7, 1);
    const run = new TestRun(network);
    const point = run.point({ exporter: ROUTER });
    run.addFlows(
      [
        { ...FLOW, ingress: 1, egress: 2, packets: 1 },
        { ...FLOW, ingress: 7, egress: 2, packets: 2 },
        { ...FLOW, ingress: 1, egress: 7, packets: 3 },
      ],
      point,
    );
    const fragment = { src: A, dst: B, protocol: 17, time: T, bytes: 1 };
    run.add(
      [
        { ...fragment, ifIndex: 7, sport: 1, dport: 2, fragment: { id: 5, first: true } },
        { ...fragment, ifIndex: 1, fragment: { id: 5, first: false } },
        { ...fragment, ifIndex: 7, fragment: { id: 5, first: false } },
      ],
      run.point(),
    );
    run.finish();
    expect(run.flows.map((it) => `${it.interface} ${it.side} ${it.flow} ${it.packets}`).toSorted()).toEqual(
      [
        `1 egress ${A} ${B} 1000 80 6 1`,
        `2 ingress ${A} ${B} 1000 80 6 1`,
        `3 egress ${A} ${B} 1000 80 6 5`,
        `4 ingress ${A} ${B} 1000 80 6 5`,
        `1 egress ${A} ${B} 0 0 17 1`,
        `2 ingress ${A} ${B} 0 0 17 1`,
        `3 egress ${A} ${B} 1 2 17 2`,
        `4 ingress ${A} ${B} 1 2 17 2`,
      ].toSorted(),
    );
  });
});

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
