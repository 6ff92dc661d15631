import type { HandlerOf, NetworkActionsOptions } from './dependencies.ts';
import { checkDeletable, checkId, find } from './lookup.ts';

/** DeleteVpc. */
export function deleteVpc({ network }: NetworkActionsOptions): HandlerOf<'DeleteVpc'> {
  return (context, input) => {
    checkId('vpc', input.VpcId);
    return network.turn(context, async (turn) => {
      const held = { kind: 'vpc', resource: find(turn.state, context, 'vpc', input.VpcId) } as const;
      checkDeletable(turn.state, held);
      context.permit(input);
      await turn.delete(held);
      return {};
    });
  };
}
