import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  bytesOf,
  continuedPart,
  entryToSegment,
  keyToPath,
  nameToPath,
  pathToKey,
  pathToName,
  textOf,
} from '../../../src/standins/storage/paths.ts';

const budget = { numRuns: 100_000, interruptAfterTimeLimit: 1_000, markInterruptAsFailure: false };

/** Names with everything that a mapping can stumble over. */
const names = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary', maxLength: 6 }),
      fc.constantFrom(
        '.',
        '..',
        '/',
        '//',
        '%',
        '%2E',
        '%-',
        '%+',
        '\0',
        '\\',
        'a',
        'A',
        'é',
        '\u{10ffff}',
        '\uffff',
      ),
      fc
        .tuple(fc.constantFrom('a', '.', '%', 'é', '/'), fc.integer({ min: 200, max: 600 }))
        .map(([s, n]) => s.repeat(n)),
    ),
    { maxLength: 8 },
  )
  .map((parts) => parts.join('').replace(/\p{Cs}/gu, ''));

function checkComponents(path: readonly string[]): void {
  expect(path.length).toBeGreaterThan(0);
  for (const component of path) {
    expect(component).toMatch(/^[\x20-\x2e\x30-\x7e]+$/);
    expect(component.startsWith('.')).toBe(false);
    expect(component.length).toBeLessThanOrEqual(255);
  }
}

describe('any name', () => {
  test('comes back from its path, whose components are harmless', () => {
    fc.assert(
      fc.property(names, (name) => {
        checkComponents(nameToPath(name));
        expect(pathToName(nameToPath(name))).toBe(name);
        checkComponents(keyToPath(name));
        expect(pathToKey(keyToPath(name))).toBe(name);
      }),
      budget,
    );
  });

  test('has a path that is neither another’s nor a directory of another’s file', () => {
    fc.assert(
      fc.property(fc.uniqueArray(names, { minLength: 2, maxLength: 12 }), (all) => {
        const files = new Set(all.map((name) => keyToPath(name).join('/')));
        expect(files.size).toBe(all.length);
        for (const name of all) {
          const path = keyToPath(name);
          for (let i = 1; i < path.length; i++) expect(files.has(path.slice(0, i).join('/'))).toBe(false);
        }
        expect(new Set(all.map((name) => nameToPath(name).join('/'))).size).toBe(all.length);
      }),
      budget,
    );
  });

  test('is read from the entries of directories, one by one', () => {
    fc.assert(
      fc.property(names, (key) => {
        const path = keyToPath(key);
        const segments: string[] = [];
        let continued = '';
        for (const [i, entry] of path.entries()) {
          const isDirectory = i < path.length - 1;
          const part = continuedPart(entry);
          if (isDirectory && part !== undefined) {
            segments.push(...[entryToSegment(entry, true, continued)].filter((it) => it !== undefined));
            continued += part;
            continue;
          }
          const segment = entryToSegment(entry, isDirectory, continued);
          expect(entryToSegment(entry, !isDirectory, continued)).toBe(undefined);
          segments.push(segment!);
          continued = '';
        }
        expect(textOf(segments.join('/'))).toBe(key);
      }),
      budget,
    );
  });

  test('a path that no name has gives none', () => {
    const odd = fc.array(fc.oneof(fc.string({ maxLength: 8 }), names), { maxLength: 4 });
    fc.assert(
      fc.property(odd, (path) => {
        const key = pathToKey(path);
        const name = pathToName(path);
        expect([undefined, path]).toContainEqual(key === undefined ? key : keyToPath(key));
        expect([undefined, path]).toContainEqual(name === undefined ? name : nameToPath(name));
      }),
      budget,
    );
  });
});

test('plain names stay as they are', () => {
  const key =
    'AWSLogs/123456789012/vpcflowlogs/eu-central-1/2026/01/02/' +
    '123456789012_vpcflowlogs_eu-central-1_fl-0a1b2c3d4e5f60718_20260102T0300Z_0a1b2c3d.log.gz';
  expect(keyToPath(key).join('/')).toBe(key);
  expect(nameToPath('my.flow-logs')).toEqual(['my.flow-logs']);
  expect(nameToPath('eni-0a1b2c3d4e5f60718-all')).toEqual(['eni-0a1b2c3d4e5f60718-all']);
});

test.each([
  ['a', ['a%']],
  ['a/b', ['a', 'b%']],
  ['a.b/c.d', ['a.b%', 'c.d']],
  ['a/', ['a', '%-%']],
  ['/', ['%-', '%-%']],
  ['../../x', ['%2E.%', '%2E.%', 'x%']],
  ['.', ['%2E']],
  ['%2e%2e', ['%252e%252e%']],
  ['a\0b', ['a%00b%']],
  ['ü.gz', ['%C3%BC.gz']],
])('the key %j lies at %j', (key, path) => {
  expect(keyToPath(key)).toEqual(path);
});

test.each([
  ['/aws/vpc', ['%2Faws%2Fvpc']],
  ['', ['%-']],
  ['..', ['%2E.']],
  ['a*', ['a%2A']],
])('the name %j lies at %j', (name, path) => {
  expect(nameToPath(name)).toEqual(path);
});

test('a key of 1024 bytes makes a path of less than 3,400', () => {
  for (const unit of ['é', '\u{1f600}', '/', './', 'a', '\u0001']) {
    const key = unit.repeat(1024 / Buffer.byteLength(unit));
    expect(keyToPath(key).join('/').length).toBeLessThan(3_400);
  }
});

test('bytes sort as UTF-8 does', () => {
  expect(bytesOf('\uffff') < bytesOf('\u{10000}')).toBe(true);
  expect(textOf('\xff')).toBe(undefined);
});
