import type { AvailabilityZone, Reservation } from '@aws-sdk/client-ec2';
import { describe, expect, test } from 'vitest';
import { ACCOUNT, Harness, OTHER_ACCOUNT, REGION } from './harness.ts';

const DECLARED = `
vpcs:
  - id: vpc-0a1b2c3d
    cidrs: [10.20.0.0/16, "2001:db8::/64"]
    subnets:
      - id: subnet-0a1b2c3d
        cidrs: [10.20.1.0/24, "2001:db8::/64"]
        azId: euc1-az1
        interfaces:
          - { id: eni-0a1b2c3d, primary: 10.20.1.5, instance: i-0a1b2c3d }
          - { id: eni-0b1b2c3d, primary: 10.20.1.6, instance: i-0b1b2c3d, ipv6: ["2001:db8::6"] }
          - { id: eni-0c1b2c3d, primary: 10.20.1.7, instance: i-0a1b2c3d }
          - { id: eni-0d1b2c3d, primary: 10.20.1.8, instance: i-0a1b2c3d, account: "${OTHER_ACCOUNT}" }
instances:
  - { id: i-0a1b2c3d, nitro: true, tags: { Name: web } }
  - { id: i-0f1b2c3d, tags: { Name: nowhere } }
`;

interface Reservations {
  readonly Reservations: Reservation[];
}
interface Zones {
  readonly AvailabilityZones: AvailabilityZone[];
}

describe('instances', () => {
  test('are those of the network file that have interfaces, and those that interfaces name', async () => {
    const client = (await Harness.open(DECLARED)).client();
    const { Reservations: found } = await client.call<Reservations>('DescribeInstances');
    expect(found.map((it) => it.Instances!.map((one) => one.InstanceId))).toEqual([
      ['i-0a1b2c3d'],
      ['i-0b1b2c3d'],
    ]);
    expect(found[0]).toMatchObject({
      OwnerId: ACCOUNT,
      ReservationId: expect.stringMatching(/^r-/) as string,
    });
    expect(found[0]!.Instances![0]).toMatchObject({
      State: { Code: 16, Name: 'running' },
      VpcId: 'vpc-0a1b2c3d',
      SubnetId: 'subnet-0a1b2c3d',
      PrivateIpAddress: '10.20.1.5',
      Placement: { AvailabilityZone: `${REGION}a`, AvailabilityZoneId: 'euc1-az1' },
      Tags: [{ Key: 'Name', Value: 'web' }],
    });
    // Not the other account's.
    expect(
      found[0]!.Instances![0]!.NetworkInterfaces!.map((it) => [
        it.NetworkInterfaceId,
        it.Attachment!.DeviceIndex,
      ]),
    ).toEqual([
      ['eni-0a1b2c3d', 0],
      ['eni-0c1b2c3d', 1],
    ]);
    expect(found[1]!.Instances![0]).toMatchObject({ Ipv6Address: '2001:db8::6', Tags: [] });
  });

  test.each([
    ['instance-id', 'i-0b*', ['i-0b1b2c3d']],
    ['private-ip-address', '10.20.1.5', ['i-0a1b2c3d']],
    ['private-ip-address', '10.20.1.7', []],
    ['network-interface.addresses.private-ip-address', '10.20.1.7', ['i-0a1b2c3d']],
    ['network-interface.addresses.private-ip-address', '10.20.1.8', []],
    ['network-interface.network-interface-id', 'eni-0c1b2c3d', ['i-0a1b2c3d']],
    ['network-interface.ipv6-addresses.ipv6-address', '2001:db8::6', ['i-0b1b2c3d']],
    ['vpc-id', 'vpc-0a1b2c3d', ['i-0a1b2c3d', 'i-0b1b2c3d']],
    ['instance-state-name', 'running', ['i-0a1b2c3d', 'i-0b1b2c3d']],
    ['instance-state-code', '80', []],
    ['availability-zone', `${REGION}?`, ['i-0a1b2c3d', 'i-0b1b2c3d']],
    ['tag:Name', 'web', ['i-0a1b2c3d']],
  ])('filter %s=%s', async (Name, value, ids) => {
    const client = (await Harness.open(DECLARED)).client();
    const input = { Filters: [{ Name, Values: [value] }] };
    const { Reservations: found } = await client.call<Reservations>('DescribeInstances', input);
    expect(found.map((it) => it.Instances![0]!.InstanceId)).toEqual(ids);
  });

  test('have an identity for whoever asks', async () => {
    const harness = await Harness.open();
    expect(await harness.client().whoAmI()).toEqual({
      Account: ACCOUNT,
      Arn: `arn:aws:iam::${ACCOUNT}:user/AKIA${ACCOUNT}W`,
      UserId: expect.stringMatching(/^AIDA/) as string,
    });
    expect(await harness.client({ account: OTHER_ACCOUNT, readOnly: true }).whoAmI()).toMatchObject({
      Account: OTHER_ACCOUNT,
    });
  });
});

