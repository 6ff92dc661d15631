import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatIPv4, formatIPv6, type Address } from '../../src/base/addresses.ts';
import { UserError } from '../../src/base/errors.ts';
import { containsAddress, formatPrefix, prefixOf, type Prefix } from '../../src/base/prefixes.ts';
import type { ServiceRanges } from '../../src/network/service-ranges.ts';
import { parseServiceRanges, readServiceRanges } from '../../src/rules/read-service-ranges.ts';
import { Rules } from '../../src/rules/rules.ts';
import { serviceOf } from '../../src/rules/services.ts';
import { NETWORK } from './a-network.ts';
import { lineOf, snapshotOf, wordsOf } from './networks.ts';

const budget = { interruptAfterTimeLimit: 2000, markInterruptAsFailure: false } as const;

type Entry = readonly [string, string];

/** A list as the vendor publishes it. */
function listOf(entries: readonly Entry[]): string {
  const of = (six: boolean, member: string) =>
    entries
      .filter(([prefix]) => prefix.includes(':') === six)
      .map(([prefix, service]) => ({
        [member]: prefix,
        region: 'eu-central-1',
        service,
        network_border_group: 'eu-central-1',
      }));
  return JSON.stringify({
    syncToken: '1616729292',
    createDate: '2021-03-26-03-28-12',
    prefixes: of(false, 'ip_prefix'),
    ipv6_prefixes: of(true, 'ipv6_prefix'),
  });
}

function codeOf(ranges: ServiceRanges, address: string): string {
  const index = serviceOf(ranges, address.includes(':'), wordsOf(address));
  return index === 0 ? '-' : ranges.codes[index - 1]!;
}

const LIST: readonly Entry[] = [
  ['52.95.128.0/21', 'AMAZON'],
  ['52.95.128.0/21', 'S3'],
  ['3.5.140.0/22', 'EC2'],
  ['3.5.140.0/22', 'AMAZON'],
  ['3.5.140.0/22', 'S3'],
  ['3.0.0.0/8', 'AMAZON'],
  ['54.239.1.64/28', 'DYNAMODB'],
  ['54.239.0.0/16', 'S3'],
  ['15.177.64.0/23', 'ROUTE53_HEALTHCHECKS'],
  ['15.177.64.0/23', 'EC2'],
  ['2a05:d050:4000::/40', 'AMAZON'],
  ['2a05:d050:4000::/40', 'S3'],
  ['255.255.255.255/32', 'NEW_IN_2027'],
];

