/** Scopes as tables: for each, the declared addresses and MACs, and whose subnet any other address is in. */
import { formatIPv4, formatIPv6 } from '../base/addresses.ts';
import { UserError } from '../base/errors.ts';
import {
  comparePrefixes,
  containsPrefix,
  flattenPrefixes,
  formatPrefix,
  type Prefix,
} from '../base/prefixes.ts';
import { shared, shareEntries, shareWords, type SharedEntries, type WordTables } from './index-table.ts';
import type { NetworkInterface } from './interface.ts';
import type { Network } from './model.ts';

/** Ranges of all scopes, one after the other: scope s has the ranges [first[s], first[s + 1]). */
export interface ScopeRanges {
  readonly starts: Uint32Array;
  /** Row of the prefix list that the range belongs to, plus 1; 0 where there is none. */
  readonly rows: Int32Array;
  readonly first: Int32Array;
}

/** What the lookups of one network version go through, all in shared memory. */
export interface ScopeTables {
  readonly words4: WordTables;
  /** Keys: scope and four words. */
  readonly entries6: SharedEntries;
  /** Keys: scope, 16 high and 32 low bits, 0, 0. */
  readonly macs: SharedEntries;
  readonly macCount: number;
  readonly ranges4: ScopeRanges;
  readonly ranges6: ScopeRanges;
  /** By row: index of the subnet among the network's, and the prefix's length. */
  readonly rowSubnet: Int32Array;
  readonly rowLength: Int32Array;
  /** By subnet: 1 where addresses are discovered. */
  readonly discover: Int32Array;
  /** By VPC: a scope that sees it, -1 without one. */
  readonly vpcScope: Int32Array;
  /** Which interfaces each scope sees, ascending. */
  readonly members: readonly Int32Array[];
}

/** Which VPCs a source sees, by scope number. */
export type Scopes = readonly (readonly string[])[] | 'all';

/** The scopes as sets of VPC ids; a UserError for a VPC that is not there. */
export function resolveScopes(network: Network, scopes: Scopes): ReadonlySet<string>[] {
  if (scopes === 'all') return [new Set(network.vpcs.keys())];
  return scopes.map((ids) => {
    for (const id of ids) {
      if (network.vpcs.has(id)) continue;
      const known = [...network.vpcs.keys()].slice(0, 5).join(', ');
      throw new UserError(`VPC ${id} is not in the network: it has ${known === '' ? 'none' : known}`);
    }
    return new Set(ids);
  });
}

interface Row {
  readonly prefix: Prefix;
  readonly subnetId: string;
  readonly vpcId: string;
}

/**
 * Lays the scopes out. `ids` are the interfaces that have numbers, from 1 on, in that order. A UserError when
 * two VPCs of one scope overlap, in an address, a MAC address or a subnet's prefix (S2.1).
 */
export function buildScopes(
  network: Network,
  sets: readonly ReadonlySet<string>[],
  ids: readonly string[],
): ScopeTables {
  const rows: Row[] = [];
  for (const { id, vpcId, cidrs } of network.subnets.values()) {
    for (const prefix of cidrs) rows.push({ prefix, subnetId: id, vpcId });
  }
  const subnetNumbers = new Map([...network.subnets.keys()].map((id, i) => [id, i]));
  const numbered = ids.map((id, i) => {
    const it = network.interfaces.get(id)!;
    return { number: i + 1, it, vpcId: network.subnets.get(it.subnetId)!.vpcId };
  });
  const words4: number[][] = [];
  const entries6: number[] = [];
  const macs: number[] = [];
  const members: Int32Array[] = [];
  const ranges = { 4: new RangeCollector(), 6: new RangeCollector() };
  sets.forEach((vpcs, scope) => {
    const inside = numbered.filter(({ vpcId }) => vpcs.has(vpcId));
    members.push(shared(inside.map(({ number }) => number)));
    const holders = new Holders(ids);
    const pairs: number[] = [];
    for (const { number, it } of inside) {
      for (const word of words4Of(it)) {
        holders.claim4(word, number);
        pairs.push(word, number);
      }
      for (const words of it.ipv6) {
        holders.claim6(words, number);
        entries6.push(scope, ...words, number);
      }
      if (it.mac === undefined) continue;
      holders.claimMac(it.mac.high, it.mac.low, number);
      macs.push(scope, it.mac.high, it.mac.low | 0, 0, 0, number);
    }
    words4.push(pairs);
    const own = rows.map((_, i) => i).filter((i) => vpcs.has(rows[i]!.vpcId));
    refuseOverlap(own.map((i) => rows[i]!));
    const prefixes = own.map((i) => rows[i]!.prefix);
    const values = own.map((i) => i + 1);
    ranges[4].add(flattenPrefixes(4, prefixes, values));
    ranges[6].add(flattenPrefixes(6, prefixes, values));
  });
  return {
    words4: shareWords(words4),
    entries6: shareEntries(entries6),
    macs: shareEntries(macs),
    macCount: macs.length,
    ranges4: ranges[4].finish(),
    ranges6: ranges[6].finish(),
    rowSubnet: shared(rows.map((row) => subnetNumbers.get(row.subnetId)!)),
    rowLength: shared(rows.map((row) => row.prefix.length)),
    discover: shared(Array.from(network.subnets.values(), (subnet) => (subnet.discover ? 1 : 0))),
    vpcScope: shared(Array.from(network.vpcs.keys(), (id) => sets.findIndex((vpcs) => vpcs.has(id)))),
    members,
  };
}

