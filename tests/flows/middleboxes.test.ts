/** Traffic at interfaces that forward what is not theirs: record format section 7, leg by leg. */
import { describe, expect, test } from 'vitest';
import { ContextNumbers, MAX_CONTEXTS } from '../../src/flows/context-numbers.ts';
import { NO_INTERFACE } from '../../src/network/lookup.ts';
import { recordAll, TestNetwork, type TestPacket, TestRun } from './support.ts';

const T = 1_700_000_040;
const INSTANCE = '10.0.1.5';
const SERVER = '203.0.113.5';
const PRIVATE = '10.0.0.220';
const PUBLIC = '107.22.182.139';

/** Interfaces by number in `addresses`, the first bound to the source `test`; names that are no address hold none. */
function networkOf(addresses: readonly string[], serves: readonly string[]): TestNetwork {
  const network = new TestNetwork(addresses);
  network.bound.set('test 0 0', 1);
  network.served.set(1, new Set(serves));
  return network;
}

function legs(network: TestNetwork, pairs: readonly (readonly [string, string, Partial<TestPacket>?])[]) {
  const run = recordAll(
    network,
    pairs.map(([src, dst, more], i) => ({ time: T + i, src, dst, sport: 1000, dport: 80, ...more })),
  );
  expect(run.account.recordedPackets + run.account.unattributedPackets).toBe(pairs.length);
  return {
    lines: run.flows.map(({ interface: number, side, flow, packets }) =>
      [number, side, ...flow.split(' ').slice(0, 2), packets].join(' '),
    ),
    unattributed: run.account.unattributedPackets,
    bound: run.recorder.attribution.bound,
  };
}

const VPC = [INSTANCE, PRIVATE, '10.0.0.7'];

describe('a bound middlebox (S2.2)', () => {
  test('a zonal NAT gateway: four legs at its interface, and two at that of the instance', () => {
    const network = networkOf([PRIVATE, INSTANCE], VPC);
    const { lines, bound } = legs(network, [
      [INSTANCE, SERVER],
      [PRIVATE, SERVER],
      [SERVER, PRIVATE],
      [SERVER, INSTANCE],
    ]);
    expect(lines.toSorted()).toEqual([
      `1 egress ${PRIVATE} ${SERVER} 1`,
      `1 egress ${SERVER} ${INSTANCE} 1`,
      `1 ingress ${INSTANCE} ${SERVER} 1`,
      `1 ingress ${SERVER} ${PRIVATE} 1`,
      `2 egress ${INSTANCE} ${SERVER} 1`,
      `2 ingress ${SERVER} ${INSTANCE} 1`,
    ]);
    expect(bound).toBe(4);
  });

  test('a regional NAT gateway holds its public addresses: four legs and two', () => {
    const network = networkOf([PUBLIC, INSTANCE], VPC);
    const { lines } = legs(network, [
      [INSTANCE, SERVER],
      [PUBLIC, SERVER],
      [SERVER, PUBLIC],
      [SERVER, INSTANCE],
    ]);
    expect(lines.toSorted()).toEqual([
      `1 egress ${PUBLIC} ${SERVER} 1`,
      `1 egress ${SERVER} ${INSTANCE} 1`,
      `1 ingress ${INSTANCE} ${SERVER} 1`,
      `1 ingress ${SERVER} ${PUBLIC} 1`,
      `2 egress ${INSTANCE} ${SERVER} 1`,
      `2 ingress ${SERVER} ${INSTANCE} 1`,
    ]);
  });

  test("a transit gateway's interface: what comes out of the gateway leaves it, what goes there comes in", () => {
    const network = networkOf(['10.40.1.175', '10.40.2.236'], ['10.40.2.236', '10.40.1.175']);
    const { lines } = legs(network, [
      ['10.20.33.164', '10.40.2.236'],
      ['10.40.2.236', '10.20.33.164'],
    ]);
    expect(lines.toSorted()).toEqual([
      '1 egress 10.20.33.164 10.40.2.236 1',
      '1 ingress 10.40.2.236 10.20.33.164 1',
      '2 egress 10.40.2.236 10.20.33.164 1',
      '2 ingress 10.20.33.164 10.40.2.236 1',
    ]);
  });

  test('an attachment: into the gateway is ingress, out of it egress', () => {
    const network = networkOf(['tgw-attach', '10.20.33.164'], ['10.20.33.164']);
    const { lines } = legs(network, [
      ['10.20.33.164', '10.40.2.236'],
      ['10.40.2.236', '10.20.33.164'],
    ]);
    expect(lines.toSorted()).toEqual([
      '1 egress 10.40.2.236 10.20.33.164 1',
      '1 ingress 10.20.33.164 10.40.2.236 1',
      '2 egress 10.20.33.164 10.40.2.236 1',
      '2 ingress 10.40.2.236 10.20.33.164 1',
    ]);
  });

  test('IPv6 likewise', () => {
    const network = networkOf(['tgw-attach', 'fd00:20::4'], ['fd00:20::4']);
    const { lines } = legs(network, [
      ['fd00:20::4', 'fd00:40::9'],
      ['fd00:40::9', 'fd00:20::4'],
    ]);
    expect(lines.toSorted()).toEqual([
      '1 egress fd00:40::9 fd00:20::4 1',
      '1 ingress fd00:20::4 fd00:40::9 1',
      '2 egress fd00:20::4 fd00:40::9 1',
      '2 ingress fd00:40::9 fd00:20::4 1',
    ]);
  });

  test('neither or both ends served: the binding says nothing, the addresses decide', () => {
    const network = networkOf([PRIVATE, INSTANCE, '10.0.0.7'], VPC);
    const { lines, unattributed, bound } = legs(network, [
      [INSTANCE, '10.0.0.7'],
      ['198.51.100.1', SERVER],
    ]);
    expect(lines).toEqual([`2 egress ${INSTANCE} 10.0.0.7 1`, `3 ingress ${INSTANCE} 10.0.0.7 1`]);
    expect([unattributed, bound]).toEqual([1, 0]);
  });

  test('the link layer and MAC addresses decide before whom it serves', () => {
    const network = networkOf([PRIVATE, INSTANCE], VPC);
    network.macs.set(0xa, 1);
    const { lines } = legs(network, [
      [INSTANCE, SERVER, { direction: 'out' }],
      [SERVER, INSTANCE, { macs: [0x99, 0xa] }],
    ]);
    expect(lines.toSorted()).toEqual([
      `1 egress ${INSTANCE} ${SERVER} 1`,
      `1 ingress ${SERVER} ${INSTANCE} 1`,
    ]);
  });

  test('each packet is judged by its own addresses, not by those of the one before', () => {
    const network = networkOf([PRIVATE, INSTANCE], VPC);
    const pairs = Array.from({ length: 40 }, (_, i) =>
      i % 2 === 0 ? ([INSTANCE, SERVER] as const) : ([SERVER, INSTANCE] as const),
    );
    const { lines } = legs(network, pairs);
    expect(lines.filter((line) => line.startsWith('1 ')).toSorted()).toEqual([
      `1 egress ${SERVER} ${INSTANCE} 20`,
      `1 ingress ${INSTANCE} ${SERVER} 20`,
    ]);
  });

  test('a second source at the instance: its side is a duplicate there, and the identity holds (S2.8)', () => {
    const network = networkOf([PRIVATE, INSTANCE], VPC);
    const run = new TestRun(network);
    const nat = run.point();
    const host = run.point({ source: 'host' });
    const packet = { time: T, src: INSTANCE, dst: SERVER, sport: 1000, dport: 80, bytes: 70 };
    run.add([packet], nat);
    run.add([packet, { ...packet, sport: 1001 }], host);
    run.finish();
    expect(
      run.flows.map(({ interface: number, side, flow }) => `${number} ${side} ${flow}`).toSorted(),
    ).toEqual([
      `1 ingress ${INSTANCE} ${SERVER} 1000 80 6`,
      `2 egress ${INSTANCE} ${SERVER} 1000 80 6`,
      `2 egress ${INSTANCE} ${SERVER} 1001 80 6`,
    ]);
    const { recordedBytes, duplicateBytes } = run.account;
    expect([recordedBytes, duplicateBytes, run.recorder.counters.duplicatePackets]).toEqual([140, 70, 0]);
  });
});

