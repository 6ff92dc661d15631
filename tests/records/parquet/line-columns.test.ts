import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TRANSIT_GATEWAY_FIELDS, VPC_FIELDS } from '../../../src/records/catalogue.ts';
import type { RowGroupLimits } from '../../../src/records/parquet/columns.ts';
import { BATCH_LINES, LineColumns } from '../../../src/records/parquet/line-columns.ts';
import type { RowGroup } from '../../../src/records/parquet/row-group.ts';
import { type ColumnField, parquetColumnsOf } from '../../../src/records/parquet/schema.ts';
import { linesIn } from './lines-in.ts';

const BUDGET = { interruptAfterTimeLimit: 3000, markInterruptAsFailure: false };
const FIELDS: readonly ColumnField[] = [
  { id: 'interface-id', type: 'STRING' },
  { id: 'srcport', type: 'INT_32' },
  { id: 'packets', type: 'INT_64' },
  { id: 'action', type: 'STRING' },
];

function groupsOf(
  fields: readonly ColumnField[],
  texts: readonly Uint8Array[],
  limits?: RowGroupLimits,
): RowGroup[] {
  const columns = new LineColumns(fields, limits);
  return [...texts.flatMap((text) => (columns.append(text), [])), ...columns.take()];
}

const toText = (lines: readonly string[]): Buffer =>
  Buffer.from(lines.map((line) => `${line}\n`).join(''), 'latin1');

const valueOf = ({ type }: ColumnField): fc.Arbitrary<string> => {
  if (type === 'STRING') {
    const unit = fc.integer({ min: 0x21, max: 0xff }).map((code) => String.fromCharCode(code));
    return fc.oneof(
      fc.constantFrom('-', 'OK', 'eni-0a1b2c3d4e5f60718', 'eni-0a1b2c3d4e5f60719'),
      fc.string({ unit, maxLength: 20 }),
    );
  }
  const most = type === 'INT_32' ? 2 ** 31 - 1 : 2 ** 53;
  const edge = [0, 9, 10, 999_999_999, 1_000_000_000, 2 ** 31 - 1, most].map(String);
  return fc.oneof(
    fc.constantFrom('-', ...edge),
    fc.integer({ min: 0, max: most === 2 ** 53 ? Number.MAX_SAFE_INTEGER : most }).map(String),
  );
};

describe('columns read off lines', () => {
  const line = fc.tuple(...FIELDS.map(valueOf)).map((values) => values.join(' '));
  const lines = fc.array(fc.tuple(line, fc.integer({ min: 1, max: 60 })), { minLength: 1, maxLength: 60 });

  test('are the lines, value by value, in whatever pieces they come', () => {
    fc.assert(
      fc.property(lines, fc.array(fc.nat(), { maxLength: 8 }), (runs, cuts) => {
        const all = runs.flatMap(([one, count]) => Array.from({ length: count }, () => one));
        const whole = groupsOf(FIELDS, [toText(all)]);
        expect(linesIn(FIELDS, whole)).toEqual(all);
        const places = [0, ...cuts.map((cut) => cut % (all.length + 1)), all.length].toSorted(
          (a, b) => a - b,
        );
        const pieces = places.slice(1).map((to, i) => toText(all.slice(places[i], to)));
        expect(groupsOf(FIELDS, pieces)).toEqual(whole);
      }),
      BUDGET,
    );
  });

  test.each([
    ['vpc', VPC_FIELDS],
    ['transit gateway', TRANSIT_GATEWAY_FIELDS],
  ])('of every field of the %s catalogue', (_, fields) => {
    const columns = parquetColumnsOf({ fields });
    expect(Object.keys(columns[0]!)).toEqual(['id', 'type']);
    const all = fc
      .sample(fc.tuple(...columns.map(valueOf)), { numRuns: 300, seed: 7 })
      .map((values) => values.join(' '));
    expect(linesIn(columns, groupsOf(columns, [toText(all)]))).toEqual(all);
  });

  test('make a row group of so many lines, or of fewer when their strings are many', () => {
    const distinct = Array.from({ length: 5 * BATCH_LINES + 7 }, (_, i) => `eni-${i} ${i % 60_000} - ACCEPT`);
    const rows = groupsOf(FIELDS, [toText(distinct)], { rows: 2 * BATCH_LINES + 5 });
    expect(rows.map(({ summary }) => summary.rows)).toEqual([
      2 * BATCH_LINES,
      2 * BATCH_LINES,
      BATCH_LINES + 7,
    ]);
    expect(linesIn(FIELDS, rows)).toEqual(distinct);
    // By the line, and not by the piece that it comes in.
    const byBytes = groupsOf(
      FIELDS,
      distinct.map((one) => toText([one])),
      { stringBytes: 3 * BATCH_LINES },
    );
    expect(byBytes.map(({ summary }) => summary.rows)).toEqual([
      ...Array.from({ length: 5 }, () => BATCH_LINES),
      7,
    ]);
    expect(byBytes).toEqual(groupsOf(FIELDS, [toText(distinct)], { stringBytes: 3 * BATCH_LINES }));
  });

  test('begin anew after they are taken', () => {
    const columns = new LineColumns(FIELDS);
    expect(columns.take()).toEqual([]);
    columns.append(new Uint8Array(0));
    columns.append(Buffer.from('a 1 2 b\n'));
    expect(columns.rows).toBe(1);
    const [first] = columns.take();
    expect([columns.rows, columns.take()]).toEqual([0, []]);
    columns.append(Buffer.from('a 1 2 b\n'));
    expect(columns.take()).toEqual([first]);
  });
});

