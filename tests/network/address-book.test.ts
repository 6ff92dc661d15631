import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatAddress, parseAddress, type Address } from '../../src/base/addresses.ts';
import { containsAddress, parsePrefix } from '../../src/base/prefixes.ts';
import { AddressBook, isReservedIn, usableAddresses } from '../../src/network/address-book.ts';
import type { NetworkInterface } from '../../src/network/interface.ts';
import { anInterface, aSubnet, idOf } from './builders.ts';

function address(text: string): Address {
  return parseAddress(text)!;
}

function holding(n: number, ...texts: string[]): NetworkInterface {
  const four = texts.map(address).filter((it) => it.family === 4);
  const six = texts.map(address).filter((it) => it.family === 6);
  return anInterface(n, {
    primary4: four[0]?.words[3],
    secondary4: four.slice(1).map((it) => it.words[3]),
    ipv6: six.map((it) => it.words),
  });
}

function free(
  book: AddressBook,
  subnet = SUBNET,
  count = 3,
  others = [subnet],
  taken: string[] = [],
): string[] {
  const family = subnet.cidrs[0]!.family;
  return book.free(subnet, family, count, others, taken.map(address)).map(formatAddress);
}

const SUBNET = aSubnet(1, 1, ['10.0.0.0/28']);

describe('reserved addresses', () => {
  test.each([
    ['10.0.0.0/28', '10.0.0.0', true],
    ['10.0.0.0/28', '10.0.0.3', true],
    ['10.0.0.0/28', '10.0.0.4', false],
    ['10.0.0.0/28', '10.0.0.14', false],
    ['10.0.0.0/28', '10.0.0.15', true],
    ['128.0.0.0/1', '255.255.255.254', false],
    ['128.0.0.0/1', '255.255.255.255', true],
    ['2001:db8::/64', '2001:db8::3', true],
    ['2001:db8::/64', '2001:db8::ffff:ffff:ffff:fffe', false],
    ['2001:db8::/64', '2001:db8::ffff:ffff:ffff:ffff', true],
    ['2001:db8::/44', '2001:db8:f:ffff:ffff:ffff:ffff:fffe', false],
  ])('%s: %s %s', (prefix, text, expected) => {
    expect(isReservedIn(parsePrefix(prefix), address(text))).toBe(expected);
  });

  test.each([
    ['10.0.0.0/24', 251],
    ['10.0.0.0/28', 11],
    ['10.0.0.0/30', 0],
    ['10.0.0.0/32', 0],
    ['0.0.0.0/0', 2 ** 32 - 5],
  ])('%s leaves %i', (prefix, count) => {
    expect(usableAddresses(parsePrefix(prefix))).toBe(count);
  });
});

