import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { codeLengths, codeWords } from './module.ts';

const counts = fc
  .array(fc.oneof(fc.constant(0), fc.nat(3), fc.nat(2 ** 20)), { minLength: 2, maxLength: 286 })
  .map((list) => Int32Array.from(list));

/** What part of all sequences of bits the codes are the beginning of. */
function kraft(lengths: Uint8Array): number {
  return lengths.reduce((sum, length) => sum + (length === 0 ? 0 : 2 ** -length), 0);
}

test('codes are complete, within the limit, and shorter for what comes more often', () => {
  fc.assert(
    fc.property(counts, fc.constantFrom(9, 15), (often, limit) => {
      const lengths = codeLengths(often, limit);
      const used = [...often.keys()].filter((symbol) => often[symbol]! > 0);
      fc.pre(used.length > 1);
      expect(kraft(lengths)).toBe(1);
      expect(Math.max(...lengths)).toBeLessThanOrEqual(limit);
      for (const [symbol, length] of lengths.entries()) expect(length > 0).toBe(often[symbol]! > 0);
      const byCount = used.toSorted((a, b) => often[a]! - often[b]!);
      const longer = byCount.filter(
        (symbol, i) =>
          i > 0 && often[symbol]! > often[byCount[i - 1]!]! && lengths[symbol]! > lengths[byCount[i - 1]!]!,
      );
      expect(longer).toEqual([]);
    }),
    { interruptAfterTimeLimit: 2000, markInterruptAsFailure: false },
  );
});

test('one symbol, and none, get one bit', () => {
  expect([...codeLengths(Int32Array.of(0, 5, 0), 15)]).toEqual([0, 1, 0]);
  expect([...codeLengths(Int32Array.of(0, 0, 0), 15)]).toEqual([1, 0, 0]);
});

test('counts that would make codes of 30 bits keep to the limit', () => {
  const fibonacci = [1, 1];
  while (fibonacci.length < 31) fibonacci.push(fibonacci.at(-1)! + fibonacci.at(-2)!);
  for (const limit of [7, 15]) {
    const lengths = codeLengths(Int32Array.from(fibonacci), limit);
    expect(Math.max(...lengths)).toBe(limit);
    expect(kraft(lengths)).toBe(1);
  }
});

test('no code is as short as one that Huffman’s tree gives, in sum', () => {
  // The example of every textbook: 45 13 12 16 9 5 take 224 bits.
  const often = Int32Array.of(45, 13, 12, 16, 9, 5);
  const lengths = codeLengths(often, 15);
  expect(lengths.reduce((bits, length, symbol) => bits + length * often[symbol]!, 0)).toBe(224);
});

test('code words are those of the specification’s example, in the order of writing', () => {
  // RFC 1951, section 3.2.2: lengths (3, 3, 3, 3, 3, 2, 4, 4) for A to H.
  const words = codeWords(Uint8Array.of(3, 3, 3, 3, 3, 2, 4, 4));
  const texts = Array.from(words, (word) => {
    const bits = word >>> 16;
    return (word & 0xffff).toString(2).padStart(bits, '0').split('').toReversed().join('');
  });
  expect(texts).toEqual(['010', '011', '100', '101', '110', '00', '1110', '1111']);
});
