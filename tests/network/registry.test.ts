import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parsePrefix } from '../../src/base/prefixes.ts';
import { discoveringNetwork } from '../../src/network/defaults.ts';
import { flowLogTypes } from '../../src/network/flow-log-types.ts';
import { completeNetwork, emptyLists, type Network } from '../../src/network/model.ts';
import { NetworkRegistry } from '../../src/network/registry.ts';
import type { Held } from '../../src/network/resources.ts';
import { Snapshot } from '../../src/network/snapshot.ts';
import type { NetworkStore } from '../../src/network/store-port.ts';
import type { TransitGatewayOptions } from '../../src/network/transit-gateway.ts';
import { openSqliteStore, type SqliteStore } from '../../src/store/sqlite.ts';
import { anInterface, aSubnet, aVpc, idOf, networkOf } from './builders.ts';

const HERE = { account: '123456789012', region: 'eu-central-1' };
const ELSEWHERE = { account: '210987654321', region: 'eu-central-1' };
const NOW = new Date('2026-01-02T03:04:05Z');
const DECLARED = networkOf({
  interfaces: [
    anInterface(1, { primary4: (10 << 24) + 5, instanceId: 'i-00000001', tags: { Name: 'file' } }),
    anInterface(2, { primary4: (10 << 24) + 6, accountId: ELSEWHERE.account }),
  ],
});
const API = { origin: 'api', accountId: HERE.account, tags: {} } as const;
const SWITCHES: TransitGatewayOptions = {
  amazonSideAsn: 64512,
  autoAcceptSharedAttachments: 'disable',
  defaultRouteTableAssociation: 'enable',
  defaultRouteTablePropagation: 'enable',
  vpnEcmpSupport: 'enable',
  dnsSupport: 'enable',
  securityGroupReferencingSupport: 'disable',
  multicastSupport: 'disable',
  cidrBlocks: ['10.9.0.0/24'],
};

/** One resource of each kind that the API makes, each after what it needs. */
function everyKind(): Held[] {
  return [
    { kind: 'vpc', resource: { ...aVpc(100, ['172.16.0.0/16', '2001:db8::/56']), ...API } },
    {
      kind: 'subnet',
      resource: { ...aSubnet(100, 100, ['172.16.1.0/24', '2001:db8::/64']), ...API, azId: 'euc1-az1' },
    },
    {
      kind: 'interface',
      resource: {
        ...anInterface(100, { subnetId: idOf('subnet', 100), primary4: (172 << 24) | (16 << 16) | 0x104 }),
        ...API,
        secondary4: [(172 << 24) | (16 << 16) | 0x105],
        ipv6: [[0x20010db8, 0, 0, 9]],
        description: 'a probe',
      },
    },
    {
      kind: 'transitGateway',
      resource: {
        ...API,
        id: idOf('tgw', 1),
        region: HERE.region,
        description: undefined,
        createdAt: 7,
        options: SWITCHES,
      },
    },
    {
      kind: 'transitGatewayAttachment',
      resource: {
        ...API,
        id: idOf('tgw-attach', 1),
        region: HERE.region,
        transitGatewayId: idOf('tgw', 1),
        type: 'vpc',
        resourceId: idOf('vpc', 100),
        resourceOwnerId: API.accountId,
        vpcId: idOf('vpc', 100),
        subnetIds: [idOf('subnet', 100)],
        interfaceIds: [],
        peerRegion: undefined,
        createdAt: NOW.getTime(),
        options: {
          dnsSupport: 'enable',
          securityGroupReferencingSupport: 'enable',
          ipv6Support: 'disable',
          applianceModeSupport: 'disable',
        },
        bindings: [],
      },
    },
    {
      kind: 'natGateway',
      resource: {
        ...API,
        id: idOf('nat', 1),
        region: HERE.region,
        vpcId: idOf('vpc', 100),
        createdAt: NOW.getTime(),
        mode: 'regional',
        connectivity: 'public',
        interfaceId: undefined,
        addresses: [],
        bindings: [],
      },
    },
  ];
}

let store: SqliteStore;
beforeEach(async () => {
  store = await openSqliteStore();
});
afterEach(() => store.close());

function create(registry: NetworkRegistry, held: Held, scope = HERE): Promise<void> {
  return registry.turn(scope, (turn) => turn.create(held, [], NOW));
}

async function filled(declared: Network = DECLARED): Promise<NetworkRegistry> {
  const registry = await NetworkRegistry.open(store, declared);
  for (const held of everyKind()) await create(registry, held);
  return registry;
}

