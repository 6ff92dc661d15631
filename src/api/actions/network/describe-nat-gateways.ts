import type { HandlerOf, NetworkActionsOptions } from './dependencies.ts';
import { describe } from './describe.ts';
import { natGatewayFields, natGatewayOutput } from './nat-gateway-output.ts';

/** DescribeNatGateways. */
export function describeNatGateways(options: NetworkActionsOptions): HandlerOf<'DescribeNatGateways'> {
  return async (context, input) => {
    const { state } = options.network;
    const { items, NextToken } = await describe(options, context, {
      ...input,
      action: 'DescribeNatGateways',
      kind: 'natGateway',
      ids: input.NatGatewayIds,
      idsName: 'NatGatewayIds',
      filters: input.Filter,
      fields: natGatewayFields(state),
    });
    return { NatGateways: items.map((it) => natGatewayOutput(state, it)), NextToken };
  };
}
