/** What the service makes by itself: with each VPC a main route table, a default security group and a default
 * network ACL, with each transit gateway a default route table. Where the file declares its own, none is made.
 * Their ids are hashes: the same in every run. */
import { hashedId } from './ids.ts';
import type { NetworkLists } from './model.ts';
import { defaultEntries, type NetworkAcl } from './network-acl.ts';
import type { Held } from './resources.ts';
import { localRoutes, withRoutes, type Route, type RouteTable } from './route-table.ts';
import { DEFAULT_GROUP, defaultRules, type SecurityGroup } from './security-group.ts';
import { NO_TAGS } from './tags.ts';
import type { TransitGatewayRouteTable } from './transit-gateway-route-table.ts';
import type { TransitGateway } from './transit-gateway.ts';
import type { Vpc } from './vpc.ts';

function impliedRouteTable({ id, origin, accountId, region, cidrs }: Vpc): RouteTable {
  return {
    id: hashedId('routeTable', id),
    origin,
    accountId,
    tags: NO_TAGS,
    region,
    vpcId: id,
    main: true,
    implied: true,
    subnetIds: [],
    gatewayIds: [],
    propagating: false,
    routes: localRoutes(cidrs),
  };
}

function impliedSecurityGroup({ id, origin, accountId, region }: Vpc): SecurityGroup {
  const groupId = hashedId('securityGroup', id);
  return {
    id: groupId,
    origin,
    accountId,
    tags: NO_TAGS,
    region,
    vpcId: id,
    name: DEFAULT_GROUP,
    description: 'default VPC security group',
    implied: true,
    ...defaultRules(groupId),
  };
}

function impliedNetworkAcl({ id, origin, accountId, region, cidrs }: Vpc): NetworkAcl {
  const families = ([4, 6] as const).filter((family) => cidrs.some((prefix) => prefix.family === family));
  return {
    id: hashedId('networkAcl', id),
    origin,
    accountId,
    tags: NO_TAGS,
    region,
    vpcId: id,
    isDefault: true,
    implied: true,
    subnetIds: [],
    entries: defaultEntries(families),
  };
}

function impliedGatewayTable(
  { id, origin, accountId, region, options }: TransitGateway,
  without: { readonly association: boolean; readonly propagation: boolean },
): TransitGatewayRouteTable | undefined {
  const defaultAssociation = options.defaultRouteTableAssociation === 'enable' && !without.association;
  const defaultPropagation = options.defaultRouteTablePropagation === 'enable' && !without.propagation;
  if (!defaultAssociation && !defaultPropagation) return undefined;
  return {
    id: hashedId('transitGatewayRouteTable', id),
    origin,
    accountId,
    tags: NO_TAGS,
    region,
    transitGatewayId: id,
    defaultAssociation,
    defaultPropagation,
    implied: true,
    associations: [],
    propagations: [],
    routes: [],
  };
}

/** What comes with a resource that the API makes, and goes with it. */
export function impliedBy(held: Held): Held[] {
  if (held.kind === 'vpc') {
    return [
      { kind: 'routeTable', resource: impliedRouteTable(held.resource) },
      { kind: 'securityGroup', resource: impliedSecurityGroup(held.resource) },
      { kind: 'networkAcl', resource: impliedNetworkAcl(held.resource) },
    ];
  }
  if (held.kind !== 'transitGateway') return [];
  const table = impliedGatewayTable(held.resource, { association: false, propagation: false });
  return table === undefined ? [] : [{ kind: 'transitGatewayRouteTable', resource: table }];
}

/** The lists of a network that was read, with what the service makes by itself. */
export function completed(lists: NetworkLists): NetworkLists {
  const mains = new Set(lists.routeTables.filter((it) => it.main).map((it) => it.vpcId));
  const groups = new Set(
    lists.securityGroups.filter((it) => it.name === DEFAULT_GROUP).map((it) => it.vpcId),
  );
  const acls = new Set(lists.networkAcls.filter((it) => it.isDefault).map((it) => it.vpcId));
  const without = (ids: ReadonlySet<string>): Vpc[] => lists.vpcs.filter((vpc) => !ids.has(vpc.id));
  return {
    ...lists,
    routeTables: [...routed(lists), ...without(mains).map(impliedRouteTable)],
    securityGroups: [...lists.securityGroups, ...without(groups).map(impliedSecurityGroup)],
    networkAcls: [...lists.networkAcls, ...without(acls).map(impliedNetworkAcl)],
    transitGatewayRouteTables: [...lists.transitGatewayRouteTables, ...impliedGatewayTables(lists)],
  };
}

function impliedGatewayTables(lists: NetworkLists): TransitGatewayRouteTable[] {
  const tables = lists.transitGatewayRouteTables;
  const of = (member: 'defaultAssociation' | 'defaultPropagation'): Set<string> =>
    new Set(tables.filter((it) => it[member]).map((it) => it.transitGatewayId));
  const [associating, propagating] = [of('defaultAssociation'), of('defaultPropagation')];
  return lists.transitGateways.flatMap((gateway) => {
    const association = associating.has(gateway.id);
    const propagation = propagating.has(gateway.id);
    return impliedGatewayTable(gateway, { association, propagation }) ?? [];
  });
}

/** The declared route tables with the routes that nobody writes: to the VPC, and to gateway endpoints. */
function routed(lists: NetworkLists): RouteTable[] {
  const vpcs = new Map(lists.vpcs.map((vpc) => [vpc.id, vpc]));
  const endpoints = new Map<string, Route[]>();
  for (const { id, routeTableIds, prefixListId } of lists.vpcEndpoints) {
    if (prefixListId === undefined) continue;
    const target = { kind: 'vpcEndpoint', id } as const;
    const route: Route = { destination: prefixListId, target, blackhole: false, origin: 'created' };
    for (const table of routeTableIds) {
      const known = endpoints.get(table);
      if (known === undefined) endpoints.set(table, [route]);
      else known.push(route);
    }
  }
  return lists.routeTables.map((table) =>
    withRoutes(table, [
      ...localRoutes(vpcs.get(table.vpcId)?.cidrs ?? []),
      ...(endpoints.get(table.id) ?? []),
    ]),
  );
}