describe('free addresses', () => {
  test('are the lowest that nothing holds', () => {
    const book = new AddressBook();
    expect(free(book)).toEqual(['10.0.0.4', '10.0.0.5', '10.0.0.6']);
    book.add(SUBNET, holding(1, '10.0.0.4', '10.0.0.6'));
    expect(free(book)).toEqual(['10.0.0.5', '10.0.0.7', '10.0.0.8']);
    expect(free(book, SUBNET, 2, [SUBNET], ['10.0.0.5', '10.0.0.8'])).toEqual(['10.0.0.7', '10.0.0.9']);
    expect(free(book, SUBNET, 100)).toHaveLength(9);
    expect(book.used4(SUBNET.id)).toBe(2);
    book.remove(SUBNET, holding(1, '10.0.0.4', '10.0.0.6'));
    expect(free(book)).toEqual(['10.0.0.4', '10.0.0.5', '10.0.0.6']);
    expect(book.used4(SUBNET.id)).toBe(0);
  });

  test('one that is passed over for a request is not lost', () => {
    const book = new AddressBook();
    expect(free(book, SUBNET, 1, [SUBNET], ['10.0.0.4'])).toEqual(['10.0.0.5']);
    expect(free(book, SUBNET, 1)).toEqual(['10.0.0.4']);
  });

  test('are held by VPC', () => {
    const book = new AddressBook();
    book.add(SUBNET, holding(1, '10.0.0.4'));
    expect(book.holder(idOf('vpc', 1), address('10.0.0.4'))).toBe(idOf('eni', 1));
    expect(book.holder(idOf('vpc', 2), address('10.0.0.4'))).toBeUndefined();
    expect(free(book, aSubnet(2, 2, ['10.0.0.0/28']), 1)).toEqual(['10.0.0.4']);
  });

  test('go on with the next prefix of the subnet', () => {
    const book = new AddressBook();
    const subnet = aSubnet(1, 1, ['10.0.0.0/29', '2001:db8::/64', '10.0.1.0/29']);
    expect(free(book, subnet, 9)).toEqual([
      '10.0.0.4',
      '10.0.0.5',
      '10.0.0.6',
      '10.0.1.4',
      '10.0.1.5',
      '10.0.1.6',
    ]);
  });

  test('of IPv6, also behind a whole /64 of another subnet', () => {
    const book = new AddressBook();
    const outer = aSubnet(1, 1, ['2001:db8::/56']);
    const inner = aSubnet(2, 1, ['2001:db8::/64']);
    expect(free(book, inner)).toEqual(['2001:db8::4', '2001:db8::5', '2001:db8::6']);
    expect(free(book, outer, 2, [outer, inner])).toEqual(['2001:db8:0:1::', '2001:db8:0:1::1']);
    book.add(inner, holding(1, '2001:db8::4'));
    expect(free(book, inner, 1)).toEqual(['2001:db8::5']);
  });

  test('are not those of subnets inside, until these are gone', () => {
    const book = new AddressBook();
    const outer = aSubnet(1, 1, ['10.0.0.0/24']);
    const others = [
      outer,
      aSubnet(2, 1, ['10.0.0.0/28', '10.0.0.24/29']),
      aSubnet(3, 1, ['10.0.0.4/30']),
      aSubnet(4, 1, ['10.0.9.0/24']),
    ];
    expect(free(book, outer, 9, others)).toEqual([
      ...[16, 17, 18, 19, 20, 21, 22, 23].map((n) => `10.0.0.${n}`),
      '10.0.0.32',
    ]);
    book.searchAgain([outer]);
    expect(free(book, outer, 1)).toEqual(['10.0.0.4']);
  });

  test('as a slow search finds them', () => {
    const octet = fc.integer({ min: 0, max: 31 });
    const inners = fc.array(fc.constantFrom('10.0.0.0/30', '10.0.0.8/29', '10.0.0.16/29', '10.0.0.28/31'), {
      maxLength: 3,
    });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.boolean(), octet), { maxLength: 30 }),
        inners,
        octet,
        (steps, inner, count) => {
          const book = new AddressBook();
          const outer = aSubnet(1, 1, ['10.0.0.0/27']);
          const others = [outer, ...inner.map((cidr, i) => aSubnet(i + 2, 1, [cidr]))];
          const held = new Set<string>();
          for (const [add, n] of steps) {
            const text = `10.0.0.${n}`;
            if (add === held.has(text)) continue;
            if (add) book.add(outer, holding(n + 1, text));
            else book.remove(outer, holding(n + 1, text));
            if (add) held.add(text);
            else held.delete(text);
            free(book, outer, 1, others); // leaves its mark
          }
          const expected: string[] = [];
          for (let n = 4; n < 31 && expected.length < count; n++) {
            const text = `10.0.0.${n}`;
            const inside = inner.some((cidr) => containsAddress(parsePrefix(cidr), address(text)));
            if (!held.has(text) && !inside) expected.push(text);
          }
          expect(free(book, outer, count, others)).toEqual(expected);
        },
      ),
      { numRuns: 3_000, interruptAfterTimeLimit: 2_000, markInterruptAsFailure: false },
    );
  });
});
