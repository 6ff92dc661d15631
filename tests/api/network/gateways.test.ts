import type { NatGateway, TransitGateway, TransitGatewayVpcAttachment } from '@aws-sdk/client-ec2';
import { describe, expect, test } from 'vitest';
import { hashedId } from '../../../src/network/ids.ts';
import { ACCOUNT, Harness, REGION, type Client } from './harness.ts';

const VPC = 'vpc-0a1b2c3d';
const SUBNETS = ['subnet-0a1b2c3d', 'subnet-0b1b2c3d'];
const DECLARED = `
vpcs:
  - id: ${VPC}
    cidrs: [10.20.0.0/16]
    subnets:
      - { id: ${SUBNETS[0]}, cidrs: [10.20.1.0/24], azId: euc1-az1 }
      - { id: ${SUBNETS[1]}, cidrs: [10.20.2.0/24], azId: euc1-az2 }
      - { id: subnet-0c1b2c3d, cidrs: [10.20.3.0/24], azId: euc1-az1 }
  - { id: vpc-0b1b2c3d, cidrs: [10.30.0.0/16], subnets: [{ id: subnet-0d1b2c3d, cidrs: [10.30.0.0/24] }] }
`;

async function gateway(client: Client, input: object = {}): Promise<TransitGateway> {
  return (await client.call<{ TransitGateway: TransitGateway }>('CreateTransitGateway', input))
    .TransitGateway;
}

async function attach(client: Client, input: object): Promise<TransitGatewayVpcAttachment> {
  const answer = await client.call<{ TransitGatewayVpcAttachment: TransitGatewayVpcAttachment }>(
    'CreateTransitGatewayVpcAttachment',
    { VpcId: VPC, SubnetIds: SUBNETS, ...input },
  );
  return answer.TransitGatewayVpcAttachment;
}

describe('transit gateways', () => {
  test('are created with the defaults, described, and deleted', async () => {
    const harness = await Harness.open();
    const made = await gateway(harness.client());
    const id = made.TransitGatewayId!;
    expect(made).toEqual({
      TransitGatewayId: expect.stringMatching(/^tgw-[0-9a-f]{17}$/) as string,
      TransitGatewayArn: `arn:aws:ec2:${REGION}:${ACCOUNT}:transit-gateway/${id}`,
      State: 'pending',
      OwnerId: ACCOUNT,
      Description: '',
      CreationTime: harness.now,
      Options: {
        AmazonSideAsn: 64512,
        AutoAcceptSharedAttachments: 'disable',
        DefaultRouteTableAssociation: 'enable',
        AssociationDefaultRouteTableId: expect.stringMatching(/^tgw-rtb-[0-9a-f]{17}$/) as string,
        DefaultRouteTablePropagation: 'enable',
        PropagationDefaultRouteTableId: expect.stringMatching(/^tgw-rtb-/) as string,
        VpnEcmpSupport: 'enable',
        DnsSupport: 'enable',
        SecurityGroupReferencingSupport: 'disable',
        MulticastSupport: 'disable',
      },
      Tags: [],
    });
    const client = (await harness.reopen()).client();
    expect(await client.call('DescribeTransitGateways')).toEqual({
      TransitGateways: [{ ...made, State: 'available' }],
    });
    expect(await client.call('DeleteTransitGateway', { TransitGatewayId: id })).toMatchObject({
      TransitGateway: { TransitGatewayId: id, State: 'deleting' },
    });
    expect(await client.refusal('DescribeTransitGateways', { TransitGatewayIds: [id] })).toMatchObject({
      code: 'InvalidTransitGatewayID.NotFound',
      message: `Transit Gateway ${id} was deleted or does not exist.`,
    });
  });

  test('with options, which filters find', async () => {
    const client = (await Harness.open()).client();
    await gateway(client);
    const made = await gateway(client, {
      Description: 'core',
      Options: {
        AmazonSideAsn: 4_200_000_001,
        DnsSupport: 'disable',
        DefaultRouteTableAssociation: 'disable',
        TransitGatewayCidrBlocks: ['10.99.0.0/24', '2001:db8:99::/64'],
      },
      TagSpecifications: [{ ResourceType: 'transit-gateway', Tags: [{ Key: 'Name', Value: 'core' }] }],
    });
    expect(made.Options).toMatchObject({
      AmazonSideAsn: 4_200_000_001,
      DnsSupport: 'disable',
      DefaultRouteTableAssociation: 'disable',
      TransitGatewayCidrBlocks: ['10.99.0.0/24', '2001:db8:99::/64'],
    });
    expect(made.Options!.AssociationDefaultRouteTableId).toBeUndefined();
    for (const [Name, value] of [
      ['transit-gateway-id', made.TransitGatewayId!],
      ['options.amazon-side-asn', '42000*'],
      ['options.dns-support', 'disable'],
      ['options.default-route-table-association', 'disable'],
      ['tag:Name', 'core'],
    ] as const) {
      const { TransitGateways: found } = await client.call<{ TransitGateways: TransitGateway[] }>(
        'DescribeTransitGateways',
        { Filters: [{ Name, Values: [value] }] },
      );
      expect([Name, ...found.map((it) => it.TransitGatewayId)]).toEqual([Name, made.TransitGatewayId]);
    }
  });
});

