import { Worker } from 'node:worker_threads';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Binding } from '../../src/network/interface.ts';
import { NO_INTERFACE, NO_TUNNEL, type SeenBy } from '../../src/network/lookup.ts';
import type { Network } from '../../src/network/model.ts';
import type { ScopeRule } from '../../src/network/scope-rules.ts';
import { Snapshot } from '../../src/network/snapshot.ts';
import { anInterface, aSubnet, aVpc, idOf, networkOf } from './builders.ts';

/** Where traffic is seen: bindings (S2.2) and scopes (S2.1), by the same matching. */

const ANY: Binding = { source: undefined, ifIndex: undefined, vlan: undefined };
const MEMBERS = ['source', 'exporter', 'ifIndex', 'vlan', 'tunnel'] as const;

interface Traffic {
  readonly seen: SeenBy;
  readonly ifIndex: number;
  readonly vlan: number;
  readonly tunnel: number;
}

/** The rule in the words of the docs, slowly: of the entries that match, the one with the most members; of as many,
 * the one that has the first member that not both have, in the order of MEMBERS. */
function best<T extends Binding>(rules: readonly T[], at: Traffic): T | undefined {
  const value = { ...at, ...at.seen };
  const matching = rules.filter((rule) =>
    MEMBERS.every((member) => rule[member] === undefined || rule[member] === value[member]),
  );
  const has = (rule: T) => MEMBERS.map((member) => (rule[member] === undefined ? 0 : 1));
  const sum = (list: readonly number[]) => list.reduce<number>((a, b) => a + b, 0);
  return matching.toSorted((a, b) => {
    const [left, right] = [has(a), has(b)];
    const first = left.findIndex((bit, i) => bit !== right[i]);
    return sum(right) - sum(left) || (first < 0 ? 0 : right[first]! - left[first]!);
  })[0];
}

const source = fc.constantFrom('lan', 'edge', '');
const exporter = fc.constantFrom('192.0.2.1', '192.0.2.2', '2001:db8::1');
const ifIndex = fc.constantFrom(0, 1, 2, 0xffffffff);
const vlan = fc.constantFrom(1, 7, 4094);
const tunnel = fc.constantFrom(0, 1, 0xffffff, 0xffffffff);
const place = fc
  .record({ source, exporter, ifIndex, vlan, tunnel }, { requiredKeys: [] })
  .filter((it) => Object.keys(it).length > 0)
  .map((it): Binding => ({ ...ANY, ...it }));
const places = fc.uniqueArray(place, {
  maxLength: 24,
  selector: (it) => JSON.stringify(MEMBERS.map((member) => it[member] ?? null)),
});
const traffic: fc.Arbitrary<Traffic> = fc.record({
  seen: fc.record({ source, exporter: fc.oneof(exporter, fc.constant('')) }),
  ifIndex,
  vlan: fc.oneof(vlan, fc.constant(0)),
  tunnel: fc.oneof(tunnel, fc.constant(NO_TUNNEL)),
});

const VPCS = [1, 2, 3];

/** Three VPCs with the same addresses, and interface 1 of VPC 1, to which traffic may be bound. */
function networkWith(scopes: readonly ScopeRule[], interfaces?: Network['interfaces']) {
  return networkOf({
    vpcs: VPCS.map((n) => aVpc(n, ['10.0.0.0/8'])),
    subnets: VPCS.map((n) => aSubnet(n, n, ['10.0.0.0/8'])),
    interfaces: interfaces
      ? [...interfaces.values()]
      : VPCS.map((n) => ({ ...anInterface(n, { primary4: 0x0a000005 }), subnetId: idOf('subnet', n) })),
    scopes,
  });
}

function rule(at: Partial<Binding>, ...vpcs: number[]): ScopeRule {
  return { ...ANY, ...at, vpcIds: vpcs.map((n) => idOf('vpc', n)) };
}

const SOURCES = [[idOf('vpc', 1)], [idOf('vpc', 2)]];
const build = (scopes: readonly ScopeRule[], version: number, previous?: Snapshot): Snapshot =>
  Snapshot.build(networkWith(scopes), { version, scopes: SOURCES, ...(previous && { previous }) });
