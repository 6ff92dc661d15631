import { execFileSync } from 'node:child_process';
import * as fc from 'fast-check';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { describe, expect, test } from 'vitest';
import { VPC_FIELDS, TRANSIT_GATEWAY_FIELDS, parquetColumn } from '../../../src/records/catalogue.ts';
import type { RowGroupSummary } from '../../../src/records/parquet/row-group.ts';
import type { ColumnField } from '../../../src/records/parquet/schema.ts';
import { MAX_STATISTICS_BYTES, PAGE_BYTES, ROW_GROUP_ROWS } from '../../../src/records/parquet/constants.ts';
import { ParquetColumns } from '../../../src/records/parquet/columns.ts';
import { ParquetFile } from '../../../src/records/parquet/file.ts';
import { readStrictly } from './strict-reader.ts';
import type { ChunkRead } from './strict-reader.ts';
import { rowGroups, toFile, write } from './write.ts';
import type { Given, Options } from './write.ts';

const BUDGET = { interruptAfterTimeLimit: 3000, markInterruptAsFailure: false };

const INT_32: ColumnField = { id: 'srcport', type: 'INT_32' };
const INT_64: ColumnField = { id: 'packets', type: 'INT_64' };
const STRING: ColumnField = { id: 'instance-tag', type: 'STRING' };

/** One chunk of one column in one row group. */
function chunkOf(field: ColumnField, given: Given): ChunkRead {
  const read = readStrictly(write([field], [given]));
  expect(read.groups).toHaveLength(1);
  return read.groups[0]!.chunks[0]!;
}

/** Rows as hyparquet reads them: numbers as numbers, strings as bytes. */
async function readRows(file: Buffer): Promise<Record<string, unknown>[]> {
  const buffer = file.buffer.slice(file.byteOffset, file.byteOffset + file.byteLength) as ArrayBuffer;
  const rows = await parquetReadObjects({
    file: buffer,
    compressors,
    // As they are: not all of them are UTF-8.
    parsers: { stringFromBytes: (bytes) => bytes },
  });
  for (const row of rows) {
    for (const [name, value] of Object.entries(row)) {
      if (typeof value === 'bigint') row[name] = Number(value);
    }
  }
  return rows;
}

const asBytes = (value: string | Uint8Array): Buffer => Buffer.from(value as string);

/** The given values as both readers give them back. */
function plainValues(given: Given): unknown[] {
  return given.map((value) =>
    typeof value === 'number' ? value + 0 : value === null ? null : asBytes(value).toString('hex'),
  );
}
const comparable = (value: unknown): unknown =>
  value instanceof Uint8Array ? Buffer.from(value).toString('hex') : (value ?? null);

/** What min and max in the statistics must be, as hex, worked out from the values. */
function boundsOf(values: ChunkRead['values'], field: ColumnField): (string | undefined)[] {
  const present = values.filter((value) => value !== null);
  if (present.length === 0) return [undefined, undefined];
  if (field.type === 'STRING') {
    const sorted = (present as Buffer[]).toSorted((a, b) => a.compare(b));
    const bounds = [sorted[0]!, sorted.at(-1)!];
    const kept = bounds.every(({ length }) => length <= MAX_STATISTICS_BYTES);
    return bounds.map((bytes) => (kept ? bytes.toString('hex') : undefined));
  }
  return [Math.min(...(present as number[])), Math.max(...(present as number[]))].map((value) => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(BigInt(value));
    return bytes.toString('hex', 0, field.type === 'INT_32' ? 4 : 8);
  });
}

