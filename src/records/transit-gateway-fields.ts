/** The fields of transit gateway flow logs (record format 2), in the order of their default format. */
import type { TransitEnd } from '../rules/record-rules.ts';
import {
  field,
  NEVER,
  of,
  row,
  rule,
  SILENT,
  VERSION,
  type Field,
  type Filling,
  type GatewayValue,
} from './filling.ts';

function gateway(value: GatewayValue): Filling {
  return { per: 'gateway', value };
}

function source(value: keyof TransitEnd): Filling {
  return { per: 'end', end: 'source', value };
}

function destination(value: keyof TransitEnd): Filling {
  return { per: 'end', end: 'destination', value };
}

const NO_VPC = 'when no VPC is attached there (peering, VPN, Direct Connect)';
const NO_INTERFACE = `${NO_VPC}, and when the attachment's interfaces are not known`;

export const TRANSIT_GATEWAY_FIELDS: readonly Field[] = [
  field(
    'version',
    2,
    'INT_32',
    VERSION,
    'record version: the highest version among the fields of the format',
    NEVER,
  ),
  field(
    'resource-type',
    6,
    'STRING',
    { per: 'format', value: 'resource-type' },
    'TransitGateway or TransitGatewayAttachment',
    NEVER,
  ),
  field('account-id', 2, 'STRING', gateway('accountId'), 'account that owns the transit gateway', NEVER),
  field('tgw-id', 6, 'STRING', gateway('id'), 'recording transit gateway', NEVER),
  field('tgw-attachment-id', 6, 'STRING', of('interfaceId'), 'recording attachment', NEVER),
  field('tgw-src-vpc-account-id', 6, 'STRING', source('vpcAccountId'), 'account of the source VPC', NO_VPC),
  field(
    'tgw-dst-vpc-account-id',
    6,
    'STRING',
    destination('vpcAccountId'),
    'account of the destination VPC',
    NO_VPC,
  ),
  field('tgw-src-vpc-id', 6, 'STRING', source('vpcId'), 'source VPC', NO_VPC),
  field('tgw-dst-vpc-id', 6, 'STRING', destination('vpcId'), 'destination VPC', NO_VPC),
  field('tgw-src-subnet-id', 6, 'STRING', source('subnetId'), 'subnet of the source attachment', NO_VPC),
  field(
    'tgw-dst-subnet-id',
    6,
    'STRING',
    destination('subnetId'),
    'subnet of the destination attachment',
    NO_VPC,
  ),
  field(
    'tgw-src-eni',
    6,
    'STRING',
    source('interfaceId'),
    'interface of the source attachment',
    NO_INTERFACE,
  ),
  field(
    'tgw-dst-eni',
    6,
    'STRING',
    destination('interfaceId'),
    'interface of the destination attachment',
    NO_INTERFACE,
  ),
  field(
    'tgw-src-az-id',
    6,
    'STRING',
    source('azId'),
    'availability zone id of the source',
    `${NO_VPC}, and in a sublocation`,
  ),
  field(
    'tgw-dst-az-id',
    6,
    'STRING',
    destination('azId'),
    'availability zone id of the destination',
    `${NO_VPC}, and in a sublocation`,
  ),
  field(
    'tgw-pair-attachment-id',
    6,
    'STRING',
    row('tgw-pair-attachment-id'),
    'the other attachment of the flow',
    "when the gateway's routes have none",
  ),
  field('srcaddr', 2, 'STRING', row('pkt-srcaddr'), 'source address', SILENT),
  field('dstaddr', 2, 'STRING', row('pkt-dstaddr'), 'destination address', SILENT),
  field('srcport', 2, 'INT_32', row('srcport'), 'source port; 0 for ICMP', SILENT),
  field('dstport', 2, 'INT_32', row('dstport'), 'destination port; 0 for ICMP', SILENT),
  field('protocol', 2, 'INT_32', row('protocol'), 'IANA protocol number', SILENT),
  field('packets', 2, 'INT_64', row('packets'), 'packets of the flow in the interval', SILENT),
  field('bytes', 2, 'INT_64', row('bytes'), 'IP bytes of the flow in the interval', SILENT),
  field('start', 2, 'INT_64', row('start'), 'Unix seconds of the first packet in the interval', NEVER),
  field('end', 2, 'INT_64', row('end'), 'Unix seconds of the last packet in the interval', NEVER),
  field('log-status', 2, 'STRING', row('log-status'), 'OK, NODATA or SKIPDATA', NEVER),
  field('type', 3, 'STRING', row('type'), 'IPv4 or IPv6', SILENT),
  field(
    'packets-lost-no-route',
    6,
    'INT_64',
    row('packets-lost-no-route'),
    'packets lost for want of a route; 0 when no source says why',
    SILENT,
  ),
  field(
    'packets-lost-blackhole',
    6,
    'INT_64',
    row('packets-lost-blackhole'),
    'packets lost to a black hole route; 0 when no source says why',
    SILENT,
  ),
  field(
    'packets-lost-mtu-exceeded',
    6,
    'INT_64',
    row('packets-lost-mtu-exceeded'),
    'packets lost for their size; 0 when no source says why',
    SILENT,
  ),
  field(
    'packets-lost-ttl-expired',
    6,
    'INT_64',
    row('packets-lost-ttl-expired'),
    'packets lost to an expired TTL; 0 when no source says why',
    SILENT,
  ),
  field(
    'tcp-flags',
    3,
    'INT_32',
    row('raw-tcp-flags'),
    'OR of FIN 1, SYN 2, RST 4, PSH 8, ACK 16 and URG 32; 0 with only ACK',
    SILENT,
  ),
  field('region', 4, 'STRING', gateway('region'), 'region of the transit gateway', NEVER),
  field(
    'flow-direction',
    5,
    'STRING',
    row('flow-direction'),
    'ingress or egress, seen from the transit gateway',
    SILENT,
  ),
  field(
    'pkt-src-aws-service',
    5,
    'STRING',
    rule('pkt-src-aws-service'),
    'service whose address range holds srcaddr',
    'when no range that is known holds it, and without address ranges',
  ),
  field(
    'pkt-dst-aws-service',
    5,
    'STRING',
    rule('pkt-dst-aws-service'),
    'service whose address range holds dstaddr',
    'when no range that is known holds it, and without address ranges',
  ),
];
