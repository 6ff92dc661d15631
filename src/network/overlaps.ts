/**
 * Overlap of VPCs inside of a scope (S2.1). A configuration that overlaps is refused; where the API makes
 * overlapping VPCs under way, the one that was declared first keeps the addresses, and the other's subnet or
 * interface is left out of the scope and listed. Subnets inside of one that discovers are no overlap then.
 */
import { formatAddress, formatIPv4, formatIPv6, type Address } from '../base/addresses.ts';
import { UserError } from '../base/errors.ts';
import { comparePrefixes, containsPrefix, formatPrefix } from '../base/prefixes.ts';
import type { NetworkInterface } from './interface.ts';
import type { Network } from './model.ts';
import { PrefixClaims, type PrefixRow } from './prefix-claims.ts';
import type { NumberedPoint } from './recording-points.ts';

/** What a scope leaves out, and why. */
export interface ScopeConflict {
  readonly scope: number;
  /** The subnet, with all that lies in it; the interface; or the VPC that is not there. */
  readonly id: string;
  readonly vpcId: string;
  /** The subnet or interface of another VPC that keeps the addresses. */
  readonly keeper: string | undefined;
  readonly reason: string;
}

/** How one scope takes overlaps. */
export interface OverlapRules {
  readonly network: Network;
  readonly scope: number;
  readonly refuses: boolean;
  /** Where conflicts are listed, when they are not refused. */
  readonly conflicts: ScopeConflict[];
}

const HINT = 'let the source see only the VPC that its traffic belongs to';

/** What overlaps leave of the subnets of a scope. */
export interface OverlapOutcome {
  /** The subnets that are left out. */
  readonly out: ReadonlySet<string>;
  /** Where a subnet took addresses of a wider one of another VPC: a text each, for comparing. */
  readonly taken: readonly string[];
}

/**
 * The subnets that a scope leaves out, for overlap with a VPC that was declared earlier. Not those that lie inside
 * of a subnet that discovers, nor those that discover around them, unless overlaps are refused.
 */
export function overlappingSubnets(
  rows: readonly PrefixRow[],
  interfaces: readonly NetworkInterface[],
  rules: OverlapRules,
): OverlapOutcome {
  const out = new Set<string>();
  const first = firstOverlap(rows);
  if (first === undefined) return { out, taken: [] };
  if (rules.refuses) throw new UserError(`${overlapText(first.inner, first.outer)}: ${HINT}`);
  const claims = new PrefixClaims(rules.network, rows, interfaces);
  for (const vpcId of rules.network.vpcs.keys()) {
    for (const { row, keeper } of claims.claim(vpcId)) {
      out.add(row.subnetId);
      rules.conflicts.push({
        scope: rules.scope,
        id: row.subnetId,
        vpcId,
        keeper: keeper.subnetId,
        reason: overlapText(row, keeper),
      });
    }
  }
  const taken = claims.taken().map(({ row, from }) => {
    return `${rules.scope} ${formatPrefix(row.prefix)} ${row.subnetId} ${from.subnetId}`;
  });
  return { out, taken };
}

function overlapText(row: PrefixRow, other: PrefixRow): string {
  return (
    `${formatPrefix(row.prefix)} (${row.subnetId}, ${row.vpcId}) overlaps ` +
    `${formatPrefix(other.prefix)} (${other.subnetId}, ${other.vpcId}) in one scope`
  );
}

/** Prefixes of different VPCs of which one lies in the other; those of one VPC may nest. */
function firstOverlap(rows: readonly PrefixRow[]): { inner: PrefixRow; outer: PrefixRow } | undefined {
  const open: PrefixRow[] = [];
  for (const row of rows.toSorted((a, b) => comparePrefixes(a.prefix, b.prefix))) {
    while (open.length > 0 && !containsPrefix(open.at(-1)!.prefix, row.prefix)) open.pop();
    const outer = open.at(-1);
    if (outer !== undefined && outer.vpcId !== row.vpcId) return { inner: row, outer };
    open.push(row);
  }
  return undefined;
}

export function words4Of(it: NetworkInterface): readonly number[] {
  return it.primary4 === undefined ? it.secondary4 : [it.primary4, ...it.secondary4];
}

/** Interfaces in order, without those that share an address or a MAC address with one of an earlier VPC. */
export function withoutRivals<T extends { readonly it: NetworkInterface; readonly vpcId: string }>(
  interfaces: readonly T[],
  rules: OverlapRules,
): readonly T[] {
  const ranks = new Map([...rules.network.vpcs.keys()].map((id, rank) => [id, rank]));
  const holders = new Map<string | number, NetworkInterface>();
  const out = new Set<T>();
  for (const one of interfaces.toSorted((a, b) => ranks.get(a.vpcId)! - ranks.get(b.vpcId)!)) {
    const { it, vpcId } = one;
    const keys = [...keysOf(it)];
    const taken = keys.find((key) => holders.has(key));
    if (taken === undefined) {
      for (const key of keys) holders.set(key, it);
      continue;
    }
    const keeper = holders.get(taken)!.id;
    const reason = `${keeper} and ${it.id} both hold ${keyText(taken)} in one scope`;
    if (rules.refuses) throw new UserError(`${reason}: ${HINT}`);
    out.add(one);
    rules.conflicts.push({ scope: rules.scope, id: it.id, vpcId, keeper, reason });
  }
  return out.size === 0 ? interfaces : interfaces.filter((one) => !out.has(one));
}

/**
 * The addresses that NAT gateways of a scope hold, without those that an interface of it, or an earlier NAT gateway,
 * has: these keep them.
 */
export function heldByPoints(
  points: readonly NumberedPoint[],
  interfaces: readonly { readonly it: NetworkInterface }[],
  rules: OverlapRules,
): { readonly number: number; readonly address: Address }[] {
  const found: { number: number; address: Address }[] = [];
  if (points.every(({ point }) => point.held.length === 0)) return found;
  const holders = new Map<string | number, string>();
  for (const { it } of interfaces) {
    for (const key of keysOf(it)) holders.set(typeof key === 'number' ? key | 0 : key, it.id);
  }
  for (const { number, point } of points) {
    for (const address of point.held) {
      const text = formatAddress(address);
      const key = address.family === 4 ? address.words[3] | 0 : text;
      const keeper = holders.get(key);
      holders.set(key, keeper ?? point.id);
      if (keeper === undefined) {
        found.push({ number, address });
        continue;
      }
      const reason = `${keeper} and ${point.id} both hold ${text} in one scope`;
      if (rules.refuses) throw new UserError(`${reason}: ${HINT}`);
      rules.conflicts.push({ scope: rules.scope, id: point.id, vpcId: point.vpcId ?? '', keeper, reason });
    }
  }
  return found;
}

/** What an interface holds, as keys: IPv4 addresses as numbers, which cost least. */
function* keysOf(it: NetworkInterface): Generator<string | number, void, undefined> {
  yield* words4Of(it);
  for (const words of it.ipv6) yield formatIPv6(...words);
  if (it.mac !== undefined) yield `mac ${it.mac.high} ${it.mac.low}`;
}

function keyText(key: string | number): string {
  if (typeof key === 'number') return formatIPv4(key);
  return key.startsWith('mac') ? 'a MAC address' : key;
}
