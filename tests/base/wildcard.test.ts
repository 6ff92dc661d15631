import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Wildcard, WildcardSet } from '../../src/base/wildcard.ts';

describe('Wildcard', () => {
  test.each([
    ['vpc-1', 'vpc-1', true],
    ['vpc-1', 'VPC-1', false],
    ['', '', true],
    ['', 'a', false],
    ['*', '', true],
    ['*', 'anything', true],
    ['**', 'anything', true],
    ['?', '', false],
    ['?', 'a', true],
    ['?', 'ab', false],
    ['?', '😀', true],
    ['??', '😀', false],
    ['a*', 'abc', true],
    ['a*', 'ba', false],
    ['*c', 'abc', true],
    ['*b*', 'abc', true],
    ['a*b*c', 'aXbYbZc', true],
    ['a*b*c', 'aXbYbZ', false],
    ['*aab', 'aaaab', true],
    ['a?c*', 'abcd', true],
    ['\\*', '*', true],
    ['\\*', 'x', false],
    ['\\?x', '?x', true],
    ['\\?x', 'ax', false],
    ['\\\\', '\\', true],
    ['a\\b', 'ab', true],
    ['a\\', 'a\\', true],
    ['*\\', 'x\\', true],
    ['.*', 'ab', false],
    ['[ab]', 'a', false],
  ])('%j against %j: %s', (pattern, text, expected) => {
    expect(new Wildcard(pattern).matches(text)).toBe(expected);
  });

  test.each([
    ['vpc-1', 'vpc-1'],
    ['a\\*b', 'a*b'],
    ['a\\', 'a\\'],
    ['a*', undefined],
    ['a?', undefined],
  ])('the only match of %j is %j', (pattern, exact) => {
    expect(new Wildcard(pattern).exact).toBe(exact);
  });

  test('as a regular expression says', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?', '\\', '.'), maxLength: 8 });
    const texts = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?', '\\', '.'), maxLength: 10 });
    fc.assert(
      fc.property(letters, texts, (pattern, text) => {
        expect(new Wildcard(pattern).matches(text)).toBe(expressionOf(pattern).test(text));
      }),
      { numRuns: 20_000, interruptAfterTimeLimit: 2_000, markInterruptAsFailure: false },
    );
  });

  test('a hostile pattern costs no more than a text is long', () => {
    const pattern = new Wildcard('*a'.repeat(100_000) + 'b');
    const short = new Wildcard(`${'*a'.repeat(120)}*b`);
    const started = performance.now();
    for (let i = 0; i < 1_000; i++) {
      expect(pattern.matches('a'.repeat(256))).toBe(false);
      expect(short.matches('a'.repeat(256))).toBe(false);
    }
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});

/** Another way to the same: a regular expression. */
function expressionOf(pattern: string): RegExp {
  const source = pattern.replaceAll(/\\(?:[^])?|[^]/g, (part) => {
    if (part === '*') return '[^]*';
    if (part === '?') return '[^]';
    const literal = part.length === 2 ? part[1]! : part;
    return literal.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  });
  return new RegExp(`^${source}$`, 'u');
}

describe('WildcardSet', () => {
  test('one of the values is enough', () => {
    const set = new WildcardSet(['a', 'b*', '\\*']);
    expect(['a', 'b', 'bc', '*'].map((text) => set.matches(text))).toEqual([true, true, true, true]);
    expect(set.matches('c')).toBe(false);
    expect([...set.exact]).toEqual(['a', '*']);
    expect(set.isExact).toBe(false);
  });

  test('no value, no match', () => {
    expect(new WildcardSet([]).matches('')).toBe(false);
    expect(new WildcardSet(['a', 'b']).isExact).toBe(true);
  });
});
