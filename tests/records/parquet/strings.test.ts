import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatIPv4, formatIPv6 } from '../../../src/base/addresses.ts';
import { AddressStrings } from '../../../src/records/parquet/address-strings.ts';
import { InterfaceStrings } from '../../../src/records/parquet/interface-strings.ts';
import { StringDictionary } from '../../../src/records/parquet/strings.ts';

const BUDGET = { interruptAfterTimeLimit: 1000, markInterruptAsFailure: false };

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
          const id = strings.ofText(text);
          expect(id).toBe(ids.get(hex) ?? ids.size);
          expect(strings.ofBytes(Buffer.from(text))).toBe(id);
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
    const ids = Array.from({ length: 20_000 }, (_, i) => strings.ofText(`eni-${i}`));
    expect(ids.every((id, i) => id === i)).toBe(true);
    expect(Array.from({ length: 20_000 }, (_, i) => strings.ofText(`eni-${i}`))).toEqual(ids);
    expect(textOf(strings, 12_345)).toBe('eni-12345');
    expect(strings.bytes).toBe(ids.reduce((sum, id) => sum + 4 + textOf(strings, id).length, 0));
    const { generation } = strings;
    strings.clear();
    expect([strings.size, strings.bytes, strings.generation]).toEqual([0, 0, generation + 1]);
    expect(strings.ofText('eni-7')).toBe(0);
    expect(textOf(strings, 0)).toBe('eni-7');
  });
});

describe('addresses in it', () => {
  test('get the id of their text, signed or not, and keep it while the tables grow', () => {
    const strings = new StringDictionary();
    const addresses = new AddressStrings(strings);
    const word = (i: number): number => Math.imul(i, 0x9e3779b1);
    const ids4 = Array.from({ length: 5000 }, (_, i) => addresses.ofIPv4(word(i)));
    const ids6 = Array.from({ length: 5000 }, (_, i) => addresses.ofIPv6(0x20010db8, 0, i & 7, word(i)));
    expect(new Set([...ids4, ...ids6]).size).toBe(10_000);
    for (let i = 0; i < 5000; i++) {
      expect(addresses.ofIPv4(word(i) >>> 0)).toBe(ids4[i]);
      expect(addresses.ofIPv6(0x20010db8, 0, i & 7, word(i) >>> 0)).toBe(ids6[i]);
      expect(textOf(strings, ids4[i]!)).toBe(formatIPv4(word(i) >>> 0));
      expect(textOf(strings, ids6[i]!)).toBe(formatIPv6(0x20010db8, 0, i & 7, word(i) >>> 0));
    }
  });

  test('any words, families apart; nothing is left after both are cleared', () => {
    const strings = new StringDictionary();
    const addresses = new AddressStrings(strings);
    const word = fc.oneof(fc.constantFrom(0, -1, 1, 0xffffffff), fc.integer());
    fc.assert(
      fc.property(fc.array(fc.tuple(word, word, word, word), { maxLength: 50 }), (some) => {
        for (const [a, b, c, d] of some) {
          const six = addresses.ofIPv6(a, b, c, d);
          expect(textOf(strings, six)).toBe(formatIPv6(a >>> 0, b >>> 0, c >>> 0, d >>> 0));
          expect(addresses.ofIPv6(a >>> 0, b | 0, c, d)).toBe(six);
          const four = addresses.ofIPv4(d);
          expect(textOf(strings, four)).toBe(formatIPv4(d >>> 0));
          expect(four).not.toBe(six);
        }
        strings.clear();
        addresses.clear();
        expect(addresses.ofIPv4(0x0a000001)).toBe(0);
      }),
      BUDGET,
    );
  });
});

test('strings of interfaces are asked for once in a row group', () => {
  const strings = new StringDictionary();
  const asked: string[] = [];
  const facts = new InterfaceStrings(strings, 2, (number, column) => {
    asked.push(`${number}.${column}`);
    return column === 0 ? `eni-${number}` : '-';
  });
  const texts = (number: number): string[] => {
    const place = facts.locate(number);
    return [0, 1].map((column) => textOf(strings, facts.ids[place + column]!));
  };
  for (let round = 0; round < 2; round++) {
    for (let number = 1; number <= 100; number++) expect(texts(number)).toEqual([`eni-${number}`, '-']);
  }
  expect(asked).toHaveLength(200);
  expect(strings.size).toBe(101);
  strings.ofText('something else');
  strings.clear();
  expect(texts(7)).toEqual(['eni-7', '-']);
  expect(asked.slice(200)).toEqual(['7.0', '7.1']);
});
