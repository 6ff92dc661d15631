import { describe, expect, test } from 'vitest';
import { UsageError, UserError } from '../../src/base/errors.ts';
import { bootstrapKey, checkBootstrapKey, isLoopback } from '../../src/identity/bootstrap.ts';

const environment = (id?: string, secret?: string, account?: string) => ({
  WEIR_ACCESS_KEY_ID: id,
  WEIR_SECRET_ACCESS_KEY: secret,
  WEIR_ACCOUNT_ID: account,
});

describe('the key of the environment', () => {
  test('is none when nothing is set', () => {
    expect(bootstrapKey({})).toBeUndefined();
    expect(bootstrapKey(environment('', ''))).toBeUndefined();
  });

  test('takes its account from the environment, else the service’s', () => {
    expect(bootstrapKey(environment('test', 'test', '000000000001'))).toMatchObject({
      id: 'test',
      secret: 'test',
      account: '000000000001',
      readOnly: false,
    });
    expect(bootstrapKey(environment('test', 'test'), '999999999999')?.account).toBe('999999999999');
    expect(bootstrapKey(environment('test', 'test'))?.account).toBe('123456789012');
  });

  test.each([
    [environment('test'), 'WEIR_ACCESS_KEY_ID is set and WEIR_SECRET_ACCESS_KEY is not: set both or neither'],
    [environment(undefined, 'hidden'), 'WEIR_SECRET_ACCESS_KEY is set and WEIR_ACCESS_KEY_ID is not'],
    [environment('a/b', 'hidden'), 'WEIR_ACCESS_KEY_ID must be 3 to 128 letters'],
    [environment('test', 'hid den'), 'WEIR_SECRET_ACCESS_KEY must be 1 to 128 printable'],
    [environment('test', 'hidden', '123'), 'WEIR_ACCOUNT_ID must be 12 digits'],
  ])('%# is wrong use, and its secret is not repeated', (given, message) => {
    expect(() => bootstrapKey(given)).toThrow(UsageError);
    expect(() => bootstrapKey(given)).toThrow(message);
    expect(() => bootstrapKey(given)).not.toThrow(/hid ?den/);
  });
});

describe('a well-known key', () => {
  const strong = 'Zq8vK2mXw4Tn6Rb1Yc3Hd5Jf7Lg9Pa0SeUiOkM+/';
  test.each([
    ['AKIAIOSFODNN7EXAMPLE', strong],
    ['akiaiosfodnn7example', strong],
    ['AKIAREALLOOKING12345', 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'],
    ['AKIAREALLOOKING12345', 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY'],
    ['test', 'test'],
    ['test', strong],
    ['minioadmin', 'minioadmin'],
    ['AKIAREALLOOKING12345', 'short'],
    [strong.slice(0, 30).replace(/\W/g, ''), strong.slice(0, 30).replace(/\W/g, '')],
  ])('%s is taken on loopback and refused beyond it', (id, secret) => {
    for (const host of ['127.0.0.1', 'localhost', '::1']) {
      expect(checkBootstrapKey({ id, secret }, host)).toBeUndefined();
    }
    for (const host of ['0.0.0.0', '::', '192.168.1.5', 'weir.example.org', '']) {
      expect(() => checkBootstrapKey({ id, secret }, host)).toThrow(UserError);
    }
    expect(() => checkBootstrapKey({ id, secret }, '0.0.0.0')).toThrow(
      /0\.0\.0\.0 is not loopback: listen on 127/,
    );
  });

  test('and no other is', () => {
    expect(checkBootstrapKey({ id: 'AKIAREALLOOKING12345', secret: strong }, '0.0.0.0')).toBeUndefined();
  });
});

test.each([
  ['127.0.0.1', true],
  ['127.255.0.3', true],
  ['localhost', true],
  ['LOCALHOST', true],
  ['::1', true],
  ['[::1]', true],
  ['::ffff:127.0.0.1', true],
  ['128.0.0.1', false],
  ['::ffff:10.0.0.1', false],
  ['::2', false],
  ['0.0.0.0', false],
  ['127.0.0.1.example.org', false],
  ['', false],
])('%j is loopback: %s', (host, loopback) => {
  expect(isLoopback(host)).toBe(loopback);
});
