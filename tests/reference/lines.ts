/** The reference's record lines: docs/record-format.md's fields from the reference's rows. */
import type { Network } from '../../src/network/model.ts';
import { referenceFlows, type Flows, type Row, type Silence } from './flows.ts';
import { cidrNetwork } from './interfaces.ts';

export interface ReferenceOptions {
  /** The network, or the prefixes of --cidr; without either, what `record` holds by itself (S2.7). */
  readonly network?: Network;
  readonly cidrs?: readonly string[];
  readonly interval?: 60 | 600;
  /** Field ids in order; the 14 of the default format without. */
  readonly fields?: readonly string[];
  readonly account?: string;
  readonly region?: string;
}

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

type Filler = (row: Row) => string | number | undefined;

/** Version of each field, and how a row fills it; without a filler the field is never known. */
const FIELDS: Record<string, readonly [version: number, fill?: Filler]> = {
  version: [2],
  'account-id': [2, (row) => row.interface.account],
  'interface-id': [2, (row) => row.interface.id],
  srcaddr: [2, (row) => (row.direction === 'egress' ? rewritten(row, row.source) : row.source)],
  dstaddr: [2, (row) => (row.direction === 'ingress' ? rewritten(row, row.destination) : row.destination)],
  srcport: [2, (row) => row.sourcePort],
  dstport: [2, (row) => row.destinationPort],
  protocol: [2, (row) => row.protocol],
  packets: [2, (row) => row.packets],
  bytes: [2, (row) => row.bytes],
  start: [2, (row) => row.start],
  end: [2, (row) => row.end],
  action: [2, (row) => row.verdict],
  'log-status': [2, () => 'OK'],
  'vpc-id': [3, (row) => row.interface.vpc],
  'subnet-id': [3, (row) => row.interface.subnet],
  'instance-id': [3, (row) => row.interface.instance],
  'tcp-flags': [3, (row) => row.tcpFlags],
  type: [3, (row) => `IPv${row.family}`],
  'pkt-srcaddr': [3, (row) => row.source],
  'pkt-dstaddr': [3, (row) => row.destination],
  region: [4, (row) => row.interface.region],
  'az-id': [4, (row) => row.interface.zone],
  'sublocation-type': [4, (row) => row.interface.sublocationType],
  'sublocation-id': [4, (row) => row.interface.sublocationId],
  'pkt-src-aws-service': [5],
  'pkt-dst-aws-service': [5],
  'flow-direction': [5, (row) => row.direction],
  'traffic-path': [5],
};

/** S2.5: the interface's own end prints its primary IPv4 address; routers print what the packet says. */
function rewritten(row: Row, address: string): string {
  if (row.family === 6 || row.interface.kind === 'router') return address;
  return row.interface.primary4 ?? address;
}

/** Fields of a NODATA line that its interface knows without a packet (S5.1; record format 1.7). */
const STATIC = new Set([
  'account-id',
  'interface-id',
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
  const { account = '123456789012', region = 'eu-central-1', fields = DEFAULT_FIELDS } = options;
  const network = options.network ?? cidrNetwork(options.cidrs ?? PRIVATE, account, region);
  const flows = referenceFlows(paths, network, options.interval ?? 600);
  const version = Math.max(...fields.map((field) => fieldOf(field)[0]));
  const lines = [
    ...flows.rows.map((row) => lineOf(row, fields, version)),
    ...flows.silences.map((silence) => silentLine(silence, fields, version)),
  ].sort();
  return { lines, sums: flows.rows.map(sumOf), flows };
}

function fieldOf(field: string): readonly [version: number, fill?: Filler] {
  const known = FIELDS[field];
  if (known === undefined) throw new Error(`the reference does not know the field ${field}`);
  return known;
}

function lineOf(row: Row, fields: readonly string[], version: number): string {
  return fields.map((field) => (field === 'version' ? version : (fieldOf(field)[1]?.(row) ?? '-'))).join(' ');
}

function silentLine(silence: Silence, fields: readonly string[], version: number): string {
  const known: Record<string, string | number> = {
    version,
    start: silence.start,
    end: silence.end,
    'log-status': 'NODATA',
  };
  const row = { interface: silence.interface } as Row;
  return fields
    .map((field) => known[field] ?? (STATIC.has(field) ? fieldOf(field)[1]!(row) : undefined) ?? '-')
    .join(' ');
}

function sumOf(row: Row): Sum {
  const { interval, direction, packets, bytes } = row;
  const tuple = [row.source, row.destination, row.sourcePort, row.destinationPort, row.protocol].join(' ');
  return { interval, interfaceId: row.interface.id, direction, tuple, packets, bytes };
}
