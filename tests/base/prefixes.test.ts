import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseAddress, type Address } from '../../src/base/addresses.ts';
import {
  comparePrefixes,
  containsAddress,
  containsPrefix,
  flattenPrefixes,
  formatPrefix,
  maskWord,
  parsePrefix,
  prefixesOverlap,
  prefixOf,
  PrefixTable,
  type Prefix,
} from '../../src/base/prefixes.ts';

const budget = { interruptAfterTimeLimit: 2000, markInterruptAsFailure: false } as const;
const address = (text: string): Address => parseAddress(text)!;

describe('prefix text', () => {
  test.each([
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['10.0.0.0/8', '10.0.0.0/8'],
    ['255.255.255.255/32', '255.255.255.255/32'],
    ['::/0', '::/0'],
    ['2001:DB8:0:0::/32', '2001:db8::/32'],
    ['fe80::/10', 'fe80::/10'],
    ['2001:db8::1/128', '2001:db8::1/128'],
  ])('%s reads as %s', (text, canonical) => {
    expect(formatPrefix(parsePrefix(text))).toBe(canonical);
  });
  test.each([
    ['10.0.0.1/8', '"10.0.0.1/8" has host bits set: did you mean 10.0.0.0/8?'],
    ['2001:db8::1/32', '"2001:db8::1/32" has host bits set: did you mean 2001:db8::/32?'],
    ['10.0.0.0', '"10.0.0.0" has no prefix length: write 10.0.0.0/32 for one address'],
    ['::1', '"::1" has no prefix length: write ::1/128 for one address'],
    ['10.0.0.0/33', '"10.0.0.0/33" has no good prefix length: 0 to 32 for IPv4'],
    ['10.0.0.0/08', '"10.0.0.0/08" has no good prefix length: 0 to 32 for IPv4'],
    ['10.0.0.0/', '"10.0.0.0/" has no good prefix length: 0 to 32 for IPv4'],
    ['::/129', '"::/129" has no good prefix length: 0 to 128 for IPv6'],
    ['10.0.0/8', '"10.0.0/8" is no prefix: write one like 10.0.0.0/8 or 2001:db8::/32'],
    ['', '"" is no prefix: write one like 10.0.0.0/8 or 2001:db8::/32'],
    ['10.0.0.0/8/8', '"10.0.0.0/8/8" has no good prefix length: 0 to 32 for IPv4'],
  ])('%j is refused: %s', (text, message) => {
    expect(() => parsePrefix(text)).toThrow(expect.objectContaining({ name: 'UserError', message }));
  });
});

describe('containment', () => {
  test.each([
    ['10.0.0.0/8', '10.255.255.255', true],
    ['10.0.0.0/8', '11.0.0.0', false],
    ['0.0.0.0/0', '255.255.255.255', true],
    ['0.0.0.0/0', '::1', false],
    ['128.0.0.0/1', '127.255.255.255', false],
    ['2001:db8::/33', '2001:db8:7fff:ffff::', true],
    ['2001:db8::/33', '2001:db8:8000::', false],
    ['::/96', '::1.2.3.4', true],
    ['2001:db8::/64', '2001:db8::ffff:ffff:ffff:ffff', true],
    ['2001:db8::/64', '2001:db8:0:1::', false],
  ])('%s holds %s: %s', (prefix, inner, expected) => {
    expect(containsAddress(parsePrefix(prefix), address(inner))).toBe(expected);
  });
  test.each([
    ['10.0.0.0/8', '10.1.0.0/16', true, true],
    ['10.1.0.0/16', '10.0.0.0/8', false, true],
    ['10.0.0.0/8', '10.0.0.0/8', true, true],
    ['10.0.0.0/9', '10.128.0.0/9', false, false],
    ['::/0', '10.0.0.0/8', false, false],
  ])('%s and %s', (a, b, contains, overlap) => {
    expect(containsPrefix(parsePrefix(a), parsePrefix(b))).toBe(contains);
    expect(prefixesOverlap(parsePrefix(a), parsePrefix(b))).toBe(overlap);
    expect(prefixesOverlap(parsePrefix(b), parsePrefix(a))).toBe(overlap);
  });
  test('masks', () => {
    expect([-5, 0, 1, 31, 32, 64].map(maskWord)).toEqual([0, 0, -0x80000000, -2, -1, -1]);
  });
  test('sorted: family, unsigned address, shorter first', () => {
    const texts = ['200.0.0.0/8', '10.0.0.0/16', '::/0', 'fe80::/10', '10.0.0.0/8', '2001:db8::/32'];
    expect(texts.map(parsePrefix).sort(comparePrefixes).map(formatPrefix)).toEqual([
      '10.0.0.0/8',
      '10.0.0.0/16',
      '200.0.0.0/8',
      '::/0',
      '2001:db8::/32',
      'fe80::/10',
    ]);
  });
});