describe('what is no line of these fields', () => {
  test.each([
    ['a 1 2 b', 'the last has no end'],
    ['a 1 2\n', 'line 1 has no INT_64 for packets where it goes on with "2"'],
    ['a 1 2 b c\n', 'no STRING for action where it goes on with "b c"'],
    ['a 1 2 b \n', 'no STRING for action where it goes on with "b "'],
    ['a  1 2 b\n', 'no INT_32 for srcport where it goes on with " 1 2 b"'],
    ['a 1x 2 b\n', 'no INT_32 for srcport where it goes on with "1x 2 b"'],
    ['a -1 2 b\n', 'no INT_32 for srcport where it goes on with "-1 2 b"'],
    ['a -- 2 b\n', 'no INT_32 for srcport'],
    ['a 2147483648 2 b\n', 'no INT_32 for srcport where it goes on with "2147483648 2 b"'],
    ['a 1 9007199254740994 b\n', 'no INT_64 for packets'],
    ['a 1 2\nb 1 2 b\n', 'line 1 has no INT_64 for packets'],
    ['a 1 2 b\n\n', 'line 2 has no STRING for interface-id'],
    ['a 1 2 b\na 1 2\tb\n', 'line 2 has no INT_64 for packets'],
  ])('%j is refused', (text, message) => {
    const columns = new LineColumns(FIELDS);
    expect(() => columns.append(Buffer.from(text))).toThrow(message);
  });

  test('any bytes at all are lines or are refused', () => {
    const byte = fc.oneof(
      fc.constantFrom(0x20, 0x0a, 0x2d, 0x30, 0x31, 0x61),
      fc.integer({ min: 0, max: 255 }),
    );
    fc.assert(
      fc.property(fc.array(byte, { maxLength: 60 }), (bytes) => {
        const text = Buffer.from([...bytes, 0x0a]);
        const columns = new LineColumns(FIELDS);
        try {
          columns.append(text);
        } catch (error) {
          if (!(error instanceof RangeError)) throw error;
          return;
        }
        const back = linesIn(FIELDS, columns.take());
        // Numbers may have had zeros in front.
        const plain = (line: string): string => line.replaceAll(/(?<= )0+(?=\d)/g, '');
        expect(back.map(plain)).toEqual(text.toString('latin1').split('\n').slice(0, -1).map(plain));
      }),
      BUDGET,
    );
  });
});
