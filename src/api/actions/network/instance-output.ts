import type { NetworkInterface } from '../../../network/interface.ts';
import type { Instance } from '../../../network/instance.ts';
import type { Scope } from '../../../network/resources.ts';
import type { Tags } from '../../../network/tags.ts';
import type { InstanceNetworkInterface, Reservation } from '../../protocol/types.generated.ts';
import type { State } from './dependencies.ts';
import type { Fields } from './filters.ts';
import { groupIdsOf, groupsOf } from './interface-groups.ts';
import {
  addresses4,
  addresses6,
  attachmentOutput,
  descriptionOf,
  interfaceType,
  macAddress,
  sourceDestCheck,
} from './network-interface-output.ts';
import { derivedId, outpostArn, tagSet } from './outputs.ts';
import { zoneOf } from './subnet-output.ts';

/** The state of a machine that the network file declares: whether it runs, Weir does not know. */
const RUNNING = { Code: 16, Name: 'running' };

/** The interfaces of an instance that are the caller's, in the order of the network file. */
function interfacesOf(state: State, scope: Scope, { id }: Instance): NetworkInterface[] {
  return [...state.dependentsOf(id, 'interface')].filter(
    (it) => state.get(scope, 'interface', it.id) !== undefined,
  );
}

/** The tags of an instance, with the one that its Auto Scaling group gives it. */
export function instanceTags(state: State, { id, tags }: Instance): Tags {
  const group = state.groupOf(id);
  return group === undefined ? tags : { ...tags, 'aws:autoscaling:groupName': group.name };
}

function reservationId({ id }: Instance): string {
  return derivedId('r', id);
}

/** An instance as answers show it: in a reservation of its own. */
export function reservationOutput(state: State, scope: Scope, it: Instance): Reservation {
  const interfaces = interfacesOf(state, scope, it);
  const [first] = interfaces;
  const subnet = first === undefined ? undefined : state.subnet(first.subnetId);
  return {
    ReservationId: reservationId(it),
    OwnerId: it.accountId,
    Groups: [],
    Instances: [
      {
        InstanceId: it.id,
        State: RUNNING,
        NetworkInterfaces: interfaces.map((one) => interfaceOutput(state, one)),
        SecurityGroups: first === undefined ? [] : groupsOf(state, first),
        Tags: tagSet(instanceTags(state, it)),
        OutpostArn: first === undefined ? undefined : outpostArn(state, first),
        SubnetId: subnet?.id,
        VpcId: subnet?.vpcId,
        PrivateIpAddress: first === undefined ? undefined : addresses4(first)[0],
        Ipv6Address: first === undefined ? undefined : addresses6(first)[0],
        SourceDestCheck: first === undefined ? undefined : sourceDestCheck(first),
        Placement: {
          AvailabilityZone: subnet === undefined ? undefined : zoneOf(state, subnet),
          AvailabilityZoneId: subnet?.azId,
          Tenancy: 'default',
        },
      },
    ],
  };
}

function interfaceOutput(state: State, it: NetworkInterface): InstanceNetworkInterface {
  const attachment = attachmentOutput(state, it);
  const four = addresses4(it);
  return {
    Attachment: attachment && {
      AttachmentId: attachment.AttachmentId,
      DeleteOnTermination: attachment.DeleteOnTermination,
      DeviceIndex: attachment.DeviceIndex,
      NetworkCardIndex: attachment.NetworkCardIndex,
      Status: attachment.Status,
    },
    Description: descriptionOf(state, it),
    Groups: groupsOf(state, it),
    InterfaceType: interfaceType(it),
    Ipv6Addresses: addresses6(it).map((address) => ({ Ipv6Address: address })),
    MacAddress: macAddress(it),
    NetworkInterfaceId: it.id,
    OwnerId: it.accountId,
    PrivateIpAddress: four[0],
    PrivateIpAddresses: four.map((address, i) => ({ Primary: i === 0, PrivateIpAddress: address })),
    SourceDestCheck: sourceDestCheck(it),
    Status: 'in-use',
    SubnetId: it.subnetId,
    VpcId: state.subnet(it.subnetId).vpcId,
  };
}

export function instanceFields(state: State, scope: Scope): Fields<Instance> {
  const each =
    (value: (it: NetworkInterface) => string | readonly string[] | undefined) =>
    (instance: Instance): string[] =>
      interfacesOf(state, scope, instance).flatMap((it) => value(it) ?? []);
  const first =
    (value: (it: NetworkInterface) => string | undefined) =>
    (instance: Instance): string | undefined => {
      const [it] = interfacesOf(state, scope, instance);
      return it === undefined ? undefined : value(it);
    };
  const vpcOf = (it: NetworkInterface): string => state.subnet(it.subnetId).vpcId;
  return {
    'instance-id': (it) => it.id,
    'owner-id': (it) => it.accountId,
    'reservation-id': reservationId,
    'instance-state-name': () => RUNNING.Name,
    'instance-state-code': () => String(RUNNING.Code),
    'vpc-id': first(vpcOf),
    'instance.group-id': (it) => first((eni) => groupIdsOf(state, eni)[0])(it),
    'subnet-id': first((it) => it.subnetId),
    'private-ip-address': first((it) => addresses4(it)[0]),
    'availability-zone': first((it) => zoneOf(state, state.subnet(it.subnetId))),
    'availability-zone-id': first((it) => state.subnet(it.subnetId).azId),
    'network-interface.network-interface-id': each((it) => it.id),
    'network-interface.subnet-id': each((it) => it.subnetId),
    'network-interface.vpc-id': each(vpcOf),
    'network-interface.mac-address': each(macAddress),
    'network-interface.addresses.private-ip-address': each(addresses4),
    'network-interface.ipv6-addresses.ipv6-address': each(addresses6),
  };
}
