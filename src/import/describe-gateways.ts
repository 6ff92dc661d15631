/** Route tables, gateways, endpoints and peering connections in the outputs of describe commands. */
import type { Draft, DraftKind } from './draft.ts';
import { describedTags, requiredId } from './describe-network.ts';
import { distinct, present, type Fields } from './fields.ts';

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

/** One of `RouteTables`. Routes to the VPC itself and to gateway endpoints are made by what they lead to. */
export function readRouteTable(it: Fields, draft: Draft): void {
  const id = requiredId(it, 'RouteTableId', 'route table', draft);
  if (id === undefined) return;
  const associations = it.objects('Associations');
  const routes = it.objects('Routes').flatMap((route) => {
    const via = first(route, TARGETS);
    if (via === 'local' || via?.startsWith('vpce-') === true) return [];
    const blackhole = route.text('State') === 'blackhole';
    const propagated = route.text('Origin') === 'EnableVgwRoutePropagation';
    return [present({ to: first(route, DESTINATIONS), via, blackhole, propagated })];
  });
  draft.add('route table', {
    id,
    place: it.place,
    parent: it.text('VpcId'),
    account: it.text('OwnerId'),
    value: present({
      id,
      main: associations.some((one) => one.flag('Main') === true),
      subnets: distinct(associations.map((one) => one.text('SubnetId'))),
      gateways: distinct(associations.map((one) => one.text('GatewayId'))),
      propagating: it.objects('PropagatingVgws').length > 0,
      routes,
      tags: describedTags(it, 'Tags', draft),
    }),
  });
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

/** One of `VpcEndpoints`. Of a gateway endpoint's route tables the list of prefixes is not told here. */
export function readEndpoint(it: Fields, draft: Draft): void {
  const id = requiredId(it, 'VpcEndpointId', 'VPC endpoint', draft);
  if (id === undefined) return;
  const tables = it.texts('RouteTableIds');
  if (tables.length > 0) {
    const reason = `is not told the prefix list of its service: it has no routes of ${tables.join(', ')}`;
    draft.report.leftOut(`routes of VPC endpoint ${id}`, it.place, reason);
  }
  draft.add('VPC endpoint', {
    id,
    place: it.place,
    parent: it.text('VpcId'),
    account: it.text('OwnerId'),
    value: present({
      id,
      type: it.text('VpcEndpointType') ?? 'Gateway',
      service: it.text('ServiceName'),
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
