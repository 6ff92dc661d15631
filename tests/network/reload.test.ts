import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { UserError } from '../../src/base/errors.ts';
import type { Network } from '../../src/network/model.ts';
import { NetworkRegistry } from '../../src/network/registry.ts';
import type { Held } from '../../src/network/resources.ts';
import { openSqliteStore, type SqliteStore } from '../../src/store/sqlite.ts';
import { anInterface, aSubnet, aVpc, idOf, networkOf } from './builders.ts';

const HERE = { account: '123456789012', region: 'eu-central-1' };
const NOW = new Date('2026-03-01T00:00:00Z');
const API = { origin: 'api', accountId: HERE.account, tags: {} } as const;
const TEN = 10 << 24;

/** VPC 1 with subnet 1 (10.1.0.0/16) and, unless told otherwise, interface 1. */
const declared = (more: Partial<Parameters<typeof networkOf>[0]> = {}): Network =>
  networkOf({
    subnets: [aSubnet(1, 1, ['10.1.0.0/16'])],
    interfaces: [anInterface(1, { primary4: TEN | 0x10005, tags: { Name: 'file' } })],
    ...more,
  });
const subnet = (n: number, cidr: string): Held => ({
  kind: 'subnet',
  resource: { ...aSubnet(n, 1, [cidr]), ...API },
});
const card = (n: number, primary4: number): Held => ({
  kind: 'interface',
  resource: { ...anInterface(n, { primary4 }), ...API },
});

let store: SqliteStore;
beforeEach(async () => {
  store = await openSqliteStore();
});
afterEach(() => store.close());

function create(registry: NetworkRegistry, held: Held): Promise<void> {
  return registry.turn(HERE, (turn) => turn.create(held, [], NOW));
}

