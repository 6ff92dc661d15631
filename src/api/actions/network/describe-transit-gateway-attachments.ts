import type { HandlerOf, NetworkActionsOptions } from './dependencies.ts';
import { describe } from './describe.ts';
import { attachmentFields, attachmentOutput } from './transit-gateway-attachment-output.ts';

/** DescribeTransitGatewayAttachments: attachments of every kind, of which there is one, of VPCs. */
export function describeTransitGatewayAttachments(
  options: NetworkActionsOptions,
): HandlerOf<'DescribeTransitGatewayAttachments'> {
  const { state } = options.network;
  return async (context, input) => {
    const { items, NextToken } = await describe(options, context, {
      ...input,
      action: 'DescribeTransitGatewayAttachments',
      kind: 'transitGatewayAttachment',
      ids: input.TransitGatewayAttachmentIds,
      idsName: 'TransitGatewayAttachmentIds',
      filters: input.Filters,
      fields: attachmentFields(state),
    });
    return { TransitGatewayAttachments: items.map((it) => attachmentOutput(state, it)), NextToken };
  };
}
