import type { HandlerOf, NetworkActionsOptions } from './dependencies.ts';
import { describe } from './describe.ts';
import { NAT_GATEWAY_FIELDS, natGatewayOutput } from './nat-gateway-output.ts';

/** DescribeNatGateways. */
export function describeNatGateways(options: NetworkActionsOptions): HandlerOf<'DescribeNatGateways'> {
  return async (context, input) => {
    const { items, NextToken } = await describe(options, context, {
      ...input,
      action: 'DescribeNatGateways',
      kind: 'natGateway',
      ids: input.NatGatewayIds,
      idsName: 'NatGatewayIds',
      filters: input.Filter,
      fields: NAT_GATEWAY_FIELDS,
    });
    return { NatGateways: items.map((it) => natGatewayOutput(it)), NextToken };
  };
}
