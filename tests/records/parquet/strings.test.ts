import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { StringDictionary } from '../../../src/records/parquet/strings.ts';

const BUDGET = { interruptAfterTimeLimit: 1000, markInterruptAsFailure: false };

const idOf = (strings: StringDictionary, text: string): number => strings.ofBytes(Buffer.from(text));
const textOf = (strings: StringDictionary, id: number): string => Buffer.from(strings.bytesOf(id)).toString();

describe('a dictionary of strings', () => {
  test('gives equal bytes one id, and others their own', () => {
    const some = fc.array(
      fc.oneof(fc.string({ unit: 'binary', maxLength: 8 }), fc.constantFrom('', '-', 'OK')),
      {
        maxLength: 100,
      },
    );
    fc.assert(
      fc.property(some, (texts) => {
        const strings = new StringDictionary();
        const ids = new Map<string, number>();
        for (const text of texts) {
          const hex = Buffer.from(text).toString('hex');
          const id = idOf(strings, text);
          expect(id).toBe(ids.get(hex) ?? ids.size);
          const around = Buffer.from(`<${text}>`);
          const view = new DataView(around.buffer, around.byteOffset, around.length);
          expect(strings.ofRange(view, 1, around.length - 1)).toBe(id);
          ids.set(hex, id);
        }
        expect(strings.size).toBe(ids.size);
        for (const [hex, id] of ids) expect(Buffer.from(strings.bytesOf(id)).toString('hex')).toBe(hex);
        const sorted = [...ids].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, id]) => id);
        for (let i = 1; i < sorted.length; i++) {
          expect(strings.compare(sorted[i - 1]!, sorted[i]!)).toBeLessThan(0);
          expect(strings.compare(sorted[i]!, sorted[i - 1]!)).toBeGreaterThan(0);
        }
      }),
      BUDGET,
    );
  });

  test('grows, counts its bytes, and begins anew', () => {
    const strings = new StringDictionary();
    const ids = Array.from({ length: 20_000 }, (_, i) => idOf(strings, `eni-${i}`));
    expect(ids.every((id, i) => id === i)).toBe(true);
    expect(Array.from({ length: 20_000 }, (_, i) => idOf(strings, `eni-${i}`))).toEqual(ids);
    expect(textOf(strings, 12_345)).toBe('eni-12345');
    expect(strings.bytes).toBe(ids.reduce((sum, id) => sum + 4 + textOf(strings, id).length, 0));
    strings.clear();
    expect([strings.size, strings.bytes]).toEqual([0, 0]);
    expect(idOf(strings, 'eni-7')).toBe(0);
    expect(textOf(strings, 0)).toBe('eni-7');
  });
});
