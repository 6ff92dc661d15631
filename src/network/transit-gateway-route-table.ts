/** Route tables of transit gateways: where traffic goes that comes in by the attachments associated with it. */
import { formatPrefix, type Prefix } from '../base/prefixes.ts';
import type { Checking } from './checking.ts';
import type { Resource } from './resource.ts';
import type { TransitGatewayAttachment } from './transit-gateway-attachment.ts';
import type { Vpc } from './vpc.ts';

export interface TransitGatewayRoute {
  readonly destination: Prefix;
  /** More than one shares the traffic; none is a black hole. */
  readonly attachmentIds: readonly string[];
  /** `propagated`: learnt from an attachment. */
  readonly type: 'static' | 'propagated';
}

export interface TransitGatewayRouteTable extends Resource {
  readonly region: string;
  readonly transitGatewayId: string;
  /** Attachments that no table's list has are associated with this one, or propagate to it. */
  readonly defaultAssociation: boolean;
  readonly defaultPropagation: boolean;
  /** Made with its transit gateway: gone with it. */
  readonly implied: boolean;
  readonly associations: readonly string[];
  readonly propagations: readonly string[];
  /** Without those that VPCs propagate: these follow from their prefixes. */
  readonly routes: readonly TransitGatewayRoute[];
}

/** One default of each kind, one association an attachment, one route a prefix and type, attachments of the
 * same transit gateway. */
export function checkTransitGatewayRouteTables(checking: Checking): void {
  const { report } = checking;
  const defaults = new Map<string, string>();
  const associated = new Map<string, string>();
  for (const it of checking.parts.transitGatewayRouteTables) {
    checking.exists(it, [], it.transitGatewayId);
    const { options } = checking.find('transitGateways', it.transitGatewayId) ?? {};
    for (const [member, option] of [
      ['defaultAssociation', 'defaultRouteTableAssociation'],
      ['defaultPropagation', 'defaultRouteTablePropagation'],
    ] as const) {
      if (!it[member]) continue;
      const key = `${member} ${it.transitGatewayId}`;
      const other = defaults.get(key);
      if (other !== undefined) report(it, [member], `${other} is this of ${it.transitGatewayId} already`);
      defaults.set(key, it.id);
      if (options?.[option] !== 'disable') continue;
      report(it, [member], `${it.transitGatewayId} has ${option}: false, and no such table`);
    }
    it.associations.forEach((one, i) => {
      checkAttachment(it, ['associations', i], one, checking);
      const other = associated.get(one);
      if (other !== undefined) {
        report(it, ['associations', i], `${one} is associated with ${other} already: it has one route table`);
      }
      associated.set(one, it.id);
    });
    it.propagations.forEach((one, i) => checkAttachment(it, ['propagations', i], one, checking));
    const seen = new Set<string>();
    it.routes.forEach(({ destination, attachmentIds, type }, i) => {
      const key = `${type} ${formatPrefix(destination)}`;
      if (seen.has(key)) {
        report(
          it,
          ['routes', i, 'to'],
          `${it.id} has a ${type} route to ${formatPrefix(destination)} already`,
        );
      }
      seen.add(key);
      for (const one of attachmentIds) checkAttachment(it, ['routes', i, 'via'], one, checking);
    });
  }
}

function checkAttachment(
  table: TransitGatewayRouteTable,
  member: (string | number)[],
  attachmentId: string,
  checking: Checking,
): void {
  if (!checking.exists(table, member, attachmentId)) return;
  const { transitGatewayId } = checking.find('transitGatewayAttachments', attachmentId)!;
  if (transitGatewayId === table.transitGatewayId) return;
  const message = `${attachmentId} is attached to ${transitGatewayId}, not to ${table.transitGatewayId}`;
  checking.report(table, member, message);
}

/** A transit gateway's tables and attachments. */
export interface GatewayParts {
  readonly tables: readonly TransitGatewayRouteTable[];
  readonly attachments: readonly TransitGatewayAttachment[];
}

/** The attachments whose traffic goes by a table. */
export function associatedWith(
  table: TransitGatewayRouteTable,
  { tables, attachments }: GatewayParts,
): TransitGatewayAttachment[] {
  const elsewhere = new Set(tables.flatMap((other) => (other === table ? [] : other.associations)));
  const own = new Set(table.associations);
  return attachments.filter(
    ({ id: one }) => own.has(one) || (table.defaultAssociation && !elsewhere.has(one)),
  );
}

/** The attachments that a table learns routes from. A peered transit gateway tells none. */
export function propagatingTo(
  table: TransitGatewayRouteTable,
  { tables, attachments }: GatewayParts,
): TransitGatewayAttachment[] {
  const named = new Set(tables.flatMap(({ propagations }) => propagations));
  const own = new Set(table.propagations);
  return attachments.filter(
    ({ id: one, type }) =>
      type !== 'peering' && (own.has(one) || (table.defaultPropagation && !named.has(one))),
  );
}

/** All routes of a table: its own, and those to the prefixes of VPCs that propagate. A static route hides a
 * propagated one to the same prefix. */
export function routesOf(
  table: TransitGatewayRouteTable,
  parts: GatewayParts,
  vpcOf: (id: string) => Vpc | undefined,
): TransitGatewayRoute[] {
  const learnt = propagatingTo(table, parts).flatMap((it) =>
    (it.vpcId === undefined ? [] : (vpcOf(it.vpcId)?.cidrs ?? [])).map(
      (destination): TransitGatewayRoute => ({ destination, attachmentIds: [it.id], type: 'propagated' }),
    ),
  );
  const fixed = new Set(
    table.routes.filter(({ type }) => type === 'static').map((it) => formatPrefix(it.destination)),
  );
  const propagated = [...table.routes, ...learnt].filter(
    ({ type, destination }) => type === 'propagated' && !fixed.has(formatPrefix(destination)),
  );
  return [...table.routes.filter(({ type }) => type === 'static'), ...propagated];
}