describe('transit gateway VPC attachments', () => {
  test('are created, described in both ways, and deleted', async () => {
    const harness = await Harness.open(DECLARED);
    const { TransitGatewayId } = await gateway(harness.client());
    const made = await attach(harness.client(), {
      TransitGatewayId,
      Options: { ApplianceModeSupport: 'enable' },
      TagSpecifications: [{ ResourceType: 'transit-gateway-attachment', Tags: [{ Key: 'k', Value: 'v' }] }],
    });
    const id = made.TransitGatewayAttachmentId!;
    expect(made).toEqual({
      TransitGatewayAttachmentId: expect.stringMatching(/^tgw-attach-[0-9a-f]{17}$/) as string,
      TransitGatewayId,
      VpcId: VPC,
      VpcOwnerId: ACCOUNT,
      State: 'pending',
      SubnetIds: SUBNETS,
      CreationTime: harness.now,
      Options: {
        ApplianceModeSupport: 'enable',
        DnsSupport: 'enable',
        Ipv6Support: 'disable',
        SecurityGroupReferencingSupport: 'enable',
      },
      Tags: [{ Key: 'k', Value: 'v' }],
    });
    const client = (await harness.reopen(DECLARED)).client();
    const ids = { TransitGatewayAttachmentIds: [id] };
    expect(await client.call('DescribeTransitGatewayVpcAttachments', ids)).toEqual({
      TransitGatewayVpcAttachments: [{ ...made, State: 'available' }],
    });
    expect(await client.call('DescribeTransitGatewayAttachments', ids)).toEqual({
      TransitGatewayAttachments: [
        {
          TransitGatewayAttachmentId: id,
          TransitGatewayId,
          TransitGatewayOwnerId: ACCOUNT,
          ResourceOwnerId: ACCOUNT,
          ResourceType: 'vpc',
          ResourceId: VPC,
          State: 'available',
          Association: {
            TransitGatewayRouteTableId: hashedId('transitGatewayRouteTable', TransitGatewayId!),
            State: 'associated',
          },
          CreationTime: harness.now,
          Tags: [{ Key: 'k', Value: 'v' }],
        },
      ],
    });
    for (const [action, Name, value, count] of [
      ['DescribeTransitGatewayVpcAttachments', 'vpc-id', VPC, 1],
      ['DescribeTransitGatewayVpcAttachments', 'transit-gateway-id', TransitGatewayId!, 1],
      ['DescribeTransitGatewayVpcAttachments', 'state', 'pending', 0],
      ['DescribeTransitGatewayAttachments', 'resource-id', VPC, 1],
      ['DescribeTransitGatewayAttachments', 'resource-type', 'vpn', 0],
      ['DescribeTransitGatewayAttachments', 'resource-owner-id', ACCOUNT, 1],
      ['DescribeTransitGatewayAttachments', 'tag-key', 'k', 1],
    ] as const) {
      const answer = await client.call<Record<string, object[]>>(action, {
        Filters: [{ Name, Values: [value] }],
      });
      expect([action, Name, Object.values(answer)[0]?.length]).toEqual([action, Name, count]);
    }
    expect(await client.refusal('DeleteTransitGateway', { TransitGatewayId })).toEqual({
      code: 'DependencyViolation',
      status: 400,
      message: `The transitGateway '${TransitGatewayId}' has dependencies and cannot be deleted.`,
    });
    expect(
      await client.call('DeleteTransitGatewayVpcAttachment', { TransitGatewayAttachmentId: id }),
    ).toMatchObject({ TransitGatewayVpcAttachment: { State: 'deleting' } });
    await client.call('DeleteTransitGateway', { TransitGatewayId });
  });

  test('have one subnet in each zone, of one VPC, once', async () => {
    const client = (await Harness.open(DECLARED)).client();
    const { TransitGatewayId } = await gateway(client);
    const refusal = (input: object) =>
      client.refusal('CreateTransitGatewayVpcAttachment', { TransitGatewayId, VpcId: VPC, ...input });
    expect(await refusal({ SubnetIds: [SUBNETS[0], 'subnet-0c1b2c3d'] })).toMatchObject({
      code: 'DuplicateSubnetsInSameZone',
    });
    expect(await refusal({ SubnetIds: ['subnet-0d1b2c3d'] })).toMatchObject({ code: 'InvalidParameter' });
    expect(await refusal({ SubnetIds: ['subnet-0e1b2c3d'] })).toMatchObject({
      code: 'InvalidSubnetID.NotFound',
    });
    await attach(client, { TransitGatewayId });
    expect(await refusal({ SubnetIds: SUBNETS })).toMatchObject({
      code: 'DuplicateTransitGatewayAttachment',
    });
    await attach(client, { TransitGatewayId, VpcId: 'vpc-0b1b2c3d', SubnetIds: ['subnet-0d1b2c3d'] });
  });
});

