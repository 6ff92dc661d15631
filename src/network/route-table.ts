/** Route tables: where the traffic of subnets goes, by the longest prefix over its destination. */
import { formatPrefix, type Prefix } from '../base/prefixes.ts';
import type { Checking } from './checking.ts';
import type { Resource } from './resource.ts';

/** What a route may lead to. `local` is the VPC itself. */
export const ROUTE_TARGETS = [
  'internetGateway',
  'egressOnlyInternetGateway',
  'natGateway',
  'vpnGateway',
  'transitGateway',
  'peeringConnection',
  'vpcEndpoint',
  'interface',
  'instance',
  'localGateway',
  'carrierGateway',
] as const;

export type RouteTarget =
  | { readonly kind: 'local' }
  | { readonly kind: (typeof ROUTE_TARGETS)[number]; readonly id: string }
  | { readonly kind: 'coreNetwork'; readonly arn: string };

export interface Route {
  /** A prefix, or all of those of a prefix list, by its id. */
  readonly destination: Prefix | string;
  /** Undefined only for a black hole whose target is gone. */
  readonly target: RouteTarget | undefined;
  readonly blackhole: boolean;
  /** Made with the table, by hand, or learnt by a virtual private gateway. */
  readonly origin: 'table' | 'created' | 'propagated';
}

/** A route table of a VPC. */
export interface RouteTable extends Resource {
  readonly region: string;
  readonly vpcId: string;
  /** Of the subnets that are in no table's list. */
  readonly main: boolean;
  /** Made with its VPC, as each VPC has one: gone with it. */
  readonly implied: boolean;
  readonly subnetIds: readonly string[];
  /** Internet and virtual private gateways whose incoming traffic goes by this table. */
  readonly gatewayIds: readonly string[];
  /** The VPC's virtual private gateway puts the routes that it learns here. */
  readonly propagating: boolean;
  /** The local ones first. */
  readonly routes: readonly Route[];
}

/** A destination as text. */
export function destinationText(to: Prefix | string): string {
  return typeof to === 'string' ? to : formatPrefix(to);
}

/** The routes to a VPC's own prefixes. */
export function localRoutes(cidrs: readonly Prefix[]): Route[] {
  return cidrs.map((destination) => ({
    destination,
    target: { kind: 'local' },
    blackhole: false,
    origin: 'table',
  }));
}

/** A table with the routes of the service's making before its own: to the VPC, and to its gateway endpoints. One
 * that it has already is its own, whatever it leads to. */
export function withRoutes(table: RouteTable, made: readonly Route[]): RouteTable {
  const own = new Set(table.routes.map(({ destination }) => destinationText(destination)));
  const added = made.filter(({ destination }) => !own.has(destinationText(destination)));
  return added.length === 0 ? table : { ...table, routes: [...added, ...table.routes] };
}

/** One main table a VPC, one table a subnet and gateway, one route a destination, targets that are there. */
export function checkRouteTables(checking: Checking): void {
  const mains = new Map<string, string>();
  const associated = new Map<string, string>();
  for (const table of checking.parts.routeTables) {
    const { report } = checking;
    if (table.main) {
      const other = mains.get(table.vpcId);
      if (other !== undefined) report(table, ['main'], `${other} is the main table of its VPC already`);
      mains.set(table.vpcId, table.id);
    }
    for (const [member, ids] of [
      ['subnets', table.subnetIds],
      ['gateways', table.gatewayIds],
    ] as const) {
      ids.forEach((it, i) => {
        checking.inVpc(table, [member, i], it, table.vpcId);
        const other = associated.get(it);
        if (other !== undefined) {
          report(table, [member, i], `${it} is associated with ${other} already: it has one route table`);
        }
        associated.set(it, table.id);
      });
    }
    checkRoutes(table, checking);
  }
}

function checkRoutes(table: RouteTable, checking: Checking): void {
  const seen = new Set<string>();
  table.routes.forEach(({ destination: to, target, blackhole, origin }, i) => {
    const text = destinationText(to);
    const key = origin === 'propagated' ? `propagated ${text}` : text;
    if (seen.has(key)) {
      checking.report(table, ['routes', i, 'to'], `${table.id} has a route to ${text} already: take one out`);
    }
    seen.add(key);
    if (typeof to === 'string') checking.exists(table, ['routes', i, 'to'], to);
    if (target === undefined || blackhole) return;
    const member = ['routes', i, 'via'];
    if (origin === 'propagated' && target.kind !== 'vpnGateway') {
      checking.report(table, member, 'a propagated route leads to a virtual private gateway (vgw)');
    }
    if (target.kind === 'local' || target.kind === 'coreNetwork') return;
    checkTarget(table, member, target, checking);
  });
}

function checkTarget(
  table: RouteTable,
  member: (string | number)[],
  { kind, id: target }: { readonly kind: (typeof ROUTE_TARGETS)[number]; readonly id: string },
  checking: Checking,
): void {
  const { report } = checking;
  switch (kind) {
    case 'transitGateway': {
      if (!checking.exists(table, member, target)) return;
      if (checking.isAttached(target, table.vpcId)) return;
      report(table, member, `${table.vpcId} is not attached to ${target}: add an attachment to it`);
      return;
    }
    case 'peeringConnection': {
      if (!checking.exists(table, member, target)) return;
      const { requester, accepter } = checking.find('peeringConnections', target)!;
      if (requester.vpcId === table.vpcId || accepter.vpcId === table.vpcId) return;
      report(table, member, `${table.vpcId} is neither side of ${target}`);
      return;
    }
    case 'instance': {
      if (checking.instanceVpcs(target).has(table.vpcId)) return;
      report(table, member, `${target} has no interface in ${table.vpcId}`);
      return;
    }
    case 'localGateway':
    case 'carrierGateway':
      return; // nothing more is known of them
    case 'vpcEndpoint': {
      if (!checking.inVpc(table, member, target, table.vpcId)) return;
      if (checking.find('vpcEndpoints', target)!.type !== 'Interface') return;
      report(table, member, `${target} is an interface endpoint: no route leads to it`);
      return;
    }
    default:
      checking.inVpc(table, member, target, table.vpcId);
  }
}
