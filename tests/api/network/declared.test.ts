import { readFileSync } from 'node:fs';
import type * as ec2 from '@aws-sdk/client-ec2';
import { describe, expect, test } from 'vitest';
import { hashedId } from '../../../src/network/ids.ts';
import { ACCOUNT, Harness, networkOf, type Client } from './harness.ts';

/** The second example of docs/network.md, which has all kinds. */
const page = readFileSync(new URL('../../../docs/network.md', import.meta.url), 'utf8');
const DECLARED = [...page.matchAll(/```yaml\n(.*?)```/gs)][1]![1]!;
const VPC = 'vpc-0a1b2c3d4e5f60718';
const RTB = 'rtb-0b1b2c3d4e5f60718';
const TABLE = 'tgw-rtb-0a1b2c3d4e5f60718';

async function clientOf(yaml = DECLARED): Promise<Client> {
  return (await Harness.open(yaml)).client();
}

describe('what the network file declares is described', () => {
  test('route tables', async () => {
    const client = await clientOf();
    const { RouteTables: tables } = await client.call<{ RouteTables: ec2.RouteTable[] }>(
      'DescribeRouteTables',
    );
    expect(tables).toHaveLength(3);
    expect(tables.find((it) => it.RouteTableId === RTB)).toEqual({
      RouteTableId: RTB,
      VpcId: VPC,
      OwnerId: ACCOUNT,
      Tags: [],
      PropagatingVgws: [],
      Associations: [
        {
          Main: false,
          RouteTableAssociationId: expect.stringMatching(/^rtbassoc-[0-9a-f]{17}$/) as string,
          RouteTableId: RTB,
          SubnetId: 'subnet-0b1b2c3d4e5f60718',
          AssociationState: { State: 'associated' },
        },
      ],
      Routes: [
        {
          DestinationCidrBlock: '10.20.0.0/16',
          GatewayId: 'local',
          Origin: 'CreateRouteTable',
          State: 'active',
        },
        {
          DestinationIpv6CidrBlock: '2001:db8:20::/56',
          GatewayId: 'local',
          Origin: 'CreateRouteTable',
          State: 'active',
        },
        {
          DestinationPrefixListId: 'pl-0a1b2c3d4e5f60718',
          GatewayId: 'vpce-0a1b2c3d4e5f60718',
          Origin: 'CreateRoute',
          State: 'active',
        },
        {
          DestinationCidrBlock: '0.0.0.0/0',
          GatewayId: 'igw-0a1b2c3d4e5f60718',
          Origin: 'CreateRoute',
          State: 'active',
        },
        {
          DestinationIpv6CidrBlock: '::/0',
          EgressOnlyInternetGatewayId: 'eigw-0a1b2c3d4e5f60718',
          Origin: 'CreateRoute',
          State: 'active',
        },
        {
          DestinationCidrBlock: '10.30.0.0/16',
          VpcPeeringConnectionId: 'pcx-0a1b2c3d4e5f60718',
          Origin: 'CreateRoute',
          State: 'active',
        },
        {
          DestinationCidrBlock: '10.0.0.0/8',
          TransitGatewayId: 'tgw-0a1b2c3d4e5f60718',
          Origin: 'CreateRoute',
          State: 'active',
        },
        {
          DestinationPrefixListId: 'pl-0b1b2c3d4e5f60718',
          NetworkInterfaceId: 'eni-00000000000000001',
          InstanceId: 'i-0a1b2c3d4e5f60718',
          Origin: 'CreateRoute',
          State: 'active',
        },
        { DestinationCidrBlock: '192.0.2.0/24', Origin: 'CreateRoute', State: 'blackhole' },
      ],
    });
    const main = tables.find((it) => it.RouteTableId === 'rtb-0a1b2c3d4e5f60718')!;
    expect(main.PropagatingVgws).toEqual([{ GatewayId: 'vgw-0a1b2c3d4e5f60718' }]);
    expect(main.Associations).toMatchObject([{ Main: true }]);
    expect(main.Routes!.at(-1)).toMatchObject({ Origin: 'EnableVgwRoutePropagation' });
  });

  test('gateways', async () => {
    const client = await clientOf();
    expect(await client.call('DescribeInternetGateways')).toEqual({
      InternetGateways: [
        {
          InternetGatewayId: 'igw-0a1b2c3d4e5f60718',
          OwnerId: ACCOUNT,
          Attachments: [{ State: 'available', VpcId: VPC }],
          Tags: [{ Key: 'Name', Value: 'out' }],
        },
      ],
    });
    expect(await client.call('DescribeEgressOnlyInternetGateways')).toMatchObject({
      EgressOnlyInternetGateways: [
        { EgressOnlyInternetGatewayId: 'eigw-0a1b2c3d4e5f60718', Attachments: [{ VpcId: VPC }] },
      ],
    });
    expect(await client.call('DescribeVpnGateways')).toMatchObject({
      VpnGateways: [
        {
          VpnGatewayId: 'vgw-0a1b2c3d4e5f60718',
          AmazonSideAsn: 64_512,
          VpcAttachments: [{ VpcId: VPC, State: 'attached' }],
        },
      ],
    });
    expect(await client.call('DescribeNatGateways')).toMatchObject({
      NatGateways: [
        {
          NatGatewayId: 'nat-0a1b2c3d4e5f60718',
          SubnetId: 'subnet-0b1b2c3d4e5f60718',
          AvailabilityMode: 'zonal',
          NatGatewayAddresses: [
            {
              NetworkInterfaceId: 'eni-00000000000000004',
              PrivateIp: '10.20.2.5',
              PublicIp: '203.0.113.5',
              IsPrimary: true,
            },
          ],
        },
        {
          NatGatewayId: 'nat-0b1b2c3d4e5f60718',
          AvailabilityMode: 'regional',
          NatGatewayAddresses: [{ PublicIp: '203.0.113.6', AvailabilityZoneId: 'euc1-az1' }],
        },
      ],
    });
  });

  test('transit gateways, their attachments and tables', async () => {
    const client = await clientOf();
    expect(await client.call('DescribeTransitGateways')).toMatchObject({
      TransitGateways: [
        {
          Description: 'core',
          Options: { AmazonSideAsn: 64_513, AssociationDefaultRouteTableId: TABLE },
        },
      ],
    });
    const { TransitGatewayAttachments: all } = await client.call<{
      TransitGatewayAttachments: ec2.TransitGatewayAttachment[];
    }>('DescribeTransitGatewayAttachments');
    expect(
      all.map((it) => [it.ResourceType, it.ResourceId, it.Association?.TransitGatewayRouteTableId]),
    ).toEqual([
      ['vpc', VPC, TABLE],
      ['peering', 'tgw-0b1b2c3d4e5f60718', TABLE],
      ['vpn', 'vpn-0a1b2c3d4e5f60718', TABLE],
      ['direct-connect-gateway', '0a1b2c3d-0000-4000-8000-0a1b2c3d4e5f', TABLE],
    ]);
    expect(await client.call('DescribeTransitGatewayVpcAttachments')).toMatchObject({
      TransitGatewayVpcAttachments: [{ VpcId: VPC, Options: { ApplianceModeSupport: 'enable' } }],
    });
    expect(await client.call('DescribeTransitGatewayPeeringAttachments')).toMatchObject({
      TransitGatewayPeeringAttachments: [
        { AccepterTgwInfo: { TransitGatewayId: 'tgw-0b1b2c3d4e5f60718', Region: 'us-east-1' } },
      ],
    });
    expect(await client.call('DescribeTransitGatewayRouteTables')).toMatchObject({
      TransitGatewayRouteTables: [
        {
          TransitGatewayRouteTableId: TABLE,
          DefaultAssociationRouteTable: true,
          DefaultPropagationRouteTable: false,
        },
      ],
    });
    const of = { TransitGatewayRouteTableId: TABLE };
    expect(await client.call('GetTransitGatewayRouteTableAssociations', of)).toMatchObject({
      Associations: [{ ResourceType: 'vpc', State: 'associated' }, {}, {}, {}],
    });
    expect(await client.call('GetTransitGatewayRouteTablePropagations', of)).toMatchObject({
      TransitGatewayRouteTablePropagations: [{ ResourceId: VPC, State: 'enabled' }],
    });
    const search = async (Name: string, value: string): Promise<string[]> => {
      const input = { ...of, Filters: [{ Name, Values: [value] }] };
      const { Routes } = await client.call<{ Routes: ec2.TransitGatewayRoute[] }>(
        'SearchTransitGatewayRoutes',
        input,
      );
      return Routes.map((it) => `${it.DestinationCidrBlock} ${it.Type} ${it.State}`);
    };
    expect(await search('type', '*')).toEqual([
      '10.20.0.0/16 propagated active',
      '10.40.0.0/16 static active',
      '10.99.0.0/16 static blackhole',
      '172.16.0.0/12 propagated active',
      '2001:db8:20::/56 propagated active',
    ]);
    expect(await search('state', 'blackhole')).toEqual(['10.99.0.0/16 static blackhole']);
    expect(await search('attachment.resource-type', 'vpn')).toEqual(['172.16.0.0/12 propagated active']);
    expect(await search('route-search.longest-prefix-match', '10.40.7.7')).toEqual([
      '10.40.0.0/16 static active',
    ]);
    expect(await search('route-search.exact-match', '10.40.0.0/16')).toHaveLength(1);
    expect(await search('route-search.subnet-of-match', '10.0.0.0/8')).toHaveLength(3);
    expect(await search('route-search.supernet-of-match', '172.16.5.0/24')).toHaveLength(1);
    expect(
      await client.refusal('SearchTransitGatewayRoutes', {
        ...of,
        Filters: [{ Name: 'route-search.exact-match', Values: ['x'] }],
      }),
    ).toMatchObject({ code: 'InvalidParameterValue' });
  });

  test('peering connections and endpoints', async () => {
    const client = await clientOf();
    expect(await client.call('DescribeVpcPeeringConnections')).toMatchObject({
      VpcPeeringConnections: [
        {
          RequesterVpcInfo: { VpcId: VPC, OwnerId: ACCOUNT, CidrBlock: '10.20.0.0/16' },
          AccepterVpcInfo: {
            OwnerId: '210987654321',
            Region: 'eu-west-1',
            CidrBlockSet: [{ CidrBlock: '10.30.0.0/16' }],
          },
          Status: { Code: 'active' },
        },
      ],
    });
    expect(await client.call('DescribeVpcEndpoints')).toMatchObject({
      VpcEndpoints: [
        { VpcEndpointType: 'Gateway', ServiceName: 'com.amazonaws.eu-central-1.s3', RouteTableIds: [RTB] },
        {
          VpcEndpointType: 'Interface',
          NetworkInterfaceIds: ['eni-00000000000000005'],
          SubnetIds: ['subnet-0b1b2c3d4e5f60718'],
          Groups: [{ GroupId: hashedId('securityGroup', VPC), GroupName: 'default' }],
          PrivateDnsEnabled: true,
        },
      ],
    });
  });

  test('security groups, their rules, and network ACLs', async () => {
    const client = await clientOf();
    const web = { GroupIds: ['sg-0a1b2c3d4e5f60718'] };
    const none = { UserIdGroupPairs: [], IpRanges: [], Ipv6Ranges: [], PrefixListIds: [] };
    expect(await client.call('DescribeSecurityGroups', web)).toMatchObject({
      SecurityGroups: [
        {
          GroupName: 'web',
          Description: "the shop's front",
          IpPermissions: [
            {
              ...none,
              IpProtocol: 'tcp',
              FromPort: 443,
              ToPort: 443,
              IpRanges: [{ CidrIp: '0.0.0.0/0', Description: 'everyone' }],
            },
            {
              ...none,
              FromPort: 8000,
              ToPort: 8080,
              UserIdGroupPairs: [{ GroupId: 'sg-0a1b2c3d4e5f60718', UserId: ACCOUNT }],
            },
            {
              ...none,
              IpProtocol: 'icmp',
              FromPort: 8,
              ToPort: 0,
              PrefixListIds: [{ PrefixListId: 'pl-0b1b2c3d4e5f60718' }],
            },
          ],
          IpPermissionsEgress: [{ ...none, IpProtocol: '-1', IpRanges: [{ CidrIp: '10.0.0.0/8' }] }],
        },
      ],
    });
    const { SecurityGroupRules: rules } = await client.call<{ SecurityGroupRules: ec2.SecurityGroupRule[] }>(
      'DescribeSecurityGroupRules',
      { Filters: [{ Name: 'group-id', Values: web.GroupIds }] },
    );
    expect(rules).toHaveLength(4);
    const [one] = rules;
    expect(
      await client.call('DescribeSecurityGroupRules', { SecurityGroupRuleIds: [one!.SecurityGroupRuleId] }),
    ).toEqual({ SecurityGroupRules: [one] });
    const { NetworkAcls: acls } = await client.call<{ NetworkAcls: ec2.NetworkAcl[] }>('DescribeNetworkAcls');
    expect(acls.map((it) => [it.IsDefault, it.Associations!.map((one) => one.SubnetId)])).toEqual(
      expect.arrayContaining([
        [false, ['subnet-0b1b2c3d4e5f60718']],
        [true, ['subnet-0a1b2c3d4e5f60718']],
      ]),
    );
    const own = acls.find((it) => it.IsDefault === false)!;
    expect(own.Entries!.map((it) => [it.Egress, it.RuleNumber, it.RuleAction, it.Protocol])).toEqual([
      [true, 100, 'allow', '-1'],
      [true, 32_767, 'deny', '-1'],
      [false, 100, 'allow', '6'],
      [false, 200, 'deny', '-1'],
      [false, 32_767, 'deny', '-1'],
    ]);
  });

  test('prefix lists', async () => {
    const client = await clientOf();
    expect(await client.call('DescribePrefixLists')).toEqual({
      PrefixLists: [
        {
          PrefixListId: 'pl-0a1b2c3d4e5f60718',
          PrefixListName: 'com.amazonaws.eu-central-1.s3',
          Cidrs: ['198.51.100.0/24'],
        },
      ],
    });
    expect(await client.call('DescribeManagedPrefixLists')).toMatchObject({
      PrefixLists: [
        { OwnerId: 'AWS' },
        { OwnerId: ACCOUNT, PrefixListName: 'partners', AddressFamily: 'IPv4' },
      ],
    });
    expect(
      await client.call('GetManagedPrefixListEntries', { PrefixListId: 'pl-0b1b2c3d4e5f60718' }),
    ).toEqual({ Entries: [{ Cidr: '192.0.2.0/25' }, { Cidr: '192.0.2.128/25' }] });
    // One of people is no list of a service.
    expect(
      await client.refusal('DescribePrefixLists', { PrefixListIds: ['pl-0b1b2c3d4e5f60718'] }),
    ).toMatchObject({ code: 'InvalidPrefixListID.NotFound' });
  });

  test('Block Public Access and encryption controls', async () => {
    const client = await clientOf();
    expect(await client.call('DescribeVpcBlockPublicAccessOptions')).toMatchObject({
      VpcBlockPublicAccessOptions: { InternetGatewayBlockMode: 'block-bidirectional', AwsAccountId: ACCOUNT },
    });
    expect(await client.call('DescribeVpcBlockPublicAccessExclusions')).toMatchObject({
      VpcBlockPublicAccessExclusions: [
        {
          InternetGatewayExclusionMode: 'allow-egress',
          ResourceArn: `arn:aws:ec2:eu-central-1:${ACCOUNT}:subnet/subnet-0b1b2c3d4e5f60718`,
        },
      ],
    });
    const controls = {
      VpcEncryptionControls: [
        {
          VpcEncryptionControlId: 'vpcec-0a1b2c3d4e5f60718',
          Mode: 'enforce',
          ResourceExclusions: {
            InternetGateway: { State: 'enabled' },
            NatGateway: { State: 'enabled' },
            Lambda: { State: 'disabled' },
          },
        },
      ],
    };
    expect(await client.call('DescribeVpcEncryptionControls', { VpcIds: [VPC] })).toMatchObject(controls);
  });

  test('whose interfaces are whose', async () => {
    const client = await clientOf();
    const { NetworkInterfaces: all } = await client.call<{ NetworkInterfaces: ec2.NetworkInterface[] }>(
      'DescribeNetworkInterfaces',
    );
    expect(
      all.map((it) => [
        it.Description,
        it.RequesterManaged,
        it.Status,
        it.Groups!.map((one) => one.GroupName),
      ]),
    ).toEqual([
      ['', false, 'in-use', ['web']],
      [
        expect.stringMatching(/^arn:aws:ecs:eu-central-1:123456789012:attachment\/[0-9a-f]{17}$/),
        true,
        'in-use',
        ['default'],
      ],
      ['', false, 'available', ['default']],
      ['Interface for NAT Gateway nat-0a1b2c3d4e5f60718', true, 'in-use', []],
      ['VPC Endpoint Interface vpce-0b1b2c3d4e5f60718', true, 'in-use', ['default']],
      ['Network Interface for Transit Gateway Attachment tgw-attach-0a1b2c3d4e5f60718', true, 'in-use', []],
      ['ELB net/shop/50dc6c495c0c9188', true, 'in-use', ['default']],
    ]);
    expect(all[1]!.TagSet).toEqual([
      { Key: 'aws:ecs:clusterName', Value: 'shop' },
      { Key: 'aws:ecs:serviceName', Value: 'web' },
    ]);
    const byTag = { Filters: [{ Name: 'tag:aws:ecs:clusterName', Values: ['shop'] }] };
    expect(await client.call('DescribeNetworkInterfaces', byTag)).toEqual({ NetworkInterfaces: [all[1]] });
    expect(
      await client.call('DescribeInstances', {
        Filters: [{ Name: 'tag:aws:autoscaling:groupName', Values: ['web'] }],
      }),
    ).toMatchObject({
      Reservations: [
        { Instances: [{ InstanceId: 'i-0a1b2c3d4e5f60718', SecurityGroups: [{ GroupName: 'web' }] }] },
      ],
    });
  });

  test.each([
    ['DescribeRouteTables', 'RouteTables', 'vpc-id', VPC, 3],
    ['DescribeRouteTables', 'RouteTables', 'association.subnet-id', 'subnet-0b1b2c3d4e5f60718', 1],
    ['DescribeRouteTables', 'RouteTables', 'association.main', 'true', 1],
    ['DescribeRouteTables', 'RouteTables', 'association.gateway-id', 'igw-*', 1],
    ['DescribeRouteTables', 'RouteTables', 'route.nat-gateway-id', 'nat-*', 1],
    ['DescribeRouteTables', 'RouteTables', 'route.state', 'blackhole', 1],
    ['DescribeInternetGateways', 'InternetGateways', 'attachment.vpc-id', VPC, 1],
    ['DescribeInternetGateways', 'InternetGateways', 'tag:Name', 'in', 0],
    ['DescribeVpnGateways', 'VpnGateways', 'amazon-side-asn', '64512', 1],
    ['DescribeNatGateways', 'NatGateways', 'subnet-id', 'subnet-0b1b2c3d4e5f60718', 1],
    ['DescribeNatGateways', 'NatGateways', 'availability-mode', 'regional', 1],
    ['DescribeTransitGatewayAttachments', 'TransitGatewayAttachments', 'resource-type', 'vpn', 1],
    [
      'DescribeTransitGatewayAttachments',
      'TransitGatewayAttachments',
      'association.transit-gateway-route-table-id',
      TABLE,
      4,
    ],
    [
      'DescribeTransitGatewayRouteTables',
      'TransitGatewayRouteTables',
      'default-association-route-table',
      'true',
      1,
    ],
    [
      'DescribeVpcPeeringConnections',
      'VpcPeeringConnections',
      'accepter-vpc-info.owner-id',
      '210987654321',
      1,
    ],
    ['DescribeVpcEndpoints', 'VpcEndpoints', 'service-name', '*.s3', 1],
    ['DescribeVpcEndpoints', 'VpcEndpoints', 'vpc-endpoint-type', 'Interface', 1],
    ['DescribeSecurityGroups', 'SecurityGroups', 'group-name', 'default', 1],
    ['DescribeSecurityGroups', 'SecurityGroups', 'ip-permission.from-port', '443', 1],
    ['DescribeSecurityGroups', 'SecurityGroups', 'egress.ip-permission.cidr', '0.0.0.0/0', 1],
    ['DescribeNetworkAcls', 'NetworkAcls', 'association.subnet-id', 'subnet-0a1b2c3d4e5f60718', 1],
    ['DescribeNetworkAcls', 'NetworkAcls', 'default', 'true', 1],
    ['DescribeManagedPrefixLists', 'PrefixLists', 'owner-id', 'AWS', 1],
    ['DescribeNetworkInterfaces', 'NetworkInterfaces', 'requester-managed', 'true', 5],
    ['DescribeNetworkInterfaces', 'NetworkInterfaces', 'interface-type', 'transit_gateway', 1],
    ['DescribeVpcEncryptionControls', 'VpcEncryptionControls', 'mode', 'monitor', 0],
  ])('%s by %s %s=%s', async (action, member, Name, value, count) => {
    const client = await clientOf();
    const answer = await client.call<Record<string, object[]>>(action, {
      [action === 'DescribeNatGateways' ? 'Filter' : 'Filters']: [{ Name, Values: [value] }],
    });
    expect(answer[member]).toHaveLength(count);
  });

  test.each([
    ['DescribeRouteTables', 'RouteTableIds', 'rtb-00000000', 'InvalidRouteTableID.NotFound'],
    ['DescribeRouteTables', 'RouteTableIds', 'x', 'InvalidRouteTableId.Malformed'],
    ['DescribeInternetGateways', 'InternetGatewayIds', 'igw-00000000', 'InvalidInternetGatewayID.NotFound'],
    ['DescribeVpnGateways', 'VpnGatewayIds', 'vgw-00000000', 'InvalidVpnGatewayID.NotFound'],
    ['DescribeVpcEndpoints', 'VpcEndpointIds', 'vpce-00000000', 'InvalidVpcEndpointId.NotFound'],
    ['DescribeSecurityGroups', 'GroupIds', 'sg-00000000', 'InvalidGroup.NotFound'],
    ['DescribeSecurityGroups', 'GroupNames', 'web', 'InvalidGroup.NotFound'],
    [
      'DescribeSecurityGroupRules',
      'SecurityGroupRuleIds',
      'sgr-00000000',
      'InvalidSecurityGroupRuleId.NotFound',
    ],
    ['DescribeNetworkAcls', 'NetworkAclIds', 'acl-00000000', 'InvalidNetworkAclID.NotFound'],
    // It is there, but of another type.
    [
      'DescribeTransitGatewayVpcAttachments',
      'TransitGatewayAttachmentIds',
      'tgw-attach-0c1b2c3d4e5f60718',
      'InvalidTransitGatewayAttachmentID.NotFound',
    ],
  ])('%s of %s %s: %s', async (action, member, id, code) => {
    expect(await (await clientOf()).refusal(action, { [member]: [id] })).toMatchObject({ code });
  });

  test('tags are added to all kinds, and those of the file stay', async () => {
    const harness = await Harness.open(DECLARED);
    const client = harness.client();
    const ids = [
      RTB,
      'igw-0a1b2c3d4e5f60718',
      'eigw-0a1b2c3d4e5f60718',
      'vgw-0a1b2c3d4e5f60718',
      'nat-0a1b2c3d4e5f60718',
      'tgw-0a1b2c3d4e5f60718',
      'tgw-attach-0b1b2c3d4e5f60718',
      TABLE,
      'pcx-0a1b2c3d4e5f60718',
      'vpce-0a1b2c3d4e5f60718',
      'sg-0a1b2c3d4e5f60718',
      'acl-0a1b2c3d4e5f60718',
      'pl-0a1b2c3d4e5f60718',
      'vpcec-0a1b2c3d4e5f60718',
      'vpcbpa-exclude-0a1b2c3d4e5f60718',
      hashedId('networkAcl', VPC),
    ];
    await client.call('CreateTags', { Resources: ids, Tags: [{ Key: 'mine', Value: '1' }] });
    const again = (await harness.reopen(DECLARED)).client();
    const { Tags } = await again.call<{ Tags: ec2.TagDescription[] }>('DescribeTags', {
      Filters: [{ Name: 'key', Values: ['mine'] }],
    });
    expect(Tags.map((it) => it.ResourceId).sort()).toEqual(ids.toSorted());
    expect(new Set(Tags.map((it) => it.ResourceType)).size).toBe(15);
    expect(await again.call('DescribeInternetGateways')).toMatchObject({
      InternetGateways: [{ Tags: [{ Key: 'Name' }, { Key: 'mine' }] }],
    });
    expect(
      await again.refusal('DeleteTags', { Resources: ['igw-0a1b2c3d4e5f60718'], Tags: [{ Key: 'Name' }] }),
    ).toMatchObject({ code: 'OperationNotPermitted' });
    await again.call('DeleteTags', { Resources: ids, Tags: [{ Key: 'mine' }] });
    expect(await again.call('DescribeTags', { Filters: [{ Name: 'key', Values: ['mine'] }] })).toEqual({
      Tags: [],
    });
  });

  test('pages come to the end, each thing once', async () => {
    const client = await clientOf();
    const seen: (string | undefined)[] = [];
    let NextToken: string | undefined;
    do {
      const answer: { SecurityGroupRules: ec2.SecurityGroupRule[]; NextToken?: string } = await client.call(
        'DescribeSecurityGroupRules',
        { MaxResults: 5, NextToken },
      );
      seen.push(...answer.SecurityGroupRules.map((it) => it.SecurityGroupRuleId));
      ({ NextToken } = answer);
    } while (NextToken !== undefined);
    expect(seen).toHaveLength(7); // four of `web`, three of the default group
    expect(new Set(seen).size).toBe(7);
  });
});

