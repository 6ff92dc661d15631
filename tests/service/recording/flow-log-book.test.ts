/** What flow logs become for the writing thread, and how their statuses follow buckets and deliveries. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { BucketInfo } from '../../../src/standins/storage/object-storage.ts';
import { BucketBook } from '../../../src/service/recording/bucket-book.ts';
import { FlowLogBook } from '../../../src/service/recording/flow-log-book.ts';
import { RoleRules } from '../../../src/service/recording/role-rules.ts';
import { WatchedPlaces } from '../../../src/service/recording/watched-places.ts';
import { subscriptionOf } from '../../../src/service/recording/subscriptions.ts';
import type { Subscription } from '../../../src/service/threads/messages.ts';
import { statusOf } from '../../../src/flow-logs/status.ts';
import { openSqliteStore } from '../../../src/store/sqlite.ts';
import type { FlowLogRow, NewFlowLog, Store } from '../../../src/store/store.ts';

const HERE = { account: '123456789012', region: 'eu-central-1' };
const FORMAT = '${version} ${interface-id} ${instance-tag}';
const TRANSIT = {
  resourceType: 'TransitGateway',
  resourceId: 'tgw-00000001',
  trafficType: undefined,
  logFormat: '${version} ${tgw-id} ${packets-lost-no-route}',
  maxAggregationInterval: 60,
} as const;

let store: Store;
let buckets: Map<string, BucketInfo>;
let streams: Set<string>;
let told: Subscription[][];
let retried: string[];
let book: FlowLogBook;
let count = 0;

/** Buckets of the source; a set that `broken` holds cannot be read. */
let broken = false;

beforeEach(async () => {
  store = await openSqliteStore({});
  buckets = new Map([['mine', bucket('mine')]]);
  streams = new Set(['s']);
  told = [];
  retried = [];
  broken = false;
  const bucketBook = new BucketBook({
    bucket: async (name) => {
      if (broken) throw Object.assign(new Error('EIO'), { code: 'EIO' });
      return buckets.get(name);
    },
    buckets: { list: async () => [...buckets.values()] },
  });
  await bucketBook.open();
  book = new FlowLogBook({
    store,
    places: {
      s3: bucketBook,
      'kinesis-data-firehose': new WatchedPlaces({
        ask: async (place) => place.type === 's3' || streams.has(place.stream),
        isWanted: () => true,
        onChange: (place) => book.placeChanged(place),
      }),
    },
    roles: new RoleRules({
      mappings: [{ role: 'arn:aws:iam::210987654321:role/AWSLogDeliveryFirehoseCrossAccountRole*' }],
      remote: new Set(),
    }),
    log: () => {},
    subscribe: (subscriptions) => told.push([...subscriptions]),
    retry: (flowLog) => retried.push(flowLog),
  });
});
afterEach(async () => {
  await book.close();
  await store.close();
});

function bucket(name: string, account = HERE.account): BucketInfo {
  return { name, account, region: HERE.region, createdAt: 0 };
}

/** A flow log as CreateFlowLogs stores it. */
async function made(members: Partial<NewFlowLog> = {}): Promise<FlowLogRow> {
  const flowLog: NewFlowLog = {
    ...HERE,
    id: `fl-${(++count).toString(16).padStart(17, '0')}`,
    createdAt: 1_800_000_000_000,
    resourceId: 'vpc-00000001',
    resourceType: 'VPC',
    trafficType: 'ALL',
    logDestinationType: 's3',
    logDestination: 'arn:aws:s3:::mine/sub/folder',
    logFormat: '${version} ${interface-id}',
    maxAggregationInterval: 600,
    destinationOptions: {
      fileFormat: 'plain-text',
      hiveCompatiblePartitions: false,
      perHourPartition: false,
    },
    deliverLogsStatus: 'SUCCESS',
    clientToken: 'token',
    configurationDigest: 'digest',
    ...members,
  };
  const status = statusOf(book.delivery.stateOf(flowLog));
  const [row] = await store.transaction((on) => on.flowLogs.insert([{ ...flowLog, ...status }]));
  book.changed({ kind: 'created', flowLogs: [row!] });
  return row!;
}

async function statusIn(row: FlowLogRow): Promise<string> {
  await book.close(); // waits for what is on its way
  const found = (await store.read((from) => from.flowLogs.find(row, row.id)))!;
  return `${found.deliverLogsStatus} ${found.deliverLogsErrorMessage ?? ''}`.trim();
}

