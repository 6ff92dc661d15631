import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { StatusTracker } from '../../src/flows/status.ts';
import { recordAll, type TestLine, TestNetwork, type TestPacket, TestRun } from './support.ts';

const A = '10.0.0.10';
const B = '10.0.0.20';
const OUT = '203.0.113.9';
const NET = (): TestNetwork => new TestNetwork([A, B, 'fd00::a', 'fd00::b']);
const T = 1_700_000_040; // the start of a window, and 240 s into an interval of 600 s

function packet(time: number, src: string, dst: string, more: Partial<TestPacket> = {}): TestPacket {
  return { time, src, dst, sport: 40000, dport: 443, ...more };
}

const byText = (lines: readonly TestLine[]): string[] => lines.map((line) => JSON.stringify(line)).sort();

/** What the recorder must make of packets whose windows never close too early, the slow way. */
function direct(packets: readonly TestPacket[], seconds: number, holders: readonly string[]): TestLine[] {
  const sums = new Map<string, TestLine>();
  for (const p of packets) {
    const window = p.time - (p.time % seconds);
    const icmp = p.protocol === 1 || p.protocol === 58;
    const flow = `${p.src} ${p.dst} ${icmp ? 0 : (p.sport ?? 0)} ${icmp ? 0 : (p.dport ?? 0)} ${p.protocol ?? 6}`;
    const f = p.flags ?? 0;
    for (const side of ['egress', 'ingress'] as const) {
      const number = holders.indexOf(side === 'egress' ? p.src : p.dst) + 1;
      if (number === 0) continue;
      const name = `${window} ${side} ${flow}`;
      const old = sums.get(name);
      sums.set(name, {
        interface: number,
        side,
        flow,
        packets: (old?.packets ?? 0) + 1,
        bytes: (old?.bytes ?? 0) + (p.bytes ?? 100),
        first: Math.min(old?.first ?? p.time, p.time),
        last: Math.max(old?.last ?? p.time, p.time),
        flags: (old?.flags ?? 0) | (f & 7) | ((f & 0x12) === 0x12 ? 16 : 0),
        verdict: 1,
      });
    }
  }
  return [...sums.values()];
}

describe('windows and sides', () => {
  test('a packet between two held addresses is an egress and an ingress line, counted once', () => {
    const run = recordAll(NET(), [packet(T, A, B, { bytes: 60 }), packet(T + 5, A, B, { bytes: 40 })]);
    expect(
      run.flows.map(({ interface: n, side, packets, bytes, first, last }) => [
        n,
        side,
        packets,
        bytes,
        first,
        last,
      ]),
    ).toEqual([
      [1, 'egress', 2, 100, T, T + 5],
      [2, 'ingress', 2, 100, T, T + 5],
    ]);
    expect(run.account.recordedPackets).toBe(2);
    expect(run.account.recordedBytes).toBe(100);
  });

  test('one held side gives one line, none gives none and is counted', () => {
    const run = recordAll(NET(), [packet(T, A, OUT), packet(T, OUT, B), packet(T, OUT, '198.51.100.1')]);
    expect(run.flows.map(({ interface: n, side }) => [n, side])).toEqual([
      [1, 'egress'],
      [2, 'ingress'],
    ]);
    expect(run.account.unattributedPackets).toBe(1);
    expect([...run.account.prefixes.keys()].sort()).toEqual(['198.51.100.0/24', '203.0.113.0/24']);
  });

  test('windows are aligned to the epoch, and the last second of one belongs to it', () => {
    const run = recordAll(NET(), [packet(T + 59, A, OUT), packet(T + 60, A, OUT)]);
    expect(run.windows.map((window) => window.start)).toEqual([T, T + 60]);
  });

  test('the documented TCP flag sequences: 2, 18, 1, 3, 19', () => {
    const client = { dport: 5001, sport: 43416 };
    const server = { sport: 5001, dport: 43416 };
    const syn = packet(T, OUT, A, { ...client, flags: 0x02 });
    const synAck = packet(T, A, OUT, { ...server, flags: 0x12 });
    const ack = packet(T + 1, OUT, A, { ...client, flags: 0x18 });
    const fins = [
      packet(T + 61, A, OUT, { ...server, flags: 0x11 }),
      packet(T + 61, OUT, A, { ...client, flags: 0x11 }),
    ];
    const flagsOf = (packets: TestPacket[]): number[] =>
      recordAll(NET(), packets).flows.map((line) => line.flags);
    expect(flagsOf([syn, synAck, ack, ...fins]).sort((a, b) => a - b)).toEqual([1, 1, 2, 18]);
    const short = [syn, synAck, ack, { ...fins[0]!, time: T + 2 }, { ...fins[1]!, time: T + 2 }];
    expect(flagsOf(short).sort((a, b) => a - b)).toEqual([3, 19]);
  });

  test('ICMP of several types prints one line with ports 0 and 0', () => {
    const run = recordAll(NET(), [
      packet(T, A, OUT, { protocol: 1, sport: 0, dport: 8 << 8 }),
      packet(T + 1, A, OUT, { protocol: 1, sport: 0, dport: (3 << 8) | 1 }),
    ]);
    expect(run.flows).toMatchObject([{ flow: `${A} ${OUT} 0 0 1`, packets: 2, first: T, last: T + 1 }]);
    expect(run.account.recordedPackets).toBe(2);
  });

  test('later fragments get the ports of their first one; without it, ports 0', () => {
    const run = recordAll(NET(), [
      packet(T, A, OUT, { protocol: 17, fragment: { id: 7, first: true } }),
      packet(T, A, OUT, { protocol: 17, sport: 0, dport: 0, fragment: { id: 7, first: false } }),
      packet(T, A, OUT, { protocol: 17, sport: 0, dport: 0, fragment: { id: 8, first: false } }),
    ]);
    expect(run.flows.map(({ flow, packets }) => [flow, packets]).sort()).toEqual([
      [`${A} ${OUT} 0 0 17`, 1],
      [`${A} ${OUT} 40000 443 17`, 2],
    ]);
    expect(run.recorder.fragments.unresolved).toBe(1);
  });

  test('IPv6 flows with equal folds are told apart by their words', () => {
    const run = recordAll(NET(), [packet(T, 'fd00::a', 'fd00::b'), packet(T, 'fd00::b', 'fd00::a')]);
    expect(run.flows).toHaveLength(4);
  });
});

