import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { requestDigest, TokenTurns } from '../../src/flow-logs/client-token.ts';
import type { FlowLogChange } from '../../src/flow-logs/service.ts';
import { CLIENT_TOKEN_LIFETIME } from '../../src/store/store.ts';
import { bucketRequest, callOf, createWorld, HERE, id, NOW, refusedBy, type World } from './fakes.ts';

let world: World;
let changes: FlowLogChange[];
beforeEach(async () => {
  changes = [];
  world = await createWorld({ onChange: (change) => changes.push(change) });
});
afterEach(() => world.store.close());

const request = bucketRequest({ clientToken: 'once' });
const mismatch = { situation: 'idempotentMismatch', values: [] };

function later(milliseconds: number): Date {
  return new Date(NOW.getTime() + milliseconds);
}

describe('the same request under the same token', () => {
  test('at the same time creates once, and asks for the destination once', async () => {
    const gate = Promise.withResolvers<void>();
    world.destinations.gate = gate.promise;
    const answers = Array.from({ length: 20 }, () => world.flowLogs.create(callOf(), request));
    gate.resolve();
    const ids = (await Promise.all(answers)).map((answer) => answer.flowLogIds);
    expect(new Set(ids.flat()).size).toBe(1);
    expect(await world.store.read((from) => from.flowLogs.count(HERE))).toBe(1);
    expect(world.destinations.asked).toHaveLength(1);
    expect(changes.map((change) => change.kind)).toEqual(['created']);
  });

  test('at the same time in two processes creates once', async () => {
    const other = await createWorld({ store: world.store });
    const gate = Promise.withResolvers<void>();
    world.destinations.gate = gate.promise;
    const slow = world.flowLogs.create(callOf(), request);
    const fast = await other.flowLogs.create(callOf(), request);
    gate.resolve();
    expect(await slow).toEqual({ ...fast, rows: [] });
    expect(await world.store.read((from) => from.flowLogs.count(HERE))).toBe(1);
    expect(changes).toEqual([]);
  });

  test('is answered alike for 24 hours, and then is a new one', async () => {
    const first = await world.flowLogs.create(callOf(), request);
    const again = await world.flowLogs.create(callOf(HERE, later(CLIENT_TOKEN_LIFETIME)), request);
    expect(again).toEqual({ ...first, rows: [] });
    await world.flowLogs.delete(callOf(), first.flowLogIds);
    const anew = await world.flowLogs.create(callOf(HERE, later(CLIENT_TOKEN_LIFETIME + 1)), request);
    expect(anew.flowLogIds).not.toEqual(first.flowLogIds);
    expect(anew.rows).toHaveLength(1);
    // And it is the new answer that is kept from now on.
    const last = await world.flowLogs.create(callOf(HERE, later(CLIENT_TOKEN_LIFETIME + 2)), request);
    expect(last.flowLogIds).toEqual(anew.flowLogIds);
  });

  test('is found whatever the network and the destination are by then', async () => {
    const first = await world.flowLogs.create(callOf(), request);
    world.resources.missing.add(id('vpc', 1));
    world.destinations.script.set('s3:flow-logs/', 'missing');
    expect((await world.flowLogs.create(callOf(), request)).flowLogIds).toEqual(first.flowLogIds);
  });

  test('in another account or region is another request', async () => {
    await world.flowLogs.create(callOf(), request);
    for (const scope of [
      { ...HERE, region: 'us-east-1' },
      { ...HERE, account: '210987654321' },
    ]) {
      const elsewhere = world.flowLogs.create(callOf(scope), { ...request, trafficType: 'ACCEPT' });
      expect(await refusedBy(elsewhere)).toMatchObject({ situation: 'vpcNotFound' });
    }
  });
});

describe('another request under the same token', () => {
  test.each([
    ['resources', { resourceIds: [id('vpc', 2)] }],
    ['order of resources', { resourceIds: [id('vpc', 2), id('vpc', 1)] }],
    ['traffic', { trafficType: 'REJECT' }],
    ['tags', { tags: [{ key: 'a', value: 'b' }] }],
    ['options', { destinationOptions: { perHourPartition: false } }],
  ])('is refused: other %s', async (_, change) => {
    await world.flowLogs.create(callOf(), request);
    expect(await refusedBy(world.flowLogs.create(callOf(), { ...request, ...change }))).toEqual(mismatch);
  });

  test('is refused when both come at the same time', async () => {
    const first = world.flowLogs.create(callOf(), request);
    const second = world.flowLogs.create(callOf(), { ...request, trafficType: 'REJECT' });
    expect((await first).flowLogIds).toHaveLength(1);
    expect(await refusedBy(second)).toEqual(mismatch);
  });

  test('in another case is under another token', async () => {
    await world.flowLogs.create(callOf(), request);
    const other = { ...request, clientToken: 'Once', trafficType: 'REJECT' };
    expect((await world.flowLogs.create(callOf(), other)).flowLogIds).toHaveLength(1);
  });
});

