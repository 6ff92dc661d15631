/** Scopes as tables: for each, the declared addresses and MACs, and whose subnet any other address is in. */
import { UserError } from '../base/errors.ts';
import { findRange4, findRange6, flattenPrefixes } from '../base/prefixes.ts';
import { shared, shareEntries, shareWords, type SharedEntries, type WordTables } from './index-table.ts';
import type { Network } from './model.ts';
import type { NumberedNetwork } from './numbering.ts';
import { heldByPoints, overlappingSubnets, type ScopeConflict, withoutRivals, words4Of } from './overlaps.ts';
import type { PrefixRow } from './prefix-claims.ts';
import { RangeCollector, type SharedRanges } from './ranges.ts';
import { isSeen } from './recording-points.ts';

/** What the lookups of one network version go through, all in shared memory. */
export interface ScopeTables {
  readonly words4: WordTables;
  /** Keys: scope and four words. */
  readonly entries6: SharedEntries;
  /** Keys: scope, 16 high and 32 low bits, 0, 0. */
  readonly macs: SharedEntries;
  readonly macCount: number;
  /** By scope; values are rows of the list of prefixes, plus 1. */
  readonly ranges4: SharedRanges;
  readonly ranges6: SharedRanges;
  /** By row: index of the subnet among the network's, and the prefix's length. */
  readonly rowSubnet: Int32Array;
  readonly rowLength: Int32Array;
  /** By subnet: 1 where addresses are discovered. */
  readonly discover: Int32Array;
  /** By VPC: a scope that sees it, -1 without one. */
  readonly vpcScope: Int32Array;
  /** Which interfaces each scope sees, and which bound attachments and regional NAT gateways, ascending. */
  readonly members: readonly Int32Array[];
}

/** Which VPCs a source sees, by scope number; 'all' alone is one scope with every VPC. */
export type Scopes = readonly (readonly string[] | 'all')[] | 'all';

/**
 * What to do when VPCs of one scope overlap, or when it names one that is not there: `refuse` throws;
 * `leave-out` lets the VPC that was declared first keep its addresses and leaves the other's subnet or
 * interface out of that scope, but for a subnet inside of one that discovers (S2.1). `refuse-named` refuses in scopes that name their VPCs, and leaves out in
 * those with every VPC.
 */
export type OverlapRule = 'refuse' | 'refuse-named' | 'leave-out';

interface ResolvedScope {
  readonly vpcs: ReadonlySet<string>;
  readonly refuses: boolean;
}

/** The scopes as sets of VPC ids; a UserError for a VPC that is not there, or a conflict. */
export function resolveScopes(
  network: Network,
  scopes: Scopes,
  rule: OverlapRule,
  conflicts: ScopeConflict[],
): ResolvedScope[] {
  return (scopes === 'all' ? [scopes] : scopes).map((ids, scope) => {
    const refuses = rule === 'refuse' || (rule === 'refuse-named' && ids !== 'all');
    if (ids === 'all') return { vpcs: new Set(network.vpcs.keys()), refuses };
    const vpcs = new Set<string>();
    for (const id of ids) {
      if (network.vpcs.has(id)) {
        vpcs.add(id);
        continue;
      }
      const known = [...network.vpcs.keys()].slice(0, 5).join(', ');
      const reason = `VPC ${id} is not in the network: it has ${known === '' ? 'none' : known}`;
      if (refuses) throw new UserError(reason);
      conflicts.push({ scope, id, vpcId: id, keeper: undefined, reason });
    }
    return { vpcs, refuses };
  });
}

/**
 * Lays the scopes out, with the interfaces in the order of their numbers. Where two VPCs of one scope overlap,
 * in a subnet's prefix, an address or a MAC address (S2.1), a UserError or a conflict. `taken`: where a subnet has
 * addresses inside of a wider one of another VPC, a text each.
 */
