/** Gateways, tables, groups and transit gateways in Terraform state, with the attributes of its AWS provider. */
import { parse } from 'yaml';
import { expect, test } from 'vitest';
import { imported, reasons } from './support.ts';

const OWNER = '111122223333';
const HOME = `arn:aws:ec2:eu-west-1:${OWNER}`;
const VPC = 'vpc-0a1b2c3d';
const SUBNET = 'subnet-0a1b2c3d';
const route = (more: object): object => ({
  carrier_gateway_id: '',
  cidr_block: '',
  core_network_arn: '',
  destination_prefix_list_id: '',
  egress_only_gateway_id: '',
  gateway_id: '',
  ipv6_cidr_block: '',
  local_gateway_id: '',
  nat_gateway_id: '',
  network_interface_id: '',
  transit_gateway_id: '',
  vpc_endpoint_id: '',
  vpc_peering_connection_id: '',
  ...more,
});
const rule = (more: object): object => ({
  cidr_blocks: [],
  description: '',
  from_port: 0,
  ipv6_cidr_blocks: [],
  prefix_list_ids: [],
  protocol: '-1',
  security_groups: [],
  self: false,
  to_port: 0,
  ...more,
});

const RESOURCES: readonly (readonly [string, object])[] = [
  [
    'aws_vpc',
    {
      id: VPC,
      arn: `${HOME}:vpc/${VPC}`,
      cidr_block: '10.0.0.0/16',
      owner_id: OWNER,
      main_route_table_id: 'rtb-0000000a',
      default_route_table_id: 'rtb-0000000d',
      default_security_group_id: 'sg-0000000d',
    },
  ],
  ['aws_subnet', { id: SUBNET, vpc_id: VPC, cidr_block: '10.0.1.0/24', arn: `${HOME}:subnet/${SUBNET}` }],
  ['aws_subnet', { id: 'subnet-0000000b', vpc_id: VPC, cidr_block: '10.0.2.0/24' }],
  [
    'aws_network_interface',
    {
      id: 'eni-0000000a',
      subnet_id: SUBNET,
      private_ip: '10.0.1.9',
      private_ips: ['10.0.1.9'],
      security_groups: ['sg-0000000a'],
    },
  ],
  [
    'aws_network_interface',
    { id: 'eni-0000000d', subnet_id: SUBNET, private_ip: '10.0.1.10', security_groups: ['sg-0000000d'] },
  ],
  ['aws_internet_gateway', { id: 'igw-0000000a', vpc_id: '', arn: `${HOME}:internet-gateway/igw-0000000a` }],
  ['aws_internet_gateway_attachment', { internet_gateway_id: 'igw-0000000a', vpc_id: VPC }],
  ['aws_egress_only_internet_gateway', { id: 'eigw-0000000a', vpc_id: VPC, tags_all: { Name: 'six' } }],
  ['aws_vpn_gateway', { id: 'vgw-0000000a', vpc_id: VPC, amazon_side_asn: '64999' }],
  ['aws_vpn_gateway_route_propagation', { vpn_gateway_id: 'vgw-0000000a', route_table_id: 'rtb-0000000b' }],
  [
    'aws_nat_gateway',
    {
      id: 'nat-0000000a',
      subnet_id: SUBNET,
      connectivity_type: 'public',
      network_interface_id: 'eni-0000000b',
      private_ip: '10.0.1.5',
      public_ip: '203.0.113.5',
      secondary_private_ip_addresses: [],
    },
  ],
  [
    'aws_nat_gateway',
    {
      id: 'nat-0000000b',
      availability_mode: 'regional',
      vpc_id: VPC,
      regional_nat_gateway_address: [
        { public_ip: '203.0.113.6', availability_zone_id: 'euw1-az1', availability_zone: 'eu-west-1a' },
      ],
    },
  ],
  [
    'aws_route_table',
    {
      id: 'rtb-0000000a',
      vpc_id: VPC,
      owner_id: OWNER,
      propagating_vgws: [],
      route: [route({ cidr_block: '0.0.0.0/0', nat_gateway_id: 'nat-0000000a' })],
    },
  ],
  [
    'aws_route_table',
    {
      id: 'rtb-0000000b',
      vpc_id: VPC,
      // Those that are resources of their own are here too, once the state was refreshed.
      route: [
        route({ cidr_block: '0.0.0.0/0', gateway_id: 'igw-0000000a' }),
        route({ ipv6_cidr_block: '::/0', egress_only_gateway_id: 'eigw-0000000a' }),
      ],
    },
  ],
  [
    'aws_route',
    {
      route_table_id: 'rtb-0000000b',
      destination_cidr_block: '0.0.0.0/0',
      gateway_id: 'igw-0000000a',
      origin: 'CreateRoute',
      state: 'active',
    },
  ],
  [
    'aws_route',
    {
      route_table_id: 'rtb-0000000b',
      destination_cidr_block: '10.0.0.0/8',
      transit_gateway_id: 'tgw-0000000a',
      origin: 'CreateRoute',
      state: 'active',
    },
  ],
  ['aws_route_table_association', { route_table_id: 'rtb-0000000b', subnet_id: SUBNET, gateway_id: '' }],
  ['aws_route_table_association', { route_table_id: 'rtb-0000000f', subnet_id: 'subnet-0000000b' }],
  [
    'aws_vpc_endpoint',
    {
      id: 'vpce-0000000a',
      vpc_id: VPC,
      vpc_endpoint_type: 'Gateway',
      service_name: 'com.amazonaws.eu-west-1.s3',
      prefix_list_id: 'pl-0000000e',
      cidr_blocks: ['198.51.100.0/24'],
      route_table_ids: ['rtb-0000000b'],
      network_interface_ids: [],
    },
  ],
  [
    'aws_vpc_peering_connection',
    {
      id: 'pcx-0000000a',
      vpc_id: VPC,
      peer_vpc_id: 'vpc-0000000e',
      peer_owner_id: '444455556666',
      peer_region: 'us-east-1',
      accept_status: 'active',
    },
  ],
  [
    'aws_ec2_managed_prefix_list',
    {
      id: 'pl-0000000a',
      arn: `${HOME}:prefix-list/pl-0000000a`,
      name: 'partners',
      owner_id: OWNER,
      entry: [{ cidr: '192.0.2.0/24', description: '' }],
    },
  ],
  ['aws_ec2_managed_prefix_list_entry', { prefix_list_id: 'pl-0000000a', cidr: '192.0.3.0/24' }],
  [
    'aws_security_group',
    {
      id: 'sg-0000000a',
      vpc_id: VPC,
      name: 'web',
      description: 'Managed by Terraform',
      owner_id: OWNER,
      ingress: [
        rule({ protocol: 'tcp', from_port: 443, to_port: 443, cidr_blocks: ['0.0.0.0/0'], self: true }),
      ],
      egress: [],
    },
  ],
  [
    'aws_security_group_rule',
    {
      security_group_id: 'sg-0000000a',
      type: 'ingress',
      protocol: 'icmp',
      from_port: 8,
      to_port: -1,
      prefix_list_ids: ['pl-0000000a'],
    },
  ],
  [
    'aws_vpc_security_group_egress_rule',
    { security_group_id: 'sg-0000000a', ip_protocol: '-1', cidr_ipv4: '0.0.0.0/0', description: 'out' },
  ],
  [
    'aws_network_acl',
    {
      id: 'acl-0000000a',
      vpc_id: VPC,
      subnet_ids: [SUBNET],
      ingress: [
        { rule_no: 100, action: 'allow', protocol: '6', cidr_block: '0.0.0.0/0', from_port: 22, to_port: 23 },
      ],
      egress: [],
    },
  ],
  [
    'aws_network_acl_rule',
    {
      network_acl_id: 'acl-0000000a',
      rule_number: 110,
      egress: true,
      rule_action: 'deny',
      protocol: '1',
      cidr_block: '0.0.0.0/0',
      icmp_type: '3',
      icmp_code: '4',
    },
  ],
  ['aws_network_acl_association', { network_acl_id: 'acl-0000000a', subnet_id: 'subnet-0000000b' }],
  [
    'aws_ec2_transit_gateway',
    {
      id: 'tgw-0000000a',
      arn: `${HOME}:transit-gateway/tgw-0000000a`,
      owner_id: OWNER,
      description: 'core',
      amazon_side_asn: 64513,
      association_default_route_table_id: 'tgw-rtb-0000000d',
      propagation_default_route_table_id: 'tgw-rtb-0000000d',
      default_route_table_association: 'enable',
      default_route_table_propagation: 'enable',
    },
  ],
  [
    'aws_ec2_transit_gateway_vpc_attachment',
    {
      id: 'tgw-attach-0000000a',
      transit_gateway_id: 'tgw-0000000a',
      vpc_id: VPC,
      subnet_ids: [SUBNET],
      appliance_mode_support: 'enable',
      ipv6_support: 'disable',
      transit_gateway_default_route_table_association: false,
      transit_gateway_default_route_table_propagation: false,
    },
  ],
  [
    'aws_ec2_transit_gateway_peering_attachment',
    {
      id: 'tgw-attach-0000000b',
      transit_gateway_id: 'tgw-0000000a',
      peer_transit_gateway_id: 'tgw-0000000e',
      peer_account_id: '444455556666',
      peer_region: 'us-east-1',
    },
  ],
  [
    'aws_vpn_connection',
    {
      id: 'vpn-0000000a',
      transit_gateway_id: 'tgw-0000000a',
      transit_gateway_attachment_id: 'tgw-attach-0000000c',
    },
  ],
  ['aws_ec2_transit_gateway_route_table', { id: 'tgw-rtb-0000000a', transit_gateway_id: 'tgw-0000000a' }],
  [
    'aws_ec2_transit_gateway_route_table_association',
    {
      transit_gateway_attachment_id: 'tgw-attach-0000000a',
      transit_gateway_route_table_id: 'tgw-rtb-0000000a',
    },
  ],
  [
    'aws_ec2_transit_gateway_route_table_propagation',
    {
      transit_gateway_attachment_id: 'tgw-attach-0000000a',
      transit_gateway_route_table_id: 'tgw-rtb-0000000a',
    },
  ],
  [
    'aws_ec2_transit_gateway_route',
    {
      transit_gateway_route_table_id: 'tgw-rtb-0000000a',
      destination_cidr_block: '10.40.0.0/16',
      transit_gateway_attachment_id: 'tgw-attach-0000000b',
      blackhole: false,
    },
  ],
  [
    'aws_ec2_transit_gateway_prefix_list_reference',
    { prefix_list_id: 'pl-0000000a', transit_gateway_route_table_id: 'tgw-rtb-0000000a' },
  ],
  [
    'aws_lb',
    {
      arn: `arn:aws:elasticloadbalancing:eu-west-1:${OWNER}:loadbalancer/app/shop/50dc6c495c0c9188`,
      load_balancer_type: 'application',
      tags_all: { team: 'shop' },
    },
  ],
  [
    'aws_autoscaling_group',
    {
      name: 'web',
      arn: `arn:aws:autoscaling:eu-west-1:${OWNER}:autoScalingGroup:8f2c:autoScalingGroupName/web`,
      tag: [{ key: 'team', value: 'shop', propagate_at_launch: true }],
    },
  ],
  ['aws_eip', { id: 'eipalloc-0000000a' }],
];

