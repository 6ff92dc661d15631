/** Route tables, gateways, endpoints and peering connections of describe answers. */
import { parse } from 'yaml';
import { expect, test } from 'vitest';
import { imported, reasons } from './support.ts';

const VPC = 'vpc-0a1b2c3d';
const OWNER = '111122223333';
const FILES = {
  'net.json': {
    Vpcs: [{ VpcId: VPC, CidrBlock: '10.0.0.0/16', OwnerId: OWNER }],
    Subnets: [
      { SubnetId: 'subnet-0a1b2c3d', VpcId: VPC, CidrBlock: '10.0.1.0/24', AvailabilityZone: 'eu-west-1a' },
    ],
    NetworkInterfaces: [
      // An older answer that has no type of its own for it.
      {
        NetworkInterfaceId: 'eni-0000000a',
        SubnetId: 'subnet-0a1b2c3d',
        PrivateIpAddress: '10.0.1.5',
        InterfaceType: 'interface',
      },
      {
        NetworkInterfaceId: 'eni-0000000b',
        SubnetId: 'subnet-0a1b2c3d',
        PrivateIpAddress: '10.0.1.6',
        InterfaceType: 'vpc_endpoint',
      },
    ],
  },
  'gateways.json': {
    InternetGateways: [
      {
        InternetGatewayId: 'igw-0a1b2c3d',
        OwnerId: OWNER,
        Attachments: [{ State: 'available', VpcId: VPC }],
        Tags: [{ Key: 'Name', Value: 'out' }],
      },
      { InternetGatewayId: 'igw-0000000f', OwnerId: OWNER, Attachments: [] },
    ],
    EgressOnlyInternetGateways: [
      { EgressOnlyInternetGatewayId: 'eigw-0a1b2c3d', Attachments: [{ State: 'attached', VpcId: VPC }] },
    ],
    VpnGateways: [
      {
        VpnGatewayId: 'vgw-0a1b2c3d',
        State: 'available',
        AmazonSideAsn: 64999,
        VpcAttachments: [{ State: 'attached', VpcId: VPC }],
      },
    ],
    NatGateways: [
      {
        NatGatewayId: 'nat-0a1b2c3d',
        State: 'available',
        VpcId: VPC,
        SubnetId: 'subnet-0a1b2c3d',
        ConnectivityType: 'public',
        NatGatewayAddresses: [
          {
            NetworkInterfaceId: 'eni-0000000a',
            PrivateIp: '10.0.1.5',
            PublicIp: '203.0.113.5',
            IsPrimary: true,
          },
        ],
      },
      { NatGatewayId: 'nat-0000000f', State: 'deleted', VpcId: VPC, NatGatewayAddresses: [] },
    ],
    VpcEndpoints: [
      {
        VpcEndpointId: 'vpce-0000000a',
        VpcEndpointType: 'Interface',
        VpcId: VPC,
        ServiceName: 'com.amazonaws.eu-west-1.ssm',
        NetworkInterfaceIds: ['eni-0000000b'],
        PrivateDnsEnabled: true,
        RouteTableIds: [],
        OwnerId: OWNER,
      },
      {
        VpcEndpointId: 'vpce-0000000b',
        VpcEndpointType: 'Gateway',
        VpcId: VPC,
        ServiceName: 'com.amazonaws.eu-west-1.s3',
        RouteTableIds: ['rtb-0a1b2c3d'],
        OwnerId: OWNER,
      },
    ],
    VpcPeeringConnections: [
      {
        VpcPeeringConnectionId: 'pcx-0a1b2c3d',
        Status: { Code: 'active' },
        RequesterVpcInfo: {
          VpcId: VPC,
          OwnerId: OWNER,
          Region: 'eu-west-1',
          CidrBlock: '10.0.0.0/16',
          CidrBlockSet: [{ CidrBlock: '10.0.0.0/16' }],
        },
        AccepterVpcInfo: {
          VpcId: 'vpc-0000000e',
          OwnerId: '444455556666',
          Region: 'us-east-1',
          CidrBlock: '172.30.0.0/16',
        },
      },
      { VpcPeeringConnectionId: 'pcx-0000000f', Status: { Code: 'rejected' } },
    ],
    RouteTables: [
      {
        RouteTableId: 'rtb-0a1b2c3d',
        VpcId: VPC,
        OwnerId: OWNER,
        PropagatingVgws: [{ GatewayId: 'vgw-0a1b2c3d' }],
        Associations: [
          { Main: true, RouteTableId: 'rtb-0a1b2c3d' },
          { Main: false, SubnetId: 'subnet-0a1b2c3d' },
        ],
        Routes: [
          {
            DestinationCidrBlock: '10.0.0.0/16',
            GatewayId: 'local',
            Origin: 'CreateRouteTable',
            State: 'active',
          },
          {
            DestinationCidrBlock: '0.0.0.0/0',
            NatGatewayId: 'nat-0a1b2c3d',
            Origin: 'CreateRoute',
            State: 'active',
          },
          {
            DestinationIpv6CidrBlock: '::/0',
            EgressOnlyInternetGatewayId: 'eigw-0a1b2c3d',
            Origin: 'CreateRoute',
            State: 'active',
          },
          {
            DestinationCidrBlock: '172.30.0.0/16',
            VpcPeeringConnectionId: 'pcx-0a1b2c3d',
            Origin: 'CreateRoute',
            State: 'active',
          },
          {
            DestinationCidrBlock: '192.168.0.0/16',
            GatewayId: 'vgw-0a1b2c3d',
            Origin: 'EnableVgwRoutePropagation',
            State: 'active',
          },
          {
            DestinationCidrBlock: '10.9.0.0/16',
            TransitGatewayId: 'tgw-0000000f',
            Origin: 'CreateRoute',
            State: 'active',
          },
          {
            DestinationPrefixListId: 'pl-6da54004',
            GatewayId: 'vpce-0000000b',
            Origin: 'CreateRoute',
            State: 'active',
          },
        ],
      },
    ],
  },
};

