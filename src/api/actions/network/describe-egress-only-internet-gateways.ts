import type { EgressOnlyInternetGateway } from '../../../network/egress-only-internet-gateway.ts';
import type { HandlerOf, NetworkActionsOptions } from './dependencies.ts';
import { describe } from './describe.ts';
import type { Fields } from './filters.ts';
import { tagSet } from './outputs.ts';

/** The service filters by tags only. */
const FIELDS: Fields<EgressOnlyInternetGateway> = {};

/** DescribeEgressOnlyInternetGateways. */
export function describeEgressOnlyInternetGateways(
  options: NetworkActionsOptions,
): HandlerOf<'DescribeEgressOnlyInternetGateways'> {
  return async (context, input) => {
    const { items, NextToken } = await describe(options, context, {
      ...input,
      action: 'DescribeEgressOnlyInternetGateways',
      kind: 'egressOnlyInternetGateway',
      ids: input.EgressOnlyInternetGatewayIds,
      idsName: 'EgressOnlyInternetGatewayIds',
      filters: input.Filters,
      fields: FIELDS,
    });
    const EgressOnlyInternetGateways = items.map((it) => ({
      Attachments: [{ State: 'attached', VpcId: it.vpcId }],
      EgressOnlyInternetGatewayId: it.id,
      Tags: tagSet(it.tags),
    }));
    return { EgressOnlyInternetGateways, NextToken };
  };
}