describe('the network of a service', () => {
  test('is the declared one at first', async () => {
    const registry = await NetworkRegistry.open(store, DECLARED);
    expect(registry.version).toBe(1);
    expect(registry.network().vpcs).toEqual(DECLARED.vpcs);
    expect(registry.network().interfaces).toEqual(DECLARED.interfaces);
    // An instance that is only named is there too: it can have tags.
    expect([...registry.network().instances.keys()]).toEqual(['i-00000001']);
    expect(registry.network()).toBe(registry.network());
  });

  test('has what is created, version by version, and after a restart', async () => {
    const registry = await NetworkRegistry.open(store, DECLARED);
    const versions: number[] = [];
    const stop = registry.onChange((version) => versions.push(version));
    const before = registry.network();
    for (const held of everyKind()) await create(registry, held);
    expect(versions).toEqual([2, 3, 4, 5, 6, 7]);
    expect(before.vpcs.size).toBe(1); // a version stays what it was
    const after = registry.network();
    const again = await NetworkRegistry.open(store, DECLARED);
    expect(again.setAside).toEqual([]);
    for (const [kind, map] of [
      ['vpc', 'vpcs'],
      ['subnet', 'subnets'],
      ['interface', 'interfaces'],
      ['transitGatewayAttachment', 'transitGatewayAttachments'],
      ['natGateway', 'natGateways'],
    ] as const) {
      const { resource } = everyKind().find((held) => held.kind === kind)!;
      expect(after[map].get(resource.id)).toEqual(resource);
      expect(again.network()[map].get(resource.id)).toEqual(resource);
    }
    // What a gateway says of its creation is the store's.
    expect(again.network().transitGateways.get(idOf('tgw', 1))).toMatchObject({
      createdAt: NOW.getTime(),
      options: SWITCHES,
    });
    stop();
    await create(registry, { kind: 'vpc', resource: { ...aVpc(101, ['10.0.0.0/16']), ...API } });
    expect(versions).toHaveLength(6);
  });

  test('numbers interfaces on as they are created', async () => {
    const snapshot = Snapshot.build((await filled()).network(), { version: 7, scopes: 'all' });
    expect(snapshot.declaredCount).toBe(5);
    expect([4, 5].map((number) => snapshot.facts(number).interfaceId)).toEqual([
      idOf('tgw-attach', 1),
      idOf('nat', 1),
    ]);
    expect(snapshot.facts(3).interfaceId).toBe(idOf('eni', 100));
    expect(snapshot.find4(0, (172 << 24) | (16 << 16) | 0x105, false)).toBe(3);
  });

  test('deletes in the order of need', async () => {
    const registry = await filled();
    const remove = (held: Held): Promise<void> => registry.turn(HERE, (turn) => turn.delete(held));
    const [vpc] = everyKind();
    await expect(remove(vpc!)).rejects.toThrow(RangeError);
    for (const held of everyKind().reverse()) await remove(held);
    expect(registry.network().vpcs).toEqual(DECLARED.vpcs);
    expect((await NetworkRegistry.open(store, DECLARED)).network().interfaces).toEqual(DECLARED.interfaces);
    await create(registry, vpc!); // there is room again
  });

  test('knows the kind of an id by account and region', async () => {
    const registry = await filled(
      networkOf({
        ...parts(DECLARED),
        instances: [{ ...API, origin: 'file', id: 'i-00000001', nitro: true }],
      }),
    );
    const ids = [...everyKind().map((held) => held.resource.id), 'i-00000001', 'vpc-00000000', 'fl-00000000'];
    expect([...flowLogTypes(registry, HERE, ids)]).toEqual([
      [idOf('vpc', 100), 'VPC'],
      [idOf('subnet', 100), 'Subnet'],
      [idOf('eni', 100), 'NetworkInterface'],
      [idOf('tgw', 1), 'TransitGateway'],
      [idOf('tgw-attach', 1), 'TransitGatewayAttachment'],
      [idOf('nat', 1), 'RegionalNatGateway'],
      ['i-00000001', 'other'],
    ]);
    expect(flowLogTypes(registry, ELSEWHERE, ids).size).toBe(0);
    expect(flowLogTypes(registry, { ...HERE, region: 'us-east-1' }, ids).size).toBe(0);
    // An interface of a shared subnet is its own account's.
    expect([
      ...flowLogTypes(registry, ELSEWHERE, [idOf('eni', 1), idOf('eni', 2), idOf('subnet', 1)]),
    ]).toEqual([[idOf('eni', 2), 'NetworkInterface']]);
  });

  test('the network that nobody described is as declared as any', async () => {
    const registry = await NetworkRegistry.open(store, discoveringNetwork(HERE));
    const [vpcId] = registry.network().vpcs.keys();
    const subnet = { ...aSubnet(1, 1, ['10.1.0.0/16']), ...API, vpcId: vpcId! };
    await create(registry, { kind: 'subnet', resource: subnet }); // inside of one that discovers
    expect(registry.network().subnets.get(subnet.id)).toEqual(subnet);
  });
});

