import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatIPv4, formatIPv6, parseIPv6 } from '../../../src/base/addresses.ts';
import { ipv4, ipv6 } from './module.ts';

const BUDGET = { interruptAfterTimeLimit: 2000, markInterruptAsFailure: false };
const MAX_IPV4_BYTES = 15;
const MAX_IPV6_BYTES = 39;

describe('printIPv4', () => {
  test('every octet in every place', () => {
    for (let octet = 0; octet < 256; octet++) {
      for (const word of [octet << 24, octet << 16, octet << 8, octet, Math.imul(octet, 0x01010101)]) {
        expect(ipv4(word)).toBe(formatIPv4(word));
      }
    }
  });

  test('any word, signed or unsigned', () => {
    fc.assert(
      fc.property(fc.integer(), (word) => {
        const text = formatIPv4(word);
        expect(text.length).toBeLessThanOrEqual(MAX_IPV4_BYTES);
        expect(ipv4(word)).toBe(text);
        expect(ipv4(word >>> 0)).toBe(text);
      }),
      BUDGET,
    );
  });
});

describe('printIPv6', () => {
  test.each([
    '::',
    '::1',
    '1::',
    '2001:db8::1',
    // RFC 5952, sections 4.2.2 and 4.2.3: one zero group stays, the first of equal runs is shortened.
    '2001:db8:0:1:1:1:1:1',
    '2001:db8::1:0:0:1',
    '2001:0:0:1::1',
    '0:1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:0',
    '::2:3:4:5:6:7',
    '1:2:3:4:5:6::',
    '::ffff:c000:201',
    'abcd:ef01:2345:6789:abcd:ef01:2345:6789',
    'fe80::a:ff:10:1000',
  ])('%s', (text) => {
    expect(text.length).toBeLessThanOrEqual(MAX_IPV6_BYTES);
    expect(ipv6(parseIPv6(text)!)).toBe(text);
  });

  test('every set of zero groups', () => {
    for (let zeros = 0; zeros < 256; zeros++) {
      const group = (i: number): number => ((zeros >> i) & 1 ? 0 : 0x1 << (4 * (i & 3)));
      const words = [0, 2, 4, 6].map((i) => (group(i) << 16) | group(i + 1));
      expect(ipv6(words)).toBe(formatIPv6(words[0]!, words[1]!, words[2]!, words[3]!));
    }
  });

  test('any words, the same text as base/addresses.ts', () => {
    const group = fc.oneof(
      fc.constant(0),
      fc.integer({ min: 0, max: 0xffff }),
      fc.integer({ min: 0, max: 20 }),
    );
    const word = fc.tuple(group, group).map(([high, low]) => (high << 16) | low);
    fc.assert(
      fc.property(fc.tuple(word, word, word, word), (words) => {
        expect(ipv6(words)).toBe(formatIPv6(...words));
      }),
      BUDGET,
    );
  });
});
