import type { HandlerOf, NetworkActionsOptions } from './dependencies.ts';
import { checkDeletable, checkId, find } from './lookup.ts';

/** DeleteNetworkInterface. One that the API made is attached to nothing: no action attaches it. */
export function deleteNetworkInterface({
  network,
}: NetworkActionsOptions): HandlerOf<'DeleteNetworkInterface'> {
  return (context, input) => {
    const id = input.NetworkInterfaceId;
    checkId('interface', id);
    return network.turn(context, async (turn) => {
      const resource = find(turn.state, context, 'interface', id);
      const held = { kind: 'interface', resource } as const;
      checkDeletable(turn.state, held);
      context.permit(input);
      await turn.delete(held);
      return {};
    });
  };
}