const scopeAt = (
  snapshot: Snapshot,
  at: Partial<Traffic> & { exporter?: string; source?: string },
  own = 0,
) => {
  const seen = { source: at.source ?? 'flows', exporter: at.exporter ?? '' };
  return snapshot.scopeOf(seen, at.ifIndex ?? 0, at.vlan ?? 0, at.tunnel ?? NO_TUNNEL, own);
};
/** The interface that holds 10.0.0.5 where the traffic is seen: n of VPC n. */
const holderAt = (snapshot: Snapshot, at: Parameters<typeof scopeAt>[1], own = 0): string => {
  const number = snapshot.find4(scopeAt(snapshot, at, own), 0x0a000005, false);
  return number === NO_INTERFACE ? 'none' : snapshot.facts(number).vpcId;
};

describe('matching', () => {
  test('random entries: the same as the slow way, here and on another thread', () => {
    fc.assert(
      fc.property(
        places,
        places,
        fc.array(traffic, { minLength: 1, maxLength: 20 }),
        (bound, scoped, seen) => {
          const rules = scoped.map((at, i): ScopeRule => ({ ...at, vpcIds: [idOf('vpc', 1 + (i % 3))] }));
          const own = bound.map((at, i) => anInterface(i + 1, { primary4: 0x0a000100 + i, bindings: [at] }));
          const network = networkWith(rules, new Map(own.map((it) => [it.id, it])));
          const built = Snapshot.build(network, { version: 1, scopes: SOURCES });
          expect(built.needsLink).toBe(bound.length + scoped.length > 0);
          for (const snapshot of [built, Snapshot.attach(structuredClone(built.handle()))]) {
            for (const at of seen) {
              const found = best(bound, at);
              const number = snapshot.findBound(at.seen, at.ifIndex, at.vlan, at.tunnel);
              expect(number).toBe(found === undefined ? NO_INTERFACE : bound.indexOf(found) + 1);
              const scope = snapshot.scopeOf(at.seen, at.ifIndex, at.vlan, at.tunnel, 1);
              const said = best(rules, at);
              const vpc = said === undefined ? idOf('vpc', 2) : said.vpcIds[0]!;
              // Whose subnet an address of that scope lies in.
              expect(snapshot.handle().scopeKeys[scope]).toBe(vpc);
            }
          }
        },
      ),
      { interruptAfterTimeLimit: 3000, numRuns: 400 },
    );
  });
  test.each<[string, Partial<Binding>, Partial<Binding>]>([
    ['two members before one', { vlan: 7, tunnel: 9 }, { source: 'edge' }],
    ['a source before an exporter', { source: 'edge' }, { exporter: '192.0.2.1' }],
    ['an exporter before an ifIndex', { exporter: '192.0.2.1' }, { ifIndex: 3 }],
    ['an ifIndex before a VLAN', { ifIndex: 3 }, { vlan: 7 }],
    ['a VLAN before a tunnel', { vlan: 7 }, { tunnel: 9 }],
    [
      'of as many, the first that not both have',
      { source: 'edge', tunnel: 9 },
      { exporter: '192.0.2.1', ifIndex: 3 },
    ],
  ])('%s', (_, wins, loses) => {
    const at = { source: 'edge', exporter: '192.0.2.1', ifIndex: 3, vlan: 7, tunnel: 9 };
    for (const rules of [
      [rule(wins, 3), rule(loses, 2)],
      [rule(loses, 2), rule(wins, 3)],
    ]) {
      expect(holderAt(build(rules, 1), at)).toBe(idOf('vpc', 3));
    }
  });
  test('two points in turns are told apart, and one object is asked about again and again', () => {
    const snapshot = build([rule({ exporter: '192.0.2.1' }, 3), rule({ exporter: '192.0.2.2' }, 2)], 1);
    const points = ['192.0.2.1', '192.0.2.2', '192.0.2.3'].map((it) => ({ source: 'flows', exporter: it }));
    const ask = (): number[] => points.map((point) => snapshot.scopeOf(point, 0, 0, NO_TUNNEL, 0));
    expect(ask()).toEqual([2, 1, 0]);
    expect(ask()).toEqual([2, 1, 0]);
    expect(snapshot.scopeOf(points[0]!, 0, 0, NO_TUNNEL, 0)).toBe(2);
    expect(snapshot.scopeOf(points[0]!, 0, 0, NO_TUNNEL, 1)).toBe(2);
  });
  test('all that a source or an exporter sees: what is said of the whole, and of its parts; of others nothing', () => {
    const scopesOf = (rules: readonly ScopeRule[], exporter: string): (string | undefined)[] => {
      const snapshot = build(rules, 1);
      const numbers = snapshot.scopesOf({ source: 'flows', exporter }, 0);
      return numbers.map((number) => snapshot.handle().scopeKeys[number]);
    };
    const [one, two, three] = VPCS.map((n) => idOf('vpc', n));
    const E = '192.0.2.1';
    expect(scopesOf([], E)).toEqual([one]);
    const port = rule({ exporter: E, ifIndex: 4 }, 3);
    expect(scopesOf([port], E)).toEqual([one, three]);
    expect(scopesOf([port], '192.0.2.2')).toEqual([one]);
    expect(scopesOf([port], '')).toEqual([one]);
    const ofSource = rule({ source: 'flows' }, 2);
    expect(scopesOf([port, ofSource], E)).toEqual([two, three]);
    // As in matching: a source before an exporter, both before either.
    expect(scopesOf([rule({ exporter: E }, 3), ofSource], E)).toEqual([two]);
    expect(scopesOf([rule({ source: 'flows', exporter: E }, 3), ofSource], E)).toEqual([three]);
    expect(scopesOf([rule({ source: 'other' }, 3), rule({ source: 'other', vlan: 1 }, 2)], E)).toEqual([one]);
    // Said of nobody in particular: whoever has no such VLAN would cover what it never sees.
    expect(scopesOf([rule({ vlan: 7 }, 3), rule({ ifIndex: 1 }, 2), rule({ tunnel: 1 }, 2)], E)).toEqual([
      one,
    ]);
  });
  test('the highest tunnel id is not the absence of one; id 0 is one', () => {
    const snapshot = build([rule({ tunnel: 0xffffffff }, 3), rule({ tunnel: 0 }, 2)], 1);
    expect([0xffffffff, 0, 5, NO_TUNNEL].map((tunnel) => holderAt(snapshot, { tunnel }))).toEqual(
      [3, 2, 1, 1].map((n) => idOf('vpc', n)),
    );
  });
});