describe('time', () => {
  test('a packet that comes after its window closed is a line of its own, never merged', () => {
    const run = recordAll(
      NET(),
      [packet(T, A, OUT), packet(T + 63, A, OUT), packet(T + 1, A, OUT), packet(T + 64, A, OUT)],
      { rows: 1 },
    );
    expect(run.windows.map(({ start, late, lines }) => [start, late, lines.length])).toEqual([
      [T, false, 1],
      [T + 60, false, 1],
      [T, true, 1],
    ]);
    expect(run.recorder.counters.latePackets).toBe(1);
    expect(run.account.recordedPackets).toBe(4);
  });

  test('within the grace a window is still open', () => {
    const run = recordAll(NET(), [packet(T + 59, A, OUT), packet(T + 61, A, OUT), packet(T + 58, A, OUT)], {
      rows: 1,
    });
    expect(run.recorder.counters.latePackets).toBe(0);
    expect(run.windows[0]!.lines).toMatchObject([{ packets: 2, first: T + 58, last: T + 59 }]);
  });

  test("one packet far away is an outlier with the watermark's time; sixteen that agree are believed", () => {
    const far = T + 86_400;
    const one = recordAll(NET(), [packet(T + 10, A, OUT), packet(far, A, OUT), packet(T + 11, A, OUT)]);
    expect(one.recorder.timeOutliers).toBe(1);
    expect(one.flows).toMatchObject([{ packets: 3 }]);
    const many = Array.from({ length: 20 }, (_, k) => packet(far + k, A, OUT));
    const moved = recordAll(NET(), [...Array.from({ length: 16 }, () => packet(T + 10, A, OUT)), ...many]);
    expect(moved.recorder.timeOutliers).toBe(15);
    expect(moved.windows.at(-1)!.start).toBe(far - (far % 60));
    expect(moved.account.recordedPackets).toBe(36);
  });

  test('a wrong time in the very first packet does not set the clock', () => {
    const run = recordAll(NET(), [
      packet(5, A, OUT),
      ...Array.from({ length: 20 }, (_, k) => packet(T + k, A, OUT)),
    ]);
    expect(run.recorder.timeOutliers).toBe(1);
    expect(run.flows).toMatchObject([{ packets: 21 }]);
  });
});

