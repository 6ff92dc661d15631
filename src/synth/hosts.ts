/** The hosts of the traffic model: distinct addresses drawn from prefixes. */
import { type Prefix, familyBits } from '../base/prefixes.ts';
import type { Random } from './random.ts';

/** Host bits beyond these are scattered, and not needed to keep hosts apart. */
const COUNTED_BITS = 32;

/**
 * How many hosts a prefix has room for: all but its first address (network, or subnet-router anycast) and its
 * last (broadcast); both addresses of a /31 or /127 (RFC 3021, RFC 6164), the one of a /32 or /128.
 */
export function hostCapacity(prefix: Prefix): number {
  const bits = familyBits(prefix.family) - prefix.length;
  if (bits <= 1) return 2 ** bits;
  return 2 ** Math.min(bits, COUNTED_BITS) - 2;
}

/** Room in all prefixes of a family. They must not overlap. */
export function familyCapacity(prefixes: readonly Prefix[], family: 4 | 6): number {
  return prefixes.reduce((sum, prefix) => sum + (prefix.family === family ? hostCapacity(prefix) : 0), 0);
}

/** Hosts 0 to count - 1, each with an address of both families where the prefixes have both. */
export class Hosts {
  readonly count: number;
  /** One word each; empty without an IPv4 prefix. */
  readonly ipv4: Int32Array;
  /** Four words each; empty without an IPv6 prefix. */
  readonly ipv6: Int32Array;

  /** The count must not pass the capacity of a family that is used. */
  constructor(count: number, prefixes: readonly Prefix[], random: Random) {
    this.count = count;
    this.ipv4 = fillAddresses(count, prefixesOf(prefixes, 4), 1, random);
    this.ipv6 = fillAddresses(count, prefixesOf(prefixes, 6), 4, random);
  }
}

function prefixesOf(prefixes: readonly Prefix[], family: 4 | 6): Prefix[] {
  return prefixes.filter((prefix) => prefix.family === family);
}

/** Deals the hosts out over the prefixes in turns; a full prefix is passed over. */
function fillAddresses(count: number, prefixes: readonly Prefix[], words: 1 | 4, random: Random): Int32Array {
  if (prefixes.length === 0) return new Int32Array(0);
  const out = new Int32Array(count * words);
  const blocks = prefixes.map((prefix) => new AddressBlock(prefix, random));
  let turn = 0;
  for (let host = 0; host < count; host++) {
    while (blocks[turn % blocks.length]!.full) turn++;
    blocks[turn % blocks.length]!.next(out, host * words, words);
    turn++;
  }
  return out;
}

/** Walks a prefix in a scattered order that meets every address once: offset = multiplier × n + shift. */
class AddressBlock {
  readonly #prefix: Prefix;
  readonly #room: number;
  readonly #mask: number;
  readonly #skipEnds: boolean;
  readonly #multiplier: number;
  readonly #shift: number;
  readonly #scatter: number;
  #step = 0;
  #taken = 0;

  constructor(prefix: Prefix, random: Random) {
    const bits = familyBits(prefix.family) - prefix.length;
    this.#prefix = prefix;
    this.#room = hostCapacity(prefix);
    this.#mask = bits >= COUNTED_BITS ? -1 : (1 << bits) - 1;
    this.#skipEnds = bits > 1;
    // Odd, so that the multiplication only permutes the offsets of a power of two.
    this.#multiplier = random.word() | 1;
    this.#shift = random.word();
    this.#scatter = random.word();
  }

  get full(): boolean {
    return this.#taken === this.#room;
  }

  /** Writes the next address, which exists (`full` is false), at out[at]. */
  next(out: Int32Array, at: number, words: 1 | 4): void {
    let offset: number;
    do {
      offset = (Math.imul(this.#multiplier, this.#step++) + this.#shift) & this.#mask;
    } while (this.#skipEnds && (offset === 0 || offset === this.#mask));
    this.#taken++;
    const base = this.#prefix.words;
    if (words === 1) {
      out[at] = base[3] | offset;
      return;
    }
    const host = Math.imul(offset ^ this.#scatter, 0x2c1b3c6d);
    out[at] = base[0] | (host & hostMask(this.#prefix.length));
    out[at + 1] = base[1] | (Math.imul(host, 0x297a2d39) & hostMask(this.#prefix.length - 32));
    out[at + 2] = base[2] | (Math.imul(host, 0x85ebca6b | 0) & hostMask(this.#prefix.length - 64));
    out[at + 3] = base[3] | offset;
  }
}

/** The host bits of a word whose first `length` bits are the prefix's. */
function hostMask(length: number): number {
  if (length <= 0) return -1;
  return length >= 32 ? 0 : -1 >>> length;
}
