import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MAX_COUNT_BYTES, SCRATCH, writeCount, writeUint32 } from '../../src/records/numbers.ts';

const BUDGET = { interruptAfterTimeLimit: 1500, markInterruptAsFailure: false };
const FILL = 0xee;

type Write = (view: DataView, position: number, value: number) => number;

/** What was written at an odd place, with a check that nothing in front and beyond the scratch was touched. */
function written(write: Write, value: number): string {
  const bytes = new Uint8Array(64).fill(FILL);
  const end = write(new DataView(bytes.buffer), 7, value);
  expect(bytes.subarray(0, 7).every((byte) => byte === FILL)).toBe(true);
  expect(bytes.subarray(end + SCRATCH).every((byte) => byte === FILL)).toBe(true);
  expect(end - 7).toBeLessThanOrEqual(MAX_COUNT_BYTES);
  return Buffer.from(bytes.subarray(7, end)).toString('latin1');
}

const EDGES = Array.from({ length: 16 }, (_, digits) => [
  10 ** digits - 1,
  10 ** digits,
  10 ** digits + 1,
]).flat();

describe.each([
  ['writeUint32', writeUint32, 2 ** 32 - 1],
  ['writeCount', writeCount, 2 ** 53],
] as const)('%s', (_name, write, most) => {
  test('edges of every length, and the largest', () => {
    const powers = [2 ** 31 - 2, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, most - 1, most];
    const values = [...EDGES, ...powers].filter((value) => value <= most);
    for (const value of values) expect(written(write, value)).toBe(String(value));
  });

  test('every number below 100,000', () => {
    const bytes = Buffer.alloc(32);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const wrong: number[] = [];
    for (let value = 0; value < 100_000; value++) {
      if (bytes.toString('latin1', 0, write(view, 0, value)) !== String(value)) wrong.push(value);
    }
    expect(wrong).toEqual([]);
  });

  test('any number', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: Math.min(most, Number.MAX_SAFE_INTEGER) }), (value) => {
        expect(written(write, value)).toBe(String(value));
      }),
      BUDGET,
    );
  });
});
