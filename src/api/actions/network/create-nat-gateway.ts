import { randomId } from '../../../network/ids.ts';
import { REGIONAL, type NatGateway } from '../../../network/nat-gateway.ts';
import { NO_TAGS } from '../../../network/tags.ts';
import { missingParameter, refusal } from '../../errors.ts';
import { tagsOfSpecifications } from '../tags/tag-input.ts';
import type { HandlerOf, NetworkActionsOptions } from './dependencies.ts';
import { madeBefore, oneOf, onceKeyOf, refuseUnsupported } from './inputs.ts';
import { checkId, find } from './lookup.ts';
import { natGatewayOutput } from './nat-gateway-output.ts';

const ACTION = 'CreateNatGateway';

/** CreateNatGateway. Regional ones only: those of one zone are declared in the network file. */
export function createNatGateway({ network }: NetworkActionsOptions): HandlerOf<typeof ACTION> {
  return (context, input) => {
    const mode = oneOf(input.AvailabilityMode ?? 'zonal', ['zonal', 'regional'], 'availabilityMode');
    const connectivity = oneOf(input.ConnectivityType ?? 'public', ['private', 'public'], 'connectivityType');
    if (mode === 'zonal') throw refusal('regionalNatGatewaysOnly');
    if (input.SubnetId !== undefined) throw refusal('combination', { a: 'availabilityMode', b: 'subnetId' });
    if (connectivity === 'private') {
      throw refusal('combination', { a: 'availabilityMode', b: 'connectivityType' });
    }
    refuseUnsupported(input, [
      'AllocationId',
      'AvailabilityZoneAddresses',
      'PrivateIpAddress',
      'SecondaryAllocationIds',
      'SecondaryPrivateIpAddresses',
      'SecondaryPrivateIpAddressCount',
    ]);
    const { VpcId: vpcId } = input;
    if (vpcId === undefined) throw missingParameter('VpcId');
    checkId('vpc', vpcId);
    const tags = tagsOfSpecifications(input.TagSpecifications, 'natgateway');
    const once = onceKeyOf(ACTION, input);
    return network.turn(context, async (turn) => {
      const { state } = turn;
      const before = await madeBefore(turn, context, 'natGateway', once);
      if (before !== undefined) {
        context.permit(input);
        return { ClientToken: input.ClientToken, NatGateway: natGatewayOutput(state, before) };
      }
      const vpc = find(state, context, 'vpc', vpcId);
      context.permit(input);
      const id = randomId('natGateway');
      const { account: accountId, region, now } = context;
      const resource: NatGateway = {
        id,
        origin: 'api',
        accountId,
        tags: NO_TAGS,
        region,
        vpcId: vpc.id,
        createdAt: now.getTime(),
        ...REGIONAL,
      };
      await turn.create({ kind: 'natGateway', resource }, tags, now, once);
      const made = find(state, context, 'natGateway', id);
      return { ClientToken: input.ClientToken, NatGateway: natGatewayOutput(state, made, 'pending') };
    });
  };
}
