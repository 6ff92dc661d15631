import { describe, expect, test } from 'vitest';
import { DISCOVERED_BASE } from '../../src/network/lookup.ts';
import { InterfaceTexts } from '../../src/records/interface-texts.ts';
import {
  PIECE_FIRST,
  PIECE_PRIMARY,
  PIECE_REWRITES,
  PIECE_TOTAL,
  PIECE_WORDS,
} from '../../src/records/line-layout.ts';
import { PieceCache } from '../../src/records/pieces.ts';
import type { Segment } from '../../src/records/pieces.ts';
import { textsAt } from './stored-texts.ts';
import { directoryOf, factsOf } from './windows.ts';

const PIECES: readonly (readonly Segment[])[] = [
  [{ text: '2' }, { text: ' ' }, { per: 'interface', value: 'interfaceId' }, { text: ' ' }],
  [{ text: 'OK ' }],
];

/** The pieces of an entry as text. */
function piecesOf(cache: PieceCache, number: number): string[] {
  const entry = cache.locate(number);
  const { texts: out, end } = textsAt(cache.words, entry + PIECE_FIRST, PIECES.length);
  expect(cache.words[entry + PIECE_TOTAL]).toBe(out.join('').length);
  expect(cache.words[entry + PIECE_WORDS]).toBe(end - entry);
  return out;
}

describe('prebuilt pieces', () => {
  const numbers = [1, 2, 5000, DISCOVERED_BASE, DISCOVERED_BASE + 7, DISCOVERED_BASE + 100_000];
  const facts = numbers.map((number) => factsOf({ number, interfaceId: `eni-${number.toString(16)}` }));

  test('are those of their interface, in any order of asking', () => {
    const directory = directoryOf(facts);
    const cache = new PieceCache(PIECES, new InterfaceTexts(directory));
    for (const number of [...numbers, ...numbers.toReversed(), ...numbers]) {
      expect(piecesOf(cache, number)).toEqual([`2 eni-${number.toString(16)} `, 'OK ']);
    }
    expect(directory.asked).toBe(numbers.length);
  });

  test('stay right when the cache is full and starts again', () => {
    const directory = directoryOf(facts);
    const cache = new PieceCache(PIECES, new InterfaceTexts(directory), 20);
    for (let round = 0; round < 3; round++) {
      for (const number of numbers) {
        expect(piecesOf(cache, number)).toEqual([`2 eni-${number.toString(16)} `, 'OK ']);
      }
    }
    expect(directory.asked).toBeGreaterThan(numbers.length);
    expect(cache.words.length).toBeLessThanOrEqual(1 << 12);
  });

  test('grow beyond the first size', () => {
    const many = Array.from({ length: 3000 }, (_, i) => factsOf({ number: i + 1, interfaceId: `eni-${i}` }));
    const cache = new PieceCache(PIECES, new InterfaceTexts(directoryOf(many)));
    for (let i = 0; i < 3000; i++) cache.locate(i + 1);
    expect(cache.words.length).toBeGreaterThan(1 << 12);
    expect(piecesOf(cache, 1)[0]).toBe('2 eni-0 ');
    expect(piecesOf(cache, 3000)[0]).toBe('2 eni-2999 ');
  });

  test('say whether and which primary address is printed', () => {
    const cache = new PieceCache(
      PIECES,
      new InterfaceTexts(
        directoryOf([
          factsOf({ number: 1 }),
          factsOf({ number: 2, primary4: 0x0a000001 }),
          factsOf({ number: 3, primary4: 0x0a000001, kind: 'router' }),
          factsOf({ number: 4, primary4: 0xc0000201 }),
        ]),
      ),
    );
    const head = (number: number): [number, number] => {
      const entry = cache.locate(number);
      return [cache.words[entry + PIECE_REWRITES]!, cache.words[entry + PIECE_PRIMARY]!];
    };
    expect(head(1)[0]).toBe(0);
    expect(head(2)).toEqual([-1, 0x0a000001]);
    expect(head(3)[0]).toBe(0);
    expect(head(4)).toEqual([-1, 0xc0000201 | 0]);
  });
});
