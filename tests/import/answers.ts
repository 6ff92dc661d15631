/** Answers as the describe commands write them, members that an import does not look at included. */
const STATE = { State: 'associated' };

export const VPCS = {
  Vpcs: [
    {
      OwnerId: '111122223333',
      InstanceTenancy: 'default',
      Ipv6CidrBlockAssociationSet: [
        {
          AssociationId: 'vpc-cidr-assoc-03',
          Ipv6CidrBlock: '2a05:d014:abc:de00::/56',
          Ipv6CidrBlockState: STATE,
          NetworkBorderGroup: 'eu-central-1',
          Ipv6Pool: 'Amazon',
        },
      ],
      CidrBlockAssociationSet: [
        { AssociationId: 'vpc-cidr-assoc-01', CidrBlock: '10.0.0.0/16', CidrBlockState: STATE },
        { AssociationId: 'vpc-cidr-assoc-02', CidrBlock: '10.1.0.0/16', CidrBlockState: STATE },
        {
          AssociationId: 'vpc-cidr-assoc-04',
          CidrBlock: '10.2.0.0/16',
          CidrBlockState: { State: 'disassociated' },
        },
      ],
      IsDefault: false,
      Tags: [
        { Key: 'Name', Value: 'prod: main' },
        { Key: 'cost-center', Value: '0042' },
        { Key: 'on', Value: 'yes' },
        { Key: 'empty', Value: '' },
        { Key: 'aws:cloudformation:stack-name', Value: 'network' },
      ],
      BlockPublicAccessStates: { InternetGatewayBlockMode: 'off' },
      VpcId: 'vpc-0aa00000000000001',
      State: 'available',
      CidrBlock: '10.0.0.0/16',
      DhcpOptionsId: 'dopt-0123456789abcdef0',
    },
    {
      OwnerId: '111122223333',
      CidrBlockAssociationSet: [
        { AssociationId: 'vpc-cidr-assoc-05', CidrBlock: '10.8.0.0/16', CidrBlockState: STATE },
      ],
      IsDefault: false,
      VpcId: 'vpc-0bb00000000000002',
      State: 'available',
      CidrBlock: '10.8.0.0/16',
      DhcpOptionsId: 'dopt-0123456789abcdef0',
    },
  ],
};

export const SUBNETS = {
  Subnets: [
    {
      AvailabilityZoneId: 'euc1-az2',
      OwnerId: '111122223333',
      Ipv6CidrBlockAssociationSet: [
        {
          AssociationId: 'subnet-cidr-assoc-01',
          Ipv6CidrBlock: '2a05:d014:abc:de01::/64',
          Ipv6CidrBlockState: STATE,
        },
      ],
      Tags: [{ Key: 'Name', Value: 'public a' }],
      SubnetArn: 'arn:aws:ec2:eu-central-1:111122223333:subnet/subnet-0a100000000000001',
      SubnetId: 'subnet-0a100000000000001',
      State: 'available',
      VpcId: 'vpc-0aa00000000000001',
      CidrBlock: '10.0.1.0/24',
      AvailableIpAddressCount: 240,
      AvailabilityZone: 'eu-central-1a',
      MapPublicIpOnLaunch: true,
    },
    {
      AvailabilityZoneId: 'euc1-az3',
      OwnerId: '111122223333',
      OutpostArn: 'arn:aws:outposts:eu-central-1:111122223333:outpost/op-0123456789abcdef0',
      SubnetArn: 'arn:aws:ec2:eu-central-1:111122223333:subnet/subnet-0a200000000000002',
      SubnetId: 'subnet-0a200000000000002',
      State: 'available',
      VpcId: 'vpc-0aa00000000000001',
      CidrBlock: '10.0.2.0/24',
      AvailabilityZone: 'eu-central-1b',
    },
    {
      AvailabilityZoneId: 'usw2-lax1-az1',
      OwnerId: '444455556666',
      SubnetArn: 'arn:aws:ec2:us-west-2:444455556666:subnet/subnet-0b100000000000003',
      SubnetId: 'subnet-0b100000000000003',
      State: 'available',
      VpcId: 'vpc-0bb00000000000002',
      CidrBlock: '10.8.1.0/24',
      AvailabilityZone: 'us-west-2-lax-1a',
    },
  ],
};

function requesterManaged(id: string, address: string, type: string, description: string): object {
  return {
    Attachment: {
      AttachmentId: 'ela-attach-0123456789abcdef0',
      DeleteOnTermination: false,
      DeviceIndex: 1,
      InstanceOwnerId: 'amazon-aws',
      Status: 'attached',
    },
    AvailabilityZone: 'eu-central-1a',
    Description: description,
    Groups: [{ GroupName: 'default', GroupId: 'sg-0123456789abcdef0' }],
    InterfaceType: type,
    Ipv6Addresses: [],
    MacAddress: `02:00:00:00:01:${address.split('.')[3]!.padStart(2, '0').slice(-2)}`,
    NetworkInterfaceId: id,
    OwnerId: '111122223333',
    PrivateIpAddress: address,
    PrivateIpAddresses: [{ Primary: true, PrivateIpAddress: address }],
    RequesterId: 'amazon-elb',
    RequesterManaged: true,
    SourceDestCheck: false,
    Status: 'in-use',
    SubnetId: 'subnet-0a100000000000001',
    TagSet: [],
    VpcId: 'vpc-0aa00000000000001',
  };
}

