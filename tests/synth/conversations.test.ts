import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parsePrefix } from '../../src/base/prefixes.ts';
import {
  CLOSED_PACKETS,
  type Conversations,
  ICMP,
  ICMP_FRAGMENTED,
  TCP_CLOSED,
  TCP_REFUSED,
  TCP_RESET,
  TCP_UNANSWERED,
  UDP,
  UDP_FRAGMENTED,
  planConversations,
} from '../../src/synth/conversations.ts';
import { trafficOptions } from '../../src/synth/options.ts';

const MANY = Number.POSITIVE_INFINITY;
/** Fewest and most packets of each kind; kinds that cannot be have no room. */
const TWO_WAY: Record<number, readonly [number, number]> = {
  [TCP_CLOSED]: [CLOSED_PACKETS, MANY],
  [TCP_RESET]: [3, MANY],
  [TCP_REFUSED]: [2, 8],
  [TCP_UNANSWERED]: [MANY, 0],
  [UDP]: [2, MANY],
  [UDP_FRAGMENTED]: [4, MANY],
  [ICMP]: [2, MANY],
  [ICMP_FRAGMENTED]: [4, MANY],
};
const ONE_WAY: Record<number, readonly [number, number]> = {
  [TCP_CLOSED]: [MANY, 0],
  [TCP_RESET]: [MANY, 0],
  [TCP_REFUSED]: [MANY, 0],
  [TCP_UNANSWERED]: [1, MANY],
  [UDP]: [1, MANY],
  [UDP_FRAGMENTED]: [2, MANY],
  [ICMP]: [1, MANY],
  [ICMP_FRAGMENTED]: [2, MANY],
};

function sumOf(column: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < column.length; i++) sum += column[i]!;
  return sum;
}

function tuple(rows: Conversations, row: number): string {
  return [rows.client, rows.server, rows.clientPort, rows.serverPort, rows.ipv6]
    .map((column) => column[row])
    .concat(rows.protocol(row))
    .join(' ');
}

describe('planConversations', () => {
  test('packets and 5-tuples come out exactly, whatever is asked for', () => {
    const cases = fc.record({
      packets: fc.integer({ min: 1, max: 5000 }),
      part: fc.double({ min: 0.01, max: 1, noNaN: true }),
      seed: fc.integer({ min: 0, max: 1_000_000 }),
      ipv6: fc.constantFrom(0, 5, 50, 100),
      udp: fc.constantFrom(0, 20, 60),
      icmp: fc.constantFrom(0, 1, 40),
    });
    fc.assert(
      fc.property(cases, ({ part, ...given }) => {
        const flows = Math.max(1, Math.floor(given.packets * part));
        const options = trafficOptions({ ...given, flows, hosts: 2000, fragments: 0 });
        const rows = planConversations(options);
        expect(sumOf(rows.packets)).toBe(options.packets);
        expect(rows.count + rows.firstOneWay).toBe(options.flows);
        const tuples = new Set<string>();
        for (let row = 0; row < rows.count; row++) {
          tuples.add(tuple(rows, row));
          expect(rows.packets[row]).toBeGreaterThanOrEqual(row < rows.firstOneWay ? 2 : 1);
          expect(rows.client[row]).not.toBe(rows.server[row]);
          expect(rows.start[row]).toBeGreaterThanOrEqual(0);
          expect(rows.end[row]).toBeLessThanOrEqual(options.seconds * 1e6);
          expect(rows.end[row]).toBeGreaterThan(rows.start[row]!);
        }
        expect(tuples.size).toBe(rows.count);
      }),
      { interruptAfterTimeLimit: 2500, markInterruptAsFailure: false },
    );
  });

  test('every kind of conversation has the packets that it needs', () => {
    const rows = planConversations(
      trafficOptions({ packets: 200_000, flows: 40_000, icmp: 5, fragments: 3 }),
    );
    const wrong: string[] = [];
    for (let row = 0; row < rows.count; row++) {
      const kind = rows.kind[row]!;
      const packets = rows.packets[row]!;
      const [fewest, most] = row < rows.firstOneWay ? TWO_WAY[kind]! : ONE_WAY[kind]!;
      if (packets < fewest || packets > most) wrong.push(`kind ${kind} with ${packets} packets`);
    }
    expect(wrong).toEqual([]);
    expect([...new Set(rows.kind)].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  test('some hosts serve far more than others', () => {
    const options = trafficOptions({ packets: 100_000, flows: 20_000 });
    const rows = planConversations(options);
    const served = new Uint32Array(options.hosts);
    for (const server of rows.server) served[server]!++;
    served.sort().reverse();
    expect(served[0]).toBeGreaterThan(10 * served[Math.floor(options.hosts / 4)]!);
  });

  test('most conversations are over within a minute, some idle through the trace', () => {
    const rows = planConversations(trafficOptions({ packets: 200_000, flows: 10_000 }));
    const lengths = [...rows.end].map((end, row) => end - rows.start[row]!);
    expect(lengths.filter((length) => length < 60e6).length).toBeGreaterThan(rows.count * 0.9);
    expect(lengths.filter((length) => length > 120e6).length).toBeGreaterThan(rows.count * 0.005);
  });

  test('VLANs belong to servers and stay in their range', () => {
    const rows = planConversations(trafficOptions({ packets: 20_000, vlans: 7 }));
    expect([...new Set(rows.vlan)].sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    const byServer = new Map<number, number>();
    for (const [row, server] of rows.server.entries()) {
      expect(byServer.get(server) ?? rows.vlan[row]).toBe(rows.vlan[row]);
      byServer.set(server, rows.vlan[row]!);
    }
    expect(new Set(planConversations(trafficOptions({ packets: 1000 })).vlan)).toEqual(new Set([0]));
  });

  test('too few hosts for so many flows is said', () => {
    const prefixes = [parsePrefix('192.0.2.0/30')];
    const options = trafficOptions({ packets: 1000, flows: 100, ipv6: 0, icmp: 50, hosts: 2, prefixes });
    expect(() => planConversations(options)).toThrow(/100 different flows do not fit among 2 hosts/);
  });

  test('two hosts are enough for TCP and UDP', () => {
    const options = trafficOptions({ packets: 5000, flows: 1000, ipv6: 0, icmp: 0, hosts: 2 });
    expect(planConversations(options).firstOneWay).toBe(490);
  });
});