describe('regional NAT gateways', () => {
  test('are created, described, and deleted', async () => {
    const harness = await Harness.open(DECLARED);
    const { NatGateway: made } = await harness.client().call<{ NatGateway: NatGateway }>('CreateNatGateway', {
      VpcId: VPC,
      AvailabilityMode: 'regional',
      ConnectivityType: 'public',
      TagSpecifications: [{ ResourceType: 'natgateway', Tags: [{ Key: 'k', Value: 'v' }] }],
    });
    const id = made.NatGatewayId!;
    expect(made).toEqual({
      NatGatewayId: expect.stringMatching(/^nat-[0-9a-f]{17}$/) as string,
      VpcId: VPC,
      AvailabilityMode: 'regional',
      ConnectivityType: 'public',
      CreateTime: harness.now,
      NatGatewayAddresses: [],
      State: 'pending',
      Tags: [{ Key: 'k', Value: 'v' }],
    });
    const client = (await harness.reopen(DECLARED)).client();
    expect(await client.call('DescribeNatGateways', { NatGatewayIds: [id] })).toEqual({
      NatGateways: [{ ...made, State: 'available' }],
    });
    for (const [Name, value, count] of [
      ['vpc-id', VPC, 1],
      ['nat-gateway-id', 'nat-*', 1],
      ['state', 'deleted', 0],
      ['subnet-id', '*', 0],
      ['tag:k', 'v', 1],
    ] as const) {
      const { NatGateways: found } = await client.call<{ NatGateways: NatGateway[] }>('DescribeNatGateways', {
        Filter: [{ Name, Values: [value] }],
      });
      expect([Name, found.length]).toEqual([Name, count]);
    }
    expect(await client.call('DeleteNatGateway', { NatGatewayId: id })).toEqual({ NatGatewayId: id });
    expect(await client.refusal('DeleteNatGateway', { NatGatewayId: id })).toMatchObject({
      code: 'NatGatewayNotFound',
      message: `The Nat Gateway ${id} was not found`,
    });
  });

  test('a client token makes one only', async () => {
    const client = (await Harness.open(DECLARED)).client();
    const input = { VpcId: VPC, AvailabilityMode: 'regional', ClientToken: 't' };
    const one = await client.call<{ NatGateway: NatGateway }>('CreateNatGateway', input);
    const two = await client.call<{ NatGateway: NatGateway; ClientToken: string }>('CreateNatGateway', input);
    expect(two.NatGateway.NatGatewayId).toBe(one.NatGateway.NatGatewayId);
    expect(two.ClientToken).toBe('t');
    await client.call('DeleteNatGateway', { NatGatewayId: one.NatGateway.NatGatewayId });
    expect(await client.refusal('CreateNatGateway', input)).toMatchObject({ code: 'NatGatewayNotFound' });
  });
});
