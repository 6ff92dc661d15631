import type { HandlerOf, NetworkActionsOptions } from './dependencies.ts';
import { checkDeletable, checkId, find } from './lookup.ts';
import { transitGatewayOutput } from './transit-gateway-output.ts';

/** DeleteTransitGateway. It is gone at once; the answer says `deleting`, as clients expect. */
export function deleteTransitGateway({ network }: NetworkActionsOptions): HandlerOf<'DeleteTransitGateway'> {
  return (context, input) => {
    checkId('transitGateway', input.TransitGatewayId);
    return network.turn(context, async (turn) => {
      const resource = find(turn.state, context, 'transitGateway', input.TransitGatewayId);
      const held = { kind: 'transitGateway', resource } as const;
      checkDeletable(turn.state, held);
      context.permit(input);
      const output = transitGatewayOutput(turn.state, resource, 'deleting');
      await turn.delete(held);
      return { TransitGateway: output };
    });
  };
}
