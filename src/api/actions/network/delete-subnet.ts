import type { HandlerOf, NetworkActionsOptions } from './dependencies.ts';
import { checkDeletable, checkId, find } from './lookup.ts';

/** DeleteSubnet. */
export function deleteSubnet({ network }: NetworkActionsOptions): HandlerOf<'DeleteSubnet'> {
  return (context, input) => {
    checkId('subnet', input.SubnetId);
    return network.turn(context, async (turn) => {
      const held = { kind: 'subnet', resource: find(turn.state, context, 'subnet', input.SubnetId) } as const;
      checkDeletable(turn.state, held);
      context.permit(input);
      await turn.delete(held);
      return {};
    });
  };
}
