import type { HandlerOf, NetworkActionsOptions } from './dependencies.ts';
import { describe } from './describe.ts';
import { VPC_FIELDS, vpcOutput } from './vpc-output.ts';

/** DescribeVpcs. */
export function describeVpcs(options: NetworkActionsOptions): HandlerOf<'DescribeVpcs'> {
  return async (context, input) => {
    const { items, NextToken } = await describe(options, context, {
      ...input,
      action: 'DescribeVpcs',
      kind: 'vpc',
      ids: input.VpcIds,
      idsName: 'VpcIds',
      filters: input.Filters,
      fields: VPC_FIELDS,
    });
    return { Vpcs: items.map(vpcOutput), NextToken };
  };
}