describe('what comes with a VPC and a transit gateway over the API', () => {
  test('is there from the start, is no dependency, and goes with it, with its tags', async () => {
    const harness = await Harness.open();
    const client = harness.client();
    const { Vpc } = await client.call<{ Vpc: ec2.Vpc }>('CreateVpc', { CidrBlock: '10.1.0.0/16' });
    const VpcId = Vpc.VpcId!;
    const { TransitGateway } = await client.call<{ TransitGateway: ec2.TransitGateway }>(
      'CreateTransitGateway',
    );
    const ids = (['routeTable', 'securityGroup', 'networkAcl'] as const).map((kind) => hashedId(kind, VpcId));
    const of = { Filters: [{ Name: 'vpc-id', Values: [VpcId] }] };
    expect(await client.call('DescribeRouteTables', of)).toMatchObject({
      RouteTables: [
        { RouteTableId: ids[0], Routes: [{ DestinationCidrBlock: '10.1.0.0/16', GatewayId: 'local' }] },
      ],
    });
    expect(await client.call('DescribeSecurityGroups', of)).toMatchObject({
      SecurityGroups: [{ GroupId: ids[1], GroupName: 'default' }],
    });
    expect(await client.call('DescribeNetworkAcls', of)).toMatchObject({
      NetworkAcls: [{ NetworkAclId: ids[2], IsDefault: true, Associations: [] }],
    });
    await client.call('CreateTags', { Resources: ids, Tags: [{ Key: 'k', Value: 'v' }] });
    const { Subnet } = await client.call<{ Subnet: ec2.Subnet }>('CreateSubnet', {
      VpcId,
      CidrBlock: '10.1.1.0/24',
    });
    expect(await client.call('DescribeNetworkAcls', of)).toMatchObject({
      NetworkAcls: [{ Associations: [{ SubnetId: Subnet.SubnetId }] }],
    });
    const { NetworkInterface: eni } = await client.call<{ NetworkInterface: ec2.NetworkInterface }>(
      'CreateNetworkInterface',
      { SubnetId: Subnet.SubnetId, Groups: [ids[1]] },
    );
    expect(eni.Groups).toEqual([{ GroupId: ids[1], GroupName: 'default' }]);
    const again = (await harness.reopen()).client();
    expect(await again.call('DescribeNetworkInterfaces')).toMatchObject({
      NetworkInterfaces: [{ Groups: [{ GroupId: ids[1] }] }],
    });
    expect(await again.call('DescribeTags', {})).toMatchObject({ Tags: [{}, {}, {}] });
    expect(await again.refusal('DeleteVpc', { VpcId })).toMatchObject({ code: 'DependencyViolation' });
    await again.call('DeleteNetworkInterface', { NetworkInterfaceId: eni.NetworkInterfaceId });
    await again.call('DeleteSubnet', { SubnetId: Subnet.SubnetId });
    await again.call('DeleteVpc', { VpcId });
    const gone = { TransitGatewayId: TransitGateway.TransitGatewayId };
    expect(await again.call('DeleteTransitGateway', gone)).toMatchObject({
      TransitGateway: {
        Options: { AssociationDefaultRouteTableId: expect.stringMatching(/^tgw-rtb-/) as string },
      },
    });
    for (const action of [
      'RouteTables',
      'SecurityGroups',
      'NetworkAcls',
      'TransitGatewayRouteTables',
      'Tags',
    ]) {
      expect(await again.call(`Describe${action}`)).toEqual({ [action]: [] });
    }
    const last = (await harness.reopen()).client();
    expect(await last.call('DescribeTags')).toEqual({ Tags: [] });
  });

  test('a group of another VPC is refused', async () => {
    const client = await clientOf();
    const { Vpc } = await client.call<{ Vpc: ec2.Vpc }>('CreateVpc', { CidrBlock: '10.1.0.0/16' });
    expect(
      await client.refusal('CreateNetworkInterface', {
        SubnetId: 'subnet-0a1b2c3d4e5f60718',
        Groups: [hashedId('securityGroup', Vpc.VpcId!)],
      }),
    ).toMatchObject({ code: 'InvalidGroup.NotFound' });
  });
});

