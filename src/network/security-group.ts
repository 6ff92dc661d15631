/** Security groups: what interfaces accept. They are held here; nothing is judged by them yet. */
import { z } from 'zod';
import { parsePrefix, type Prefix } from '../base/prefixes.ts';
import type { Checking } from './checking.ts';
import { fileKind } from './file-kind.ts';
import { ANY_PROTOCOL, portMembers, portsFault, rangeOf, type PortRange } from './ports.ts';
import type { Resource } from './resource.ts';
import { name, named, prefixOrId } from './schema-parts.ts';

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

const peer = prefixOrId(
  ['securityGroup', 'prefixList'],
  'is no other side of a rule: write a prefix like 10.0.0.0/8, or the id of a security group or a prefix list',
);

const members = { ...portMembers, description: name.optional() };
const fault = (it: Parameters<typeof portsFault>[0], context: z.RefinementCtx): void => {
  const found = portsFault(it);
  if (found !== undefined) {
    context.addIssue({ code: 'custom', message: found.message, path: [found.member] });
  }
};
const ingress = z.strictObject({ ...members, from: peer }).superRefine(fault);
const egress = z.strictObject({ ...members, to: peer }).superRefine(fault);

/** Keys of a rule, for suggestions. */
export const INGRESS_KEYS = Object.keys(ingress.shape);
export const EGRESS_KEYS = Object.keys(egress.shape);

/** `securityGroups` of a VPC in network.yaml. Without `egress`, a group lets everything out. */
export const securityGroupKind = fileKind(
  z.strictObject({
    ...named('securityGroup'),
    name,
    description: name.optional(),
    ingress: z.array(ingress).default([]),
    egress: z.array(egress).optional(),
  }),
  (it, base, { region, vpcId }): SecurityGroup => ({
    ...base,
    region,
    vpcId,
    name: it.name,
    description: it.description ?? it.name,
    implied: false,
    ingress: it.ingress.map((rule) => ruleOf(rule, rule.from)),
    egress: it.egress?.map((rule) => ruleOf(rule, rule.to)) ?? ANYWHERE,
  }),
);

function ruleOf(
  it: Pick<z.output<typeof ingress>, 'protocol' | 'ports' | 'icmp' | 'description'>,
  other: Prefix | string,
): SecurityGroupRule {
  const peer =
    typeof other !== 'string'
      ? ({ kind: 'prefix', prefix: other } as const)
      : ({ kind: other.startsWith('pl-') ? 'prefixList' : 'securityGroup', id: other } as const);
  return { protocol: it.protocol, range: rangeOf(it), peer, description: it.description };
}

const ANYWHERE: readonly SecurityGroupRule[] = ['0.0.0.0/0', '::/0'].map((text) => ({
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
