import { describe, expect, test } from 'vitest';
import { PageTokens } from '../../src/base/page-token.ts';

const SECRET = Buffer.alloc(32, 7);
const CONTEXT = ['123456789012', 'eu-central-1', 'DescribeVpcs', [{ Name: 'state', Values: ['available'] }]];

describe('page tokens', () => {
  const tokens = new PageTokens(SECRET);

  test.each(['', 'vpc-1', 'ключ 😀', 'x'.repeat(300)])('hold a cursor: %j', (cursor) => {
    const token = tokens.seal(CONTEXT, cursor);
    expect(token).toMatch(/^[A-Za-z0-9_-]+$/);
    expect(tokens.open(CONTEXT, token)).toBe(cursor);
    expect(new PageTokens(SECRET).open(CONTEXT, token)).toBe(cursor); // after a restart
  });

  test('show nothing of it, and no two are alike', () => {
    const token = tokens.seal(CONTEXT, 'vpc-0a1b2c3d4e5f60718');
    expect(Buffer.from(token, 'base64url').includes('vpc-')).toBe(false);
    expect(tokens.seal(CONTEXT, 'vpc-0a1b2c3d4e5f60718')).not.toBe(token);
  });

  test.each([
    ['account', ['210987654321', ...CONTEXT.slice(1)]],
    ['region', [CONTEXT[0]!, 'eu-west-1', ...CONTEXT.slice(2)]],
    ['action', [...CONTEXT.slice(0, 2), 'DescribeSubnets', CONTEXT[3]!]],
    ['filters', [...CONTEXT.slice(0, 3), [{ Name: 'state', Values: ['pending'] }]]],
    ['no filters', CONTEXT.slice(0, 3)],
  ])('are no good for another %s', (_, context) => {
    expect(tokens.open(context, tokens.seal(CONTEXT, 'vpc-1'))).toBeUndefined();
  });

  test('of another secret, cut, changed or made up are refused', () => {
    const token = tokens.seal(CONTEXT, 'vpc-1');
    expect(new PageTokens(Buffer.alloc(32, 8)).open(CONTEXT, token)).toBeUndefined();
    for (let i = 0; i < token.length; i++) {
      const changed = token.slice(0, i) + (token[i] === 'A' ? 'B' : 'A') + token.slice(i + 1);
      // The last character of base64 holds bits that mean nothing.
      if (Buffer.from(changed, 'base64url').equals(Buffer.from(token, 'base64url'))) continue;
      expect(tokens.open(CONTEXT, changed)).toBeUndefined();
      expect(tokens.open(CONTEXT, token.slice(0, i))).toBeUndefined();
    }
    for (const made of ['', 'null', '=', 'a b', 'x'.repeat(100), 'A'.repeat(5_000)]) {
      expect(tokens.open(CONTEXT, made)).toBeUndefined();
    }
  });
});
