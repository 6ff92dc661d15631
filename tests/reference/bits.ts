/** Addresses and prefixes of the reference as strings of zeros and ones. */
import { parseAddress } from '../../src/base/addresses.ts';

export type Prefix = { readonly family: 4 | 6; readonly words: readonly number[]; readonly length: number };

/** An address as its family and a string of zeros and ones. */
export function bitsOf(text: string): string {
  const address = parseAddress(text)!;
  return address.family + wordBits(address.family === 4 ? address.words.slice(3) : address.words);
}

export function prefixBits(prefix: Prefix): string {
  const words = prefix.family === 4 ? prefix.words.slice(3) : prefix.words;
  return prefix.family + wordBits(words).slice(0, prefix.length);
}

function wordBits(words: readonly number[]): string {
  return words.map((word) => (word >>> 0).toString(2).padStart(32, '0')).join('');
}

export function covers(prefix: Prefix, address: string): boolean {
  return bitsOf(address).startsWith(prefixBits(prefix));
}

/** The entry with the longest prefix over an address; of equal ones the first. */
export function longest<T extends { readonly prefix: Prefix }>(
  entries: readonly T[],
  address: string,
): T | undefined {
  let best: T | undefined;
  for (const entry of entries) {
    if (!covers(entry.prefix, address)) continue;
    if (best === undefined || entry.prefix.length > best.prefix.length) best = entry;
  }
  return best;
}
