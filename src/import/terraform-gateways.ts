/** Gateways, route tables, endpoints and peering connections of Terraform's AWS provider. */
import { endpointRoute } from './describe-gateways.ts';
import { addPrefix } from './describe-groups.ts';
import type { DraftKind } from './draft.ts';
import { distinct, present, type Fields } from './fields.ts';
import { canonicalPrefix } from './outermost.ts';
import { ownerOfArn, regionOfService } from './places.ts';
import { idOf, list, numeric, required, tags, type Reader } from './terraform-parts.ts';

/** A gateway of a VPC, by `vpc_id` or a resource of its own that attaches it. */
function gateway(kind: DraftKind, more?: (it: Fields) => Record<string, unknown>): Reader {
  return (attributes) => {
    const { it, draft } = attributes;
    const id = idOf(attributes, kind);
    if (id === undefined) return;
    draft.add(kind, {
      id,
      place: it.place,
      parent: it.text('vpc_id'),
      account: it.text('owner_id') ?? ownerOfArn(it.text('arn')).account,
      value: present({ id, ...more?.(it), tags: tags(attributes) }),
    });
  };
}

function gatewayAttachment(key: string): Reader {
  return (attributes) => {
    const found = required(attributes, 'attachment of a gateway', key, 'vpc_id');
    if (found !== undefined) attributes.draft.parents.set(found[key]!, found['vpc_id']!);
  };
}

/** Attributes of a route that name what it leads to. */
const TARGETS = [
  'gateway_id',
  'nat_gateway_id',
  'transit_gateway_id',
  'vpc_peering_connection_id',
  'egress_only_gateway_id',
  'vpc_endpoint_id',
  'network_interface_id',
  'instance_id',
  'local_gateway_id',
  'carrier_gateway_id',
  'core_network_arn',
];

/** A route by the attributes of its destination; undefined for one that leads to a gateway endpoint. */
function routeOf(it: Fields, destinations: readonly string[]): Record<string, unknown> | undefined {
  const to = distinct(destinations.map((key) => it.text(key)))[0];
  const via = distinct(TARGETS.map((key) => it.text(key)))[0];
  if (to?.startsWith('pl-') === true && via?.startsWith('vpce-') === true) return undefined;
  return present({
    to: to?.includes('/') === true ? canonicalPrefix(to) : to,
    via,
    blackhole: it.text('state') === 'blackhole',
    propagated: it.text('origin') === 'EnableVgwRoutePropagation',
  });
}

const IN_TABLE = ['cidr_block', 'ipv6_cidr_block', 'destination_prefix_list_id'];
const ALONE = ['destination_cidr_block', 'destination_ipv6_cidr_block', 'destination_prefix_list_id'];
/** How much resources count that tell which table is the main one. */
const MAIN = { byDefault: 1, ofVpc: 2, associated: 3 } as const;

function routeTable(isDefault: boolean): Reader {
  return (attributes) => {
    const { it, draft } = attributes;
    const id = idOf(attributes, 'route table');
    if (id === undefined) return;
    const parent = it.text('vpc_id');
    if (isDefault) draft.main(parent, id, MAIN.byDefault);
    draft.add('route table', {
      id,
      place: it.place,
      parent,
      account: it.text('owner_id') ?? ownerOfArn(it.text('arn')).account,
      value: present({
        id,
        propagating: it.texts('propagating_vgws').length > 0,
        routes: it
          .objects('route')
          .map((route) => routeOf(route, IN_TABLE))
          .filter((route) => route !== undefined),
        tags: tags(attributes),
      }),
    });
  };
}

/** The state of a table has the routes that are resources of their own, too. */
const route: Reader = (attributes) => {
  const { it, draft } = attributes;
  const found = required(attributes, 'route', 'route_table_id');
  const value = routeOf(it, ALONE);
  if (found === undefined || value === undefined) return;
  const { place } = it;
  draft.addPiece({ kind: 'route table', id: found.route_table_id, member: 'routes', value, place });
};

const tableAssociation: Reader = (attributes) => {
  const { it, draft } = attributes;
  const what = 'association of a route table';
  const member = it.text('gateway_id') === undefined ? 'subnets' : 'gateways';
  const key = member === 'subnets' ? 'subnet_id' : 'gateway_id';
  const found = required(attributes, what, 'route_table_id', key);
  if (found === undefined) return;
  const { place } = it;
  draft.addPiece({ kind: 'route table', id: found.route_table_id, member, value: found[key], place });
};

const mainAssociation: Reader = (attributes) => {
  const found = required(attributes, 'association of a main route table', 'vpc_id', 'route_table_id');
  if (found !== undefined) attributes.draft.main(found.vpc_id, found.route_table_id, MAIN.associated);
};

/** A VPC names its main table. */
export const noteMainTable: Reader = ({ it, draft }) => {
  draft.main(it.text('id'), it.text('main_route_table_id'), MAIN.ofVpc);
};

const propagation: Reader = (attributes) => {
  const found = required(attributes, 'route propagation', 'route_table_id', 'vpn_gateway_id');
  if (found === undefined) return;
  const { place } = attributes.it;
  const id = found.route_table_id;
  attributes.draft.addPiece({ kind: 'route table', id, member: 'propagating', value: true, place });
};

