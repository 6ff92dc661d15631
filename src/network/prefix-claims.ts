/** Which subnets of several VPCs can share an address space: the longest prefix wins over one that discovers. */
import type { Address } from '../base/addresses.ts';
import {
  comparePrefixes,
  compareWords,
  containsAddress,
  containsPrefix,
  type Prefix,
} from '../base/prefixes.ts';
import { addressesOf } from './address-book.ts';
import type { NetworkInterface } from './interface.ts';
import type { Network } from './model.ts';

/** A prefix of a subnet. */
export interface PrefixRow {
  readonly prefix: Prefix;
  readonly subnetId: string;
  readonly vpcId: string;
}

/** A subnet that is left out, by the prefixes at odds. */
export interface Loss {
  readonly row: PrefixRow;
  readonly keeper: PrefixRow;
}

/**
 * The prefixes of the VPCs of one scope as a tree. VPCs claim in order: a subnet stays unless one of its prefixes
 * overlaps a prefix that an earlier VPC keeps. That it lies inside of a wider one is no matter when the wider one's
 * subnet discovers, is the innermost of its VPC there, and holds no declared interface inside of the narrower
 * one: those addresses are the narrower one's then, whichever VPC was first (S2.1).
 */
export class PrefixClaims {
  readonly #network: Network;
  /** In order: what lies in a prefix follows it. */
  readonly #rows: readonly PrefixRow[];
  /** By row: the innermost one that it lies in, -1 for none. */
  readonly #parents: Int32Array;
  readonly #rowsOf: Map<string, number[]>;
  readonly #kept: Uint8Array;
  readonly #declared: DeclaredAddresses;

  constructor(network: Network, rows: readonly PrefixRow[], interfaces: Iterable<NetworkInterface>) {
    this.#network = network;
    this.#rows = rows.toSorted((a, b) => comparePrefixes(a.prefix, b.prefix));
    this.#parents = parentsOf(this.#rows);
    this.#rowsOf = Map.groupBy(this.#rows.keys(), (i) => this.#rows[i]!.vpcId);
    this.#kept = new Uint8Array(this.#rows.length);
    this.#declared = new DeclaredAddresses(interfaces);
  }

  /** Claims a VPC's subnets; gives those that are left out. */
  claim(vpcId: string): Loss[] {
    const own = this.#rowsOf.get(vpcId) ?? [];
    for (const i of own) this.#kept[i] = 1;
    const losses: Loss[] = [];
    // A subnet that is left out no longer stands between one around it and what lies in both: once more, then.
    for (let before = -1; before !== losses.length;) {
      before = losses.length;
      for (const i of own) {
        const row = this.#rows[i]!;
        const keeper = this.#kept[i] === 1 ? this.#rival(i) : undefined;
        if (keeper === undefined) continue;
        losses.push({ row, keeper });
        for (const other of own) if (this.#rows[other]!.subnetId === row.subnetId) this.#kept[other] = 0;
      }
    }
    return losses;
  }

  /** Where a prefix has addresses of a wider one of another VPC. */
  taken(): { readonly row: PrefixRow; readonly from: PrefixRow }[] {
    const out: { row: PrefixRow; from: PrefixRow }[] = [];
    this.#rows.forEach((row, i) => {
      if (this.#kept[i] === 0) return;
      const around = this.#around(i, () => true);
      const from = around < 0 ? undefined : this.#rows[around]!;
      if (from !== undefined && from.vpcId !== row.vpcId) out.push({ row, from });
    });
    return out;
  }

  /** The prefix of another VPC that keeps one from being claimed. */
  #rival(i: number): PrefixRow | undefined {
    const { prefix, vpcId } = this.#rows[i]!;
    const met = new Set<string>([vpcId]);
    for (let at = this.#parents[i]!; at >= 0; at = this.#parents[at]!) {
      const outer = this.#rows[at]!;
      if (this.#kept[at] === 0 || outer.vpcId === vpcId) continue;
      const innermost = !met.has(outer.vpcId);
      met.add(outer.vpcId);
      if (!this.#yields(outer, prefix, innermost)) return outer;
    }
    for (let at = i + 1; at < this.#rows.length && containsPrefix(prefix, this.#rows[at]!.prefix); at++) {
      const inner = this.#rows[at]!;
      if (this.#kept[at] === 0 || inner.vpcId === vpcId) continue;
      const innermost = this.#around(at, (row) => row.vpcId === vpcId) === i;
      if (!this.#yields(this.#rows[i]!, inner.prefix, innermost)) return inner;
    }
    return undefined;
  }

  /** Whether a prefix gives up the part of it that is a narrower one of another VPC. */
  #yields(outer: PrefixRow, inner: Prefix, innermost: boolean): boolean {
    if (outer.prefix.length === inner.length) return false;
    if (innermost && !this.#network.subnets.get(outer.subnetId)!.discover) return false;
    return !this.#declared.within(outer.subnetId, inner);
  }

  /** The innermost kept row around one, of those that count; -1 for none. */
  #around(i: number, counts: (row: PrefixRow) => boolean): number {
    let at = this.#parents[i]!;
    while (at >= 0 && (this.#kept[at] === 0 || !counts(this.#rows[at]!))) at = this.#parents[at]!;
    return at;
  }
}

function parentsOf(rows: readonly PrefixRow[]): Int32Array {
  const parents = new Int32Array(rows.length);
  const open: number[] = [];
  rows.forEach(({ prefix }, i) => {
    while (open.length > 0 && !containsPrefix(rows[open.at(-1)!]!.prefix, prefix)) open.pop();
    parents[i] = open.at(-1) ?? -1;
    open.push(i);
  });
  return parents;
}

/** The addresses of declared interfaces, by subnet; in order, for the subnets that are asked about. */
class DeclaredAddresses {
  readonly #interfaces: Map<string, NetworkInterface[]>;
  readonly #sorted = new Map<string, Address[]>();

  constructor(interfaces: Iterable<NetworkInterface>) {
    this.#interfaces = Map.groupBy(interfaces, (it) => it.subnetId);
  }

  /** Whether a declared interface of a subnet has an address in a prefix. */
  within(subnetId: string, prefix: Prefix): boolean {
    const held = this.#of(subnetId);
    let low = 0;
    let high = held.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareAddresses(held[middle]!, prefix) < 0) low = middle + 1;
      else high = middle;
    }
    return low < held.length && containsAddress(prefix, held[low]!);
  }

  #of(subnetId: string): Address[] {
    let held = this.#sorted.get(subnetId);
    if (held === undefined) {
      held = (this.#interfaces.get(subnetId) ?? []).flatMap(addressesOf).sort(compareAddresses);
      this.#sorted.set(subnetId, held);
    }
    return held;
  }
}

function compareAddresses(a: Omit<Prefix, 'length'>, b: Omit<Prefix, 'length'>): number {
  return a.family - b.family || compareWords(a.words, b.words);
}
