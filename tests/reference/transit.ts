/**
 * Transit gateway records of the reference: each packet is followed to the attachments that it crossed, seen there
 * (S2.2) or derived from the routes where no source is bound to them (S2.4).
 */
import type { Network } from '../../src/network/model.ts';
import type { TransitGatewayAttachment } from '../../src/network/transit-gateway-attachment.ts';
import { covers } from './bits.ts';
import { type IpRanges, isAttachment, routeOf, serviceOf } from './derived.ts';
import { type Flows, type Silence, type Traveller, windowOf } from './flows.ts';
import type { Interface } from './interfaces.ts';
import { ICMP, ICMP6, TCP } from './ip.ts';
import { leavesBy } from './transit-routes.ts';

/** All fields in the order of the default format (record format 2). */
export const TRANSIT_FIELDS = (
  'version resource-type account-id tgw-id tgw-attachment-id tgw-src-vpc-account-id tgw-dst-vpc-account-id ' +
  'tgw-src-vpc-id tgw-dst-vpc-id tgw-src-subnet-id tgw-dst-subnet-id tgw-src-eni tgw-dst-eni tgw-src-az-id ' +
  'tgw-dst-az-id tgw-pair-attachment-id srcaddr dstaddr srcport dstport protocol packets bytes start end ' +
  'log-status type packets-lost-no-route packets-lost-blackhole packets-lost-mtu-exceeded ' +
  'packets-lost-ttl-expired tcp-flags region flow-direction pkt-src-aws-service pkt-dst-aws-service'
).split(' ');

/** What one attachment recorded of one flow in one window. */
export interface TransitRow {
  readonly at: TransitGatewayAttachment;
  readonly direction: 'ingress' | 'egress';
  readonly from: TransitGatewayAttachment | undefined;
  readonly to: TransitGatewayAttachment | undefined;
  readonly traveller: Traveller;
  readonly derived: boolean;
  packets: number;
  bytes: number;
  start: number;
  end: number;
  rawFlags: number;
}

interface Crossing {
  readonly from: TransitGatewayAttachment | undefined;
  readonly to: TransitGatewayAttachment | undefined;
  readonly seenComing: boolean;
  readonly seenLeaving: boolean;
}

/** The rows of all attachments. */
export function transitRows(network: Network, flows: Flows): TransitRow[] {
  const rows = new Map<string, TransitRow>();
  const owners = new Map<string, string>();
  const isBound = (id: string): boolean => network.transitGatewayAttachments.get(id)!.bindings.length > 0;
  for (const it of flows.recorded) {
    const crossing = crossingOf(network, it);
    if (crossing === undefined) continue;
    const { from, to, seenComing, seenLeaving } = crossing;
    const derives = from?.id !== to?.id;
    const legs = [
      { at: from, direction: 'ingress', seen: seenComing },
      { at: to, direction: 'egress', seen: seenLeaving },
    ] as const;
    const told = legs.flatMap(({ at, direction, seen }) => {
      if (at === undefined || (!seen && (!derives || isBound(at.id)))) return [];
      // Two points may have seen the flow, each at one end of it: the first of them tells its leg (S2.8).
      const name = `${windowOf(it)} ${it.late} ${it.flow} ${at.id} ${direction}`;
      if (!seen && !owners.has(name)) owners.set(name, it.point);
      if (!seen && owners.get(name) !== it.point) return [];
      return [{ at, direction, from, to, derived: !seen }];
    });
    const both = told.map(({ direction }) => direction).join(' ');
    for (const leg of told) add(rows, it, leg, both);
  }
  return [...rows.values()];
}

function crossingOf(network: Network, it: Traveller): Crossing | undefined {
  const { source, destination } = it.ip;
  const attachment = (id: string | undefined): TransitGatewayAttachment | undefined =>
    id === undefined ? undefined : network.transitGatewayAttachments.get(id);
  const behind = (one: TransitGatewayAttachment | undefined, address: string) =>
    one && attachment(leavesBy(network, one, address));
  const seenComing = it.arrives !== undefined && isAttachment(it.arrives);
  const seenLeaving = it.leaves !== undefined && isAttachment(it.leaves);
  if (seenComing || seenLeaving) {
    const [into, outOf] = [attachment(it.arrives?.id), attachment(it.leaves?.id)];
    return {
      from: into ?? behind(outOf, source),
      to: outOf ?? behind(into, destination),
      seenComing,
      seenLeaving,
    };
  }
  // The gateway's own interfaces in the VPCs.
  const into = ownerOf(network, it.arrives);
  const outOf = ownerOf(network, it.leaves);
  const unseen = { seenComing, seenLeaving };
  if (into !== undefined || outOf !== undefined) {
    return { ...unseen, from: into ?? behind(outOf, source), to: outOf ?? behind(into, destination) };
  }
  if (it.egress !== undefined) {
    // Refused traffic of a sender that is held is taken to have been refused there.
    if (it.leaves === undefined || it.verdict === 'REJECT') return undefined;
    const from = entersBy(network, it.leaves, destination);
    return from && { ...unseen, from, to: behind(from, destination) };
  }
  const to = it.arrives && entersBy(network, it.arrives, source);
  const from = behind(to, source);
  return from && { ...unseen, from, to };
}

function ownerOf(network: Network, at: Interface | undefined): TransitGatewayAttachment | undefined {
  return [...network.transitGatewayAttachments.values()].find(
    ({ interfaceIds }) => at !== undefined && interfaceIds.includes(at.id),
  );
}

