import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isServiceError, type ServiceError } from '../../../src/base/service-error.ts';
import { parsePattern } from '../../../src/standins/logs/pattern.ts';
import { fieldsOf } from '../../../src/standins/logs/pattern-fields.ts';

const SSH =
  '2 123456789012 eni-1235b8ca 172.31.9.69 172.31.9.12 49761 22 6 20 4249 1418530010 1418530070 REJECT OK';
const WEB =
  '2 123456789012 eni-1235b8ca 10.0.0.5 172.31.9.12 49762 443 6 4 400 1418530010 1418530070 ACCEPT OK';
const NODATA = '2 123456789012 eni-1235b8ca - - - - - - - 1431280876 1431280934 - NODATA';
const FIELDS = (srcport = 'srcport', rest = 'destport, protocol, packets, bytes'): string =>
  `[version, account, eni, source, destination, ${srcport}, ${rest}, windowstart, windowend, action, flowlogstatus]`;

function matches(pattern: string, message: string): boolean {
  return parsePattern(pattern)?.(message) ?? true;
}

function refusal(pattern: string): string {
  try {
    parsePattern(pattern);
  } catch (error) {
    const { code, message } = error as ServiceError;
    return `${code}: ${message}`;
  }
  throw new RangeError(`${pattern} is taken`);
}

describe('patterns', () => {
  test.each<[string, boolean, boolean, boolean]>([
    // pattern, SSH, WEB, NODATA
    ['', true, true, true],
    ['  ', true, true, true],
    ['REJECT', true, false, false],
    ['reject', false, false, false],
    ['REJECT OK', true, false, false],
    ['-NODATA', true, true, false],
    ['OK -ACCEPT', true, false, false],
    ['?REJECT ?NODATA', true, false, true],
    ['?REJECT OK', true, true, false],
    ['"172.31.9.69 172.31.9.12"', true, false, false],
    ['-"10.0.0.5 "', true, false, true],
    [FIELDS(), true, true, true],
    ['[version, account]', false, false, false],
    ['[version, account, ...]', true, true, true],
    ['[..., action=REJECT, status]', true, false, false],
    ['[..., action, flowlogstatus=NODATA]', false, false, true],
    ['[version, ..., status!=OK]', false, false, true],
    [
      '[version, account, eni, source, destination, srcport, destport="22", protocol="6", packets, bytes, windowstart, windowend, action="REJECT", flowlogstatus]',
      true,
      false,
      false,
    ],
    [FIELDS('srcport', 'destport = 22 || destport = 443, protocol, packets, bytes'), true, true, false],
    [FIELDS('srcport', 'destport >= 22 && destport < 443, protocol, packets, bytes'), true, false, false],
    [FIELDS('srcport', 'destport, protocol, packets > 4, bytes <= 4249'), true, false, false],
    [FIELDS('srcport', 'destport != "22", protocol, packets, bytes'), false, true, true],
    [FIELDS('srcport', '(p = 22 || p = 443) && p != 443, protocol, packets, bytes'), true, false, false],
    ['[version, account, eni, source = 10.* , ...]', false, true, false],
    ['[v, a, eni=eni-1235*, source, dest = 172.*.12, ...]', true, true, false],
    ['[v, a, e, source = "?72.31.9.69", ...]', false, false, false],
  ])('%s', (pattern, ssh, web, nodata) => {
    expect([matches(pattern, SSH), matches(pattern, WEB), matches(pattern, NODATA)]).toEqual([
      ssh,
      web,
      nodata,
    ]);
  });

  test.each([
    ['10.0.0.1', /Invalid character\(s\) in term '10\.0\.0\.1'/],
    ['"open', /not closed/],
    ['{ $.eventType = "x" }', /offered are terms/],
    ['%re%', /Regular expressions/],
    ['[a, b', /',' or '\]'/],
    ['[a, b] c', /Nothing may follow/],
    ['[..., a, ...]', /More than one ellipsis/],
    ['[a = ]', /Expected a value/],
    ['[a < x]', /no number/],
    ['[, a]', /name of a field/],
    ['[a = 1 || b = 2]', /cannot be named a and b/],
    [`[${'('.repeat(50)}a=1${')'.repeat(50)}]`, /inside each other/],
  ])('%s is refused', (pattern, text) => {
    expect(refusal(pattern)).toMatch(/^InvalidParameterException: /);
    expect(refusal(pattern)).toMatch(text);
  });

  test('whatever they are, are taken or refused, and match in bounded time', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        '[',
        ']',
        '(',
        ')',
        '=',
        '!=',
        '<',
        '>=',
        '&&',
        '||',
        '...',
        ',',
        '"',
        '\\',
        '*',
        '-',
        '?',
        ' ',
        'a',
        '22',
        '%',
        '{',
      ),
      fc.string({ maxLength: 3 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), fc.string({ maxLength: 200 }), (pieces, message) => {
        try {
          const started = performance.now();
          const taken = parsePattern(pieces.join(''));
          for (const text of [message, SSH]) expect(typeof (taken?.(text) ?? true)).toBe('boolean');
          expect(performance.now() - started).toBeLessThan(500);
        } catch (error) {
          if (!isServiceError(error)) throw error;
        }
      }),
      { interruptAfterTimeLimit: 2_000, numRuns: 100_000 },
    );
  });

  test('by fields pick what the same comparison of fields picks', () => {
    const operator = fc.constantFrom('=', '!=', '<', '<=', '>', '>=');
    fc.assert(
      fc.property(
        fc.array(fc.nat(30), { minLength: 1, maxLength: 6 }),
        fc.nat(5),
        operator,
        fc.nat(30),
        (fields, at, sign, bound) => {
          const place = at % fields.length;
          const items = fields.map((_, i) => (i === place ? `f${i} ${sign} ${bound}` : `f${i}`));
          const value = fields[place]!;
          const expected = {
            '=': value === bound,
            '!=': value !== bound,
            '<': value < bound,
            '<=': value <= bound,
            '>': value > bound,
            '>=': value >= bound,
          }[sign];
          expect(matches(`[${items.join(', ')}]`, fields.join(' '))).toBe(expected);
          expect(matches(`[${[...items.slice(0, place + 1), '...'].join(',')}]`, fields.join(' '))).toBe(
            expected,
          );
        },
      ),
      { interruptAfterTimeLimit: 1_500 },
    );
  });

  test('fields in quotes and brackets are one', () => {
    expect(fieldsOf('127.0.0.1 - [10/Oct/2000 13:25] "GET /x HTTP/1.0" 200')).toEqual([
      '127.0.0.1',
      '-',
      '10/Oct/2000 13:25',
      'GET /x HTTP/1.0',
      '200',
    ]);
    expect(fieldsOf('a "open end')).toEqual(['a', 'open end']);
  });
});
