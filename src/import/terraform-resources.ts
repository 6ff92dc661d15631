/** Resources of Terraform's AWS provider, by type: attributes as its state has them. */
import { addZone, placementOf, noteZone } from './describe-network.ts';
import { kindOfType } from './describe-interfaces.ts';
import { distinct, present, type Fields } from './fields.ts';
import { isNitroType } from './instance-types.ts';
import { ownerOfArn } from './places.ts';
import { GATEWAY_READERS, noteMainTable } from './terraform-gateways.ts';
import { GROUP_READERS } from './terraform-groups.ts';
import { idOf, list, tags, type Reader } from './terraform-parts.ts';
import { SERVICE_READERS } from './terraform-services.ts';
import { TRANSIT_READERS } from './terraform-transit.ts';

const vpc: Reader = (attributes) => {
  const { it, draft } = attributes;
  const id = idOf(attributes, 'VPC');
  if (id === undefined) return;
  const owner = ownerOfArn(it.text('arn'));
  const region = it.text('region') ?? owner.region;
  noteMainTable(attributes);
  const group = it.text('default_security_group_id');
  if (group !== undefined) draft.defaultGroups.set(id, group);
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

/** Security groups. A state that has none does not know them. */
function groupsOf(it: Fields, key: string): { securityGroups?: string[] } {
  const groups = list(it, key);
  return groups.length === 0 ? {} : { securityGroups: groups };
}

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
    value: {
      ...present({
        id,
        kind: kindOfType(it.text('interface_type')),
        primary,
        secondary: four.filter((address) => address !== primary),
        ipv6: list(it, 'ipv6_address_list', 'ipv6_addresses'),
        mac: it.text('mac_address'),
        instance: attached?.text('instance'),
        tags: tags(attributes),
      }),
      ...groupsOf(it, 'security_groups'),
    },
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
    value: {
      ...present({
        id: first,
        primary: it.text('private_ip'),
        secondary: list(it, 'secondary_private_ips'),
        ipv6: list(it, 'ipv6_addresses'),
        instance: id,
      }),
      ...groupsOf(it, 'vpc_security_group_ids'),
    },
  });
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
  aws_availability_zone: zone,
  ...GATEWAY_READERS,
  ...GROUP_READERS,
  ...TRANSIT_READERS,
  ...SERVICE_READERS,
};

/** Types of what a network has and network.yaml has no place for: what one of them is called. */
export const NOT_TAKEN: Readonly<Record<string, string>> = {
  aws_customer_gateway: 'customer gateway',
  aws_eip: 'elastic address',
  aws_eip_association: 'elastic address association',
  aws_ec2_transit_gateway_connect: 'transit gateway Connect attachment',
  aws_ec2_transit_gateway_connect_peer: 'transit gateway Connect peer',
  aws_ec2_transit_gateway_multicast_domain: 'transit gateway multicast domain',
  aws_ec2_transit_gateway_policy_table: 'transit gateway policy table',
  aws_ec2_carrier_gateway: 'carrier gateway (routes to it are taken)',
  aws_ec2_local_gateway_route: 'local gateway route',
  aws_networkmanager_vpc_attachment: 'core network attachment',
  aws_ecs_service: 'ECS service (its tasks: describe-tasks)',
};
