import { refusal } from '../../errors.ts';
import type { HandlerOf, NetworkActionsOptions } from './dependencies.ts';
import { describe } from './describe.ts';
import { SECURITY_GROUP_FIELDS, securityGroupOutput } from './security-group-output.ts';

/** DescribeSecurityGroups. Names alone name groups of a default VPC only, which there is none of. */
export function describeSecurityGroups(options: NetworkActionsOptions): HandlerOf<'DescribeSecurityGroups'> {
  return async (context, input) => {
    const { state } = options.network;
    const [name] = input.GroupNames ?? [];
    if (name !== undefined) throw refusal('groupNotFound', { id: name });
    const { items, NextToken } = await describe(options, context, {
      ...input,
      action: 'DescribeSecurityGroups',
      kind: 'securityGroup',
      ids: input.GroupIds,
      idsName: 'GroupIds',
      filters: input.Filters,
      fields: SECURITY_GROUP_FIELDS,
    });
    return { SecurityGroups: items.map((it) => securityGroupOutput(state, it)), NextToken };
  };
}
