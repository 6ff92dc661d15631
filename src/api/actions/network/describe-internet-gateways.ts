import type { InternetGateway } from '../../../network/internet-gateway.ts';
import type { HandlerOf, NetworkActionsOptions } from './dependencies.ts';
import { describe } from './describe.ts';
import type { Fields } from './filters.ts';
import { tagSet } from './outputs.ts';

const FIELDS: Fields<InternetGateway> = {
  'internet-gateway-id': (it) => it.id,
  'attachment.vpc-id': (it) => it.vpcId,
  'attachment.state': () => 'available',
  'owner-id': (it) => it.accountId,
};

/** DescribeInternetGateways. */
export function describeInternetGateways(
  options: NetworkActionsOptions,
): HandlerOf<'DescribeInternetGateways'> {
  return async (context, input) => {
    const { items, NextToken } = await describe(options, context, {
      ...input,
      action: 'DescribeInternetGateways',
      kind: 'internetGateway',
      ids: input.InternetGatewayIds,
      idsName: 'InternetGatewayIds',
      filters: input.Filters,
      fields: FIELDS,
    });
    const InternetGateways = items.map((it) => ({
      Attachments: [{ State: 'available', VpcId: it.vpcId }],
      InternetGatewayId: it.id,
      OwnerId: it.accountId,
      Tags: tagSet(it.tags),
    }));
    return { InternetGateways, NextToken };
  };
}
