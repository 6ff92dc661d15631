import type { HandlerOf, NetworkActionsOptions } from './dependencies.ts';
import { describe } from './describe.ts';
import { subnetFields, subnetOutput } from './subnet-output.ts';

/** DescribeSubnets. */
export function describeSubnets(options: NetworkActionsOptions): HandlerOf<'DescribeSubnets'> {
  return async (context, input) => {
    const { state } = options.network;
    const { items, NextToken } = await describe(options, context, {
      ...input,
      action: 'DescribeSubnets',
      kind: 'subnet',
      ids: input.SubnetIds,
      idsName: 'SubnetIds',
      filters: input.Filters,
      fields: subnetFields(state),
    });
    return { Subnets: items.map((subnet) => subnetOutput(state, subnet)), NextToken };
  };
}