test('packets whose context finds no room keep their scope, and are counted', () => {
  const numbers = new ContextNumbers();
  for (let k = 0; k < MAX_CONTEXTS; k++) numbers.intern(1, k + 1, NO_INTERFACE, false, false);
  expect(numbers.overflow).toBe(0);
  const known = numbers.intern(1, 7, NO_INTERFACE, false, false);
  for (const scope of [1, 2, 3, 2]) {
    const number = numbers.intern(scope, NO_INTERFACE, 9, false, true);
    expect([numbers.scope[number], numbers.egress[number], numbers.ingress[number]]).toEqual([
      scope,
      NO_INTERFACE,
      NO_INTERFACE,
    ]);
    expect(numbers.intern(scope, NO_INTERFACE, NO_INTERFACE, false, false)).toBe(number);
  }
  expect(numbers.overflow).toBe(4);
  expect(numbers.internTranslated(2, NO_INTERFACE, NO_INTERFACE, false, false)).toBe(-1);
  expect(numbers.overflow).toBe(5);
  expect(numbers.intern(1, 7, NO_INTERFACE, false, false)).toBe(known);
});

test('contexts keep their numbers, however many there are', () => {
  const numbers = new ContextNumbers();
  const keys = Array.from(
    { length: 3000 },
    (_, k) => [k % 3, k % 50, Math.floor(k / 50), k % 2 === 0] as const,
  );
  const given = keys.map(([scope, egress, ingress, bound]) =>
    numbers.intern(scope, egress, ingress, bound, !bound),
  );
  expect(numbers.intern(0, 0, 0, false, false)).toBe(0);
  expect(new Set(given).size).toBe(new Set(keys.map(String)).size);
  keys.forEach(([scope, egress, ingress, bound], i) => {
    expect(numbers.intern(scope, egress, ingress, bound, !bound)).toBe(given[i]);
  });
  expect(numbers.count).toBe(new Set(given).size + 1);
  expect(numbers.scope[given[7]!]).toBe(1);
});