describe('a flow log as a subscription', () => {
  test('to a bucket with a folder, with the header of its format', async () => {
    const row = await made({
      logFormat: FORMAT,
      tagFieldSpecifications: [{ resourceType: 'instance', tagKeys: ['Name'] }],
      trafficType: 'REJECT',
    });
    expect(told).toEqual([[subscriptionOf(row)]]);
    expect(told[0]![0]).toEqual({
      flowLog: row.id,
      ...HERE,
      resourceType: 'VPC',
      resourceId: 'vpc-00000001',
      traffic: 'REJECT',
      logFormat: FORMAT,
      tagFields: [{ resourceType: 'instance', tagKeys: ['Name'] }],
      createdAt: 1_800_000_000_000,
      target: {
        flowLog: row.id,
        ...HERE,
        interval: 600,
        to: {
          type: 's3',
          bucket: 'mine',
          folder: 'sub/folder/',
          header: 'version interface-id instance-tag\n',
        },
      },
    });
  });

  test.each([
    ['by name', { logGroupName: 'group/one', logDestination: undefined }],
    ['by ARN', { logDestination: `arn:aws:logs:${HERE.region}:${HERE.account}:log-group:group/one:*` }],
  ])('to a log group %s', async (_, members) => {
    await made({ logDestinationType: 'cloud-watch-logs', destinationOptions: undefined, ...members });
    expect(told[0]![0]!.target.to).toEqual({ type: 'cloud-watch-logs', ...HERE, group: 'group/one' });
  });

  test('deleted: told once more, with the time', async () => {
    const row = await made();
    const before = Date.now();
    book.changed({ kind: 'deleted', scope: HERE, ids: [row.id, 'fl-00000000000000000'] });
    expect(told[1]).toEqual([{ ...told[0]![0], deletedAt: expect.any(Number) }]);
    expect(told[1]![0]!.deletedAt).toBeGreaterThanOrEqual(before);
    expect([...book.all()]).toEqual([]);
    expect(book.has(HERE, row.id)).toBe(false);
  });

  test('all stored ones at the start', async () => {
    const rows = [await made(), await made()];
    told = [];
    await book.open();
    expect(told.flat().map((it) => it.flowLog)).toEqual(rows.map((row) => row.id));
  });

  test.each([
    ['TransitGateway', 'tgw-00000001'],
    ['TransitGatewayAttachment', 'tgw-attach-00000001'],
  ])('on a %s: with fields of its own, and no traffic type', async (resourceType, resourceId) => {
    const row = await made({ ...TRANSIT, resourceType, resourceId });
    expect(await statusIn(row)).toBe('SUCCESS');
    expect(told[0]![0]).toMatchObject({
      resourceType,
      resourceId,
      traffic: 'ALL',
      logFormat: TRANSIT.logFormat,
      target: { interval: 60, to: { header: 'version tgw-id packets-lost-no-route\n' } },
    });
  });

  test('on a regional NAT gateway, as on an interface', async () => {
    const at = { resourceType: 'RegionalNatGateway', resourceId: 'nat-00000001' };
    const row = await made({ ...at, logFormat: '${resource-id} ${action}', trafficType: 'REJECT' });
    expect(await statusIn(row)).toBe('SUCCESS');
    expect(told[0]![0]).toMatchObject({ ...at, traffic: 'REJECT', target: { interval: 600 } });
  });

  const options = { fileFormat: 'plain-text', hiveCompatiblePartitions: false, perHourPartition: false };
  const columns = [
    { id: 'version', type: 'INT_32' },
    { id: 'interface-id', type: 'STRING' },
  ];
  test.each<[string, Partial<typeof options>, object | undefined]>([
    ['none', {}, undefined],
    ['Parquet', { fileFormat: 'parquet' }, { format: 'parquet', hive: false, perHour: false, columns }],
    ['Hive', { hiveCompatiblePartitions: true }, { format: 'plain-text', hive: true, perHour: false }],
    ['per hour', { perHourPartition: true }, { format: 'plain-text', hive: false, perHour: true }],
    [
      'all three',
      { fileFormat: 'parquet', hiveCompatiblePartitions: true, perHourPartition: true },
      { format: 'parquet', hive: true, perHour: true, columns },
    ],
  ])('to a bucket with options: %s', async (_, given, layout) => {
    const row = await made({ destinationOptions: { ...options, ...given } });
    expect(await statusIn(row)).toBe('SUCCESS');
    const to = { type: 's3', bucket: 'mine', folder: 'sub/folder/', header: 'version interface-id\n' };
    expect(told[0]![0]!.target.to).toEqual(layout === undefined ? to : { ...to, layout });
  });

  test('to a stream of another account, with the roles', async () => {
    const roles = {
      role: `arn:aws:iam::${HERE.account}:role/flow-logs`,
      crossAccountRole: 'arn:aws:iam::210987654321:role/AWSLogDeliveryFirehoseCrossAccountRole1',
    };
    const row = await made({
      logDestinationType: 'kinesis-data-firehose',
      logDestination: `arn:aws:firehose:${HERE.region}:210987654321:deliverystream/s`,
      destinationOptions: undefined,
      deliverLogsPermissionArn: roles.role,
      deliverCrossAccountRole: roles.crossAccountRole,
    });
    expect(await statusIn(row)).toBe('SUCCESS');
    expect(told[0]![0]!.target).toEqual({
      flowLog: row.id,
      ...HERE,
      interval: 600,
      to: { type: 'kinesis-data-firehose', region: HERE.region, account: '210987654321', stream: 's' },
      roles,
    });
  });

  test.each<[string, Partial<NewFlowLog>]>([
    ['ORC files', { destinationOptions: { ...options, fileFormat: 'orc' } }],
    ['another type of destination', { logDestinationType: 'kafka', destinationOptions: undefined }],
    ['core networks', { resourceType: 'CoreNetwork', resourceId: 'core-network-00000001' }],
    ['VPC fields at a transit gateway', { ...TRANSIT, logFormat: '${version} ${action}' }],
    ['600 s at a transit gateway', { ...TRANSIT, maxAggregationInterval: 600 }],
  ])('%s: none, and FAILED with Unknown error', async (_, members) => {
    const row = await made(members);
    expect(await statusIn(row)).toBe('FAILED Unknown error');
    expect(told).toEqual([]);
  });
});

