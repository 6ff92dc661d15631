import {
  KEY_IPV6,
  POOL_WORDS,
  ROW_WORDS,
  WORD_ADDRESSES,
  WORD_DESTINATION,
  WORD_KEY,
  WORD_SOURCE,
} from './rows.ts';

/** Two rows of a window have the same addresses, and the same key as far as `mask`, KEY_IPV6 in it, says. `words` and
 * `pool` are the window's. */
export function sameHosts(
  words: Int32Array,
  pool: Int32Array,
  left: number,
  right: number,
  mask: number,
): boolean {
  const a = left * ROW_WORDS;
  const b = right * ROW_WORDS;
  if (
    words[a + WORD_SOURCE] !== words[b + WORD_SOURCE] ||
    words[a + WORD_DESTINATION] !== words[b + WORD_DESTINATION] ||
    ((words[a + WORD_KEY]! ^ words[b + WORD_KEY]!) & mask) !== 0
  ) {
    return false;
  }
  return (
    (words[a + WORD_KEY]! & KEY_IPV6) === 0 ||
    sameEntry(pool, words[a + WORD_ADDRESSES]!, pool, words[b + WORD_ADDRESSES]!)
  );
}

/** Two entries of address pools, by number, are the same. */
export function sameEntry(left: Int32Array, entry: number, right: Int32Array, other: number): boolean {
  const at = entry * POOL_WORDS;
  const there = other * POOL_WORDS;
  for (let w = 0; w < POOL_WORDS; w++) if (left[at + w] !== right[there + w]) return false;
  return true;
}
