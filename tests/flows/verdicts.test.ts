import { describe, expect, test } from 'vitest';
import { IndexTable } from '../../src/flows/index-table.ts';
import { RowStore } from '../../src/flows/row-store.ts';
import { RowTable } from '../../src/flows/row-table.ts';
import {
  FLAGS_VERDICT_SHIFT,
  ROW_WORDS,
  WORD_FIRST,
  WORD_FLAGS,
  WORD_LAST,
  WORD_SOURCE,
} from '../../src/flows/rows.ts';
import {
  CONNECTION_IDLE_SECONDS,
  Connections,
  MAX_CONNECTIONS,
  REPORTS_REFUSALS,
} from '../../src/flows/verdicts.ts';
import { recordAll, TestNetwork, type TestPacket, TestRun } from './support.ts';

const A = '10.0.0.10';
const B = '10.0.0.20';
const OUT = '203.0.113.9';
const T = 1_700_000_040;
const NET = (): TestNetwork => new TestNetwork([A, B]);
const ACCEPT = 1;
const REJECT = 2;

function packet(time: number, src: string, dst: string, more: Partial<TestPacket> = {}): TestPacket {
  const back = src === A;
  return { time, src, dst, sport: back ? 443 : 40000, dport: back ? 40000 : 443, ...more };
}

const verdicts = (run: TestRun): [string, number, number][] =>
  run.flows.map(({ flow, verdict, packets }) => [flow.split(' ')[0]!, verdict, packets]);

describe('reported verdicts (S4.2)', () => {
  test('apply to the whole row, also to packets before the report', () => {
    const run = recordAll(NET(), [packet(T, OUT, A), packet(T + 1, OUT, A, { verdict: REJECT })]);
    expect(verdicts(run)).toEqual([[OUT, REJECT, 2]]);
  });

  test('apply to the other direction', () => {
    const run = recordAll(NET(), [packet(T, OUT, A, { verdict: REJECT }), packet(T + 1, A, OUT)]);
    expect(verdicts(run).sort()).toEqual([
      [A, REJECT, 1],
      [OUT, REJECT, 1],
    ]);
  });

  test('a direction with a report of its own keeps it: an accepted echo whose reply is refused', () => {
    const echo: Partial<TestPacket> = { protocol: 1, sport: 0, dport: 8 << 8 };
    const run = recordAll(NET(), [
      packet(T, OUT, A, { ...echo, verdict: ACCEPT }),
      packet(T, A, OUT, { ...echo, dport: 0, verdict: REJECT }),
    ]);
    expect(verdicts(run).sort()).toEqual([
      [A, REJECT, 1],
      [OUT, ACCEPT, 1],
    ]);
  });

  test('two different reports split a row', () => {
    const run = recordAll(NET(), [
      packet(T, OUT, A, { verdict: ACCEPT, bytes: 10 }),
      packet(T + 1, OUT, A, { verdict: REJECT, bytes: 20 }),
      packet(T + 2, OUT, A, { verdict: REJECT, bytes: 20 }),
    ]);
    expect(verdicts(run).sort()).toEqual([
      [OUT, ACCEPT, 1],
      [OUT, REJECT, 2],
    ]);
    expect(run.account.recordedBytes).toBe(50);
  });

  test('hold for the connection until it is idle', () => {
    const later = T + 120;
    const idle = later + CONNECTION_IDLE_SECONDS + 60;
    const run = recordAll(NET(), [
      packet(T, OUT, A, { verdict: REJECT }),
      packet(later, OUT, A),
      packet(idle, OUT, A),
    ]);
    expect(verdicts(run)).toEqual([
      [OUT, REJECT, 1],
      [OUT, REJECT, 1],
      [OUT, ACCEPT, 1],
    ]);
  });

  test('are counted when they come after the close', () => {
    const run = recordAll(
      NET(),
      [
        packet(T, OUT, A),
        packet(T + 70, OUT, A),
        packet(T, OUT, A, { verdict: REJECT }),
        packet(T + 71, OUT, A),
      ],
      { rows: 1 },
    );
    expect(run.recorder.counters.verdictLate).toBe(1);
  });
});

