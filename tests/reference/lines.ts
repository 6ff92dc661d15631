/** The reference's record lines: the fields of the record format from the reference's rows. */
import type { EcsTask } from '../../src/network/ecs-task.ts';
import type { Network } from '../../src/network/model.ts';
import {
  encryptionStatus,
  interfaceType,
  type IpRanges,
  isAttachment,
  isRegionalNat,
  nextHop,
  rejectReason,
  serviceOf,
  tagText,
  trafficPath,
} from './derived.ts';
import { referenceFlows, type Flows, type Row, type Silence } from './flows.ts';
import { cidrNetwork, type Interface } from './interfaces.ts';
import { silentTransitLine, TRANSIT_FIELDS, transitLine, transitRows } from './transit.ts';

export interface ReferenceOptions {
  /** The network, or the prefixes of --cidr; without either, what `record` holds by itself (S2.7). */
  readonly network?: Network;
  readonly cidrs?: readonly string[];
  readonly interval?: 60 | 600;
  /** Field ids in order; the 14 of the default format without. */
  readonly fields?: readonly string[];
  readonly account?: string;
  readonly region?: string;
  /** `transit-gateway`: the records at attachments; 60 s only. */
  readonly kind?: 'vpc' | 'transit-gateway';
  readonly ipRanges?: IpRanges;
  /** Keys of the tag fields, in order. */
  readonly tagFields?: Readonly<Partial<Record<TagKind, readonly string[]>>>;
  /** Of the flow log; each interface's own without. */
  readonly owner?: string;
}

type TagKind = 'instance' | 'network-interface' | 'auto-scaling-group';

/** What an independent count by 5-tuple, interface and direction is compared with. */
interface Sum {
  readonly interval: number;
  readonly interfaceId: string;
  readonly direction: 'egress' | 'ingress';
  /** Source, destination, source port, destination port, protocol: as in the packets. */
  readonly tuple: string;
  readonly packets: number;
  readonly bytes: number;
}

export interface Reference {
  /** Record lines, sorted as text. */
  readonly lines: readonly string[];
  readonly sums: readonly Sum[];
  readonly flows: Flows;
}

export const DEFAULT_FIELDS = (
  'version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action ' +
  'log-status'
).split(' ');

const PRIVATE = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7', 'fe80::/10'];

/** A line that is to be filled, and all that may be asked for it. */
interface Asked {
  readonly row: Row;
  readonly at: Interface;
  /** Whose resources are shown. */
  readonly owner: string;
  readonly network: Network;
  readonly flows: Flows;
  readonly options: ReferenceOptions;
}

type Filler = (asked: Asked) => string | number | undefined;

const ofTask =
  (text: (task: EcsTask) => string | undefined): Filler =>
  ({ at, owner }) =>
    at.task !== undefined && at.account === owner ? text(at.task) : undefined;

/** next-hop-…: all of them where the next interface is the owner's, else only its zone (1.6). */
const ofNextHop =
  (text: (next: Interface) => string | undefined, always = false): Filler =>
  ({ row, owner, network, flows }) => {
    const next = nextHop(network, flows.holders, row);
    return next !== undefined && (always || next.account === owner) ? text(next) : undefined;
  };

const ofTag =
  (kind: TagKind, position: number): Filler =>
  ({ at, owner, options }) => {
    const key = options.tagFields?.[kind]?.[position];
    const instance = at.instance?.account === owner ? at.instance : undefined;
    const own = at.account === owner ? at.tags : undefined;
    const group = instance?.group?.account === owner ? instance.group.tags : undefined;
    const tags = kind === 'instance' ? instance?.tags : kind === 'network-interface' ? own : group;
    const value = key === undefined ? undefined : tags?.[key];
    return value === undefined ? undefined : tagText(value);
  };

