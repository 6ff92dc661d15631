/** DuckDB and pyarrow read Parquet of `weir record` and of flow logs: the documented schema, and the rows of the text. */
import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { CreateFlowLogsCommand, DescribeVpcsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { CreateBucketCommand, GetObjectCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import { afterAll, describe, expect, test } from 'vitest';
import { startWeir } from '../../src/index.ts';
import { parquetColumn, TRANSIT_GATEWAY_FIELDS, VPC_FIELDS } from '../../src/records/catalogue.ts';
import { scenarioNames } from '../../src/service/fixture/scenario.ts';
import { writeScenario } from '../scenarios/write.ts';
import { lack, leftOut, pathOf, pypiPython } from './programs.ts';

const run = promisify(execFile);
const ROOT = new URL('../../', import.meta.url).pathname;
const BUCKET = 'columns';
/** 2026-11-22, Unix seconds. */
const MIDNIGHT = 1_795_305_600;
const folder = mkdtempSync(join(tmpdir(), 'weir-parquet-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const FIELDS = new Map([...VPC_FIELDS, ...TRANSIT_GATEWAY_FIELDS].map((field) => [field.id, field]));
const DUCKDB_TYPES = { INT_32: 'INTEGER', INT_64: 'BIGINT', STRING: 'VARCHAR' } as const;
const ARROW_TYPES = { INT_32: 'int32', INT_64: 'int64', STRING: 'string' } as const;

interface Found {
  readonly duckdb: readonly (readonly [string, string])[];
  readonly arrow: readonly (readonly [string, string, boolean])[];
  readonly rows: readonly [number, number];
  readonly differing: readonly [number, number];
  readonly first: readonly string[];
  readonly hours: number;
  readonly partitions: readonly (readonly string[])[];
  readonly one_day: readonly [number, number];
}

interface Question {
  readonly parquet: string;
  readonly text: string;
  readonly hive: boolean;
}

function fieldsOf(text: string): { readonly name: string; readonly type: 'INT_32' | 'INT_64' | 'STRING' }[] {
  const [header] = readFileSync(text, 'utf8').split('\n', 1);
  return header!.split(' ').map((id) => ({ name: parquetColumn(id), type: FIELDS.get(id)!.type }));
}

async function ask(python: string, questions: readonly Question[]): Promise<Found[]> {
  const given = questions.map((question) => {
    const integers = fieldsOf(question.text).filter(({ type }) => type !== 'STRING');
    return {
      ...question,
      integers: Object.fromEntries(integers.map(({ name, type }) => [name, DUCKDB_TYPES[type]])),
    };
  });
  const script = new URL('parquet-files.py', import.meta.url).pathname;
  const child = run(python, ['-W', 'ignore', script], { maxBuffer: 64 << 20 });
  child.child.stdin!.end(JSON.stringify(given));
  return JSON.parse((await child).stdout) as Found[];
}

function weir(args: readonly string[]): void {
  execFileSync(join(ROOT, 'weir'), args, { stdio: 'pipe', maxBuffer: 64 << 20 });
}

function pathsOf(name: string): Question {
  return { text: join(folder, `${name}.txt`), parquet: join(folder, `${name}.parquet`), hive: false };
}

/** The records of a scenario as text and as Parquet. */
async function scenario(name: string): Promise<Question> {
  const question = pathsOf(name);
  await writeScenario(name, question.text, 'text');
  await writeScenario(name, question.parquet, 'parquet');
  return question;
}

/** The same records of a command as text and as Parquet. */
async function both(name: string, command: readonly string[]): Promise<Question> {
  const question = pathsOf(name);
  const ways = [
    ['-o', question.text],
    ['--output', 'parquet', '-o', question.parquet],
  ];
  await Promise.all(
    ways.map((way) => run(join(ROOT, 'weir'), [...command, ...way], { maxBuffer: 64 << 20 })),
  );
  return question;
}

function generated(seconds: number, packets: number, start = 1_795_229_000): string {
  const path = join(folder, `generated-${seconds}.pcap`);
  const options = { packets, flows: packets / 4, seconds, seed: 7, ipv6: 20, start };
  weir([
    'generate',
    ...Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]),
    '-o',
    path,
  ]);
  return path;
}

const python = await pypiPython();

describe.skipIf(leftOut(python))(`DuckDB and pyarrow${lack(python)}`, () => {
  test('read the files of weir record, and of every scenario', async () => {
    const all = VPC_FIELDS.filter(({ id }) => !/-tag(-\d)?$/.test(id)).map(({ id }) => `\${${id}}`);
    // More lines than a row group has, of one window; and many windows that share one.
    const capture = generated(1500, 200_000);
    const record = ['record', capture, '--summary', 'none'];
    const questions = [
      await both('intervals', record),
      await both('all-fields', [...record, '--interval', '60', '--format', all.join(' ')]),
    ];
    for (const name of scenarioNames()) questions.push(await scenario(name));
    const found = await ask(pathOf(python), questions);
    expect(found).toHaveLength(questions.length);
    questions.forEach(({ text }, i) => {
      const { duckdb, arrow, rows, differing, first } = found[i]!;
      const fields = fieldsOf(text);
      expect(duckdb).toEqual(fields.map(({ name, type }) => [name, DUCKDB_TYPES[type]]));
      expect(arrow).toEqual(fields.map(({ name, type }) => [name, ARROW_TYPES[type], true]));
      const lines = readFileSync(text, 'utf8').trimEnd().split('\n').slice(1);
      expect({ rows, differing }).toEqual({ rows: [lines.length, lines.length], differing: [0, 0] });
      expect(first).toEqual(lines.slice(0, 50));
    });
    expect(found[0]!.rows[0]).toBeGreaterThan(1 << 16);
    expect(found.at(-1)!.rows[0]).toBeGreaterThan(0);
  });

  test('find the partitions of delivered objects, and in them the records of the text flow log', async () => {
    const service = await startWeir();
    const clients = { region: service.region, endpoint: service.url, credentials: service.credentials };
    const s3 = new S3Client({ ...clients, forcePathStyle: true });
    const ec2 = new EC2Client(clients);
    try {
      await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
      const { Vpcs: [vpc] = [] } = await ec2.send(new DescribeVpcsCommand({}));
      const create = async (
        name: string,
        FileFormat: 'plain-text' | 'parquet',
        hive: boolean,
      ): Promise<void> => {
        const { Unsuccessful } = await ec2.send(
          new CreateFlowLogsCommand({
            ResourceType: 'VPC',
            ResourceIds: [vpc!.VpcId!],
            TrafficType: 'ALL',
            MaxAggregationInterval: 60,
            LogDestinationType: 's3',
            LogDestination: `arn:aws:s3:::${BUCKET}/${name}/`,
            DestinationOptions: { FileFormat, HiveCompatiblePartitions: hive, PerHourPartition: hive },
          }),
        );
        expect(Unsuccessful).toEqual([]);
      };
      await create('text', 'plain-text', false);
      await create('columns', 'parquet', true);
      // Two hours over a midnight, in UTC.
      await service.replay([generated(7000, 20_000, MIDNIGHT - 3000)]);
      const text = join(folder, 'delivered.txt');
      const lines: string[] = [];
      for (const [key, body] of await objectsOf(s3, 'text/')) {
        expect(key).toMatch(/\.log\.gz$/);
        const [header, ...rest] = body.toString().trimEnd().split('\n');
        if (lines.length === 0) lines.push(header!);
        lines.push(...rest);
      }
      writeFileSync(text, `${lines.join('\n')}\n`);
      const objects = await objectsOf(s3, 'columns/');
      for (const [key, body] of objects) {
        expect(key).toMatch(/\.log\.parquet$/);
        mkdirSync(dirname(join(folder, key)), { recursive: true });
        writeFileSync(join(folder, key), body);
      }
      expect(objects.length).toBeGreaterThan(20);
      const [found] = await ask(pathOf(python), [
        { parquet: join(folder, 'columns/**/*.parquet'), text, hive: true },
      ]);
      const count = lines.length - 1;
      expect(count).toBeGreaterThan(1000);
      expect(found).toMatchObject({ rows: [count, count], differing: [0, 0], hours: 0 });
      expect(found!.partitions).toEqual([['123456789012', 'vpcflowlogs', service.region]]);
      expect(found!.one_day[0]).toBe(found!.one_day[1]);
      const names = found!.duckdb.map(([name]) => name);
      const partitions = ['aws-account-id', 'aws-region', 'aws-service', 'day', 'hour', 'month', 'year'];
      expect(names.slice(14).toSorted()).toEqual(partitions);
    } finally {
      s3.destroy();
      ec2.destroy();
      await service.close();
    }
  });
});

/** Objects below a prefix, text unpacked. */
async function objectsOf(s3: S3Client, prefix: string): Promise<[string, Buffer][]> {
  const found: [string, Buffer][] = [];
  for await (const page of paginateListObjectsV2({ client: s3 }, { Bucket: BUCKET, Prefix: prefix })) {
    for (const { Key: key } of page.Contents ?? []) {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: key! }));
      const bytes = Buffer.from(await Body!.transformToByteArray());
      found.push([key!, key!.endsWith('.gz') ? gunzipSync(bytes) : bytes]);
    }
  }
  return found;
}