/** The longest prefix that holds an address, by looking at all of them; the last of equal ones. */
function scan(prefixes: readonly Prefix[], wanted: Address): number {
  let best = -1;
  for (const [i, prefix] of prefixes.entries()) {
    if (containsAddress(prefix, wanted) && (best < 0 || prefix.length >= prefixes[best]!.length)) best = i;
  }
  return best;
}

// Addresses with few distinct bits, so that prefixes nest and neighbour often.
const word = fc.oneof(
  fc.constantFrom(0, -1, 1, -0x80000000, 0x7fffffff, 0x0a000000, 0x0a010000),
  fc.integer({ min: -0x80000000, max: 0x7fffffff }),
);
const anyAddress: fc.Arbitrary<Address> = fc.oneof(
  word.map((d) => ({ family: 4, words: [0, 0, 0, d] }) as const),
  fc.tuple(word, word, word, word).map((words) => ({ family: 6, words }) as const),
);
const anyPrefix = fc
  .tuple(anyAddress, fc.nat(128))
  .map(([it, length]) => prefixOf(it, it.family === 4 ? length % 33 : length));

/** First and last address of a prefix and their neighbours. */
function edges(prefix: Prefix): Address[] {
  const last = prefix.words.map((w, i) => {
    const skip = prefix.family === 4 ? 96 : 0;
    return prefix.family === 4 && i < 3 ? 0 : w | ~maskWord(prefix.length + skip - 32 * i);
  }) as [number, number, number, number];
  const family = prefix.family;
  const bump = (words: readonly number[], by: number): Address => {
    const [a, b, c, d] = words as [number, number, number, number];
    return { family, words: [a, b, c, (d + by) | 0] };
  };
  return [bump(prefix.words, 0), bump(prefix.words, -1), bump(last, 0), bump(last, 1)];
}

describe('longest-prefix match', () => {
  test('finds what a scan over all prefixes finds', () => {
    fc.assert(
      fc.property(
        fc.array(anyPrefix, { maxLength: 40 }),
        fc.array(anyAddress, { maxLength: 20 }),
        (prefixes, more) => {
          const table = new PrefixTable(prefixes);
          for (const wanted of [...prefixes.flatMap(edges), ...more]) {
            expect(table.find(wanted)).toBe(scan(prefixes, wanted));
          }
        },
      ),
      budget,
    );
  });
  test('ranges are disjoint, ascending, and begin at 0', () => {
    const prefixes = ['10.0.0.0/8', '10.1.0.0/16', '10.1.255.0/24', '255.0.0.0/8', '10.2.0.0/16'].map(
      parsePrefix,
    );
    const { starts, values } = flattenPrefixes(4, prefixes, [1, 2, 3, 4, 5]);
    expect([...starts].map((start) => start.toString(16).padStart(8, '0'))).toEqual([
      '00000000',
      '0a000000',
      '0a010000',
      '0a01ff00',
      '0a020000',
      '0a030000',
      '0b000000',
      'ff000000',
    ]);
    expect([...values]).toEqual([0, 1, 2, 3, 5, 1, 0, 4]);
  });
  test('the whole space, and nothing', () => {
    const all = new PrefixTable(['0.0.0.0/0', '::/0'].map(parsePrefix));
    expect([all.find(address('255.255.255.255')), all.find(address('ffff::'))]).toEqual([0, 1]);
    const none = new PrefixTable([]);
    expect([none.find(address('0.0.0.0')), none.find(address('::'))]).toEqual([-1, -1]);
  });
  test('100,000 prefixes', () => {
    const prefixes = Array.from({ length: 100_000 }, (_, i) =>
      prefixOf({ family: 4, words: [0, 0, 0, Math.imul(i, 0x9e3779b1)] }, 12 + (i % 21)),
    );
    const table = new PrefixTable(prefixes);
    for (let i = 0; i < 20; i++) {
      const wanted: Address = { family: 4, words: [0, 0, 0, Math.imul(i, 0x85ebca6b)] };
      const found = table.find(wanted);
      const expected = scan(prefixes, wanted);
      expect(prefixes[found]?.length).toBe(prefixes[expected]?.length);
    }
  });
});
