/** What follows from the network around an interface (record format 1.1, 1.3, 1.4, 1.6), for the reference. */
import { parsePrefix } from '../../src/base/prefixes.ts';
import type { Network } from '../../src/network/model.ts';
import type { Route, RouteTarget } from '../../src/network/route-table.ts';
import { covers, longest, type Prefix } from './bits.ts';
import type { Row } from './flows.ts';
import { ATTACHMENT, type Holders, type Interface, REGIONAL_NAT } from './interfaces.ts';
import { TCP } from './ip.ts';

/** ip-ranges.json, as the vendor publishes it. */
export interface IpRanges {
  readonly prefixes: readonly { readonly ip_prefix: string; readonly service: string }[];
  readonly ipv6_prefixes: readonly { readonly ipv6_prefix: string; readonly service: string }[];
}

/** The route of an interface's subnet to an address: the longest prefix of all; undefined without one. */
export function routeOf(network: Network, at: Interface, address: string): Route | undefined {
  const tables = [...network.routeTables.values()].filter(({ vpcId }) => vpcId === at.vpc);
  const table =
    tables.find(({ subnetIds }) => at.subnet !== undefined && subnetIds.includes(at.subnet)) ??
    tables.find(({ main }) => main);
  if (table === undefined || at.subnet === undefined) return undefined;
  const entries = table.routes.flatMap((route) => {
    const to = route.destination;
    const prefixes: readonly Prefix[] = typeof to === 'string' ? network.prefixLists.get(to)!.prefixes : [to];
    return prefixes.map((prefix) => ({ prefix, route }));
  });
  // Of equal prefixes one that somebody wrote comes before one that was learnt.
  const written = entries.filter(({ route }) => route.origin !== 'propagated');
  const learnt = entries.filter(({ route }) => route.origin === 'propagated');
  return longest([...written, ...learnt], address)?.route;
}

/** A regional NAT gateway stands in its VPC as a whole: what is not there it sends to the internet. */
function isInVpc(network: Network, at: Interface, address: string): boolean {
  return network.vpcs.get(at.vpc)!.cidrs.some((prefix) => covers(prefix, address));
}

/** traffic-path (1.3). */
export function trafficPath(network: Network, row: Row): number | undefined {
  if (row.direction === 'ingress') return undefined;
  if (isRegionalNat(row.interface)) return isInVpc(network, row.interface, row.destination) ? 1 : 8;
  const route = routeOf(network, row.interface, row.destination);
  if (route?.target === undefined || route.blackhole) return undefined;
  switch (route.target.kind) {
    case 'internetGateway':
    case 'egressOnlyInternetGateway':
      return 8;
    case 'vpnGateway':
      return 3;
    case 'carrierGateway':
      return 6;
    case 'peeringConnection': {
      const { requester, accepter } = network.peeringConnections.get(route.target.id)!;
      return requester.region === accepter.region ? 4 : 5;
    }
    case 'vpcEndpoint':
      return network.vpcEndpoints.get(route.target.id)!.type === 'Gateway' ? 7 : 1;
    default:
      return 1;
  }
}

/** The interface that traffic goes to next, or comes from (1.6). */
export function nextHop(network: Network, holders: Holders, row: Row): Interface | undefined {
  const egress = row.direction === 'egress';
  const at = row.interface;
  const away = egress ? row.destination : row.source;
  const regional = isRegionalNat(at);
  if (regional && !isInVpc(network, at, away)) return undefined;
  const route = routeOf(network, at, away);
  if (!regional && (route?.target === undefined || route.blackhole)) return undefined;
  const declared = (id: string | undefined): Interface | undefined =>
    holders.declared.find((it) => it.id === id);
  const inZone = (ids: readonly string[]): Interface | undefined => {
    const all = ids.map(declared).filter((it) => it !== undefined);
    return all.find((it) => it.zone !== undefined && it.zone === at.zone) ?? all[0];
  };
  /** The one at the other end of the packets, else the declared one that has the address. */
  const holderIn = (vpcId: string): Interface | undefined => {
    if (row.other?.vpc === vpcId) return row.other;
    const holder = holders.find(away);
    return holder?.declared && holder.vpc === vpcId ? holder : undefined;
  };
  const target: RouteTarget = regional ? { kind: 'local' } : route!.target!;
  let next: Interface | undefined;
  switch (target.kind) {
    case 'local':
      next = holderIn(at.vpc);
      break;
    case 'natGateway':
      next = declared(network.natGateways.get(target.id)!.interfaceId);
      break;
    case 'interface':
      next = declared(target.id);
      break;
    case 'instance':
      next = holders.declared.find((it) => it.instance?.id === target.id && it.vpc === at.vpc);
      break;
    case 'vpcEndpoint':
      next = inZone(network.vpcEndpoints.get(target.id)!.interfaceIds);
      break;
    case 'transitGateway':
      next = inZone(
        [...network.transitGatewayAttachments.values()].find(
          (it) => it.transitGatewayId === target.id && it.vpcId === at.vpc,
        )?.interfaceIds ?? [],
      );
      break;
    case 'peeringConnection': {
      const { requester, accepter } = network.peeringConnections.get(target.id)!;
      if (requester.region !== accepter.region) return undefined;
      next = holderIn(requester.vpcId === at.vpc ? accepter.vpcId : requester.vpcId);
      break;
    }
    default:
      return undefined;
  }
  if (next === at) return undefined;
  const silent = next?.kind === 'transit_gateway' || next?.kind === 'network_load_balancer';
  return !egress && silent ? undefined : next;
}

