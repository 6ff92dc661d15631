import type { FlowLogService } from '../../../flow-logs/service.ts';
import type { ActionTable } from '../../actions.ts';
import { createFlowLogs } from './create-flow-logs.ts';
import { deleteFlowLogs } from './delete-flow-logs.ts';
import { describeFlowLogs } from './describe-flow-logs.ts';
import { getFlowLogsIntegrationTemplate } from './get-flow-logs-integration-template.ts';

/** The handlers of the flow logs actions, for the table of actions. */
export function flowLogActions(
  flowLogs: FlowLogService,
): Required<
  Pick<
    ActionTable['ec2'],
    'CreateFlowLogs' | 'DescribeFlowLogs' | 'DeleteFlowLogs' | 'GetFlowLogsIntegrationTemplate'
  >
> {
  return {
    CreateFlowLogs: createFlowLogs(flowLogs),
    DescribeFlowLogs: describeFlowLogs(flowLogs),
    DeleteFlowLogs: deleteFlowLogs(flowLogs),
    GetFlowLogsIntegrationTemplate: getFlowLogsIntegrationTemplate(flowLogs),
  };
}