describe('regions', () => {
  const DECLARES_REGIONS = `
regions: [{ name: ${REGION} }, { name: lab }]
vpcs: []
`;
  test("are those of the network file and the caller's own, without endpoints", async () => {
    const harness = await Harness.open(DECLARES_REGIONS);
    const status = { OptInStatus: 'opt-in-not-required' };
    expect(await harness.client({ region: 'eu-west-1' }).call('DescribeRegions')).toEqual({
      Regions: [
        { RegionName: REGION, ...status },
        { RegionName: 'eu-west-1', ...status },
        { RegionName: 'lab', ...status },
      ],
    });
    expect(await harness.client().call('DescribeRegions', { RegionNames: ['lab', 'mars-1'] })).toEqual({
      Regions: [
        { RegionName: 'lab', ...status },
        { RegionName: 'mars-1', ...status },
      ],
    });
    const filter = { Filters: [{ Name: 'region-name', Values: ['eu-*'] }] };
    expect(await harness.client().call('DescribeRegions', filter)).toEqual({
      Regions: [{ RegionName: REGION, ...status }],
    });
    expect(await harness.client().refusal('DescribeRegions', { RegionNames: ['no region'] })).toMatchObject({
      code: 'InvalidParameterValue',
    });
  });
});

describe('availability zones', () => {
  test.each([
    ['eu-central-1', ['eu-central-1a euc1-az1', 'eu-central-1b euc1-az2', 'eu-central-1c euc1-az3']],
    [
      'ap-southeast-2',
      ['ap-southeast-2a apse2-az1', 'ap-southeast-2b apse2-az2', 'ap-southeast-2c apse2-az3'],
    ],
    ['us-gov-west-1', ['us-gov-west-1a usgw1-az1', 'us-gov-west-1b usgw1-az2', 'us-gov-west-1c usgw1-az3']],
    ['berlin', ['berlina berlin-az1', 'berlinb berlin-az2', 'berlinc berlin-az3']],
  ])('%s has three unless the network file says more', async (region, zones) => {
    const client = (await Harness.open()).client({ region });
    const { AvailabilityZones: found } = await client.call<Zones>('DescribeAvailabilityZones');
    expect(found.map((it) => `${it.ZoneName} ${it.ZoneId}`)).toEqual(zones);
    expect(found[0]).toMatchObject({
      RegionName: region,
      State: 'available',
      ZoneType: 'availability-zone',
      GroupName: region,
      NetworkBorderGroup: region,
    });
  });

  test('that subnets name are there', async () => {
    const declared = `
vpcs: [{ id: vpc-0a1b2c3d, cidrs: [10.0.0.0/16], subnets: [{ id: subnet-0a1b2c3d, cidrs: [10.0.0.0/24], azId: rack-7 }] }]
`;
    const harness = await Harness.open(declared);
    const names = async (options: object) =>
      (await harness.client(options).call<Zones>('DescribeAvailabilityZones')).AvailabilityZones.map(
        (it) => it.ZoneId,
      );
    expect(await names({})).toContain('rack-7');
    expect(await names({ account: OTHER_ACCOUNT })).not.toContain('rack-7');
  });

  test('of the network file, and no others', async () => {
    const declared = `
regions: [{ name: ${REGION}, zones: [{ id: euc1-az2 }, { id: rack-7, name: cellar }] }]
vpcs: []
`;
    const client = (await Harness.open(declared)).client();
    const ask = async (input: object) =>
      (await client.call<Zones>('DescribeAvailabilityZones', input)).AvailabilityZones.map(
        (it) => it.ZoneName,
      );
    expect(await ask({})).toEqual(['cellar', `${REGION}b`]);
    expect(await ask({ ZoneNames: ['cellar'] })).toEqual(['cellar']);
    expect(await ask({ ZoneIds: ['euc1-az2'] })).toEqual([`${REGION}b`]);
    expect(await ask({ Filters: [{ Name: 'zone-id', Values: ['rack-*'] }] })).toEqual(['cellar']);
    expect(await client.refusal('DescribeAvailabilityZones', { ZoneNames: ['attic'] })).toEqual({
      code: 'InvalidParameterValue',
      message: 'Invalid availability zone: [attic]',
      status: 400,
    });
  });
});

test('account attributes', async () => {
  const client = (await Harness.open()).client();
  expect(await client.call('DescribeAccountAttributes', { AttributeNames: ['supported-platforms'] })).toEqual(
    {
      AccountAttributes: [
        { AttributeName: 'supported-platforms', AttributeValues: [{ AttributeValue: 'VPC' }] },
      ],
    },
  );
  const all = await client.call<{ AccountAttributes: object[] }>('DescribeAccountAttributes');
  expect(all.AccountAttributes).toHaveLength(6);
});
