/**
 * Flow logs of every destination, layout and resource type, delivered to moto server by the AWS SDK: boto3 reads back
 * exactly the lines that `weir record` makes of the same packets.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateFlowLogsCommand, type CreateFlowLogsCommandInput, EC2Client } from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startWeir, type StatusAnswer, type Weir } from '../../src/index.ts';
import { defaultFieldsOf, findField, parquetColumn } from '../../src/records/catalogue.ts';
import {
  type Contents,
  Destinations,
  flowsAmong,
  type Place,
  REGION,
  type Stream,
  whenDelivered,
} from './destinations.ts';
import { type Moto, MOTO_ACCOUNT, startMoto } from './moto-server.ts';
import { makeWorld, type Resource, RESOURCES, untaggedFields } from './moto-world.ts';
import { lack, leftOut, pathOf, pypiPython } from './programs.ts';

const BUCKET = 'flow-records';
const ROLE = `arn:aws:iam::${MOTO_ACCOUNT}:role/flow-logs`;

interface Layout {
  readonly FileFormat: 'plain-text' | 'parquet';
  readonly HiveCompatiblePartitions: boolean;
  readonly PerHourPartition: boolean;
}

/** One flow log, and what must become of it. */
interface Case {
  readonly name: string;
  readonly resource: Resource;
  readonly fields: readonly string[];
  readonly interval: 60 | 600;
  readonly wish: Partial<CreateFlowLogsCommandInput>;
  readonly layout?: Layout;
  readonly place: Place;
  readonly stream?: Stream;
}

const LAYOUTS: readonly Layout[] = (['plain-text', 'parquet'] as const).flatMap((FileFormat) =>
  [false, true].flatMap((HiveCompatiblePartitions) =>
    [false, true].map((PerHourPartition) => ({ FileFormat, HiveCompatiblePartitions, PerHourPartition })),
  ),
);

const NAMES = { 'plain-text': 'text', parquet: 'parquet' } as const;

function toObjects(name: string, layout: Layout): Pick<Case, 'wish' | 'layout' | 'place'> {
  const wish = {
    LogDestinationType: 's3',
    LogDestination: `arn:aws:s3:::${BUCKET}/${name}/`,
    DestinationOptions: layout,
  } as const;
  return { wish, layout, place: { bucket: BUCKET, prefix: `${name}/`, form: NAMES[layout.FileFormat] } };
}

function toGroup(name: string): Pick<Case, 'wish' | 'place'> {
  const wish = { LogGroupName: `/weir/${name}`, DeliverLogsPermissionArn: ROLE };
  return { wish, place: { group: `/weir/${name}` } };
}

function toStream(name: string): Pick<Case, 'wish' | 'place' | 'stream'> {
  const wish = {
    LogDestinationType: 'kinesis-data-firehose',
    LogDestination: `arn:aws:firehose:${REGION}:${MOTO_ACCOUNT}:deliverystream/${name}`,
  } as const;
  const stream = { name, bucket: BUCKET, prefix: `streams/${name}/` };
  return { wish, stream, place: { bucket: BUCKET, prefix: stream.prefix, form: 'messages' } };
}

function casesOf(): Case[] {
  return RESOURCES.flatMap((resource, r) =>
    (['default', 'all'] as const).flatMap((format, f) => {
      const { kind, type } = resource;
      const fields = format === 'all' ? untaggedFields(kind) : defaultFieldsOf(kind).map(({ id }) => id);
      // Each destination has both lengths; transit gateways know one.
      const interval = kind === 'vpc' && (r + f) % 2 === 1 ? (600 as const) : (60 as const);
      const common = { resource, fields, interval };
      const name = (to: string): string => `${type}-${format}-${to}`;
      return [
        ...LAYOUTS.map((layout) => {
          const { FileFormat, HiveCompatiblePartitions: hive, PerHourPartition: hour } = layout;
          const own = name(`${NAMES[FileFormat]}${hive ? '-hive' : ''}${hour ? '-hour' : ''}`);
          return { ...common, name: own, ...toObjects(own, layout) };
        }),
        { ...common, name: name('group'), ...toGroup(name('group')) },
        { ...common, name: name('stream'), ...toStream(name('stream')) },
      ];
    }),
  );
}

/** facts of the documentation: the key of an object of a layout, without what stands before AWSLogs/. */
function keyPattern({ FileFormat, HiveCompatiblePartitions: hive, PerHourPartition: hour }: Layout): RegExp {
  const folder = hive
    ? `AWSLogs/aws-account-id=${MOTO_ACCOUNT}/aws-service=vpcflowlogs/aws-region=${REGION}` +
      `/year=(\\d{4})/month=(\\d\\d)/day=(\\d\\d)${hour ? '/hour=(\\d\\d)' : '()'}`
    : `AWSLogs/${MOTO_ACCOUNT}/vpcflowlogs/${REGION}/(\\d{4})/(\\d\\d)/(\\d\\d)${hour ? '/(\\d\\d)' : '()'}`;
  const ending = FileFormat === 'parquet' ? '\\.log\\.parquet' : '\\.log\\.gz';
  const file = `${MOTO_ACCOUNT}_vpcflowlogs_${REGION}_fl-[0-9a-f]{17}_(\\d{8})T(\\d\\d)\\d[05]Z_[0-9a-f]{8}`;
  return new RegExp(`^${folder}/${file}${ending}$`);
}

const PARQUET_TYPES = { INT_32: 'int32', INT_64: 'int64', STRING: 'string' } as const;

