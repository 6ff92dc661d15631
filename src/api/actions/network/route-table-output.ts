import { formatPrefix } from '../../../base/prefixes.ts';
import type { Route, RouteTable, RouteTarget } from '../../../network/route-table.ts';
import type {
  Route as RouteOutput,
  RouteTableAssociation,
  RouteTable as RouteTableOutput,
} from '../../protocol/types.generated.ts';
import type { State } from './dependencies.ts';
import type { Fields } from './filters.ts';
import { derivedId, tagSet } from './outputs.ts';

const ORIGINS: Readonly<Record<Route['origin'], string>> = {
  table: 'CreateRouteTable',
  created: 'CreateRoute',
  propagated: 'EnableVgwRoutePropagation',
};

/** What a route leads to, under the member that the API has for it. */
function targetOutput(state: State, target: RouteTarget | undefined): RouteOutput {
  if (target === undefined) return {};
  switch (target.kind) {
    case 'local':
      return { GatewayId: 'local' };
    case 'coreNetwork':
      return { CoreNetworkArn: target.arn };
    case 'egressOnlyInternetGateway':
      return { EgressOnlyInternetGatewayId: target.id };
    case 'natGateway':
      return { NatGatewayId: target.id };
    case 'transitGateway':
      return { TransitGatewayId: target.id };
    case 'peeringConnection':
      return { VpcPeeringConnectionId: target.id };
    case 'localGateway':
      return { LocalGatewayId: target.id };
    case 'carrierGateway':
      return { CarrierGatewayId: target.id };
    case 'interface': {
      const [instanceId] = instanceOf(state, target.id);
      return { NetworkInterfaceId: target.id, InstanceId: instanceId };
    }
    case 'instance':
      return { InstanceId: target.id };
    default:
      return { GatewayId: target.id };
  }
}

/** The instance of an interface that a route leads to; a black hole's may be gone. */
function instanceOf(state: State, interfaceId: string): string[] {
  const instanceId = state.has(interfaceId) ? state.interface(interfaceId).instanceId : undefined;
  return instanceId === undefined ? [] : [instanceId];
}

function routeOutput(state: State, { destination: to, target, blackhole, origin }: Route): RouteOutput {
  const four = typeof to !== 'string' && to.family === 4;
  return {
    DestinationCidrBlock: four ? formatPrefix(to) : undefined,
    DestinationIpv6CidrBlock: typeof to !== 'string' && !four ? formatPrefix(to) : undefined,
    DestinationPrefixListId: typeof to === 'string' ? to : undefined,
    ...targetOutput(state, target),
    Origin: ORIGINS[origin],
    State: blackhole ? 'blackhole' : 'active',
  };
}

function associationsOf({ id, main, subnetIds, gatewayIds }: RouteTable): RouteTableAssociation[] {
  const all: { Main: boolean; SubnetId?: string; GatewayId?: string }[] = [
    ...(main ? [{ Main: true }] : []),
    ...subnetIds.map((SubnetId) => ({ Main: false, SubnetId })),
    ...gatewayIds.map((GatewayId) => ({ Main: false, GatewayId })),
  ];
  return all.map((one) => ({
    ...one,
    RouteTableAssociationId: associationId(id, one),
    RouteTableId: id,
    AssociationState: { State: 'associated' },
  }));
}

function associationId(table: string, one: { SubnetId?: string; GatewayId?: string }): string {
  return derivedId('rtbassoc', table, one.SubnetId ?? one.GatewayId ?? 'main');
}

/** The virtual private gateway that a table learns routes from. */
function propagatingGateways(state: State, { propagating, vpcId }: RouteTable): string[] {
  return propagating ? [...state.dependentsOf(vpcId, 'vpnGateway')].map(({ id }) => id) : [];
}

/** A route table as answers show it. */
export function routeTableOutput(state: State, it: RouteTable): RouteTableOutput {
  return {
    Associations: associationsOf(it),
    PropagatingVgws: propagatingGateways(state, it).map((id) => ({ GatewayId: id })),
    RouteTableId: it.id,
    Routes: it.routes.map((route) => routeOutput(state, route)),
    Tags: tagSet(it.tags),
    VpcId: it.vpcId,
    OwnerId: it.accountId,
  };
}

export function routeTableFields(state: State): Fields<RouteTable> {
  const routes =
    (member: (route: RouteOutput) => string | undefined) =>
    (it: RouteTable): string[] =>
      it.routes.flatMap((route) => member(routeOutput(state, route)) ?? []);
  return {
    'route-table-id': (it) => it.id,
    'vpc-id': (it) => it.vpcId,
    'owner-id': (it) => it.accountId,
    'association.main': (it) => associationsOf(it).map(({ Main }) => String(Main)),
    'association.subnet-id': (it) => it.subnetIds,
    'association.gateway-id': (it) => it.gatewayIds,
    'association.route-table-id': (it) => (associationsOf(it).length === 0 ? undefined : it.id),
    'association.route-table-association-id': (it) =>
      associationsOf(it).flatMap(({ RouteTableAssociationId: id }) => id ?? []),
    'route.destination-cidr-block': routes((route) => route.DestinationCidrBlock),
    'route.destination-ipv6-cidr-block': routes((route) => route.DestinationIpv6CidrBlock),
    'route.destination-prefix-list-id': routes((route) => route.DestinationPrefixListId),
    'route.egress-only-internet-gateway-id': routes((route) => route.EgressOnlyInternetGatewayId),
    'route.gateway-id': routes((route) => route.GatewayId),
    'route.instance-id': routes((route) => route.InstanceId),
    'route.nat-gateway-id': routes((route) => route.NatGatewayId),
    'route.transit-gateway-id': routes((route) => route.TransitGatewayId),
    'route.vpc-peering-connection-id': routes((route) => route.VpcPeeringConnectionId),
    'route.network-interface-id': routes((route) => route.NetworkInterfaceId),
    'route.origin': routes((route) => route.Origin),
    'route.state': routes((route) => route.State),
  };
}
