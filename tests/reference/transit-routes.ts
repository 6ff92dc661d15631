/** Transit gateways of the reference: their route tables, read anew for every question. */
import { formatPrefix } from '../../src/base/prefixes.ts';
import type { Network } from '../../src/network/model.ts';
import type { TransitGatewayAttachment } from '../../src/network/transit-gateway-attachment.ts';
import type { TransitGatewayRouteTable } from '../../src/network/transit-gateway-route-table.ts';
import { longest, type Prefix } from './bits.ts';

interface Way {
  readonly prefix: Prefix;
  /** The first of equal-cost ones; undefined drops what it matches. */
  readonly attachmentId: string | undefined;
}

/** The attachment that traffic which came in by one leaves by; undefined where the gateway drops it. */
export function leavesBy(network: Network, from: TransitGatewayAttachment, to: string): string | undefined {
  const table = tableOf(network, from);
  return table === undefined ? undefined : longest(waysOf(network, table), to)?.attachmentId;
}

/** What is attached has the address: the gateway would send it there. */
export function isBehind(network: Network, it: TransitGatewayAttachment, address: string): boolean {
  if (it.vpcId !== undefined) {
    return (
      longest(
        network.vpcs.get(it.vpcId)!.cidrs.map((prefix) => ({ prefix })),
        address,
      ) !== undefined
    );
  }
  return tablesOf(network, it.transitGatewayId).some(
    (table) => longest(waysOf(network, table), address)?.attachmentId === it.id,
  );
}

/** The one table that names the attachment, else the gateway's default one. */
function tableOf(network: Network, it: TransitGatewayAttachment): TransitGatewayRouteTable | undefined {
  const tables = tablesOf(network, it.transitGatewayId);
  return (
    tables.find(({ associations }) => associations.includes(it.id)) ??
    tables.find(({ defaultAssociation }) => defaultAssociation)
  );
}

function tablesOf(network: Network, gatewayId: string): TransitGatewayRouteTable[] {
  return [...network.transitGatewayRouteTables.values()].filter((it) => it.transitGatewayId === gatewayId);
}

/** Static routes hide propagated ones to the same prefix; VPCs that propagate have a route to each of theirs. */
function waysOf(network: Network, table: TransitGatewayRouteTable): Way[] {
  const ways: Way[] = [];
  const known = new Set<string>();
  const add = (prefix: Prefix, attachmentId: string | undefined): void => {
    const text = formatPrefix(prefix as Parameters<typeof formatPrefix>[0]);
    if (!known.has(text)) ways.push({ prefix, attachmentId });
    known.add(text);
  };
  for (const type of ['static', 'propagated'] as const) {
    if (type === 'propagated') {
      for (const it of propagating(network, table)) {
        for (const prefix of network.vpcs.get(it.vpcId!)!.cidrs) add(prefix, it.id);
      }
    }
    for (const route of table.routes) {
      if (route.type === type) add(route.destination, route.attachmentIds[0]);
    }
  }
  return ways;
}

/** VPC attachments that tell the table their prefixes: those that it names, and by default those that none does. */
function propagating(network: Network, table: TransitGatewayRouteTable): TransitGatewayAttachment[] {
  const tables = tablesOf(network, table.transitGatewayId);
  return [...network.transitGatewayAttachments.values()].filter((it) => {
    if (it.transitGatewayId !== table.transitGatewayId || !network.vpcs.has(it.vpcId ?? '')) return false;
    const named = tables.filter(({ propagations }) => propagations.includes(it.id));
    return named.length === 0 ? table.defaultPropagation : named.includes(table);
  });
}
