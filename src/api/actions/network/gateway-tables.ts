/** The route tables of transit gateways as actions read them: what is associated and learnt follows from all of a
 * gateway's tables and attachments. */
import type { TransitGatewayAttachment } from '../../../network/transit-gateway-attachment.ts';
import {
  associatedWith,
  type GatewayParts,
  type TransitGatewayRouteTable,
} from '../../../network/transit-gateway-route-table.ts';
import type { State } from './dependencies.ts';
import type { Fields } from './filters.ts';

export function gatewayParts(state: State, transitGatewayId: string): GatewayParts {
  return {
    tables: [...state.dependentsOf(transitGatewayId, 'transitGatewayRouteTable')],
    attachments: [...state.dependentsOf(transitGatewayId, 'transitGatewayAttachment')],
  };
}

/** Finds the table that an attachment is associated with; what it finds out of a gateway, it keeps. */
export function associationFinder(
  state: State,
): (it: TransitGatewayAttachment) => TransitGatewayRouteTable | undefined {
  const known = new Map<string, ReadonlyMap<string, TransitGatewayRouteTable>>();
  return ({ id, transitGatewayId }) => {
    let tables = known.get(transitGatewayId);
    if (tables === undefined) {
      const parts = gatewayParts(state, transitGatewayId);
      tables = new Map(
        parts.tables.flatMap((table) => associatedWith(table, parts).map((it) => [it.id, table] as const)),
      );
      known.set(transitGatewayId, tables);
    }
    return tables.get(id);
  };
}

/** An attachment as tables name it. */
export function attached(it: TransitGatewayAttachment) {
  return { TransitGatewayAttachmentId: it.id, ResourceId: it.resourceId, ResourceType: it.type };
}

export const ATTACHED_FIELDS: Fields<TransitGatewayAttachment> = {
  'transit-gateway-attachment-id': (it) => it.id,
  'resource-id': (it) => it.resourceId,
  'resource-type': (it) => it.type,
};
