import { z } from 'zod';
import type { Prefix } from '../../base/prefixes.ts';
import { fileKind } from './kind.ts';
import { portsFault, rangeOf } from '../ports.ts';
import { portMembers } from './ports.ts';
import { name, named, prefixOrId } from './schema-parts.ts';
import { type SecurityGroupRule, type SecurityGroup, ANYWHERE } from '../security-group.ts';

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
