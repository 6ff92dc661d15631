import type { HandlerOf, NetworkActionsOptions } from './dependencies.ts';
import { checkDeletable, checkId, find } from './lookup.ts';

/** DeleteNatGateway. It is gone at once. */
export function deleteNatGateway({ network }: NetworkActionsOptions): HandlerOf<'DeleteNatGateway'> {
  return (context, input) => {
    const id = input.NatGatewayId;
    checkId('natGateway', id);
    return network.turn(context, async (turn) => {
      const held = { kind: 'natGateway', resource: find(turn.state, context, 'natGateway', id) } as const;
      checkDeletable(turn.state, held);
      context.permit(input);
      await turn.delete(held);
      return { NatGatewayId: id };
    });
  };
}
