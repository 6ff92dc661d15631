/** Flow logs as the API keeps them, as the writing thread records them. */
import { type Destination, parseDestination } from '../../flow-logs/destinations.ts';
import {
  DESTINATION_TYPES,
  type DestinationType,
  FILE_FORMATS,
  type FileFormat,
  RESOURCE_TYPES,
  type ResourceType,
} from '../../flow-logs/model.ts';
import { RESOURCE_RULES } from '../../flow-logs/resources.ts';
import type { DeliveryQuestion } from '../../flow-logs/status.ts';
import { type LogFormat, parseLogFormat } from '../../records/formats.ts';
import { parquetColumnsOf } from '../../records/parquet/schema.ts';
import type { Caller, TargetRoles } from '../../standins/storage/caller.ts';
import type { FlowLogRow } from '../../store/store.ts';
import type { DeliveryTarget, ObjectLayout } from '../../delivery/target.ts';
import type { Subscription } from '../threads/messages.ts';

const TRAFFIC: ReadonlySet<string> = new Set(['ACCEPT', 'REJECT', 'ALL']);

/** Why no backend takes the records of a flow log (S8.4), for operators; undefined when one does. */
export function withoutBackend(question: DeliveryQuestion): string | undefined {
  const { resourceType, logDestinationType, destinationOptions: options } = question;
  if (!isResourceType(resourceType)) return `records of ${resourceType} resources are not made`;
  if (!isDestinationType(logDestinationType)) {
    return `nothing delivers to ${logDestinationType} destinations`;
  }
  const fileFormat = options?.fileFormat;
  if (fileFormat === undefined || isFileFormat(fileFormat)) return undefined;
  return `${fileFormat} files are not written`;
}

/** Where a flow log's records go; undefined when its members name nothing that can be a destination. */
export function destinationOf(question: DeliveryQuestion): Destination | undefined {
  const { account, region, logDestination, logGroupName, logDestinationType } = question;
  if (!isDestinationType(logDestinationType)) return undefined;
  if (logDestination === undefined) {
    return logGroupName === undefined
      ? undefined
      : { type: 'cloud-watch-logs', account, region, logGroupName };
  }
  try {
    return parseDestination({ account, region }, logDestinationType, logDestination);
  } catch {
    return undefined; // stored by a version that had other rules
  }
}

/** A flow log to be recorded; a sentence that says why it cannot be. */
export function subscriptionOf(row: FlowLogRow): Subscription | string {
  const reason = withoutBackend(row);
  if (reason !== undefined) return reason;
  const { id, account, region, maxAggregationInterval: interval } = row;
  const resourceType = row.resourceType as ResourceType; // others have no backend
  const { format: kind, transitGateway } = RESOURCE_RULES[resourceType];
  const format = parseLogFormat(row.logFormat, { kind, tagFields: row.tagFieldSpecifications });
  if (!format.ok) return `its log format cannot be used: ${format.message}`;
  const traffic = row.trafficType ?? 'ALL';
  if (!TRAFFIC.has(traffic)) return `its traffic type ${traffic} is none`;
  if (interval !== 60 && interval !== 600) return `its interval of ${interval} seconds is neither 60 nor 600`;
  if (transitGateway && interval !== 60) return `its interval of ${interval} seconds is not 60`;
  const to = targetOf(destinationOf(row), format.format, row.destinationOptions);
  if (to === undefined) return 'its destination cannot be read';
  return {
    flowLog: id,
    account,
    region,
    resourceType,
    resourceId: row.resourceId,
    traffic: traffic as Subscription['traffic'],
    logFormat: format.format.text,
    tagFields: row.tagFieldSpecifications,
    createdAt: row.createdAt,
    target: { flowLog: id, account, region, interval, to, ...rolesOf(row) },
  };
}

/** Whose records they are, as a destination that is not embedded asks for it. */
export function callerOf(question: DeliveryQuestion): Caller {
  const { account, region } = question;
  return { account, region, ...rolesOf(question) };
}

function rolesOf(question: DeliveryQuestion): { readonly roles?: TargetRoles } {
  const { deliverLogsPermissionArn: role, deliverCrossAccountRole: crossAccountRole } = question;
  if (role === undefined && crossAccountRole === undefined) return {};
  return {
    roles: {
      ...(role === undefined ? {} : { role }),
      ...(crossAccountRole === undefined ? {} : { crossAccountRole }),
    },
  };
}

function targetOf(
  destination: Destination | undefined,
  format: LogFormat,
  options: DeliveryQuestion['destinationOptions'],
): DeliveryTarget['to'] | undefined {
  if (destination?.type === 's3') {
    const { bucket, folder } = destination;
    const header = `${format.fields.map((field) => field.id).join(' ')}\n`;
    return { type: 's3', bucket, folder, header, ...layoutOf(format, options) };
  }
  if (destination?.type === 'cloud-watch-logs') {
    const { region, account, logGroupName: group } = destination;
    return { type: 'cloud-watch-logs', region, account, group };
  }
  return destination;
}

/** Nothing for what has always been written: text in the default folders. */
function layoutOf(
  format: LogFormat,
  options: DeliveryQuestion['destinationOptions'],
): { readonly layout?: ObjectLayout } {
  const {
    fileFormat = 'plain-text',
    hiveCompatiblePartitions: hive = false,
    perHourPartition: perHour = false,
  } = options ?? {};
  if (!isFileFormat(fileFormat) || (fileFormat === 'plain-text' && !hive && !perHour)) return {};
  const columns = fileFormat === 'parquet' ? { columns: parquetColumnsOf(format) } : {};
  return { layout: { format: fileFormat, hive, perHour, ...columns } };
}

function isResourceType(text: string): text is ResourceType {
  return (RESOURCE_TYPES as readonly string[]).includes(text);
}

function isDestinationType(text: string): text is DestinationType {
  return (DESTINATION_TYPES as readonly string[]).includes(text);
}

function isFileFormat(text: string): text is FileFormat {
  return (FILE_FORMATS as readonly string[]).includes(text);
}
