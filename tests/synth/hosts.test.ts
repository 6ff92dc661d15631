import { describe, expect, test } from 'vitest';
import { formatIPv4, formatIPv6 } from '../../src/base/addresses.ts';
import { containsAddress, parsePrefix } from '../../src/base/prefixes.ts';
import { Hosts, familyCapacity, hostCapacity } from '../../src/synth/hosts.ts';
import { Random } from '../../src/synth/random.ts';

function hosts(count: number, ...prefixes: string[]): Hosts {
  return new Hosts(count, prefixes.map(parsePrefix), new Random(3));
}

function texts4(of: Hosts): string[] {
  return [...of.ipv4].map(formatIPv4);
}

function texts6(of: Hosts): string[] {
  const w = of.ipv6;
  return Array.from({ length: w.length / 4 }, (_, i) =>
    formatIPv6(w[4 * i]!, w[4 * i + 1]!, w[4 * i + 2]!, w[4 * i + 3]!),
  );
}

describe('hostCapacity', () => {
  test.each([
    ['10.0.0.0/8', 2 ** 24 - 2],
    ['0.0.0.0/0', 2 ** 32 - 2],
    ['192.0.2.0/24', 254],
    ['192.0.2.0/30', 2],
    ['192.0.2.0/31', 2],
    ['192.0.2.7/32', 1],
    ['2001:db8::/64', 2 ** 32 - 2],
    ['2001:db8::/120', 254],
    ['2001:db8::/127', 2],
    ['2001:db8::1/128', 1],
  ])('%s has room for %d', (prefix, room) => {
    expect(hostCapacity(parsePrefix(prefix))).toBe(room);
  });

  test('adds up over the prefixes of a family', () => {
    const prefixes = ['192.0.2.0/24', '198.51.100.0/30', '2001:db8::/127'].map(parsePrefix);
    expect(familyCapacity(prefixes, 4)).toBe(256);
    expect(familyCapacity(prefixes, 6)).toBe(2);
  });
});

describe('Hosts', () => {
  test('fills small prefixes to the last address, without network and broadcast', () => {
    const found = texts4(hosts(6, '192.0.2.0/29'));
    expect(found.sort()).toEqual([1, 2, 3, 4, 5, 6].map((n) => `192.0.2.${n}`));
    expect(texts4(hosts(2, '192.0.2.4/31')).sort()).toEqual(['192.0.2.4', '192.0.2.5']);
    expect(texts4(hosts(1, '192.0.2.9/32'))).toEqual(['192.0.2.9']);
    expect(texts6(hosts(2, '2001:db8::/126')).sort()).toEqual(['2001:db8::1', '2001:db8::2']);
    expect(texts6(hosts(1, '2001:db8::9/128'))).toEqual(['2001:db8::9']);
  });

  test('passes over a full prefix', () => {
    const found = texts4(hosts(20, '192.0.2.0/30', '198.51.100.0/24'));
    expect(new Set(found).size).toBe(20);
    expect(found.filter((text) => text.startsWith('192.0.2.')).sort()).toEqual(['192.0.2.1', '192.0.2.2']);
  });

  test('gives distinct addresses of both families inside the prefixes', () => {
    const prefixes = ['10.0.0.0/8', '172.16.0.0/12', 'fd12:3456:789a::/48', 'fd00:1::/96'];
    const some = hosts(30_000, ...prefixes);
    expect(new Set(texts4(some)).size).toBe(30_000);
    expect(new Set(texts6(some)).size).toBe(30_000);
    const parsed = prefixes.map(parsePrefix);
    for (let i = 0; i < some.count; i++) {
      const four = { family: 4 as const, words: [0, 0, 0, some.ipv4[i]!] as const };
      const w = some.ipv6.subarray(4 * i, 4 * i + 4);
      const six = { family: 6 as const, words: [w[0]!, w[1]!, w[2]!, w[3]!] as const };
      expect(parsed.some((prefix) => containsAddress(prefix, four))).toBe(true);
      expect(parsed.some((prefix) => containsAddress(prefix, six))).toBe(true);
    }
  });

  test('has no addresses of a family without a prefix', () => {
    expect(hosts(3, '10.0.0.0/8').ipv6).toHaveLength(0);
    expect(hosts(3, '2001:db8::/32').ipv4).toHaveLength(0);
  });
});
