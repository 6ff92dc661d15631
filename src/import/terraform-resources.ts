/** Resources of Terraform's AWS provider, by type: attributes as its state has them. */
import { addZone, placementOf, noteZone } from './describe-network.ts';
import { kindOfType } from './describe-interfaces.ts';
import type { Draft } from './draft.ts';
import { distinct, present, tagsOf, type Fields } from './fields.ts';
import { isNitroType } from './instance-types.ts';
import { ownerOfArn } from './places.ts';

/** The attributes of one instance of a resource. */
export interface Attributes {
  readonly it: Fields;
  readonly draft: Draft;
}

type Reader = (attributes: Attributes) => void;

function idOf({ it, draft }: Attributes, what: string): string | undefined {
  const id = it.text('id');
  if (id === undefined) draft.report.leftOut(what, it.place, 'has no id');
  return id;
}

/** All tags, those that the provider adds by default included. */
function tags({ it, draft }: Attributes): Record<string, string> {
  return tagsOf(it.map(it.has('tags_all') ? 'tags_all' : 'tags'), draft);
}

/** An attribute that lists texts, first in order where the provider keeps one. */
function list(it: Fields, ...keys: string[]): string[] {
  return distinct(keys.flatMap((key) => it.texts(key)));
}

const vpc: Reader = (attributes) => {
  const { it, draft } = attributes;
  const id = idOf(attributes, 'VPC');
  if (id === undefined) return;
  const owner = ownerOfArn(it.text('arn'));
  const region = it.text('region') ?? owner.region;
  draft.add('VPC', {
    id,
    place: it.place,
    account: it.text('owner_id') ?? owner.account,
    region,
    value: present({
      id,
      cidrs: distinct([it.text('cidr_block'), it.text('ipv6_cidr_block')]),
      tags: tags(attributes),
    }),
  });
};

function association(key: string): Reader {
  return ({ it, draft }) => {
    const vpcId = it.text('vpc_id');
    const cidr = it.text(key);
    if (vpcId !== undefined && cidr !== undefined) draft.prefixes.push({ vpcId, cidr, place: it.place });
    else draft.report.leftOut('prefix of a VPC', it.place, `has no ${vpcId === undefined ? 'vpc_id' : key}`);
  };
}

const subnet: Reader = (attributes) => {
  const { it, draft } = attributes;
  const id = idOf(attributes, 'subnet');
  if (id === undefined) return;
  const vpcId = it.text('vpc_id');
  const arn = it.text('arn');
  const zone = it.text('availability_zone');
  const zoneId = it.text('availability_zone_id');
  noteZone(draft, it.place, { vpcId, zone, zoneId }, arn);
  draft.add('subnet', {
    id,
    place: it.place,
    parent: vpcId,
    account: it.text('owner_id') ?? ownerOfArn(arn).account,
    value: present({
      id,
      cidrs: distinct([it.text('cidr_block'), it.text('ipv6_cidr_block')]),
      azId: zoneId,
      placement: placementOf(it.text('outpost_arn'), zone, zoneId),
      tags: tags(attributes),
    }),
  });
};

const networkInterface: Reader = (attributes) => {
  const { it, draft } = attributes;
  const id = idOf(attributes, 'interface');
  if (id === undefined) return;
  const four = list(it, 'private_ip_list', 'private_ips');
  const primary = it.text('private_ip') ?? four[0];
  const [attached] = it.objects('attachment');
  draft.add('interface', {
    id,
    place: it.place,
    parent: it.text('subnet_id'),
    account: it.text('owner_id') ?? ownerOfArn(it.text('arn')).account,
    comment: it.text('description'),
    value: present({
      id,
      kind: kindOfType(it.text('interface_type')),
      primary,
      secondary: four.filter((address) => address !== primary),
      ipv6: list(it, 'ipv6_address_list', 'ipv6_addresses'),
      mac: it.text('mac_address'),
      instance: attached?.text('instance'),
      tags: tags(attributes),
    }),
  });
};

const attachment: Reader = ({ it, draft }) => {
  const interfaceId = it.text('network_interface_id');
  const instanceId = it.text('instance_id');
  if (interfaceId !== undefined && instanceId !== undefined) draft.attachments.set(interfaceId, instanceId);
  else draft.report.leftOut('attachment', it.place, 'has no network_interface_id or no instance_id');
};

