import { refusal } from '../../errors.ts';
import type { HandlerOf, NetworkActionsOptions } from './dependencies.ts';
import { checkDeletable, checkId, find } from './lookup.ts';

/** DeleteNetworkInterface. */
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
      if (resource.instanceId !== undefined) throw refusal('interfaceInUse', { id });
      context.permit(input);
      await turn.delete(held);
      return {};
    });
  };
}