function words4Of(it: NetworkInterface): readonly number[] {
  return it.primary4 === undefined ? it.secondary4 : [it.primary4, ...it.secondary4];
}

/** Who holds what in one scope. */
class Holders {
  readonly #ids: readonly string[];
  readonly #four = new Map<number, number>();
  readonly #other = new Map<string, number>();

  constructor(ids: readonly string[]) {
    this.#ids = ids;
  }

  claim4(word: number, number: number): void {
    const other = this.#four.get(word);
    if (other !== undefined) this.#refuse(formatIPv4(word), other, number);
    this.#four.set(word, number);
  }

  claim6([a, b, c, d]: readonly [number, number, number, number], number: number): void {
    const key = formatIPv6(a, b, c, d);
    const other = this.#other.get(key);
    if (other !== undefined) this.#refuse(key, other, number);
    this.#other.set(key, number);
  }

  claimMac(high: number, low: number, number: number): void {
    const key = `${high} ${low}`;
    const other = this.#other.get(key);
    if (other !== undefined) this.#refuse('a MAC address', other, number);
    this.#other.set(key, number);
  }

  #refuse(what: string, a: number, b: number): never {
    throw new UserError(
      `${this.#ids[a - 1]} and ${this.#ids[b - 1]} both hold ${what} in one scope: ` +
        'let the source see only the VPC that its traffic belongs to',
    );
  }
}

/** Prefixes of different VPCs must not overlap inside a scope; those of one VPC may nest. */
function refuseOverlap(rows: Row[]): void {
  const open: Row[] = [];
  for (const row of rows.toSorted((a, b) => comparePrefixes(a.prefix, b.prefix))) {
    while (open.length > 0 && !containsPrefix(open.at(-1)!.prefix, row.prefix)) open.pop();
    const outer = open.at(-1);
    if (outer !== undefined && outer.vpcId !== row.vpcId) {
      throw new UserError(
        `${formatPrefix(row.prefix)} (${row.subnetId}, ${row.vpcId}) overlaps ` +
          `${formatPrefix(outer.prefix)} (${outer.subnetId}, ${outer.vpcId}) in one scope: ` +
          'let the source see only the VPC that its traffic belongs to',
      );
    }
    open.push(row);
  }
}

/** Gathers the ranges of scope after scope. */
class RangeCollector {
  readonly #starts: Uint32Array[] = [];
  readonly #rows: Int32Array[] = [];
  readonly #first: number[] = [0];

  add(ranges: { starts: Uint32Array; values: Int32Array }): void {
    this.#starts.push(ranges.starts);
    this.#rows.push(ranges.values);
    this.#first.push(this.#first.at(-1)! + ranges.values.length);
  }

  finish(): ScopeRanges {
    const words = this.#starts.reduce((sum, part) => sum + part.length, 0);
    const starts = new Uint32Array(new SharedArrayBuffer(4 * words));
    const rows = shared({ length: this.#first.at(-1)! });
    let at = 0;
    for (const part of this.#starts) {
      starts.set(part, at);
      at += part.length;
    }
    this.#rows.forEach((part, i) => rows.set(part, this.#first[i]));
    return { starts, rows, first: shared(this.#first) };
  }
}