test('they stand in their VPC as network.yaml has them, and read', () => {
  const { yaml, report } = imported(FILES);
  const { vpcs, peeringConnections } = parse(yaml) as {
    vpcs: [Record<string, unknown>];
    peeringConnections: unknown;
  };
  const [vpc] = vpcs;
  expect(vpc['internetGateway']).toEqual({ id: 'igw-0a1b2c3d', tags: { Name: 'out' } });
  expect(vpc['egressOnlyInternetGateway']).toEqual({ id: 'eigw-0a1b2c3d' });
  expect(vpc['vpnGateway']).toEqual({ id: 'vgw-0a1b2c3d', asn: 64999 });
  expect(vpc['natGateways']).toEqual([
    {
      id: 'nat-0a1b2c3d',
      interface: 'eni-0000000a',
      addresses: [{ public: '203.0.113.5', private: '10.0.1.5' }],
    },
  ]);
  expect(vpc['endpoints']).toEqual([
    {
      id: 'vpce-0000000a',
      type: 'Interface',
      service: 'com.amazonaws.eu-west-1.ssm',
      interfaces: ['eni-0000000b'],
      privateDns: true,
    },
    {
      id: 'vpce-0000000b',
      type: 'Gateway',
      service: 'com.amazonaws.eu-west-1.s3',
      // Which the route to it tells.
      prefixList: 'pl-6da54004',
      routeTables: ['rtb-0a1b2c3d'],
    },
  ]);
  expect(vpc['routeTables']).toEqual([
    {
      id: 'rtb-0a1b2c3d',
      main: true,
      subnets: ['subnet-0a1b2c3d'],
      propagating: true,
      routes: [
        { to: '0.0.0.0/0', via: 'nat-0a1b2c3d' },
        { to: '::/0', via: 'eigw-0a1b2c3d' },
        { to: '172.30.0.0/16', via: 'pcx-0a1b2c3d' },
        { to: '192.168.0.0/16', via: 'vgw-0a1b2c3d', propagated: true },
      ],
    },
  ]);
  expect(peeringConnections).toEqual([
    {
      id: 'pcx-0a1b2c3d',
      requester: { vpc: VPC, account: OWNER, region: 'eu-west-1', cidrs: ['10.0.0.0/16'] },
      accepter: {
        vpc: 'vpc-0000000e',
        account: '444455556666',
        region: 'us-east-1',
        cidrs: ['172.30.0.0/16'],
      },
    },
  ]);
  expect(report.understood).toMatchObject({
    'internet gateway': 1,
    'NAT gateway': 1,
    'route table': 1,
    'VPC endpoint': 2,
    'peering connection': 1,
    interface: 2,
  });
  expect(reasons(report)).toMatchObject({
    'internet gateway igw-0000000f': 'is attached to no VPC',
    'NAT gateway nat-0000000f': 'is deleted',
    'peering connection pcx-0000000f': 'is rejected',
    'routes of route table rtb-0a1b2c3d': expect.any(String),
  });
  expect(report.leftOut.some(({ reason }) => reason.includes('tgw-0000000f is not there'))).toBe(true);
});

test('an interface that a NAT gateway names is of its kind', () => {
  const { network } = imported(FILES);
  expect(network.interfaces.get('eni-0000000a')!.kind).toBe('nat_gateway');
});

test('what lies in no VPC that is described, and a second gateway of one, are told', () => {
  const { report } = imported({
    'net.json': FILES['net.json'],
    'x.json': {
      InternetGateways: ['igw-0000000a', 'igw-0000000b'].map((id) => ({
        InternetGatewayId: id,
        Attachments: [{ VpcId: VPC }],
      })),
      RouteTables: [{ RouteTableId: 'rtb-0000000a', VpcId: 'vpc-0000000f' }],
    },
  });
  expect(report.contradictions.map(({ what, reason }) => `${what}: ${reason}`)).toEqual([
    'internet gateway igw-0000000b: igw-0000000a is attached to its VPC already',
  ]);
  expect(reasons(report)['route table rtb-0000000a']).toBe(
    'lies in vpc-0000000f, which is not described: add describe-vpcs',
  );
});