describe('a source that only reports verdicts (S2.8)', () => {
  function both(counted: TestPacket[], reported: TestPacket[]): TestRun {
    const run = new TestRun(NET());
    const lan = run.point();
    const firewall = run.point({ source: 'firewall', role: 'verdict' });
    run.add(reported, firewall);
    run.add(counted, lan);
    return run.finish();
  }

  test('sets the verdict and adds no counts', () => {
    const run = both([packet(T, OUT, A), packet(T + 1, OUT, A)], [packet(T, OUT, A, { verdict: REJECT })]);
    expect(verdicts(run)).toEqual([[OUT, REJECT, 2]]);
    expect(run.recorder.counters.verdictOnlyPackets).toBe(1);
    expect(run.account.recordedPackets).toBe(2);
  });

  test('is counted where no other source saw the flow', () => {
    const run = both([packet(T, OUT, A)], [packet(T, OUT, B, { verdict: REJECT })]);
    expect(verdicts(run).sort()).toEqual([
      [OUT, ACCEPT, 1],
      [OUT, REJECT, 1],
    ]);
    expect(run.recorder.counters.verdictOnlyPackets).toBe(0);
  });
});

describe('observation points (S2.8)', () => {
  test('the first point to report a flow in a window owns it', () => {
    const run = new TestRun(NET());
    const [first, second] = [run.point(), run.point()];
    run.add([packet(T, OUT, A), packet(T + 1, OUT, A)], first);
    run.add([packet(T, OUT, A), packet(T + 1, OUT, A), packet(T + 2, OUT, B)], second);
    run.finish();
    expect(verdicts(run)).toEqual([
      [OUT, ACCEPT, 2],
      [OUT, ACCEPT, 1],
    ]);
    expect(run.recorder.counters.duplicatePackets).toBe(2);
    expect(run.account.recordedPackets + run.recorder.counters.duplicatePackets).toBe(5);
  });

  test('is judged anew in each window', () => {
    const run = new TestRun(NET());
    const [first, second] = [run.point(), run.point()];
    run.add([packet(T, OUT, A)], first);
    run.add([packet(T + 60, OUT, A)], second);
    run.add([packet(T + 60, OUT, A)], first);
    run.finish();
    expect(run.recorder.counters.duplicatePackets).toBe(1);
    expect(run.flows.map((line) => line.packets)).toEqual([1, 1]);
  });

  test('is judged per interface when MAC addresses or bindings tell flows apart', () => {
    const network = NET();
    network.macs.set(0xa, 1);
    network.macs.set(0xb, 2);
    const run = new TestRun(network);
    const [first, second] = [run.point(), run.point()];
    // The same packet before and behind a router: other MAC addresses, the same two interfaces.
    run.add([packet(T, B, A, { macs: [0xb, 0x99] })], first);
    run.add([packet(T, B, A, { macs: [0x98, 0xa] })], second);
    run.finish();
    expect(run.flows.map((line) => [line.interface, line.side, line.packets])).toEqual([
      [1, 'ingress', 1],
      [2, 'egress', 1],
    ]);
    expect(run.account.recordedPackets + run.account.duplicatePackets).toBe(2);
    expect(run.account.duplicatePackets).toBe(1);
  });
});

describe('observation points beside MAC addresses (S2.8)', () => {
  test('a side that is a duplicate elsewhere is still its first point, also under a third context', () => {
    const network = NET();
    network.macs.set(0xa, 1);
    network.macs.set(0xb, 2);
    const run = new TestRun(network);
    const [first, second] = [run.point(), run.point()];
    run.add([packet(T, OUT, A, { macs: [0x99, 0x98] })], first);
    run.add([packet(T, OUT, A, { macs: [0x99, 0xa] })], second);
    run.add([packet(T, OUT, A, { macs: [0xb, 0xa] })], first);
    run.finish();
    expect(run.flows.map((line) => [line.interface, line.side, line.packets])).toEqual([
      [1, 'ingress', 1],
      [1, 'ingress', 1],
      [2, 'egress', 1],
    ]);
    expect([run.account.recordedPackets, run.account.duplicatePackets]).toEqual([2, 1]);
  });
});

