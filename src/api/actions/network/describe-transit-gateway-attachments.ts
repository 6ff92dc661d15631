import type { HandlerOf, NetworkActionsOptions } from './dependencies.ts';
import { describe } from './describe.ts';
import { attachmentFields, attachmentOutputs } from './transit-gateway-attachment-output.ts';

/** DescribeTransitGatewayAttachments: attachments of every type. */
export function describeTransitGatewayAttachments(
  options: NetworkActionsOptions,
): HandlerOf<'DescribeTransitGatewayAttachments'> {
  return async (context, input) => {
    const { state } = options.network;
    const { items, NextToken } = await describe(options, context, {
      ...input,
      action: 'DescribeTransitGatewayAttachments',
      kind: 'transitGatewayAttachment',
      ids: input.TransitGatewayAttachmentIds,
      idsName: 'TransitGatewayAttachmentIds',
      filters: input.Filters,
      fields: attachmentFields(state),
    });
    return { TransitGatewayAttachments: items.map(attachmentOutputs(state)), NextToken };
  };
}