/** The attachment of the sender's VPC to the gateway that its subnet's route leads to. */
function entersBy(network: Network, at: Interface, to: string): TransitGatewayAttachment | undefined {
  const route = routeOf(network, at, to);
  if (route?.target?.kind !== 'transitGateway' || route.blackhole) return undefined;
  const { id } = route.target;
  return [...network.transitGatewayAttachments.values()].find(
    (it) => it.transitGatewayId === id && it.vpcId === at.vpc,
  );
}

type Leg = Pick<TransitRow, 'at' | 'direction' | 'from' | 'to' | 'derived'>;

/** `both`: the legs that the packet has. ICMP of several types is one row where these are the same. */
function add(rows: Map<string, TransitRow>, it: Traveller, leg: Leg, both: string): void {
  const icmp = it.ip.protocol === ICMP || it.ip.protocol === ICMP6;
  const tuple = icmp
    ? `${it.ip.source} ${it.ip.destination} ${it.ip.protocol} ${both}`
    : `${it.flow} ${it.context}`;
  const key = [windowOf(it), it.late, leg.at.id, leg.direction, leg.from?.id, leg.to?.id, tuple, it.verdict];
  const name = key.join(' ');
  const second = Number(it.time / 1_000_000_000n);
  let row = rows.get(name);
  if (row === undefined) {
    row = { ...leg, traveller: it, packets: 0, bytes: 0, start: second, end: second, rawFlags: 0 };
    rows.set(name, row);
  }
  row.packets++;
  row.bytes += it.ip.length;
  row.start = Math.min(row.start, second);
  row.end = Math.max(row.end, second);
  if (it.ip.protocol === TCP) row.rawFlags |= it.ip.flags & 0x3f;
}

/** A row as a line. */
export function transitLine(
  network: Network,
  ranges: IpRanges | undefined,
  row: TransitRow,
  fields: readonly string[],
): string {
  const { ip, sourcePort, destinationPort } = row.traveller;
  const { at, direction } = row;
  const icmp = ip.protocol === ICMP || ip.protocol === ICMP6;
  const known: Record<string, string | number | undefined> = {
    ...gatewayFields(network, at),
    ...endFields(network, 'src', row.from, ip.source),
    ...endFields(network, 'dst', row.to, ip.destination),
    'tgw-pair-attachment-id': (direction === 'ingress' ? row.to : row.from)?.id,
    srcaddr: ip.source,
    dstaddr: ip.destination,
    srcport: icmp ? 0 : sourcePort,
    dstport: icmp ? 0 : destinationPort,
    protocol: ip.protocol,
    packets: row.packets,
    bytes: row.bytes,
    start: row.start,
    end: row.end,
    'log-status': 'OK',
    type: `IPv${ip.family}`,
    'packets-lost-no-route': 0,
    'packets-lost-blackhole': 0,
    'packets-lost-mtu-exceeded': 0,
    'packets-lost-ttl-expired': 0,
    // Only ACK is 0.
    'tcp-flags': row.rawFlags === 16 ? 0 : row.rawFlags,
    'flow-direction': direction,
    'pkt-src-aws-service': serviceOf(ranges, ip.source),
    'pkt-dst-aws-service': serviceOf(ranges, ip.destination),
  };
  return textOf(known, fields);
}

/** A NODATA line of an attachment, as far as the attachment alone knows. */
export function silentTransitLine(network: Network, silence: Silence, fields: readonly string[]): string {
  const at = network.transitGatewayAttachments.get(silence.interface.id)!;
  const { start, end } = silence;
  return textOf({ ...gatewayFields(network, at), start, end, 'log-status': 'NODATA' }, fields);
}

function textOf(known: Record<string, string | number | undefined>, fields: readonly string[]): string {
  return fields
    .map((field) => {
      if (!TRANSIT_FIELDS.includes(field)) throw new Error(`${field} is no field of transit gateway records`);
      return known[field] ?? '-';
    })
    .join(' ');
}

function gatewayFields(network: Network, at: TransitGatewayAttachment): Record<string, string | number> {
  const gateway = network.transitGateways.get(at.transitGatewayId)!;
  return {
    version: 6,
    'resource-type': 'TransitGateway',
    'account-id': gateway.accountId,
    'tgw-id': gateway.id,
    'tgw-attachment-id': at.id,
    region: gateway.region,
  };
}

/** What is attached at one end, by the zone of the address there. */
function endFields(
  network: Network,
  end: 'src' | 'dst',
  at: TransitGatewayAttachment | undefined,
  address: string,
): Record<string, string | undefined> {
  const vpc = network.vpcs.get(at?.vpcId ?? '');
  if (at === undefined || vpc === undefined) return {};
  const homes = [...network.subnets.values()]
    .filter(({ vpcId }) => vpcId === vpc.id)
    .flatMap((subnet) => subnet.cidrs.map((prefix) => ({ subnet, prefix })))
    .filter(({ prefix }) => covers(prefix, address))
    .sort((a, b) => b.prefix.length - a.prefix.length);
  const zone = homes[0]?.subnet.azId;
  const subnets = at.subnetIds.map((id) => network.subnets.get(id)!);
  const subnet = subnets.find(({ azId }) => azId !== undefined && azId === zone) ?? subnets[0];
  return {
    [`tgw-${end}-vpc-account-id`]: vpc.accountId,
    [`tgw-${end}-vpc-id`]: vpc.id,
    [`tgw-${end}-subnet-id`]: subnet?.id,
    [`tgw-${end}-eni`]: at.interfaceIds.find((id) => network.interfaces.get(id)!.subnetId === subnet?.id),
    [`tgw-${end}-az-id`]: subnet?.placement === undefined ? subnet?.azId : undefined,
  };
}
