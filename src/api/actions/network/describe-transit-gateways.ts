import type { HandlerOf, NetworkActionsOptions } from './dependencies.ts';
import { describe } from './describe.ts';
import { TRANSIT_GATEWAY_FIELDS, transitGatewayOutput } from './transit-gateway-output.ts';

/** DescribeTransitGateways. */
export function describeTransitGateways(
  options: NetworkActionsOptions,
): HandlerOf<'DescribeTransitGateways'> {
  return async (context, input) => {
    const { items, NextToken } = await describe(options, context, {
      ...input,
      action: 'DescribeTransitGateways',
      kind: 'transitGateway',
      ids: input.TransitGatewayIds,
      idsName: 'TransitGatewayIds',
      filters: input.Filters,
      fields: TRANSIT_GATEWAY_FIELDS,
    });
    return { TransitGateways: items.map((it) => transitGatewayOutput(it)), NextToken };
  };
}