describe('random columns', () => {
  const runs = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T[]> =>
    fc
      .array(fc.tuple(value, fc.integer({ min: 1, max: 40 })), { minLength: 1, maxLength: 40 })
      .map((pairs) => pairs.flatMap(([one, count]) => Array.from({ length: count }, () => one)));
  const int32 = fc.oneof(
    { weight: 2, arbitrary: fc.constant(null) },
    { weight: 4, arbitrary: fc.integer({ min: 0, max: 65535 }) },
    // The smallest number stands for null.
    { weight: 2, arbitrary: fc.integer({ min: -(2 ** 31) + 1, max: 2 ** 31 - 1 }) },
  );
  const int64 = fc.oneof(
    fc.constant(null),
    fc.integer({ min: 0, max: 100 }),
    fc.maxSafeInteger(),
    fc.constantFrom(2 ** 53, -(2 ** 53), 2 ** 32, 2 ** 31, -(2 ** 32), -1),
  );
  const string = fc.oneof(
    fc.constantFrom('-', '', 'OK', 'ACCEPT'),
    fc.string({ unit: 'grapheme', maxLength: 20 }),
    fc.uint8Array({ maxLength: 40 }),
    fc.uint8Array({ minLength: 250, maxLength: 260 }),
  );
  const column: fc.Arbitrary<{ field: ColumnField; given: Given }> = fc.oneof(
    runs(int32).map((given) => ({ field: INT_32, given })),
    runs(int64).map((given) => ({ field: INT_64, given })),
    runs(string).map((given) => ({ field: STRING, given })),
  );
  const table = fc.array(column, { minLength: 1, maxLength: 5 }).map((columns) => {
    const rows = Math.min(...columns.map(({ given }) => given.length));
    return {
      fields: columns.map(({ field }, k) => ({ id: `c-${k}-${field.id}`, type: field.type })),
      given: columns.map((entry) => entry.given.slice(0, rows)),
    };
  });
  const options: fc.Arbitrary<Options> = fc.record({
    batch: fc.integer({ min: 1, max: 300 }),
    rows: fc.constantFrom(1, 7, 64, 1000, ROW_GROUP_ROWS),
    stringBytes: fc.constantFrom(100, 2000, 1 << 20),
  });

  test('come back from two readers, with their names, types, nulls and statistics', async () => {
    await fc.assert(
      fc.asyncProperty(table, options, async ({ fields, given }, how) => {
        const file = write(fields, given, how);
        const read = readStrictly(file);
        expect(read.rows).toBe(given[0]!.length);
        expect(read.columns.map(({ name }) => name)).toEqual(fields.map(({ id }) => parquetColumn(id)));
        expect(read.columns.map(({ converted }) => converted)).toEqual(
          fields.map(({ type }) => ({ INT_32: 17, INT_64: 18, STRING: 0 })[type]),
        );
        for (const { chunks } of read.groups) {
          chunks.forEach(({ min, max, values }, k) => {
            expect([min?.toString('hex'), max?.toString('hex')]).toEqual(boundsOf(values, fields[k]!));
          });
        }
        const rows = await readRows(file);
        fields.forEach((field, k) => {
          const wanted = plainValues(given[k]!);
          const values = read.groups.flatMap(({ chunks }) => chunks[k]!.values.map(comparable));
          expect(values).toEqual(wanted);
          expect(rows.map((row) => comparable(row[parquetColumn(field.id)]))).toEqual(wanted);
        });
      }),
      BUDGET,
    );
  });

  test('are the same bytes each time, whatever else the dictionary holds', () => {
    const most = fc.constantFrom(7, 1000, ROW_GROUP_ROWS);
    fc.assert(
      fc.property(table, most, fc.array(fc.string()), ({ fields, given }, rows, aside) => {
        const once = write(fields, given, { rows });
        expect(write(fields, given, { rows, aside }).equals(once)).toBe(true);
      }),
      BUDGET,
    );
  });
});

test('another process, whose tables are seeded otherwise, writes the same bytes', () => {
  const script = `
    import { write } from ${JSON.stringify(new URL('write.ts', import.meta.url).href)};
    const numbers = Array.from({ length: 5000 }, (_, i) => (i * 7919 * 7919) % 100003);
    const fields = [{ id: 'a', type: 'INT_64' }, { id: 'b', type: 'STRING' }, { id: 'c', type: 'INT_64' }];
    const file = write(fields, [numbers, numbers.map((n) => 'host-' + (n % 999)), numbers.map((n) => (n % 1009) * 1e9)]);
    console.log(crypto.hash('sha256', file));
  `.replace('import', "import * as crypto from 'node:crypto';\nimport");
  const argv = ['--no-warnings', '--input-type=module', '-e', script];
  const [first, second] = [0, 1].map(() => execFileSync(process.execPath, argv, { encoding: 'utf8' }));
  expect(first).toMatch(/^[0-9a-f]{64}\n$/);
  expect(second).toBe(first);
});

