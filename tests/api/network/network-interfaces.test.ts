import type { NetworkInterface } from '@aws-sdk/client-ec2';
import { describe, expect, test } from 'vitest';
import { hashedId } from '../../../src/network/ids.ts';
import { ACCOUNT, Harness, REGION } from './harness.ts';

const SUBNET = 'subnet-0a1b2c3d';
const DECLARED = `
vpcs:
  - id: vpc-0a1b2c3d
    cidrs: [10.20.0.0/16, "2001:db8:20::/56"]
    subnets:
      - id: ${SUBNET}
        cidrs: [10.20.1.0/24, "2001:db8:20::/64"]
        azId: euc1-az1
        interfaces:
          - { id: eni-0a1b2c3d, primary: 10.20.1.5, ipv6: ["2001:db8:20::5"], mac: "02:00:0a:14:01:05", instance: i-0a1b2c3d, tags: { Name: web } }
          - { id: eni-0b1b2c3d, primary: 10.20.1.10, secondary: [10.20.1.11], kind: router }
      - { id: subnet-0b1b2c3d, cidrs: [10.20.2.0/28] }
      - { id: subnet-0c1b2c3d, cidrs: ["2001:db8:20:1::/64"] }
`;

/** The security group that comes with the VPC. */
const DEFAULT_GROUP = { GroupId: hashedId('securityGroup', 'vpc-0a1b2c3d'), GroupName: 'default' };

interface Made {
  readonly NetworkInterface: NetworkInterface;
  readonly ClientToken?: string;
}
interface Interfaces {
  readonly NetworkInterfaces: NetworkInterface[];
}

function addresses({ NetworkInterface: it }: Made): (string | undefined)[] {
  return it.PrivateIpAddresses!.map((one) => one.PrivateIpAddress);
}

