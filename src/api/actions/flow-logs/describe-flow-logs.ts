import { FLOW_LOG_STATUS, type FlowLog } from '../../../flow-logs/model.ts';
import type { FlowLogService } from '../../../flow-logs/service.ts';
import type { Handler } from '../../actions.ts';
import type {
  DescribeFlowLogsRequest,
  DescribeFlowLogsResult,
  FlowLog as FlowLogOutput,
} from '../../protocol/types.generated.ts';
import { asked } from './refusals.ts';

/** DescribeFlowLogs. NextToken is left out on the last page: clients ask again for as long as it is there. */
export function describeFlowLogs(
  flowLogs: FlowLogService,
): Handler<DescribeFlowLogsRequest, DescribeFlowLogsResult> {
  return async (context, input) => {
    const filters = input.Filter?.map(({ Name, Values }) => ({ name: Name, values: Values ?? [] }));
    const { flowLogs: page, nextToken } = await asked(context, input, (call) =>
      flowLogs.describe(call, {
        filters,
        flowLogIds: input.FlowLogIds,
        maxResults: input.MaxResults,
        nextToken: input.NextToken,
      }),
    );
    return { FlowLogs: page.map(outputOf), NextToken: nextToken };
  };
}

/** Tags are a list, be it empty; of the rest, what a flow log does not have is left out. */
function outputOf(flowLog: FlowLog): FlowLogOutput {
  const options = flowLog.destinationOptions;
  return {
    CreationTime: flowLog.createdAt,
    DeliverLogsErrorMessage: flowLog.deliverLogsErrorMessage,
    DeliverLogsPermissionArn: flowLog.deliverLogsPermissionArn,
    DeliverCrossAccountRole: flowLog.deliverCrossAccountRole,
    DeliverLogsStatus: flowLog.deliverLogsStatus,
    FlowLogId: flowLog.id,
    FlowLogStatus: FLOW_LOG_STATUS,
    LogGroupName: flowLog.logGroupName,
    ResourceId: flowLog.resourceId,
    TrafficType: flowLog.trafficType,
    LogDestinationType: flowLog.logDestinationType,
    LogDestination: flowLog.logDestination,
    LogFormat: flowLog.logFormat,
    Tags: flowLog.tags.map(({ key, value }) => ({ Key: key, Value: value })),
    MaxAggregationInterval: flowLog.maxAggregationInterval,
    DestinationOptions: options && {
      FileFormat: options.fileFormat,
      HiveCompatiblePartitions: options.hiveCompatiblePartitions,
      PerHourPartition: options.perHourPartition,
    },
    TagFieldSpecifications: flowLog.tagFields?.map(({ resourceType, tagKeys }) => ({
      ResourceType: resourceType,
      TagKeys: tagKeys,
    })),
  };
}
