/** The members of CreateFlowLogs, each by itself (S8.2: single members come before members together). */
import type { Tag } from '../store/store.ts';
import { isLogGroupName, parseRoleArn, type RoleArn } from './destinations.ts';
import { fault } from './faults.ts';
import { readTagFields, type TagFieldInput } from './log-format.ts';
import {
  DEFAULT_DESTINATION_OPTIONS,
  DESTINATION_TYPES,
  type DestinationOptions,
  type DestinationType,
  FILE_FORMATS,
  RESOURCE_TYPES,
  type ResourceType,
  type TagFieldKeys,
  TRAFFIC_TYPES,
  type TrafficType,
} from './model.ts';

/** CreateFlowLogs as asked, unchecked; the API's members under their own names. */
export interface CreateRequest {
  readonly clientToken?: string | undefined;
  readonly resourceIds: readonly string[];
  readonly resourceType: string;
  readonly trafficType?: string | undefined;
  readonly logDestinationType?: string | undefined;
  readonly logDestination?: string | undefined;
  readonly logGroupName?: string | undefined;
  readonly deliverLogsPermissionArn?: string | undefined;
  readonly deliverCrossAccountRole?: string | undefined;
  readonly logFormat?: string | undefined;
  readonly maxAggregationInterval?: number | undefined;
  readonly destinationOptions?:
    | {
        readonly fileFormat?: string | undefined;
        readonly hiveCompatiblePartitions?: boolean | undefined;
        readonly perHourPartition?: boolean | undefined;
      }
    | undefined;
  /** Within the limits that tags of every kind have. */
  readonly tags?: readonly Tag[] | undefined;
  readonly tagFieldSpecifications?: readonly TagFieldInput[] | undefined;
}

/** The members of a request that are each sound; what they mean together is still to be checked. */
export interface Members {
  readonly clientToken: string | undefined;
  readonly resourceIds: readonly string[];
  readonly resourceType: ResourceType;
  readonly trafficType: TrafficType | undefined;
  readonly logDestinationType: DestinationType;
  readonly logDestination: string | undefined;
  readonly logGroupName: string | undefined;
  readonly role: RoleArn | undefined;
  readonly crossAccountRole: RoleArn | undefined;
  readonly logFormat: string | undefined;
  readonly maxAggregationInterval: number | undefined;
  readonly destinationOptions: DestinationOptions;
  readonly tags: readonly Tag[];
  readonly tagFields: readonly TagFieldKeys[] | undefined;
}

/** Seconds. */
const INTERVALS: ReadonlySet<number> = new Set([60, 600]);
/** EC2's rule for every client token: ASCII, in characters. */
const MAX_CLIENT_TOKEN = 64;
const ASCII = /^[\x20-\x7e]*$/;
const MAX_TEXT = 2048;

/**
 * Checks every member by itself, in the order of the API's own list. An empty text stands for an absent one
 * where an empty value means nothing.
 *
 * @throws FlowLogFault for the first that is not sound
 */
export function readMembers(request: CreateRequest): Members {
  return {
    clientToken: readClientToken(request.clientToken),
    role: readRole('deliverLogsPermissionArn', request.deliverLogsPermissionArn),
    crossAccountRole: readRole('deliverCrossAccountRole', request.deliverCrossAccountRole),
    logGroupName: readLogGroupName(request.logGroupName),
    resourceIds: readResourceIds(request.resourceIds),
    resourceType: readEnum('resourceType', request.resourceType, RESOURCE_TYPES),
    trafficType: readOptionalEnum('trafficType', request.trafficType, TRAFFIC_TYPES),
    logDestinationType:
      readOptionalEnum('logDestinationType', request.logDestinationType, DESTINATION_TYPES) ??
      'cloud-watch-logs',
    logDestination: readText('logDestination', request.logDestination),
    logFormat: request.logFormat,
    tags: request.tags ?? [],
    maxAggregationInterval: readInterval(request.maxAggregationInterval),
    destinationOptions: readDestinationOptions(request.destinationOptions),
    tagFields: readTagFields(request.tagFieldSpecifications),
  };
}

function readClientToken(given: string | undefined): string | undefined {
  if (given === undefined || given === '') return undefined;
  if (given.length > MAX_CLIENT_TOKEN) throw fault('tooLong', { name: 'clientToken', max: MAX_CLIENT_TOKEN });
  if (!ASCII.test(given)) throw fault('badFormat', { value: given, name: 'clientToken' });
  return given;
}

function readRole(name: string, given: string | undefined): RoleArn | undefined {
  const arn = readText(name, given);
  if (arn === undefined) return undefined;
  const role = parseRoleArn(arn);
  if (role === undefined) throw fault('badFormat', { value: arn, name });
  return role;
}

function readLogGroupName(given: string | undefined): string | undefined {
  if (given === undefined || given === '') return undefined;
  if (!isLogGroupName(given)) throw fault('badFormat', { value: given, name: 'logGroupName' });
  return given;
}

function readText(name: string, given: string | undefined): string | undefined {
  if (given === undefined || given === '') return undefined;
  if (given.length > MAX_TEXT) throw fault('tooLong', { name, max: MAX_TEXT });
  return given;
}

function readResourceIds(given: readonly string[]): readonly string[] {
  if (given.length === 0) throw fault('missingParameter', { name: 'ResourceIds' });
  return given;
}

function readEnum<const T extends string>(name: string, given: string, values: readonly T[]): T {
  const known = values.find((value) => value === given);
  if (known === undefined) throw fault('badEnum', { value: given, name, values: values.join(', ') });
  return known;
}

function readOptionalEnum<const T extends string>(
  name: string,
  given: string | undefined,
  values: readonly T[],
): T | undefined {
  return given === undefined ? undefined : readEnum(name, given, values);
}

function readInterval(given: number | undefined): number | undefined {
  if (given !== undefined && !INTERVALS.has(given)) throw fault('invalidInterval');
  return given;
}

function readDestinationOptions(given: CreateRequest['destinationOptions']): DestinationOptions {
  const none = DEFAULT_DESTINATION_OPTIONS;
  return {
    fileFormat:
      readOptionalEnum('destinationOptions.fileFormat', given?.fileFormat, FILE_FORMATS) ?? none.fileFormat,
    hiveCompatiblePartitions: given?.hiveCompatiblePartitions ?? none.hiveCompatiblePartitions,
    perHourPartition: given?.perHourPartition ?? none.perHourPartition,
  };
}
