import { formatAddress } from '../../../base/addresses.ts';
import type { NatAddress, NatGateway } from '../../../network/nat-gateway.ts';
import type { NatGatewayAddress, NatGateway as NatGatewayOutput } from '../../protocol/types.generated.ts';
import type { State } from './dependencies.ts';
import type { Fields } from './filters.ts';
import { addresses4 } from './network-interface-output.ts';
import { dateOf, derivedId, tagSet } from './outputs.ts';

/** The interface of a zonal NAT gateway; it is in the network, whosever it is. */
function interfaceOf(state: State, { interfaceId }: NatGateway) {
  return interfaceId === undefined ? undefined : state.interface(interfaceId);
}

/** A NAT gateway as answers show it. Of one that the API made no public address is known. */
export function natGatewayOutput(state: State, it: NatGateway, phase = 'available'): NatGatewayOutput {
  return {
    CreateTime: dateOf(it.createdAt),
    NatGatewayAddresses: addressesOf(state, it),
    NatGatewayId: it.id,
    State: phase,
    SubnetId: interfaceOf(state, it)?.subnetId,
    VpcId: it.vpcId,
    Tags: tagSet(it.tags),
    ConnectivityType: it.connectivity,
    AvailabilityMode: it.mode,
  };
}

function addressesOf(state: State, it: NatGateway): NatGatewayAddress[] {
  const eni = interfaceOf(state, it);
  const [primary] = eni === undefined ? [] : addresses4(eni);
  // The address of its interface is there whether it is named or not.
  const listed: readonly NatAddress[] =
    it.addresses.length === 0 && eni !== undefined ? [NO_ADDRESS] : it.addresses;
  return listed.map((one, i) => {
    const privateIp =
      one.private === undefined ? (i === 0 ? primary : undefined) : formatAddress(one.private);
    const publicIp = one.public && formatAddress(one.public);
    return {
      AllocationId: publicIp && derivedId('eipalloc', it.id, publicIp),
      AssociationId: publicIp && derivedId('eipassoc', it.id, publicIp),
      NetworkInterfaceId: eni?.id,
      PrivateIp: privateIp,
      PublicIp: publicIp,
      IsPrimary: eni === undefined ? undefined : i === 0,
      Status: 'succeeded',
      AvailabilityZoneId: one.azId,
    };
  });
}

const NO_ADDRESS: NatAddress = { public: undefined, private: undefined, azId: undefined };

export function natGatewayFields(state: State): Fields<NatGateway> {
  return {
    'nat-gateway-id': (it) => it.id,
    'vpc-id': (it) => it.vpcId,
    state: () => 'available',
    'subnet-id': (it) => interfaceOf(state, it)?.subnetId,
    'connectivity-type': (it) => it.connectivity,
    'availability-mode': (it) => it.mode,
  };
}