test.each([
  ['VPC', VPC_FIELDS],
  ['transit gateway', TRANSIT_GATEWAY_FIELDS],
])('the schema of %s fields is as hyparquet reads it: order, names and types', (_, fields) => {
  const file = toFile(fields, []);
  const metadata = parquetMetadata(new Uint8Array(file));
  expect(metadata.num_rows).toBe(0n);
  expect(metadata.row_groups).toEqual([]);
  expect(metadata.created_by).toBe('weir version 1');
  expect(metadata.schema[0]).toMatchObject({ name: 'schema', num_children: fields.length });
  expect(metadata.schema.slice(1).map(({ name }) => name)).toEqual(
    fields.map(({ id }) => id.replaceAll('-', '_')),
  );
  metadata.schema.slice(1).forEach((element, k) => {
    expect(element).toMatchObject(
      {
        INT_32: { type: 'INT32', converted_type: 'INT_32', repetition_type: 'OPTIONAL' },
        INT_64: { type: 'INT64', converted_type: 'INT_64', repetition_type: 'OPTIONAL' },
        STRING: {
          type: 'BYTE_ARRAY',
          converted_type: 'UTF8',
          logical_type: { type: 'STRING' },
          repetition_type: 'OPTIONAL',
        },
      }[fields[k]!.type],
    );
  });
  expect(readStrictly(file)).toMatchObject({ rows: 0, groups: [] });
});

describe('which encoding a chunk takes', () => {
  test('few distinct values: a dictionary of them; a constant: a few bytes for any number of rows', () => {
    const ports = Array.from({ length: 20_000 }, (_, i) => (i * 7919) % 300);
    const chunk = chunkOf(INT_32, ports);
    expect(chunk.dictionary).toBe(300);
    expect(chunk.values).toEqual(ports);
    const constant = Array.from({ length: 50_000 }, () => 'vpc-0a1b2c3d4e5f60718');
    expect(chunkOf(STRING, constant).dictionary).toBe(1);
    expect(rowGroups([STRING], [constant])[0]!.bytes.length).toBeLessThan(200);
  });

  test('distinct numbers are plain, near and far apart, with nulls and without', () => {
    for (const step of [1, 1_000_003]) {
      const given = Array.from({ length: 30_000 }, (_, i) => (i % 11 === 0 ? null : i * step));
      const chunk = chunkOf(INT_64, given);
      expect(chunk.dictionary).toBeUndefined();
      expect(chunk.values).toEqual(given);
      expect(chunk.nulls).toBe(2728);
    }
  });

  test('a dictionary of numbers stops at its most entries', () => {
    const given = (distinct: number): number[] =>
      Array.from({ length: ROW_GROUP_ROWS }, (_, i) => (i % distinct) * 1_000_003);
    expect(chunkOf(INT_64, given(65_536)).dictionary).toBe(65_536);
    expect(chunkOf(INT_64, given(65_537)).dictionary).toBeUndefined();
  });

  test('distinct strings are plain, in pages of about a megabyte', () => {
    const given = Array.from({ length: 3000 }, (_, i) => `${i}-`.padEnd(1000, 'x'));
    const chunk = chunkOf(STRING, given);
    expect(chunk.dictionary).toBeUndefined();
    expect(chunk.pages).toBe(Math.ceil((3000 * 1004) / PAGE_BYTES));
    expect(chunk.values.map(String)).toEqual(given);
  });

  test('a dictionary of strings that overflows gives way to plain values', () => {
    // 4.2 MB of distinct strings, each twice: the dictionary would be smaller than 8.4 MB.
    const texts = Array.from({ length: 1400 }, (_, i) => `${i}-`.padEnd(3072, String(i)));
    const twice = [...texts, ...texts];
    const chunk = chunkOf(STRING, twice);
    expect(chunk.dictionary).toBeUndefined();
    expect(chunk.values.map(String)).toEqual(twice);
    // A little fewer fit.
    const fewer = texts.slice(0, 1300);
    expect(chunkOf(STRING, [...fewer, ...fewer]).dictionary).toBe(1300);
  });

  test('it does not give way where plain values would take too much', () => {
    const texts = Array.from({ length: 1400 }, (_, i) => `${i}-`.padEnd(3072, String(i)));
    const often = Array.from({ length: 6000 }, (_, i) => texts[i % 1400]!);
    expect(chunkOf(STRING, often).dictionary).toBe(1400);
  });
});