function stateOf(resources: readonly (readonly [string, object])[]): object {
  return {
    version: 4,
    terraform_version: '1.9.0',
    lineage: 'x',
    resources: resources.map(([type, attributes], i) => ({
      mode: 'managed',
      type,
      name: `r${i}`,
      provider: 'provider["registry.terraform.io/hashicorp/aws"]',
      instances: [{ schema_version: 1, attributes }],
    })),
  };
}

const { yaml, report } = imported({ 's.json': stateOf(RESOURCES) });
const file = parse(yaml) as Record<string, unknown> & { vpcs: [Record<string, unknown>] };
const [vpc] = file.vpcs;

test('gateways, by attributes and by resources that attach them', () => {
  expect(vpc['internetGateway']).toEqual({ id: 'igw-0000000a' });
  expect(vpc['egressOnlyInternetGateway']).toEqual({ id: 'eigw-0000000a', tags: { Name: 'six' } });
  expect(vpc['vpnGateway']).toEqual({ id: 'vgw-0000000a', asn: 64999 });
  expect(vpc['natGateways']).toEqual([
    {
      id: 'nat-0000000a',
      interface: 'eni-0000000b',
      addresses: [{ public: '203.0.113.5', private: '10.0.1.5' }],
    },
    { id: 'nat-0000000b', regional: true, addresses: [{ public: '203.0.113.6', azId: 'euw1-az1' }] },
  ]);
});

