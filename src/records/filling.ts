/** What the values of fields are taken from. */
import type { InterfaceFacts } from '../network/lookup.ts';
import type { TransitEnd } from '../rules/record-rules.ts';

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
  | 'flow-direction'
  | 'raw-tcp-flags'
  | 'tgw-pair-attachment-id'
  | 'packets-lost-no-route'
  | 'packets-lost-blackhole'
  | 'packets-lost-mtu-exceeded'
  | 'packets-lost-ttl-expired';

/** What is the same in all records of an interface: a fact of the network's snapshot by its name there, or what
 * follows from the kind of interface. */
export type InterfaceValue =
  | Extract<
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
    >
  | 'interfaceType'
  | 'resourceId';

/** What the ECS task of an interface tells. */
export type TaskValue =
  | 'clusterArn'
  | 'clusterName'
  | 'containerInstanceArn'
  | 'containerInstanceId'
  | 'containerId'
  | 'secondContainerId'
  | 'serviceName'
  | 'taskDefinitionArn'
  | 'taskArn'
  | 'taskId';

/** Resource types whose tags fields print, as TagFieldSpecification has them. */
export type TaggedResource = 'instance' | 'network-interface' | 'auto-scaling-group';

/** What the transit gateway of an attachment tells. */
export type GatewayValue = 'accountId' | 'id' | 'region';

/** What rules/ work out of a line. */
export type RuleValue =
  | 'traffic-path'
  | 'pkt-src-aws-service'
  | 'pkt-dst-aws-service'
  | 'reject-reason'
  | 'encryption-status';

/** Fillings that are the same in all records of an interface. */
export type ConstantFilling =
  | { readonly per: 'interface'; readonly value: InterfaceValue }
  | { readonly per: 'task'; readonly value: TaskValue }
  /** The value of the resource's tag with the format's first (0) or second (1) key. */
  | { readonly per: 'tag'; readonly resource: TaggedResource; readonly key: 0 | 1 }
  | { readonly per: 'gateway'; readonly value: GatewayValue };

/** Where a field's value comes from. */
export type Filling =
  | ConstantFilling
  | { readonly per: 'format'; readonly value: 'version' | 'resource-type' }
  | { readonly per: 'row'; readonly value: RowValue }
  | { readonly per: 'rule'; readonly value: RuleValue }
  /** A fact of the interface that egress goes to next, or that ingress came from. */
  | { readonly per: 'next-hop'; readonly value: InterfaceValue }
  /** What an attachment says of one end of a flow through a transit gateway. */
  | {
      readonly per: 'end';
      readonly end: 'source' | 'destination';
      readonly value: keyof TransitEnd;
    };

/** Physical types of Parquet columns. Integers are nullable there, strings keep the literal `-`. */
export type ParquetType = 'INT_32' | 'INT_64' | 'STRING';

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
  /** One line: when it prints `-`. */
  readonly absent: string;
}

/** A field; its arguments in the order of a table. */
export function field(
  id: string,
  version: number,
  type: ParquetType,
  filling: Filling,
  meaning: string,
  absent: string,
): Field {
  return { id, version, type, filling, meaning, absent };
}

/** When a field is `-` that follows from packets. */
export const SILENT = 'in NODATA and SKIPDATA lines';
export const NEVER = 'never';

export const VERSION: Filling = { per: 'format', value: 'version' };

export function row(value: RowValue): Filling {
  return { per: 'row', value };
}

export function of(value: InterfaceValue): Filling {
  return { per: 'interface', value };
}

export function rule(value: RuleValue): Filling {
  return { per: 'rule', value };
}