export function buildScopes(
  { network, interfaces, points }: NumberedNetwork,
  scopes: readonly ResolvedScope[],
  conflicts: ScopeConflict[],
): { readonly tables: ScopeTables; readonly taken: readonly string[] } {
  const rows = prefixRows(network);
  const subnetNumbers = new Map([...network.subnets.keys()].map((id, i) => [id, i]));
  const words4: number[][] = [];
  const entries6: number[] = [];
  const macs: number[] = [];
  const members: Int32Array[] = [];
  const takenAll: string[] = [];
  const ranges = { 4: new RangeCollector(), 6: new RangeCollector() };
  scopes.forEach(({ vpcs, refuses }, scope) => {
    const rules = { network, scope, refuses, conflicts };
    const within = rows.map((_, i) => i).filter((i) => vpcs.has(rows[i]!.vpcId));
    const candidates = interfaces.filter(({ vpcId }) => vpcs.has(vpcId));
    // A refusal names the interfaces at odds, if there are any, before their subnets.
    if (refuses) withoutRivals(candidates, rules);
    const { out, taken } = overlappingSubnets(
      within.map((i) => rows[i]!),
      candidates.map(({ it }) => it),
      rules,
    );
    takenAll.push(...taken);
    const left = out.size === 0 ? candidates : candidates.filter(({ it }) => !out.has(it.subnetId));
    const inside = refuses ? left : withoutRivals(left, rules);
    const seen = points.filter(({ point }) => isSeen(point, vpcs));
    const bound = seen.filter(({ point }) => point.bindings.length > 0);
    members.push(shared([...inside, ...bound].map(({ number }) => number)).sort());
    const pairs: number[] = [];
    for (const { number, it } of inside) {
      for (const word of words4Of(it)) pairs.push(word, number);
      for (const words of it.ipv6) entries6.push(scope, ...words, number);
      if (it.mac !== undefined) macs.push(scope, it.mac.high, it.mac.low | 0, 0, 0, number);
    }
    for (const { number, address } of heldByPoints(seen, inside, rules)) {
      if (address.family === 4) pairs.push(address.words[3], number);
      else entries6.push(scope, ...address.words, number);
    }
    words4.push(pairs);
    const own = within.filter((i) => !out.has(rows[i]!.subnetId));
    const prefixes = own.map((i) => rows[i]!.prefix);
    const values = own.map((i) => i + 1);
    ranges[4].add(flattenPrefixes(4, prefixes, values));
    ranges[6].add(flattenPrefixes(6, prefixes, values));
  });
  const tables = {
    words4: shareWords(words4),
    entries6: shareEntries(entries6),
    macs: shareEntries(macs),
    macCount: macs.length,
    ranges4: ranges[4].finish(),
    ranges6: ranges[6].finish(),
    rowSubnet: shared(rows.map((row) => subnetNumbers.get(row.subnetId)!)),
    rowLength: shared(rows.map((row) => row.prefix.length)),
    discover: shared(Array.from(network.subnets.values(), (subnet) => (subnet.discover ? 1 : 0))),
    vpcScope: shared(Array.from(network.vpcs.keys(), (id) => scopes.findIndex(({ vpcs }) => vpcs.has(id)))),
    members,
  };
  return { tables, taken: takenAll };
}

function prefixRows(network: Network): PrefixRow[] {
  const rows: PrefixRow[] = [];
  for (const { id, vpcId, cidrs } of network.subnets.values()) {
    for (const prefix of cidrs) rows.push({ prefix, subnetId: id, vpcId });
  }
  return rows;
}

/** Row of the longest prefix over an address (IPv4 in the last word) in a scope, -1 without one. */
export function prefixRow(
  tables: ScopeTables,
  scope: number,
  six: boolean,
  a: number,
  b: number,
  c: number,
  d: number,
): number {
  const { starts, values, first } = six ? tables.ranges6 : tables.ranges4;
  const low = first[scope]!;
  const high = first[scope + 1]!;
  return (
    (six ? findRange6(starts, values, low, high, a, b, c, d) : findRange4(starts, values, low, high, d)) - 1
  );
}
