import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FlowCache } from '../../../src/synth/exporter/flow-cache.ts';

const ACTIVE = 60;
const INACTIVE = 15;

interface Flow {
  key: number;
  first: number;
  last: number;
  packets: number;
  octets: number;
  flags: number;
}

/** The same, written down in the plainest way. */
class PlainCache {
  readonly flows = new Map<number, Flow>();

  due(now: number): Flow[] {
    return [...this.flows.values()].filter(
      (flow) => flow.last + INACTIVE <= now || flow.first + ACTIVE <= now,
    );
  }

  add(key: number, flags: number, octets: number, now: number): void {
    const flow = this.flows.get(key) ?? { key, first: now, last: now, packets: 0, octets: 0, flags: 0 };
    this.flows.set(key, flow);
    flow.last = now;
    flow.packets++;
    flow.octets += octets;
    flow.flags |= flags;
  }
}

function keyOf(key: number) {
  return { source: key % 3, destination: key >> 1, ports: -key, kind: 6 };
}

function reported(cache: FlowCache, row: number): Omit<Flow, 'key'> {
  const { first, last, packets, octets, tcpFlags } = cache;
  const out = {
    first: first[row]!,
    last: last[row]!,
    packets: packets[row]!,
    octets: octets[row]!,
    flags: tcpFlags[row]!,
  };
  cache.remove(row);
  return out;
}

describe('FlowCache', () => {
  test('reports what a plain one does, when it does', () => {
    const packets = fc.array(
      fc.record({
        key: fc.integer({ min: 0, max: 20 }),
        gap: fc.constantFrom(0, 0, 1, 2, 5, 14, 15, 40),
        flags: fc.integer({ min: 0, max: 31 }),
        octets: fc.integer({ min: 40, max: 1500 }),
      }),
      { maxLength: 200 },
    );
    fc.assert(
      fc.property(packets, (given) => {
        const cache = new FlowCache(32, ACTIVE, INACTIVE);
        const plain = new PlainCache();
        let now = 1000;
        for (const { key, gap, flags, octets } of given) {
          now += gap;
          const wanted = plain.due(now);
          const nextDue = Math.min(
            Infinity,
            ...[...plain.flows.values()].map(({ first, last }) => Math.min(last + INACTIVE, first + ACTIVE)),
          );
          expect(cache.nextDue).toBe(nextDue);
          const found = [];
          for (let row = cache.due(now); row >= 0; row = cache.due(now)) found.push(reported(cache, row));
          const text = (flows: object[]) => flows.map((flow) => JSON.stringify(flow)).sort();
          expect(text(found)).toEqual(
            text(
              wanted.map(({ first, last, packets: count, octets: bytes, flags: all }) => ({
                first,
                last,
                packets: count,
                octets: bytes,
                flags: all,
              })),
            ),
          );
          for (const flow of wanted) plain.flows.delete(flow.key);
          cache.add(keyOf(key), flags, octets, now);
          plain.add(key, flags, octets, now);
          expect(cache.size).toBe(plain.flows.size);
        }
      }),
      { interruptAfterTimeLimit: 3000, numRuns: 300 },
    );
  });

  test('a full one says which flow was silent for longest', () => {
    const cache = new FlowCache(4, ACTIVE, INACTIVE);
    for (const key of [1, 2, 3, 4, 1]) cache.add(keyOf(key), 0, 40, key === 1 ? 5 + cache.size : key);
    expect(cache.full).toBe(true);
    expect(() => cache.add(keyOf(9), 0, 40, 10)).toThrow(/full/);
    expect(cache.ports[cache.longestSilent]).toBe(-2);
    cache.remove(cache.longestSilent);
    expect(cache.full).toBe(false);
    cache.add(keyOf(9), 0, 40, 10);
    expect(cache.size).toBe(4);
  });
});
