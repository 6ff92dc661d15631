/** What the members of CreateFlowLogs mean together. */
import type { Scope } from '../store/store.ts';
import {
  type Destination,
  type Destinations,
  isCrossAccountRole,
  parseDestination,
  type RoleArn,
} from './destinations.ts';
import { fault } from './faults.ts';
import { readLogFormat } from './log-format.ts';
import type { Members } from './members.ts';
import type { DestinationOptions, ResourceType, TagFieldKeys, TrafficType } from './model.ts';
import { checkResourceIds, RESOURCE_RULES } from './resources.ts';

/** What the flow logs of one request have in common: everything but the resource. */
export interface Configuration {
  readonly resourceType: ResourceType;
  readonly trafficType: TrafficType | undefined;
  readonly destination: Destination;
  /** As it is shown: absent when the log group was named. */
  readonly logDestination: string | undefined;
  readonly logGroupName: string | undefined;
  readonly role: RoleArn | undefined;
  readonly crossAccountRole: RoleArn | undefined;
  readonly logFormat: string;
  /** Seconds. */
  readonly maxAggregationInterval: number;
  /** Only of s3. */
  readonly destinationOptions: DestinationOptions | undefined;
  readonly tagFields: readonly TagFieldKeys[] | undefined;
}

/** Seconds, where a request says nothing. */
const DEFAULT_INTERVAL = 600;
const TRANSIT_GATEWAY_INTERVAL = 60;

/**
 * Checks the members against each other.
 *
 * @throws FlowLogFault for the first rule that is broken
 */
export function configure(scope: Scope, members: Members): Configuration {
  const { resourceType, trafficType, tagFields } = members;
  checkResourceIds(resourceType, members.resourceIds);
  const { transitGateway, format } = RESOURCE_RULES[resourceType];
  if (transitGateway && trafficType !== undefined) {
    throw fault('trafficTypeNotSupported', { type: resourceType });
  }
  if (!transitGateway && trafficType === undefined) throw fault('trafficTypeNeeded');
  const interval = members.maxAggregationInterval;
  if (transitGateway && interval !== undefined && interval !== TRANSIT_GATEWAY_INTERVAL) {
    throw fault('transitGatewayInterval');
  }
  const destination = readDestination(scope, members);
  checkRoles(scope, destination, members);
  const isBucket = destination.type === 's3';
  if (!isBucket && !isDefault(members.destinationOptions)) throw fault('destinationOptionsNotApplicable');
  return {
    resourceType,
    trafficType,
    destination,
    logDestination: members.logDestination?.replace(/(:log-group:.*):\*$/, '$1'),
    logGroupName: destination.type === 'cloud-watch-logs' ? destination.logGroupName : undefined,
    role: members.role,
    crossAccountRole: members.crossAccountRole,
    logFormat: readLogFormat(format, members.logFormat, tagFields ?? []),
    maxAggregationInterval: interval ?? (transitGateway ? TRANSIT_GATEWAY_INTERVAL : DEFAULT_INTERVAL),
    destinationOptions: isBucket ? members.destinationOptions : undefined,
    tagFields,
  };
}

function readDestination(scope: Scope, members: Members): Destination {
  const { logDestinationType: type, logDestination, logGroupName } = members;
  if (logGroupName !== undefined) {
    if (logDestination !== undefined) throw fault('groupNameOrDestination');
    if (type !== 'cloud-watch-logs') throw fault('groupNameNeedsLogs');
    return { type, region: scope.region, account: scope.account, logGroupName };
  }
  if (logDestination === undefined) throw fault('noDestination');
  return parseDestination(scope, type, logDestination);
}

function checkRoles(scope: Scope, destination: Destination, { role, crossAccountRole }: Members): void {
  switch (destination.type) {
    case 'cloud-watch-logs':
      if (role === undefined) throw fault('roleNeeded');
      break;
    case 's3':
      if (role !== undefined) throw fault('roleForS3');
      break;
    case 'kinesis-data-firehose':
      if (destination.account === scope.account) return;
      // Both are documented as made for it: this account's, and the one that it assumes in the other.
      if (role === undefined) throw fault('missingParameter', { name: 'DeliverLogsPermissionArn' });
      if (crossAccountRole === undefined) {
        throw fault('missingParameter', { name: 'DeliverCrossAccountRole' });
      }
      return;
  }
  if (crossAccountRole !== undefined) {
    throw fault('crossAccountRoleNotApplicable', { destinationType: destination.type });
  }
}

function isDefault(options: DestinationOptions): boolean {
  return (
    options.fileFormat === 'plain-text' && !options.hiveCompatiblePartitions && !options.perHourPartition
  );
}

/**
 * Asks whether the roles of a configuration can be assumed. The role of the receiving account must be that
 * account's and have the name that deliveries across accounts are given.
 *
 * @throws FlowLogFault roleNotAssumable
 */
export async function checkRolesExist(
  destinations: Destinations,
  scope: Scope,
  { destination, role, crossAccountRole }: Configuration,
): Promise<void> {
  if (role !== undefined && !(await destinations.assumable(scope, role, 'deliver', destination))) {
    throw fault('roleNotAssumable', { arn: role.arn });
  }
  if (crossAccountRole === undefined || destination.type !== 'kinesis-data-firehose') return;
  if (
    !isCrossAccountRole(crossAccountRole, destination.account) ||
    !(await destinations.assumable(scope, crossAccountRole, 'deliver across accounts', destination))
  ) {
    throw fault('roleNotAssumable', { arn: crossAccountRole.arn });
  }
}
