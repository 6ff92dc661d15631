/** Whose addresses are behind interfaces and gateways that forward (S2.2), as ranges in shared memory. */
import { findRange4, findRange6, flattenPrefixes, type Prefix, type Ranges } from '../base/prefixes.ts';
import { shared } from './index-table.ts';
import type { NetworkInterface } from './interface.ts';
import type { Network } from './model.ts';
import { forEachSpan, RangeCollector, union, type SharedRanges, type Span } from './ranges.ts';
import type { NumberedNetwork } from './numbering.ts';
import { routesOf } from './transit-gateway-route-table.ts';

/** Kinds of network interfaces that forward what is not theirs. */
const FORWARDING: ReadonlySet<string> = new Set<NetworkInterface['kind']>([
  'nat_gateway',
  'transit_gateway',
  'regional_nat_gateway',
]);

/** What is served, for another thread. */
export interface ServedTables {
  /** By interface number: its list of ranges plus 1; 0 for those that serve nobody. Empty when all are such. */
  readonly lists: Int32Array;
  readonly ranges4: SharedRanges;
  readonly ranges6: SharedRanges;
}

/** Both families of ranges with a value other than 0 where an address is served. */
interface Served {
  readonly four: Ranges;
  readonly six: Ranges;
}

/**
 * What each interface and recording point serves: a zonal NAT gateway's or a transit gateway's interface, a regional
 * NAT gateway and the attachment of a VPC the prefixes of their VPC; another attachment the addresses that the routes
 * of its transit gateway lead to it, in any of the tables.
 */
export function servedTables({ network, ids, interfaces, points }: NumberedNetwork): ServedTables {
  const [ranges4, ranges6] = [new RangeCollector(), new RangeCollector()];
  const forwarding = interfaces.filter(({ it }) => FORWARDING.has(it.kind));
  const any = forwarding.length > 0 || points.length > 0;
  const lists = shared({ length: any ? ids.length + 1 : 0 });
  let size = 0;
  const add = ({ four, six }: Served): number => {
    ranges4.add(four);
    ranges6.add(six);
    return ++size;
  };
  const byVpc = new Map<string, number>();
  const ofVpc = (vpcId: string): number => {
    let list = byVpc.get(vpcId);
    if (list === undefined) byVpc.set(vpcId, (list = add(servedBy(network.vpcs.get(vpcId)!.cidrs))));
    return list;
  };
  for (const { number, vpcId } of forwarding) lists[number] = ofVpc(vpcId);
  const routed = new Map<string, number>();
  for (const { number, point } of points) {
    if (point.vpcId === undefined) routed.set(point.id, number);
    else lists[number] = ofVpc(point.vpcId);
  }
  for (const [id, served] of routedTo(network, routed)) lists[routed.get(id)!] = add(served);
  return { lists, ranges4: ranges4.finish(), ranges6: ranges6.finish() };
}

/** Whether an interface or point serves an address (IPv4 in the last word). No allocation. */
export function isServed(
  { lists, ranges4, ranges6 }: ServedTables,
  number: number,
  six: boolean,
  a: number,
  b: number,
  c: number,
  d: number,
): boolean {
  if (number < 0 || number >= lists.length) return false;
  const list = lists[number]! - 1;
  if (list < 0) return false;
  const { starts, values, first } = six ? ranges6 : ranges4;
  const low = first[list]!;
  const high = first[list + 1]!;
  return (
    (six ? findRange6(starts, values, low, high, a, b, c, d) : findRange4(starts, values, low, high, d)) !== 0
  );
}

function servedBy(prefixes: readonly Prefix[]): Served {
  const ones = new Int32Array(prefixes.length).fill(1);
  return { four: flattenPrefixes(4, prefixes, ones), six: flattenPrefixes(6, prefixes, ones) };
}

/** What routes lead to attachments, by their ids: what the longest prefix says, of each table of the gateway. */
function* routedTo(network: Network, wanted: ReadonlyMap<string, number>): Generator<[string, Served]> {
  const gateways = new Set<string>();
  for (const id of wanted.keys()) gateways.add(network.transitGatewayAttachments.get(id)!.transitGatewayId);
  if (gateways.size === 0) return;
  const tablesOf = Map.groupBy(network.transitGatewayRouteTables.values(), (it) => it.transitGatewayId);
  const attachmentsOf = Map.groupBy(network.transitGatewayAttachments.values(), (it) => it.transitGatewayId);
  const vpcOf = (id: string) => network.vpcs.get(id);
  for (const gateway of gateways) {
    const parts = { tables: tablesOf.get(gateway) ?? [], attachments: attachmentsOf.get(gateway) ?? [] };
    const spans = new Map<string, { 4: Span[]; 6: Span[] }>();
    for (const table of parts.tables) {
      const routes = routesOf(table, parts, vpcOf);
      const prefixes = routes.map((route) => route.destination);
      const values = routes.map((_, i) => i + 1);
      for (const family of [4, 6] as const) {
        forEachSpan(family, flattenPrefixes(family, prefixes, values), (value, span) => {
          for (const id of routes[value - 1]!.attachmentIds) {
            if (!wanted.has(id)) continue;
            let known = spans.get(id);
            if (known === undefined) spans.set(id, (known = { 4: [], 6: [] }));
            known[family].push(span);
          }
        });
      }
    }
    for (const [id, known] of spans) yield [id, { four: union(4, known[4]), six: union(6, known[6]) }];
  }
}
