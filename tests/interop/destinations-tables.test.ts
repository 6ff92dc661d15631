/**
 * Delivered objects as tables: names, types and partitions as GetFlowLogsIntegrationTemplate gives them to Athena, read by
 * DuckDB; over text and over Parquet they are the same rows, those of `weir record`.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CreateFlowLogsCommand, EC2Client, GetFlowLogsIntegrationTemplateCommand } from '@aws-sdk/client-ec2';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startWeir, type Weir } from '../../src/index.ts';
import { defaultFieldsOf, findField, parquetColumn } from '../../src/records/catalogue.ts';
import { makeWorld, RESOURCES, untaggedFields } from './moto-world.ts';
import { lack, leftOut, pathOf, pypiPython } from './programs.ts';

const run = promisify(execFile);
const BUCKET = 'flow-tables';
const TYPES = { INT_32: 'INTEGER', INT_64: 'BIGINT', STRING: 'VARCHAR' } as const;

interface Case {
  readonly name: string;
  readonly form: 'text' | 'parquet';
  readonly hive: boolean;
  readonly hour: boolean;
  readonly fields: readonly string[];
}

interface Table {
  readonly columns: readonly (readonly [name: string, type: string])[];
  readonly keys: Readonly<Record<string, readonly string[]>>;
  readonly rows: readonly string[];
  /** Values of the keys and how many rows; null where folders are no keys. */
  readonly partitions: readonly (readonly (string | number)[])[] | null;
}

const CASES: readonly Case[] = (['default', 'all'] as const).flatMap((format) =>
  [false, true].flatMap((hive) =>
    [false, true].flatMap((hour) =>
      (['text', 'parquet'] as const).map((form) => ({
        name: `${format}-${form}${hive ? '-hive' : ''}${hour ? '-hour' : ''}`,
        form,
        hive,
        hour,
        fields: format === 'all' ? untaggedFields('vpc') : defaultFieldsOf('vpc').map(({ id }) => id),
      })),
    ),
  ),
);

const python = await pypiPython();
describe.skipIf(leftOut(python))(`DuckDB of PyPI${lack(python)}`, () => {
  let folder: string;
  let weir: Weir;
  let world: ReturnType<typeof makeWorld>;
  let tables: readonly Table[];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'weir-tables-'));
    world = makeWorld(folder);
    const directory = join(folder, 'data');
    weir = await startWeir({ directory, network: world.network });
    const { url: endpoint, region, credentials } = weir;
    const s3 = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
    const ec2 = new EC2Client({ endpoint, region, credentials });
    await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
    const templates: string[] = [];
    for (const it of CASES) templates.push(await templateOf(ec2, it));
    s3.destroy();
    ec2.destroy();
    await weir.replay(world.captures);
    const script = new URL('destinations-tables.py', import.meta.url).pathname;
    const asked = run(pathOf(python), [script], { maxBuffer: 512 << 20 });
    const root = join(directory, 's3');
    asked.child.stdin!.end(
      JSON.stringify(CASES.map(({ form }, k) => ({ template: templates[k], root, form }))),
    );
    tables = JSON.parse((await asked).stdout) as Table[];
  });
  afterAll(async () => {
    await weir?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function templateOf(ec2: EC2Client, { name, form, hive, hour, fields }: Case): Promise<string> {
    const made = await ec2.send(
      new CreateFlowLogsCommand({
        ResourceType: 'VPC',
        ResourceIds: [RESOURCES[0]!.id],
        TrafficType: 'ALL',
        MaxAggregationInterval: 60,
        LogDestinationType: 's3',
        LogDestination: `arn:aws:s3:::${BUCKET}/${name}/`,
        LogFormat: fields.map((field) => `\${${field}}`).join(' '),
        DestinationOptions: {
          FileFormat: form === 'text' ? 'plain-text' : 'parquet',
          HiveCompatiblePartitions: hive,
          PerHourPartition: hour,
        },
      }),
    );
    const { Result } = await ec2.send(
      new GetFlowLogsIntegrationTemplateCommand({
        FlowLogId: made.FlowLogIds![0]!,
        ConfigDeliveryS3DestinationArn: `arn:aws:s3:::${BUCKET}/templates/`,
        IntegrateServices: {
          AthenaIntegrations: [
            {
              IntegrationResultS3DestinationArn: `arn:aws:s3:::${BUCKET}/results/`,
              PartitionLoadFrequency: 'daily',
            },
          ],
        },
      }),
    );
    return Result!;
  }

  test.each(CASES.map((it, k) => [it.name, it, k] as const))('%s: the rows of weir record', (_, it, k) => {
    const expected = world.recorded(RESOURCES[0]!, it.fields, 60).toSorted();
    expect(expected.length).toBeGreaterThan(100);
    expect(tables[k]!.rows.toSorted()).toEqual(expected);
  });

  test.each(CASES.map((it, k) => [it.name, it, k] as const))(
    '%s: names and types',
    (_, { fields, form }, k) => {
      const expected = fields.map((id) => {
        const type = TYPES[findField('vpc', id)!.type];
        // The documented table over text has `protocol bigint`.
        return [parquetColumn(id), form === 'text' && id === 'protocol' ? 'BIGINT' : type];
      });
      expect(tables[k]!.columns).toEqual(expected);
    },
  );

  test('hive_partitioning finds the partitions, and each row in its own', () => {
    const plain = CASES.flatMap(({ hive }, k) => (hive ? [] : [tables[k]!]));
    expect(plain.map(({ keys, partitions }) => [keys, partitions])).toEqual(plain.map(() => [{}, null]));
    CASES.forEach(({ name, hive, hour, fields }, k) => {
      if (!hive) return;
      const { keys, partitions } = tables[k]!;
      // A record's object is that of the slot in which it ends.
      const ends = world
        .recorded(RESOURCES[0]!, fields, 60)
        .map((line) => new Date(1000 * Number(line.split(' ')[fields.indexOf('end')])).toISOString());
      const counts = new Map<string, number>();
      for (const end of ends) {
        const parts = [
          end.slice(0, 4),
          end.slice(5, 7),
          end.slice(8, 10),
          ...(hour ? [end.slice(11, 13)] : []),
        ];
        const key = ['123456789012', 'vpcflowlogs', 'eu-central-1', ...parts].join(' ');
        counts.set(key, (counts.get(key) ?? 0) + 1);
      }
      const found = partitions!.map((it) => [it.slice(0, -1).join(' '), it.at(-1)]);
      expect({ name, found: Object.fromEntries(found) }).toEqual({ name, found: Object.fromEntries(counts) });
      expect(Object.keys(keys)).toHaveLength(hour ? 7 : 6);
    });
  });
});