describe('whose traffic it is (S2.2)', () => {
  test('a MAC address decides before the IP address', () => {
    const network = NET();
    network.macs.set(0xb, 2);
    const run = recordAll(network, [packet(T, A, OUT, { macs: [0xb, 0] })]);
    expect(run.flows).toMatchObject([{ interface: 2, side: 'egress' }]);
    expect(run.recorder.attribution).toMatchObject({ bound: 0, mac: 1, address: 0 });
  });

  test('a bound interface decides before the MAC address, on the side that the link layer says', () => {
    const network = NET();
    network.macs.set(0xb, 2);
    network.bound.set('test 7 0', 1);
    const run = recordAll(network, [
      packet(T, OUT, OUT, { ifIndex: 7, direction: 'out', macs: [0xb, 0] }),
      packet(T, OUT, '198.51.100.1', { ifIndex: 7, direction: 'in' }),
    ]);
    expect(run.flows.map((line) => [line.interface, line.side]).sort()).toEqual([
      [1, 'egress'],
      [1, 'ingress'],
    ]);
    expect(run.recorder.attribution).toMatchObject({ bound: 2, mac: 0, address: 0 });
  });

  test('without a direction, the addresses say which side a bound interface is on', () => {
    const network = NET();
    network.bound.set('test 7 0', 1);
    const run = recordAll(network, [packet(T, A, OUT, { ifIndex: 7 }), packet(T, OUT, A, { ifIndex: 7 })]);
    expect(run.flows.map((line) => [line.interface, line.side])).toEqual([
      [1, 'egress'],
      [1, 'ingress'],
    ]);
  });
});

describe('a full memory of connections', () => {
  const GAP = CONNECTION_IDLE_SECONDS + 10;
  const TABLE = new RowTable(new RowStore(MAX_CONNECTIONS), new IndexTable(16), 0);

  /** So many rows at a time, each of a connection of its own, numbered from `first`. */
  function rows(count: number, first: number, time: number, verdict: number): RowTable {
    const { words } = TABLE.store;
    for (let row = 0; row < count; row++) {
      const base = row * ROW_WORDS;
      words[base + WORD_SOURCE] = first + row;
      words[base + WORD_FIRST] = time;
      words[base + WORD_LAST] = time;
      words[base + WORD_FLAGS] = verdict << FLAGS_VERDICT_SHIFT;
    }
    TABLE.count = count;
    return TABLE;
  }

  test('is counted, for each report that found no room', () => {
    const run = new TestRun(NET());
    const point = run.point();
    const more = 3;
    const refused = Array.from({ length: MAX_CONNECTIONS + more }, (_, n) =>
      packet(T, `11.${n >>> 16}.${(n >>> 8) & 0xff}.${n & 0xff}`, A, { verdict: REJECT }),
    );
    run.add(refused.slice(0, MAX_CONNECTIONS), point);
    run.recorder.flushOpen();
    expect(run.recorder.counters.verdictOverflow).toBe(0);
    run.add(refused.slice(MAX_CONNECTIONS), point);
    run.add([packet(T + 1, A, '11.0.0.0'), packet(T + 1, A, '11.4.0.2')], point);
    run.finish();
    expect(run.recorder.counters.verdictOverflow).toBe(more);
    // The other direction of a connection that is remembered, and of one that is not.
    expect(verdicts(run).filter(([from]) => from === A)).toEqual([
      [A, REJECT, 1],
      [A, ACCEPT, 1],
    ]);
    expect(verdicts(run).filter(([, verdict]) => verdict === REJECT)).toHaveLength(
      MAX_CONNECTIONS + more + 1,
    );
  });

  test('has room again when those in it are idle, also the second time', () => {
    const connections = new Connections([0]);
    connections.reports = REPORTS_REFUSALS;
    connections.settle(rows(MAX_CONNECTIONS, 0, T, REJECT));
    // All of them are idle, and go.
    connections.settle(rows(MAX_CONNECTIONS, MAX_CONNECTIONS, T + GAP, REJECT));
    expect(connections.overflow).toBe(0);
    connections.settle(rows(1, -1, T + GAP + 1, REJECT));
    expect(connections.overflow).toBe(1); // none is idle
    connections.settle(rows(1, -2, T + 2 * GAP, REJECT));
    expect(connections.overflow).toBe(1);
    expect(connections.settle(rows(1, -2, T + 2 * GAP + 1, 0))).toBe(1);
  });
});
