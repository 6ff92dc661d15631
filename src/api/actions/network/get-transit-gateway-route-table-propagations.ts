import { propagatingTo } from '../../../network/transit-gateway-route-table.ts';
import type { HandlerOf, NetworkActionsOptions } from './dependencies.ts';
import { describeParts } from './describe-parts.ts';
import { attached, ATTACHED_FIELDS, gatewayParts } from './gateway-tables.ts';
import { checkId, find } from './lookup.ts';

/** GetTransitGatewayRouteTablePropagations. */
export function getTransitGatewayRouteTablePropagations(
  options: NetworkActionsOptions,
): HandlerOf<'GetTransitGatewayRouteTablePropagations'> {
  return (context, input) => {
    const id = input.TransitGatewayRouteTableId;
    checkId('transitGatewayRouteTable', id);
    const { state } = options.network;
    const table = find(state, context, 'transitGatewayRouteTable', id);
    const found = propagatingTo(table, gatewayParts(state, table.transitGatewayId));
    const { items, NextToken } = describeParts(options, context, found, {
      ...input,
      action: 'GetTransitGatewayRouteTablePropagations',
      of: id,
      filters: input.Filters,
      fields: ATTACHED_FIELDS,
      key: (it) => it.id,
    });
    return {
      TransitGatewayRouteTablePropagations: items.map((it) => ({ ...attached(it), State: 'enabled' })),
      NextToken,
    };
  };
}
