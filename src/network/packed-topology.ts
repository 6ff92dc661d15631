/** A topology for another thread: routes and prefixes, of which there are many, as columns in shared memory. */
import type { Prefix } from '../base/prefixes.ts';
import { shared } from './index-table.ts';
import { packedValue, packTexts, type PackedValues } from './packed-values.ts';
import type { PrefixList } from './prefix-list.ts';
import type { Route, RouteTable, RouteTarget } from './route-table.ts';
import type { Topology } from './topology.ts';
import type { TransitGatewayRoute, TransitGatewayRouteTable } from './transit-gateway-route-table.ts';

/** Lists that are packed. */
type Many = 'routeTables' | 'prefixLists' | 'transitGatewayRouteTables';

/** A list whose elements have many rows each: element i has the rows [first[i], first[i + 1]). */
interface PackedElements {
  /** Without their rows. */
  readonly heads: PackedValues;
  readonly first: Int32Array;
}

export interface PackedTopology {
  /** As they are: there are few of them. */
  readonly lists: Omit<Topology, Many>;
  readonly routeTables: PackedElements;
  readonly prefixLists: PackedElements;
  readonly transitGatewayRouteTables: PackedElements;
  /** PREFIX_WORDS words each. */
  readonly prefixes: Int32Array;
  /** ROUTE_WORDS words each. */
  readonly routes: Int32Array;
  /** Ids of prefix lists and sets of attachments, and targets, that routes name by their index. */
  readonly names: readonly string[];
  readonly attachmentSets: readonly (readonly string[])[];
  readonly targets: readonly RouteTarget[];
  /** Of transit gateway routes: row of the prefix, index of the attachments, 1 for propagated ones. */
  readonly transitRoutes: Int32Array;
}

/** Family and length, and the address. */
const PREFIX_WORDS = 5;
/** Row of the prefix, or -1 - index of a prefix list's id; index of the target plus 1; flags. */
const ROUTE_WORDS = 3;
const TRANSIT_ROUTE_WORDS = 3;
const BLACKHOLE = 4;
const ORIGINS = ['table', 'created', 'propagated'] as const satisfies readonly Route['origin'][];

/** Numbers equal values, by a text that is equal. */
class Numbered<T> {
  readonly list: T[] = [];
  readonly #numbers = new Map<string, number>();

  of(key: string, value: T): number {
    let number = this.#numbers.get(key);
    if (number === undefined) this.#numbers.set(key, (number = this.list.push(value) - 1));
    return number;
  }
}

export function packTopology(topology: Topology): PackedTopology {
  const { routeTables, prefixLists, transitGatewayRouteTables, ...lists } = topology;
  const prefixes: number[] = [];
  const names = new Numbered<string>();
  const attachmentSets = new Numbered<readonly string[]>();
  const targets = new Numbered<RouteTarget>();
  const add = ({ family, words: [a, b, c, d], length }: Prefix): number => {
    return prefixes.push((family << 8) | length, a, b, c, d) / PREFIX_WORDS - 1;
  };
  const routes: number[] = [];
  for (const table of routeTables) {
    for (const { destination: to, target, blackhole, origin } of table.routes) {
      routes.push(
        typeof to === 'string' ? -1 - names.of(to, to) : add(to),
        target === undefined ? 0 : 1 + targets.of(targetKey(target), target),
        ORIGINS.indexOf(origin) + (blackhole ? BLACKHOLE : 0),
      );
    }
  }
  const transitRoutes: number[] = [];
  for (const table of transitGatewayRouteTables) {
    for (const { destination, attachmentIds, type } of table.routes) {
      const set = attachmentSets.of(attachmentIds.join(' '), attachmentIds);
      transitRoutes.push(add(destination), set, type === 'propagated' ? 1 : 0);
    }
  }
  // Behind those of routes: what `first` of prefix lists counts from.
  const listed = prefixes.length / PREFIX_WORDS;
  for (const list of prefixLists) for (const prefix of list.prefixes) add(prefix);
  return {
    lists,
    routeTables: packed(routeTables, 'routes'),
    prefixLists: packed(prefixLists, 'prefixes', listed),
    transitGatewayRouteTables: packed(transitGatewayRouteTables, 'routes'),
    prefixes: shared(prefixes),
    routes: shared(routes),
    names: names.list,
    attachmentSets: attachmentSets.list,
    targets: targets.list,
    transitRoutes: shared(transitRoutes),
  };
}

