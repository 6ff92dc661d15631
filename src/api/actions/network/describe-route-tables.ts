import type { HandlerOf, NetworkActionsOptions } from './dependencies.ts';
import { describe } from './describe.ts';
import { routeTableFields, routeTableOutput } from './route-table-output.ts';

/** DescribeRouteTables. */
export function describeRouteTables(options: NetworkActionsOptions): HandlerOf<'DescribeRouteTables'> {
  const { network } = options;
  return async (context, input) => {
    const { items, NextToken } = await describe(options, context, {
      ...input,
      action: 'DescribeRouteTables',
      kind: 'routeTable',
      ids: input.RouteTableIds,
      idsName: 'RouteTableIds',
      filters: input.Filters,
      fields: routeTableFields(network.state),
    });
    return { RouteTables: items.map((it) => routeTableOutput(network.state, it)), NextToken };
  };
}
