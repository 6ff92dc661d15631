/** Answers of AWS, most of which are well-formed: their ids and addresses are few, so that they meet. */
import * as fc from 'fast-check';

export const junk = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.constantFrom(null, 0, -1, true, [], {}, [null], 'yes', '__proto__', '\ud800'),
);
/** Mostly what it should be. */
export function mostly(good: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 12, arbitrary: good }, { weight: 1, arbitrary: junk });
}
export const id = (prefix: string): fc.Arbitrary<unknown> =>
  mostly(fc.constantFrom('0', '1', '2', '3').map((n) => `${prefix}-0000000${n}`));
const octet = fc.constantFrom(0, 1, 2, 128, 255, 256);
export const four = mostly(fc.tuple(octet, octet).map(([a, b]) => `10.0.${a}.${b}`));
export const six = mostly(octet.map((n) => `2001:db8::${n.toString(16)}`));
export const prefix = mostly(
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
export const tagText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 6 }),
  fc.constantFrom('Name', 'aws:x', '__proto__', 'true', '0x1', '- a', '#', 'é😀'),
);
const tags = mostly(fc.array(fc.record({ Key: mostly(tagText), Value: mostly(tagText) }), { maxLength: 3 }));
const place = {
  AvailabilityZone: mostly(fc.constantFrom('eu-central-1a', 'us-west-2-lax-1a')),
  AvailabilityZoneId: mostly(fc.constantFrom('euc1-az1', 'euc1-az2')),
};
export const some = { requiredKeys: [] as [] };

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
export const range = mostly(fc.constantFrom(-1, 0, 80, 65_535, 70_000));
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
export const answer = fc.record(
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