describe('numbers of scopes', () => {
  test('those of sources first, then those of rules; who sees the same VPCs has one', () => {
    const rules = [rule({ vlan: 1 }, 3, 1), rule({ vlan: 2 }, 2), rule({ vlan: 3 }, 1, 3)];
    const snapshot = Snapshot.build(networkWith(rules), {
      version: 1,
      scopes: SOURCES,
      overlaps: 'leave-out',
    });
    expect(snapshot.scopeCount).toBe(3);
    expect([1, 2, 3, 4].map((vlan) => scopeAt(snapshot, { vlan }, 0))).toEqual([2, 1, 2, 0]);
  });
  test('stay over versions, and are not used again', () => {
    const one = build([rule({ vlan: 1 }, 3), rule({ vlan: 2 }, 2)], 1);
    expect([1, 2].map((vlan) => scopeAt(one, { vlan }))).toEqual([2, 1]);
    // The VPC of the first rule is seen by none now; the second one's is that of a source.
    const two = build([rule({ vlan: 2 }, 3), rule({ vlan: 1 }, 2)], 2, one);
    expect([1, 2].map((vlan) => scopeAt(two, { vlan }))).toEqual([1, 2]);
    const three = build([], 3, two);
    expect(three.scopeCount).toBe(3);
    expect(scopeAt(three, { vlan: 1 })).toBe(0);
    expect([...three.scopeInterfaces(2)]).toEqual([]);
    expect(three.find4(2, 0x0a000005, false)).toBe(NO_INTERFACE);
    expect(three.needsLink).toBe(false);
    const four = build([rule({ tunnel: 9 }, 3)], 4, three);
    expect(scopeAt(four, { tunnel: 9 })).toBe(2);
    expect(holderAt(four, { tunnel: 9 })).toBe(idOf('vpc', 3));
    // Earlier versions say what they said.
    expect(holderAt(one, { vlan: 1 })).toBe(idOf('vpc', 3));
  });
  test('random versions: never fewer scopes, and one number for the same VPCs', () => {
    const version = fc.array(fc.subarray(VPCS, { minLength: 1 }), { maxLength: 5 });
    fc.assert(
      fc.property(fc.array(version, { minLength: 1, maxLength: 6 }), (versions) => {
        const numbers = new Map<string, number>([
          ['1', 0],
          ['2', 1],
        ]);
        let snapshot: Snapshot | undefined;
        versions.forEach((lists, v) => {
          const rules = lists.map((vpcs, i) => rule({ vlan: i + 1 }, ...vpcs));
          const next = Snapshot.build(networkWith(rules), {
            version: v + 1,
            scopes: SOURCES,
            overlaps: 'leave-out',
            ...(snapshot && { previous: snapshot }),
          });
          lists.forEach((vpcs, i) => {
            const key = vpcs.join(' ');
            const number = scopeAt(next, { vlan: i + 1 });
            expect(number).toBeLessThan(next.scopeCount);
            expect(numbers.get(key) ?? number).toBe(number);
            numbers.set(key, number);
          });
          expect(new Set(numbers.values()).size).toBe(numbers.size);
          expect(next.scopeCount).toBe(numbers.size);
          snapshot = next;
        });
      }),
      { interruptAfterTimeLimit: 2000 },
    );
  });
  test('a VPC that only a rule sees has numbers; its facts change no others', () => {
    const one = build([], 1);
    expect(one.numberOf(idOf('eni', 3))).toBe(NO_INTERFACE);
    const two = build([rule({ exporter: '192.0.2.1' }, 3)], 2, one);
    expect(two.numberOf(idOf('eni', 3))).toBe(3);
    expect([...two.scopeInterfaces(2)]).toEqual([3]);
    // Who sees what decides whose addresses are whose: what follows from them may not be kept.
    expect(two.factsVersion).toBe(2);
    expect(build([rule({ exporter: '192.0.2.1' }, 3)], 3, two).factsVersion).toBe(2);
  });
});

