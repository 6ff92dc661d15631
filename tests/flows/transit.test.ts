import { describe, expect, test } from 'vitest';
import { parseAddress } from '../../src/base/addresses.ts';
import { emptyAccount } from '../../src/flows/accounting.ts';
import { Expander } from '../../src/flows/expand.ts';
import {
  type ClosedWindow,
  FLAGS_RAW_SHIFT,
  ROW_WORDS,
  rowWords,
  STATUS_NODATA,
  STATUS_SKIPDATA,
  WORD_DESTINATION_ATTACHMENT,
  WORD_FLAGS,
  WORD_SOURCE_ATTACHMENT,
  NO_LOST,
} from '../../src/flows/rows.ts';
import { StatusTracker } from '../../src/flows/status.ts';
import { transitWindow } from '../../src/flows/transit.ts';
import type { TransitFacts } from '../../src/flows/transit-facts.ts';
import { linesOf, type RunOptions, TestNetwork, type TestPacket, TestRun } from './support.ts';

const T = 1_700_000_040;
const REJECT = 2;

// Two VPCs, each with a host, attached to one gateway by an interface of its own.
const A_HOST = '10.20.33.164';
const B_HOST = '10.40.2.236';
const A6 = 'fd00:20::4';
const B6 = 'fd00:40::9';
const [ONE, TWO, A, B, A_ENI, B_ENI] = [1, 2, 3, 4, 5, 6];
const ADDRESSES = [A_HOST, B_HOST, 'tgw-attach-a', 'tgw-attach-b', '10.20.1.9', '10.40.1.175', A6, B6];
const VPC_OF: Record<number, number> = { 1: A, 2: B, 5: A, 6: B, 7: A, 8: B };

function networkOf(bound: Record<string, number> = {}): TestNetwork {
  const network = new TestNetwork(ADDRESSES);
  for (const [source, number] of Object.entries(bound)) network.bound.set(`${source} 0 0`, number);
  for (const number of [A, A_ENI]) network.served.set(number, new Set([A_HOST, A6]));
  for (const number of [B, B_ENI]) network.served.set(number, new Set([B_HOST, B6]));
  return network;
}

/** The attachment of the VPC that an address lies in, 0 for what the gateway has no route to. */
function attachmentTo(six: boolean, words: Int32Array): number {
  if (six) return words[0] === word6(A6) ? A : words[0] === word6(B6) ? B : 0;
  const second = (words[3]! >>> 16) & 0xff;
  return second === 20 ? A : second === 40 ? B : 0;
}

function word6(address: string): number {
  return parseAddress(address)!.words[0];
}

/** Both VPCs send 10.0.0.0/8 and fd00::/8, which is not their own, to the gateway. */
function factsOf(bound: readonly number[] = []): TransitFacts {
  return {
    rules: {
      entersBy(sender, six, destination) {
        const own = VPC_OF[sender] ?? 0;
        const inside = six ? destination[0]! >>> 24 === 0xfd : destination[3]! >>> 24 === 10;
        return inside && attachmentTo(six, destination) !== own ? own : 0;
      },
      leavesBy: (_attachment, six, destination) => attachmentTo(six, destination),
    },
    hasAttachments: true,
    isAttachment: (number) => number === A || number === B,
    isBound: (number) => bound.includes(number),
    attachmentOf: (number) => (number === A_ENI ? A : number === B_ENI ? B : 0),
  };
}

/** Records packets by source, and gives the lines at attachments: attachment, side, flow, packets, pair. */
class Crossing {
  readonly windows: ClosedWindow[] = [];
  readonly derived = emptyAccount();
  readonly run: TestRun;

  constructor(network: TestNetwork, at: TransitFacts, options: RunOptions = {}) {
    this.run = new TestRun(network, {
      ...options,
      onWindow: (window) => {
        const transit = transitWindow(window, at, this.derived);
        if (transit !== undefined) this.windows.push(transit);
      },
    });
  }

  add(source: string, ...packets: (readonly [string, string, Partial<TestPacket>?])[]): this {
    const point = this.run.point({ source });
    this.run.add(
      packets.map(([src, dst, more]) => ({ time: T, src, dst, sport: 39812, dport: 80, ...more })),
      point,
    );
    return this;
  }

  lines(): string[] {
    this.run.finish();
    return this.windows.flatMap((window) => linesAt(window)).toSorted();
  }

  get counted(): number[] {
    const { derivedLines, derivedPackets, derivedBytes } = this.derived;
    return [derivedLines, derivedPackets, derivedBytes];
  }
}

