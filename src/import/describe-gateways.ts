/** Route tables, gateways, endpoints and peering connections in the outputs of describe commands. */
import type { Draft, DraftKind } from './draft.ts';
import { describedTags, requiredId } from './describe-network.ts';
import { distinct, present, type Fields } from './fields.ts';
import { canonicalPrefix } from './outermost.ts';

/** A gateway that VPCs are attached to one by one: what it is of each. */
function attachable(
  kind: DraftKind,
  key: string,
  list: string,
  more?: (it: Fields) => Record<string, unknown>,
) {
  return (it: Fields, draft: Draft): void => {
    const id = requiredId(it, key, kind, draft);
    if (id === undefined) return;
    const attached = it.objects(list).find((one) => one.text('State')?.startsWith('detach') !== true);
    const vpcId = attached?.text('VpcId');
    if (vpcId === undefined) return draft.report.leftOut(`${kind} ${id}`, it.place, 'is attached to no VPC');
    draft.add(kind, {
      id,
      place: it.place,
      parent: vpcId,
      account: it.text('OwnerId'),
      value: present({ id, ...more?.(it), tags: describedTags(it, 'Tags', draft) }),
    });
  };
}

/** One of `InternetGateways`. */
export const readInternetGateway = attachable('internet gateway', 'InternetGatewayId', 'Attachments');
/** One of `EgressOnlyInternetGateways`. */
export const readEgressOnlyGateway = attachable(
  'egress-only internet gateway',
  'EgressOnlyInternetGatewayId',
  'Attachments',
);
/** One of `VpnGateways`. */
export const readVpnGateway = attachable(
  'virtual private gateway',
  'VpnGatewayId',
  'VpcAttachments',
  (it) => ({
    asn: it.number('AmazonSideAsn'),
  }),
);

/** Members of a route that name what it leads to. */
const TARGETS = [
  'GatewayId',
  'NatGatewayId',
  'TransitGatewayId',
  'VpcPeeringConnectionId',
  'EgressOnlyInternetGatewayId',
  'NetworkInterfaceId',
  'InstanceId',
  'LocalGatewayId',
  'CarrierGatewayId',
  'CoreNetworkArn',
];
const DESTINATIONS = ['DestinationCidrBlock', 'DestinationIpv6CidrBlock', 'DestinationPrefixListId'];

function first(it: Fields, keys: readonly string[]): string | undefined {
  return distinct(keys.map((key) => it.text(key)))[0];
}

/** How much what tells a main table counts: the answer has it as it is. */
const MAIN_DESCRIBED = 9;

/** One of `RouteTables`. */
export function readRouteTable(it: Fields, draft: Draft): void {
  const id = requiredId(it, 'RouteTableId', 'route table', draft);
  if (id === undefined) return;
  const associations = it.objects('Associations');
  const parent = it.text('VpcId');
  const routes = it.objects('Routes').flatMap((route) => routeOf(route, id, draft));
  if (associations.some((one) => one.flag('Main') === true)) draft.main(parent, id, MAIN_DESCRIBED);
  draft.add('route table', {
    id,
    place: it.place,
    parent,
    account: it.text('OwnerId'),
    value: present({
      id,
      subnets: distinct(associations.map((one) => one.text('SubnetId'))),
      gateways: distinct(associations.map((one) => one.text('GatewayId'))),
      propagating: it.objects('PropagatingVgws').length > 0,
      routes,
      tags: describedTags(it, 'Tags', draft),
    }),
  });
}

/** A route, none for those that are there by themselves: to the VPC and to gateway endpoints. */
function routeOf(route: Fields, table: string, draft: Draft): Record<string, unknown>[] {
  const to = first(route, DESTINATIONS);
  const via = first(route, TARGETS);
  if (via === 'local' && route.text('Origin') === 'CreateRouteTable') return [];
  const list = route.text('DestinationPrefixListId');
  if (list !== undefined && via?.startsWith('vpce-') === true) {
    endpointRoute(draft, { endpoint: via, list, table, place: route.place });
    return [];
  }
  const blackhole = route.text('State') === 'blackhole';
  const propagated = route.text('Origin') === 'EnableVgwRoutePropagation';
  return [present({ to: to?.includes('/') === true ? canonicalPrefix(to) : to, via, blackhole, propagated })];
}