describe('DeliverLogsStatus', () => {
  test('follows the writing thread, there and back', async () => {
    const row = await made();
    expect(await statusIn(row)).toBe('SUCCESS');
    book.told(row.id, { state: 'failing', message: 'Unknown error', reason: 'ENOSPC' });
    expect(await statusIn(row)).toBe('FAILED Unknown error');
    expect([...book.all()]).toMatchObject([{ state: { state: 'failing', reason: 'ENOSPC' } }]);
    book.told(row.id, { state: 'failing', message: 'Access error', reason: 'EACCES' });
    expect(await statusIn(row)).toBe('FAILED Access error');
    book.told(row.id, { state: 'delivering' });
    expect(await statusIn(row)).toBe('SUCCESS');
    book.told('fl-00000000000000000', { state: 'delivering' });
  });

  test('ends with the last of many changes', async () => {
    const row = await made();
    for (let i = 0; i < 99; i++) {
      book.told(
        row.id,
        i % 2 === 0 ? { state: 'failing', message: 'Access error', reason: 'x' } : { state: 'delivering' },
      );
      if (i % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await statusIn(row)).toBe('FAILED Access error');
  });

  test('a bucket that is deleted, and made again: at once, and the deliverer tries again', async () => {
    const rows = [await made(), await made({ logDestination: 'arn:aws:s3:::other' })];
    expect(await statusIn(rows[1]!)).toBe('FAILED Access error');
    buckets.delete('mine');
    await book.bucketChanged('mine');
    expect(await statusIn(rows[0]!)).toBe('FAILED Access error');
    expect(retried).toEqual([]);
    buckets.set('mine', bucket('mine'));
    await book.bucketChanged('mine');
    expect(await statusIn(rows[0]!)).toBe('SUCCESS');
    expect(retried).toEqual([rows[0]!.id]);
    buckets.set('other', bucket('other', '210987654321'));
    await book.bucketChanged('other');
    expect(await statusIn(rows[1]!)).toBe('FAILED Access error');
    expect([...book.all()][1]).toMatchObject({
      state: { reason: 'bucket other belongs to another account' },
    });
    expect(retried).toEqual([rows[0]!.id]);
  });

  test('a failing delivery stays FAILED when the bucket is there: it has to succeed first', async () => {
    const row = await made();
    book.told(row.id, { state: 'failing', message: 'Access error', reason: 'NoSuchBucket' });
    await book.bucketChanged('mine');
    expect(await statusIn(row)).toBe('FAILED Access error');
    expect(retried).toEqual([row.id]);
  });
});

describe('a stream', () => {
  const stream = (name: string): Partial<NewFlowLog> => ({
    logDestinationType: 'kinesis-data-firehose',
    logDestination: `arn:aws:firehose:${HERE.region}:${HERE.account}:deliverystream/${name}`,
    destinationOptions: undefined,
  });

  test('that is missing, and is made: known by whoever asks next', async () => {
    const row = await made(stream('none'));
    await new Promise((resolve) => setImmediate(resolve)); // it is asked for meanwhile
    expect(await statusIn(row)).toBe('FAILED Access error');
    expect([...book.all()]).toMatchObject([{ state: { reason: 'stream none does not exist' } }]);
    streams.add('none');
    const place = { type: 'kinesis-data-firehose', ...HERE, stream: 'none' } as const;
    expect(await book.destinations.presence(HERE, place, {})).toBe('ready');
    expect(await statusIn(row)).toBe('SUCCESS');
    expect(retried).toEqual([row.id]);
  });

  test('is left with its last flow log', async () => {
    const rows = [await made(stream('s')), await made(stream('s'))];
    const place = { type: 'kinesis-data-firehose', ...HERE, stream: 's' } as const;
    for (const row of rows) {
      expect(book.isPlace(place)).toBe(true);
      book.changed({ kind: 'deleted', scope: HERE, ids: [row.id] });
    }
    expect(book.isPlace(place)).toBe(false);
  });

  test('of a role that is mapped no more: FAILED with Access error', async () => {
    const row = await made({
      ...stream('s'),
      deliverCrossAccountRole: 'arn:aws:iam::333333333333:role/AWSLogDeliveryFirehoseCrossAccountRole',
    });
    expect(await statusIn(row)).toBe('FAILED Access error');
  });

  test('that was failing stays so after a start, until it has been looked at', async () => {
    const row = await made(stream('s'));
    await store.transaction((on) => on.flowLogs.setStatus(row, row.id, 'FAILED', 'Rate limited'));
    const stored = (await store.read((from) => from.flowLogs.find(row, row.id)))!;
    const fresh = new FlowLogBook({
      store,
      places: {
        s3: { known: () => ({ state: 'ready' }), look: async () => ({ state: 'ready' }) },
        'kinesis-data-firehose': { known: () => undefined, look: () => new Promise(() => {}) },
      },
      roles: new RoleRules({ mappings: [], remote: new Set() }),
      log: () => {},
      subscribe: () => {},
      retry: () => {},
    });
    expect(fresh.delivery.stateOf(stored)).toEqual({
      deliverable: false,
      message: 'Rate limited',
      reason: 'stream s has not been looked at yet',
    });
    const { deliverLogsStatus: _, ...asked } = stored;
    expect(fresh.delivery.stateOf(asked)).toEqual({ deliverable: true });
    await fresh.close();
  });
});

describe('the presence of destinations', () => {
  test('buckets by owner, log groups always, streams by name', async () => {
    buckets.set('theirs', bucket('theirs', '210987654321'));
    const presence = (name: string): Promise<string> =>
      book.destinations.presence(HERE, { type: 's3', bucket: name, folder: '' }, {});
    expect(await presence('mine')).toBe('ready');
    expect(await presence('theirs')).toBe('denied');
    expect(await presence('none')).toBe('missing');
    broken = true;
    expect(await presence('mine')).toBe('ready'); // by what was known
    const logs = { type: 'cloud-watch-logs', ...HERE, logGroupName: 'g' } as const;
    expect(await book.destinations.presence(HERE, logs, {})).toBe('ready');
    const stream = { type: 'kinesis-data-firehose', ...HERE, stream: 's' } as const;
    expect(await book.destinations.presence(HERE, stream, {})).toBe('ready');
    expect(await book.destinations.presence(HERE, { ...stream, stream: 'x' }, {})).toBe('missing');
  });
});