function linesAt(window: ClosedWindow): string[] {
  const expanded = new Expander(networkOf()).expand(window);
  const words = rowWords(window.rows);
  return linesOf(expanded).map((line, i) => {
    if (typeof line === 'string') return line;
    const base = (expanded.order[i]! >> 1) * ROW_WORDS;
    const pair =
      line.side === 'ingress'
        ? words[base + WORD_DESTINATION_ATTACHMENT]!
        : words[base + WORD_SOURCE_ATTACHMENT]!;
    return [line.interface, line.side, ...line.flow.split(' ').slice(0, 2), line.packets, pair].join(' ');
  });
}

const THERE = [`${A} ingress ${A_HOST} ${B_HOST} 1 ${B}`, `${B} egress ${A_HOST} ${B_HOST} 1 ${A}`];
const BACK = [`${A} egress ${B_HOST} ${A_HOST} 1 ${B}`, `${B} ingress ${B_HOST} ${A_HOST} 1 ${A}`];

describe('legs that nobody saw are derived from the routes (S2.4)', () => {
  test('both ends held: once at each attachment, counted outside the identity', () => {
    const crossing = new Crossing(networkOf(), factsOf()).add(
      'hosts',
      [A_HOST, B_HOST, { bytes: 70 }],
      [B_HOST, A_HOST, { bytes: 30 }],
    );
    expect(crossing.lines()).toEqual([...THERE, ...BACK].toSorted());
    expect(crossing.counted).toEqual([4, 4, 200]);
    expect(crossing.run.account.recordedBytes).toBe(100);
  });

  test('only the sender, or only the receiver, held', () => {
    const stranger = '10.40.9.9';
    const crossing = new Crossing(networkOf(), factsOf()).add('a', [A_HOST, stranger], [stranger, A_HOST]);
    expect(crossing.lines()).toEqual([
      `${A} egress ${stranger} ${A_HOST} 1 ${B}`,
      `${A} ingress ${A_HOST} ${stranger} 1 ${B}`,
      `${B} egress ${A_HOST} ${stranger} 1 ${A}`,
      `${B} ingress ${stranger} ${A_HOST} 1 ${A}`,
    ]);
  });

  test('IPv6, with the addresses in memory of its own', () => {
    const crossing = new Crossing(networkOf(), factsOf()).add(
      'hosts',
      ['fd00:20::99', 'fd00:20::98'],
      [A6, B6],
      [A6, '2001:db8::1'],
      [B6, A6],
    );
    expect(crossing.lines()).toEqual(
      [
        `${A} ingress ${A6} ${B6} 1 ${B}`,
        `${B} egress ${A6} ${B6} 1 ${A}`,
        `${B} ingress ${B6} ${A6} 1 ${A}`,
        `${A} egress ${B6} ${A6} 1 ${B}`,
      ].toSorted(),
    );
    const [window] = crossing.windows;
    expect(window!.addresses.byteLength).toBe(3 * 8 * 4);
    expect([window!.count, window!.packets, window!.bytes, window!.table]).toEqual([2, 2, 200, -1]);
  });

  test('within a VPC, to elsewhere, and from nobody to nobody: none', () => {
    const crossing = new Crossing(networkOf(), factsOf()).add(
      'hosts',
      [A_HOST, '10.20.1.1'],
      [A_HOST, '203.0.113.9'],
      ['203.0.113.9', B_HOST],
      ['10.20.9.9', '10.40.9.9'],
    );
    expect(crossing.lines()).toEqual([]);
    expect(crossing.windows).toEqual([]);
  });

  test('what the gateway has no way out for still comes in; a stranger without a way back does not', () => {
    const crossing = new Crossing(networkOf(), factsOf()).add(
      'a',
      [A_HOST, '10.60.0.1'],
      ['10.60.0.1', A_HOST],
    );
    expect(crossing.lines()).toEqual([`${A} ingress ${A_HOST} 10.60.0.1 1 0`]);
  });

  test('refused, with the sender held: it never reached the gateway; with the receiver only: it came through', () => {
    const crossing = new Crossing(networkOf(), factsOf()).add(
      'hosts',
      [A_HOST, B_HOST, { verdict: REJECT }],
      ['10.20.9.9', B_HOST, { verdict: REJECT }],
    );
    expect(crossing.lines()).toEqual([
      `${A} ingress 10.20.9.9 ${B_HOST} 1 ${B}`,
      `${B} egress 10.20.9.9 ${B_HOST} 1 ${A}`,
    ]);
  });

  test('rows with the same 5-tuple stay apart; ICMP of several types is one line', () => {
    const icmp = { protocol: 1, sport: 0 };
    const crossing = new Crossing(networkOf(), factsOf()).add(
      'hosts',
      ['10.20.9.9', B_HOST, { verdict: 1 }],
      ['10.20.9.9', B_HOST, { verdict: REJECT }],
      [A_HOST, B_HOST, { ...icmp, dport: 8 << 8 }],
      [A_HOST, B_HOST, { ...icmp, dport: (3 << 8) | 1 }],
    );
    const stranger = [`${A} ingress 10.20.9.9 ${B_HOST} 1 ${B}`, `${B} egress 10.20.9.9 ${B_HOST} 1 ${A}`];
    expect(crossing.lines()).toEqual(
      [
        ...stranger,
        ...stranger,
        `${A} ingress ${A_HOST} ${B_HOST} 2 ${B}`,
        `${B} egress ${A_HOST} ${B_HOST} 2 ${A}`,
      ].toSorted(),
    );
  });

  test('all TCP flags come with the row', () => {
    const crossing = new Crossing(networkOf(), factsOf()).add(
      'hosts',
      [A_HOST, B_HOST, { flags: 0x02 }],
      [A_HOST, B_HOST, { flags: 0x28 }],
    );
    crossing.lines();
    expect((rowWords(crossing.windows[0]!.rows)[WORD_FLAGS]! >>> FLAGS_RAW_SHIFT) & 0xff).toBe(0x2a);
  });

  test('late rows have a transit window of their own', () => {
    const crossing = new Crossing(networkOf(), factsOf());
    crossing.add('hosts', [A_HOST, B_HOST], ['10.20.9.9', '10.20.9.8', { time: T + 120 }], [A_HOST, B_HOST]);
    expect(crossing.lines()).toEqual([...THERE, ...THERE].toSorted());
    expect(crossing.windows.map(({ start, late }) => [start, late])).toEqual([
      [T, false],
      [T, true],
    ]);
  });
});