describe('overlap inside the scope of a rule', () => {
  const rules = [rule({ vlan: 5 }, 2, 3)];
  test('is refused like that of a source', () => {
    expect(() => build(rules, 1)).toThrow(
      `${idOf('eni', 2)} and ${idOf('eni', 3)} both hold 10.0.0.5 in one scope`,
    );
    expect(() =>
      Snapshot.build(networkWith(rules), { version: 1, scopes: 'all', overlaps: 'refuse-named' }),
    ).toThrow('in one scope');
  });
  test('or left out, and listed', () => {
    const snapshot = Snapshot.build(networkWith(rules), {
      version: 1,
      scopes: SOURCES,
      overlaps: 'leave-out',
    });
    expect(snapshot.conflicts.map(({ scope, vpcId }) => [scope, vpcId])).toEqual([[2, idOf('vpc', 3)]]);
    expect(holderAt(snapshot, { vlan: 5 })).toBe(idOf('vpc', 2));
  });
  test('addresses are discovered in the VPC that the rule names', () => {
    const network = networkOf({
      vpcs: VPCS.map((n) => aVpc(n, ['10.0.0.0/8'])),
      subnets: VPCS.map((n) => ({ ...aSubnet(n, n, ['10.0.0.0/8']), discover: true })),
      scopes: [rule({ tunnel: 30 }, 3), rule({ tunnel: 20 }, 2)],
    });
    const snapshot = Snapshot.build(network, { version: 1, scopes: [[idOf('vpc', 1)]] });
    const found = [30, 20, NO_TUNNEL].map((tunnel) => {
      const number = snapshot.find4(scopeAt(snapshot, { tunnel }), 0x0a010203, true);
      return [number, snapshot.facts(number).vpcId];
    });
    expect(new Set(found.map(([number]) => number)).size).toBe(3);
    expect(found.map(([, vpc]) => vpc)).toEqual([3, 2, 1].map((n) => idOf('vpc', n)));
  });
});

test('another thread finds the same', async () => {
  const snapshot = build([rule({ exporter: '2001:db8::1', tunnel: 7 }, 3)], 1);
  const code = `
    import { parentPort, workerData } from 'node:worker_threads';
    import { Snapshot } from ${JSON.stringify(new URL('../../src/network/snapshot.ts', import.meta.url).href)};
    const it = Snapshot.attach(workerData);
    parentPort.postMessage(it.scopeOf({ source: 'x', exporter: '2001:db8::1' }, 1, 2, 7, 0));`;
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`), {
    workerData: snapshot.handle(),
  });
  const answer = await new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  await worker.terminate();
  expect(answer).toBe(2);
});