describe('network interfaces', () => {
  test('are created, described, and deleted', async () => {
    const harness = await Harness.open(DECLARED);
    const client = harness.client();
    const { NetworkInterface: made } = await client.call<Made>('CreateNetworkInterface', {
      SubnetId: SUBNET,
      Description: 'a probe',
      TagSpecifications: [{ ResourceType: 'network-interface', Tags: [{ Key: 'a', Value: '' }] }],
    });
    expect(made).toEqual({
      NetworkInterfaceId: expect.stringMatching(/^eni-[0-9a-f]{17}$/) as string,
      SubnetId: SUBNET,
      VpcId: 'vpc-0a1b2c3d',
      OwnerId: ACCOUNT,
      AvailabilityZone: `${REGION}a`,
      AvailabilityZoneId: 'euc1-az1',
      Description: 'a probe',
      Groups: [DEFAULT_GROUP],
      InterfaceType: 'interface',
      Ipv6Addresses: [],
      PrivateIpAddress: '10.20.1.4',
      PrivateIpAddresses: [{ Primary: true, PrivateIpAddress: '10.20.1.4' }],
      RequesterManaged: false,
      SourceDestCheck: true,
      Status: 'pending',
      TagSet: [{ Key: 'a', Value: '' }],
    });
    const again = (await harness.reopen(DECLARED)).client();
    const ids = { NetworkInterfaceIds: [made.NetworkInterfaceId] };
    expect(await again.call('DescribeNetworkInterfaces', ids)).toEqual({
      NetworkInterfaces: [{ ...made, Status: 'available' }],
    });
    expect(await again.refusal('DeleteSubnet', { SubnetId: SUBNET })).toMatchObject({
      code: 'OperationNotPermitted',
    });
    await again.call('DeleteNetworkInterface', { NetworkInterfaceId: made.NetworkInterfaceId });
    expect(await again.refusal('DescribeNetworkInterfaces', ids)).toMatchObject({
      code: 'InvalidNetworkInterfaceID.NotFound',
      message: `The networkInterface ID '${made.NetworkInterfaceId}' does not exist`,
    });
  });

  test('get the next free addresses: without the first four, the last, and those that are held', async () => {
    const client = (await Harness.open(DECLARED)).client();
    const make = (input: object = {}) =>
      client.call<Made>('CreateNetworkInterface', { SubnetId: SUBNET, ...input });
    expect(addresses(await make())).toEqual(['10.20.1.4']);
    expect(addresses(await make({ SecondaryPrivateIpAddressCount: 4 }))).toEqual([
      '10.20.1.6',
      '10.20.1.7',
      '10.20.1.8',
      '10.20.1.9',
      '10.20.1.12',
    ]);
    const given = await make({
      PrivateIpAddresses: [
        { PrivateIpAddress: '10.20.1.14' },
        { PrivateIpAddress: '10.20.1.13', Primary: true },
      ],
      Ipv6AddressCount: 2,
    });
    expect(addresses(given)).toEqual(['10.20.1.13', '10.20.1.14']);
    expect(given.NetworkInterface.Ipv6Addresses!.map((it) => it.Ipv6Address)).toEqual([
      '2001:db8:20::4',
      '2001:db8:20::6',
    ]);
    const single = await make({
      PrivateIpAddress: '10.20.1.254',
      Ipv6Addresses: [{ Ipv6Address: '2001:DB8:20::ff' }],
    });
    expect(addresses(single)).toEqual(['10.20.1.254']);
    expect(single.NetworkInterface.Ipv6Address).toBe('2001:db8:20::ff');
    // Only a secondary one is given: the primary is the next free that is not it.
    const both = await make({ PrivateIpAddresses: [{ PrivateIpAddress: '10.20.1.15', Primary: false }] });
    expect(addresses(both)).toEqual(['10.20.1.16', '10.20.1.15']);
    const six = await client.call<Made>('CreateNetworkInterface', { SubnetId: 'subnet-0c1b2c3d' });
    expect(six.NetworkInterface.Ipv6Address).toBe('2001:db8:20:1::4');
    expect(six.NetworkInterface.PrivateIpAddress).toBeUndefined();
  });

  test('until there is none left; what is deleted is free again', async () => {
    const client = (await Harness.open(DECLARED)).client();
    const made: Made[] = [];
    for (let i = 0; i < 11; i++)
      made.push(await client.call('CreateNetworkInterface', { SubnetId: 'subnet-0b1b2c3d' }));
    expect(made.map((it) => addresses(it)[0])).toEqual(
      Array.from({ length: 11 }, (_, i) => `10.20.2.${i + 4}`),
    );
    expect(await client.refusal('CreateNetworkInterface', { SubnetId: 'subnet-0b1b2c3d' })).toMatchObject({
      code: 'InsufficientFreeAddressesInSubnet',
    });
    await client.call('DeleteNetworkInterface', {
      NetworkInterfaceId: made[3]!.NetworkInterface.NetworkInterfaceId,
    });
    const next = await client.call<Made>('CreateNetworkInterface', { SubnetId: 'subnet-0b1b2c3d' });
    expect(addresses(next)).toEqual(['10.20.2.7']);
  });

  test('many at once get each their own address', async () => {
    const client = (await Harness.open(DECLARED)).client();
    const made = await Promise.all(
      Array.from({ length: 50 }, () => client.call<Made>('CreateNetworkInterface', { SubnetId: SUBNET })),
    );
    expect(new Set(made.map((it) => addresses(it)[0])).size).toBe(50);
  });

  test('with a client token once only, for a day', async () => {
    const harness = await Harness.open(DECLARED);
    const client = harness.client();
    const input = { SubnetId: SUBNET, ClientToken: 'once' };
    const made = await Promise.all([1, 2, 3].map(() => client.call<Made>('CreateNetworkInterface', input)));
    expect(new Set(made.map((it) => it.NetworkInterface.NetworkInterfaceId)).size).toBe(1);
    expect(made[0]!.ClientToken).toBe('once');
    const again = (await harness.reopen(DECLARED)).client();
    expect(addresses(await again.call<Made>('CreateNetworkInterface', input))).toEqual(addresses(made[0]!));
    expect(await again.refusal('CreateNetworkInterface', { ...input, Description: 'x' })).toMatchObject({
      code: 'IdempotentParameterMismatch',
    });
    harness.now = new Date(harness.now.getTime() + 24 * 3600 * 1000);
    const later = await client.call<Made>('CreateNetworkInterface', { ...input, Description: 'x' });
    expect(addresses(later)).not.toEqual(addresses(made[0]!));
  });

  test('of the network file show what it says of them', async () => {
    const client = (await Harness.open(DECLARED)).client();
    const { NetworkInterfaces: found } = await client.call<Interfaces>('DescribeNetworkInterfaces');
    expect(found.map((it) => it.NetworkInterfaceId)).toEqual(['eni-0a1b2c3d', 'eni-0b1b2c3d']);
    expect(found[0]).toMatchObject({
      Status: 'in-use',
      MacAddress: '02:00:0a:14:01:05',
      Ipv6Address: '2001:db8:20::5',
      Attachment: { InstanceId: 'i-0a1b2c3d', InstanceOwnerId: ACCOUNT, DeviceIndex: 0, Status: 'attached' },
      TagSet: [{ Key: 'Name', Value: 'web' }],
    });
    expect(found[1]).toMatchObject({
      Status: 'available',
      InterfaceType: 'interface',
      SourceDestCheck: false,
    });
    expect(
      await client.refusal('DeleteNetworkInterface', { NetworkInterfaceId: 'eni-0b1b2c3d' }),
    ).toMatchObject({
      code: 'OperationNotPermitted',
    });
  });

  test.each([
    ['network-interface-id', 'eni-0b*', ['eni-0b1b2c3d']],
    ['vpc-id', 'vpc-0a1b2c3d', ['eni-0a1b2c3d', 'eni-0b1b2c3d']],
    ['subnet-id', 'subnet-0b1b2c3d', []],
    ['status', 'in-use', ['eni-0a1b2c3d']],
    ['private-ip-address', '10.20.1.11', []],
    ['addresses.private-ip-address', '10.20.1.11', ['eni-0b1b2c3d']],
    ['addresses.primary', 'false', ['eni-0b1b2c3d']],
    ['ipv6-addresses.ipv6-address', '2001:db8:20::5', ['eni-0a1b2c3d']],
    ['mac-address', '02:00:0a:14:01:05', ['eni-0a1b2c3d']],
    ['attachment.instance-id', 'i-0a1b2c3d', ['eni-0a1b2c3d']],
    ['attachment.instance-owner-id', ACCOUNT, ['eni-0a1b2c3d']],
    ['attachment.device-index', '0', ['eni-0a1b2c3d']],
    ['attachment.status', 'attached', ['eni-0a1b2c3d']],
    ['attachment.attachment-id', 'eni-attach-*', ['eni-0a1b2c3d']],
    ['availability-zone', `${REGION}a`, ['eni-0a1b2c3d', 'eni-0b1b2c3d']],
    ['source-dest-check', 'true', ['eni-0a1b2c3d']],
    ['interface-type', 'interface', ['eni-0a1b2c3d', 'eni-0b1b2c3d']],
    ['group-id', DEFAULT_GROUP.GroupId, ['eni-0a1b2c3d', 'eni-0b1b2c3d']],
    ['group-name', 'other', []],
    ['tag:Name', 'w?b', ['eni-0a1b2c3d']],
    ['description', '', ['eni-0a1b2c3d', 'eni-0b1b2c3d']],
    ['owner-id', ACCOUNT, ['eni-0a1b2c3d', 'eni-0b1b2c3d']],
  ])('filter %s=%s', async (Name, value, ids) => {
    const client = (await Harness.open(DECLARED)).client();
    const { NetworkInterfaces: found } = await client.call<Interfaces>('DescribeNetworkInterfaces', {
      Filters: [{ Name, Values: [value] }],
    });
    expect(found.map((it) => it.NetworkInterfaceId)).toEqual(ids);
  });

  test('attributes', async () => {
    const client = (await Harness.open(DECLARED)).client();
    const NetworkInterfaceId = 'eni-0a1b2c3d';
    const ask = (Attribute: string) =>
      client.call('DescribeNetworkInterfaceAttribute', { NetworkInterfaceId, Attribute });
    expect(await ask('description')).toEqual({ NetworkInterfaceId, Description: { Value: '' } });
    expect(await ask('groupSet')).toEqual({ NetworkInterfaceId, Groups: [DEFAULT_GROUP] });
    expect(await ask('sourceDestCheck')).toEqual({ NetworkInterfaceId, SourceDestCheck: { Value: true } });
    expect(await ask('attachment')).toMatchObject({ Attachment: { InstanceId: 'i-0a1b2c3d' } });
    expect(await ask('associatePublicIpAddress')).toEqual({
      NetworkInterfaceId,
      AssociatePublicIpAddress: false,
    });
  });
});
