import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { packTopology, unpackTopology } from '../../src/network/packed-topology.ts';
import { packedValue, packTexts } from '../../src/network/packed-values.ts';
import { Snapshot } from '../../src/network/snapshot.ts';
import { topologyOf } from '../../src/network/topology.ts';
import { parseNetwork } from '../../src/network/yaml.ts';

const budget = { interruptAfterTimeLimit: 2000, markInterruptAsFailure: false } as const;
const page = readFileSync(new URL('../../docs/network.md', import.meta.url), 'utf8');
const EXAMPLE = [...page.matchAll(/```yaml\n(.*?)```/gs)][1]![1]!;
const network = parseNetwork(EXAMPLE, 'network.yaml', { account: '123456789012', region: 'eu-central-1' });

describe('what goes to another thread', () => {
  test('values come back as they were, each by itself', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), (values) => {
        const packed = structuredClone(packTexts(values.map((value) => JSON.stringify(value))));
        expect(packed.offsets).toHaveLength(values.length + 1);
        const again = values.map((_, i) => packedValue(packed, i));
        expect(JSON.stringify(again)).toBe(JSON.stringify(values));
      }),
      budget,
    );
  });
  test('a topology comes back equal, with every kind of route', () => {
    const topology = topologyOf(network);
    const kinds = topology.routeTables.flatMap(({ routes }) => routes.map((it) => it.target?.kind));
    expect(new Set(kinds).size).toBeGreaterThan(7);
    expect(topology.transitGatewayRouteTables[0]!.routes.some((it) => it.attachmentIds.length === 2)).toBe(
      true,
    );
    expect(unpackTopology(structuredClone(packTopology(topology)))).toEqual(topology);
  });
  test('a snapshot says the same there', () => {
    const here = Snapshot.build(network, { version: 1, scopes: 'all' });
    const there = Snapshot.attach(structuredClone(here.handle()));
    expect(there.topology).toEqual(here.topology);
    expect(there.topology).toBe(there.topology);
    expect(there.topology.routeTables).toBe(there.topology.routeTables);
    expect(here.declaredCount).toBeGreaterThan(8);
    for (let number = 1; number <= here.declaredCount; number++) {
      expect(there.facts(number)).toEqual(here.facts(number));
    }
    expect(there.hasNitro).toBe(true);
    const task = there.facts(there.numberOf('eni-00000000000000002')).ecsTask;
    expect(task).toEqual([...network.ecsTasks.values()][0]);
    const { instance } = there.facts(there.numberOf('eni-00000000000000001'));
    expect(instance?.group).toEqual({
      accountId: '123456789012',
      tags: [...network.autoScalingGroups.values()][0]!.tags,
    });
  });
});
