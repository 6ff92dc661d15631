import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Network } from '../../src/network/model.ts';
import { NetworkRegistry } from '../../src/network/registry.ts';
import { Snapshot } from '../../src/network/snapshot.ts';
import type { Tags } from '../../src/network/tags.ts';
import { openSqliteStore, type SqliteStore } from '../../src/store/sqlite.ts';
import { anInterface, idOf, networkOf } from './builders.ts';

const HERE = { account: '123456789012', region: 'eu-central-1' };
const ENI = idOf('eni', 1);
const LISTED = 'i-00000001';
const NAMED = 'i-00000002';
/** Values that lose something where a text is handled carelessly. */
const ODD = ['', ' ', 'a=b-c%20', '100 % "sure" \\', '\u{1F980} ünï', '𝒳'.repeat(256), 'line\nbreak'];

/** Interface 1 with an instance that is listed, interface 2 with one that is only named. */
function declared(tags: Tags = { Name: 'file' }, instanceTags: Tags = { team: 'shop' }): Network {
  const listed = { origin: 'file', accountId: HERE.account, nitro: false, tags: instanceTags } as const;
  return networkOf({
    interfaces: [
      anInterface(1, { primary4: (10 << 24) | 5, instanceId: LISTED, tags }),
      anInterface(2, { primary4: (10 << 24) | 6, instanceId: NAMED }),
    ],
    instances: [{ ...listed, id: LISTED }],
  });
}

let store: SqliteStore;
let registry: NetworkRegistry;
let latest: Snapshot;
let told: number[];

/** The next version as another thread gets it. */
function next(): Snapshot {
  latest = Snapshot.build(registry.network(), {
    version: latest.version + 1,
    scopes: 'all',
    previous: latest,
  });
  return Snapshot.attach(structuredClone(latest.handle()));
}

beforeEach(async () => {
  store = await openSqliteStore();
  registry = await NetworkRegistry.open(store, declared());
  latest = Snapshot.build(registry.network(), { version: 1, scopes: 'all' });
  told = [];
  registry.onChange((version) => told.push(version));
});
afterEach(() => store.close());

function put(id: string, key: string, value: string): Promise<void> {
  return registry.turn(HERE, (turn) => turn.putTags([id], [{ key, value }]));
}

describe('tags that change while traffic is recorded', () => {
  test('over the API, on an interface and on instances: in the next version, with new facts', async () => {
    const before = latest;
    await put(ENI, 'stage', 'live');
    await put(LISTED, 'stage', 'live');
    await put(NAMED, 'stage', 'test');
    expect(told).toEqual([2, 3, 4]);
    const now = next();
    expect([now.version, now.factsVersion]).toEqual([2, 2]);
    expect(now.facts(1).tags).toEqual({ Name: 'file', stage: 'live' });
    expect(now.facts(1).instance).toMatchObject({ id: LISTED, tags: { team: 'shop', stage: 'live' } });
    expect(now.facts(2).instance).toMatchObject({ id: NAMED, tags: { stage: 'test' } });
    // The version before still says what it said.
    expect(before.facts(1).tags).toEqual({ Name: 'file' });
    expect(before.facts(2).instance!.tags).toEqual({});

    await registry.turn(HERE, (turn) => turn.deleteTags([ENI, LISTED], [{ key: 'stage', value: undefined }]));
    expect(told).toEqual([2, 3, 4, 5]);
    const third = next();
    expect(third.factsVersion).toBe(3);
    expect(third.facts(1).tags).toEqual({ Name: 'file' });
    expect(third.facts(1).instance!.tags).toEqual({ team: 'shop' });
    expect(third.facts(2).instance!.tags).toEqual({ stage: 'test' });
  });

  test('to what they are, or of what prints none: a version with the facts of before', async () => {
    await put(ENI, 'stage', 'live');
    next();
    await put(ENI, 'stage', 'live');
    await put(idOf('vpc', 1), 'Name', 'main');
    await put(idOf('subnet', 1), 'Name', 'wide');
    expect(told).toEqual([2, 3, 4, 5]);
    const now = next();
    expect([now.version, now.factsVersion]).toEqual([3, 2]);
  });

  test('by the file, which is read again', async () => {
    await put(ENI, 'stage', 'live');
    expect(next().factsVersion).toBe(2);
    await registry.reload(declared());
    const same = next();
    expect([same.version, same.factsVersion]).toEqual([3, 2]);
    await registry.reload(declared({ Name: 'other' }, { team: 'bank' }));
    const now = next();
    expect(now.factsVersion).toBe(4);
    expect(now.facts(1).tags).toEqual({ Name: 'other', stage: 'live' });
    expect(now.facts(1).instance!.tags).toEqual({ team: 'bank' });
    expect(told).toEqual([2, 3, 4]);
  });

  test('whatever their values', async () => {
    for (const [i, value] of ODD.entries()) await put(ENI, `key ${i}`, value);
    const { tags } = next().facts(1);
    expect(ODD.map((_, i) => tags[`key ${i}`])).toEqual(ODD);
    expect(Object.isFrozen(tags)).toBe(true);
  });
});
