/** Whatever has the shape of an answer becomes a file that reads, or is refused in words. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UserError } from '../../src/base/errors.ts';
import { Snapshot } from '../../src/network/snapshot.ts';
import { parseNetwork } from '../../src/network/yaml.ts';
import { TERRAFORM_READERS } from '../../src/import/terraform-resources.ts';
import { imported } from './support.ts';

const BUDGET = { interruptAfterTimeLimit: 2000, numRuns: 100_000 };

const junk = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.constantFrom(null, 0, -1, true, [], {}, [null], 'yes', '__proto__', '\ud800'),
);
/** Mostly what it should be. */
function mostly(good: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 12, arbitrary: good }, { weight: 1, arbitrary: junk });
}
const id = (prefix: string): fc.Arbitrary<unknown> =>
  mostly(fc.constantFrom('0', '1', '2', '3').map((n) => `${prefix}-0000000${n}`));
const octet = fc.constantFrom(0, 1, 2, 128, 255, 256);
const four = mostly(fc.tuple(octet, octet).map(([a, b]) => `10.0.${a}.${b}`));
const six = mostly(octet.map((n) => `2001:db8::${n.toString(16)}`));
const prefix = mostly(
  fc.constantFrom(
    '10.0.0.0/8',
    '10.0.0.0/16',
    '10.0.1.0/24',
    '10.0.1.128/25',
    '10.0.2.0/24',
    '2001:db8::/56',
    '2001:DB8:0::/64',
  ),
);
const owner = mostly(fc.constantFrom('111122223333', '444455556666'));
const tagText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 6 }),
  fc.constantFrom('Name', 'aws:x', '__proto__', 'true', '0x1', '- a', '#', 'é😀'),
);
const tags = mostly(fc.array(fc.record({ Key: mostly(tagText), Value: mostly(tagText) }), { maxLength: 3 }));
const place = {
  AvailabilityZone: mostly(fc.constantFrom('eu-central-1a', 'us-west-2-lax-1a')),
  AvailabilityZoneId: mostly(fc.constantFrom('euc1-az1', 'euc1-az2')),
};
const some = { requiredKeys: [] as [] };

