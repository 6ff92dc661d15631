import type { CreateRequest } from '../../../flow-logs/members.ts';
import type { FlowLogService } from '../../../flow-logs/service.ts';
import type { Handler } from '../../actions.ts';
import type { CreateFlowLogsRequest, CreateFlowLogsResult } from '../../protocol/types.generated.ts';
import { tagsOfSpecifications } from '../tags/tag-input.ts';
import { asked, describeRefused } from './refusals.ts';

/** CreateFlowLogs. ClientToken is always answered; FlowLogIds and Unsuccessful are lists, be they empty. */
export function createFlowLogs(
  flowLogs: FlowLogService,
): Handler<CreateFlowLogsRequest, CreateFlowLogsResult> {
  return async (context, input) => {
    const created = await asked(context, input, (call) => flowLogs.create(call, requestOf(input)));
    return {
      ClientToken: created.clientToken,
      FlowLogIds: created.flowLogIds,
      Unsuccessful: created.unsuccessful.map((item) => {
        const { code, message } = describeRefused(item);
        return { Error: { Code: code, Message: message }, ResourceId: item.resourceId };
      }),
    };
  };
}

function requestOf(input: CreateFlowLogsRequest): CreateRequest {
  const options = input.DestinationOptions;
  return {
    clientToken: input.ClientToken,
    resourceIds: input.ResourceIds,
    resourceType: input.ResourceType,
    trafficType: input.TrafficType,
    logDestinationType: input.LogDestinationType,
    logDestination: input.LogDestination,
    logGroupName: input.LogGroupName,
    deliverLogsPermissionArn: input.DeliverLogsPermissionArn,
    deliverCrossAccountRole: input.DeliverCrossAccountRole,
    logFormat: input.LogFormat,
    maxAggregationInterval: input.MaxAggregationInterval,
    destinationOptions: options && {
      fileFormat: options.FileFormat,
      hiveCompatiblePartitions: options.HiveCompatiblePartitions,
      perHourPartition: options.PerHourPartition,
    },
    tags: tagsOfSpecifications(input.TagSpecifications, 'vpc-flow-log'),
    tagFieldSpecifications: input.TagFieldSpecifications?.map(({ ResourceType, TagKeys }) => ({
      resourceType: ResourceType,
      tagKeys: TagKeys ?? [],
    })),
  };
}
