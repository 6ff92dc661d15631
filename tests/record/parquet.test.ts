/** Parquet of `record` is its text, value by value, in the columns of the catalogue; the same bytes on every run. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parquetMetadata, parquetRead, parquetSchema } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { beforeAll, describe, expect, test } from 'vitest';
import { parquetColumn, TRANSIT_GATEWAY_FIELDS, VPC_FIELDS } from '../../src/records/catalogue.ts';
import { scenarioNames } from '../../src/service/fixture/scenario.ts';
import type { OutputForm } from '../../src/service/record/pieces.ts';
import { examples } from '../reference/examples.ts';
import { writeScenario } from '../scenarios/write.ts';
import { formatOf, generate, linesOf, temporary, weir } from './run.ts';

const folder = temporary();
let outputs = 0;
const newPath = (): string => join(folder.path, `out-${outputs++}.parquet`);

/** Runs the command and gives the file that it left. */
function written(command: readonly string[]): Buffer {
  const path = newPath();
  const { status, stderr, stdout } = weir([...command, '--output', 'parquet', '-o', path]);
  expect({ status, stderr: status === 0 ? '' : stderr, stdout: stdout.length }).toEqual({
    status: 0,
    stderr: '',
    stdout: 0,
  });
  return readFileSync(path);
}

interface Read {
  readonly columns: readonly string[];
  /** Type of each column and whether it may be null. */
  readonly types: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
  readonly groups: number;
}

async function read(bytes: Buffer): Promise<Read> {
  const file = Uint8Array.from(bytes).buffer;
  const metadata = parquetMetadata(file);
  const leaves = parquetSchema(metadata).children.map(({ element }) => element);
  let rows: readonly unknown[][] = [];
  await parquetRead({
    file,
    metadata,
    compressors,
    onComplete: (all) => (rows = all as unknown as unknown[][]),
  });
  expect(Number(metadata.num_rows)).toBe(rows.length);
  return {
    columns: leaves.map(({ name }) => name),
    types: leaves.map((it) => `${it.repetition_type} ${it.type} ${it.converted_type}`),
    rows,
    groups: metadata.row_groups.length,
  };
}

const TYPES = {
  INT_32: 'OPTIONAL INT32 INT_32',
  INT_64: 'OPTIONAL INT64 INT_64',
  STRING: 'OPTIONAL BYTE_ARRAY UTF8',
} as const;
const FIELDS = new Map([...VPC_FIELDS, ...TRANSIT_GATEWAY_FIELDS].map((field) => [field.id, field]));

/** What the file of these lines, the first of which is the header, must be read as. */
function expectedOf([header, ...lines]: readonly string[]): Omit<Read, 'groups'> {
  const fields = header!.split(' ').map((id) => FIELDS.get(id)!);
  return {
    columns: fields.map(({ id }) => parquetColumn(id)),
    types: fields.map(({ type }) => TYPES[type]),
    rows: lines.map((line) =>
      line.split(' ').map((value, k) => {
        const { type } = fields[k]!;
        if (type === 'STRING') return value;
        if (value === '-') return null;
        return type === 'INT_32' ? Number(value) : BigInt(value);
      }),
    ),
  };
}

/** What is read of Parquet, which must say what the text says. */
async function readSame(parquet: Buffer, text: Buffer): Promise<Read> {
  const { groups, ...found } = await read(parquet);
  expect(found).toEqual(expectedOf(linesOf(text)));
  return { groups, ...found };
}

async function scenarioAs(name: string, form: OutputForm): Promise<Buffer> {
  const path = newPath();
  await writeScenario(name, path, form);
  return readFileSync(path);
}

/** A command's text. */
function textOf(command: readonly string[]): Buffer {
  const { status, stdout } = weir(command);
  expect(status).toBe(0);
  return stdout;
}

const capture = join(folder.path, 'capture.pcap');
beforeAll(() => {
  // Windows of more lines than a row group has, and of fewer.
  const flags = ['--packets', '120000', '--flows', '60000', '--seconds', '240', '--start', '1700000880'];
  generate(capture, ...flags, '--ipv6', '20');
});

const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

