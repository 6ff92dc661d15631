import type { InterfaceFacts } from '../network/lookup.ts';

/** Physical types of Parquet columns. Integers are nullable there, strings keep the literal `-`. */
export type ParquetType = 'INT_32' | 'INT_64' | 'STRING';

/** What a flow's row tells, or the entry of a NODATA or SKIPDATA line (start, end and log-status). */
export type RowValue =
  | 'srcaddr'
  | 'dstaddr'
  | 'srcport'
  | 'dstport'
  | 'protocol'
  | 'packets'
  | 'bytes'
  | 'start'
  | 'end'
  | 'action'
  | 'log-status'
  | 'tcp-flags'
  | 'type'
  | 'pkt-srcaddr'
  | 'pkt-dstaddr'
  | 'flow-direction';

/** What is the same in all records of an interface: a fact of the network's snapshot, by its name there. */
export type InterfaceValue = Extract<
  keyof InterfaceFacts,
  | 'accountId'
  | 'interfaceId'
  | 'vpcId'
  | 'subnetId'
  | 'instanceId'
  | 'region'
  | 'azId'
  | 'sublocationType'
  | 'sublocationId'
>;

/** Where a field's value comes from. `unfilled` fields print `-`. */
export type Filling =
  | { readonly per: 'format'; readonly value: 'version' }
  | { readonly per: 'row'; readonly value: RowValue }
  | { readonly per: 'interface'; readonly value: InterfaceValue }
  | { readonly per: 'unfilled' };

/** Which catalogue a log format draws from. */
export type FormatKind = 'vpc' | 'transit-gateway';

/** A field that a log format can name. Plain data: may be posted to another thread. */
export interface Field {
  /** As written between `${` and `}`. */
  readonly id: string;
  /** The record version that introduced it; the highest of a format's fields is the format's version. */
  readonly version: number;
  readonly type: ParquetType;
  readonly filling: Filling;
  /** One line for listings. */
  readonly meaning: string;
}

const UNFILLED: Filling = { per: 'unfilled' };
const VERSION: Filling = { per: 'format', value: 'version' };

function row(value: RowValue): Filling {
  return { per: 'row', value };
}

function of(value: InterfaceValue): Filling {
  return { per: 'interface', value };
}

function field(id: string, version: number, type: ParquetType, filling: Filling, meaning: string): Field {
  return { id, version, type, filling, meaning };
}

