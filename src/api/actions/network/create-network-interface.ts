import { randomId } from '../../../network/ids.ts';
import type { NetworkInterface } from '../../../network/interface.ts';
import { NO_TAGS } from '../../../network/tags.ts';
import { refusal } from '../../errors.ts';
import { tagsOfSpecifications } from '../tags/tag-input.ts';
import type { HandlerOf, NetworkActionsOptions } from './dependencies.ts';
import { madeBefore, oneOf, onceKeyOf, refuseUnsupported, textOf } from './inputs.ts';
import { assignAddresses, wantedAddresses } from './interface-addresses.ts';
import { checkId, find } from './lookup.ts';
import { networkInterfaceOutput } from './network-interface-output.ts';

const ACTION = 'CreateNetworkInterface';
const MAX_DESCRIPTION = 255;
/** As high as the service's quota goes. */
const MAX_GROUPS = 16;

/** CreateNetworkInterface. Addresses that are not given are the next free ones of the subnet. */
export function createNetworkInterface({ network }: NetworkActionsOptions): HandlerOf<typeof ACTION> {
  return (context, input) => {
    refuseUnsupported(input, [
      'Ipv4Prefixes',
      'Ipv4PrefixCount',
      'Ipv6Prefixes',
      'Ipv6PrefixCount',
      'EnablePrimaryIpv6',
      'ConnectionTrackingSpecification',
      'Operator',
    ]);
    checkId('subnet', input.SubnetId);
    if (input.InterfaceType !== undefined) oneOf(input.InterfaceType, ['interface'], 'interfaceType');
    const description = textOf(input.Description, MAX_DESCRIPTION, 'description');
    const tags = tagsOfSpecifications(input.TagSpecifications, 'network-interface');
    const wanted = wantedAddresses(input);
    const groups = groupsIn(input.Groups);
    const once = onceKeyOf(ACTION, input);
    return network.turn(context, async (turn) => {
      const { state } = turn;
      const answer = (it: NetworkInterface, status: string) => ({
        NetworkInterface: { ...networkInterfaceOutput(state, it), Status: status },
        ClientToken: input.ClientToken,
      });
      const before = await madeBefore(turn, context, 'interface', once);
      if (before !== undefined) {
        context.permit(input);
        return answer(before, 'available');
      }
      const subnet = find(state, context, 'subnet', input.SubnetId);
      for (const id of groups ?? []) {
        const group = find(state, context, 'securityGroup', id);
        if (group.vpcId !== subnet.vpcId) throw refusal('groupInOtherVpc', { id, vpc: subnet.vpcId });
      }
      const { four, six } = assignAddresses(state, subnet, wanted);
      context.permit(input);
      const [primary4, ...secondary4] = four;
      const id = randomId('interface');
      const resource: NetworkInterface = {
        id,
        origin: 'api',
        accountId: context.account,
        tags: NO_TAGS,
        subnetId: subnet.id,
        kind: 'interface',
        primary4,
        secondary4,
        ipv6: six,
        mac: undefined,
        instanceId: undefined,
        placement: undefined,
        bindings: [],
        description,
        ...(groups !== undefined && { securityGroupIds: groups }),
      };
      await turn.create({ kind: 'interface', resource }, tags, context.now, once);
      return answer(find(state, context, 'interface', id), 'pending');
    });
  };
}

/** The security groups that are asked for, each once; undefined for none: the VPC's default one. */
function groupsIn(ids: readonly string[] | undefined): string[] | undefined {
  if (ids === undefined || ids.length === 0) return undefined;
  if (ids.length > MAX_GROUPS)
    throw refusal('tooMany', { name: 'Groups', count: ids.length, max: MAX_GROUPS });
  for (const id of ids) checkId('securityGroup', id);
  return [...new Set(ids)];
}