export const INTERFACES = {
  NetworkInterfaces: [
    {
      Attachment: {
        AttachTime: '2026-03-01T10:00:00+00:00',
        AttachmentId: 'eni-attach-0123456789abcdef0',
        DeleteOnTermination: true,
        DeviceIndex: 0,
        NetworkCardIndex: 0,
        InstanceId: 'i-01000000000000001',
        InstanceOwnerId: '111122223333',
        Status: 'attached',
      },
      AvailabilityZone: 'eu-central-1a',
      Description: '',
      InterfaceType: 'interface',
      Ipv4Prefixes: [{ Ipv4Prefix: '10.0.1.64/28' }],
      Ipv6Addresses: [
        { Ipv6Address: '2a05:d014:abc:de01::8', IsPrimaryIpv6: false },
        { Ipv6Address: '2a05:d014:abc:de01::9', IsPrimaryIpv6: true },
      ],
      MacAddress: '02:ab:cd:ef:00:11',
      NetworkInterfaceId: 'eni-0e100000000000001',
      OwnerId: '111122223333',
      PrivateDnsName: 'ip-10-0-1-10.eu-central-1.compute.internal',
      PrivateIpAddress: '10.0.1.10',
      PrivateIpAddresses: [
        { Primary: false, PrivateIpAddress: '10.0.1.11' },
        { Association: { PublicIp: '203.0.113.9' }, Primary: true, PrivateIpAddress: '10.0.1.10' },
        { Primary: false, PrivateIpAddress: '10.0.1.12' },
      ],
      RequesterManaged: false,
      Status: 'in-use',
      SubnetId: 'subnet-0a100000000000001',
      TagSet: [{ Key: 'Name', Value: 'web-1' }],
      VpcId: 'vpc-0aa00000000000001',
    },
    requesterManaged(
      'eni-0e200000000000002',
      '10.0.1.21',
      'nat_gateway',
      'Interface for NAT Gateway nat-0123',
    ),
    requesterManaged('eni-0e300000000000003', '10.0.1.22', 'network_load_balancer', 'ELB net/tcp/0123'),
    requesterManaged('eni-0e400000000000004', '10.0.1.23', 'interface', 'ELB app/front/0123456789abcdef'),
    requesterManaged(
      'eni-0e500000000000005',
      '10.0.1.24',
      'vpc_endpoint',
      'VPC Endpoint Interface vpce-0123',
    ),
    requesterManaged('eni-0e600000000000006', '10.0.1.25', 'gateway_load_balancer_endpoint', ''),
    {
      ...requesterManaged('eni-0e700000000000007', '10.0.1.26', 'lambda', 'AWS Lambda VPC ENI-x'),
      OwnerId: '444455556666',
      SubnetId: 'subnet-0a100000000000001',
    },
    {
      NetworkInterfaceId: 'eni-0e800000000000008',
      OwnerId: '444455556666',
      PrivateIpAddress: '10.0.1.80',
      PrivateIpAddresses: [{ Primary: true, PrivateIpAddress: '10.0.1.80' }],
      SubnetId: 'subnet-0a100000000000001',
      VpcId: 'vpc-0aa00000000000001',
    },
    {
      NetworkInterfaceId: 'eni-0e900000000000009',
      OwnerId: '111122223333',
      PrivateIpAddress: '10.1.9.9',
      SubnetId: 'subnet-0ff00000000000009',
      VpcId: 'vpc-0aa00000000000001',
    },
  ],
};
// Only describe-instances has it.
const [inInstance] = INTERFACES.NetworkInterfaces.splice(7, 1);

export const INSTANCES = {
  Reservations: [
    {
      Groups: [],
      Instances: [
        {
          ImageId: 'ami-0123456789abcdef0',
          InstanceId: 'i-01000000000000001',
          InstanceType: 't3.large',
          Hypervisor: 'xen',
          Placement: { AvailabilityZone: 'eu-central-1a', GroupName: '', Tenancy: 'default' },
          State: { Code: 16, Name: 'running' },
          SubnetId: 'subnet-0a100000000000001',
          VpcId: 'vpc-0aa00000000000001',
          NetworkInterfaces: [
            // Less than describe-network-interfaces tells of it: no tags, no prefixes.
            {
              MacAddress: '02:ab:cd:ef:00:11',
              NetworkInterfaceId: 'eni-0e100000000000001',
              OwnerId: '111122223333',
              PrivateIpAddress: '10.0.1.10',
              PrivateIpAddresses: [{ Primary: true, PrivateIpAddress: '10.0.1.10' }],
              SubnetId: 'subnet-0a100000000000001',
            },
          ],
          Tags: [
            { Key: 'Name', Value: 'web-1' },
            { Key: 'aws:autoscaling:groupName', Value: 'web' },
          ],
        },
      ],
      OwnerId: '111122223333',
      ReservationId: 'r-0123456789abcdef0',
    },
    {
      Instances: [
        {
          InstanceId: 'i-02000000000000002',
          InstanceType: 'm4.xlarge',
          State: { Code: 16, Name: 'running' },
          NetworkInterfaces: [inInstance],
        },
        {
          InstanceId: 'i-03000000000000003',
          InstanceType: 'm5.xlarge',
          State: { Code: 48, Name: 'terminated' },
          NetworkInterfaces: [],
        },
      ],
      OwnerId: '444455556666',
      ReservationId: 'r-0123456789abcdef1',
    },
  ],
};

export const OTHERS = {
  TransitGateways: [
    { TransitGatewayId: 'tgw-0123456789abcdef0' },
    { TransitGatewayId: 'tgw-0123456789abcdef1' },
  ],
  SecurityGroups: [{ GroupId: 'sg-0123456789abcdef0' }],
  NetworkAcls: [{ NetworkAclId: 'acl-0123456789abcdef0' }],
  Addresses: [{ PublicIp: '203.0.113.9' }],
  KeyPairs: [{ KeyName: 'k' }],
};