describe('a network file that is read again', () => {
  test('replaces what it declares; what the API made and tagged stays', async () => {
    const registry = await NetworkRegistry.open(store, declared());
    await create(registry, card(50, TEN | 0x10050));
    await registry.turn(HERE, (turn) => turn.putTags([idOf('eni', 1)], [{ key: 'team', value: 'a' }]));
    const versions: number[] = [];
    registry.onChange((version) => versions.push(version));
    const before = registry.network();
    await registry.reload(
      declared({
        interfaces: [
          anInterface(1, { primary4: TEN | 0x10007, tags: { Name: 'new' } }),
          anInterface(2, { primary4: TEN | 0x10008 }),
        ],
      }),
    );
    expect(versions).toEqual([4]);
    const { interfaces } = registry.network();
    expect([...interfaces.keys()]).toEqual([idOf('eni', 1), idOf('eni', 2), idOf('eni', 50)]);
    expect(interfaces.get(idOf('eni', 1))).toMatchObject({
      primary4: TEN | 0x10007,
      tags: { Name: 'new', team: 'a' },
    });
    expect(before.interfaces.get(idOf('eni', 1))!.primary4).toBe(TEN | 0x10005);
    // The next start sees the same.
    const again = await NetworkRegistry.open(
      store,
      declared({ interfaces: [...interfaces.values()].slice(0, 2) }),
    );
    expect(again.network().interfaces.get(idOf('eni', 50))).toEqual(interfaces.get(idOf('eni', 50)));
  });

  test('its scopes and bindings are there beside what the API makes, at every change and start', async () => {
    const at = (tunnel: number) => ({
      source: undefined,
      exporter: '192.0.2.1',
      ifIndex: undefined,
      vlan: undefined,
      tunnel,
    });
    const file = (tunnel: number): Network =>
      declared({
        interfaces: [anInterface(1, { primary4: TEN | 0x10005, bindings: [at(tunnel)] })],
        scopes: [{ ...at(tunnel), vpcIds: [idOf('vpc', 1)] }],
      });
    const registry = await NetworkRegistry.open(store, file(7));
    await create(registry, card(50, TEN | 0x10050));
    const seen = ({ scopes, interfaces }: Network): unknown => [
      scopes.map(({ tunnel, vpcIds }) => [tunnel, vpcIds]),
      interfaces.get(idOf('eni', 1))!.bindings.map(({ exporter, tunnel }) => [exporter, tunnel]),
      interfaces.size,
    ];
    expect(seen(registry.network())).toEqual([[[7, [idOf('vpc', 1)]]], [['192.0.2.1', 7]], 2]);
    await registry.reload(file(8));
    expect(seen(registry.network())).toEqual([[[8, [idOf('vpc', 1)]]], [['192.0.2.1', 8]], 2]);
    const again = await NetworkRegistry.open(store, file(9));
    expect(seen(again.network())).toEqual([[[9, [idOf('vpc', 1)]]], [['192.0.2.1', 9]], 2]);
  });

  test('frees what it no longer declares, for the API', async () => {
    const registry = await NetworkRegistry.open(store, declared());
    await expect(create(registry, card(50, TEN | 0x10005))).rejects.toThrow('no place');
    await registry.reload(declared({ interfaces: [] }));
    await create(registry, card(50, TEN | 0x10005));
    expect([...registry.state.ids(HERE, 'interface')]).toEqual([idOf('eni', 50)]);
  });

  test.each([
    ['whose subnet is gone', declared({ subnets: [], interfaces: [] }), 'eni', 'is not there'],
    [
      'whose address is declared',
      declared({ interfaces: [anInterface(7, { primary4: TEN | 0x10050 })] }),
      'eni',
      `${idOf('eni', 7)} has its address`,
    ],
    [
      'outside of whose subnet it lies now',
      declared({ subnets: [aSubnet(1, 1, ['10.1.0.0/26'])] }),
      'eni',
      'outside of',
    ],
    [
      'whose id is declared',
      declared({ interfaces: [anInterface(50, { primary4: TEN | 0x10060 })] }),
      'eni',
      'is there already',
    ],
    [
      'whose prefix is declared',
      declared({ subnets: [aSubnet(1, 1, ['10.1.0.0/16']), aSubnet(2, 1, ['10.2.0.0/15'])] }),
      'subnet',
      `${idOf('subnet', 2)} has its prefix`,
    ],
    [
      'whose VPC has moved to another region',
      declared({ vpcs: [{ ...aVpc(1, ['10.0.0.0/8']), region: 'us-east-1' }] }),
      'subnet',
      'us-east-1 now',
    ],
  ])('is refused when something was made over the API %s', async (_, edited, what, why) => {
    const registry = await NetworkRegistry.open(store, declared());
    await create(registry, subnet(50, '10.3.0.0/24'));
    await create(registry, card(50, TEN | 0x10050));
    const [version, network] = [registry.version, registry.network()];
    const refused = registry.reload(edited);
    await expect(refused).rejects.toThrow(UserError);
    await expect(refused).rejects.toThrow(`${idOf(what, 50)}, made over the API, would have no place`);
    await expect(refused).rejects.toThrow(why);
    expect(registry.version).toBe(version);
    expect(registry.network()).toBe(network);
    await create(registry, subnet(51, '10.4.0.0/24')); // it goes on with the last good one
    await registry.reload(declared());
  });

  test('brings back what was set aside, behind what was made since', async () => {
    const first = await NetworkRegistry.open(store, declared({ interfaces: [] }));
    await create(first, card(50, TEN | 0x10050));
    await create(first, card(51, TEN | 0x10051));
    const without = declared({ subnets: [], interfaces: [] });
    const registry = await NetworkRegistry.open(store, without);
    expect(registry.setAside).toHaveLength(2);
    await registry.reload(declared({ interfaces: [anInterface(7, { primary4: TEN | 0x10051 })] }));
    expect(registry.setAside.map(({ id }) => id)).toEqual([idOf('eni', 51)]);
    expect([...registry.network().interfaces.keys()]).toEqual([idOf('eni', 7), idOf('eni', 50)]);
  });

  test('takes its turn: those before see the old network, those after the new', async () => {
    const registry = await NetworkRegistry.open(store, declared());
    const gate = Promise.withResolvers<void>();
    const seen: (number | undefined)[] = [];
    const look = async (): Promise<void> => {
      await registry.turn(HERE, async ({ state }) => {
        await gate.promise;
        seen.push(state.get(HERE, 'interface', idOf('eni', 1))?.primary4);
      });
    };
    const before = look();
    const reload = registry.reload(declared({ interfaces: [anInterface(1, { primary4: TEN | 0x10009 })] }));
    const after = look();
    await Promise.resolve();
    expect(registry.version).toBe(1);
    gate.resolve();
    await Promise.all([before, reload, after]);
    expect(seen).toEqual([TEN | 0x10005, TEN | 0x10009]);
  });
});