describe('legs that a bound source saw', () => {
  test('at one attachment: recorded there, derived at the other', () => {
    const crossing = new Crossing(networkOf({ tap: A }), factsOf([A])).add(
      'tap',
      [A_HOST, B_HOST, { bytes: 70 }],
      [B_HOST, A_HOST, { bytes: 70 }],
    );
    expect(crossing.lines()).toEqual([...THERE, ...BACK].toSorted());
    expect(crossing.counted).toEqual([2, 2, 140]);
  });

  test('at both: nothing is derived, and each is counted where it was seen', () => {
    const crossing = new Crossing(networkOf({ tapA: A, tapB: B }), factsOf([A, B]))
      .add('tapA', [A_HOST, B_HOST])
      .add('tapB', [A_HOST, B_HOST]);
    expect(crossing.lines()).toEqual(THERE);
    expect(crossing.counted).toEqual([0, 0, 0]);
    // Each row is also the line of the host that it speaks of.
    expect(crossing.run.flows.map(({ interface: number, side }) => `${number} ${side}`).toSorted()).toEqual(
      [`${ONE} egress`, `${TWO} ingress`, `${A} ingress`, `${B} egress`].toSorted(),
    );
  });

  test('refused traffic that was seen there did reach the gateway', () => {
    const crossing = new Crossing(networkOf({ tap: A }), factsOf([A])).add('tap', [
      A_HOST,
      B_HOST,
      { verdict: REJECT },
    ]);
    expect(crossing.lines()).toEqual(THERE);
  });

  test('beside a source at the hosts: once each, whichever came first', () => {
    for (const order of [
      ['hosts', 'tap'],
      ['tap', 'hosts'],
    ]) {
      const crossing = new Crossing(networkOf({ tap: A }), factsOf([A]));
      for (const source of order) crossing.add(source, [A_HOST, B_HOST]);
      expect(crossing.lines()).toEqual(THERE);
      expect(crossing.counted[0]).toBe(1);
    }
  });

  test("at the gateway's own interfaces in the VPCs: the attachments follow from them", () => {
    const crossing = new Crossing(networkOf({ eniA: A_ENI, eniB: B_ENI }), factsOf())
      .add('eniA', ['10.20.9.9', B_HOST], [A_HOST, B_HOST])
      .add('eniB', [A_HOST, B_HOST], ['10.20.9.9', B_HOST]);
    // 10.20.9.9 is nobody's, and not served by the interface in its VPC either: only the other one tells.
    expect(crossing.lines()).toEqual(
      [
        ...THERE,
        `${A} ingress 10.20.9.9 ${B_HOST} 1 ${B}`,
        `${B} egress 10.20.9.9 ${B_HOST} 1 ${A}`,
      ].toSorted(),
    );
  });
});