describe('equals the text', () => {
  test.each(scenarioNames())('of the scenario %s', async (name) => {
    const { rows } = await readSame(await scenarioAs(name, 'parquet'), await scenarioAs(name, 'text'));
    expect(rows.length).toBeGreaterThan(0);
  });

  // Without threads, which take longer to begin than an example to record.
  const quiet = ['--summary', 'none', '--workers', '0'];
  const all = formatOf(
    VPC_FIELDS.filter(({ id }) => !/-tag(-\d)?$/.test(id))
      .map(({ id }) => id)
      .join(' '),
  );
  test.each(examples().map((it) => [basename(it.capture), it] as const))(
    'of the example %s',
    async (_, example) => {
      const command = ['record', example.capture, '--network', example.network, ...quiet];
      for (const flags of [
        ['--format', all],
        ['--interval', '60'],
      ]) {
        const { rows } = await readSame(written([...command, ...flags]), textOf([...command, ...flags]));
        expect(rows.length).toBeGreaterThan(0);
      }
    },
  );

  test('NODATA and SKIPDATA are rows without numbers', async () => {
    const { columns, rows } = await read(written(['fixture', 'skipdata']));
    const place = (name: string): number => columns.indexOf(name);
    const lost = rows.filter((row) => row[place('log_status')] === 'SKIPDATA');
    expect(lost.length).toBeGreaterThan(0);
    for (const row of lost) {
      expect([row[place('srcport')], row[place('packets')], row[place('bytes')]]).toEqual([null, null, null]);
      expect([row[place('srcaddr')], row[place('action')]]).toEqual(['-', '-']);
    }
  });
});

describe('the same bytes', () => {
  test.each(['60', '600'])('with any number of workers and on two runs, at %s s', async (interval) => {
    const command = ['record', capture, '--interval', interval, '--summary', 'none'];
    const files = [0, 1, 2, 4, 4].map((workers) => written([...command, '--workers', String(workers)]));
    expect(new Set(files.map(digest)).size).toBe(1);
    const { rows, groups, ...schema } = await read(files[0]!);
    const expected = expectedOf(linesOf(weir(command).stdout));
    expect({ rows: rows.length, ...schema }).toEqual({ ...expected, rows: expected.rows.length });
    const differing = rows.findIndex((row, i) => row.some((value, k) => value !== expected.rows[i]![k]));
    expect(differing).toBe(-1);
    expect(groups).toBeGreaterThan(1);
    expect(groups).toBeLessThan(10);
    expect(digest(weir([...command, '--output', 'parquet']).stdout)).toBe(digest(files[0]!));
  });

  test('many small windows share row groups', async () => {
    const long = join(folder.path, 'long.pcap');
    generate(long, '--packets', '20000', '--flows', '3000', '--seconds', '7200', '--start', '1700000880');
    const { rows, groups } = await read(written(['record', long, '--interval', '60', '--summary', 'none']));
    expect(rows.length).toBeGreaterThan(5000);
    expect(groups).toBe(1);
  });
});

describe('what is refused', () => {
  const [example] = examples();
  test.each([
    [['-o', join(folder.path, 'a.parquet.gz')], 'Parquet compresses each column'],
    [['-o', join(folder.path, 'a.parquet'), '--no-header'], '--no-header is for text'],
  ])('%j', (flags, message) => {
    const before = outputs;
    const run = weir(['record', example!.capture, '--output', 'parquet', ...flags]);
    expect({ status: run.status, stdout: run.stdout.length }).toEqual({ status: 2, stdout: 0 });
    expect(run.stderr).toContain(message);
    expect(outputs).toBe(before);
    expect(() => readFileSync(flags[1]!)).toThrow('ENOENT');
    expect(weir(['fixture', 'nodata', '--output', 'parquet', ...flags]).status).toBe(2);
  });

  test('malformed lines', () => {
    const run = weir(['fixture', 'malformed', '--output', 'parquet', '-o', newPath()]);
    expect(run.status).toBe(2);
    expect(run.stderr).toContain('--output text');
  });
});

test('a capture without packets makes a valid empty file', async () => {
  const empty = folder.file('empty.pcap', readFileSync(capture).subarray(0, 24));
  const { columns, rows, groups } = await read(written(['record', empty, '--summary', 'none']));
  expect([columns.length, rows.length, groups]).toEqual([14, 0, 0]);
});