/** Whose address it is: the most specific range, a named service before AMAZON (1.4). */
export function serviceOf(ranges: IpRanges | undefined, address: string): string | undefined {
  if (ranges === undefined) return undefined;
  const all = [
    ...ranges.prefixes.map(({ ip_prefix: text, service }) => ({ prefix: parsePrefix(text), service })),
    ...ranges.ipv6_prefixes.map(({ ipv6_prefix: text, service }) => ({ prefix: parsePrefix(text), service })),
  ];
  const named = all.filter(({ service }) => service !== 'AMAZON');
  return longest([...named, ...all.filter(({ service }) => service === 'AMAZON')], address)?.service;
}

/** interface-type (1.1). */
export function interfaceType(at: Interface): string | undefined {
  return TYPES.has(at.kind) ? at.kind : undefined;
}

const TYPES = new Set(
  'nat_gateway network_load_balancer regional_nat_gateway transit_gateway vpc_endpoint'.split(' '),
);

/** encryption-status (1.1), inside a VPC only: 1 for two Nitro instances, 2 for TCP port 443 of an endpoint. */
export function encryptionStatus(network: Network, holders: Holders, row: Row): number | undefined {
  const at = row.interface;
  if (![...network.encryptionControls.values()].some(({ vpcId }) => vpcId === at.vpc)) return undefined;
  const [away, port] =
    row.direction === 'egress' ? [row.destination, row.destinationPort] : [row.source, row.sourcePort];
  const own = row.direction === 'egress' ? row.sourcePort : row.destinationPort;
  const other = holders.find(away);
  const near = other?.vpc === at.vpc ? other : undefined;
  const route = routeOf(network, at, away);
  const toService =
    near?.kind === 'vpc_endpoint' ||
    (route?.target?.kind === 'vpcEndpoint' && network.vpcEndpoints.get(route.target.id)!.type === 'Gateway');
  const secured =
    row.protocol === TCP && ((toService && port === 443) || (at.kind === 'vpc_endpoint' && own === 443));
  return (at.nitro && near?.nitro ? 1 : 0) + (secured ? 2 : 0);
}

/** The endpoint at either end of a row, or on its way out of the VPC. */
function meetsEndpoint(network: Network, holders: Holders, row: Row): boolean {
  const at = row.interface;
  const away = row.direction === 'egress' ? row.destination : row.source;
  const other = holders.find(away);
  const { target } = routeOf(network, at, away) ?? {};
  return (
    at.kind === 'vpc_endpoint' ||
    (other?.vpc === at.vpc && other.kind === 'vpc_endpoint') ||
    (target?.kind === 'vpcEndpoint' && network.vpcEndpoints.get(target.id)!.type === 'Gateway')
  );
}

/**
 * reject-reason (1.1). EC: refused with an endpoint, unencrypted, where encryption is enforced. BPA: refused with an
 * internet gateway where public access is blocked both ways; of other modes, and of exclusions, the reference knows
 * nothing.
 */
export function rejectReason(network: Network, holders: Holders, row: Row): 'BPA' | 'EC' | undefined {
  if (row.verdict !== 'REJECT') return undefined;
  const enforced = [...network.encryptionControls.values()].some(
    ({ vpcId, mode }) => vpcId === row.interface.vpc && mode === 'enforce',
  );
  if (enforced && meetsEndpoint(network, holders, row)) {
    if (encryptionStatus(network, holders, row) === 0) return 'EC';
  }
  const vpc = network.vpcs.get(row.interface.vpc);
  const block = network.publicAccessBlocks.find(
    (it) => it.accountId === vpc?.accountId && it.region === vpc.region,
  );
  if (block === undefined || block.mode === 'off') return undefined;
  if (block.mode !== 'block-bidirectional' || network.publicAccessExclusions.size > 0) {
    throw new Error('the reference knows Block Public Access in both directions only');
  }
  const away = row.direction === 'egress' ? row.destination : row.source;
  const kind = routeOf(network, row.interface, away)?.target?.kind;
  return kind === 'internetGateway' || kind === 'egressOnlyInternetGateway' ? 'BPA' : undefined;
}

/** Kinds that are shown in no VPC record, or under another field. */
export function isAttachment(at: Interface): boolean {
  return at.kind === ATTACHMENT;
}

export function isRegionalNat(at: Interface): boolean {
  return at.kind === REGIONAL_NAT && at.subnet === undefined;
}

/** All but letters and digits percent-encoded, byte by byte (1.5). */
export function tagText(value: string): string {
  return Array.from(Buffer.from(value, 'utf8'), (byte) => {
    const letter = String.fromCharCode(byte);
    return /[A-Za-z0-9]/.test(letter) ? letter : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }).join('');
}
