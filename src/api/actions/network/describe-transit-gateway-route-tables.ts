import type { TransitGatewayRouteTable } from '../../../network/transit-gateway-route-table.ts';
import type { HandlerOf, NetworkActionsOptions, State } from './dependencies.ts';
import { describe } from './describe.ts';
import type { Fields } from './filters.ts';
import { dateOf, tagSet } from './outputs.ts';

const FIELDS: Fields<TransitGatewayRouteTable> = {
  'transit-gateway-route-table-id': (it) => it.id,
  'transit-gateway-id': (it) => it.transitGatewayId,
  'default-association-route-table': (it) => String(it.defaultAssociation),
  'default-propagation-route-table': (it) => String(it.defaultPropagation),
  state: () => 'available',
};

/** DescribeTransitGatewayRouteTables. */
export function describeTransitGatewayRouteTables(
  options: NetworkActionsOptions,
): HandlerOf<'DescribeTransitGatewayRouteTables'> {
  return async (context, input) => {
    const { state } = options.network;
    const { items, NextToken } = await describe(options, context, {
      ...input,
      action: 'DescribeTransitGatewayRouteTables',
      kind: 'transitGatewayRouteTable',
      ids: input.TransitGatewayRouteTableIds,
      idsName: 'TransitGatewayRouteTableIds',
      filters: input.Filters,
      fields: FIELDS,
    });
    return { TransitGatewayRouteTables: items.map((it) => output(state, it)), NextToken };
  };
}

function output(state: State, it: TransitGatewayRouteTable) {
  return {
    TransitGatewayRouteTableId: it.id,
    TransitGatewayId: it.transitGatewayId,
    State: 'available',
    DefaultAssociationRouteTable: it.defaultAssociation,
    DefaultPropagationRouteTable: it.defaultPropagation,
    // The one that came with its transit gateway is as old as that.
    CreationTime: dateOf(it.implied ? state.transitGateway(it.transitGatewayId).createdAt : undefined),
    Tags: tagSet(it.tags),
  };
}
