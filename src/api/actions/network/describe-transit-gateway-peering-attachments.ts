import type { HandlerOf, NetworkActionsOptions } from './dependencies.ts';
import { describe } from './describe.ts';
import { PEERING_ATTACHMENT_FIELDS, peeringAttachmentOutput } from './transit-gateway-attachment-output.ts';

/** DescribeTransitGatewayPeeringAttachments. */
export function describeTransitGatewayPeeringAttachments(
  options: NetworkActionsOptions,
): HandlerOf<'DescribeTransitGatewayPeeringAttachments'> {
  const { network } = options;
  return async (context, input) => {
    const { items, NextToken } = await describe(options, context, {
      ...input,
      action: 'DescribeTransitGatewayPeeringAttachments',
      kind: 'transitGatewayAttachment',
      ids: input.TransitGatewayAttachmentIds,
      idsName: 'TransitGatewayAttachmentIds',
      filters: input.Filters,
      fields: PEERING_ATTACHMENT_FIELDS,
      only: ({ type }) => type === 'peering',
    });
    const TransitGatewayPeeringAttachments = items.map((it) => peeringAttachmentOutput(network.state, it));
    return { TransitGatewayPeeringAttachments, NextToken };
  };
}
