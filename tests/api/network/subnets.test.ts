import type { Subnet } from '@aws-sdk/client-ec2';
import { describe, expect, test } from 'vitest';
import { ACCOUNT, Harness, REGION } from './harness.ts';

const VPC = 'vpc-0a1b2c3d';
const DECLARED = `
regions:
  - { name: ${REGION}, zones: [{ id: euc1-az1, name: ${REGION}a }, { id: euc1-az2 }] }
vpcs:
  - id: ${VPC}
    cidrs: [10.20.0.0/16, "2001:db8:20::/56"]
    subnets:
      - { id: subnet-0a1b2c3d, cidrs: [10.20.1.0/24], azId: euc1-az2, interfaces: [{ id: eni-0a1b2c3d, primary: 10.20.1.10, secondary: [10.20.1.11] }] }
      - { id: subnet-0b1b2c3d, cidrs: [10.20.128.0/17], discover: true }
`;

interface Made {
  readonly Subnet: Subnet;
}
interface Subnets {
  readonly Subnets: Subnet[];
}

describe('subnets', () => {
  test('are created in a VPC of the network file, described, and deleted', async () => {
    const harness = await Harness.open(DECLARED);
    const client = harness.client();
    const { Subnet: made } = await client.call<Made>('CreateSubnet', {
      VpcId: VPC,
      CidrBlock: '10.20.2.7/24',
      Ipv6CidrBlock: '2001:db8:20:1::/64',
      TagSpecifications: [{ ResourceType: 'subnet', Tags: [{ Key: 'tier', Value: 'web' }] }],
    });
    const id = made.SubnetId!;
    expect(made).toEqual({
      SubnetId: expect.stringMatching(/^subnet-[0-9a-f]{17}$/) as string,
      SubnetArn: `arn:aws:ec2:${REGION}:${ACCOUNT}:subnet/${id}`,
      OwnerId: ACCOUNT,
      VpcId: VPC,
      State: 'available',
      CidrBlock: '10.20.2.0/24',
      Ipv6CidrBlockAssociationSet: [
        {
          AssociationId: expect.stringMatching(/^subnet-cidr-assoc-/) as string,
          Ipv6CidrBlock: '2001:db8:20:1::/64',
          Ipv6CidrBlockState: { State: 'associated' },
        },
      ],
      AvailableIpAddressCount: 251,
      AvailabilityZone: `${REGION}a`,
      AvailabilityZoneId: 'euc1-az1',
      AssignIpv6AddressOnCreation: false,
      DefaultForAz: false,
      EnableDns64: false,
      Ipv6Native: false,
      MapPublicIpOnLaunch: false,
      Tags: [{ Key: 'tier', Value: 'web' }],
    });
    const again = (await harness.reopen(DECLARED)).client();
    expect(await again.call('DescribeSubnets', { SubnetIds: [id] })).toEqual({ Subnets: [made] });
    expect(await again.refusal('DeleteVpc', { VpcId: VPC })).toMatchObject({ code: 'OperationNotPermitted' });
    expect(await again.call('DeleteSubnet', { SubnetId: id })).toEqual({});
    expect((await again.call<Subnets>('DescribeSubnets')).Subnets).toHaveLength(2);
  });

  test('say how many addresses are left', async () => {
    const client = (await Harness.open(DECLARED)).client();
    const { Subnets: subnets } = await client.call<Subnets>('DescribeSubnets');
    expect(subnets.map((it) => [it.SubnetId, it.AvailableIpAddressCount, it.AvailabilityZone])).toEqual([
      ['subnet-0a1b2c3d', 249, `${REGION}b`],
      ['subnet-0b1b2c3d', 2 ** 15 - 5, undefined],
    ]);
  });

  test('in the zone that is asked for, by name or id', async () => {
    const client = (await Harness.open(DECLARED)).client();
    const byName = await client.call<Made>('CreateSubnet', {
      VpcId: VPC,
      CidrBlock: '10.20.3.0/24',
      AvailabilityZone: `${REGION}b`,
    });
    const byId = await client.call<Made>('CreateSubnet', {
      VpcId: VPC,
      CidrBlock: '10.20.4.0/24',
      AvailabilityZoneId: 'euc1-az2',
    });
    expect(byName.Subnet.AvailabilityZoneId).toBe('euc1-az2');
    expect(byId.Subnet.AvailabilityZone).toBe(`${REGION}b`);
  });

  test('may lie in a subnet that discovers, and with IPv6 alone', async () => {
    const client = (await Harness.open(DECLARED)).client();
    await client.call('CreateSubnet', { VpcId: VPC, CidrBlock: '10.20.130.0/24' });
    expect(await client.refusal('CreateSubnet', { VpcId: VPC, CidrBlock: '10.20.128.0/17' })).toMatchObject({
      code: 'InvalidSubnet.Conflict',
    });
    const { Subnet: six } = await client.call<Made>('CreateSubnet', {
      VpcId: VPC,
      Ipv6Native: true,
      Ipv6CidrBlock: '2001:db8:20:2::/64',
    });
    expect([six.Ipv6Native, six.CidrBlock, six.AvailableIpAddressCount]).toEqual([true, undefined, 0]);
  });

  test.each([
    [{ Name: 'vpc-id', Values: [VPC] }, ['subnet-0a1b2c3d', 'subnet-0b1b2c3d']],
    [{ Name: 'vpc-id', Values: ['vpc-0b1b2c3d'] }, []],
    [{ Name: 'subnet-id', Values: ['subnet-0a*', 'x'] }, ['subnet-0a1b2c3d']],
    [{ Name: 'cidr-block', Values: ['10.20.1.0/24'] }, ['subnet-0a1b2c3d']],
    [{ Name: 'cidr', Values: ['10.20.1*'] }, ['subnet-0a1b2c3d', 'subnet-0b1b2c3d']],
    [{ Name: 'availability-zone', Values: [`${REGION}b`] }, ['subnet-0a1b2c3d']],
    [{ Name: 'availability-zone-id', Values: ['euc1-az2'] }, ['subnet-0a1b2c3d']],
    [{ Name: 'available-ip-address-count', Values: ['249'] }, ['subnet-0a1b2c3d']],
    [{ Name: 'owner-id', Values: ['1*'] }, ['subnet-0a1b2c3d', 'subnet-0b1b2c3d']],
    [{ Name: 'subnet-arn', Values: ['*/subnet-0b1b2c3d'] }, ['subnet-0b1b2c3d']],
    [{ Name: 'state', Values: ['available'] }, ['subnet-0a1b2c3d', 'subnet-0b1b2c3d']],
  ])('filter %j', async (filter, ids) => {
    const client = (await Harness.open(DECLARED)).client();
    const { Subnets: subnets } = await client.call<Subnets>('DescribeSubnets', { Filters: [filter] });
    expect(subnets.map((it) => it.SubnetId)).toEqual(ids);
  });
});
