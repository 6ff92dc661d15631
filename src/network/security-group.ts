/** Security groups: what interfaces accept. They are held here; nothing is judged by them yet. */
import { parsePrefix, type Prefix } from '../base/prefixes.ts';
import type { Checking } from './checking.ts';
import { ANY_PROTOCOL, type PortRange } from './ports.ts';
import type { Resource } from './resource.ts';

/** The name of the group that each VPC has from the start. */
export const DEFAULT_GROUP = 'default';

export interface SecurityGroupRule {
  /** -1 for all. */
  readonly protocol: number;
  /** Ports, or an ICMP type and code; undefined for all. */
  readonly range: PortRange | undefined;
  /** The other side: a prefix, the interfaces of a group, or the prefixes of a list. */
  readonly peer:
    | { readonly kind: 'prefix'; readonly prefix: Prefix }
    | { readonly kind: 'securityGroup' | 'prefixList'; readonly id: string };
  readonly description: string | undefined;
}

export interface SecurityGroup extends Resource {
  readonly region: string;
  readonly vpcId: string;
  readonly name: string;
  readonly description: string;
  /** Made with its VPC: gone with it. */
  readonly implied: boolean;
  readonly ingress: readonly SecurityGroupRule[];
  readonly egress: readonly SecurityGroupRule[];
}

export const ANYWHERE: readonly SecurityGroupRule[] = ['0.0.0.0/0', '::/0'].map((text) => ({
  protocol: ANY_PROTOCOL,
  range: undefined,
  peer: { kind: 'prefix', prefix: parsePrefix(text) },
  description: undefined,
}));

/** The rules of the group that each VPC has from the start: all from its own interfaces, all to anywhere. */
export function defaultRules(groupId: string): Pick<SecurityGroup, 'ingress' | 'egress'> {
  const peer = { kind: 'securityGroup', id: groupId } as const;
  const own: SecurityGroupRule = { protocol: ANY_PROTOCOL, range: undefined, peer, description: undefined };
  return { ingress: [own], egress: ANYWHERE };
}

/** One name in a VPC; groups and lists that are there; the groups of interfaces are their VPC's. */
export function checkSecurityGroups(checking: Checking): void {
  const { parts, report } = checking;
  const names = new Map<string, string>();
  for (const it of parts.securityGroups) {
    const key = `${it.vpcId} ${it.name}`;
    const other = names.get(key);
    if (other !== undefined) report(it, ['name'], `${other} has this name in its VPC already`);
    names.set(key, it.id);
    for (const [list, member, rules] of [
      ['ingress', 'from', it.ingress],
      ['egress', 'to', it.egress],
    ] as const) {
      rules.forEach(({ peer }, i) => {
        if (peer.kind !== 'prefix') checking.exists(it, [list, i, member], peer.id);
      });
    }
  }
  for (const it of parts.interfaces) {
    const vpcId = checking.vpcOf(it.id);
    if (vpcId === undefined) continue;
    it.securityGroupIds?.forEach((group, i) => checking.inVpc(it, ['securityGroups', i], group, vpcId));
  }
}
