/** Which addresses of each VPC are held, and which are free: addresses for interfaces that the API creates. */
import type { Address } from '../base/addresses.ts';
import {
  comparePrefixes,
  containsAddress,
  containsPrefix,
  familyBits,
  type Prefix,
} from '../base/prefixes.ts';
import type { NetworkInterface } from './interface.ts';
import type { Subnet } from './subnet.ts';

/** The service keeps the first four IPv4 addresses of a subnet (network, router, DNS, future use) and the last
 * (broadcast). Of IPv6 prefixes it keeps the first four and the last as well. */
const RESERVED_FIRST = 4;

/** IPv4 addresses that a prefix has for interfaces. */
export function usableAddresses(prefix: Prefix): number {
  return Math.max(0, 2 ** (familyBits(prefix.family) - prefix.length) - RESERVED_FIRST - 1);
}

/** True for an address of a prefix that no interface may have. */
export function isReservedIn(prefix: Prefix, address: Address): boolean {
  const offset = positionOf(address) - positionOf(prefix);
  return offset < RESERVED_FIRST || offset === sizeOf(prefix) - 1n;
}

/** An address, or a prefix's first, as a number. */
function positionOf({ words: [a, b, c, d] }: Pick<Address, 'words'>): bigint {
  const high = (BigInt(a >>> 0) << 32n) | BigInt(b >>> 0);
  return (high << 64n) | (BigInt(c >>> 0) << 32n) | BigInt(d >>> 0);
}

function sizeOf(prefix: Prefix): bigint {
  return 1n << BigInt(familyBits(prefix.family) - prefix.length);
}

function addressAt(family: 4 | 6, position: bigint): Address {
  const word = (shift: bigint): number => Number((position >> shift) & 0xffffffffn) | 0;
  return { family, words: [word(96n), word(64n), word(32n), word(0n)] };
}

/** The addresses of an interface, primary ones first. */
export function addressesOf(it: NetworkInterface): Address[] {
  const four = it.primary4 === undefined ? it.secondary4 : [it.primary4, ...it.secondary4];
  return [
    ...four.map((word): Address => ({ family: 4, words: [0, 0, 0, word] })),
    ...it.ipv6.map((words): Address => ({ family: 6, words })),
  ];
}

/** An address as a key: IPv4 as its word, which costs least memory. */
function keyOf({ family, words }: Address): number | string {
  return family === 4 ? words[3] : words.join(' ');
}

export class AddressBook {
  /** By VPC: the interface that holds an address. */
  readonly #holders = new Map<string, Map<number | string, string>>();
  /** IPv4 addresses held, by subnet. */
  readonly #used = new Map<string, number>();
  /** Below this, nothing of a prefix is free. */
  readonly #searchFrom = new WeakMap<Prefix, bigint>();

  /** The interface that holds an address in a VPC. */
  holder(vpcId: string, address: Address): string | undefined {
    return this.#holders.get(vpcId)?.get(keyOf(address));
  }

  /** IPv4 addresses of a subnet that interfaces hold. */
  used4(subnetId: string): number {
    return this.#used.get(subnetId) ?? 0;
  }

  add(subnet: Subnet, it: NetworkInterface): void {
    let holders = this.#holders.get(subnet.vpcId);
    if (holders === undefined) this.#holders.set(subnet.vpcId, (holders = new Map()));
    let four = 0;
    for (const address of addressesOf(it)) {
      holders.set(keyOf(address), it.id);
      if (address.family === 4) four++;
    }
    this.#used.set(subnet.id, this.used4(subnet.id) + four);
  }

  remove(subnet: Subnet, it: NetworkInterface): void {
    const holders = this.#holders.get(subnet.vpcId);
    let four = 0;
    for (const address of addressesOf(it)) {
      holders?.delete(keyOf(address));
      if (address.family === 4) four++;
      for (const prefix of subnet.cidrs) {
        if (!containsAddress(prefix, address)) continue;
        const from = this.#searchFrom.get(prefix);
        const position = positionOf(address);
        if (from !== undefined && position < from) this.#searchFrom.set(prefix, position);
      }
    }
    this.#used.set(subnet.id, this.used4(subnet.id) - four);
  }

  /**
   * The next free addresses of a subnet, lowest first; fewer than `count` when there are no more. Passes over
   * the ranges of subnets that lie inside of it, since an address is the innermost subnet's, and over `taken`.
   */
  free(
    subnet: Subnet,
    family: 4 | 6,
    count: number,
    others: Iterable<Subnet>,
    taken: readonly Address[] = [],
  ): Address[] {
    const holders = this.#holders.get(subnet.vpcId);
    const asked = new Set(taken.map(keyOf));
    const out: Address[] = [];
    for (const prefix of subnet.cidrs) {
      if (prefix.family !== family || out.length === count) continue;
      const inner = innerPrefixes(prefix, subnet, others);
      const first = positionOf(prefix);
      const last = first + sizeOf(prefix) - 1n;
      let position = first + BigInt(RESERVED_FIRST);
      const from = this.#searchFrom.get(prefix) ?? position;
      // An interface of the network file may have held a reserved address.
      if (from > position) position = from;
      let lowest: bigint | undefined;
      for (let i = 0; position < last && out.length < count;) {
        const over = inner[i];
        if (over !== undefined && position >= over.from) {
          if (position < over.to) position = over.to;
          i++;
          continue;
        }
        const address = addressAt(family, position);
        const key = keyOf(address);
        if (holders?.has(key) !== true) {
          lowest ??= position;
          if (!asked.has(key)) out.push(address);
        }
        position++;
      }
      this.#searchFrom.set(prefix, lowest ?? position);
    }
    return out;
  }

  /** Looks through prefixes anew: a subnet inside of them is gone. */
  searchAgain(subnets: Iterable<Subnet>): void {
    for (const { cidrs } of subnets) for (const prefix of cidrs) this.#searchFrom.delete(prefix);
  }
}

/** What other subnets hold of a prefix: ranges by their first addresses. */
function innerPrefixes(
  prefix: Prefix,
  subnet: Subnet,
  others: Iterable<Subnet>,
): { from: bigint; to: bigint }[] {
  const inner: Prefix[] = [];
  for (const other of others) {
    if (other.id === subnet.id) continue;
    for (const it of other.cidrs) if (it.length > prefix.length && containsPrefix(prefix, it)) inner.push(it);
  }
  return inner.sort(comparePrefixes).map((it) => ({ from: positionOf(it), to: positionOf(it) + sizeOf(it) }));
}