describe('a request that created nothing', () => {
  test('may be made again under its token when what was wrong is mended', async () => {
    world.destinations.script.set('s3:flow-logs/', 'missing');
    const failed = await world.flowLogs.create(callOf(), request);
    expect(failed).toMatchObject({ flowLogIds: [], unsuccessful: [{ situation: 'bucketMissing' }] });
    world.destinations.script.clear();
    expect((await world.flowLogs.create(callOf(), request)).flowLogIds).toHaveLength(1);
  });

  test('leaves its token to another request when it was refused', async () => {
    world.destinations.unassumable.add('arn:aws:iam::123456789012:role/x');
    const group = {
      ...request,
      logDestinationType: 'cloud-watch-logs',
      logDestination: undefined,
      logGroupName: 'flows',
      deliverLogsPermissionArn: 'arn:aws:iam::123456789012:role/x',
    };
    expect(await refusedBy(world.flowLogs.create(callOf(), group))).toMatchObject({
      situation: 'roleNotAssumable',
    });
    expect((await world.flowLogs.create(callOf(), request)).flowLogIds).toHaveLength(1);
  });
});

test('requests without a token are not kept, and each has one of its own', async () => {
  const first = await world.flowLogs.create(callOf(), bucketRequest());
  const second = await world.flowLogs.create(callOf(), bucketRequest({ trafficType: 'REJECT' }));
  expect(first.clientToken).not.toBe(second.clientToken);
  expect(await world.store.transaction((on) => on.clientTokens.deleteBefore(Number.MAX_SAFE_INTEGER))).toBe(
    0,
  );
});

describe('requestDigest', () => {
  test('is the same whatever order members came in, and whether absent ones are named', () => {
    const digest = requestDigest({ a: 1, b: { c: [1, 2], d: 'x' } });
    expect(requestDigest({ b: { d: 'x', c: [1, 2], e: undefined }, a: 1, f: undefined })).toBe(digest);
  });

  test.each([
    { a: 1, b: { c: [2, 1], d: 'x' } },
    { a: '1', b: { c: [1, 2], d: 'x' } },
    { a: 1, b: { c: [1, 2], d: 'x' }, e: '' },
    { a: 1, b: { c: [1, 2] }, d: 'x' },
    {
      a: 1,
      b: [
        ['c', [1, 2]],
        ['d', 'y'],
      ],
    },
  ])('differs for %j', (other) => {
    expect(requestDigest(other)).not.toBe(requestDigest({ a: 1, b: { c: [1, 2], d: 'x' } }));
  });
});

describe('TokenTurns', () => {
  test('lets one through at a time, in order, also when some fail, and forgets them', async () => {
    const turns = new TokenTurns();
    const log: string[] = [];
    const results = await Promise.allSettled(
      [1, 2, 3].map((n) =>
        turns.take(HERE, 'same', async () => {
          log.push(`${n} begins`);
          await new Promise((resolve) => setImmediate(resolve));
          log.push(`${n} ends`);
          if (n === 2) throw new RangeError('no');
          return n;
        }),
      ),
    );
    expect(log).toEqual(['1 begins', '1 ends', '2 begins', '2 ends', '3 begins', '3 ends']);
    expect(results.map((result) => result.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(turns.size).toBe(0);
  });

  test('does not make others wait', async () => {
    const turns = new TokenTurns();
    const gate = Promise.withResolvers<void>();
    const held = turns.take(HERE, 'a', () => gate.promise);
    expect(await turns.take(HERE, 'b', () => Promise.resolve(1))).toBe(1);
    expect(await turns.take({ ...HERE, region: 'us-east-1' }, 'a', () => Promise.resolve(2))).toBe(2);
    expect(turns.size).toBe(1);
    gate.resolve();
    await held;
  });
});