describe('row groups', () => {
  const fields = [INT_64, STRING];
  const given: Given[] = [
    Array.from({ length: 10_000 }, (_, i) => i * 3),
    Array.from({ length: 10_000 }, (_, i) => `host-${i % 700}`),
  ];

  test('one, several, and one for each row hold the same rows', async () => {
    const wanted = await readRows(write(fields, given));
    for (const rows of [1, 1000, 9999]) {
      const some = given.map((column) => column.slice(0, rows === 1 ? 50 : 10_000));
      const file = write(fields, some, { rows });
      expect(readStrictly(file).groups.map((group) => group.rows)).toEqual(
        rows === 1
          ? Array.from({ length: 50 }, () => 1)
          : rows === 1000
            ? Array.from({ length: 10 }, () => 1000)
            : [9999, 1],
      );
      expect(await readRows(file)).toEqual(wanted.slice(0, some[0]!.length));
    }
  });

  test('close when their strings take too much', () => {
    const texts = [Array.from({ length: 100 }, (_, i) => `${i}-`.padEnd(3072, 'z'))];
    const groups = rowGroups([STRING], texts, { stringBytes: 100_000, batch: 10 });
    expect(groups.map(({ summary }) => summary.rows)).toEqual([40, 40, 20]);
    expect(groups.every(({ summary }) => summary.plain < 135_000)).toBe(true);
  });

  test('are the same wherever they lie: made apart, kept as JSON, put into another file', async () => {
    const [first, second] = rowGroups(fields, given, { rows: 5000 });
    const kept = JSON.parse(JSON.stringify(second!.summary)) as RowGroupSummary;
    expect(kept).toEqual(second!.summary);
    const file = toFile(fields, [{ bytes: second!.bytes, summary: kept }, first!]);
    readStrictly(file);
    const wanted = await readRows(toFile(fields, [first!, second!]));
    expect(await readRows(file)).toEqual([...wanted.slice(5000), ...wanted.slice(0, 5000)]);
  });

  test('the file says what parts are cut by: rows, bytes, and uncompressed bytes', () => {
    const groups = rowGroups(fields, given, { rows: 2500 });
    const file = new ParquetFile(fields);
    let plain = 0;
    let stored = 4;
    for (const { summary, bytes } of groups) {
      file.add(summary);
      plain += summary.plain;
      stored += bytes.length;
      expect(file.uncompressed).toBe(plain);
      expect(file.length).toBe(stored);
    }
    expect(file.rows).toBe(10_000);
    expect(plain).toBeGreaterThan(10_000 * 8);
    expect(stored).toBeLessThan(plain);
  });

  test('more columns and row groups than a short list has', () => {
    const many = Array.from({ length: 54 }, (_, k) => ({ id: `c-${k}`, type: 'INT_32' as const }));
    const values = many.map((_, k) => Array.from({ length: 40 }, (_, i) => i * k));
    const read = readStrictly(write(many, values, { rows: 2 }));
    expect(read.groups).toHaveLength(20);
    expect(read.groups[19]!.chunks[53]!.values).toEqual([38 * 53, 39 * 53]);
  });
});

