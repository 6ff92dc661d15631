import { describe, expect, test } from 'vitest';
import {
  canonicalHeaders,
  canonicalPath,
  canonicalQuery,
  encodeBytes,
  queryParameters,
  sha256Hex,
  signatureOf,
  signingKey,
} from '../../src/identity/canonical.ts';

describe('the published example of IAM ListUsers', () => {
  // AWS General Reference, "Examples of the complete Signature Version 4 signing process".
  const scope = { date: '20150830', region: 'us-east-1', service: 'iam' };
  const key = signingKey('wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY', scope);
  const request = {
    method: 'GET',
    target: '/?Action=ListUsers&Version=2010-05-08',
    headers: [
      ['Host', 'iam.amazonaws.com'],
      ['Content-Type', 'application/x-www-form-urlencoded; charset=utf-8'],
      ['X-Amz-Date', '20150830T123600Z'],
    ] as const,
    body: new Uint8Array(),
  };
  const names = ['content-type', 'host', 'x-amz-date'];
  const canonical = [
    'GET',
    canonicalPath('/', { path: 'normalised' }),
    canonicalQuery(queryParameters('Version=2010-05-08&Action=ListUsers')),
    canonicalHeaders(request, names),
    names.join(';'),
    sha256Hex(request.body),
  ].join('\n');

  test('has its signing key', () => {
    expect(key.toString('hex')).toBe('c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9');
  });
  test('has its canonical request', () => {
    expect(sha256Hex(canonical)).toBe('f536975d06c0309214f805bb90ccff089219ecd68b2577efef23edd43b7e1a59');
  });
  test('has its signature', () => {
    expect(signatureOf(canonical, '20150830T123600Z', scope, key).toString('hex')).toBe(
      '5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7',
    );
  });
});

describe('the canonical path', () => {
  test.each([
    ['/', '/', '/'],
    ['', '/', '/'],
    ['//', '/', '//'],
    ['/a/./b/../c', '/a/c', '/a/./b/../c'],
    ['/../..', '/', '/../..'],
    ['/a//b/', '/a/b/', '/a//b/'],
    ['/a b', '/a%20b', '/a%20b'],
    ['/a%20b', '/a%2520b', '/a%20b'],
    ['/a%2fb', '/a%252fb', '/a%2Fb'],
    ['/%2e%2E/x', '/%252e%252E/x', '/../x'],
    ['/50%', '/50%25', '/50%25'],
    ['/a+b~c', '/a%2Bb~c', '/a%2Bb~c'],
    ['/%E2%98%82', '/%25E2%2598%2582', '/%E2%98%82'],
  ])('of %j is %j, for S3 %j', (path, normalised, asSent) => {
    expect(canonicalPath(path, { path: 'normalised' })).toBe(normalised);
    expect(canonicalPath(path, { path: 'as sent' })).toBe(asSent);
  });
});

describe('the canonical query', () => {
  test.each([
    ['', ''],
    ['&&', ''],
    ['a', 'a='],
    ['a=', 'a='],
    ['b=2&a=1', 'a=1&b=2'],
    ['a=b&a=a', 'a=a&a=b'],
    ['a-b=1&a=2', 'a=2&a-b=1'], // by name first: as whole strings they would stand the other way round
    ['aa=1&a=2', 'a=2&aa=1'],
    ['A=1&a=2&%41=0', 'A=0&A=1&a=2'],
    ['x=a+b&y=a%20b&z=a%2Bb', 'x=a%20b&y=a%20b&z=a%2Bb'],
    ['x=%7e&y=~', 'x=~&y=~'],
    ['x=1=2', 'x=1%3D2'],
    ['x=%', 'x=%25'],
    ['x=%zz', 'x=%25zz'],
    ['x=%e2%98%82', 'x=%E2%98%82'],
    ["x=!'()*", 'x=%21%27%28%29%2A'],
  ])('of %j is %j', (query, canonical) => {
    expect(canonicalQuery(queryParameters(query))).toBe(canonical);
  });
});

describe('canonical headers', () => {
  const request = {
    method: 'GET',
    target: '/',
    headers: [
      ['X-A', '  one   two\tthree '],
      ['HOST', 'example.org'],
      ['x-a', ''],
      ['X-a', 'last'],
      ['X-Not-Signed', 'x'],
    ] as const,
    body: new Uint8Array(),
  };
  test('join lines of one name, in order, with white space folded; absent ones are empty', () => {
    expect(canonicalHeaders(request, ['host', 'x-a', 'x-missing'])).toBe(
      'host:example.org\nx-a:one two three,,last\nx-missing:\n',
    );
  });
});

test('escapes are upper case, and leave only unreserved characters', () => {
  const all = Array.from({ length: 256 }, (_, i) => String.fromCharCode(i)).join('');
  const encoded = encodeBytes(all);
  expect(encoded.replace(/%[0-9A-F]{2}/g, '')).toBe(
    '-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz~',
  );
  expect(encoded.match(/%/g)).toHaveLength(256 - 66);
});
