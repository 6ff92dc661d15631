/** IP addresses as 32-bit words: IPv4 one word, IPv6 four, first octets in the highest bits of the first. */

/** An address as four words; IPv4 in the last, the other three 0. */
export interface Address {
  readonly family: 4 | 6;
  readonly words: readonly [number, number, number, number];
}

const OCTET = /^(?:0|[1-9][0-9]{0,2})$/;

/** Dotted quad to its signed 32-bit word, or undefined when it is none (no leading zeros, no short forms). */
export function parseIPv4(text: string): number | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  let word = 0;
  for (const part of parts) {
    if (!OCTET.test(part) || Number(part) > 255) return undefined;
    word = (word << 8) | Number(part);
  }
  return word;
}

/** IPv6 text (RFC 4291, section 2.2, without zone) to its four signed words, or undefined. */
export function parseIPv6(text: string): [number, number, number, number] | undefined {
  let head = text;
  const tail: number[] = [];
  const lastColon = text.lastIndexOf(':');
  if (lastColon < 0) return undefined;
  if (text.includes('.')) {
    const word = parseIPv4(text.slice(lastColon + 1));
    if (word === undefined) return undefined;
    tail.push(word >>> 16, word & 0xffff);
    head = text.slice(0, lastColon);
    if (head.endsWith(':')) head += ':';
    else if (head === '') return undefined;
  }
  const halves = head.split('::');
  if (halves.length > 2) return undefined;
  const left = groups(halves[0]!);
  const right = halves.length === 2 ? groups(halves[1]!) : [];
  if (left === undefined || right === undefined) return undefined;
  const given = left.length + right.length + tail.length;
  if (halves.length === 2 ? given > 7 : given !== 8) return undefined;
  const all = [...left, ...Array.from({ length: 8 - given }, () => 0), ...right, ...tail];
  return [0, 2, 4, 6].map((i) => (all[i]! << 16) | all[i + 1]!) as [number, number, number, number];
}

function groups(text: string): number[] | undefined {
  if (text === '') return [];
  const out: number[] = [];
  for (const group of text.split(':')) {
    if (!/^[0-9a-fA-F]{1,4}$/.test(group)) return undefined;
    out.push(Number.parseInt(group, 16));
  }
  return out;
}

/** Either family, or undefined. */
export function parseAddress(text: string): Address | undefined {
  if (text.includes(':')) {
    const words = parseIPv6(text);
    return words && { family: 6, words };
  }
  const word = parseIPv4(text);
  return word === undefined ? undefined : { family: 4, words: [0, 0, 0, word] };
}

/** A 32-bit word as a dotted quad. */
export function formatIPv4(word: number): string {
  return `${word >>> 24}.${(word >>> 16) & 255}.${(word >>> 8) & 255}.${word & 255}`;
}

/** Four words as canonical IPv6 text (RFC 5952; no embedded dotted quads, as the service prints it). */
export function formatIPv6(a: number, b: number, c: number, d: number): string {
  const parts = [a >>> 16, a & 0xffff, b >>> 16, b & 0xffff, c >>> 16, c & 0xffff, d >>> 16, d & 0xffff];
  let bestStart = -1;
  let bestLength = 1; // a single zero group is never shortened
  for (let i = 0; i < 8; i++) {
    let j = i;
    while (j < 8 && parts[j] === 0) j++;
    if (j - i > bestLength) {
      bestStart = i;
      bestLength = j - i;
    }
    if (j > i) i = j;
  }
  const hex = parts.map((p) => p.toString(16));
  if (bestStart < 0) return hex.join(':');
  return `${hex.slice(0, bestStart).join(':')}::${hex.slice(bestStart + bestLength).join(':')}`;
}

/** Text of an address of either family. */
export function formatAddress(address: Address): string {
  const [a, b, c, d] = address.words;
  return address.family === 4 ? formatIPv4(d) : formatIPv6(a, b, c, d);
}
