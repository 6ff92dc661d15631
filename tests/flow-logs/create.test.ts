import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Tags } from '../../src/store/store.ts';
import type { FlowLogChange } from '../../src/flow-logs/service.ts';
import { missingResources } from '../../src/flow-logs/resources.ts';
import {
  bucketRequest,
  callOf,
  createWorld,
  FakeResources,
  HERE,
  id,
  NOW,
  refusedBy,
  ROLE,
  type World,
} from './fakes.ts';

let world: World;
let changes: FlowLogChange[];
beforeEach(async () => {
  changes = [];
  world = await createWorld({ onChange: (change) => changes.push(change) });
});
afterEach(() => world.store.close());

describe('createFlowLogs', () => {
  test('stores every member', async () => {
    const request = bucketRequest({
      resourceIds: [id('eni', 7)],
      resourceType: 'NetworkInterface',
      trafficType: 'REJECT',
      logDestination: 'arn:aws:s3:::flow-logs/a/',
      logFormat: '${srcaddr} ${interface-tag}',
      maxAggregationInterval: 60,
      destinationOptions: { fileFormat: 'parquet' },
      tags: [{ key: 'k', value: 'v' }],
      tagFieldSpecifications: [{ resourceType: 'network-interface', tagKeys: ['Name'] }],
      clientToken: 'mine',
    });
    const { rows, clientToken } = await world.flowLogs.create(callOf(), request);
    expect(clientToken).toBe('mine');
    expect(rows).toEqual([
      {
        ...HERE,
        sequence: 1,
        id: expect.stringMatching(/^fl-[0-9a-f]{17}$/) as string,
        createdAt: NOW.getTime(),
        resourceId: id('eni', 7),
        resourceType: 'NetworkInterface',
        trafficType: 'REJECT',
        logDestinationType: 's3',
        logDestination: 'arn:aws:s3:::flow-logs/a/',
        logGroupName: undefined,
        deliverLogsPermissionArn: undefined,
        deliverCrossAccountRole: undefined,
        logFormat: '${srcaddr} ${interface-tag}',
        maxAggregationInterval: 60,
        destinationOptions: {
          fileFormat: 'parquet',
          hiveCompatiblePartitions: false,
          perHourPartition: false,
        },
        tagFieldSpecifications: [{ resourceType: 'network-interface', tagKeys: ['Name'] }],
        deliverLogsStatus: 'SUCCESS',
        deliverLogsErrorMessage: undefined,
        clientToken: 'mine',
        configurationDigest: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      },
    ]);
    const tags = await world.store.read((from) => from.tags.of(HERE, [rows[0]!.id]));
    expect([...tags.values()]).toEqual([[{ key: 'k', value: 'v' }]]);
  });

  test('asks for permission after existence and before the destination', async () => {
    const log: string[] = [];
    const denied = new Error('denied');
    const call = {
      ...callOf(),
      permit: () => {
        log.push(`permit, ${world.destinations.asked.length} asked`);
        throw denied;
      },
    };
    await expect(world.flowLogs.create(call, bucketRequest())).rejects.toBe(denied);
    expect(log).toEqual(['permit, 0 asked']);
    world.resources.missing.add(id('vpc', 1));
    await refusedBy(world.flowLogs.create(call, bucketRequest()));
    expect(log).toHaveLength(1);
    expect(await world.store.read((from) => from.flowLogs.all())).toEqual([]);
  });

  test('the same request from many at once, without a token, creates one', async () => {
    const answers = await Promise.allSettled(
      Array.from({ length: 20 }, () => world.flowLogs.create(callOf(), bucketRequest())),
    );
    expect(answers.filter((answer) => answer.status === 'fulfilled')).toHaveLength(1);
    expect(await world.store.read((from) => from.flowLogs.count(HERE))).toBe(1);
  });

  test('the quota holds for requests at the same time', async () => {
    const small = await createWorld({ quota: 3 });
    const answers = await Promise.allSettled(
      Array.from({ length: 10 }, (_, i) =>
        small.flowLogs.create(callOf(), bucketRequest({ logDestination: `arn:aws:s3:::flow-logs/${i}` })),
      ),
    );
    expect(answers.filter((answer) => answer.status === 'fulfilled')).toHaveLength(3);
    await small.store.close();
  });

  test('is all or nothing when the store fails', async () => {
    const store = world.store;
    const broken = await createWorld({
      store: {
        read: (work) => store.read(work),
        close: () => Promise.resolve(),
        transaction: (work) => store.transaction((on) => work({ ...on, tags: withoutDisk(on.tags) })),
      },
    });
    const request = bucketRequest({ tags: [{ key: 'a', value: '' }], clientToken: 't' });
    await expect(broken.flowLogs.create(callOf(), request)).rejects.toThrow('disk');
    expect(await store.read((from) => from.flowLogs.count(HERE))).toBe(0);
    expect((await world.flowLogs.create(callOf(), request)).rows).toHaveLength(1);
  });
});