const vpc = fc.record(
  {
    VpcId: id('vpc'),
    OwnerId: owner,
    CidrBlock: prefix,
    CidrBlockAssociationSet: mostly(fc.array(fc.record({ CidrBlock: prefix }), { maxLength: 2 })),
    Ipv6CidrBlockAssociationSet: mostly(
      fc.array(
        fc.record({ Ipv6CidrBlock: prefix, Ipv6CidrBlockState: fc.constant({ State: 'associated' }) }),
        { maxLength: 2 },
      ),
    ),
    Tags: tags,
  },
  some,
);
const subnet = fc.record(
  {
    SubnetId: id('subnet'),
    VpcId: id('vpc'),
    OwnerId: owner,
    CidrBlock: prefix,
    Tags: tags,
    ...place,
    OutpostArn: junk,
  },
  some,
);
const eni = fc.record(
  {
    NetworkInterfaceId: id('eni'),
    SubnetId: id('subnet'),
    VpcId: id('vpc'),
    OwnerId: owner,
    Description: mostly(
      fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.constantFrom(
          'ELB net/x/50dc6c495c0c9188',
          'ELB app/y/50dc6c495c0c9188',
          'Network Interface for Transit Gateway Attachment tgw-attach-00000001',
        ),
      ),
    ),
    Groups: mostly(fc.array(fc.record({ GroupId: id('sg') }), { maxLength: 2 })),
    PrivateIpAddress: four,
    PrivateIpAddresses: mostly(
      fc.array(fc.record({ Primary: mostly(fc.boolean()), PrivateIpAddress: four }), { maxLength: 3 }),
    ),
    Ipv6Addresses: mostly(fc.array(fc.record({ Ipv6Address: six }), { maxLength: 2 })),
    MacAddress: mostly(fc.constantFrom('02:00:00:00:00:01', '02:00:00:00:00:02')),
    InterfaceType: mostly(fc.constantFrom('interface', 'natGateway', 'lambda', 'constructor')),
    Attachment: mostly(fc.record({ InstanceId: id('i') })),
    TagSet: tags,
  },
  some,
);
const instance = fc.record(
  {
    InstanceId: id('i'),
    InstanceType: mostly(fc.constantFrom('m4.large', 'm7i.large')),
    Tags: tags,
    NetworkInterfaces: mostly(fc.array(eni, { maxLength: 2 })),
  },
  some,
);
const attached = mostly(fc.array(fc.record({ VpcId: id('vpc') }), { maxLength: 2 }));
const via = fc.oneof(id('igw'), id('nat'), id('eni'), id('pcx'), id('vgw'), fc.constant('local'));
const route = fc.record(
  {
    DestinationCidrBlock: prefix,
    DestinationPrefixListId: id('pl'),
    GatewayId: mostly(via),
    NatGatewayId: mostly(via),
    State: mostly(fc.constantFrom('active', 'blackhole')),
    Origin: mostly(fc.constantFrom('CreateRoute', 'EnableVgwRoutePropagation')),
  },
  some,
);
const association = fc.record(
  { Main: mostly(fc.boolean()), SubnetId: id('subnet'), GatewayId: id('igw') },
  some,
);
const routeTable = fc.record(
  {
    RouteTableId: id('rtb'),
    VpcId: id('vpc'),
    OwnerId: owner,
    Associations: mostly(fc.array(association, { maxLength: 3 })),
    PropagatingVgws: mostly(fc.array(fc.record({ GatewayId: id('vgw') }), { maxLength: 1 })),
    Routes: mostly(fc.array(route, { maxLength: 4 })),
    Tags: tags,
  },
  some,
);
const natGateway = fc.record(
  {
    NatGatewayId: id('nat'),
    VpcId: id('vpc'),
    AvailabilityMode: mostly(fc.constantFrom('zonal', 'regional')),
    ConnectivityType: mostly(fc.constantFrom('public', 'private')),
    NatGatewayAddresses: mostly(
      fc.array(
        fc.record(
          { NetworkInterfaceId: id('eni'), PrivateIp: four, PublicIp: four, AvailabilityZoneId: junk },
          some,
        ),
        { maxLength: 2 },
      ),
    ),
  },
  some,
);
const endpoint = fc.record(
  {
    VpcEndpointId: id('vpce'),
    VpcId: id('vpc'),
    VpcEndpointType: mostly(fc.constantFrom('Gateway', 'Interface')),
    ServiceName: mostly(fc.constant('com.amazonaws.eu-central-1.s3')),
    NetworkInterfaceIds: mostly(fc.array(id('eni'), { maxLength: 2 })),
  },
  some,
);
const side = fc.record(
  { VpcId: id('vpc'), OwnerId: owner, Region: mostly(fc.constant('eu-central-1')), CidrBlock: prefix },
  some,
);
const peering = fc.record(
  { VpcPeeringConnectionId: id('pcx'), RequesterVpcInfo: side, AccepterVpcInfo: side },
  some,
);
const range = mostly(fc.constantFrom(-1, 0, 80, 65_535, 70_000));
const permission = fc.record(
  {
    IpProtocol: mostly(fc.constantFrom('-1', 'tcp', 'icmp', '50', 'udp')),
    FromPort: range,
    ToPort: range,
    UserIdGroupPairs: mostly(fc.array(fc.record({ GroupId: id('sg') }), { maxLength: 2 })),
    IpRanges: mostly(fc.array(fc.record({ CidrIp: prefix, Description: mostly(tagText) }), { maxLength: 2 })),
    PrefixListIds: mostly(fc.array(fc.record({ PrefixListId: id('pl') }), { maxLength: 1 })),
  },
  some,
);
const securityGroup = fc.record(
  {
    GroupId: id('sg'),
    GroupName: mostly(fc.constantFrom('default', 'web')),
    VpcId: id('vpc'),
    IpPermissions: mostly(fc.array(permission, { maxLength: 3 })),
    IpPermissionsEgress: mostly(fc.array(permission, { maxLength: 2 })),
    Tags: tags,
  },
  some,
);
const networkAcl = fc.record(
  {
    NetworkAclId: id('acl'),
    VpcId: id('vpc'),
    IsDefault: mostly(fc.boolean()),
    Associations: mostly(fc.array(fc.record({ SubnetId: id('subnet') }), { maxLength: 2 })),
    Entries: mostly(
      fc.array(
        fc.record(
          {
            RuleNumber: mostly(fc.constantFrom(1, 100, 32_767, 1e9)),
            Egress: mostly(fc.boolean()),
            RuleAction: mostly(fc.constantFrom('allow', 'deny')),
            Protocol: mostly(fc.constantFrom('-1', '6', '1', '58', '256')),
            CidrBlock: prefix,
            PortRange: mostly(fc.record({ From: range, To: range })),
            IcmpTypeCode: mostly(fc.record({ Type: range, Code: range })),
          },
          some,
        ),
        { maxLength: 4 },
      ),
    ),
  },
  some,
);
const attachment = fc.record(
  {
    TransitGatewayAttachmentId: id('tgw-attach'),
    TransitGatewayId: id('tgw'),
    ResourceType: mostly(fc.constantFrom('vpc', 'vpn', 'peering', 'connect', 'constructor')),
    ResourceId: mostly(fc.oneof(id('vpc'), id('vpn'), id('tgw'))),
    VpcId: id('vpc'),
    SubnetIds: mostly(fc.array(id('subnet'), { maxLength: 2 })),
    Association: mostly(fc.record({ TransitGatewayRouteTableId: id('tgw-rtb') })),
  },
  some,
);
const transitGateway = fc.record(
  {
    TransitGatewayId: id('tgw'),
    OwnerId: owner,
    TransitGatewayArn: mostly(
      fc.constant('arn:aws:ec2:eu-central-1:111122223333:transit-gateway/tgw-00000000'),
    ),
    Options: mostly(
      fc.record(
        {
          AmazonSideAsn: mostly(fc.constantFrom(64_512, -1, 1e300)),
          DefaultRouteTablePropagation: mostly(fc.constantFrom('enable', 'disable')),
          AssociationDefaultRouteTableId: id('tgw-rtb'),
          PropagationDefaultRouteTableId: id('tgw-rtb'),
          TransitGatewayCidrBlocks: mostly(fc.array(prefix, { maxLength: 2 })),
        },
        some,
      ),
    ),
  },
  some,
);
const gatewayTable = fc.record(
  {
    TransitGatewayRouteTableId: id('tgw-rtb'),
    TransitGatewayId: id('tgw'),
    DefaultAssociationRouteTable: mostly(fc.boolean()),
    DefaultPropagationRouteTable: mostly(fc.boolean()),
  },
  some,
);
const gatewayRoute = fc.record(
  {
    DestinationCidrBlock: prefix,
    Type: mostly(fc.constantFrom('static', 'propagated')),
    State: mostly(fc.constantFrom('active', 'blackhole')),
    TransitGatewayAttachments: mostly(fc.array(attachment, { maxLength: 2 })),
  },
  some,
);
const gatewaySide = fc.record({ TransitGatewayId: id('tgw'), OwnerId: owner, Region: junk });
const arn = mostly(
  fc.constantFrom(
    'arn:aws:elasticloadbalancing:eu-central-1:111122223333:loadbalancer/net/x/50dc6c495c0c9188',
    'arn:aws:ecs:eu-central-1:111122223333:task/shop/0123456789abcdef0123456789abcdef',
    'arn:aws:ec2:eu-central-1:111122223333:vpc/vpc-00000000',
    'arn:aws:ec2:eu-central-1:111122223333:subnet/subnet-00000001',
  ),
);
const task = fc.record(
  {
    taskArn: arn,
    group: mostly(fc.constant('service:web')),
    attachments: mostly(
      fc.array(
        fc.record({
          type: mostly(fc.constant('ElasticNetworkInterface')),
          details: mostly(
            fc.array(
              fc.record({
                name: mostly(fc.constantFrom('networkInterfaceId', 'subnetId', 'privateIPv4Address')),
                value: mostly(fc.oneof(id('eni'), id('subnet'), four)),
              }),
              { maxLength: 3 },
            ),
          ),
        }),
        { maxLength: 1 },
      ),
    ),
    containers: mostly(fc.array(fc.record({ runtimeId: mostly(tagText) }), { maxLength: 2 })),
  },
  some,
);
const few = (one: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  mostly(fc.array(mostly(one), { maxLength: 3 }));
const answer = fc.record(
  {
    Vpcs: mostly(fc.array(mostly(vpc), { maxLength: 4 })),
    RouteTables: few(routeTable),
    InternetGateways: few(fc.record({ InternetGatewayId: id('igw'), Attachments: attached })),
    VpnGateways: few(fc.record({ VpnGatewayId: id('vgw'), AmazonSideAsn: junk, VpcAttachments: attached })),
    NatGateways: few(natGateway),
    VpcEndpoints: few(endpoint),
    VpcPeeringConnections: few(peering),
    SecurityGroups: few(securityGroup),
    NetworkAcls: few(networkAcl),
    PrefixLists: few(
      fc.record(
        {
          PrefixListId: id('pl'),
          PrefixListName: mostly(fc.constant('com.amazonaws.eu-central-1.s3')),
          Cidrs: mostly(fc.array(prefix, { maxLength: 3 })),
        },
        some,
      ),
    ),
    Entries: few(fc.record({ Cidr: prefix })),
    TransitGateways: few(transitGateway),
    TransitGatewayAttachments: few(attachment),
    TransitGatewayVpcAttachments: few(attachment),
    TransitGatewayPeeringAttachments: few(
      fc.record({
        TransitGatewayAttachmentId: id('tgw-attach'),
        RequesterTgwInfo: gatewaySide,
        AccepterTgwInfo: gatewaySide,
      }),
    ),
    TransitGatewayRouteTables: few(gatewayTable),
    Routes: few(gatewayRoute),
    Associations: few(attachment),
    TransitGatewayRouteTablePropagations: few(attachment),
    LoadBalancers: few(fc.record({ LoadBalancerArn: arn })),
    AutoScalingGroups: few(
      fc.record(
        {
          AutoScalingGroupName: mostly(tagText),
          AutoScalingGroupARN: arn,
          Instances: mostly(fc.array(fc.record({ InstanceId: id('i') }), { maxLength: 2 })),
        },
        some,
      ),
    ),
    tasks: few(task),
    VpcEncryptionControls: few(
      fc.record({
        VpcId: id('vpc'),
        VpcEncryptionControlId: id('vpcec'),
        Mode: mostly(fc.constantFrom('monitor', 'enforce')),
        ResourceExclusions: mostly(fc.record({ Lambda: fc.constant({ State: 'enabled' }) })),
      }),
    ),
    VpcBlockPublicAccessOptions: mostly(
      fc.record({
        AwsAccountId: owner,
        AwsRegion: mostly(fc.constant('eu-central-1')),
        InternetGatewayBlockMode: mostly(fc.constantFrom('off', 'block-ingress')),
      }),
    ),
    VpcBlockPublicAccessExclusions: few(
      fc.record({
        ExclusionId: id('vpcbpa-exclude'),
        ResourceArn: arn,
        InternetGatewayExclusionMode: mostly(fc.constant('allow-egress')),
      }),
    ),
    Subnets: mostly(fc.array(mostly(subnet), { maxLength: 5 })),
    NetworkInterfaces: mostly(fc.array(mostly(eni), { maxLength: 6 })),
    Reservations: mostly(
      fc.array(
        mostly(fc.record({ OwnerId: owner, Instances: mostly(fc.array(instance, { maxLength: 2 })) })),
        { maxLength: 2 },
      ),
    ),
    AvailabilityZones: mostly(
      fc.array(
        fc.record({
          ZoneId: mostly(fc.constant('euc1-az1')),
          ZoneName: mostly(fc.constant('eu-central-1a')),
          RegionName: mostly(fc.constant('eu-central-1')),
        }),
        { maxLength: 2 },
      ),
    ),
    Accounts: mostly(fc.array(fc.record({ Id: owner, Name: mostly(tagText) }), { maxLength: 2 })),
  },
  some,
);

/** Prefixes of the ids of Terraform's resources, where these are not those of VPCs. */
const ID_OF: Readonly<Record<string, string>> = {
  aws_subnet: 'subnet',
  aws_network_interface: 'eni',
  aws_instance: 'i',
  aws_nat_gateway: 'nat',
  aws_route_table: 'rtb',
  aws_default_route_table: 'rtb',
  aws_internet_gateway: 'igw',
  aws_vpn_gateway: 'vgw',
  aws_vpc_endpoint: 'vpce',
  aws_vpc_peering_connection: 'pcx',
  aws_security_group: 'sg',
  aws_network_acl: 'acl',
  aws_default_network_acl: 'acl',
  aws_ec2_managed_prefix_list: 'pl',
  aws_ec2_transit_gateway: 'tgw',
  aws_ec2_transit_gateway_vpc_attachment: 'tgw-attach',
  aws_ec2_transit_gateway_peering_attachment: 'tgw-attach',
  aws_ec2_transit_gateway_route_table: 'tgw-rtb',
};

/** Runs a property until the time is up; returns the share of its inputs that gave VPCs. */
function goodShareOf(values: fc.Arbitrary<unknown>): number {
  let good = 0;
  let all = 0;
  fc.assert(
    fc.property(values, (value) => {
      all++;
      if (sound({ 'x.json': value }) > 0) good++;
    }),
    BUDGET,
  );
  return good / all;
}

/** Imports; what is written must read, by itself and as a snapshot. Returns how many VPCs it has, 0 if refused. */
function sound(files: Record<string, unknown>): number {
  let result;
  try {
    result = imported(files);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    expect(error.message).toMatch(/^x\.json/);
    return 0;
  }
  const again = parseNetwork(result.yaml, 'again', { account: '000000000000', region: 'other-1' });
  expect(again).toEqual(result.network);
  const scopes = [...again.vpcs.keys()].map((vpcId) => [vpcId]);
  // Answers may say that a NAT gateway's public address is an interface's too: then one of them is left out, and told.
  const { conflicts } = Snapshot.build(again, { version: 1, scopes, overlaps: 'leave-out' });
  for (const { id, reason } of conflicts) {
    expect(id).toMatch(/^nat-/);
    expect(reason).toMatch(/ both hold [\d.:a-f]+ in one scope$/);
  }
  return again.vpcs.size;
}

describe('random answers', () => {
  test('give a file that reads, or a refusal', () => {
    expect(goodShareOf(answer)).toBeGreaterThan(0.1);
  });

  test('any JSON value, and any text', () => {
    // None of them describes a network.
    expect(goodShareOf(fc.oneof(fc.json(), fc.string({ unit: 'binary' }), fc.string()))).toBe(0);
  });

  test('Terraform states and links', () => {
    const attributes = fc.record(
      {
        arn: mostly(fc.constant('arn:aws:ec2:eu-central-1:111122223333:vpc/x')),
        vpc_id: id('vpc'),
        subnet_id: id('subnet'),
        cidr_block: prefix,
        private_ip: four,
        private_ips: mostly(fc.array(four, { maxLength: 3 })),
        primary_network_interface_id: id('eni'),
        network_interface_ids: mostly(fc.array(id('eni'), { maxLength: 2 })),
        network_interface_id: id('eni'),
        instance_id: id('i'),
        tags: mostly(fc.dictionary(fc.string({ maxLength: 4 }), fc.string({ maxLength: 4 }))),
        route_table_id: id('rtb'),
        gateway_id: mostly(fc.oneof(id('igw'), id('vgw'))),
        route: mostly(fc.array(fc.record({ cidr_block: prefix, gateway_id: id('igw') }), { maxLength: 2 })),
        main_route_table_id: id('rtb'),
        security_group_id: id('sg'),
        security_groups: mostly(fc.array(id('sg'), { maxLength: 2 })),
        cidr_blocks: mostly(fc.array(prefix, { maxLength: 2 })),
        from_port: range,
        to_port: range,
        protocol: mostly(fc.constantFrom('-1', 'tcp', 'icmp', 6)),
        ingress: mostly(
          fc.array(fc.record({ protocol: junk, rule_no: range, cidr_blocks: junk, self: junk }), {
            maxLength: 2,
          }),
        ),
        network_acl_id: id('acl'),
        rule_number: range,
        transit_gateway_id: id('tgw'),
        transit_gateway_attachment_id: id('tgw-attach'),
        transit_gateway_route_table_id: id('tgw-rtb'),
        destination_cidr_block: prefix,
        prefix_list_id: id('pl'),
        subnet_ids: mostly(fc.array(id('subnet'), { maxLength: 2 })),
        association_default_route_table_id: id('tgw-rtb'),
        type: mostly(fc.constantFrom('ingress', 'egress')),
        name: mostly(tagText),
      },
      some,
    );
    const resourceOf = (type: string, prefixOfId = ID_OF[type] ?? 'vpc'): fc.Arbitrary<unknown> =>
      fc.record({
        mode: mostly(fc.constant('managed')),
        type: mostly(fc.constant(type)),
        name: mostly(fc.constant('x')),
        instances: mostly(
          fc.array(
            fc.record({
              index_key: junk,
              attributes: mostly(
                fc.tuple(id(prefixOfId), attributes).map(([own, more]) => ({ id: own, ...more })),
              ),
            }),
            { maxLength: 3 },
          ),
        ),
      });
    const resource = fc.oneof(
      ...['aws_vpc', 'aws_vpc', 'aws_subnet', 'toString', ...Object.keys(TERRAFORM_READERS)].map((type) =>
        resourceOf(type),
      ),
    );
    const home = {
      mode: 'managed',
      type: 'aws_vpc',
      name: 'home',
      instances: [{ attributes: { id: 'vpc-00000000', cidr_block: '10.0.0.0/8' } }],
    };
    const state = fc.record({
      version: fc.constant(4),
      terraform_version: fc.constant('1.9.0'),
      resources: mostly(fc.array(mostly(resource), { maxLength: 8 }).map((list) => [home, ...list])),
    });
    const address = fc.record(
      {
        family: fc.constant('inet'),
        local: mostly(fc.oneof(four, six)),
        prefixlen: mostly(fc.integer({ min: -1, max: 130 })),
        address: mostly(four),
        temporary: mostly(fc.boolean()),
      },
      some,
    );
    const link = fc.record(
      {
        ifname: mostly(fc.constantFrom('eth0', 'eth1', 'lo')),
        flags: mostly(fc.constant(['UP'])),
        link_type: mostly(fc.constant('ether')),
        address: mostly(fc.constant('02:00:00:00:00:01')),
        addr_info: mostly(fc.array(mostly(address), { maxLength: 4 })),
      },
      some,
    );
    const links = fc.array(mostly(link), { minLength: 1, maxLength: 4 });
    expect(goodShareOf(state)).toBeGreaterThan(0.1);
    expect(goodShareOf(links)).toBeGreaterThan(0.02);
  });
});