/** The fields of VPC flow logs, in the order of the vendor's table ("all fields"). */
export const VPC_FIELDS: readonly Field[] = [
  field(
    'version',
    2,
    'INT_32',
    VERSION,
    'record version: the highest version among the fields of the format',
  ),
  field('account-id', 2, 'STRING', of('accountId'), 'account that owns the recording interface'),
  field('interface-id', 2, 'STRING', of('interfaceId'), 'recording interface; - for regional NAT gateways'),
  field(
    'srcaddr',
    2,
    'STRING',
    row('srcaddr'),
    "source address; of egress: the interface's own primary address",
  ),
  field(
    'dstaddr',
    2,
    'STRING',
    row('dstaddr'),
    "destination; of ingress: the interface's own primary address",
  ),
  field('srcport', 2, 'INT_32', row('srcport'), 'source port; 0 for ICMP'),
  field('dstport', 2, 'INT_32', row('dstport'), 'destination port; 0 for ICMP'),
  field('protocol', 2, 'INT_32', row('protocol'), 'IANA protocol number'),
  field('packets', 2, 'INT_64', row('packets'), 'packets of the flow in the interval'),
  field('bytes', 2, 'INT_64', row('bytes'), 'IP bytes of the flow in the interval'),
  field('start', 2, 'INT_64', row('start'), 'Unix seconds of the first packet in the interval'),
  field('end', 2, 'INT_64', row('end'), 'Unix seconds of the last packet in the interval'),
  field('action', 2, 'STRING', row('action'), 'ACCEPT or REJECT'),
  field('log-status', 2, 'STRING', row('log-status'), 'OK, NODATA or SKIPDATA'),
  field('vpc-id', 3, 'STRING', of('vpcId'), 'VPC of the interface'),
  field('subnet-id', 3, 'STRING', of('subnetId'), 'subnet of the interface; - for regional NAT gateways'),
  field('instance-id', 3, 'STRING', of('instanceId'), 'instance that the interface belongs to'),
  field('tcp-flags', 3, 'INT_32', row('tcp-flags'), 'OR of FIN 1, SYN 2, RST 4 and SYN-ACK 18; 0 without'),
  field('type', 3, 'STRING', row('type'), 'IPv4, IPv6 or EFA'),
  field('pkt-srcaddr', 3, 'STRING', row('pkt-srcaddr'), 'source address that the packets carry'),
  field('pkt-dstaddr', 3, 'STRING', row('pkt-dstaddr'), 'destination address that the packets carry'),
  field('region', 4, 'STRING', of('region'), 'region of the interface'),
  field('az-id', 4, 'STRING', of('azId'), 'availability zone id; - in a sublocation'),
  field('sublocation-type', 4, 'STRING', of('sublocationType'), 'wavelength, outpost or localzone'),
  field('sublocation-id', 4, 'STRING', of('sublocationId'), 'id of the sublocation'),
  field('pkt-src-aws-service', 5, 'STRING', UNFILLED, 'service whose address range holds pkt-srcaddr'),
  field('pkt-dst-aws-service', 5, 'STRING', UNFILLED, 'service whose address range holds pkt-dstaddr'),
  field('flow-direction', 5, 'STRING', row('flow-direction'), 'ingress or egress, seen from the interface'),
  field('traffic-path', 5, 'INT_32', UNFILLED, 'way that egress traffic takes, 1 to 8; - for ingress'),
  field('ecs-cluster-arn', 7, 'STRING', UNFILLED, 'ARN of the ECS cluster'),
  field('ecs-cluster-name', 7, 'STRING', UNFILLED, 'name of the ECS cluster'),
  field(
    'ecs-container-instance-arn',
    7,
    'STRING',
    UNFILLED,
    'ARN of the ECS container instance; - on Fargate',
  ),
  field('ecs-container-instance-id', 7, 'STRING', UNFILLED, 'id of the ECS container instance; - on Fargate'),
  field('ecs-container-id', 7, 'STRING', UNFILLED, 'runtime id of the first container'),
  field('ecs-second-container-id', 7, 'STRING', UNFILLED, 'runtime id of the second container'),
  field('ecs-service-name', 7, 'STRING', UNFILLED, 'name of the ECS service that started the task'),
  field('ecs-task-definition-arn', 7, 'STRING', UNFILLED, 'ARN of the ECS task definition'),
  field('ecs-task-arn', 7, 'STRING', UNFILLED, 'ARN of the ECS task'),
  field('ecs-task-id', 7, 'STRING', UNFILLED, 'id of the ECS task'),
  field('reject-reason', 8, 'STRING', UNFILLED, 'BPA or EC; - for other rejects and for accepted traffic'),
  field('resource-id', 9, 'STRING', UNFILLED, 'id of the regional NAT gateway; - for everything else'),
  field('encryption-status', 10, 'INT_32', UNFILLED, '0 none, 1 nitro, 2 application, 3 both; - unknown'),
  field('instance-tag', 11, 'STRING', UNFILLED, "value of the instance's tag with the first key"),
  field('instance-tag-2', 11, 'STRING', UNFILLED, "value of the instance's tag with the second key"),
  field('interface-tag', 11, 'STRING', UNFILLED, "value of the interface's tag with the first key"),
  field('interface-tag-2', 11, 'STRING', UNFILLED, "value of the interface's tag with the second key"),
  field('asg-tag', 11, 'STRING', UNFILLED, "value of the scaling group's tag with the first key"),
  field('asg-tag-2', 11, 'STRING', UNFILLED, "value of the scaling group's tag with the second key"),
  field('interface-type', 11, 'STRING', UNFILLED, 'kind of managed interface; - for an ordinary one'),
  field('next-hop-interface-id', 11, 'STRING', UNFILLED, 'interface that receives egress, or sent ingress'),
  field('next-hop-subnet-id', 11, 'STRING', UNFILLED, 'subnet of the next hop'),
  field('next-hop-az-id', 11, 'STRING', UNFILLED, 'availability zone id of the next hop'),
  field('next-hop-vpc-id', 11, 'STRING', UNFILLED, 'VPC of the next hop'),
  field('next-hop-interface-type', 11, 'STRING', UNFILLED, 'kind of the next hop, as interface-type'),
];

/**
 * The fields of transit gateway flow logs, in the order of their default format. Only `version` is filled
 * so far: their records are not written yet.
 */
