import type { HandlerOf, NetworkActionsOptions } from './dependencies.ts';
import { checkDeletable, checkId, find } from './lookup.ts';
import { vpcAttachmentOutput } from './transit-gateway-attachment-output.ts';

/** DeleteTransitGatewayVpcAttachment. It is gone at once; the answer says `deleting`, as clients expect. */
export function deleteTransitGatewayVpcAttachment({
  network,
}: NetworkActionsOptions): HandlerOf<'DeleteTransitGatewayVpcAttachment'> {
  return (context, input) => {
    const id = input.TransitGatewayAttachmentId;
    checkId('transitGatewayAttachment', id);
    return network.turn(context, async (turn) => {
      const resource = find(turn.state, context, 'transitGatewayAttachment', id);
      const held = { kind: 'transitGatewayAttachment', resource } as const;
      checkDeletable(turn.state, held);
      context.permit(input);
      await turn.delete(held);
      return { TransitGatewayVpcAttachment: vpcAttachmentOutput(resource, 'deleting') };
    });
  };
}
