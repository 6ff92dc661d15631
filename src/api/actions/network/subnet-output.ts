import { usableAddresses } from '../../../network/address-book.ts';
import type { Subnet } from '../../../network/subnet.ts';
import type { Subnet as SubnetOutput } from '../../protocol/types.generated.ts';
import type { State } from './dependencies.ts';
import type { Fields } from './filters.ts';
import { derivedId, outpostArn, tagSet } from './outputs.ts';
import { cidrTexts } from './vpc-output.ts';
import { zoneName } from './zones.ts';

/** A subnet as answers show it. One without IPv4 prefix has no CidrBlock. */
export function subnetOutput(state: State, subnet: Subnet): SubnetOutput {
  const { region } = state.vpc(subnet.vpcId);
  const [four] = cidrTexts(subnet, 4);
  return {
    AvailabilityZoneId: subnet.azId,
    OwnerId: subnet.accountId,
    AssignIpv6AddressOnCreation: false,
    Ipv6CidrBlockAssociationSet: cidrTexts(subnet, 6).map((cidr) => ({
      AssociationId: derivedId('subnet-cidr-assoc', subnet.id, cidr),
      Ipv6CidrBlock: cidr,
      Ipv6CidrBlockState: { State: 'associated' },
    })),
    Tags: tagSet(subnet.tags),
    SubnetArn: `arn:aws:ec2:${region}:${subnet.accountId}:subnet/${subnet.id}`,
    EnableDns64: false,
    Ipv6Native: four === undefined,
    SubnetId: subnet.id,
    State: 'available',
    VpcId: subnet.vpcId,
    CidrBlock: four,
    AvailableIpAddressCount: available(state, subnet),
    AvailabilityZone: zoneOf(state, subnet),
    DefaultForAz: false,
    MapPublicIpOnLaunch: false,
    OutpostArn: outpostArn(state, subnet),
  };
}

function available(state: State, subnet: Subnet): number {
  let sum = 0;
  for (const prefix of subnet.cidrs) if (prefix.family === 4) sum += usableAddresses(prefix);
  return Math.max(0, sum - state.addresses.used4(subnet.id));
}

/** The name of a subnet's zone; undefined where the network file says none. */
export function zoneOf(state: State, subnet: Subnet): string | undefined {
  return subnet.azId === undefined ? undefined : zoneName(state, state.vpc(subnet.vpcId).region, subnet.azId);
}

export function subnetFields(state: State): Fields<Subnet> {
  return {
    'subnet-id': (subnet) => subnet.id,
    'vpc-id': (subnet) => subnet.vpcId,
    state: () => 'available',
    'cidr-block': (subnet) => cidrTexts(subnet, 4)[0],
    cidr: (subnet) => cidrTexts(subnet, 4)[0],
    cidrBlock: (subnet) => cidrTexts(subnet, 4)[0],
    'ipv6-cidr-block-association.ipv6-cidr-block': (subnet) => cidrTexts(subnet, 6),
    'ipv6-cidr-block-association.association-id': (subnet) =>
      cidrTexts(subnet, 6).map((cidr) => derivedId('subnet-cidr-assoc', subnet.id, cidr)),
    'ipv6-cidr-block-association.state': (subnet) => cidrTexts(subnet, 6).map(() => 'associated'),
    'ipv6-native': (subnet) => String(cidrTexts(subnet, 4).length === 0),
    'availability-zone': (subnet) => zoneOf(state, subnet),
    availabilityZone: (subnet) => zoneOf(state, subnet),
    'availability-zone-id': (subnet) => subnet.azId,
    availabilityZoneId: (subnet) => subnet.azId,
    'available-ip-address-count': (subnet) => String(available(state, subnet)),
    'default-for-az': () => 'false',
    defaultForAz: () => 'false',
    'map-public-ip-on-launch': () => 'false',
    'owner-id': (subnet) => subnet.accountId,
    'outpost-arn': (subnet) => outpostArn(state, subnet),
    'subnet-arn': (subnet) => subnetOutput(state, subnet).SubnetArn,
  };
}
