import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { NO_DELIVERY, refreshStatuses, reportStatus, statusOf } from '../../src/flow-logs/status.ts';
import { bucketRequest, callOf, createWorld, HERE, id, type World } from './fakes.ts';

let world: World;
beforeEach(async () => {
  world = await createWorld();
});
afterEach(() => world.store.close());

/** Status and message of every flow log. */
async function statuses(): Promise<(string | undefined)[][]> {
  const { flowLogs } = await world.flowLogs.describe(callOf(), {});
  return flowLogs.map((it) => [it.deliverLogsStatus, it.deliverLogsErrorMessage]);
}

const FAILED = ['FAILED', 'Unknown error'];
const SUCCESS = ['SUCCESS', undefined];

describe('the status at creation', () => {
  test('follows from destination type, resource, file format and partitions', async () => {
    const asked: unknown[] = [];
    world.delivery.refuses = (flowLog) => {
      asked.push(flowLog);
      return flowLog.resourceId === id('vpc', 2);
    };
    await world.flowLogs.create(callOf(), bucketRequest({ resourceIds: [id('vpc', 1), id('vpc', 2)] }));
    expect(await statuses()).toEqual([SUCCESS, FAILED]);
    expect(asked[0]).toEqual({
      ...HERE,
      resourceId: id('vpc', 1),
      resourceType: 'VPC',
      logDestinationType: 's3',
      logDestination: 'arn:aws:s3:::flow-logs',
      logGroupName: undefined,
      destinationOptions: {
        fileFormat: 'plain-text',
        hiveCompatiblePartitions: false,
        perHourPartition: false,
      },
    });
  });

  test('is FAILED where nothing delivers, with a reason for operators', () => {
    const state = NO_DELIVERY.stateOf({
      ...HERE,
      resourceId: 'x',
      resourceType: 'VPC',
      logDestinationType: 's3',
    });
    expect(state).toEqual({
      deliverable: false,
      message: 'Unknown error',
      reason: 'nothing delivers to s3 destinations',
    });
    expect(statusOf(state)).toEqual({
      deliverLogsStatus: 'FAILED',
      deliverLogsErrorMessage: 'Unknown error',
    });
  });
});

describe('reportStatus', () => {
  test('keeps what delivery found, until it finds something else', async () => {
    const { flowLogIds } = await world.flowLogs.create(callOf(), bucketRequest());
    const flowLog = flowLogIds[0]!;
    const state = { deliverable: false, message: 'Access error', reason: 'bucket policy' } as const;
    expect(await reportStatus(world.store, HERE, flowLog, state)).toBe(true);
    expect(await statuses()).toEqual([['FAILED', 'Access error']]);
    expect(await reportStatus(world.store, HERE, flowLog, { deliverable: true })).toBe(true);
    expect(await statuses()).toEqual([SUCCESS]);
  });

  test('is false of a flow log that is gone', async () => {
    expect(await reportStatus(world.store, HERE, id('fl', 1), { deliverable: true })).toBe(false);
  });
});

describe('refreshStatuses', () => {
  test('brings all to what the backends say now, and counts those that changed', async () => {
    const resourceIds = Array.from({ length: 700 }, (_, i) => id('vpc', i));
    await world.flowLogs.create(callOf(), bucketRequest({ resourceIds }));
    expect(await refreshStatuses(world.store, world.delivery)).toBe(0);
    expect(await refreshStatuses(world.store, NO_DELIVERY)).toBe(700);
    expect(await statuses()).toEqual(resourceIds.map(() => FAILED));
    world.delivery.refuses = ({ resourceId }) => resourceId === id('vpc', 5);
    expect(await refreshStatuses(world.store, world.delivery)).toBe(699);
    expect((await statuses()).filter(([status]) => status === 'FAILED')).toHaveLength(1);
  });
});
