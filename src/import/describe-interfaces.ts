/** Network interfaces and instances in the outputs of describe commands. */
import type { Draft } from './draft.ts';
import { describedTags, noteZone, requiredId } from './describe-network.ts';
import { distinct, present, type Fields } from './fields.ts';
import { isNitroType } from './instance-types.ts';
import { regionOfZone } from './places.ts';

/** Values of InterfaceType that are kinds of network.yaml; for all others it is a plain interface. */
const KINDS: Readonly<Record<string, string>> = {
  natGateway: 'nat_gateway',
  nat_gateway: 'nat_gateway',
  regional_nat_gateway: 'regional_nat_gateway',
  network_load_balancer: 'network_load_balancer',
  transit_gateway: 'transit_gateway',
  vpc_endpoint: 'vpc_endpoint',
  gateway_load_balancer_endpoint: 'vpc_endpoint',
};

/** The kind of an interface by its type in the API; undefined for a plain one. */
export function kindOfType(type: string | undefined): string | undefined {
  return type !== undefined && Object.hasOwn(KINDS, type) ? KINDS[type] : undefined;
}

/** Primary and further IPv4 addresses. */
function addresses4(it: Fields): { primary: string | undefined; secondary: string[] } {
  const listed = it.objects('PrivateIpAddresses');
  const marked = listed.find((one) => one.flag('Primary') === true)?.text('PrivateIpAddress');
  const all = distinct(listed.map((one) => one.text('PrivateIpAddress')));
  const primary = it.text('PrivateIpAddress') ?? marked ?? all[0];
  return { primary, secondary: all.filter((address) => address !== primary) };
}

/** IPv6 addresses, the primary one first. */
function addresses6(it: Fields): string[] {
  const listed = it.objects('Ipv6Addresses');
  const primary = listed.filter((one) => one.flag('IsPrimaryIpv6') === true);
  return distinct([...primary, ...listed].map((one) => one.text('Ipv6Address')));
}

/** One of `NetworkInterfaces`, or of those that stand in an instance (`weak`). */
export function readInterface(it: Fields, draft: Draft, of: { instance?: string; weak: boolean }): void {
  const id = requiredId(it, 'NetworkInterfaceId', 'interface', draft);
  if (id === undefined) return;
  const zone = it.text('AvailabilityZone');
  noteZone(draft, it.place, { vpcId: it.text('VpcId'), zone, zoneId: it.text('AvailabilityZoneId') });
  const attachment = it.object('Attachment');
  const attached = attachment.text('Status') !== 'detached';
  for (const [list, member] of [
    ['Ipv4Prefixes', 'Ipv4Prefix'],
    ['Ipv6Prefixes', 'Ipv6Prefix'],
  ] as const) {
    for (const one of it.objects(list)) {
      const prefix = one.text(member) ?? '';
      draft.report.leftOut(
        `interface ${id}`,
        one.place,
        `network.yaml has no key for a delegated prefix: ${prefix}`,
      );
    }
  }
  const groups = distinct(it.objects('Groups').map((one) => one.text('GroupId')));
  draft.add('interface', {
    id,
    place: it.place,
    parent: it.text('SubnetId'),
    account: it.text('OwnerId'),
    comment: it.text('Description'),
    weak: of.weak,
    value: {
      ...present({
        id,
        kind: kindOfType(it.text('InterfaceType')),
        ...addresses4(it),
        ipv6: addresses6(it),
        mac: it.text('MacAddress'),
        instance: of.instance ?? (attached ? attachment.text('InstanceId') : undefined),
        tags: describedTags(it, 'TagSet', draft),
      }),
      ...(it.has('Groups') && { securityGroups: groups }),
    },
  });
  noteOwner(it, id, draft);
}

const ATTACHMENT = /^Network Interface for Transit Gateway Attachment (tgw-attach-[0-9a-f]{8,17})$/;
/** Load balancers of the newer types have a hash in their path; classic ones have a name alone. */
const BALANCER = /^ELB ((?:app|net|gwy)\/[A-Za-z0-9-]{1,32}\/[0-9a-f]{16})$/;
const CLASSIC = /^ELB ([A-Za-z0-9-]{1,32})$/;

/** What the description of a service's interface says about whose it is. */
function noteOwner(it: Fields, interfaceId: string, draft: Draft): void {
  const description = it.text('Description') ?? '';
  const [, attachment] = ATTACHMENT.exec(description) ?? [];
  if (attachment !== undefined) {
    const known = draft.transit.interfaces.get(attachment) ?? new Map<string, string | undefined>();
    draft.transit.interfaces.set(attachment, known.set(interfaceId, it.text('SubnetId')));
    return;
  }
  const classic = it.text('RequesterId') === 'amazon-elb' ? CLASSIC.exec(description) : null;
  const path = (BALANCER.exec(description) ?? classic)?.[1];
  if (path === undefined) return;
  draft.balancers.push({
    interfaceId,
    path,
    account: it.text('OwnerId'),
    region: regionOfZone(it.text('AvailabilityZone')),
    vpcId: it.text('VpcId'),
    place: it.place,
  });
}

/** One of `Reservations`. */
export function readReservation(it: Fields, draft: Draft): void {
  const account = it.text('OwnerId');
  for (const instance of it.objects('Instances')) readInstance(instance, draft, account);
}

/** The tag that an Auto Scaling group gives its instances. */
const GROUP_TAG = 'aws:autoscaling:groupName';

/** One of `Instances`, with its interfaces. Those that are terminated have none any more. */
export function readInstance(it: Fields, draft: Draft, account?: string): void {
  const id = requiredId(it, 'InstanceId', 'instance', draft);
  if (id === undefined) return;
  const state = it.object('State').text('Name');
  if (state === 'terminated' || state === 'shutting-down') {
    draft.report.leftOut(`instance ${id}`, it.place, `is ${state}`);
    return;
  }
  const zone = it.object('Placement').text('AvailabilityZone');
  noteZone(draft, it.place, {
    vpcId: it.text('VpcId'),
    zone,
    zoneId: it.object('Placement').text('AvailabilityZoneId'),
  });
  draft.add('instance', {
    id,
    place: it.place,
    account,
    value: present({
      id,
      nitro: isNitroType(it.text('InstanceType')),
      tags: describedTags(it, 'Tags', draft),
    }),
  });
  const group = it
    .objects('Tags')
    .find((tag) => tag.text('Key') === GROUP_TAG)
    ?.text('Value');
  if (group !== undefined) {
    draft.members.push({ instance: id, name: group, account, region: regionOfZone(zone), place: it.place });
  }
  for (const one of it.objects('NetworkInterfaces')) {
    readInterface(one, draft, { instance: id, weak: true });
  }
}