test('tables: the main one as the VPC says, routes once, associations, propagation', () => {
  expect(vpc['routeTables']).toEqual([
    { id: 'rtb-0000000a', main: true, routes: [{ to: '0.0.0.0/0', via: 'nat-0000000a' }] },
    {
      id: 'rtb-0000000b',
      propagating: true,
      subnets: [SUBNET],
      routes: [
        { to: '0.0.0.0/0', via: 'igw-0000000a' },
        { to: '::/0', via: 'eigw-0000000a' },
        { to: '10.0.0.0/8', via: 'tgw-0000000a' },
      ],
    },
  ]);
});

test('endpoints with their prefix lists, peering connections, lists', () => {
  expect(vpc['endpoints']).toEqual([
    {
      id: 'vpce-0000000a',
      type: 'Gateway',
      service: 'com.amazonaws.eu-west-1.s3',
      prefixList: 'pl-0000000e',
      routeTables: ['rtb-0000000b'],
    },
  ]);
  expect(file['peeringConnections']).toEqual([
    {
      id: 'pcx-0000000a',
      requester: { vpc: VPC },
      accepter: { vpc: 'vpc-0000000e', account: '444455556666', region: 'us-east-1' },
    },
  ]);
  expect(file['prefixLists']).toEqual([
    { id: 'pl-0000000a', name: 'partners', prefixes: ['192.0.2.0/24', '192.0.3.0/24'] },
    { id: 'pl-0000000e', name: 'com.amazonaws.eu-west-1.s3', prefixes: ['198.51.100.0/24'] },
  ]);
});

