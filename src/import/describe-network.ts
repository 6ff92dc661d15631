/** VPCs, subnets, zones and accounts in the outputs of describe commands. */
import type { Draft } from './draft.ts';
import { distinct, present, tagsOf, type Fields } from './fields.ts';
import { outpostOfArn, ownerOfArn, regionOfZone, sublocationOfZone } from './places.ts';

/** Tags of a list of `Key` and `Value`. */
export function describedTags(it: Fields, key: string, draft: Draft): Record<string, string> {
  const pairs = it.objects(key).map((tag) => [tag.text('Key') ?? '', tag.text('Value') ?? ''] as const);
  return tagsOf(pairs, draft);
}

/** The resource's id; without one it is left out. */
export function requiredId(it: Fields, key: string, what: string, draft: Draft): string | undefined {
  const id = it.text(key);
  if (id === undefined) draft.report.leftOut(what, it.place, `has no ${key}`);
  return id;
}

/** Prefixes that are associated, or on their way to be. */
function associated(it: Fields, list: string, cidr: string, state: string): (string | undefined)[] {
  return it
    .objects(list)
    .filter((one) => !/^(?:dis|fail)/.test(one.object(state).text('State') ?? ''))
    .map((one) => one.text(cidr));
}

function cidrsOf(it: Fields): string[] {
  return distinct([
    it.text('CidrBlock'),
    ...associated(it, 'CidrBlockAssociationSet', 'CidrBlock', 'CidrBlockState'),
    ...associated(it, 'Ipv6CidrBlockAssociationSet', 'Ipv6CidrBlock', 'Ipv6CidrBlockState'),
  ]);
}

/** One of `Vpcs`. */
export function readVpc(it: Fields, draft: Draft): void {
  const id = requiredId(it, 'VpcId', 'VPC', draft);
  if (id === undefined) return;
  draft.add('VPC', {
    id,
    place: it.place,
    account: it.text('OwnerId'),
    value: present({ id, cidrs: cidrsOf(it), tags: describedTags(it, 'Tags', draft) }),
  });
}

/** Where a subnet is when not in an Availability Zone of its region. */
export function placementOf(
  outpostArn: string | undefined,
  zone: string | undefined,
  zoneId: string | undefined,
): Record<string, string> | undefined {
  const outpost = outpostOfArn(outpostArn);
  if (outpost !== undefined) return { sublocationType: 'outpost', sublocationId: outpost };
  const type = sublocationOfZone(zone);
  return type === undefined || zoneId === undefined
    ? undefined
    : { sublocationType: type, sublocationId: zoneId };
}

/** Notes a zone that a resource names, and the region of its VPC. */
export function noteZone(
  draft: Draft,
  place: string,
  named: { vpcId: string | undefined; zone: string | undefined; zoneId: string | undefined },
  arn?: string,
): void {
  const region = ownerOfArn(arn).region ?? regionOfZone(named.zone);
  if (region === undefined) return;
  if (named.vpcId !== undefined && !draft.regions.has(named.vpcId)) draft.regions.set(named.vpcId, region);
  addZone(draft, place, region, named.zoneId, named.zone, true);
}

/** A name of a zone differs from account to account: the first that is told is kept, without a word. */
export function addZone(
  draft: Draft,
  place: string,
  region: string,
  id: string | undefined,
  name: string | undefined,
  weak: boolean,
): void {
  if (id === undefined || name === undefined || id === name) return;
  draft.add('zone', { id, place, parent: region, value: { id, name }, weak });
}

/** One of `Subnets`. */
export function readSubnet(it: Fields, draft: Draft): void {
  const id = requiredId(it, 'SubnetId', 'subnet', draft);
  if (id === undefined) return;
  const vpcId = it.text('VpcId');
  const zone = it.text('AvailabilityZone');
  const zoneId = it.text('AvailabilityZoneId');
  noteZone(draft, it.place, { vpcId, zone, zoneId }, it.text('SubnetArn'));
  draft.add('subnet', {
    id,
    place: it.place,
    parent: vpcId,
    account: it.text('OwnerId'),
    value: present({
      id,
      cidrs: cidrsOf(it),
      azId: zoneId,
      placement: placementOf(it.text('OutpostArn'), zone, zoneId),
      tags: describedTags(it, 'Tags', draft),
    }),
  });
}

/** One of `AvailabilityZones`. */
export function readZone(it: Fields, draft: Draft): void {
  const name = it.text('ZoneName');
  const region = it.text('RegionName') ?? regionOfZone(name);
  if (region === undefined) draft.report.leftOut('zone', it.place, 'has no RegionName');
  else addZone(draft, it.place, region, it.text('ZoneId'), name, false);
}

/** One of `Accounts` of an organization. */
export function readAccount(it: Fields, draft: Draft): void {
  const id = requiredId(it, 'Id', 'account', draft);
  if (id === undefined) return;
  draft.add('account', { id, place: it.place, value: present({ id, name: it.text('Name') }) });
}

/** Members that tell what a bare mapping is, in the order in which they are looked for. */
const BARE: readonly (readonly [string, readonly string[]])[] = [
  ['NetworkInterfaces', ['NetworkInterfaceId', 'SubnetId']],
  ['Instances', ['InstanceId', 'InstanceType']],
  ['NetworkAcls', ['NetworkAclId', 'VpcId']],
  ['RouteTables', ['RouteTableId', 'VpcId']],
  ['SecurityGroups', ['GroupId', 'GroupName']],
  ['NatGateways', ['NatGatewayId', 'VpcId']],
  ['VpcEndpoints', ['VpcEndpointId', 'VpcId']],
  ['LoadBalancers', ['LoadBalancerArn']],
  ['AutoScalingGroups', ['AutoScalingGroupName']],
  ['PrefixLists', ['PrefixListId', 'PrefixListName']],
  ['tasks', ['taskArn', 'clusterArn']],
  ['TransitGateways', ['TransitGatewayId', 'TransitGatewayArn']],
  ['TransitGatewayVpcAttachments', ['TransitGatewayAttachmentId', 'VpcId']],
  ['TransitGatewayAttachments', ['TransitGatewayAttachmentId', 'TransitGatewayId', 'ResourceType']],
  ['TransitGatewayRouteTables', ['TransitGatewayRouteTableId', 'TransitGatewayId']],
  ['Subnets', ['SubnetId', 'CidrBlock']],
  ['Vpcs', ['VpcId', 'CidrBlock']],
];

/** What a bare mapping is, such as `--query` makes them: the list that it would be in. */
export function bareList(value: Readonly<Record<string, unknown>>): string | undefined {
  const [list] = BARE.find(([, keys]) => keys.every((key) => typeof value[key] === 'string')) ?? [];
  return list ?? (Array.isArray(value['Instances']) ? 'Reservations' : undefined);
}