/** Version of each field, and how a row fills it. */
const FIELDS: Record<string, readonly [version: number, fill?: Filler]> = {
  version: [2],
  'account-id': [2, ({ at }) => at.account],
  'interface-id': [2, ({ at }) => (isRegionalNat(at) ? undefined : at.id)],
  srcaddr: [2, ({ row }) => (row.direction === 'egress' ? rewritten(row, row.source) : row.source)],
  dstaddr: [
    2,
    ({ row }) => (row.direction === 'ingress' ? rewritten(row, row.destination) : row.destination),
  ],
  srcport: [2, ({ row }) => row.sourcePort],
  dstport: [2, ({ row }) => row.destinationPort],
  protocol: [2, ({ row }) => row.protocol],
  packets: [2, ({ row }) => row.packets],
  bytes: [
    2,
    ({ row, network, flows }) =>
      rejectReason(network, flows.holders, row) === 'BPA' ? undefined : row.bytes,
  ],
  start: [2, ({ row }) => row.start],
  end: [2, ({ row }) => row.end],
  action: [2, ({ row }) => row.verdict],
  'log-status': [2, () => 'OK'],
  'vpc-id': [3, ({ at }) => at.vpc],
  'subnet-id': [3, ({ at }) => at.subnet],
  'instance-id': [3, ({ at, owner }) => (at.instance?.account === owner ? at.instance.id : undefined)],
  'tcp-flags': [3, ({ row }) => row.tcpFlags],
  type: [3, ({ row }) => `IPv${row.family}`],
  'pkt-srcaddr': [3, ({ row }) => row.source],
  'pkt-dstaddr': [3, ({ row }) => row.destination],
  region: [4, ({ at }) => at.region],
  'az-id': [4, ({ at }) => at.zone],
  'sublocation-type': [4, ({ at }) => at.sublocationType],
  'sublocation-id': [4, ({ at }) => at.sublocationId],
  'pkt-src-aws-service': [5, ({ row, options }) => serviceOf(options.ipRanges, row.source)],
  'pkt-dst-aws-service': [5, ({ row, options }) => serviceOf(options.ipRanges, row.destination)],
  'flow-direction': [5, ({ row }) => row.direction],
  'traffic-path': [5, ({ row, network }) => trafficPath(network, row)],
  'ecs-cluster-arn': [7, ofTask((task) => task.clusterArn)],
  'ecs-cluster-name': [7, ofTask((task) => task.clusterName)],
  'ecs-container-instance-arn': [7, ofTask((task) => task.containerInstanceArn)],
  'ecs-container-instance-id': [7, ofTask((task) => task.containerInstanceId)],
  'ecs-container-id': [7, ofTask((task) => task.containerIds[0])],
  'ecs-second-container-id': [7, ofTask((task) => task.containerIds[1])],
  'ecs-service-name': [7, ofTask((task) => task.serviceName)],
  'ecs-task-definition-arn': [7, ofTask((task) => task.taskDefinitionArn)],
  'ecs-task-arn': [7, ofTask((task) => task.id)],
  'ecs-task-id': [7, ofTask((task) => task.taskId)],
  'reject-reason': [8, ({ row, network, flows }) => rejectReason(network, flows.holders, row)],
  'resource-id': [9, ({ at }) => (isRegionalNat(at) ? at.id : undefined)],
  'encryption-status': [10, ({ row, network, flows }) => encryptionStatus(network, flows.holders, row)],
  'instance-tag': [11, ofTag('instance', 0)],
  'instance-tag-2': [11, ofTag('instance', 1)],
  'interface-tag': [11, ofTag('network-interface', 0)],
  'interface-tag-2': [11, ofTag('network-interface', 1)],
  'asg-tag': [11, ofTag('auto-scaling-group', 0)],
  'asg-tag-2': [11, ofTag('auto-scaling-group', 1)],
  'interface-type': [11, ({ at }) => interfaceType(at)],
  'next-hop-interface-id': [11, ofNextHop((next) => next.id)],
  'next-hop-subnet-id': [11, ofNextHop((next) => next.subnet)],
  'next-hop-az-id': [11, ofNextHop((next) => next.zone, true)],
  'next-hop-vpc-id': [11, ofNextHop((next) => next.vpc)],
  'next-hop-interface-type': [11, ofNextHop(interfaceType)],
};