const python = await pypiPython();
describe.skipIf(leftOut(python))(`moto server of PyPI${lack(python)}`, () => {
  const cases = casesOf();
  let folder: string;
  let moto: Moto;
  let weir: Weir;
  let world: ReturnType<typeof makeWorld>;
  let status: StatusAnswer;
  let ids: string[];
  let found: readonly Contents[];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'weir-moto-'));
    moto = await startMoto(pathOf(python), REGION);
    world = makeWorld(folder);
    const destinations = new Destinations(pathOf(python), moto);
    await destinations.make(
      [BUCKET],
      cases.flatMap(({ stream }) => stream ?? []),
    );
    weir = await startWeir({ network: world.network, config: destinations.config(folder) });
    const { url: endpoint, region, credentials } = weir;
    const ec2 = new EC2Client({ endpoint, region, credentials });
    ids = [];
    for (const it of cases) ids.push(await create(ec2, it));
    ec2.destroy();
    await weir.replay(world.captures);
    const rows = cases.map(({ resource, fields, interval }) =>
      flowsAmong(world.recorded(resource, fields, interval), fields),
    );
    status = await whenDelivered(
      weir,
      rows.reduce((sum, it) => sum + it),
    );
    found = await destinations.read(cases.map(({ place }) => place));
  });
  afterAll(async () => {
    await weir?.close();
    await moto?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function create(ec2: EC2Client, { resource, interval, fields, wish, name }: Case): Promise<string> {
    const { type, kind, id } = resource;
    const { FlowLogIds, Unsuccessful } = await ec2.send(
      new CreateFlowLogsCommand({
        ResourceType: type,
        ResourceIds: [id],
        ...(kind === 'vpc' ? { TrafficType: 'ALL' as const } : {}),
        MaxAggregationInterval: interval,
        LogFormat: fields.map((field) => `\${${field}}`).join(' '),
        ...wish,
      }),
    );
    if (FlowLogIds?.length !== 1) throw new Error(`${name}: ${JSON.stringify(Unsuccessful)}`);
    return FlowLogIds[0]!;
  }

  test('there is something of every kind to tell apart', () => {
    expect(cases).toHaveLength(6 * 2 * (8 + 2));
    const sizes = RESOURCES.map((it) => world.recorded(it, untaggedFields(it.kind), 60).length);
    expect(Math.min(...sizes)).toBeGreaterThan(50);
    expect(new Set(sizes).size).toBeGreaterThan(3);
  });

  test('boto3 reads back every record, once', () => {
    const read = cases.map(({ name }, k) => [name, found[k]!.lines.toSorted()]);
    const expected = cases.map(({ name, resource, fields, interval }) => [
      name,
      world.recorded(resource, fields, interval).toSorted(),
    ]);
    // Names of those that differ first: thousands of lines say little.
    const wrong = cases.filter((_, k) => JSON.stringify(read[k]![1]) !== JSON.stringify(expected[k]![1]));
    expect(wrong.map(({ name }) => name)).toEqual([]);
    expect(Object.fromEntries(read)).toEqual(Object.fromEntries(expected));
  });

  test('objects have the names and columns that the documentation gives them', () => {
    cases.forEach(({ name, layout, fields, resource }, k) => {
      if (layout === undefined) return;
      const columns =
        layout.FileFormat === 'plain-text'
          ? fields
          : fields.map((id) => [parquetColumn(id), PARQUET_TYPES[findField(resource.kind, id)!.type]]);
      const { objects } = found[k]!;
      // Of a part of an interface's traffic there may be fewer slots.
      expect(objects.length).toBeGreaterThan(2);
      for (const object of objects) {
        const [, year, month, day, hour, date, of] =
          keyPattern(layout).exec(object.key.slice(name.length + 1)) ?? [];
        expect({ key: object.key, date, hour }).toEqual({
          key: object.key,
          date: `${year}${month}${day}`,
          hour: layout.PerHourPartition ? of : '',
        });
        expect(object.key).toContain(ids[k]!);
        expect(object.columns).toEqual(columns);
      }
    });
  });

  test('log streams are those of the interfaces and gateways, events at the start of their record', () => {
    cases.forEach(({ place, fields, resource, interval }, k) => {
      if (!('group' in place)) return;
      const { streams } = found[k]!;
      const { type, kind } = resource;
      const pattern = kind === 'vpc' ? /^(?:eni|nat)-[0-9a-f]{17}-all$/ : /^tgw-[0-9a-f]{17}-all$/;
      for (const stream of streams) expect(stream.name).toMatch(pattern);
      expect(streams.length).toBeGreaterThanOrEqual(type === 'VPC' ? 3 : 1);
      const starts = world
        .recorded(resource, fields, interval)
        .map((line) => 1000 * Number(line.split(' ')[fields.indexOf('start')]));
      expect(new Set(streams.flatMap(({ times }) => times))).toEqual(new Set(starts));
    });
  });

  test('every flow log says what it delivered', () => {
    const amounts = new Map(status.flowLogs.map((it) => [it.flowLog, it]));
    const counted = cases.map(({ name }, k) => [name, amounts.get(ids[k]!)!.amounts!.delivered.rows]);
    const expected = cases.map(({ name, resource, fields, interval }) => [
      name,
      flowsAmong(world.recorded(resource, fields, interval), fields),
    ]);
    expect(Object.fromEntries(counted)).toEqual(Object.fromEntries(expected));
  });
});
