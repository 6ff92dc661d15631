/** IP prefixes: text, containment, and longest-prefix match over many of them. */
import { formatAddress, parseAddress, type Address } from './addresses.ts';
import { UserError } from './errors.ts';

/** A network prefix. Words as in Address; host bits are 0; length in bits of the family's own width. */
export interface Prefix {
  readonly family: 4 | 6;
  readonly words: Address['words'];
  readonly length: number;
}

/** Bits of an address of a family. */
export function familyBits(family: 4 | 6): number {
  return family === 4 ? 32 : 128;
}

/** The prefix that a text such as `10.0.0.0/8` or `2001:db8::/32` names. A UserError, which says what to
 * write instead, for everything else. */
export function parsePrefix(text: string): Prefix {
  const slash = text.indexOf('/');
  const address = parseAddress(slash < 0 ? text : text.slice(0, slash));
  if (address === undefined) {
    throw new UserError(`"${text}" is no prefix: write one like 10.0.0.0/8 or 2001:db8::/32`);
  }
  const bits = familyBits(address.family);
  if (slash < 0) throw new UserError(`"${text}" has no prefix length: write ${text}/${bits} for one address`);
  const digits = text.slice(slash + 1);
  if (!/^(?:0|[1-9][0-9]{0,2})$/.test(digits) || Number(digits) > bits) {
    throw new UserError(`"${text}" has no good prefix length: 0 to ${bits} for IPv${address.family}`);
  }
  const prefix = prefixOf(address, Number(digits));
  if (!sameWords(prefix.words, address.words)) {
    throw new UserError(`"${text}" has host bits set: did you mean ${formatPrefix(prefix)}?`);
  }
  return prefix;
}

/** The prefix of a length that an address lies in. */
export function prefixOf(address: Address, length: number): Prefix {
  const [a, b, c, d] = address.words;
  const skip = address.family === 4 ? 96 : 0;
  return {
    family: address.family,
    words: [
      a & maskWord(length + skip),
      b & maskWord(length + skip - 32),
      c & maskWord(length + skip - 64),
      d & maskWord(length + skip - 96),
    ],
    length,
  };
}

/** A word whose first `bits` bits are set; below 0 counts as 0, above 32 as 32. */
export function maskWord(bits: number): number {
  if (bits <= 0) return 0;
  return bits >= 32 ? -1 : -1 << (32 - bits);
}

/** Canonical text of a prefix. */
export function formatPrefix(prefix: Prefix): string {
  return `${formatAddress(prefix)}/${prefix.length}`;
}

/** True when the address lies in the prefix. */
export function containsAddress(prefix: Prefix, address: Address): boolean {
  return prefix.family === address.family && sameWords(prefixOf(address, prefix.length).words, prefix.words);
}

/** True when every address of `inner` lies in `outer`: equal prefixes contain each other. */
export function containsPrefix(outer: Prefix, inner: Prefix): boolean {
  return inner.length >= outer.length && containsAddress(outer, inner);
}

/** True when the prefixes share an address. Prefixes nest or are apart; they never cross. */
export function prefixesOverlap(a: Prefix, b: Prefix): boolean {
  return containsPrefix(a, b) || containsPrefix(b, a);
}

/** Orders by family, address (unsigned), then the shorter prefix first. */
export function comparePrefixes(a: Prefix, b: Prefix): number {
  return a.family - b.family || compareWords(a.words, b.words) || a.length - b.length;
}

/** Orders four-word addresses as unsigned 128-bit numbers. */
export function compareWords(a: ArrayLike<number>, b: ArrayLike<number>): number {
  for (let i = 0; i < 4; i++) {
    if (a[i] !== b[i]) return a[i]! >>> 0 < b[i]! >>> 0 ? -1 : 1;
  }
  return 0;
}

function sameWords(a: Address['words'], b: Address['words']): boolean {
  return a[0] === b[0] && a[1] === b[1] && a[2] === b[2] && a[3] === b[3];
}

/**
 * Prefixes of one family flattened to disjoint ranges that cover the whole address space: range i begins at
 * starts[i] (IPv4: one word each, IPv6: four), ends before the next one, and has values[i]: that of the
 * longest prefix over it, 0 where there is none. The first range begins at address 0.
 */
export interface Ranges {
  readonly starts: Uint32Array;
  readonly values: Int32Array;
}

/**
 * Flattens the prefixes of one family (others are passed over) for longest-prefix match. values[i] is the
 * value of prefixes[i] and must not be 0. Of equal prefixes the last one counts. O(n log n).
 */