describe('ip-ranges.json', () => {
  const ranges = parseServiceRanges(listOf(LIST), 'ip-ranges.json');

  test.each([
    ['52.95.128.179', 'S3', 'a named service before AMAZON, of the same range'],
    ['3.5.140.1', 'S3', 'and before EC2'],
    ['15.177.65.255', 'ROUTE53_HEALTHCHECKS', 'whatever the order in the list'],
    ['3.5.144.0', 'AMAZON', 'what has no other'],
    ['54.239.1.65', 'DYNAMODB', 'the most specific range'],
    ['54.239.1.80', 'S3', 'behind its end'],
    ['2a05:d050:40ff:ffff::1', 'S3', 'IPv6'],
    ['2a05:d050:4100::', '-', 'behind its end'],
    ['255.255.255.255', 'NEW_IN_2027', 'a code that no documentation has yet'],
    ['10.0.0.71', '-', 'a private address'],
    ['0.0.0.0', '-', 'the first address'],
  ])('%s: %s, %s', (address, code) => {
    expect(codeOf(ranges, address)).toBe(code);
  });
  test('the same list in any order is the same', () => {
    expect(parseServiceRanges(listOf(LIST.toReversed()), 'x')).toEqual(ranges);
    expect(parseServiceRanges(listOf(LIST.filter(([, code]) => code !== 'DYNAMODB')), 'x').digest).not.toBe(
      ranges.digest,
    );
    const renamed = LIST.map(([prefix, code]): Entry => [prefix, code === 'S3' ? 'S4' : code]);
    expect(parseServiceRanges(listOf(renamed), 'x').digest).not.toBe(ranges.digest);
  });
  test('lies in shared memory', () => {
    for (const it of [ranges.starts4, ranges.values4, ranges.starts6, ranges.values6]) {
      expect(it.buffer).toBeInstanceOf(SharedArrayBuffer);
    }
  });
  test('an empty list has no services', () => {
    const none = parseServiceRanges('{"prefixes":[],"ipv6_prefixes":[]}', 'x');
    expect([none.codes, codeOf(none, '52.95.128.179'), codeOf(none, '::1')]).toEqual([[], '-', '-']);
  });
  test('rules ask it for both ends of a line', () => {
    const network = snapshotOf(NETWORK, { services: ranges });
    const rules = new Rules(network);
    const out = lineOf(network, { at: 'eni-1', flow: '10.1.1.10:34210 > 52.95.128.179:80', out: true });
    expect(rules.sourceService(out)).toBe(0);
    expect(rules.serviceCodes[rules.destinationService(out) - 1]).toBe('S3');
    const back = lineOf(network, { at: 'eni-1', flow: '54.239.1.65:443 > 10.1.1.10:34210' });
    expect(rules.serviceCodes[rules.sourceService(back) - 1]).toBe('DYNAMODB');
    expect(rules.destinationService(back)).toBe(0);
    const without = new Rules(snapshotOf(NETWORK));
    expect([without.serviceCodes, without.destinationService(out)]).toEqual([[], 0]);
  });
  test('as large as the published one: under 100 ms', () => {
    const entries: Entry[] = Array.from({ length: 10_000 }, (_, i) => {
      const prefix =
        i % 4 === 0
          ? `2a05:d0${(i >>> 8).toString(16).padStart(2, '0')}:${(i & 255).toString(16)}00::/40`
          : `${3 + (i % 5)}.${i >>> 8}.${i & 255}.0/24`;
      return [prefix, ['AMAZON', 'EC2', 'S3'][i % 3]!];
    });
    const text = listOf(entries);
    const times = Array.from({ length: 5 }, () => {
      const from = performance.now();
      expect(parseServiceRanges(text, 'x').codes).toHaveLength(3);
      return performance.now() - from;
    });
    // The best of several: other programs have the machine too.
    expect(Math.min(...times)).toBeLessThan(100);
  });
});

