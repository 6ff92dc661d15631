import { describe, expect, test } from 'vitest';
import { NO_TUNNEL } from '../../../src/network/lookup.ts';
import type { Network } from '../../../src/network/model.ts';
import { Snapshot } from '../../../src/network/snapshot.ts';
import { Lineage, planScopes } from '../../../src/service/recording/lineage.ts';
import { anInterface, aSubnet, aVpc, idOf, networkOf } from '../../network/builders.ts';

const VPCS = [1, 2, 3];

/** Three VPCs with one interface each, apart unless `same`; traffic of these exporters is of these VPCs. */
function network(scopes: Readonly<Record<string, readonly number[]>>, same = false): Network {
  const cidr = (n: number): string[] => [same ? '10.0.0.0/16' : `10.${n}.0.0/16`];
  return networkOf({
    vpcs: VPCS.map((n) => aVpc(n, cidr(n))),
    subnets: VPCS.map((n) => aSubnet(n, n, cidr(n))),
    interfaces: VPCS.map((n) => ({
      ...anInterface(n, { primary4: (10 << 24) | ((same ? 0 : n) << 16) | 5 }),
      subnetId: idOf('subnet', n),
    })),
    scopes: Object.entries(scopes).map(([exporter, vpcs]) => ({
      source: undefined,
      exporter,
      ifIndex: undefined,
      vlan: undefined,
      vpcIds: vpcs.map((n) => idOf('vpc', n)),
    })),
  });
}

const scopeOf = (snapshot: Snapshot, exporter: string, own: number): number =>
  snapshot.scopeOf({ source: 'routers', exporter }, 0, 0, NO_TUNNEL, own);

describe('scopes of the network’s rules in one recording', () => {
  const plan = planScopes([{}, { vpcs: [idOf('vpc', 1)] }, {}, { vpcs: [idOf('vpc', 1), idOf('vpc', 1)] }]);

  test('sources come first, and share', () => {
    expect(plan).toEqual({ scopes: [undefined, [idOf('vpc', 1)]], of: [0, 1, 0, 1] });
  });
  test('rules come behind them, and keep their numbers while the network changes', () => {
    const lineage = new Lineage(plan.scopes, 'leave-out');
    const scopes = (rules: Readonly<Record<string, readonly number[]>>): number[] => {
      const { snapshot } = lineage.next(network(rules), undefined);
      const there = Snapshot.attach(structuredClone(snapshot.handle()));
      return ['192.0.2.1', '192.0.2.2', '192.0.2.3'].map((exporter) => {
        const scope = scopeOf(snapshot, exporter, 0);
        expect(scopeOf(there, exporter, 0)).toBe(scope);
        return scope;
      });
    };
    expect(scopes({})).toEqual([0, 0, 0]);
    expect(scopes({ '192.0.2.1': [3], '192.0.2.2': [1] })).toEqual([2, 1, 0]);
    expect(scopes({ '192.0.2.2': [2, 3], '192.0.2.3': [3] })).toEqual([0, 3, 2]);
    expect(scopes({ '192.0.2.1': [2] })).toEqual([4, 0, 0]);
    expect(scopes({ '192.0.2.1': [3, 2] })).toEqual([3, 0, 0]);
    expect(lineage.latest!.scopeCount).toBe(5);
    // A source's own scope is the rest.
    expect(scopeOf(lineage.latest!, '192.0.2.9', 1)).toBe(1);
  });
  test('an overlap in the scope of a rule: told, and left out; a replay refuses it', () => {
    const sources = [[idOf('vpc', 1)]];
    const live = new Lineage(sources, 'leave-out');
    const both = network({ '192.0.2.1': [2, 3] }, true);
    expect(live.next(both, undefined).news).toEqual([expect.stringContaining('in one scope')]);
    expect(live.next(both, undefined).news).toEqual([]);
    expect(() => new Lineage(sources, 'refuse-named').next(both, undefined)).toThrow('in one scope');
    expect(
      new Lineage(sources, 'refuse-named').next(network({ '192.0.2.1': [2] }, true), undefined).news,
    ).toEqual([]);
  });
});
