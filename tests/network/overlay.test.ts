import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatIPv4 } from '../../src/base/addresses.ts';
import { containsAddress, maskWord, prefixOf } from '../../src/base/prefixes.ts';
import { DISCOVERED_BASE, NO_INTERFACE } from '../../src/network/lookup.ts';
import { neverDiscovered4, neverDiscovered6, Overlay } from '../../src/network/overlay.ts';

const budget = { interruptAfterTimeLimit: 2000, markInterruptAsFailure: false } as const;
const word = fc.integer({ min: -0x80000000, max: 0x7fffffff });

describe('the overlay', () => {
  test('keeps spaces and families apart', () => {
    const overlay = Overlay.create();
    const numbers = [0, 1].flatMap((space) =>
      [false, true].map((six) => overlay.add(space, six, 0, 0, 0, 9, 0)),
    );
    expect(numbers).toEqual([0, 1, 2, 3].map((k) => DISCOVERED_BASE + k));
    expect(overlay.find(1, false, 0, 0, 0, 9)).toBe(DISCOVERED_BASE + 2);
    expect(overlay.find(2, false, 0, 0, 0, 9)).toBe(NO_INTERFACE);
  });
  test('a second view of its memory finds what the first adds, and counts on', () => {
    const writer = Overlay.create({ total: 2000, perSubnet: 1200 });
    const reader = new Overlay(writer.handle);
    for (let i = 0; i < 1000; i++) writer.add(0, false, 0, 0, 0, i, 300);
    expect(reader.find(0, false, 0, 0, 0, 999)).toBe(DISCOVERED_BASE + 999);
    const next = new Overlay(writer.handle);
    for (let i = 1000; i < 1300; i++) next.add(0, false, 0, 0, 0, i, 300);
    expect([next.count, next.full, reader.full]).toEqual([1200, 100, 100]);
    expect(reader.find(0, false, 0, 0, 0, 1199)).toBe(DISCOVERED_BASE + 1199);
    expect(reader.find(0, false, 0, 0, 0, 1200)).toBe(NO_INTERFACE);
  });
  test('is full at its total', () => {
    const overlay = Overlay.create({ total: 1 });
    expect(overlay.add(0, true, 1, 2, 3, 4, 0)).toBe(DISCOVERED_BASE);
    expect(overlay.add(0, true, 1, 2, 3, 5, 1)).toBe(NO_INTERFACE);
    expect([overlay.count, overlay.full]).toEqual([1, 1]);
  });
  test('has room for a million without using it', () => {
    expect(Overlay.create().handle.entries.length).toBe(6 * 1_048_576);
  });
});

/** Neither unspecified, loopback, multicast nor broadcast, and a signed word. */
function isOrdinary(address: number): boolean {
  const first = address >>> 24;
  return (
    address === (address | 0) && first > 0 && first !== 127 && (first < 224 || first > 239) && address !== -1
  );
}

describe('what is never discovered', () => {
  test('a prefix loses its first and last address, and no other', () => {
    fc.assert(
      fc.property(word, fc.integer({ min: 1, max: 32 }), (address, length) => {
        const base = prefixOf({ family: 4, words: [0, 0, 0, address] }, length).words[3];
        const last = base | ~maskWord(length);
        for (const it of [address, base, base + 1, last - 1, last].filter(isOrdinary)) {
          const edge = length <= 30 && (it === base || it === last);
          expect([formatIPv4(it), neverDiscovered4(it, length)]).toEqual([formatIPv4(it), edge]);
        }
      }),
      budget,
    );
  });
  test('IPv6 multicast is ff00::/8', () => {
    const multicast = prefixOf({ family: 6, words: [-0x1000000, 0, 0, 0] }, 8);
    fc.assert(
      fc.property(word, word, word, word, (a, b, c, d) => {
        fc.pre(a !== 0);
        expect(neverDiscovered6(a, b, c, d)).toBe(
          containsAddress(multicast, { family: 6, words: [a, b, c, d] }),
        );
      }),
      budget,
    );
    expect(neverDiscovered6(-0x1000000, 0, 0, 1)).toBe(true);
  });
});
