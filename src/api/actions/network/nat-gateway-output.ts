import type { NatGateway } from '../../../network/nat-gateway.ts';
import type { NatGateway as NatGatewayOutput } from '../../protocol/types.generated.ts';
import type { Fields } from './filters.ts';
import { tagSet } from './outputs.ts';

/** A regional NAT gateway as answers show it. It has no public addresses: Weir translates nothing itself. */
export function natGatewayOutput(it: NatGateway, state = 'available'): NatGatewayOutput {
  return {
    CreateTime: new Date(it.createdAt),
    NatGatewayAddresses: [],
    NatGatewayId: it.id,
    State: state,
    VpcId: it.vpcId,
    Tags: tagSet(it.tags),
    ConnectivityType: 'public',
    AvailabilityMode: 'regional',
  };
}

export const NAT_GATEWAY_FIELDS: Fields<NatGateway> = {
  'nat-gateway-id': (it) => it.id,
  'vpc-id': (it) => it.vpcId,
  state: () => 'available',
  'subnet-id': () => undefined,
  'connectivity-type': () => 'public',
  'availability-mode': () => 'regional',
};
