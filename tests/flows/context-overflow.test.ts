/** More combinations of bindings, scopes and MAC addresses than there are context numbers (S2.4). */
import { describe, expect, test } from 'vitest';
import { MAX_CONTEXTS } from '../../src/flows/context-numbers.ts';
import type { TestFlow } from './exported.ts';
import { TestNetwork, type TestPacket, TestRun } from './support.ts';

const T = 1_700_000_040;
/** Interfaces with a MAC address each: as many pairs of them as there are numbers. */
const MACS = 256;
const A = '10.0.0.5';
const B = '10.0.0.6';
const PUBLIC = '192.0.2.9';
const HOLDS_A = MACS + 1;
const HOLDS_B = MACS + 2;
const HOLDS_PUBLIC = MACS + 3;

const TRANSLATED: TestFlow = {
  time: T,
  src: A,
  dst: '203.0.113.5',
  post: { src: PUBLIC, dst: '203.0.113.5' },
};

function runOf(): TestRun {
  const names = Array.from({ length: MACS }, (_, k) => `eni-${k}`);
  const network = new TestNetwork([...names, A, B, PUBLIC]);
  for (let number = 1; number <= MACS; number++) network.macs.set(number, number);
  return new TestRun(network, { tableRows: 1 << 17 });
}

function pair(src: number, dst: number): TestPacket {
  return { time: T, src: A, dst: B, macs: [src, dst] };
}

/** Uses up every context number. Returns a pair that has none: nobody has its second MAC address. */
function fillUp(run: TestRun): TestPacket {
  const pairs = Array.from({ length: MACS * MACS }, (_, n) => pair(Math.floor(n / MACS) + 1, (n % MACS) + 1));
  expect(pairs).toHaveLength(MAX_CONTEXTS);
  run.add(pairs, run.point());
  run.recorder.flushOpen();
  expect(run.recorder.counters.contextOverflow).toBe(0);
  run.windows.length = 0;
  return pair(1, MACS + 1);
}

function sides(run: TestRun): (readonly [number, string, number])[] {
  return run.flows.map(({ interface: number, side, packets }) => [number, side, packets] as const);
}

describe('a packet or leg that finds no context number', () => {
  test('is counted, and goes by its addresses; a second leg is left out', () => {
    const run = runOf();
    const last = fillUp(run);
    const more = 3;
    run.add([...Array<TestPacket>(more).fill(last), pair(1, 2), last], run.point());
    run.recorder.flushOpen();
    expect(run.recorder.counters.contextOverflow).toBe(more + 1);
    expect(sides(run)).toEqual([
      [1, 'egress', 1],
      [2, 'ingress', 1],
      [HOLDS_A, 'egress', more + 1],
      [HOLDS_B, 'ingress', more + 1],
    ]);
    run.windows.length = 0;
    run.addFlows([TRANSLATED], run.point({ exporter: PUBLIC }));
    run.finish();
    expect(run.recorder.counters.contextOverflow).toBe(more + 2);
    expect(sides(run)).toEqual([[HOLDS_A, 'egress', 1]]);
  });

  test('is none as long as there are numbers: both legs are recorded', () => {
    const run = runOf();
    run.addFlows([TRANSLATED], run.point({ exporter: PUBLIC }));
    run.finish();
    expect(run.recorder.counters.contextOverflow).toBe(0);
    expect(sides(run)).toEqual([
      [HOLDS_A, 'egress', 1],
      [HOLDS_PUBLIC, 'egress', 1],
    ]);
  });
});