/** S2.5: the interface's own end prints its primary IPv4 address, or its IPv6 address where it does not hold the
 * packet's; routers, and what has no address, print what the packet says. */
function rewritten(row: Row, address: string): string {
  const { kind, primary4, ipv6 } = row.interface;
  if (kind === 'router') return address;
  if (row.family === 6) return ipv6.includes(address) ? address : (ipv6[0] ?? address);
  return primary4 ?? address;
}

/** Fields of a NODATA line that its interface knows without a packet (S5.1; record format 1.7). */
const STATIC = new Set([
  'account-id',
  'interface-id',
  'resource-id',
  'interface-type',
  'vpc-id',
  'subnet-id',
  'instance-id',
  'region',
  'az-id',
  'sublocation-type',
  'sublocation-id',
]);

/** The record lines of some captures, and the sums behind them. */
export function referenceLines(paths: readonly string[], options: ReferenceOptions = {}): Reference {
  const { account = '123456789012', region = 'eu-central-1', kind = 'vpc' } = options;
  const network = options.network ?? cidrNetwork(options.cidrs ?? PRIVATE, account, region);
  const transit = kind === 'transit-gateway';
  const flows = referenceFlows(paths, network, transit ? 60 : (options.interval ?? 600));
  const lines = transit ? transitLines(network, flows, options) : vpcLines(network, flows, options);
  return { lines: lines.sort(), sums: flows.rows.map(sumOf), flows };
}

function vpcLines(network: Network, flows: Flows, options: ReferenceOptions): string[] {
  const { fields = DEFAULT_FIELDS } = options;
  const version = Math.max(...fields.map((field) => fieldOf(field)[0]));
  const asked = (row: Row): Asked => {
    const at = row.interface;
    return { row, at, owner: options.owner ?? at.account, network, flows, options };
  };
  return [
    ...flows.rows
      .filter((row) => !isAttachment(row.interface))
      .map((row) => lineOf(asked(row), fields, version)),
    ...flows.silences
      .filter((silence) => !isAttachment(silence.interface))
      .map((silence) => silentLine(silence, asked({ interface: silence.interface } as Row), fields, version)),
  ];
}

/** Of an attachment that no source is bound to nobody can say that it is silent. */
function transitLines(network: Network, flows: Flows, options: ReferenceOptions): string[] {
  const { fields = TRANSIT_FIELDS } = options;
  return [
    ...transitRows(network, flows).map((row) => transitLine(network, options.ipRanges, row, fields)),
    ...flows.silences
      .filter((silence) => isAttachment(silence.interface) && silence.interface.bindings.length > 0)
      .map((silence) => silentTransitLine(network, silence, fields)),
  ];
}

function fieldOf(field: string): readonly [version: number, fill?: Filler] {
  const known = FIELDS[field];
  if (known === undefined) throw new Error(`the reference does not know the field ${field}`);
  return known;
}

function lineOf(asked: Asked, fields: readonly string[], version: number): string {
  return fields
    .map((field) => (field === 'version' ? version : (fieldOf(field)[1]?.(asked) ?? '-')))
    .join(' ');
}

function silentLine(silence: Silence, asked: Asked, fields: readonly string[], version: number): string {
  const known: Record<string, string | number> = {
    version,
    start: silence.start,
    end: silence.end,
    'log-status': 'NODATA',
  };
  return fields
    .map((field) => known[field] ?? (STATIC.has(field) ? fieldOf(field)[1]!(asked) : undefined) ?? '-')
    .join(' ');
}

function sumOf(row: Row): Sum {
  const { interval, direction, packets, bytes } = row;
  const tuple = [row.source, row.destination, row.sourcePort, row.destinationPort, row.protocol].join(' ');
  return { interval, interfaceId: row.interface.id, direction, tuple, packets, bytes };
}
