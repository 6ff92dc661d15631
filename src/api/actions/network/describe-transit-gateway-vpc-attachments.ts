import type { HandlerOf, NetworkActionsOptions } from './dependencies.ts';
import { describe } from './describe.ts';
import { VPC_ATTACHMENT_FIELDS, vpcAttachmentOutput } from './transit-gateway-attachment-output.ts';

/** DescribeTransitGatewayVpcAttachments. */
export function describeTransitGatewayVpcAttachments(
  options: NetworkActionsOptions,
): HandlerOf<'DescribeTransitGatewayVpcAttachments'> {
  return async (context, input) => {
    const { items, NextToken } = await describe(options, context, {
      ...input,
      action: 'DescribeTransitGatewayVpcAttachments',
      kind: 'transitGatewayAttachment',
      ids: input.TransitGatewayAttachmentIds,
      idsName: 'TransitGatewayAttachmentIds',
      filters: input.Filters,
      fields: VPC_ATTACHMENT_FIELDS,
      only: ({ type }) => type === 'vpc',
    });
    return { TransitGatewayVpcAttachments: items.map((it) => vpcAttachmentOutput(it)), NextToken };
  };
}
