import { formatPrefix } from '../../../base/prefixes.ts';
import { isId } from '../../../network/ids.ts';
import type { Scope } from '../../../network/resources.ts';
import type { SecurityGroup, SecurityGroupRule } from '../../../network/security-group.ts';
import { refusal } from '../../errors.ts';
import type { SecurityGroupRule as RuleOutput } from '../../protocol/types.generated.ts';
import type { HandlerOf, NetworkActionsOptions, State } from './dependencies.ts';
import { describeParts } from './describe-parts.ts';
import type { Fields } from './filters.ts';
import { derivedId } from './outputs.ts';
import { portsOf, protocolText } from './security-group-output.ts';

const FIELDS: Fields<RuleOutput> = {
  'group-id': (it) => it.GroupId,
  'security-group-rule-id': (it) => it.SecurityGroupRuleId,
};

/** DescribeSecurityGroupRules. A rule's id follows from its group, its direction and its place. Rules have no tags. */
export function describeSecurityGroupRules(
  options: NetworkActionsOptions,
): HandlerOf<'DescribeSecurityGroupRules'> {
  return (context, input) => {
    const ids = input.SecurityGroupRuleIds;
    for (const id of ids ?? []) {
      if (!isId('securityGroupRule', id)) throw refusal('groupRuleMalformed', { id });
    }
    const all = rulesOf(options.network.state, context);
    const there = new Map(all.map((it) => [it.SecurityGroupRuleId, it]));
    const missing = ids?.find((id) => !there.has(id));
    if (missing !== undefined) throw refusal('groupRuleNotFound', { id: missing });
    const wanted = ids === undefined ? all : [...new Set(ids)].map((id) => there.get(id)!);
    const { items, NextToken } = describeParts(options, context, wanted, {
      ...input,
      action: 'DescribeSecurityGroupRules',
      of: ids ?? '',
      filters: input.Filters,
      fields: FIELDS,
      key: (it) => it.SecurityGroupRuleId!,
    });
    return { SecurityGroupRules: items, NextToken };
  };
}

function rulesOf(state: State, scope: Scope): RuleOutput[] {
  const rules: RuleOutput[] = [];
  for (const group of state.resources(scope, 'securityGroup')) {
    group.ingress.forEach((rule, i) => rules.push(ruleOutput(state, group, rule, false, i)));
    group.egress.forEach((rule, i) => rules.push(ruleOutput(state, group, rule, true, i)));
  }
  return rules;
}

function ruleOutput(
  state: State,
  group: SecurityGroup,
  rule: SecurityGroupRule,
  egress: boolean,
  place: number,
): RuleOutput {
  const { peer, description } = rule;
  const { from = -1, to = -1 } = portsOf(rule);
  const id = derivedId('sgr', group.id, String(egress), String(place));
  return {
    SecurityGroupRuleId: id,
    GroupId: group.id,
    GroupOwnerId: group.accountId,
    IsEgress: egress,
    IpProtocol: protocolText(rule.protocol),
    FromPort: from,
    ToPort: to,
    CidrIpv4: peer.kind === 'prefix' && peer.prefix.family === 4 ? formatPrefix(peer.prefix) : undefined,
    CidrIpv6: peer.kind === 'prefix' && peer.prefix.family === 6 ? formatPrefix(peer.prefix) : undefined,
    PrefixListId: peer.kind === 'prefixList' ? peer.id : undefined,
    ReferencedGroupInfo:
      peer.kind === 'securityGroup'
        ? { GroupId: peer.id, UserId: state.securityGroup(peer.id).accountId }
        : undefined,
    Description: description,
    Tags: [],
    SecurityGroupRuleArn: `arn:aws:ec2:${group.region}:${group.accountId}:security-group-rule/${id}`,
  };
}
