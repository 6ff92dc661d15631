import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  FORM_FAULTS,
  FormError,
  type FormFault,
  type FormLimits,
  parseForm,
  pathOf,
  queryOf,
  type Parameter,
  settleDuplicates,
} from '../../src/wire/query.ts';

function parse(text: string, limits?: FormLimits): (readonly [string, string])[] {
  return parseForm(Buffer.from(text, 'latin1'), limits);
}

function faultOf(run: () => unknown): FormFault | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    if (error instanceof FormError) return error.fault;
    throw error;
  }
}

describe('parseForm', () => {
  test.each<[string, [string, string][]]>([
    ['', []],
    ['&&', []],
    [
      'a=1&b=2',
      [
        ['a', '1'],
        ['b', '2'],
      ],
    ],
    [
      'a=1&&b=2&',
      [
        ['a', '1'],
        ['b', '2'],
      ],
    ],
    ['a', [['a', '']]],
    ['a=', [['a', '']]],
    ['a=b=c', [['a', 'b=c']]],
    ['a=x+y%20z%2B', [['a', 'x y z+']]],
    ['Name+1=x', [['Name 1', 'x']]],
    [
      'Filter.1.Name=tag%3Ak&Filter.1.Value.1=%C5%BE%F0%9F%90%8E',
      [
        ['Filter.1.Name', 'tag:k'],
        ['Filter.1.Value.1', 'ž🐎'],
      ],
    ],
    ['a=%00', [['a', '\0']]],
    ['a=%EF%BB%BFx', [['a', '\ufeffx']]], // a byte order mark is text here
    ['a=\xc5\xbe', [['a', 'ž']]], // raw UTF-8
    [
      'z=1&a=2&z=3',
      [
        ['z', '1'],
        ['a', '2'],
        ['z', '3'],
      ],
    ],
    ['__proto__=1', [['__proto__', '1']]],
  ])('%j', (text, expected) => {
    expect(parse(text)).toEqual(expected);
  });

  test.each<[string, FormFault]>([
    ['a=%', 'bad_percent'],
    ['a=%4', 'bad_percent'],
    ['a=%4&b=1', 'bad_percent'],
    ['a=%zz', 'bad_percent'],
    ['a=%u0041', 'bad_percent'],
    ['%=a', 'bad_percent'],
    ['a=%ff', 'bad_utf8'],
    ['a=\xff', 'bad_utf8'],
    ['a=%c0%af', 'bad_utf8'], // overlong
    ['a=%ed%a0%80', 'bad_utf8'], // a surrogate
    ['a=%f4%90%80%80', 'bad_utf8'], // above U+10FFFF
    ['a=%e2%82', 'bad_utf8'],
    ['a=%e2&b=%82%ac', 'bad_utf8'], // a character does not reach over a separator
    ['=x', 'empty_name'],
    ['a=1&=', 'empty_name'],
  ])('refuses %j as %s', (text, fault) => {
    expect(faultOf(() => parse(text))).toBe(fault);
  });

  test('bounds the number of parameters, not counting empty pairs', () => {
    const limits: FormLimits = { maxParameters: 3, maxNameLength: 10 };
    expect(parse('&&a&b&&c&&', limits)).toHaveLength(3);
    expect(faultOf(() => parse('a&b&c&d', limits))).toBe('too_many');
  });

  test('bounds names by their decoded length', () => {
    const limits: FormLimits = { maxParameters: 3, maxNameLength: 10 };
    expect(parse('%61%61%61%61%61%61%61%61%61%61=x', limits)).toEqual([['aaaaaaaaaa', 'x']]);
    expect(faultOf(() => parse('aaaaaaaaaaa=x', limits))).toBe('name_too_long');
    expect(faultOf(() => parse(`${'%'.repeat(1_000)}=x`, limits))).toBe('name_too_long');
  });

  test('the message never repeats what was sent', () => {
    for (const text of ['SECRET=%', 'SECRET=%ff', `SECRET${'x'.repeat(600)}=`]) {
      expect(() => parse(text)).toThrow(FormError);
      expect(() => parse(text)).not.toThrow(/SECRET/);
    }
  });

  test('reads a view into a larger buffer by its own bounds', () => {
    const bytes = Buffer.from('xxa=1&b=2xx').subarray(2, 9);
    expect(parseForm(bytes)).toEqual([
      ['a', '1'],
      ['b', '2'],
    ]);
  });

  test('gives back what URLSearchParams wrote', () => {
    const pair = fc.tuple(fc.string({ unit: 'grapheme', minLength: 1 }), fc.string({ unit: 'grapheme' }));
    fc.assert(
      fc.property(fc.array(pair), (pairs) => {
        expect(parse(new URLSearchParams(pairs).toString())).toEqual(pairs);
      }),
      { interruptAfterTimeLimit: 2_000, markInterruptAsFailure: false },
    );
  });

  test('any bytes: parameters or a FormError, nothing else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const fault = faultOf(() => parseForm(bytes));
        expect([undefined, ...FORM_FAULTS]).toContain(fault);
      }),
      { interruptAfterTimeLimit: 2_000, markInterruptAsFailure: false, numRuns: 5_000 },
    );
  });
});

describe('settleDuplicates', () => {
  const twice: Parameter[] = [
    ['a', '1'],
    ['b', '2'],
    ['a', '3'],
  ];
  test('refuses a name that stands twice, also with the same value', () => {
    expect(faultOf(() => settleDuplicates(twice))).toBe('duplicate');
    expect(faultOf(() => settleDuplicates([twice[0]!, twice[0]!]))).toBe('duplicate');
  });
  test('or lets the last one win', () => {
    expect(settleDuplicates(twice, 'last wins')).toEqual([
      ['a', '3'],
      ['b', '2'],
    ]);
  });
  test('names that differ in case are different, and the order stays', () => {
    const form: Parameter[] = [
      ['b', '1'],
      ['B', '1'],
      ['__proto__', '1'],
    ];
    expect(settleDuplicates(form)).toEqual(form);
  });
});

describe('the parts of a raw target', () => {
  test.each([
    ['/', '/', ''],
    ['/?a=1', '/', 'a=1'],
    ['/x?a=1?b=2', '/x', 'a=1?b=2'],
    ['/?', '/', ''],
    ['', '', ''],
  ])('%j', (target, path, query) => {
    expect(pathOf(target)).toBe(path);
    expect(Buffer.from(queryOf(target)).toString('latin1')).toBe(query);
  });
});