/** An instance tells of its first interface too; of the others, only which they are. */
const instance: Reader = (attributes) => {
  const { it, draft } = attributes;
  const id = idOf(attributes, 'instance');
  if (id === undefined) return;
  const { account } = ownerOfArn(it.text('arn'));
  draft.add('instance', {
    id,
    place: it.place,
    account,
    value: present({ id, nitro: isNitroType(it.text('instance_type')), tags: tags(attributes) }),
  });
  for (const one of it.objects('network_interface')) {
    const interfaceId = one.text('network_interface_id');
    if (interfaceId !== undefined) draft.attachments.set(interfaceId, id);
  }
  const first = it.text('primary_network_interface_id');
  if (first === undefined) return;
  draft.attachments.set(first, id);
  draft.add('interface', {
    id: first,
    place: it.place,
    parent: it.text('subnet_id'),
    account,
    weak: true,
    value: present({
      id: first,
      primary: it.text('private_ip'),
      secondary: list(it, 'secondary_private_ips'),
      ipv6: list(it, 'ipv6_addresses'),
      instance: id,
    }),
  });
};

const natGateway: Reader = ({ it, draft }) => {
  draft.report.notTaken('NAT gateway', 1);
  const id = it.text('network_interface_id');
  if (id === undefined) return;
  draft.add('interface', {
    id,
    place: it.place,
    parent: it.text('subnet_id'),
    weak: true,
    comment: it.text('id'),
    value: present({
      id,
      kind: 'nat_gateway',
      primary: it.text('private_ip'),
      secondary: list(it, 'secondary_private_ip_addresses'),
    }),
  });
};

/** An endpoint tells the ids of its interfaces, and their addresses by subnet, but not which has which. */
const endpoint: Reader = ({ it, draft }) => {
  draft.report.notTaken('VPC endpoint', 1);
  for (const id of it.texts('network_interface_ids')) {
    const reason =
      'the state tells no address of an interface of an endpoint: add describe-network-interfaces';
    draft.named.set(id, { place: it.place, reason });
  }
};

const zone: Reader = ({ it, draft }) => {
  const region = it.text('region') ?? it.text('group_name');
  if (region !== undefined) addZone(draft, it.place, region, it.text('zone_id'), it.text('name'), false);
};

/** What resources of a type tell. */
export const TERRAFORM_READERS: Readonly<Record<string, Reader>> = {
  aws_vpc: vpc,
  aws_default_vpc: vpc,
  aws_vpc_ipv4_cidr_block_association: association('cidr_block'),
  aws_vpc_ipv6_cidr_block_association: association('ipv6_cidr_block'),
  aws_subnet: subnet,
  aws_default_subnet: subnet,
  aws_network_interface: networkInterface,
  aws_network_interface_attachment: attachment,
  aws_instance: instance,
  aws_spot_instance_request: ({ it, draft }) => {
    draft.report.leftOut(
      'spot request',
      it.place,
      'the state tells no interface of it: add describe-instances',
    );
  },
  aws_nat_gateway: natGateway,
  aws_vpc_endpoint: endpoint,
  aws_availability_zone: zone,
};

/** Types of what a network has and an import does not take in: what one of them is called. */
export const NOT_TAKEN: Readonly<Record<string, string>> = {
  aws_route_table: 'route table',
  aws_default_route_table: 'route table',
  aws_main_route_table_association: 'route table association',
  aws_route: 'route',
  aws_route_table_association: 'route table association',
  aws_internet_gateway: 'internet gateway',
  aws_egress_only_internet_gateway: 'egress-only internet gateway',
  aws_vpn_gateway: 'virtual private gateway',
  aws_customer_gateway: 'customer gateway',
  aws_vpn_connection: 'VPN connection',
  aws_ec2_transit_gateway: 'transit gateway',
  aws_ec2_transit_gateway_vpc_attachment: 'transit gateway VPC attachment',
  aws_ec2_transit_gateway_route_table: 'transit gateway route table',
  aws_vpc_peering_connection: 'peering connection',
  aws_security_group: 'security group',
  aws_default_security_group: 'security group',
  aws_security_group_rule: 'security group rule',
  aws_vpc_security_group_ingress_rule: 'security group rule',
  aws_vpc_security_group_egress_rule: 'security group rule',
  aws_network_acl: 'network ACL',
  aws_default_network_acl: 'network ACL',
  aws_network_acl_rule: 'network ACL rule',
  aws_ec2_managed_prefix_list: 'prefix list',
  aws_eip: 'elastic address',
  aws_lb: 'load balancer',
  aws_alb: 'load balancer',
  aws_autoscaling_group: 'Auto Scaling group',
};