function parts(network: Network) {
  return { interfaces: [...network.interfaces.values()] };
}

describe('what has no place any more', () => {
  test('is set aside, with what needs it, until the file has room for it', async () => {
    await filled();
    const taken = completeNetwork({
      ...emptyLists(),
      vpcs: [aVpc(100, ['10.0.0.0/8'])], // an id that was made over the API
    });
    const registry = await NetworkRegistry.open(store, taken);
    expect(registry.setAside).toEqual([
      { id: idOf('vpc', 100), reason: `${idOf('vpc', 100)} is there already` },
      { id: idOf('subnet', 100), reason: `it is outside of ${idOf('vpc', 100)}` },
      { id: idOf('eni', 100), reason: `${idOf('subnet', 100)} is not there` },
      { id: idOf('tgw-attach', 1), reason: `${idOf('subnet', 100)} is not there` },
    ]);
    expect([...registry.network().natGateways.keys()]).toEqual([idOf('nat', 1)]);
    expect((await NetworkRegistry.open(store, DECLARED)).setAside).toEqual([]);
  });

  test('a prefix or an address that the file gives to another', async () => {
    const registry = await NetworkRegistry.open(store, DECLARED);
    const vpcs = [aVpc(1, ['10.0.0.0/8'])];
    const wide = networkOf({ vpcs, subnets: [] });
    const bare = await NetworkRegistry.open(store, wide);
    await create(bare, { kind: 'subnet', resource: { ...aSubnet(7, 1, ['10.7.0.0/16']), ...API } });
    await create(registry, {
      kind: 'interface',
      resource: { ...anInterface(7, { primary4: (10 << 24) + 7 }), ...API },
    });
    const edited = networkOf({
      subnets: [aSubnet(1, 1, ['10.0.0.0/8'])],
      interfaces: [anInterface(9, { primary4: (10 << 24) + 7 })],
    });
    expect((await NetworkRegistry.open(store, edited)).setAside).toEqual([
      { id: idOf('subnet', 7), reason: `${idOf('subnet', 1)} has its prefix` },
      { id: idOf('eni', 7), reason: `${idOf('eni', 9)} has its address` },
    ]);
  });

  test('a document that is no good, or none of its kind', async () => {
    const row = { ...HERE, createdAt: 1 };
    await store.transaction(async (on) => {
      await on.resources.put({
        ...row,
        kind: 'vpc',
        id: idOf('vpc', 8),
        document: { cidrs: ['10.0.0.0/99'] },
      });
      await on.resources.put({ ...row, kind: 'vpc', id: idOf('subnet', 8), document: { cidrs: [] } });
      await on.resources.put({ ...row, kind: 'spaceship', id: idOf('vpc', 9), document: {} });
      await on.resources.put({ ...row, kind: 'natGateway', id: idOf('nat', 9), document: null });
    });
    const registry = await NetworkRegistry.open(store, DECLARED);
    expect(registry.setAside.map((it) => it.id)).toEqual([
      idOf('vpc', 8),
      idOf('subnet', 8),
      idOf('vpc', 9),
      idOf('nat', 9),
    ]);
    for (const { reason } of registry.setAside) expect(reason).not.toBe('');
  });
});