export function flattenPrefixes(
  family: 4 | 6,
  prefixes: readonly Prefix[],
  values: ArrayLike<number>,
): Ranges {
  const width = family === 4 ? 1 : 4;
  const order: number[] = [];
  for (let i = 0; i < prefixes.length; i++) if (prefixes[i]!.family === family) order.push(i);
  order.sort((a, b) => comparePrefixes(prefixes[a]!, prefixes[b]!) || a - b);
  const starts = new Uint32Array(width * (2 * order.length + 1));
  const out = new Int32Array(2 * order.length + 1);
  let count = 1; // the range from address 0 on, without a prefix so far
  const emit = (words: ArrayLike<number>, value: number): void => {
    let same = true;
    const last = (count - 1) * width;
    for (let w = 0; w < width; w++) same &&= starts[last + w] === words[4 - width + w]! >>> 0;
    if (!same) {
      for (let w = 0; w < width; w++) starts[count * width + w] = words[4 - width + w]!;
      count++;
    }
    out[count - 1] = value;
  };
  // The prefixes that are open at the point reached, outermost first, and the addresses after their ends.
  const open: { value: number; after: Int32Array | undefined }[] = [];
  for (const i of order) {
    const prefix = prefixes[i]!;
    closeBefore(open, prefix.words, emit);
    open.push({ value: values[i]!, after: addressAfter(prefix) });
    emit(prefix.words, values[i]!);
  }
  closeBefore(open, undefined, emit);
  return { starts: starts.slice(0, count * width), values: out.slice(0, count) };
}

/** Ends the open prefixes that end at or before an address (all of them without one). */
function closeBefore(
  open: { value: number; after: Int32Array | undefined }[],
  words: ArrayLike<number> | undefined,
  emit: (words: ArrayLike<number>, value: number) => void,
): void {
  for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
    if (words !== undefined && (top.after === undefined || compareWords(top.after, words) > 0)) return;
    open.pop();
    if (top.after !== undefined) emit(top.after, open.at(-1)?.value ?? 0);
  }
}

/** The first address after a prefix, undefined when the address space ends with it. */
function addressAfter(prefix: Prefix): Int32Array | undefined {
  const words = Int32Array.from(prefix.words);
  const skip = prefix.family === 4 ? 96 : 0;
  for (let w = 0; w < 4; w++) words[w]! |= ~maskWord(prefix.length + skip - 32 * w);
  if (prefix.family === 4) words.fill(0, 0, 3);
  for (let w = 3; w >= (prefix.family === 4 ? 3 : 0); w--) {
    words[w]! += 1;
    if (words[w] !== 0) return words;
  }
  return undefined;
}

/** The value of the range among [low, high) that holds an IPv4 address; range `low` begins at address 0. */
export function findRange4(
  starts: Uint32Array,
  values: Int32Array,
  low: number,
  high: number,
  address: number,
): number {
  const wanted = address >>> 0;
  let from = low;
  let to = high;
  while (to - from > 1) {
    const middle = (from + to) >>> 1;
    if (starts[middle]! <= wanted) from = middle;
    else to = middle;
  }
  return values[from]!;
}

/** The value of the range among [low, high) that holds an IPv6 address; range `low` begins at address 0. */
export function findRange6(
  starts: Uint32Array,
  values: Int32Array,
  low: number,
  high: number,
  a: number,
  b: number,
  c: number,
  d: number,
): number {
  let from = low;
  let to = high;
  while (to - from > 1) {
    const middle = (from + to) >>> 1;
    const at = 4 * middle;
    let order = starts[at]! - (a >>> 0);
    if (order === 0) order = starts[at + 1]! - (b >>> 0);
    if (order === 0) order = starts[at + 2]! - (c >>> 0);
    if (order === 0) order = starts[at + 3]! - (d >>> 0);
    if (order <= 0) from = middle;
    else to = middle;
  }
  return values[from]!;
}

/** Longest-prefix match over a list of prefixes of both families. */
export class PrefixTable {
  readonly #four: Ranges;
  readonly #six: Ranges;

  constructor(prefixes: readonly Prefix[]) {
    const values = Int32Array.from(prefixes, (_, i) => i + 1);
    this.#four = flattenPrefixes(4, prefixes, values);
    this.#six = flattenPrefixes(6, prefixes, values);
  }

  /** Index of the longest prefix that holds the address, -1 if none does. */
  find(address: Address): number {
    const [a, b, c, d] = address.words;
    if (address.family === 4) {
      return findRange4(this.#four.starts, this.#four.values, 0, this.#four.values.length, d) - 1;
    }
    return findRange6(this.#six.starts, this.#six.values, 0, this.#six.values.length, a, b, c, d) - 1;
  }
}
