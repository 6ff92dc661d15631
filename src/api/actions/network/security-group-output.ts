import { formatPrefix } from '../../../base/prefixes.ts';
import { ANY_PROTOCOL } from '../../../network/ports.ts';
import type { SecurityGroup, SecurityGroupRule } from '../../../network/security-group.ts';
import type { IpPermission, SecurityGroup as GroupOutput } from '../../protocol/types.generated.ts';
import type { State } from './dependencies.ts';
import type { Fields } from './filters.ts';
import { tagSet } from './outputs.ts';

/** Protocols that the API shows by name. */
const NAMES: Readonly<Record<number, string>> = { 1: 'icmp', 6: 'tcp', 17: 'udp', 58: 'icmpv6' };

export function protocolText(protocol: number): string {
  return NAMES[protocol] ?? String(protocol);
}

/** The ports or ICMP type and code of a rule: none for all protocols, -1 for all types, 0 to 65535 for all ports. */
export function portsOf({ protocol, range }: SecurityGroupRule): { from?: number; to?: number } {
  if (protocol === ANY_PROTOCOL) return {};
  if (range !== undefined) return range;
  if (protocol === 6 || protocol === 17) return { from: 0, to: 65_535 };
  return protocol === 1 || protocol === 58 ? { from: -1, to: -1 } : {};
}

/** Rules as the API has them: those of the same protocol and ports together. */
function permissions(state: State, rules: readonly SecurityGroupRule[]): IpPermission[] {
  const byPorts = new Map<string, SecurityGroupRule[]>();
  for (const rule of rules) {
    const { from, to } = portsOf(rule);
    const key = `${rule.protocol} ${from} ${to}`;
    const same = byPorts.get(key);
    if (same === undefined) byPorts.set(key, [rule]);
    else same.push(rule);
  }
  return Array.from(byPorts.values(), (same) => permission(state, same));
}

function permission(state: State, rules: readonly SecurityGroupRule[]): IpPermission {
  const { from, to } = portsOf(rules[0]!);
  const [four, six] = ([4, 6] as const).map((family) =>
    rules.flatMap(({ peer, description: Description }) =>
      peer.kind === 'prefix' && peer.prefix.family === family
        ? [{ cidr: formatPrefix(peer.prefix), Description }]
        : [],
    ),
  );
  return {
    IpProtocol: protocolText(rules[0]!.protocol),
    FromPort: from,
    ToPort: to,
    UserIdGroupPairs: rules.flatMap(({ peer, description: Description }) =>
      peer.kind === 'securityGroup'
        ? [{ Description, GroupId: peer.id, UserId: state.securityGroup(peer.id).accountId }]
        : [],
    ),
    IpRanges: four!.map(({ cidr, Description }) => ({ CidrIp: cidr, Description })),
    Ipv6Ranges: six!.map(({ cidr, Description }) => ({ CidrIpv6: cidr, Description })),
    PrefixListIds: rules.flatMap(({ peer, description: Description }) =>
      peer.kind === 'prefixList' ? [{ PrefixListId: peer.id, Description }] : [],
    ),
  };
}

/** A security group as answers show it. */
export function securityGroupOutput(state: State, it: SecurityGroup): GroupOutput {
  return {
    GroupId: it.id,
    IpPermissionsEgress: permissions(state, it.egress),
    Tags: tagSet(it.tags),
    VpcId: it.vpcId,
    SecurityGroupArn: `arn:aws:ec2:${it.region}:${it.accountId}:security-group/${it.id}`,
    OwnerId: it.accountId,
    GroupName: it.name,
    Description: it.description,
    IpPermissions: permissions(state, it.ingress),
  };
}

function ruleFields(
  prefix: string,
  rules: (it: SecurityGroup) => readonly SecurityGroupRule[],
): Fields<SecurityGroup> {
  const each =
    (value: (rule: SecurityGroupRule) => string | number | undefined) =>
    (it: SecurityGroup): string[] =>
      rules(it).flatMap((rule) => value(rule)?.toString() ?? []);
  const cidrs = (family: 4 | 6) =>
    each(({ peer }) =>
      peer.kind === 'prefix' && peer.prefix.family === family ? formatPrefix(peer.prefix) : undefined,
    );
  const named = (kind: 'securityGroup' | 'prefixList') =>
    each(({ peer }) => (peer.kind === kind ? peer.id : undefined));
  return {
    [`${prefix}ip-permission.protocol`]: each(({ protocol }) => protocolText(protocol)),
    [`${prefix}ip-permission.from-port`]: each((rule) => portsOf(rule).from),
    [`${prefix}ip-permission.to-port`]: each((rule) => portsOf(rule).to),
    [`${prefix}ip-permission.cidr`]: cidrs(4),
    [`${prefix}ip-permission.ipv6-cidr`]: cidrs(6),
    [`${prefix}ip-permission.group-id`]: named('securityGroup'),
    [`${prefix}ip-permission.prefix-list-id`]: named('prefixList'),
  };
}

export const SECURITY_GROUP_FIELDS: Fields<SecurityGroup> = {
  'group-id': (it) => it.id,
  'group-name': (it) => it.name,
  description: (it) => it.description,
  'vpc-id': (it) => it.vpcId,
  'owner-id': (it) => it.accountId,
  ...ruleFields('', (it) => it.ingress),
  ...ruleFields('egress.', (it) => it.egress),
};