test('two scopes, each with one end of a flow: its legs are told once (S2.8)', () => {
  const network = networkOf();
  network.scopes.push(network.scopes[0]!);
  const find4 = network.find4.bind(network);
  network.find4 = (scope, address) => {
    const number = find4(scope, address);
    return number === (scope === 0 ? ONE : TWO) ? number : 0;
  };
  const crossing = new Crossing(network, factsOf());
  for (const scope of [0, 1]) {
    const point = crossing.run.point({ source: `${scope}`, scope });
    const packet = { time: T, src: A_HOST, dst: B_HOST, protocol: 17, sport: 5, dport: 53, bytes: 50 };
    // One more flow that only this scope saw, so that dropped rows lie between others.
    crossing.run.add([packet, { ...packet, sport: 6 + scope }], point);
  }
  expect(crossing.lines()).toEqual([THERE, THERE, THERE].flat().toSorted());
  expect(crossing.counted).toEqual([6, 6, 300]);
});

test('packets of one flow that one place saw in two ways are all told (S2.8)', () => {
  // The sender's frames go to two next hops, of which one is a declared MAC address.
  const network = networkOf();
  network.macs.set(0xb, B_ENI);
  const crossing = new Crossing(network, factsOf()).add(
    'hosts',
    [A_HOST, B_HOST, { macs: [0x1, 0x2] }],
    [A_HOST, B_HOST, { macs: [0xb, 0x2] }],
    [A_HOST, B_HOST, { macs: [0xb, 0x2] }],
  );
  const more = THERE.map((line) => line.replace(/ 1 (\d)$/, ' 2 $1'));
  expect(crossing.lines()).toEqual([...THERE, ...more].toSorted());
  expect(crossing.counted).toEqual([4, 6, 600]);
});

describe('status lines', () => {
  test('of attachments come along; NODATA only of those that a source is bound to', () => {
    const window: ClosedWindow = {
      start: T,
      seconds: 60,
      late: false,
      version: 1,
      factsVersion: 1,
      table: 3,
      rows: new SharedArrayBuffer(0),
      addresses: new SharedArrayBuffer(0),
      count: 0,
      packets: 0,
      bytes: 0,
      status: Int32Array.from(
        [
          [ONE, STATUS_NODATA, T, T + 59],
          [A, STATUS_NODATA, T, T + 59],
          [B, STATUS_NODATA, T, T + 59],
          [B, STATUS_SKIPDATA, T - 120, T + 59],
        ].flat(),
      ),
      lost: NO_LOST,
    };
    const transit = transitWindow(window, factsOf([A]));
    expect(linesAt(transit!)).toEqual([`NODATA ${A} ${T} ${T + 59}`, `SKIPDATA ${B} ${T - 120} ${T + 59}`]);
    expect(transit!.table).toBe(-1);
    expect(transitWindow({ ...window, status: window.status.slice(0, 4) }, factsOf([A]))).toBeUndefined();
    expect(transitWindow(window, { ...factsOf([A]), hasAttachments: false })).toBeUndefined();
  });

  test('a bound attachment without traffic has NODATA, one with traffic has none', () => {
    const crossing = new Crossing(networkOf({ tapA: A, tapB: B }), factsOf([A, B]), {
      trackers: [new StatusTracker(60, 8, (number) => number === A || number === B)],
    });
    crossing.add('tapA', [A_HOST, '10.60.0.1'], [A_HOST, '10.60.0.1', { time: T + 59 }]);
    expect(crossing.lines()).toEqual([`${A} ingress ${A_HOST} 10.60.0.1 2 0`, `NODATA ${B} ${T} ${T + 59}`]);
  });
});

test('thousands of rows, of which few cross', () => {
  const crossing = new Crossing(networkOf(), factsOf());
  const packets = Array.from(
    { length: 3000 },
    (_, i) => [A_HOST, i % 5 === 0 ? B_HOST : '203.0.113.9', { sport: i }] as const,
  );
  crossing.add('hosts', ...packets);
  expect(crossing.lines()).toEqual(
    Array.from({ length: 600 }, () => THERE)
      .flat()
      .toSorted(),
  );
  expect(crossing.windows.map(({ count, packets: sum }) => [count, sum])).toEqual([[600, 600]]);
});
