import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { GrowingBytes } from '../../../src/base/growing-bytes.ts';
import { bitWidth, writeHybrid } from '../../../src/records/parquet/hybrid.ts';

const BUDGET = { interruptAfterTimeLimit: 2000, markInterruptAsFailure: false };

function written(values: readonly number[], width: number): Buffer {
  const out = new GrowingBytes();
  writeHybrid(out, Int32Array.from(values), 0, values.length, width);
  return Buffer.from(out.written());
}

/** A run of a value: header, value; or groups: header, bytes. */
function* parts(bytes: Buffer, width: number): Generator<{ run: boolean; values: number[] }> {
  let at = 0;
  while (at < bytes.length) {
    let head = 0;
    for (let shift = 0; ; shift += 7) {
      head += (bytes[at]! & 127) * 2 ** shift;
      if (bytes[at++]! < 128) break;
    }
    const length = head % 2 === 0 ? Math.ceil(width / 8) : ((head - 1) / 2) * width;
    let bits = 0n;
    for (let i = length - 1; i >= 0; i--) bits = (bits << 8n) | BigInt(bytes[at + i]!);
    at += length;
    const one = (i: number): number => Number((bits >> BigInt(i * width)) & ((1n << BigInt(width)) - 1n));
    yield head % 2 === 0
      ? { run: true, values: Array.from({ length: head / 2 }, () => Number(bits)) }
      : { run: false, values: Array.from({ length: (head - 1) * 4 }, (_, i) => one(i)) };
  }
}

test('the example of the specification: 0 to 7 in three bits', () => {
  expect(written([0, 1, 2, 3, 4, 5, 6, 7], 3).toString('hex')).toBe('0388c6fa');
});

test('runs of eight and more are runs, after groups that are filled up', () => {
  const shape = (values: readonly number[]): string =>
    [...parts(written(values, 4), 4)]
      .map(({ run, values }) => `${run ? 'run' : 'groups'} ${values.length}`)
      .join(', ');
  const times = (count: number, value: number): number[] => Array.from({ length: count }, () => value);
  expect(shape(times(8, 9))).toBe('run 8');
  expect(shape(times(7, 9))).toBe('groups 8');
  expect(shape([1, ...times(14, 9)])).toBe('groups 16');
  expect(shape([1, ...times(15, 9)])).toBe('groups 8, run 8');
  expect(shape([...times(1000, 1), 2, ...times(1000, 3)])).toBe('run 1000, groups 8, run 993');
});

test('any values of any width come back', () => {
  const given = fc.integer({ min: 1, max: 25 }).chain((width) =>
    fc.record({
      width: fc.constant(width),
      pairs: fc.array(fc.tuple(fc.nat({ max: 2 ** width - 1 }), fc.integer({ min: 1, max: 30 })), {
        maxLength: 60,
      }),
    }),
  );
  fc.assert(
    fc.property(given, ({ width, pairs }) => {
      const values = pairs.flatMap(([value, count]) => Array.from({ length: count }, () => value));
      const read = [...parts(written(values, width), width)];
      const all = read.flatMap((part) => part.values);
      expect(all.slice(0, values.length)).toEqual(values);
      expect(all.length - values.length).toBeLessThan(8);
      expect(all.slice(values.length).every((value) => value === 0)).toBe(true);
      // Only the last groups may be filled up with what is no value.
      for (const part of read.slice(0, -1)) expect(part.run || part.values.length % 8 === 0).toBe(true);
    }),
    BUDGET,
  );
});

test('how many bits some entries take', () => {
  expect([0, 1, 2, 3, 4, 5, 256, 257, 2 ** 17].map(bitWidth)).toEqual([1, 1, 1, 2, 2, 3, 8, 9, 17]);
});
