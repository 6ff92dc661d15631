import { missingParameter } from '../../errors.ts';
import type { HandlerOf, NetworkActionsOptions } from './dependencies.ts';
import { oneOf } from './inputs.ts';
import { groupsOf } from './interface-groups.ts';
import { checkId, find } from './lookup.ts';
import { attachmentOutput, descriptionOf, sourceDestCheck } from './network-interface-output.ts';

const ATTRIBUTES = [
  'description',
  'groupSet',
  'sourceDestCheck',
  'attachment',
  'associatePublicIpAddress',
] as const;

/** DescribeNetworkInterfaceAttribute. */
export function describeNetworkInterfaceAttribute({
  network,
}: NetworkActionsOptions): HandlerOf<'DescribeNetworkInterfaceAttribute'> {
  return (context, input) => {
    if (input.Attribute === undefined) throw missingParameter('Attribute');
    const attribute = oneOf(input.Attribute, ATTRIBUTES, 'attribute');
    checkId('interface', input.NetworkInterfaceId);
    const it = find(network.state, context, 'interface', input.NetworkInterfaceId);
    const NetworkInterfaceId = it.id;
    switch (attribute) {
      case 'description':
        return { NetworkInterfaceId, Description: { Value: descriptionOf(network.state, it) } };
      case 'groupSet':
        return { NetworkInterfaceId, Groups: groupsOf(network.state, it) };
      case 'sourceDestCheck':
        return { NetworkInterfaceId, SourceDestCheck: { Value: sourceDestCheck(it) } };
      case 'attachment':
        return { NetworkInterfaceId, Attachment: attachmentOutput(network.state, it) };
      default:
        return { NetworkInterfaceId, AssociatePublicIpAddress: false };
    }
  };
}