describe('properties', () => {
  const holders = [A, B, 'fd00::a', 'fd00::b'];
  const packets = fc.array(
    fc.record({
      time: fc.integer({ min: T, max: T + 1500 }),
      pair: fc.constantFrom(
        [A, B],
        [B, A],
        [A, OUT],
        [OUT, B],
        ['fd00::a', 'fd00::b'],
        ['fd00::b', '2001:db8::1'],
        [OUT, OUT],
      ),
      protocol: fc.constantFrom(6, 17, 1, 47),
      sport: fc.integer({ min: 0, max: 3 }),
      dport: fc.integer({ min: 0, max: 2 }),
      bytes: fc.integer({ min: 20, max: 65_535 }),
      flags: fc.integer({ min: 0, max: 255 }),
    }),
    { minLength: 1, maxLength: 400 },
  );
  const made = packets.map((list) =>
    list
      .map(({ pair, ...rest }): TestPacket => ({ ...rest, src: pair[0], dst: pair[1] }))
      // IPv6 has no ICMP of IPv4, and flags belong to TCP.
      .map((p) => ({ ...p, flags: p.protocol === 6 ? (p.flags ?? 0) : 0 }))
      .sort((a, b) => a.time - b.time),
  );
  const budget = { interruptAfterTimeLimit: 3000, markInterruptAsFailure: false, numRuns: 300 };

  test('60 s lines equal direct aggregation, whatever the batches', () => {
    fc.assert(
      fc.property(made, fc.integer({ min: 1, max: 64 }), (list, rows) => {
        const run = recordAll(NET(), list, { rows });
        expect(byText(run.flows)).toEqual(byText(direct(list, 60, holders)));
        const { account, recorder } = run;
        expect(account.recordedPackets + account.unattributedPackets).toBe(recorder.counters.rows);
        expect(account.recordedBytes + account.unattributedBytes).toBe(recorder.counters.bytes);
      }),
      budget,
    );
  });

  test('600 s lines equal direct aggregation of the same packets (S3.1)', () => {
    fc.assert(
      fc.property(made, (list) => {
        const run = recordAll(NET(), list, {
          interval: 600,
          trackers: [new StatusTracker(600, 0, () => false)],
        });
        expect(byText(run.flows)).toEqual(byText(direct(list, 600, holders)));
      }),
      budget,
    );
  });

  test('shuffling within the grace leaves the multiset of lines unchanged', () => {
    fc.assert(
      fc.property(made, fc.infiniteStream(fc.double({ min: 0, max: 1.9, noNaN: true })), (list, jitter) => {
        const shuffled = list
          .map((p) => ({ p, at: p.time + jitter.next().value! }))
          .sort((a, b) => a.at - b.at)
          .map(({ p }) => p);
        expect(byText(recordAll(NET(), shuffled, { rows: 7 }).flows)).toEqual(
          byText(recordAll(NET(), list).flows),
        );
      }),
      budget,
    );
  });

  test('a table of few rows is written early; sums stay', () => {
    fc.assert(
      fc.property(made, (list) => {
        const run = recordAll(NET(), list, { tableRows: 4, tables: 3 });
        const sum = (lines: readonly TestLine[]): number => lines.reduce((all, line) => all + line.bytes, 0);
        expect(sum(run.flows)).toBe(sum(direct(list, 60, holders)));
        expect(run.account.recordedPackets + run.account.unattributedPackets).toBe(list.length);
      }),
      budget,
    );
  });
});

describe('a full table', () => {
  const many = (n: number): TestPacket[] =>
    Array.from({ length: n }, (_, k) => packet(T, A, OUT, { sport: k }));

  test('files are written early and lose nothing', () => {
    const run = recordAll(NET(), many(100), { tableRows: 16, tables: 2 });
    expect(run.recorder.counters.earlyWrites).toBe(6);
    expect(run.account.recordedPackets).toBe(100);
  });

  test('a live source refuses new flows, counts them and marks SKIPDATA', () => {
    const run = new TestRun(NET(), {
      live: true,
      tableRows: 16,
      tables: 1,
      trackers: [new StatusTracker(60, 2, () => true)],
    });
    const point = run.point({ live: true }, T - 60);
    run.add(many(40), point);
    run.advance(T + 62);
    run.finish();
    expect(run.account.recordedPackets + run.recorder.attribution.refusedPackets).toBe(40);
    // One interface may not take more than its share: a quarter of the table, once half of it is taken.
    expect(run.account.recordedPackets).toBe(8);
    expect(run.statuses).toContain(`SKIPDATA 1 ${T} ${T + 59}`);
  });
});

describe('what the service leaves out (S1.5)', () => {
  test('only in a VPC that is marked, and counted', () => {
    const packets = [
      packet(T, A, '169.254.169.254', { dport: 80 }),
      packet(T, A, '10.0.0.2', { protocol: 17, dport: 53 }),
      packet(T, A, '10.0.0.2', { protocol: 6, dport: 80 }),
      packet(T, '0.0.0.0', A, { protocol: 17, sport: 67, dport: 68 }),
    ];
    expect(recordAll(NET(), packets).account.excludedPackets).toBe(0);
    const network = NET();
    network.reserved = true;
    const run = recordAll(network, packets);
    expect(run.account.excludedPackets).toBe(3);
    expect(run.account.recordedPackets).toBe(1);
    expect(run.flows).toHaveLength(1);
  });
});
