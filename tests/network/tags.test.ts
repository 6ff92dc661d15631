import { describe, expect, test } from 'vitest';
import { tagKeyFault, tagValueFault } from '../../src/network/tags.ts';

describe('tags', () => {
  test.each(['Name', 'a', 'x'.repeat(127), '😀'.repeat(127), 'my aws:key', '-'])(
    'the key %s is good',
    (key) => {
      expect(tagKeyFault(key)).toBeUndefined();
    },
  );
  test.each([
    ['', 'a tag key has 1 to 127 characters'],
    ['x'.repeat(128), 'a tag key has 1 to 127 characters'],
    ['aws:x', 'a tag key must not begin with "aws:"'],
    ['AWS:x', 'a tag key must not begin with "aws:"'],
  ])('the key %j is not', (key, fault) => {
    expect(tagKeyFault(key)).toBe(fault);
  });
  test('values count characters, not code units', () => {
    expect(tagValueFault('')).toBeUndefined();
    expect(tagValueFault('😀'.repeat(256))).toBeUndefined();
    expect(tagValueFault('x'.repeat(257))).toBe('a tag value has at most 256 characters');
  });
});
