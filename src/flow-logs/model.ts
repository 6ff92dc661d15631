/** The words of the flow logs API, and a flow log as DescribeFlowLogs shows it. */
import type { DeliverLogsStatus, Scope, Tag } from '../store/store.ts';

export const RESOURCE_TYPES = [
  'VPC',
  'Subnet',
  'NetworkInterface',
  'TransitGateway',
  'TransitGatewayAttachment',
  'RegionalNatGateway',
] as const;
export type ResourceType = (typeof RESOURCE_TYPES)[number];

export const TRAFFIC_TYPES = ['ACCEPT', 'REJECT', 'ALL'] as const;
export type TrafficType = (typeof TRAFFIC_TYPES)[number];

export const DESTINATION_TYPES = ['cloud-watch-logs', 's3', 'kinesis-data-firehose'] as const;
export type DestinationType = (typeof DESTINATION_TYPES)[number];

export const FILE_FORMATS = ['plain-text', 'parquet'] as const;
export type FileFormat = (typeof FILE_FORMATS)[number];

export interface DestinationOptions {
  readonly fileFormat: FileFormat;
  readonly hiveCompatiblePartitions: boolean;
  readonly perHourPartition: boolean;
}

/** What holds where a request says nothing. */
export const DEFAULT_DESTINATION_OPTIONS: DestinationOptions = {
  fileFormat: 'plain-text',
  hiveCompatiblePartitions: false,
  perHourPartition: false,
};

/** The keys of one resource type's tag fields, in the order that decides which field each fills. */
export interface TagFieldKeys {
  readonly resourceType: string;
  readonly tagKeys: readonly string[];
}

/** A flow log with all that is shown of it. A member that is absent here is left out of the answer. */
export interface FlowLog {
  readonly id: string;
  readonly createdAt: Date;
  readonly resourceId: string;
  /** Absent for transit gateways and their attachments. */
  readonly trafficType: string | undefined;
  readonly logDestinationType: string;
  /** As given; absent when the flow log was created with the name of a log group. */
  readonly logDestination: string | undefined;
  /** Only of cloud-watch-logs. */
  readonly logGroupName: string | undefined;
  readonly deliverLogsPermissionArn: string | undefined;
  readonly deliverCrossAccountRole: string | undefined;
  readonly logFormat: string;
  /** Seconds, as asked for; some interfaces are recorded at 60 whatever this says (S3.2). */
  readonly maxAggregationInterval: number;
  /** Only of s3, and there always. */
  readonly destinationOptions: DestinationOptions | undefined;
  readonly tagFields: readonly TagFieldKeys[] | undefined;
  readonly deliverLogsStatus: DeliverLogsStatus;
  readonly deliverLogsErrorMessage: string | undefined;
  /** Sorted by key. */
  readonly tags: readonly Tag[];
}

/** FlowLogStatus of every flow log there is (S8.4). */
export const FLOW_LOG_STATUS = 'ACTIVE';

/** A request on its way: whose it is, when it came, and the last check before the change (S8.2). */
export interface Call {
  readonly scope: Scope;
  readonly now: Date;
  /** Throws when the caller may not do this, or asked for no more than that (DryRun). */
  permit(): void;
}

/** How many ids one request may name, of flow logs to describe or to delete. */
export const MAX_FLOW_LOG_IDS = 1000;