test('after a reload, answers are of the new file', async () => {
  const harness = await Harness.open(DECLARED);
  const client = harness.client();
  const other = DECLARED.replaceAll('0a1b2c3d4e5f60718', '0e1b2c3d4e5f60718');
  await harness.registry.reload(networkOf(other));
  for (const action of [
    'RouteTables',
    'NetworkInterfaces',
    'Subnets',
    'VpcEndpoints',
    'NatGateways',
    'NetworkAcls',
  ]) {
    const text = JSON.stringify(await client.call(`Describe${action}`));
    expect(text).toContain('0e1b2c3d4e5f60718');
    expect(text).not.toContain('0a1b2c3d4e5f60718');
  }
  await client.call('DescribeInstances');
  expect(harness.faults).toEqual([]);
});

test('a key that may only describe searches routes', async () => {
  const client = (await Harness.open(DECLARED)).client({ readOnly: true });
  const input = { TransitGatewayRouteTableId: TABLE, Filters: [{ Name: 'type', Values: ['static'] }] };
  expect(await client.call('SearchTransitGatewayRoutes', input)).toMatchObject({ Routes: [{}, {}] });
  expect(
    await client.call('GetManagedPrefixListEntries', { PrefixListId: 'pl-0a1b2c3d4e5f60718' }),
  ).toMatchObject({ Entries: [{}] });
});