/** Tags that cannot be written. */
function withoutDisk(tags: Tags): Tags {
  return {
    of: (...given) => tags.of(...given),
    list: (query) => tags.list(query),
    delete: (...given) => tags.delete(...given),
    put: () => Promise.reject(new RangeError('disk')),
  };
}

describe('changes are told', () => {
  test('once they stand, and only what changed', async () => {
    const { rows, flowLogIds } = await world.flowLogs.create(callOf(), bucketRequest());
    await refusedBy(world.flowLogs.create(callOf(), bucketRequest()));
    world.destinations.script.set('s3:gone/', 'missing');
    await world.flowLogs.create(callOf(), bucketRequest({ logDestination: 'arn:aws:s3:::gone' }));
    await refusedBy(world.flowLogs.delete(callOf(), [id('fl', 1)]));
    await world.flowLogs.delete(callOf(), [...flowLogIds, ...flowLogIds]);
    expect(changes).toEqual([
      { kind: 'created', flowLogs: rows },
      { kind: 'deleted', scope: HERE, ids: flowLogIds },
    ]);
  });

  test('of two who delete the same at once, one does', async () => {
    const { flowLogIds } = await world.flowLogs.create(callOf(), bucketRequest());
    const answers = await Promise.allSettled([
      world.flowLogs.delete(callOf(), flowLogIds),
      world.flowLogs.delete(callOf(), flowLogIds),
    ]);
    expect(answers.map((answer) => answer.status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(changes.filter((change) => change.kind === 'deleted')).toHaveLength(1);
  });
});

describe('missing resources', () => {
  test('could be left out instead of refusing the call', async () => {
    const resources = new FakeResources();
    resources.missing.add(id('nat', 2));
    resources.others.add(id('nat', 3));
    const ids = [1, 2, 3].map((n) => id('nat', n));
    const missing = await missingResources(resources, HERE, 'RegionalNatGateway', ids, 'leave it out');
    expect([...missing]).toEqual([
      [ids[1], { situation: 'natGatewayNotFound', values: [{ id: ids[1] }] }],
      [ids[2], { situation: 'resourceKind', values: [{ id: ids[2], type: 'RegionalNatGateway' }] }],
    ]);
  });

  test('are looked for in the scope of the caller', async () => {
    const elsewhere = world.flowLogs.create(callOf({ ...HERE, region: 'us-east-1' }), bucketRequest());
    expect(await refusedBy(elsewhere)).toEqual({ situation: 'vpcNotFound', values: [{ id: id('vpc', 1) }] });
  });
});

describe('a role', () => {
  test.each([
    'arn:aws:iam::123456789012:role/a',
    'arn:aws:iam::123456789012:role/service-role/x/a.b@c=d,e+f-g_h',
    'arn:aws-us-gov:iam::123456789012:role/a',
    `arn:aws:iam::123456789012:role/${'r'.repeat(64)}`,
  ])('%s is one', async (deliverLogsPermissionArn) => {
    const { rows } = await world.flowLogs.create(callOf(), {
      ...bucketRequest(),
      logDestinationType: undefined,
      logDestination: undefined,
      logGroupName: 'flows',
      deliverLogsPermissionArn,
    });
    expect(rows[0]).toMatchObject({ deliverLogsPermissionArn, logDestinationType: 'cloud-watch-logs' });
  });

  test.each([
    'arn:aws:iam::12345678901:role/a',
    'arn:aws:iam:eu-central-1:123456789012:role/a',
    'arn:aws:iam::123456789012:role/',
    'arn:aws:iam::123456789012:role/a b',
    `arn:aws:iam::123456789012:role/${'r'.repeat(65)}`,
    `${ROLE}\n`,
    'arn:aws:sts::123456789012:assumed-role/a/b',
  ])('%j is none', async (deliverLogsPermissionArn) => {
    const created = world.flowLogs.create(callOf(), { ...bucketRequest(), deliverLogsPermissionArn });
    const values = [{ value: deliverLogsPermissionArn, name: 'deliverLogsPermissionArn' }];
    expect(await refusedBy(created)).toEqual({ situation: 'badFormat', values });
  });
});
