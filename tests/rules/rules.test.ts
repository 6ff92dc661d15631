import { describe, expect, test } from 'vitest';
import { INTERFACE_KINDS } from '../../src/network/interface.ts';
import type { NetworkDirectory } from '../../src/network/lookup.ts';
import { Snapshot } from '../../src/network/snapshot.ts';
import { interfaceType } from '../../src/rules/interface-type.ts';
import { Rules } from '../../src/rules/rules.ts';
import { NETWORK } from './a-network.ts';
import { id, lineOf, nameOf, snapshotOf } from './networks.ts';

describe('rules over a directory whose version changes', () => {
  const before = snapshotOf(NETWORK);
  const after = snapshotOf(
    `${NETWORK.replace('{ to: 0.0.0.0/0, via: nat-00000001 }', '{ to: 0.0.0.0/0, via: vgw-00000001 }')}
blockPublicAccess: [{ mode: block-bidirectional }]`,
    { version: 2 },
  );
  let current = before;
  const directory: NetworkDirectory = {
    get version() {
      return current.version;
    },
    get topology() {
      return current.topology;
    },
    get services() {
      return current.services;
    },
    facts: (number) => current.facts(number),
    isBound: (number) => current.isBound(number),
    numberOf: (it) => current.numberOf(it),
    holderOf: (...address) => current.holderOf(...address),
    subnetAt: (...address) => current.subnetAt(...address),
  };
  const line = lineOf(before, { at: 'eni-1', flow: '10.1.1.10 > 8.8.8.8', out: true });

  test('begin takes the new one, and nothing of the old one is left', () => {
    const rules = new Rules(directory);
    rules.begin();
    expect([rules.trafficPath(line), nameOf(before, rules.nextHop(line)), rules.rejectsForReasons]).toEqual([
      1,
      id('eni-10'),
      false,
    ]);
    current = after;
    rules.begin();
    expect([rules.trafficPath(line), rules.nextHop(line), rules.rejectsForReasons]).toEqual([3, 0, true]);
  });
  test('another thread that is sent the snapshot answers the same', () => {
    const there = new Rules(Snapshot.attach(structuredClone(after.handle())));
    expect([there.trafficPath(line), there.nextHop(line), there.rejectsForReasons]).toEqual([3, 0, true]);
  });
});

test('interface-type: the five values of the field', () => {
  expect(INTERFACE_KINDS.map(interfaceType)).toEqual([
    '-',
    'nat_gateway',
    'network_load_balancer',
    'regional_nat_gateway',
    'transit_gateway',
    'vpc_endpoint',
    '-',
  ]);
  expect(interfaceType('transit_gateway_attachment')).toBe('-');
});
