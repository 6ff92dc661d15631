import { formatIPv4, formatIPv6 } from '../../../base/addresses.ts';
import type { NetworkInterface } from '../../../network/interface.ts';
import type { Tags } from '../../../network/tags.ts';
import type {
  NetworkInterface as NetworkInterfaceOutput,
  NetworkInterfaceAttachment,
} from '../../protocol/types.generated.ts';
import type { State } from './dependencies.ts';
import type { Fields } from './filters.ts';
import { groupIdsOf, groupsOf } from './interface-groups.ts';
import { requesterOf } from './interface-requester.ts';
import { derivedId, outpostArn, tagSet } from './outputs.ts';
import { zoneOf } from './subnet-output.ts';

/** The IPv4 addresses, the primary one first. */
export function addresses4(it: NetworkInterface): string[] {
  const words = it.primary4 === undefined ? it.secondary4 : [it.primary4, ...it.secondary4];
  return words.map(formatIPv4);
}

export function addresses6(it: NetworkInterface): string[] {
  return it.ipv6.map((words) => formatIPv6(...words));
}

/** The MAC address where one is declared. None is made up: packets would be attributed by it. */
export function macAddress({ mac }: NetworkInterface): string | undefined {
  if (mac === undefined) return undefined;
  const digits = mac.high.toString(16).padStart(4, '0') + mac.low.toString(16).padStart(8, '0');
  return digits.replaceAll(/(..)(?!$)/g, '$1:');
}

/** The kind as the API has it: a router is one of Weir's own. */
export function interfaceType({ kind }: NetworkInterface): string {
  return kind === 'router' ? 'interface' : kind;
}

/** What forwards for others may send what is not from itself. */
export function sourceDestCheck({ kind }: NetworkInterface): boolean {
  return kind === 'interface' || kind === 'vpc_endpoint';
}

/** How an interface is attached to its instance; undefined when it has none. */
export function attachmentOutput(
  state: State,
  { id, instanceId, accountId }: NetworkInterface,
): NetworkInterfaceAttachment | undefined {
  if (instanceId === undefined) return requesterOf(state, id)?.attachment;
  return {
    AttachmentId: derivedId('eni-attach', id, instanceId),
    DeleteOnTermination: false,
    DeviceIndex: [...state.dependents(instanceId)].indexOf(id),
    NetworkCardIndex: 0,
    InstanceId: instanceId,
    InstanceOwnerId: accountId,
    Status: 'attached',
  };
}

/** An interface as answers show it. */
export function networkInterfaceOutput(state: State, it: NetworkInterface): NetworkInterfaceOutput {
  const subnet = state.subnet(it.subnetId);
  const four = addresses4(it);
  const six = addresses6(it);
  const requester = requesterOf(state, it.id);
  return {
    Attachment: attachmentOutput(state, it),
    AvailabilityZone: zoneOf(state, subnet),
    AvailabilityZoneId: subnet.azId,
    Description: descriptionOf(state, it),
    Groups: groupsOf(state, it),
    InterfaceType: interfaceType(it),
    Ipv6Addresses: six.map((address) => ({ Ipv6Address: address, IsPrimaryIpv6: false })),
    MacAddress: macAddress(it),
    NetworkInterfaceId: it.id,
    OwnerId: it.accountId,
    PrivateIpAddress: four[0],
    PrivateIpAddresses: four.map((address, i) => ({ Primary: i === 0, PrivateIpAddress: address })),
    OutpostArn: outpostArn(state, it),
    RequesterId: requester?.requesterId,
    RequesterManaged: requester !== undefined,
    SourceDestCheck: sourceDestCheck(it),
    Status: statusOf(state, it),
    SubnetId: it.subnetId,
    TagSet: tagSet(tagsOf(state, it)),
    VpcId: subnet.vpcId,
    Ipv6Address: six[0],
  };
}

function statusOf(state: State, it: NetworkInterface): string {
  return attachmentOutput(state, it) === undefined ? 'available' : 'in-use';
}

/** What its maker wrote about it, or the service that made it. */
export function descriptionOf(state: State, it: NetworkInterface): string {
  return it.description ?? requesterOf(state, it.id)?.description ?? '';
}

/** Its tags, with those that the service gives it. */
export function tagsOf(state: State, it: NetworkInterface): Tags {
  const given = requesterOf(state, it.id)?.tags;
  return given === undefined ? it.tags : { ...it.tags, ...given };
}

export function networkInterfaceFields(state: State): Fields<NetworkInterface> {
  return {
    'network-interface-id': (it) => it.id,
    'vpc-id': (it) => state.subnet(it.subnetId).vpcId,
    'subnet-id': (it) => it.subnetId,
    status: (it) => statusOf(state, it),
    'private-ip-address': (it) => addresses4(it)[0],
    'addresses.private-ip-address': addresses4,
    'addresses.primary': (it) => addresses4(it).map((_, i) => String(i === 0)),
    'ipv6-addresses.ipv6-address': addresses6,
    'mac-address': macAddress,
    description: (it) => descriptionOf(state, it),
    'interface-type': interfaceType,
    'source-dest-check': (it) => String(sourceDestCheck(it)),
    'requester-managed': (it) => String(requesterOf(state, it.id) !== undefined),
    'requester-id': (it) => requesterOf(state, it.id)?.requesterId,
    'availability-zone': (it) => zoneOf(state, state.subnet(it.subnetId)),
    'availability-zone-id': (it) => state.subnet(it.subnetId).azId,
    'owner-id': (it) => it.accountId,
    'attachment.instance-id': (it) => it.instanceId,
    'attachment.instance-owner-id': (it) => attachmentOutput(state, it)?.InstanceOwnerId,
    'attachment.attachment-id': (it) => attachmentOutput(state, it)?.AttachmentId,
    'attachment.device-index': (it) => attachmentOutput(state, it)?.DeviceIndex?.toString(),
    'attachment.status': (it) => attachmentOutput(state, it)?.Status,
    'group-id': (it) => groupIdsOf(state, it),
    'group-name': (it) => groupsOf(state, it).flatMap(({ GroupName: name }) => name ?? []),
  };
}
