import { associatedWith } from '../../../network/transit-gateway-route-table.ts';
import type { HandlerOf, NetworkActionsOptions } from './dependencies.ts';
import { describeParts } from './describe-parts.ts';
import { attached, ATTACHED_FIELDS, gatewayParts } from './gateway-tables.ts';
import { checkId, find } from './lookup.ts';

/** GetTransitGatewayRouteTableAssociations. */
export function getTransitGatewayRouteTableAssociations(
  options: NetworkActionsOptions,
): HandlerOf<'GetTransitGatewayRouteTableAssociations'> {
  return (context, input) => {
    const id = input.TransitGatewayRouteTableId;
    checkId('transitGatewayRouteTable', id);
    const { state } = options.network;
    const table = find(state, context, 'transitGatewayRouteTable', id);
    const found = associatedWith(table, gatewayParts(state, table.transitGatewayId));
    const { items, NextToken } = describeParts(options, context, found, {
      ...input,
      action: 'GetTransitGatewayRouteTableAssociations',
      of: id,
      filters: input.Filters,
      fields: ATTACHED_FIELDS,
      key: (it) => it.id,
    });
    return { Associations: items.map((it) => ({ ...attached(it), State: 'associated' })), NextToken };
  };
}
