import { describe, expect, test } from 'vitest';
import { suggestion } from '../../src/base/suggestion.ts';

const KNOWN = ['cidrs', 'azId', 'discover', 'awsReserved', 'interfaces', 'id'];

describe('did you mean', () => {
  test.each([
    ['cidr', 'cidrs'],
    ['cdirs', 'cidrs'],
    ['CIDRS', 'cidrs'],
    ['az-id', 'azId'],
    ['az_id', 'azId'],
    ['aws_reserved', 'awsReserved'],
    ['interface', 'interfaces'],
    ['disocver', 'discover'],
  ])('%s: %s', (word, expected) => {
    expect(suggestion(word, KNOWN)).toBe(expected);
  });
  test.each(['', 'x', 'ip', 'subnet', 'discoveries', 'completely'])('nothing for "%s"', (word) => {
    expect(suggestion(word, KNOWN)).toBeUndefined();
  });
});
