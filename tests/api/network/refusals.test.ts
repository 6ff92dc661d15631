import { beforeAll, describe, expect, test } from 'vitest';
import { Harness, type Client } from './harness.ts';

const VPC = 'vpc-0a1b2c3d';
const SUBNET = 'subnet-0a1b2c3d';
const NO_VPC = 'vpc-0123456789abcdef0';
const NO_SUBNET = 'subnet-0123456789abcdef0';
const NO_TGW = 'tgw-0123456789abcdef0';
const DECLARED = `
vpcs:
  - id: ${VPC}
    cidrs: [10.20.0.0/16]
    subnets:
      - { id: ${SUBNET}, cidrs: [10.20.1.0/24], interfaces: [{ id: eni-0a1b2c3d, primary: 10.20.1.10, instance: i-0a1b2c3d }] }
`;

const INVALID = 'InvalidParameterValue';
const ids = (count: number, prefix: string): string[] =>
  Array.from({ length: count }, (_, i) => `${prefix}-${i.toString(16).padStart(17, '0')}`);

/** What is asked, and the code and text of the answer. The status is 400. */
const TABLE: readonly (readonly [action: string, input: object, code: string, message: string])[] = [
  // Ids.
  ['DeleteVpc', { VpcId: 'x' }, 'InvalidVpcID.Malformed', 'Invalid id: "x"'],
  ['DeleteVpc', { VpcId: 'VPC-0a1b2c3d' }, 'InvalidVpcID.Malformed', 'Invalid id: "VPC-0a1b2c3d"'],
  ['DeleteVpc', { VpcId: NO_VPC }, 'InvalidVpcID.NotFound', `The vpc ID '${NO_VPC}' does not exist`],
  [
    'DescribeVpcs',
    { VpcIds: [VPC, NO_VPC] },
    'InvalidVpcID.NotFound',
    `The vpc ID '${NO_VPC}' does not exist`,
  ],
  [
    'DescribeVpcs',
    { VpcIds: ids(1001, 'vpc') },
    INVALID,
    "Too many values for parameter 'VpcIds': 1001. The limit is 1000.",
  ],
  [
    'DescribeVpcAttribute',
    { VpcId: NO_VPC, Attribute: 'enableDnsSupport' },
    'InvalidVpcID.NotFound',
    `The vpc ID '${NO_VPC}' does not exist`,
  ],
  ['DescribeSubnets', { SubnetIds: ['y'] }, 'InvalidSubnetID.Malformed', 'Invalid id: "y"'],
  [
    'DeleteSubnet',
    { SubnetId: NO_SUBNET },
    'InvalidSubnetID.NotFound',
    `The subnet ID '${NO_SUBNET}' does not exist`,
  ],
  [
    'DeleteNetworkInterface',
    { NetworkInterfaceId: 'eni-1' },
    'InvalidNetworkInterfaceID.Malformed',
    'Invalid id: "eni-1"',
  ],
  [
    'DescribeNetworkInterfaceAttribute',
    { NetworkInterfaceId: 'eni-00000000', Attribute: 'description' },
    'InvalidNetworkInterfaceID.NotFound',
    "The networkInterface ID 'eni-00000000' does not exist",
  ],
  ['DescribeInstances', { InstanceIds: ['i-1'] }, 'InvalidInstanceID.Malformed', 'Invalid id: "i-1"'],
  [
    'DescribeInstances',
    { InstanceIds: ['i-00000000'] },
    'InvalidInstanceID.NotFound',
    "The instance ID 'i-00000000' does not exist",
  ],
  [
    'DeleteTransitGateway',
    { TransitGatewayId: 'tgw-attach-00000000' },
    'InvalidTransitGatewayID.Malformed',
    'Invalid id: "tgw-attach-00000000"',
  ],
  [
    'DeleteTransitGateway',
    { TransitGatewayId: NO_TGW },
    'InvalidTransitGatewayID.NotFound',
    `Transit Gateway ${NO_TGW} was deleted or does not exist.`,
  ],
  [
    'DeleteTransitGatewayVpcAttachment',
    { TransitGatewayAttachmentId: NO_TGW },
    'InvalidTransitGatewayAttachmentID.Malformed',
    `Invalid id: "${NO_TGW}"`,
  ],
  [
    'DeleteTransitGatewayVpcAttachment',
    { TransitGatewayAttachmentId: 'tgw-attach-00000000' },
    'InvalidTransitGatewayAttachmentID.NotFound',
    'Transit Gateway Attachment tgw-attach-00000000 was deleted or does not exist.',
  ],
  ['DeleteNatGateway', { NatGatewayId: 'nat-1' }, 'NatGatewayMalformed', 'Invalid id: "nat-1"'],
  [
    'DescribeNatGateways',
    { NatGatewayIds: ['nat-00000000'] },
    'NatGatewayNotFound',
    'The Nat Gateway nat-00000000 was not found',
  ],

  // What the network file declares.
  [
    'DeleteVpc',
    { VpcId: VPC },
    'OperationNotPermitted',
    `The resource '${VPC}' is declared in the network file and cannot be changed or deleted through the API.`,
  ],
  [
    'DeleteSubnet',
    { SubnetId: SUBNET },
    'OperationNotPermitted',
    `The resource '${SUBNET}' is declared in the network file and cannot be changed or deleted through the API.`,
  ],

  // CreateVpc.
  ['CreateVpc', {}, 'MissingParameter', "Either 'cidrBlock' or 'ipv6CidrBlock' should be provided."],
  ...['10.0.0.0', '10.0.0.0/33', '10.0.0.0/+8', '10.0.0/16', 'x', '', '10.0.0.0/16/1', '::/56'].map(
    (CidrBlock) =>
      [
        'CreateVpc',
        { CidrBlock },
        INVALID,
        `Value (${CidrBlock}) for parameter cidrBlock is invalid. This is not a valid CIDR block.`,
      ] as const,
  ),
  ['CreateVpc', { CidrBlock: '10.0.0.0/15' }, 'InvalidVpc.Range', "The CIDR '10.0.0.0/15' is invalid."],
  ['CreateVpc', { CidrBlock: '10.0.0.0/29' }, 'InvalidVpc.Range', "The CIDR '10.0.0.0/29' is invalid."],
  [
    'CreateVpc',
    { CidrBlock: '10.0.0.0/16', Ipv6CidrBlock: '2001:db8::/57' },
    'InvalidVpc.Range',
    "The CIDR '2001:db8::/57' is invalid.",
  ],
  [
    'CreateVpc',
    { CidrBlock: '10.0.0.0/16', Ipv6CidrBlock: '2001:db8::/64' },
    'InvalidVpc.Range',
    "The CIDR '2001:db8::/64' is invalid.",
  ],
  [
    'CreateVpc',
    { CidrBlock: '10.0.0.0/16', Ipv6CidrBlock: '10.0.0.0/16' },
    INVALID,
    'Value (10.0.0.0/16) for parameter ipv6CidrBlock is invalid. This is not a valid CIDR block.',
  ],
  [
    'CreateVpc',
    { CidrBlock: '10.0.0.0/16', Ipv6CidrBlock: '2001:db8::/56', AmazonProvidedIpv6CidrBlock: true },
    'InvalidParameterCombination',
    'The parameters amazonProvidedIpv6CidrBlock and ipv6CidrBlock cannot be used together.',
  ],
  [
    'CreateVpc',
    { CidrBlock: '10.0.0.0/16', Ipv6Pool: 'p' },
    'UnsupportedOperation',
    'The parameter Ipv6Pool is not supported.',
  ],
  [
    'CreateVpc',
    { Ipv4IpamPoolId: 'p', Ipv4NetmaskLength: 24 },
    'UnsupportedOperation',
    'The parameter Ipv4IpamPoolId is not supported.',
  ],
  [
    'CreateVpc',
    { CidrBlock: '10.0.0.0/16', InstanceTenancy: 'dedicated' },
    INVALID,
    "1 validation error detected: Value 'dedicated' at 'instanceTenancy' failed to satisfy constraint: Member must satisfy enum value set: [default]",
  ],
  [
    'CreateVpc',
    { CidrBlock: '10.0.0.0/16', TagSpecifications: [{ ResourceType: 'subnet', Tags: [{ Key: 'a' }] }] },
    INVALID,
    "'subnet' is not a valid taggable resource type for this operation.",
  ],
  [
    'DescribeVpcAttribute',
    { VpcId: VPC, Attribute: 'x' },
    INVALID,
    "1 validation error detected: Value 'x' at 'attribute' failed to satisfy constraint: Member must satisfy enum value set: [enableDnsSupport, enableDnsHostnames, enableNetworkAddressUsageMetrics]",
  ],

  // CreateSubnet.
  [
    'CreateSubnet',
    { VpcId: NO_VPC, CidrBlock: '10.20.2.0/24' },
    'InvalidVpcID.NotFound',
    `The vpc ID '${NO_VPC}' does not exist`,
  ],
  [
    'CreateSubnet',
    { VpcId: VPC },
    'MissingParameter',
    "Either 'cidrBlock' or 'ipv6CidrBlock' should be provided.",
  ],
  [
    'CreateSubnet',
    { VpcId: VPC, CidrBlock: '10.20.2.0/29' },
    'InvalidSubnet.Range',
    "The CIDR '10.20.2.0/29' is invalid.",
  ],
  [
    'CreateSubnet',
    { VpcId: VPC, CidrBlock: '10.21.0.0/24' },
    'InvalidSubnet.Range',
    "The CIDR '10.21.0.0/24' is invalid.",
  ],
  [
    'CreateSubnet',
    { VpcId: VPC, CidrBlock: '10.20.2.0/24', Ipv6CidrBlock: '2001:db8::/64' },
    'InvalidSubnet.Range',
    "The CIDR '2001:db8::/64' is invalid.",
  ],
  [
    'CreateSubnet',
    { VpcId: VPC, CidrBlock: '10.20.1.0/24' },
    'InvalidSubnet.Conflict',
    "The CIDR '10.20.1.0/24' conflicts with another subnet",
  ],
  [
    'CreateSubnet',
    { VpcId: VPC, CidrBlock: '10.20.1.128/25' },
    'InvalidSubnet.Conflict',
    "The CIDR '10.20.1.128/25' conflicts with another subnet",
  ],
  [
    'CreateSubnet',
    { VpcId: VPC, CidrBlock: '10.20.0.0/16' },
    'InvalidSubnet.Conflict',
    "The CIDR '10.20.0.0/16' conflicts with another subnet",
  ],
  [
    'CreateSubnet',
    { VpcId: VPC, CidrBlock: '10.20.2.0/24', AvailabilityZone: 'x' },
    INVALID,
    'Value (x) for parameter availabilityZone is invalid. Subnets can currently only be created in the following availability zones: eu-central-1a, eu-central-1b, eu-central-1c.',
  ],
  [
    'CreateSubnet',
    { VpcId: VPC, CidrBlock: '10.20.2.0/24', AvailabilityZone: 'a', AvailabilityZoneId: 'b' },
    'InvalidParameterCombination',
    'The parameters availabilityZone and availabilityZoneId cannot be used together.',
  ],
  [
    'CreateSubnet',
    { VpcId: VPC, CidrBlock: '10.20.2.0/24', Ipv6Native: true },
    'InvalidParameterCombination',
    'The parameters cidrBlock and ipv6Native cannot be used together.',
  ],
  [
    'CreateSubnet',
    { VpcId: VPC, CidrBlock: '10.20.2.0/24', OutpostArn: 'arn:x' },
    'UnsupportedOperation',
    'The parameter OutpostArn is not supported.',
  ],

  // CreateNetworkInterface.
  [
    'CreateNetworkInterface',
    { SubnetId: NO_SUBNET },
    'InvalidSubnetID.NotFound',
    `The subnet ID '${NO_SUBNET}' does not exist`,
  ],
  [
    'CreateNetworkInterface',
    { SubnetId: SUBNET, PrivateIpAddress: '10.20.1.10' },
    'InvalidIPAddress.InUse',
    'The specified address is already in use.',
  ],
  [
    'CreateNetworkInterface',
    { SubnetId: SUBNET, PrivateIpAddress: '10.20.2.10' },
    INVALID,
    "Address 10.20.2.10 does not fall within the subnet's address range",
  ],
  ...['10.20.1.0', '10.20.1.1', '10.20.1.3', '10.20.1.255'].map(
    (PrivateIpAddress) =>
      [
        'CreateNetworkInterface',
        { SubnetId: SUBNET, PrivateIpAddress },
        INVALID,
        `Address ${PrivateIpAddress} is in subnet's reserved address range`,
      ] as const,
  ),
  [
    'CreateNetworkInterface',
    { SubnetId: SUBNET, PrivateIpAddress: '10.20.1.010' },
    INVALID,
    'Value (10.20.1.010) for parameter privateIpAddress is invalid. It is not a valid IPv4 address.',
  ],
  [
    'CreateNetworkInterface',
    { SubnetId: SUBNET, Ipv6Addresses: [{ Ipv6Address: '10.20.1.9' }] },
    INVALID,
    'Value (10.20.1.9) for parameter ipv6Addresses is invalid. It is not a valid IPv6 address.',
  ],
  [
    'CreateNetworkInterface',
    { SubnetId: SUBNET, Ipv6AddressCount: 1 },
    'InsufficientFreeAddressesInSubnet',
    'The specified subnet does not have enough free addresses to satisfy the request.',
  ],
  [
    'CreateNetworkInterface',
    { SubnetId: SUBNET, SecondaryPrivateIpAddressCount: -1 },
    INVALID,
    'Value (-1) for parameter secondaryPrivateIpAddressCount is invalid. It must be between 0 and 49.',
  ],
  [
    'CreateNetworkInterface',
    {
      SubnetId: SUBNET,
      SecondaryPrivateIpAddressCount: 1,
      PrivateIpAddresses: [{ PrivateIpAddress: '10.20.1.9' }],
    },
    'InvalidParameterCombination',
    'The parameters privateIpAddresses and secondaryPrivateIpAddressCount cannot be used together.',
  ],
  [
    'CreateNetworkInterface',
    { SubnetId: SUBNET, Ipv6AddressCount: 1, Ipv6Addresses: [{ Ipv6Address: '::1' }] },
    'InvalidParameterCombination',
    'The parameters ipv6Addresses and ipv6AddressCount cannot be used together.',
  ],
  [
    'CreateNetworkInterface',
    {
      SubnetId: SUBNET,
      PrivateIpAddress: '10.20.1.8',
      PrivateIpAddresses: [{ PrivateIpAddress: '10.20.1.9', Primary: true }],
    },
    'InvalidParameterCombination',
    'The parameters privateIpAddress and privateIpAddresses.primary cannot be used together.',
  ],
  [
    'CreateNetworkInterface',
    {
      SubnetId: SUBNET,
      PrivateIpAddresses: [{ PrivateIpAddress: '10.20.1.9' }, { PrivateIpAddress: '10.20.1.9' }],
    },
    INVALID,
    'Value (10.20.1.9) for parameter privateIpAddresses is invalid. It is given twice.',
  ],
  [
    'CreateNetworkInterface',
    {
      SubnetId: SUBNET,
      PrivateIpAddresses: Array.from({ length: 51 }, (_, i) => ({ PrivateIpAddress: `10.20.1.${i + 20}` })),
    },
    'PrivateIpAddressLimitExceeded',
    'Number of private addresses will exceed limit. The limit is 50.',
  ],
  [
    'CreateNetworkInterface',
    { SubnetId: SUBNET, Groups: ['sg-0a1b2c3d'] },
    'InvalidGroup.NotFound',
    "The security group 'sg-0a1b2c3d' does not exist",
  ],
  [
    'CreateNetworkInterface',
    { SubnetId: SUBNET, InterfaceType: 'efa' },
    INVALID,
    "1 validation error detected: Value 'efa' at 'interfaceType' failed to satisfy constraint: Member must satisfy enum value set: [interface]",
  ],
  [
    'CreateNetworkInterface',
    { SubnetId: SUBNET, Description: 'x'.repeat(256) },
    INVALID,
    "1 validation error detected: Value at 'description' failed to satisfy constraint: Member must have length less than or equal to 255",
  ],
  [
    'CreateNetworkInterface',
    { SubnetId: SUBNET, ClientToken: 'x'.repeat(65) },
    INVALID,
    "1 validation error detected: Value at 'clientToken' failed to satisfy constraint: Member must have length less than or equal to 64",
  ],
  [
    'CreateNetworkInterface',
    { SubnetId: SUBNET, Ipv4PrefixCount: 1 },
    'UnsupportedOperation',
    'The parameter Ipv4PrefixCount is not supported.',
  ],
  [
    'DescribeNetworkInterfaceAttribute',
    { NetworkInterfaceId: 'eni-0a1b2c3d' },
    'MissingParameter',
    'The request must include the Attribute parameter. Add the required parameter and retry the request.',
  ],
  [
    'DescribeNetworkInterfaces',
    { NetworkInterfaceIds: ['eni-0a1b2c3d'], MaxResults: 5 },
    'InvalidParameterCombination',
    'The parameters networkInterfaceIds and maxResults cannot be used together.',
  ],
  [
    'DescribeInstances',
    { InstanceIds: ['i-0a1b2c3d'], MaxResults: 5 },
    'InvalidParameterCombination',
    'The parameters instancesSet and maxResults cannot be used together.',
  ],

  // Gateways.
  [
    'CreateTransitGateway',
    { Options: { AmazonSideAsn: 1 } },
    INVALID,
    'Value (1) for parameter AmazonSideAsn is invalid. It must be between 64512 and 65534 or between 4200000000 and 4294967294.',
  ],
  [
    'CreateTransitGateway',
    { Options: { DnsSupport: 'on' } },
    INVALID,
    "1 validation error detected: Value 'on' at 'DnsSupport' failed to satisfy constraint: Member must satisfy enum value set: [enable, disable]",
  ],
  [
    'CreateTransitGateway',
    { Options: { TransitGatewayCidrBlocks: ['x'] } },
    INVALID,
    'Value (x) for parameter TransitGatewayCidrBlocks is invalid. This is not a valid CIDR block.',
  ],
  [
    'CreateTransitGateway',
    { Options: { TransitGatewayCidrBlocks: Array.from({ length: 6 }, (_, i) => `10.${i}.0.0/24`) } },
    INVALID,
    "Too many values for parameter 'TransitGatewayCidrBlocks': 6. The limit is 5.",
  ],
  [
    'CreateTransitGateway',
    { Description: 'x'.repeat(256) },
    INVALID,
    "1 validation error detected: Value at 'description' failed to satisfy constraint: Member must have length less than or equal to 255",
  ],
  [
    'CreateTransitGatewayVpcAttachment',
    { TransitGatewayId: NO_TGW, VpcId: VPC, SubnetIds: [SUBNET] },
    'InvalidTransitGatewayID.NotFound',
    `Transit Gateway ${NO_TGW} was deleted or does not exist.`,
  ],
  [
    'CreateTransitGatewayVpcAttachment',
    { TransitGatewayId: NO_TGW, VpcId: VPC, SubnetIds: ids(27, 'subnet') },
    INVALID,
    "Too many values for parameter 'SubnetIds': 27. The limit is 26.",
  ],
  [
    'CreateNatGateway',
    { VpcId: VPC },
    'UnsupportedOperation',
    'Only NAT gateways with the availability mode regional are supported.',
  ],
  [
    'CreateNatGateway',
    { SubnetId: SUBNET, ConnectivityType: 'private' },
    'UnsupportedOperation',
    'Only NAT gateways with the availability mode regional are supported.',
  ],
  [
    'CreateNatGateway',
    { AvailabilityMode: 'local' },
    INVALID,
    "1 validation error detected: Value 'local' at 'availabilityMode' failed to satisfy constraint: Member must satisfy enum value set: [zonal, regional]",
  ],
  [
    'CreateNatGateway',
    { AvailabilityMode: 'regional' },
    'MissingParameter',
    'The request must include the VpcId parameter. Add the required parameter and retry the request.',
  ],
  [
    'CreateNatGateway',
    { AvailabilityMode: 'regional', VpcId: NO_VPC },
    'InvalidVpcID.NotFound',
    `The vpc ID '${NO_VPC}' does not exist`,
  ],
  [
    'CreateNatGateway',
    { AvailabilityMode: 'regional', VpcId: VPC, SubnetId: SUBNET },
    'InvalidParameterCombination',
    'The parameters availabilityMode and subnetId cannot be used together.',
  ],
  [
    'CreateNatGateway',
    { AvailabilityMode: 'regional', VpcId: VPC, ConnectivityType: 'private' },
    'InvalidParameterCombination',
    'The parameters availabilityMode and connectivityType cannot be used together.',
  ],
  [
    'CreateNatGateway',
    { AvailabilityMode: 'regional', VpcId: VPC, AllocationId: 'eipalloc-1' },
    'UnsupportedOperation',
    'The parameter AllocationId is not supported.',
  ],
  [
    'DescribeAccountAttributes',
    { AttributeNames: ['x'] },
    INVALID,
    "1 validation error detected: Value 'x' at 'attributeName' failed to satisfy constraint: Member must satisfy enum value set: [supported-platforms, default-vpc, max-instances, vpc-max-security-groups-per-interface, max-elastic-ips, vpc-max-elastic-ips]",
  ],

  // Filters and pages, which all Describe actions share.
  [
    'DescribeVpcs',
    { Filters: [{ Name: 'colour', Values: ['x'] }] },
    INVALID,
    "The filter 'colour' is invalid",
  ],
  [
    'DescribeVpcs',
    { Filters: [{ Name: 'constructor', Values: ['x'] }] },
    INVALID,
    "The filter 'constructor' is invalid",
  ],
  ['DescribeVpcs', { Filters: [{ Name: 'state' }] }, 'InvalidParameter', "The filter 'state' has no values"],
  [
    'DescribeVpcs',
    { Filters: [{ Values: ['x'] }] },
    'MissingParameter',
    'The request must include the Filters.1.Name parameter. Add the required parameter and retry the request.',
  ],
  [
    'DescribeVpcs',
    { Filters: [{ Name: 'state', Values: ids(201, 'x') }] },
    INVALID,
    "Too many values for parameter 'state': 201. The limit is 200.",
  ],
  [
    'DescribeVpcs',
    { Filters: Array.from({ length: 51 }, () => ({ Name: 'state', Values: ['x'] })) },
    INVALID,
    "Too many values for parameter 'Filters': 51. The limit is 50.",
  ],
  [
    'DescribeAvailabilityZones',
    { Filters: [{ Name: 'tag:a', Values: ['x'] }] },
    INVALID,
    "The filter 'tag:a' is invalid",
  ],
  [
    'DescribeVpcs',
    { MaxResults: 4 },
    INVALID,
    'Value ( 4 ) for parameter maxResults is invalid. Expecting a value greater than 5.',
  ],
  [
    'DescribeTags',
    { MaxResults: 0 },
    INVALID,
    'Value ( 0 ) for parameter maxResults is invalid. Expecting a value greater than 5.',
  ],
  [
    'DescribeSubnets',
    { NextToken: 'x' },
    'InvalidPaginationToken',
    'The specified pagination token is not valid or is expired.',
  ],
];