describe('changes', () => {
  test('that the store cannot keep are not there', async () => {
    const broken: NetworkStore = {
      read: (work) => store.read(work),
      transaction: () => Promise.reject(new TypeError('the disk is full')),
    };
    const registry = await NetworkRegistry.open(broken, DECLARED);
    const [vpc] = everyKind();
    await expect(create(registry, vpc!)).rejects.toThrow('the disk is full');
    await expect(
      registry.turn(HERE, (turn) => turn.putTags([idOf('eni', 1)], [{ key: 'a', value: 'b' }])),
    ).rejects.toThrow('the disk is full');
    expect(registry.version).toBe(1);
    expect(registry.state.kindOf(HERE, vpc!.resource.id)).toBeUndefined();
    expect(registry.state.get(HERE, 'interface', idOf('eni', 1))!.tags).toEqual({ Name: 'file' });
  });

  test('without a place, and of what is declared, are faults', async () => {
    const registry = await NetworkRegistry.open(store, DECLARED);
    const [, subnet] = everyKind();
    await expect(create(registry, subnet!)).rejects.toThrow(RangeError);
    const declared: Held = { kind: 'interface', resource: DECLARED.interfaces.get(idOf('eni', 1))! };
    await expect(registry.turn(HERE, (turn) => turn.delete(declared))).rejects.toThrow(RangeError);
  });

  test('of one account and region take turns, those of others do not wait', async () => {
    const registry = await NetworkRegistry.open(store, DECLARED);
    const order: string[] = [];
    const gate = Promise.withResolvers<void>();
    const first = registry.turn(HERE, async () => {
      order.push('first begins');
      await gate.promise;
      order.push('first ends');
      throw new TypeError('first fails');
    });
    const second = registry.turn(HERE, async () => void order.push('second'));
    await registry.turn(ELSEWHERE, async () => void order.push('elsewhere'));
    gate.resolve();
    await expect(first).rejects.toThrow('first fails');
    await second;
    expect(order).toEqual(['first begins', 'elsewhere', 'first ends', 'second']);
  });

  test('tags of the file stay, those of the API come and go, in the order of the network', async () => {
    const registry = await NetworkRegistry.open(store, DECLARED);
    const ids = [idOf('eni', 1)];
    await registry.turn(HERE, (turn) =>
      turn.putTags(ids, [
        { key: 'Name', value: 'api' },
        { key: 'b', value: '' },
      ]),
    );
    expect(registry.network().interfaces.get(ids[0]!)!.tags).toEqual({ Name: 'file', b: '' });
    expect([...registry.network().interfaces.keys()]).toEqual([...DECLARED.interfaces.keys()]);
    await registry.turn(HERE, (turn) => turn.deleteTags(ids, undefined));
    expect(registry.network().interfaces.get(ids[0]!)!.tags).toEqual({ Name: 'file' });
  });
});

test('more tags than are read at once are all there after a restart', async () => {
  const interfaces = Array.from({ length: 250 }, (_, i) =>
    anInterface(i + 1, { primary4: (10 << 24) + 256 + i }),
  );
  const declared = networkOf({ interfaces });
  const tags = Array.from({ length: 50 }, (_, i) => ({
    key: `k${String(i).padStart(2, '0')}`,
    value: `${i}`,
  }));
  const ids = interfaces.map((it) => it.id);
  await store.transaction((on) => on.tags.put(HERE, [...ids, 'fl-00000001', 'vpc-00000009'], tags));
  await store.transaction((on) => on.tags.put(ELSEWHERE, [ids[0]!], [{ key: 'no', value: 'one sees it' }]));
  const registry = await NetworkRegistry.open(store, declared);
  const expected = Object.fromEntries(tags.map(({ key, value }) => [key, value]));
  for (const { id } of interfaces) expect(registry.network().interfaces.get(id)!.tags).toEqual(expected);
});

test('100,000 declared interfaces make no change slow', { timeout: 60_000 }, async () => {
  const interfaces = Array.from({ length: 100_000 }, (_, i) =>
    anInterface(i + 1, { primary4: (10 << 24) + 256 + i }),
  );
  const { accounts, regions, vpcs, subnets, instances } = networkOf({});
  const declared = completeNetwork({
    ...emptyLists(),
    accounts: [...accounts.values()],
    regions: [...regions.values()],
    vpcs: [...vpcs.values()],
    subnets: [...subnets.values()].map((subnet) => ({ ...subnet, discover: true })),
    interfaces,
    instances: [...instances.values()],
  });
  const registry = await NetworkRegistry.open(store, declared);
  const times: number[] = [];
  for (let n = 0; n < 20; n++) {
    const started = performance.now();
    const subnet = { ...aSubnet(n + 2, 1, [`10.200.${n}.0/24`]), ...API };
    expect(registry.state.collision(subnet.vpcId, parsePrefix(`10.200.${n}.0/24`))).toBeUndefined();
    await create(registry, { kind: 'subnet', resource: subnet });
    times.push(performance.now() - started);
  }
  times.sort((a, b) => a - b);
  expect(times[10]).toBeLessThan(50); // 1 ms on an idle machine
  expect(registry.network().subnets.size).toBe(21);
});