function targetKey(target: RouteTarget): string {
  if (target.kind === 'local') return target.kind;
  return `${target.kind} ${target.kind === 'coreNetwork' ? target.arn : target.id}`;
}

/** The elements of a list with where the rows of each are, that one of their members is. */
function packed<M extends string>(
  list: readonly { readonly [K in M]: readonly unknown[] }[],
  member: M,
  from = 0,
): PackedElements {
  const first = shared({ length: list.length + 1 });
  first[0] = from;
  list.forEach((it, i) => (first[i + 1] = first[i]! + it[member].length));
  return { heads: packTexts(list.map((it) => JSON.stringify({ ...it, [member]: undefined }))), first };
}

/** The topology that was packed, equal to it: each of the long lists is made when it is first asked for. */
export function unpackTopology(from: PackedTopology): Topology {
  let tables: readonly RouteTable[] | undefined;
  let lists: readonly PrefixList[] | undefined;
  let transit: readonly TransitGatewayRouteTable[] | undefined;
  return Object.freeze({
    ...from.lists,
    get routeTables() {
      return (tables ??= unpacked<RouteTable>(from.routeTables, (row) => routeAt(from, row), 'routes'));
    },
    get prefixLists() {
      return (lists ??= unpacked<PrefixList>(from.prefixLists, (row) => prefixAt(from, row), 'prefixes'));
    },
    get transitGatewayRouteTables() {
      const rowAt = (row: number): TransitGatewayRoute => transitRouteAt(from, row);
      return (transit ??= unpacked(from.transitGatewayRouteTables, rowAt, 'routes'));
    },
  });
}

function unpacked<T>(
  { heads, first }: PackedElements,
  rowAt: (row: number) => unknown,
  member: keyof T,
): T[] {
  return Array.from({ length: first.length - 1 }, (_, i) => {
    const rows: unknown[] = [];
    for (let row = first[i]!; row < first[i + 1]!; row++) rows.push(rowAt(row));
    return { ...(packedValue(heads, i) as T), [member]: rows };
  });
}

function prefixAt({ prefixes }: PackedTopology, row: number): Prefix {
  const at = PREFIX_WORDS * row;
  const shape = prefixes[at]!;
  return {
    family: shape >>> 8 === 4 ? 4 : 6,
    words: [prefixes[at + 1]!, prefixes[at + 2]!, prefixes[at + 3]!, prefixes[at + 4]!],
    length: shape & 255,
  };
}

function routeAt(from: PackedTopology, row: number): Route {
  const at = ROUTE_WORDS * row;
  const to = from.routes[at]!;
  const flags = from.routes[at + 2]!;
  return {
    destination: to < 0 ? from.names[-1 - to]! : prefixAt(from, to),
    target: from.targets[from.routes[at + 1]! - 1],
    blackhole: (flags & BLACKHOLE) !== 0,
    origin: ORIGINS[flags & (BLACKHOLE - 1)]!,
  };
}

function transitRouteAt(from: PackedTopology, row: number): TransitGatewayRoute {
  const at = TRANSIT_ROUTE_WORDS * row;
  return {
    destination: prefixAt(from, from.transitRoutes[at]!),
    attachmentIds: from.attachmentSets[from.transitRoutes[at + 1]!]!,
    type: from.transitRoutes[at + 2] === 1 ? 'propagated' : 'static',
  };
}
