import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { NewFlowLog, Store } from '../../src/store/store.ts';
import { TAKEN, transactionConformance } from './conformance-transactions.ts';
import { HERE, OTHER_ACCOUNT, OTHER_REGION, sampleFlowLog } from './samples.ts';

/** A kind of store under test: how to open an empty one. */
export interface StoreUnderTest {
  readonly name: string;
  readonly open: () => Promise<Store>;
}

/** What every implementation of the port must do. Run by one test file for each implementation. */
export function storeConformance({ name, open }: StoreUnderTest): void {
  describe(`${name} keeps to the port`, () => {
    let store: Store;
    beforeEach(async () => {
      store = await open();
    });
    afterEach(async () => {
      await store.close();
    });

    transactionConformance(() => store);

    describe('access keys', () => {
      const key = {
        id: 'AKIAEXAMPLE234567AAA',
        secret: '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',
        account: HERE.account,
        readOnly: false,
        label: 'first ☂',
        createdAt: 1_790_000_000_001,
      };

      test('are found with their secret and listed without it', async () => {
        await store.transaction(async (on) => {
          await on.accessKeys.insert(key);
          await on.accessKeys.insert({ ...key, id: 'AKIAB', readOnly: true, account: OTHER_ACCOUNT.account });
        });
        await store.read(async (from) => {
          expect(await from.accessKeys.find(key.id)).toEqual(key);
          expect(await from.accessKeys.find('AKIAC')).toBeUndefined();
          expect((await from.accessKeys.active()).map((k) => [k.id, k.readOnly])).toEqual([
            [key.id, false],
            ['AKIAB', true],
          ]);
          const { secret: _, ...info } = key;
          expect(await from.accessKeys.list({ account: HERE.account })).toEqual([info]);
          expect(JSON.stringify(await from.accessKeys.list())).not.toContain(key.secret);
        });
      });

      test('once deleted are gone, their secret erased, and their id is never given again', async () => {
        await store.transaction((on) => on.accessKeys.insert(key));
        expect(await store.transaction((on) => on.accessKeys.markDeleted(key.id, 7))).toBe(true);
        expect(await store.transaction((on) => on.accessKeys.markDeleted(key.id, 8))).toBe(false);
        await store.read(async (from) => {
          expect(await from.accessKeys.find(key.id)).toBeUndefined();
          expect(await from.accessKeys.active()).toEqual([]);
          expect(await from.accessKeys.list()).toEqual([]);
          expect(await from.accessKeys.list({ deleted: true })).toMatchObject([{ id: key.id, deletedAt: 7 }]);
        });
        await expect(store.transaction((on) => on.accessKeys.insert(key))).rejects.toThrow(TAKEN);
      });
    });

    describe('flow logs', () => {
      const full: NewFlowLog = sampleFlowLog('fl-0123456789abcdef0', {
        trafficType: 'REJECT',
        logDestination: 'arn:aws:s3:::bucket/sub folder/',
        logGroupName: 'group',
        deliverLogsPermissionArn: 'arn:aws:iam::123456789012:role/r',
        deliverCrossAccountRole: 'arn:aws:iam::123456789012:role/c',
        destinationOptions: {
          fileFormat: 'parquet',
          hiveCompatiblePartitions: true,
          perHourPartition: false,
        },
        tagFieldSpecifications: [{ resourceType: 'instance', tagKeys: ['Näme', "O'Brien"] }],
        deliverLogsStatus: 'FAILED',
        deliverLogsErrorMessage: 'Access error',
      });

      test('come back member for member, absent members absent', async () => {
        const bare = sampleFlowLog('fl-bare');
        const rows = await store.transaction((on) => on.flowLogs.insert([full, bare]));
        expect(rows.map(({ sequence: _, ...rest }) => rest)).toEqual([full, bare]);
        expect(rows[1]!.sequence).toBeGreaterThan(rows[0]!.sequence);
        await store.read(async (from) => {
          expect(await from.flowLogs.find(HERE, full.id)).toEqual(rows[0]);
          expect(await from.flowLogs.listFlowLogs({ ...HERE, limit: 10 })).toEqual(rows);
          expect(await from.flowLogs.all()).toEqual(rows);
        });
      });

      test('belong to an account and a region', async () => {
        await store.transaction((on) =>
          on.flowLogs.insert([
            sampleFlowLog('fl-same'),
            sampleFlowLog('fl-same', OTHER_REGION),
            sampleFlowLog('fl-same', OTHER_ACCOUNT),
          ]),
        );
        expect(await store.transaction((on) => on.flowLogs.delete(OTHER_REGION, ['fl-same']))).toEqual([
          'fl-same',
        ]);
        expect(await store.transaction((on) => on.flowLogs.setStatus(HERE, 'fl-same', 'FAILED', 'why'))).toBe(
          true,
        );
        await store.read(async (from) => {
          expect(await from.flowLogs.find(HERE, 'fl-same')).toMatchObject({
            deliverLogsStatus: 'FAILED',
            deliverLogsErrorMessage: 'why',
          });
          expect(await from.flowLogs.find(OTHER_REGION, 'fl-same')).toBeUndefined();
          expect(await from.flowLogs.find(OTHER_ACCOUNT, 'fl-same')).toMatchObject({
            deliverLogsStatus: 'SUCCESS',
          });
          expect(await from.flowLogs.count(HERE)).toBe(1);
          expect(await from.flowLogs.count(OTHER_REGION)).toBe(0);
        });
      });

      test('page by sequence: each exactly once while others come and go', async () => {
        const ids = Array.from({ length: 100 }, (_, i) => `fl-${i}`);
        await store.transaction((on) => on.flowLogs.insert(ids.map((id) => sampleFlowLog(id))));
        const seen: string[] = [];
        let afterSequence = 0;
        for (let page = 0; ; page++) {
          const rows = await store.read((from) =>
            from.flowLogs.listFlowLogs({ ...HERE, afterSequence, limit: 7 }),
          );
          if (rows.length === 0) break;
          seen.push(...rows.map((row) => row.id));
          afterSequence = rows.at(-1)!.sequence;
          // One that was seen goes, a new one comes at the end.
          await store.transaction(async (on) => {
            await on.flowLogs.delete(HERE, [rows[0]!.id]);
            if (page < 3) await on.flowLogs.insert([sampleFlowLog(`fl-new-${page}`)]);
          });
        }
        expect(seen).toEqual([...ids, 'fl-new-0', 'fl-new-1', 'fl-new-2']);
      });

      test('never use a sequence twice, not even the last one deleted', async () => {
        const [first] = await store.transaction((on) => on.flowLogs.insert([sampleFlowLog('fl-a')]));
        await store.transaction((on) => on.flowLogs.delete(HERE, ['fl-a']));
        const [second] = await store.transaction((on) => on.flowLogs.insert([sampleFlowLog('fl-a')]));
        expect(second!.sequence).toBeGreaterThan(first!.sequence);
      });

      test('are filtered by members, by values exactly, and by tags', async () => {
        await store.transaction(async (on) => {
          await on.flowLogs.insert([
            sampleFlowLog('fl-1', { trafficType: 'ALL', resourceId: 'vpc-1', logGroupName: 'g' }),
            sampleFlowLog('fl-2', {
              trafficType: 'REJECT',
              resourceId: 'vpc-1',
              deliverLogsStatus: 'FAILED',
            }),
            sampleFlowLog('fl-3', { trafficType: 'ALL', resourceId: 'vpc-2', configurationDigest: 'd' }),
            sampleFlowLog('fl-4', { logDestinationType: 'cloud-watch-logs', resourceId: 'VPC-2' }),
          ]);
          await on.tags.put(HERE, ['fl-1', 'fl-3'], [{ key: 'Owner', value: 'TeamA' }]);
          await on.tags.put(HERE, ['fl-2'], [{ key: 'Owner', value: 'TeamB' }]);
          await on.tags.put(OTHER_ACCOUNT, ['fl-4'], [{ key: 'Owner', value: 'TeamA' }]);
        });
        const found = (given: object) =>
          store.read(async (from) => {
            const rows = await from.flowLogs.listFlowLogs({ ...HERE, limit: 10, ...given });
            return rows.map((row) => row.id.slice(3)).join('');
          });
        expect(await found({ ids: ['fl-3', 'fl-1', 'fl-9'] })).toBe('13');
        expect(await found({ ids: [] })).toBe('');
        expect(await found({ resourceIds: ['vpc-2'] })).toBe('3');
        expect(await found({ resourceIds: ['vpc-1', 'vpc-2'], trafficTypes: ['ALL'] })).toBe('13');
        expect(await found({ configurationDigests: ['d'] })).toBe('3');
        expect(await found({ deliverLogsStatuses: ['FAILED'] })).toBe('2');
        expect(await found({ logDestinationTypes: ['cloud-watch-logs'] })).toBe('4');
        expect(await found({ logGroupNames: ['g'] })).toBe('1');
        expect(await found({ trafficTypes: ['%', 'REJECT'] })).toBe('2');
        expect(await found({ tags: [{ key: 'Owner' }] })).toBe('123');
        expect(await found({ tags: [{ key: 'Owner', values: ['TeamA'] }] })).toBe('13');
        expect(await found({ tags: [{ key: 'Owner', values: ['TeamA'] }], resourceIds: ['vpc-2'] })).toBe(
          '3',
        );
        expect(await found({ tags: [{ key: 'owner' }] })).toBe('');
        expect(await found({ tags: [{ key: 'Owner', values: [] }] })).toBe('');
        expect(await found({ afterSequence: 1, limit: 1, trafficTypes: ['ALL'] })).toHaveLength(1);
      });

      test('are counted by resource, a thousand ids at a time', async () => {
        await store.transaction((on) =>
          on.flowLogs.insert([
            ...Array.from({ length: 3 }, (_, i) => sampleFlowLog(`fl-a${i}`, { resourceId: 'vpc-a' })),
            sampleFlowLog('fl-b', { resourceId: 'vpc-b' }),
          ]),
        );
        const ids = ['vpc-a', 'vpc-b', ...Array.from({ length: 998 }, (_, i) => `vpc-${i}`)];
        const counts = await store.read((from) => from.flowLogs.countByResource(HERE, ids));
        expect([...counts].toSorted(([a], [b]) => (a < b ? -1 : 1))).toEqual([
          ['vpc-a', 3],
          ['vpc-b', 1],
        ]);
      });

      test('go in by the thousands in one transaction, in the order given, and go with their tags', async () => {
        const many = Array.from({ length: 3_500 }, (_, i) => sampleFlowLog(`fl-${i}`));
        const rows = await store.transaction(async (on) => {
          await on.tags.put(HERE, ['fl-7', 'vpc-1'], [{ key: 'k', value: 'v' }]);
          return on.flowLogs.insert(many);
        });
        expect(rows.map((row) => row.id)).toEqual(many.map((flowLog) => flowLog.id));
        expect(rows.every((row, i) => i === 0 || row.sequence > rows[i - 1]!.sequence)).toBe(true);
        const wanted = ['fl-8', 'fl-nowhere', 'fl-7', 'fl-7'];
        expect(await store.transaction((on) => on.flowLogs.delete(HERE, wanted))).toEqual(['fl-8', 'fl-7']);
        const tags = await store.read((from) => from.tags.list({ ...HERE, limit: 10 }));
        expect(tags).toEqual([{ resourceId: 'vpc-1', key: 'k', value: 'v' }]);
      });
    });

    describe('client tokens', () => {
      const token = {
        ...HERE,
        action: 'CreateFlowLogs',
        token: 'abc',
        requestDigest: 'd1',
        response: { flowLogIds: ['fl-1', 'fl-2'], unsuccessful: [] },
        createdAt: 1000,
      };

      test('belong to an account, a region and an action, and are used once', async () => {
        await store.transaction((on) => on.clientTokens.insert(token));
        await store.transaction((on) =>
          on.clientTokens.insert({ ...token, ...OTHER_REGION, requestDigest: 'd2' }),
        );
        await store.read(async (from) => {
          expect(await from.clientTokens.find(HERE, 'CreateFlowLogs', 'abc')).toEqual(token);
          expect(await from.clientTokens.find(HERE, 'CreateFlowLogs', 'ABC')).toBeUndefined();
          expect(await from.clientTokens.find(HERE, 'CreateVpc', 'abc')).toBeUndefined();
          expect(await from.clientTokens.find(OTHER_ACCOUNT, 'CreateFlowLogs', 'abc')).toBeUndefined();
          expect(await from.clientTokens.find(OTHER_REGION, 'CreateFlowLogs', 'abc')).toMatchObject({
            requestDigest: 'd2',
          });
        });
        await expect(store.transaction((on) => on.clientTokens.insert(token))).rejects.toThrow(TAKEN);
      });

      test('are forgotten by age', async () => {
        await store.transaction(async (on) => {
          await on.clientTokens.insert(token);
          await on.clientTokens.insert({ ...token, token: 'young', createdAt: 2000 });
        });
        expect(await store.transaction((on) => on.clientTokens.deleteBefore(2000))).toBe(1);
        expect(
          await store.read((from) => from.clientTokens.find(HERE, 'CreateFlowLogs', 'abc')),
        ).toBeUndefined();
        expect(
          await store.read((from) => from.clientTokens.find(HERE, 'CreateFlowLogs', 'young')),
        ).toBeDefined();
      });
    });

    describe('tags', () => {
      test('are set, replaced, listed in order and taken away', async () => {
        await store.transaction((on) =>
          on.tags.put(
            HERE,
            ['vpc-2', 'vpc-1', 'vpc-1'],
            [
              { key: 'b', value: 'old' },
              { key: 'a', value: '' },
              { key: 'b', value: 'new' },
            ],
          ),
        );
        await store.transaction((on) => on.tags.put(HERE, ['vpc-1'], [{ key: 'a', value: 'ä' }]));
        const of = await store.read((from) => from.tags.of(HERE, ['vpc-1', 'vpc-2', 'vpc-3']));
        expect([...of]).toEqual([
          [
            'vpc-1',
            [
              { key: 'a', value: 'ä' },
              { key: 'b', value: 'new' },
            ],
          ],
          [
            'vpc-2',
            [
              { key: 'a', value: '' },
              { key: 'b', value: 'new' },
            ],
          ],
        ]);
        await store.transaction((on) =>
          on.tags.delete(HERE, ['vpc-1', 'vpc-2'], [{ key: 'a', value: '' }, { key: 'b' }, { key: 'c' }]),
        );
        expect(await store.read((from) => from.tags.list({ ...HERE, limit: 9 }))).toEqual([
          { resourceId: 'vpc-1', key: 'a', value: 'ä' },
        ]);
        await store.transaction((on) => on.tags.delete(HERE, ['vpc-1']));
        expect(await store.read((from) => from.tags.list({ ...HERE, limit: 9 }))).toEqual([]);
      });

      test('belong to an account and a region', async () => {
        await store.transaction((on) => on.tags.put(HERE, ['vpc-1'], [{ key: 'a', value: '1' }]));
        await store.transaction((on) => on.tags.put(OTHER_REGION, ['vpc-1'], [{ key: 'a', value: '2' }]));
        await store.transaction((on) => on.tags.delete(OTHER_ACCOUNT, ['vpc-1']));
        const of = await store.read((from) => from.tags.of(HERE, ['vpc-1']));
        expect(of.get('vpc-1')).toEqual([{ key: 'a', value: '1' }]);
      });

      test('page by resource and key, also filtered', async () => {
        const resources = ['i-1', 'i-2', 'i-3'];
        const tags = ['k1', 'k2', 'k3'].map((key) => ({ key, value: `v of ${key}` }));
        await store.transaction((on) => on.tags.put(HERE, resources, tags));
        const seen: string[] = [];
        let after: { resourceId: string; key: string } | undefined;
        for (;;) {
          const rows = await store.read((from) => from.tags.list({ ...HERE, after, limit: 2 }));
          if (rows.length === 0) break;
          seen.push(...rows.map((row) => `${row.resourceId} ${row.key}`));
          after = rows.at(-1);
        }
        expect(seen).toEqual(resources.flatMap((id) => tags.map(({ key }) => `${id} ${key}`)));
        const filtered = await store.read((from) =>
          from.tags.list({
            ...HERE,
            resourceIds: ['i-1', 'i-3'],
            keys: ['k2', 'k3'],
            values: ['v of k3'],
            limit: 9,
          }),
        );
        expect(filtered.map((row) => `${row.resourceId} ${row.key}`)).toEqual(['i-1 k3', 'i-3 k3']);
        expect(await store.read((from) => from.tags.list({ ...HERE, keys: [], limit: 9 }))).toEqual([]);
      });
    });

    describe('resources', () => {
      const vpc = {
        ...HERE,
        kind: 'vpc',
        id: 'vpc-1',
        document: { cidr: '10.0.0.0/16', list: [1, null, 'ü'], deep: { yes: true } },
        createdAt: 5,
      };

      test('are kept as documents, replaced in place, and listed in the order of creation', async () => {
        await store.transaction(async (on) => {
          await on.resources.put(vpc);
          await on.resources.put({ ...vpc, kind: 'subnet', id: 'subnet-1' });
          await on.resources.put({ ...vpc, id: 'vpc-0' });
          await on.resources.put({ ...vpc, document: { cidr: 'changed' }, createdAt: 99 });
          await on.resources.put({ ...vpc, ...OTHER_ACCOUNT });
        });
        await store.read(async (from) => {
          expect(await from.resources.get(HERE, 'vpc', 'vpc-1')).toEqual({
            ...vpc,
            document: { cidr: 'changed' },
          });
          expect(await from.resources.get(HERE, 'vpc', 'vpc-0')).toEqual({ ...vpc, id: 'vpc-0' });
          expect(await from.resources.get(HERE, 'subnet', 'vpc-0')).toBeUndefined();
          expect(await from.resources.get(OTHER_REGION, 'vpc', 'vpc-1')).toBeUndefined();
          expect((await from.resources.list(HERE)).map((r) => r.id)).toEqual(['vpc-1', 'subnet-1', 'vpc-0']);
          expect((await from.resources.list(HERE, 'vpc')).map((r) => r.id)).toEqual(['vpc-1', 'vpc-0']);
          expect((await from.resources.all()).map((r) => r.account)).toEqual([
            HERE.account,
            HERE.account,
            HERE.account,
            OTHER_ACCOUNT.account,
          ]);
        });
      });

      test('are deleted once, with their tags, and only where they belong', async () => {
        await store.transaction(async (on) => {
          await on.resources.put(vpc);
          await on.tags.put(HERE, ['vpc-1'], [{ key: 'a', value: 'b' }]);
        });
        expect(await store.transaction((on) => on.resources.delete(OTHER_REGION, 'vpc', 'vpc-1'))).toBe(
          false,
        );
        expect(await store.transaction((on) => on.resources.delete(HERE, 'vpc', 'vpc-1'))).toBe(true);
        expect(await store.transaction((on) => on.resources.delete(HERE, 'vpc', 'vpc-1'))).toBe(false);
        expect((await store.read((from) => from.tags.of(HERE, ['vpc-1']))).size).toBe(0);
      });
    });

    describe('settings', () => {
      test('are kept, replaced and counted', async () => {
        expect(await store.read((from) => from.settings.get('a'))).toBeUndefined();
        await store.transaction((on) => on.settings.set('a', '1'));
        await store.transaction((on) => on.settings.set('a', 'two'));
        expect(await store.read((from) => from.settings.get('a'))).toBe('two');
        const counts = await Promise.all(
          Array.from({ length: 12 }, () => store.transaction((on) => on.settings.increment('generation'))),
        );
        expect(counts).toEqual(Array.from({ length: 12 }, (_, i) => i + 1));
      });
    });
  });
}