/** A NAT gateway, and of a zonal one its interface. */
const natGateway: Reader = (attributes) => {
  const { it, draft } = attributes;
  const id = idOf(attributes, 'NAT gateway');
  if (id === undefined) return;
  const { place } = it;
  const regional = it.text('availability_mode') === 'regional';
  const interfaceId = it.text('network_interface_id');
  const subnetId = it.text('subnet_id');
  if (subnetId !== undefined) draft.homes.set(id, subnetId);
  const connectivity = it.text('connectivity_type') === 'private' ? 'private' : undefined;
  const zonal = [
    present({ public: it.text('public_ip'), private: it.text('private_ip') }),
    ...list(it, 'secondary_private_ip_addresses').map((address) => ({ private: address })),
  ].filter((one) => Object.keys(one).length > 0);
  const addresses = it
    .objects('regional_nat_gateway_address')
    .map((one) => present({ public: one.text('public_ip'), azId: one.text('availability_zone_id') }));
  draft.add('NAT gateway', {
    id,
    place,
    parent: it.text('vpc_id'),
    value: present({
      id,
      regional,
      connectivity,
      interface: regional ? undefined : interfaceId,
      addresses: regional ? addresses : zonal,
      tags: tags(attributes),
    }),
  });
  if (regional || interfaceId === undefined) return;
  draft.add('interface', {
    id: interfaceId,
    place,
    parent: subnetId,
    weak: true,
    comment: id,
    value: present({
      id: interfaceId,
      kind: 'nat_gateway',
      primary: it.text('private_ip'),
      secondary: list(it, 'secondary_private_ip_addresses'),
    }),
  });
};

/** An endpoint. It tells the ids of its interfaces, and their addresses by subnet, but not which has which. */
const endpoint: Reader = (attributes) => {
  const { it, draft } = attributes;
  const id = idOf(attributes, 'VPC endpoint');
  if (id === undefined) return;
  const { place } = it;
  const interfaces = list(it, 'network_interface_ids');
  for (const one of interfaces) {
    const reason =
      'the state tells no address of an interface of an endpoint: add describe-network-interfaces';
    draft.named.set(one, { place, reason });
  }
  const type = it.text('vpc_endpoint_type') ?? 'Gateway';
  const service = it.text('service_name');
  const prefixList = it.text('prefix_list_id');
  if (type === 'Gateway' && prefixList !== undefined) {
    endpointRoute(draft, { endpoint: id, list: prefixList, table: undefined, place });
    const value = present({ id: prefixList, name: service });
    draft.add('prefix list', { id: prefixList, place, region: regionOfService(service), weak: true, value });
    for (const cidr of it.texts('cidr_blocks')) addPrefix(draft, prefixList, cidr, place);
  }
  draft.add('VPC endpoint', {
    id,
    place,
    parent: it.text('vpc_id'),
    account: it.text('owner_id') ?? ownerOfArn(it.text('arn')).account,
    value: present({
      id,
      type,
      service,
      routeTables: type === 'Gateway' ? list(it, 'route_table_ids') : [],
      interfaces,
      privateDns: it.flag('private_dns_enabled'),
      tags: tags(attributes),
    }),
  });
};

const endpointAssociation: Reader = (attributes) => {
  const found = required(attributes, 'association of an endpoint', 'vpc_endpoint_id', 'route_table_id');
  if (found === undefined) return;
  const { it, draft } = attributes;
  const { vpc_endpoint_id: id, route_table_id: table } = found;
  endpointRoute(draft, { endpoint: id, list: undefined, table, place: it.place });
};

/** A peering connection; the resource of its other side says the same, the other way round. */
function peering(own: 'requester' | 'accepter'): Reader {
  return (attributes) => {
    const { it, draft } = attributes;
    const id = idOf(attributes, 'peering connection');
    if (id === undefined) return;
    const status = it.text('accept_status');
    if (status !== undefined && status !== 'active' && status !== 'provisioning') {
      return draft.report.leftOut(`peering connection ${id}`, it.place, `is ${status}`);
    }
    const near = { vpc: it.text('vpc_id') };
    const far = present({
      vpc: it.text('peer_vpc_id'),
      account: it.text('peer_owner_id'),
      region: it.text('peer_region'),
    });
    const sides =
      own === 'requester' ? { requester: near, accepter: far } : { requester: far, accepter: near };
    draft.add('peering connection', {
      id,
      place: it.place,
      weak: own === 'accepter',
      value: present({ id, ...sides, tags: tags(attributes) }),
    });
  };
}

export const GATEWAY_READERS: Readonly<Record<string, Reader>> = {
  aws_internet_gateway: gateway('internet gateway'),
  aws_internet_gateway_attachment: gatewayAttachment('internet_gateway_id'),
  aws_egress_only_internet_gateway: gateway('egress-only internet gateway'),
  aws_vpn_gateway: gateway('virtual private gateway', (it) => ({ asn: numeric(it, 'amazon_side_asn') })),
  aws_vpn_gateway_attachment: gatewayAttachment('vpn_gateway_id'),
  aws_vpn_gateway_route_propagation: propagation,
  aws_route_table: routeTable(false),
  aws_default_route_table: routeTable(true),
  aws_route: route,
  aws_route_table_association: tableAssociation,
  aws_main_route_table_association: mainAssociation,
  aws_nat_gateway: natGateway,
  aws_vpc_endpoint: endpoint,
  aws_vpc_endpoint_route_table_association: endpointAssociation,
  aws_vpc_peering_connection: peering('requester'),
  aws_vpc_peering_connection_accepter: peering('accepter'),
};
