import type { Vpc } from '@aws-sdk/client-ec2';
import { describe, expect, test } from 'vitest';
import { ACCOUNT, Harness } from './harness.ts';

const DECLARED = `
vpcs:
  - { id: vpc-0a1b2c3d, cidrs: [10.20.0.0/16, 10.30.0.0/16, "2001:db8:20::/48"], tags: { Name: declared } }
`;

interface Vpcs {
  readonly Vpcs: Vpc[];
}

describe('VPCs', () => {
  test('are created, described, kept over a restart, and deleted', async () => {
    const harness = await Harness.open();
    const client = harness.client();
    const { Vpc: made } = await client.call<{ Vpc: Vpc }>('CreateVpc', {
      CidrBlock: '10.1.2.3/16',
      Ipv6CidrBlock: '2001:db8:1::/56',
      TagSpecifications: [{ ResourceType: 'vpc', Tags: [{ Key: 'Name', Value: 'lab' }] }],
    });
    expect(made.VpcId).toMatch(/^vpc-[0-9a-f]{17}$/);
    expect(made).toEqual({
      VpcId: made.VpcId,
      State: 'pending',
      OwnerId: ACCOUNT,
      CidrBlock: '10.1.0.0/16', // without the bits behind the prefix
      CidrBlockAssociationSet: [
        {
          AssociationId: expect.stringMatching(/^vpc-cidr-assoc-[0-9a-f]{17}$/) as string,
          CidrBlock: '10.1.0.0/16',
          CidrBlockState: { State: 'associated' },
        },
      ],
      Ipv6CidrBlockAssociationSet: [
        {
          AssociationId: expect.stringMatching(/^vpc-cidr-assoc-/) as string,
          Ipv6CidrBlock: '2001:db8:1::/56',
          Ipv6CidrBlockState: { State: 'associated' },
        },
      ],
      DhcpOptionsId: 'default',
      InstanceTenancy: 'default',
      IsDefault: false,
      Tags: [{ Key: 'Name', Value: 'lab' }],
    });
    const described = [{ ...made, State: 'available' }];
    expect(await client.call('DescribeVpcs', { VpcIds: [made.VpcId] })).toEqual({ Vpcs: described });
    const again = (await harness.reopen()).client();
    expect(await again.call('DescribeVpcs')).toEqual({ Vpcs: described });

    expect(await again.call('DeleteVpc', { VpcId: made.VpcId })).toEqual({});
    expect(await again.call('DescribeVpcs')).toEqual({ Vpcs: [] });
    expect((await (await harness.reopen()).client().call<Vpcs>('DescribeVpcs')).Vpcs).toEqual([]);
  });

  test('with an IPv6 prefix that the service provides: a unique local one, another each time', async () => {
    const client = (await Harness.open()).client();
    const cidrs: string[] = [];
    for (let i = 0; i < 2; i++) {
      const { Vpc: made } = await client.call<{ Vpc: Vpc }>('CreateVpc', {
        CidrBlock: '10.0.0.0/16',
        AmazonProvidedIpv6CidrBlock: true,
      });
      cidrs.push(made.Ipv6CidrBlockAssociationSet![0]!.Ipv6CidrBlock!);
    }
    for (const cidr of cidrs) expect(cidr).toMatch(/^fd[0-9a-f]{2}:[0-9a-f:]+\/56$/);
    expect(cidrs[0]).not.toBe(cidrs[1]);
  });

  test('of the network file are described and cannot be deleted', async () => {
    const client = (await Harness.open(DECLARED)).client();
    const { Vpcs: vpcs } = await client.call<Vpcs>('DescribeVpcs');
    expect(vpcs.map((vpc) => [vpc.VpcId, vpc.CidrBlock, vpc.Tags])).toEqual([
      ['vpc-0a1b2c3d', '10.20.0.0/16', [{ Key: 'Name', Value: 'declared' }]],
    ]);
    expect(vpcs[0]!.CidrBlockAssociationSet!.map((it) => it.CidrBlock)).toEqual([
      '10.20.0.0/16',
      '10.30.0.0/16',
    ]);
    expect(await client.refusal('DeleteVpc', { VpcId: 'vpc-0a1b2c3d' })).toEqual({
      code: 'OperationNotPermitted',
      status: 400,
      message:
        "The resource 'vpc-0a1b2c3d' is declared in the network file and cannot be changed or deleted through the API.",
    });
  });

  test.each([
    [{ Name: 'vpc-id', Values: ['vpc-0a*'] }, 1],
    [{ Name: 'cidr', Values: ['10.20.0.0/16'] }, 1],
    [{ Name: 'cidr', Values: ['10.30.0.0/16'] }, 0], // the first only
    [{ Name: 'cidr-block-association.cidr-block', Values: ['10.30.0.0/16'] }, 1],
    [{ Name: 'ipv6-cidr-block-association.ipv6-cidr-block', Values: ['2001:db8:20::/48'] }, 1],
    [{ Name: 'state', Values: ['available', 'pending'] }, 1],
    [{ Name: 'state', Values: ['pending'] }, 0],
    [{ Name: 'owner-id', Values: [ACCOUNT] }, 1],
    [{ Name: 'is-default', Values: ['true'] }, 0],
    [{ Name: 'dhcp-options-id', Values: ['default'] }, 1],
    [{ Name: 'tag:Name', Values: ['declared'] }, 1],
    [{ Name: 'tag:Name', Values: ['Declared'] }, 0],
    [{ Name: 'tag:name', Values: ['*'] }, 0],
    [{ Name: 'tag-key', Values: ['N?me'] }, 1],
    [{ Name: 'tag-value', Values: ['decl*'] }, 1],
  ])('filter %j', async (filter, count) => {
    const client = (await Harness.open(DECLARED)).client();
    expect((await client.call<Vpcs>('DescribeVpcs', { Filters: [filter] })).Vpcs).toHaveLength(count);
  });

  test('attributes are the defaults', async () => {
    const client = (await Harness.open(DECLARED)).client();
    const ask = (Attribute: string) =>
      client.call('DescribeVpcAttribute', { VpcId: 'vpc-0a1b2c3d', Attribute });
    const VpcId = 'vpc-0a1b2c3d';
    expect(await ask('enableDnsSupport')).toEqual({ VpcId, EnableDnsSupport: { Value: true } });
    expect(await ask('enableDnsHostnames')).toEqual({ VpcId, EnableDnsHostnames: { Value: false } });
    expect(await ask('enableNetworkAddressUsageMetrics')).toEqual({
      VpcId,
      EnableNetworkAddressUsageMetrics: { Value: false },
    });
  });
});