export const TRANSIT_GATEWAY_FIELDS: readonly Field[] = [
  field(
    'version',
    2,
    'INT_32',
    VERSION,
    'record version: the highest version among the fields of the format',
  ),
  field('resource-type', 6, 'STRING', UNFILLED, 'TransitGateway or TransitGatewayAttachment'),
  field('account-id', 2, 'STRING', UNFILLED, 'account that owns the source transit gateway'),
  field('tgw-id', 6, 'STRING', UNFILLED, 'recording transit gateway'),
  field('tgw-attachment-id', 6, 'STRING', UNFILLED, 'recording attachment'),
  field('tgw-src-vpc-account-id', 6, 'STRING', UNFILLED, 'account of the source VPC'),
  field('tgw-dst-vpc-account-id', 6, 'STRING', UNFILLED, 'account of the destination VPC'),
  field('tgw-src-vpc-id', 6, 'STRING', UNFILLED, 'source VPC'),
  field('tgw-dst-vpc-id', 6, 'STRING', UNFILLED, 'destination VPC'),
  field('tgw-src-subnet-id', 6, 'STRING', UNFILLED, 'subnet of the source attachment'),
  field('tgw-dst-subnet-id', 6, 'STRING', UNFILLED, 'subnet of the destination attachment'),
  field('tgw-src-eni', 6, 'STRING', UNFILLED, 'interface of the source attachment'),
  field('tgw-dst-eni', 6, 'STRING', UNFILLED, 'interface of the destination attachment'),
  field('tgw-src-az-id', 6, 'STRING', UNFILLED, 'availability zone id of the source; - in a sublocation'),
  field(
    'tgw-dst-az-id',
    6,
    'STRING',
    UNFILLED,
    'availability zone id of the destination; - in a sublocation',
  ),
  field('tgw-pair-attachment-id', 6, 'STRING', UNFILLED, 'the other attachment of the flow'),
  field('srcaddr', 2, 'STRING', UNFILLED, 'source address'),
  field('dstaddr', 2, 'STRING', UNFILLED, 'destination address'),
  field('srcport', 2, 'INT_32', UNFILLED, 'source port; 0 for ICMP'),
  field('dstport', 2, 'INT_32', UNFILLED, 'destination port; 0 for ICMP'),
  field('protocol', 2, 'INT_32', UNFILLED, 'IANA protocol number'),
  field('packets', 2, 'INT_64', UNFILLED, 'packets of the flow in the interval'),
  field('bytes', 2, 'INT_64', UNFILLED, 'IP bytes of the flow in the interval'),
  field('start', 2, 'INT_64', UNFILLED, 'Unix seconds of the first packet in the interval'),
  field('end', 2, 'INT_64', UNFILLED, 'Unix seconds of the last packet in the interval'),
  field('log-status', 2, 'STRING', UNFILLED, 'OK, NODATA or SKIPDATA'),
  field('type', 3, 'STRING', UNFILLED, 'IPv4 or IPv6'),
  field('packets-lost-no-route', 6, 'INT_64', UNFILLED, 'packets lost for want of a route'),
  field('packets-lost-blackhole', 6, 'INT_64', UNFILLED, 'packets lost to a black hole route'),
  field('packets-lost-mtu-exceeded', 6, 'INT_64', UNFILLED, 'packets lost for their size'),
  field('packets-lost-ttl-expired', 6, 'INT_64', UNFILLED, 'packets lost to an expired TTL'),
  field('tcp-flags', 3, 'INT_32', UNFILLED, 'OR of FIN 1, SYN 2, RST 4, PSH 8, ACK 16 and URG 32'),
  field('region', 4, 'STRING', UNFILLED, 'region of the transit gateway'),
  field('flow-direction', 5, 'STRING', UNFILLED, 'ingress or egress, seen from the transit gateway'),
  field('pkt-src-aws-service', 5, 'STRING', UNFILLED, 'service whose address range holds srcaddr'),
  field('pkt-dst-aws-service', 5, 'STRING', UNFILLED, 'service whose address range holds dstaddr'),
];

/** How many fields of VPC_FIELDS make the default format: those of version 2. */
const VPC_DEFAULT_COUNT = 14;

const BY_ID: Record<FormatKind, ReadonlyMap<string, Field>> = {
  vpc: new Map(VPC_FIELDS.map((entry) => [entry.id, entry])),
  'transit-gateway': new Map(TRANSIT_GATEWAY_FIELDS.map((entry) => [entry.id, entry])),
};

/** All fields of a catalogue, in the vendor's order. */
export function fieldsOf(kind: FormatKind): readonly Field[] {
  return kind === 'vpc' ? VPC_FIELDS : TRANSIT_GATEWAY_FIELDS;
}

/** The fields of a kind's default format, in order: 14 for VPCs, all 36 for transit gateways. */
export function defaultFieldsOf(kind: FormatKind): readonly Field[] {
  return kind === 'vpc' ? VPC_FIELDS.slice(0, VPC_DEFAULT_COUNT) : TRANSIT_GATEWAY_FIELDS;
}

/** The field with an id (exact, lower case) in a catalogue, or undefined. */
export function findField(kind: FormatKind, id: string): Field | undefined {
  return BY_ID[kind].get(id);
}

/** Name of a field's Parquet column: the id with underscores. */
export function parquetColumn(id: string): string {
  return id.replaceAll('-', '_');
}
