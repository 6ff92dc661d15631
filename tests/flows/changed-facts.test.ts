/** S3.7 with what records say of interfaces and their surroundings: no record mixes two versions. */
import { describe, expect, test } from 'vitest';
import { parsePrefix } from '../../src/base/prefixes.ts';
import type { Network, NetworkParts } from '../../src/network/model.ts';
import type { InterfaceFacts } from '../../src/network/lookup.ts';
import { Rules } from '../../src/rules/rules.ts';
import { newLine } from '../../src/rules/line.ts';
import { anInterface, idOf, networkOf } from '../network/builders.ts';
import { I, VersionedRun } from './versioned-run.ts';

const HOST = '10.0.0.5';
const OUT = '203.0.113.9';
const word = (host: number): number => (10 << 24) | host;
const RESOURCE = { origin: 'file', accountId: '123456789012', tags: {} } as const;

/** One interface of one instance, with whatever else a test gives. */
function networkWith(
  tags: {
    readonly own?: string;
    readonly instance?: string;
    readonly group?: string;
    readonly primary?: number;
  } = {},
  parts: Partial<NetworkParts> = {},
): Network {
  const tagged = (value: string | undefined): Record<string, string> =>
    value === undefined ? {} : { Team: value };
  const instance = { ...RESOURCE, id: idOf('i', 1), nitro: false, tags: tagged(tags.instance) };
  return networkOf({
    interfaces: [
      anInterface(1, {
        primary4: word(tags.primary ?? 5),
        secondary4: tags.primary === undefined ? [] : [word(5)],
        instanceId: instance.id,
        tags: tagged(tags.own),
      }),
    ],
    instances: [instance],
    autoScalingGroups: [
      {
        ...RESOURCE,
        id: '123456789012 eu-central-1 web',
        name: 'web',
        region: 'eu-central-1',
        tags: tagged(tags.group),
        instanceIds: [instance.id],
      },
    ],
    ...parts,
  });
}

/** A run with a packet in each of two windows, between which the network changes. */
function runOver(before: Network, after: Network): VersionedRun {
  const run = new VersionedRun(before);
  const packet = { src: HOST, dst: OUT, sport: 4000, dport: 443 };
  run.add([{ ...packet, time: I + 5 }]);
  run.change(after, I + 60);
  run.advance(I, I + 65);
  run.add([{ ...packet, time: I + 65 }]);
  run.advance(I + 66, I + 662);
  run.finish();
  expect(run.missing).toEqual([0, 0]);
  return run;
}

/** What the records of each interval say, by the facts of the version that they are written under. */
function told(run: VersionedRun, seconds: 60 | 600, what: (facts: InterfaceFacts) => unknown): unknown[] {
  return run.of(seconds).map(({ start, version, packets }) => {
    const snapshot = run.snapshots.get(version)!;
    return [start - I, packets, what(snapshot.facts(snapshot.numberOf(idOf('eni', 1))))];
  });
}

describe('a change in the middle of an interval parts its sums', () => {
  test.each<[string, Network, Network, (facts: InterfaceFacts) => unknown, unknown, unknown]>([
    [
      'a tag of the interface',
      networkWith({ own: 'red' }),
      networkWith({ own: 'blue' }),
      (facts) => facts.tags.Team,
      'red',
      'blue',
    ],
    [
      'a tag of its instance',
      networkWith({ instance: 'red' }),
      networkWith({ instance: 'blue' }),
      (facts) => facts.instance?.tags.Team,
      'red',
      'blue',
    ],
    [
      "a tag of the instance's group",
      networkWith({ group: 'red' }),
      networkWith({}),
      (facts) => facts.instance?.group?.tags.Team,
      'red',
      undefined,
    ],
    [
      'the group itself',
      networkWith({ group: 'red' }),
      networkWith({}, { autoScalingGroups: [] }),
      (facts) => facts.instance?.group?.tags.Team,
      'red',
      undefined,
    ],
    [
      'its primary address',
      networkWith({}),
      networkWith({ primary: 6 }),
      (facts) => facts.primary4,
      word(5),
      word(6),
    ],
  ])('%s', (_name, before, after, what, old, now) => {
    const run = runOver(before, after);
    expect(told(run, 60, what)).toEqual([
      [0, 1, old],
      [60, 1, now],
    ]);
    expect(told(run, 600, what)).toEqual([
      [0, 1, old],
      [0, 1, now],
    ]);
  });

  test('a route of its subnet: traffic path and next hop are those of the window', () => {
    const run = runOver(routedTo('internet'), routedTo('nat'));
    const line = Object.assign(newLine(), { egress: true, protocol: 6 });
    line.source[3] = word(5);
    line.destination.set([0, 0, 0, (203 << 24) | (113 << 8) | 9]);
    for (const [seconds, starts] of [
      [60, [0, 60]],
      [600, [0, 0]],
    ] as const) {
      const said = run.of(seconds).map(({ start, version }) => {
        const snapshot = run.snapshots.get(version)!;
        const rules = new Rules(snapshot);
        rules.begin();
        line.number = snapshot.numberOf(idOf('eni', 1));
        const next = rules.nextHop(line);
        return [start - I, rules.trafficPath(line), next === 0 ? '-' : snapshot.facts(next).interfaceId];
      });
      expect(said).toEqual([
        [starts[0], 8, '-'],
        [starts[1], 1, idOf('eni', 2)],
      ]);
    }
  });

  test('what is only added does not', () => {
    const more = networkWith({ own: 'red' });
    const run = runOver(
      networkWith({ own: 'red' }),
      networkWith(
        { own: 'red' },
        {
          interfaces: [
            ...more.interfaces.values(),
            anInterface(2, { primary4: word(9), tags: { Team: 'blue' } }),
          ],
        },
      ),
    );
    expect(told(run, 600, (facts) => facts.tags.Team)).toEqual([[0, 2, 'red']]);
  });
});

/** An internet gateway, a NAT gateway, and the main route table that leads to one of them. */
function routedTo(target: 'nat' | 'internet'): Network {
  const common = { ...RESOURCE, region: 'eu-central-1', vpcId: idOf('vpc', 1) };
  return networkWith(
    {},
    {
      interfaces: [
        anInterface(1, { primary4: word(5) }),
        anInterface(2, { primary4: word(9), kind: 'nat_gateway' }),
      ],
      autoScalingGroups: [],
      internetGateways: [{ ...common, id: idOf('igw', 1) }],
      natGateways: [
        {
          ...common,
          id: idOf('nat', 1),
          createdAt: undefined,
          mode: 'zonal',
          connectivity: 'public',
          interfaceId: idOf('eni', 2),
          addresses: [],
          bindings: [],
        },
      ],
      routeTables: [
        {
          ...common,
          id: idOf('rtb', 1),
          main: true,
          implied: false,
          subnetIds: [],
          gatewayIds: [],
          propagating: false,
          routes: [
            {
              destination: parsePrefix('0.0.0.0/0'),
              target:
                target === 'nat'
                  ? { kind: 'natGateway', id: idOf('nat', 1) }
                  : { kind: 'internetGateway', id: idOf('igw', 1) },
              blackhole: false,
              origin: 'created',
            },
          ],
        },
      ],
    },
  );
}
