import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { DescribeRequest } from '../../src/flow-logs/describe.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import type { Store } from '../../src/store/store.ts';
import { sampleFlowLog } from '../store/samples.ts';
import { bucketRequest, callOf, createWorld, HERE, id, refusedBy, type World } from './fakes.ts';

let world: World;
beforeEach(async () => {
  world = await createWorld();
});
afterEach(() => world.store.close());

/** Puts flow logs `from` to `to` into the store, without the way through CreateFlowLogs. */
async function fill(store: Store, from: number, to: number): Promise<void> {
  for (let start = from; start < to; start += 1000) {
    const count = Math.min(1000, to - start);
    await store.transaction(async (on) => {
      await on.flowLogs.insert(Array.from({ length: count }, (_, i) => sampleFlowLog(id('fl', start + i))));
    });
  }
}

/** Walks all pages; `between` runs after each. */
async function walk(
  request: DescribeRequest,
  between: (page: number) => Promise<unknown> = () => Promise.resolve(),
): Promise<{ ids: string[]; sizes: number[] }> {
  const ids: string[] = [];
  const sizes: number[] = [];
  const tokens = new Set<string>();
  let nextToken: string | undefined;
  do {
    const page = await world.flowLogs.describe(callOf(), { ...request, nextToken });
    ids.push(...page.flowLogs.map((flowLog) => flowLog.id));
    sizes.push(page.flowLogs.length);
    nextToken = page.nextToken;
    if (nextToken !== undefined) tokens.add(nextToken);
    await between(sizes.length);
  } while (nextToken !== undefined);
  // A client that sees a token again takes it for a loop.
  expect(tokens.size).toBe(sizes.length - 1);
  return { ids, sizes };
}

describe('pages of 12,000 flow logs', () => {
  const COUNT = 12_000;
  /** Those that stay, whatever is created and deleted during a walk. */
  const STAYING = Array.from({ length: COUNT }, (_, i) => i).filter((i) => i % 10 !== 3);

  test.each([
    [5, undefined],
    [100, undefined],
    [1000, undefined],
    [undefined, undefined],
    [100, 'fl-*'],
    // One in sixteen, so that a page takes several reads.
    [100, 'fl-*7'],
    [1000, 'fl-*7'],
  ])('of %s, filter %s: each once while others come and go', async (maxResults, filter) => {
    await fill(world.store, 0, COUNT);
    const filters = filter === undefined ? undefined : [{ name: 'flow-log-id', values: [filter] }];
    const going = Array.from({ length: COUNT / 10 }, (_, i) => id('fl', i * 10 + 3));
    let made = COUNT;
    const every = maxResults === 5 ? 20 : 1;
    const { ids, sizes } = await walk({ maxResults, filters }, async (page) => {
      if (page % every !== 0) return;
      // From both ends: pages that were read, and pages that are still to come.
      const gone = [...going.splice(0, 4), ...going.splice(-4, 4)];
      await world.store.transaction((on) => on.flowLogs.delete(HERE, gone));
      if (made < COUNT + 500) await fill(world.store, made, made + 5);
      made += 5;
    });
    expect(new Set(ids).size).toBe(ids.length);
    const seen = new Set(ids);
    const expected = STAYING.map((i) => id('fl', i)).filter((it) => filter !== 'fl-*7' || it.endsWith('7'));
    expect(expected.filter((it) => !seen.has(it))).toEqual([]);
    expect(ids).toEqual([...ids].sort());
    expect(Math.max(...sizes)).toBe(
      filter === 'fl-*7' ? Math.min(maxResults ?? 1000, ids.length) : (maxResults ?? 1000),
    );
    expect(sizes.slice(0, -1).every((size) => size === (maxResults ?? 1000))).toBe(true);
  });

  test('begin anew from an earlier token, also after a restart and with another page size', async () => {
    await fill(world.store, 0, 30);
    const first = await world.flowLogs.describe(callOf(), { maxResults: 7 });
    const again = await createWorld({ store: world.store });
    const { nextToken } = first;
    const second = await again.flowLogs.describe(callOf(), { maxResults: 20, nextToken });
    expect(second.flowLogs.map((it) => it.id)).toEqual(Array.from({ length: 20 }, (_, i) => id('fl', 7 + i)));
    await world.store.transaction((on) => on.flowLogs.delete(HERE, [id('fl', 6), id('fl', 7)]));
    const third = await again.flowLogs.describe(callOf(), { maxResults: 5, nextToken });
    expect(third.flowLogs[0]?.id).toBe(id('fl', 8));
  });

  test('of another store are not this one’s', async () => {
    await fill(world.store, 0, 30);
    const { nextToken } = await world.flowLogs.describe(callOf(), { maxResults: 7 });
    const other = await createWorld();
    const described = other.flowLogs.describe(callOf(), { nextToken });
    expect(await refusedBy(described)).toEqual({ situation: 'invalidPaginationToken', values: [] });
    await other.store.close();
  });
});

describe('100,000 flow logs', () => {
  test('a page of 1000 from anywhere among them takes milliseconds', async () => {
    const store = await openSqliteStore();
    const big = await createWorld({ store });
    await fill(store, 0, 100_000);
    const times: number[] = [];
    let nextToken: string | undefined;
    for (let page = 0; page < 100; page++) {
      const started = performance.now();
      const described = await big.flowLogs.describe(callOf(), { maxResults: 1000, nextToken });
      times.push(performance.now() - started);
      expect(described.flowLogs).toHaveLength(1000);
      nextToken = described.nextToken;
    }
    expect(nextToken).toBeUndefined();
    const median = times.sort((a, b) => a - b)[50]!;
    // Some 10 ms on one slow core; walking or sorting what comes before would take ten times that.
    expect(median).toBeLessThan(100);
    const started = performance.now();
    const { flowLogs } = await big.flowLogs.describe(callOf(), {
      flowLogIds: [id('fl', 99_999), id('fl', 5)],
    });
    expect(performance.now() - started).toBeLessThan(200);
    expect(flowLogs.map((it) => it.id)).toEqual([id('fl', 5), id('fl', 99_999)]);
    await store.close();
  });
});

describe('what is described', () => {
  test('is what was just created', async () => {
    const { flowLogIds } = await world.flowLogs.create(
      callOf(),
      bucketRequest({ tags: [{ key: 'a', value: 'b' }] }),
    );
    const { flowLogs } = await world.flowLogs.describe(callOf(), { flowLogIds });
    expect(flowLogs).toMatchObject([{ id: flowLogIds[0], tags: [{ key: 'a', value: 'b' }] }]);
  });

  test('is asked for permission once the request is sound, and before anything is read', async () => {
    const calls: string[] = [];
    const refusing = { ...callOf(), permit: () => calls.push('permit') };
    const tooFew = world.flowLogs.describe(refusing, { maxResults: 4 });
    expect(await refusedBy(tooFew)).toEqual({ situation: 'maxResultsTooSmall', values: [{ value: 4 }] });
    expect(calls).toEqual([]);
    await world.flowLogs.describe(refusing, {});
    expect(calls).toEqual(['permit']);
  });
});
