import type { HandlerOf, NetworkActionsOptions } from './dependencies.ts';
import { describe } from './describe.ts';
import { transitGatewayFields, transitGatewayOutput } from './transit-gateway-output.ts';

/** DescribeTransitGateways. */
export function describeTransitGateways(
  options: NetworkActionsOptions,
): HandlerOf<'DescribeTransitGateways'> {
  return async (context, input) => {
    const { state } = options.network;
    const { items, NextToken } = await describe(options, context, {
      ...input,
      action: 'DescribeTransitGateways',
      kind: 'transitGateway',
      ids: input.TransitGatewayIds,
      idsName: 'TransitGatewayIds',
      filters: input.Filters,
      fields: transitGatewayFields(state),
    });
    return { TransitGateways: items.map((it) => transitGatewayOutput(state, it)), NextToken };
  };
}