test('groups and ACLs with the rules that are resources of their own; the default group by the VPC', () => {
  expect(vpc['securityGroups']).toEqual([
    {
      id: 'sg-0000000a',
      name: 'web',
      description: 'Managed by Terraform',
      ingress: [
        { protocol: 'tcp', ports: 443, from: '0.0.0.0/0' },
        { protocol: 'tcp', ports: 443, from: 'sg-0000000a' },
        { protocol: 'icmp', icmp: 8, from: 'pl-0000000a' },
      ],
      egress: [{ protocol: 'all', to: '0.0.0.0/0', description: 'out' }],
    },
  ]);
  expect(vpc['networkAcls']).toEqual([
    {
      id: 'acl-0000000a',
      subnets: [SUBNET, 'subnet-0000000b'],
      inbound: [{ number: 100, action: 'allow', protocol: 'tcp', ports: '22-23', cidr: '0.0.0.0/0' }],
      outbound: [{ number: 110, action: 'deny', protocol: 'icmp', icmp: '3/4', cidr: '0.0.0.0/0' }],
    },
  ]);
  const { subnets } = vpc as unknown as { subnets: { interfaces?: Record<string, unknown>[] }[] };
  const groups = subnets.flatMap(({ interfaces = [] }) => interfaces.map((it) => it['securityGroups']));
  expect(groups).toEqual([['sg-0000000a'], undefined, undefined]);
});

test('transit gateways: an attachment apart from the default table is not in it', () => {
  expect(file['transitGateways']).toEqual([
    {
      id: 'tgw-0000000a',
      description: 'core',
      asn: 64513,
      attachments: [
        { id: 'tgw-attach-0000000a', vpc: VPC, subnets: [SUBNET], applianceMode: true },
        {
          id: 'tgw-attach-0000000b',
          peer: { gateway: 'tgw-0000000e', account: '444455556666', region: 'us-east-1' },
        },
        { id: 'tgw-attach-0000000c', vpn: 'vpn-0000000a' },
      ],
      routeTables: [
        {
          id: 'tgw-rtb-0000000a',
          associations: ['tgw-attach-0000000a'],
          propagations: ['tgw-attach-0000000a'],
          routes: [{ to: '10.40.0.0/16', via: 'tgw-attach-0000000b' }],
        },
        { id: 'tgw-rtb-0000000d', defaultAssociation: true, defaultPropagation: true },
      ],
    },
  ]);
});

test('load balancers and groups, of which a state tells no interfaces and instances', () => {
  expect(file['loadBalancers']).toEqual([
    {
      arn: `arn:aws:elasticloadbalancing:eu-west-1:${OWNER}:loadbalancer/app/shop/50dc6c495c0c9188`,
      tags: { team: 'shop' },
    },
  ]);
  expect(file['autoScalingGroups']).toEqual([{ name: 'web', tags: { team: 'shop' } }]);
  expect(report.notes).toEqual([
    'a state tells no interfaces of load balancers: add describe-network-interfaces, describe-subnets',
    'a state tells no instances of Auto Scaling groups: add describe-instances',
  ]);
});

test('the rest is named', () => {
  expect(reasons(report)).toEqual({
    'association of route table rtb-0000000f': 'rtb-0000000f is not described',
    'route to pl-0000000a':
      'network.yaml has no route of a transit gateway to a prefix list: write its prefixes',
  });
  expect(report.contradictions).toEqual([]);
  expect(report.notTaken).toEqual({ 'elastic address': 1 });
});

test('the order of the resources does not show', () => {
  const reversed = parse(imported({ 's.json': stateOf(RESOURCES.toReversed()) }).yaml) as typeof file;
  expect(sorted(reversed)).toEqual(sorted(file));
});

/** The data with its lists of rules and ids in order: these follow the input. */
function sorted(it: unknown): unknown {
  if (Array.isArray(it)) {
    return it.map(sorted).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  }
  if (typeof it !== 'object' || it === null) return it;
  const entries = Object.entries(it).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, value]) => [key, sorted(value)]));
}