describe('what is refused, word by word', () => {
  let client: Client;
  let harness: Harness;
  beforeAll(async () => {
    harness = await Harness.open(DECLARED);
    client = harness.client();
  });

  test.each(TABLE.map((row, i) => [i, ...row] as const))(
    '%i %s %j',
    async (_, action, input, code, message) => {
      expect(await client.refusal(action, input)).toEqual({ code, message, status: 400 });
      expect(harness.faults).toEqual([]);
      expect(harness.registry.version).toBe(1);
    },
  );
});

/** One good request for each action that changes something. */
const CHANGES: readonly (readonly [action: string, input: object])[] = [
  ['CreateVpc', { CidrBlock: '10.0.0.0/16' }],
  ['CreateSubnet', { VpcId: VPC, CidrBlock: '10.20.2.0/24' }],
  ['CreateNetworkInterface', { SubnetId: SUBNET }],
  ['CreateTransitGateway', {}],
  ['CreateNatGateway', { VpcId: VPC, AvailabilityMode: 'regional' }],
  ['CreateTags', { Resources: [VPC], Tags: [{ Key: 'a', Value: 'b' }] }],
  ['DeleteTags', { Resources: [VPC], Tags: [{ Key: 'a' }] }],
];

describe('DryRun and keys that may only describe', () => {
  test.each(CHANGES)('%s changes nothing', async (action, input) => {
    const harness = await Harness.open(DECLARED);
    expect(await harness.client().refusal(action, { ...input, DryRun: true })).toEqual({
      code: 'DryRunOperation',
      status: 412,
      message: 'Request would have succeeded, but DryRun flag is set.',
    });
    expect(await harness.client({ readOnly: true }).refusal(action, input)).toMatchObject({
      code: 'UnauthorizedOperation',
      status: 403,
    });
    expect(harness.registry.version).toBe(1);
    await harness.client().call(action, input);
    expect(harness.registry.version).toBe(2);
  });

  test('deleting, too', async () => {
    const harness = await Harness.open(DECLARED);
    const client = harness.client();
    const { TransitGateway: gateway } = await client.call<{ TransitGateway: { TransitGatewayId: string } }>(
      'CreateTransitGateway',
    );
    const { TransitGatewayVpcAttachment: attachment } = await client.call<{
      TransitGatewayVpcAttachment: { TransitGatewayAttachmentId: string };
    }>('CreateTransitGatewayVpcAttachment', { ...gateway, VpcId: VPC, SubnetIds: [SUBNET] });
    const { Vpc: vpc } = await client.call<{ Vpc: { VpcId: string } }>('CreateVpc', {
      CidrBlock: '10.0.0.0/16',
    });
    const { NatGateway: nat } = await client.call<{ NatGateway: { NatGatewayId: string } }>(
      'CreateNatGateway',
      {
        VpcId: VPC,
        AvailabilityMode: 'regional',
      },
    );
    const { NetworkInterface: it } = await client.call<{ NetworkInterface: { NetworkInterfaceId: string } }>(
      'CreateNetworkInterface',
      { SubnetId: SUBNET },
    );
    const { version } = harness.registry;
    const deletions = [
      [
        'DeleteTransitGatewayVpcAttachment',
        { TransitGatewayAttachmentId: attachment.TransitGatewayAttachmentId },
      ],
      ['DeleteTransitGateway', { TransitGatewayId: gateway.TransitGatewayId }],
      ['DeleteVpc', { VpcId: vpc.VpcId }],
      ['DeleteNatGateway', { NatGatewayId: nat.NatGatewayId }],
      ['DeleteNetworkInterface', { NetworkInterfaceId: it.NetworkInterfaceId }],
    ] as const;
    for (const [action, input] of deletions) {
      const needed = action === 'DeleteTransitGateway';
      const dry = await client.refusal(action, { ...input, DryRun: true });
      expect([action, dry.code]).toEqual([action, needed ? 'DependencyViolation' : 'DryRunOperation']);
      const denied = await harness.client({ readOnly: true }).refusal(action, input);
      expect([action, denied.code]).toEqual([
        action,
        needed ? 'DependencyViolation' : 'UnauthorizedOperation',
      ]);
    }
    expect(harness.registry.version).toBe(version);
    for (const [action, input] of deletions) await client.call(action, input);
    expect(harness.registry.version).toBe(version + deletions.length);
  });

  test('a client token of a refused request can be used again', async () => {
    const client = (await Harness.open(DECLARED)).client();
    const input = { SubnetId: SUBNET, ClientToken: 't' };
    await client.refusal('CreateNetworkInterface', { ...input, DryRun: true });
    await client.refusal('CreateNetworkInterface', { ...input, PrivateIpAddress: '10.20.1.10' });
    const made = await client.call<{ ClientToken: string }>('CreateNetworkInterface', input);
    expect(made.ClientToken).toBe('t');
  });
});