/** A route to a gateway endpoint tells the list of its service's prefixes. */
export function endpointRoute(
  draft: Draft,
  it: {
    readonly endpoint: string;
    readonly list: string | undefined;
    readonly table: string | undefined;
    readonly place: string;
  },
): void {
  const { endpoint: id, list, table, place } = it;
  const kind = 'VPC endpoint';
  if (list !== undefined) draft.addPiece({ kind, id, member: 'prefixList', value: list, place });
  if (table !== undefined) draft.addPiece({ kind, id, member: 'routeTables', value: table, place });
}

/** One of `NatGateways`. Those that are deleted are described for an hour more. */
export function readNatGateway(it: Fields, draft: Draft): void {
  const id = requiredId(it, 'NatGatewayId', 'NAT gateway', draft);
  if (id === undefined) return;
  const state = it.text('State');
  if (state === 'deleted' || state === 'deleting' || state === 'failed') {
    return draft.report.leftOut(`NAT gateway ${id}`, it.place, `is ${state}`);
  }
  const addresses = it.objects('NatGatewayAddresses');
  const regional = it.text('AvailabilityMode') === 'regional';
  draft.add('NAT gateway', {
    id,
    place: it.place,
    parent: it.text('VpcId'),
    value: present({
      id,
      regional,
      connectivity: it.text('ConnectivityType') === 'private' ? 'private' : undefined,
      interface: regional ? undefined : first(addresses[0] ?? it, ['NetworkInterfaceId']),
      addresses: addresses
        .map((one) =>
          present({
            public: one.text('PublicIp'),
            private: regional ? undefined : one.text('PrivateIp'),
            azId: regional ? one.text('AvailabilityZoneId') : undefined,
          }),
        )
        .filter((one) => Object.keys(one).length > 0),
      tags: describedTags(it, 'Tags', draft),
    }),
  });
}

/** One of `VpcEndpoints`. The list of a gateway endpoint's prefixes is told by the routes to it. */
export function readEndpoint(it: Fields, draft: Draft): void {
  const id = requiredId(it, 'VpcEndpointId', 'VPC endpoint', draft);
  if (id === undefined) return;
  draft.add('VPC endpoint', {
    id,
    place: it.place,
    parent: it.text('VpcId'),
    account: it.text('OwnerId'),
    value: present({
      id,
      type: it.text('VpcEndpointType') ?? 'Gateway',
      service: it.text('ServiceName'),
      routeTables: distinct(it.texts('RouteTableIds')),
      interfaces: it.texts('NetworkInterfaceIds'),
      privateDns: it.flag('PrivateDnsEnabled'),
      tags: describedTags(it, 'Tags', draft),
    }),
  });
}

/** One of `VpcPeeringConnections`, that is or may become active. */
export function readPeering(it: Fields, draft: Draft): void {
  const id = requiredId(it, 'VpcPeeringConnectionId', 'peering connection', draft);
  if (id === undefined) return;
  const status = it.object('Status').text('Code');
  if (status !== undefined && status !== 'active' && status !== 'provisioning') {
    return draft.report.leftOut(`peering connection ${id}`, it.place, `is ${status}`);
  }
  const side = (key: string): Record<string, unknown> => {
    const info = it.object(key);
    const cidrs = distinct([
      info.text('CidrBlock'),
      ...info.objects('CidrBlockSet').map((one) => one.text('CidrBlock')),
      ...info.objects('Ipv6CidrBlockSet').map((one) => one.text('Ipv6CidrBlock')),
    ]);
    return present({
      vpc: info.text('VpcId'),
      account: info.text('OwnerId'),
      region: info.text('Region'),
      cidrs,
    });
  };
  draft.add('peering connection', {
    id,
    place: it.place,
    value: present({
      id,
      requester: side('RequesterVpcInfo'),
      accepter: side('AccepterVpcInfo'),
      tags: describedTags(it, 'Tags', draft),
    }),
  });
}
