/** Security groups, network ACLs and prefix lists in the outputs of describe commands. */
import { LAST_ENTRY } from '../network/network-acl.ts';
import { describedTags, requiredId } from './describe-network.ts';
import type { Draft } from './draft.ts';
import { distinct, present, type Fields } from './fields.ts';
import { canonicalPrefix } from './outermost.ts';
import { ownerOfArn, regionOfService, subjectOf } from './places.ts';
import { groupRules, portKeys } from './rules.ts';

/** Lists of the other sides of a permission, and the member that names one. */
const SIDES = [
  ['UserIdGroupPairs', 'GroupId'],
  ['IpRanges', 'CidrIp'],
  ['Ipv6Ranges', 'CidrIpv6'],
  ['PrefixListIds', 'PrefixListId'],
] as const;

/** Permissions, each of which stands for a rule for each of its other sides. */
function rulesOf(it: Fields, list: string, direction: 'from' | 'to'): Record<string, unknown>[] {
  return it.objects(list).flatMap((permission) => {
    const keys = portKeys({
      protocol: permission.scalar('IpProtocol'),
      from: permission.number('FromPort'),
      to: permission.number('ToPort'),
    });
    return SIDES.flatMap(([sides, member]) =>
      permission.objects(sides).map((side) => {
        const other = side.text(member);
        return present({
          ...keys,
          [direction]: other?.includes('/') === true ? canonicalPrefix(other) : other,
          description: side.text('Description'),
        });
      }),
    );
  });
}

/** One of `SecurityGroups`. */
export function readSecurityGroup(it: Fields, draft: Draft): void {
  const id = requiredId(it, 'GroupId', 'security group', draft);
  if (id === undefined) return;
  const name = it.text('GroupName');
  const description = it.text('Description');
  draft.add('security group', {
    id,
    place: it.place,
    parent: it.text('VpcId'),
    account: it.text('OwnerId'),
    value: {
      ...present({
        id,
        name,
        description: description === name ? undefined : description,
        tags: describedTags(it, 'Tags', draft),
      }),
      ...groupRules(
        rulesOf(it, 'IpPermissions', 'from'),
        it.has('IpPermissionsEgress') ? rulesOf(it, 'IpPermissionsEgress', 'to') : undefined,
      ),
    },
  });
}

/** One of `NetworkAcls`. The default one is of all subnets that no other lists. */
export function readNetworkAcl(it: Fields, draft: Draft): void {
  const id = requiredId(it, 'NetworkAclId', 'network ACL', draft);
  if (id === undefined) return;
  const isDefault = it.flag('IsDefault') === true;
  const entries = it.objects('Entries').filter((entry) => (entry.number('RuleNumber') ?? 0) < LAST_ENTRY);
  const direction = (egress: boolean): Record<string, unknown>[] =>
    entries.filter((entry) => (entry.flag('Egress') ?? false) === egress).map(entryOf);
  draft.add('network ACL', {
    id,
    place: it.place,
    parent: it.text('VpcId'),
    account: it.text('OwnerId'),
    value: present({
      id,
      default: isDefault,
      subnets: isDefault ? [] : distinct(it.objects('Associations').map((one) => one.text('SubnetId'))),
      inbound: direction(false),
      outbound: direction(true),
      tags: describedTags(it, 'Tags', draft),
    }),
  });
}

function entryOf(entry: Fields): Record<string, unknown> {
  const ports = entry.object('PortRange');
  const icmp = entry.object('IcmpTypeCode');
  const given = { protocol: entry.scalar('Protocol') };
  const cidr = entry.text('CidrBlock') ?? entry.text('Ipv6CidrBlock');
  return present({
    number: entry.number('RuleNumber'),
    action: entry.text('RuleAction'),
    ...(icmp.has('Type')
      ? portKeys({ ...given, from: icmp.number('Type'), to: icmp.number('Code') }, true)
      : portKeys({ ...given, from: ports.number('From'), to: ports.number('To') }, true)),
    cidr: cidr === undefined ? undefined : canonicalPrefix(cidr),
  });
}

/** One of `PrefixLists`: of describe-managed-prefix-lists, or of describe-prefix-lists, which has the prefixes. */
export function readPrefixList(it: Fields, draft: Draft): void {
  const id = requiredId(it, 'PrefixListId', 'prefix list', draft);
  if (id === undefined) return;
  const { place } = it;
  const state = it.text('State');
  if (state?.startsWith('delete') === true) {
    return draft.report.leftOut(`prefix list ${id}`, place, `is in the state ${state}`);
  }
  const name = it.text('PrefixListName');
  const owner = it.text('OwnerId');
  const managed = it.has('PrefixListArn');
  draft.add('prefix list', {
    id,
    place,
    account: owner === 'AWS' ? undefined : owner,
    region: ownerOfArn(it.text('PrefixListArn')).region ?? regionOfService(name),
    weak: !managed,
    value: present({ id, name, tags: describedTags(it, 'Tags', draft) }),
  });
  for (const cidr of it.texts('Cidrs')) addPrefix(draft, id, cidr, place);
}

export function addPrefix(draft: Draft, id: string | undefined, cidr: string, place: string): void {
  draft.addPiece({ kind: 'prefix list', id, member: 'prefixes', value: canonicalPrefix(cidr), place });
}

/** One of `Entries` of get-managed-prefix-list-entries, which names the list nowhere: the file's name does. */
export function readPrefixListEntry(it: Fields, draft: Draft): void {
  const cidr = it.text('Cidr');
  if (cidr === undefined) draft.report.leftOut('entry of a prefix list', it.place, 'has no Cidr');
  else addPrefix(draft, subjectOf(it.place, 'prefixList'), cidr, it.place);
}