describe('what is wrong with a list', () => {
  const fault = (text: string): string => {
    try {
      parseServiceRanges(text, 'ip-ranges.json');
    } catch (error) {
      if (error instanceof UserError) return error.message;
      throw error;
    }
    return 'nothing';
  };
  const one = (entry: unknown): string => fault(JSON.stringify({ prefixes: [entry], ipv6_prefixes: [] }));

  test.each([
    ['<!DOCTYPE html>', /no JSON: .*"<!DOCTYPE/],
    ['{"prefixes": [{"ip_prefix": "10.0.0.0/8"', /no JSON: .*at position 40 \(line 1 column 41\)/],
    ['{"prefixes": []\n"ipv6_prefixes": []}', /no JSON: .*at position 16 \(line 2 column 1\)/],
  ])('no JSON: %s', (text, message) => {
    expect(fault(text)).toMatch(/^ip-ranges\.json: the list of service ranges is no JSON: /);
    expect(fault(text)).toMatch(message);
  });
  test.each([
    ['[]', 'ip-ranges.json: not a list of service ranges: it needs "prefixes" in an object'],
    [
      '{"ipv6_prefixes": []}',
      'ip-ranges.json: not a list of service ranges: it needs a list "prefixes" of {ip_prefix, service}',
    ],
    [
      '{"prefixes": [], "ipv6_prefixes": {}}',
      'ip-ranges.json: not a list of service ranges: it needs a list "ipv6_prefixes" of {ipv6_prefix, service}',
    ],
  ])('%s', (text, message) => {
    expect(fault(text)).toBe(message);
  });
  test.each([
    [7, 'write an object with ip_prefix and service'],
    [{ service: 'S3' }, 'it needs ip_prefix, a prefix in quotes'],
    [{ ip_prefix: '10.0.0.0/8' }, 'it needs service, a code in quotes'],
    [
      { ip_prefix: '10.0.0.0/8', service: 'S3 X' },
      '"S3 X" is no service code: write up to 64 of A-Z, 0-9 and _',
    ],
    [
      { ip_prefix: '10.0.0.0/8', service: 'S'.repeat(65) },
      `"${'S'.repeat(64)}" is no service code: write up to 64 of A-Z, 0-9 and _`,
    ],
    [{ ip_prefix: '10.0.0.1/8', service: 'S3' }, '"10.0.0.1/8" has host bits set: did you mean 10.0.0.0/8?'],
    [{ ip_prefix: '::/8', service: 'S3' }, '::/8 is no IPv4 prefix'],
  ])('%j', (entry, problem) => {
    expect(one(entry)).toBe(`ip-ranges.json: prefixes[0]: ${problem}`);
  });
  test('up to 20 faults, and how many more', () => {
    const lines = fault(JSON.stringify({ prefixes: Array(23).fill(0), ipv6_prefixes: [0] })).split('\n');
    expect(lines).toHaveLength(21);
    expect(lines[19]).toMatch(/^ip-ranges\.json: prefixes\[19\]: /);
    expect(lines[20]).toBe('ip-ranges.json: 4 more');
  });
  test('too many services', () => {
    const entries = Array.from({ length: 1025 }, (_, i): Entry => [`10.0.${i >>> 8}.${i & 255}/32`, `S${i}`]);
    expect(fault(listOf(entries))).toBe('ip-ranges.json: it has 1025 services, more than 1024: shorten it');
    expect(fault(listOf(entries.slice(1)))).toBe('nothing');
  });
  test('a file: read, or not there', () => {
    const folder = mkdtempSync(join(tmpdir(), 'weir-ranges-'));
    try {
      const file = join(folder, 'ip-ranges.json');
      writeFileSync(file, listOf(LIST));
      expect(codeOf(readServiceRanges(file), '52.95.128.1')).toBe('S3');
      expect(() => readServiceRanges(join(folder, 'none.json'))).toThrow(
        /none\.json: the list of service ranges cannot be read: ENOENT/,
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
  test('any text is read or refused', () => {
    const text = fc.oneof(
      fc.string(),
      fc.json(),
      fc
        .array(fc.record({ ip_prefix: fc.anything(), service: fc.anything() }))
        .map((prefixes) => JSON.stringify({ prefixes, ipv6_prefixes: [] }) ?? ''),
    );
    fc.assert(
      fc.property(text, (it) => {
        const message = fault(it);
        expect(message === 'nothing' || message.startsWith('ip-ranges.json: ')).toBe(true);
      }),
      budget,
    );
  });
});

describe('any list', () => {
  const word = fc.nat({ max: 15 }).map((n) => (n << 28) | (n & 1));
  const address: fc.Arbitrary<Address> = fc.oneof(
    word.map((d): Address => ({ family: 4, words: [0, 0, 0, d] })),
    fc.tuple(word, word).map(([a, d]): Address => ({ family: 6, words: [a, 0, 0, d] })),
  );
  const prefix = fc
    .tuple(address, fc.nat({ max: 32 }), fc.nat({ max: 3 }))
    .map(([it, length, more]) => prefixOf(it, it.family === 4 ? length : length * (more + 1)));
  const code = fc.constantFrom('AMAZON', 'EC2', 'CLOUDFRONT', 'S3');
  const ORDER = ['CLOUDFRONT', 'S3', 'EC2', 'AMAZON'];

  test('says what a search of all its entries says', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(prefix, code), { maxLength: 24 }),
        fc.array(address, { maxLength: 16 }),
        (entries, addresses) => {
          const text = listOf(entries.map(([it, service]): Entry => [formatPrefix(it), service]));
          const ranges = parseServiceRanges(text, 'x');
          for (const it of addresses) {
            const shown = it.family === 4 ? formatIPv4(it.words[3]) : formatIPv6(...it.words);
            expect(codeOf(ranges, shown)).toBe(search(entries, it));
          }
        },
      ),
      budget,
    );
  });

  function search(entries: readonly (readonly [Prefix, string])[], it: Address): string {
    let best: readonly [Prefix, string] | undefined;
    for (const entry of entries) {
      if (!containsAddress(entry[0], it)) continue;
      const longer = best === undefined ? 1 : entry[0].length - best[0].length;
      const earlier = best === undefined ? 1 : ORDER.indexOf(best[1]) - ORDER.indexOf(entry[1]);
      if (longer > 0 || (longer === 0 && earlier > 0)) best = entry;
    }
    return best?.[1] ?? '-';
  }
});
