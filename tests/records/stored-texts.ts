import { expect } from 'vitest';
import { storedWords } from '../../src/records/word-store.ts';

/** So many texts of a WordStore that stand one behind the other from a word on, and where they end. */
export function textsAt(
  words: Int32Array,
  from: number,
  count: number,
): { readonly texts: string[]; readonly end: number } {
  const texts: string[] = [];
  let at = from;
  while (texts.length < count) {
    const length = words[at]!;
    const next = at + storedWords(words, at);
    const bytes = Buffer.from(Int32Array.from(words.subarray(at + 1, next)).buffer);
    // What fills the last word up is copied with it, and nobody reads it.
    expect(bytes.length - length).toBeLessThan(4);
    texts.push(bytes.toString('latin1', 0, length));
    at = next;
  }
  return { texts, end: at };
}