describe('strings', () => {
  test('of 3072 bytes, not ASCII, and not UTF-8 at all survive; long ones have no bounds in the footer', async () => {
    const long = 'é'.repeat(1536);
    const given = [long, '東京', 'caf%C3%A9', new Uint8Array([0xff, 0, 0xfe]), '', '-', long];
    const file = write([STRING], [given]);
    const [chunk] = readStrictly(file).groups[0]!.chunks;
    expect(chunk!.values.map(comparable)).toEqual(plainValues(given));
    expect((await readRows(file)).map((row) => comparable(row['instance_tag']))).toEqual(plainValues(given));
    expect([chunk!.min!.length, chunk!.max!.length]).toEqual([0, 3]);
    const bounds = chunkOf(STRING, ['a', long]);
    expect([bounds.min, bounds.max]).toEqual([undefined, undefined]);
  });

  test('are ordered by unsigned bytes, a prefix first', () => {
    const chunk = chunkOf(STRING, ['b', 'ab', 'a', new Uint8Array([0x80]), 'é']);
    expect(chunk.min).toEqual(Buffer.from('a'));
    expect(chunk.max).toEqual(Buffer.from('é'));
  });
});

test('a single row, and a column of nulls only', async () => {
  const file = write([INT_32, INT_64, STRING], [[null], [2 ** 53], ['-']]);
  const { chunks } = readStrictly(file).groups[0]!;
  expect(chunks.map(({ values }) => comparable(values[0]))).toEqual([null, 2 ** 53, '2d']);
  expect(chunks[0]).toMatchObject({ nulls: 1, min: undefined, max: undefined });
  expect(await readRows(file)).toEqual([
    { srcport: null, packets: 2 ** 53, instance_tag: new Uint8Array([0x2d]) },
  ]);
  const nulls = Array.from({ length: 5000 }, () => null);
  expect(chunkOf(INT_64, nulls)).toMatchObject({ nulls: 5000, values: nulls });
});

describe('what is refused', () => {
  const columns = (): ParquetColumns => new ParquetColumns([INT_64, STRING], { rows: 4 });
  test('batches of the wrong shape', () => {
    expect(() => columns().appendBatch(1, [new Float64Array(1)])).toThrow('a batch of 1 columns, of 2');
    expect(() => columns().appendBatch(1, [new Int32Array(1), new Int32Array(1)])).toThrow(
      'column packets of type INT_64 is given Int32Array of 1',
    );
    expect(() => columns().appendBatch(2, [new Float64Array(2), new Int32Array(1)])).toThrow(
      'column instance-tag of type STRING is given Int32Array of 1',
    );
    expect(() => columns().appendBatch(5, [new Float64Array(5), new Int32Array(5)])).toThrow(
      'a batch of 5 rows where 4 have room',
    );
  });

  test('strings that the dictionary has not', () => {
    for (const id of [-1, 1]) {
      const some = columns();
      some.strings.ofBytes(Buffer.from('-'));
      some.appendBatch(2, [new Float64Array(2), Int32Array.of(0, id)]);
      expect(() => some.close()).toThrow(`column instance-tag has string ${id} in row 1, of 1`);
    }
  });

  test('numbers that are no INT_64', () => {
    for (const value of [0.5, 2 ** 53 + 2, -(2 ** 53) - 2, Infinity, -Infinity]) {
      const some = columns();
      some.appendBatch(2, [
        Float64Array.of(1, value),
        Int32Array.of(some.strings.ofBytes(Buffer.from('-')), 0),
      ]);
      expect(() => some.close()).toThrow('column packets has a number that is not whole or beyond 2^53');
    }
  });

  test('row groups without rows, and of other columns', () => {
    expect(() => columns().close()).toThrow('a row group without rows');
    expect(() => new ParquetColumns([INT_64], { rows: 0 })).toThrow('a row group of 0 rows');
    const [group] = rowGroups([INT_64], [[1]]);
    expect(() => new ParquetFile([INT_64, STRING]).add(group!.summary)).toThrow(
      'a row group of 1 columns in a file of 2',
    );
  });
});
