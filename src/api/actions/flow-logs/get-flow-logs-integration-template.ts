import type { FlowLogService } from '../../../flow-logs/service.ts';
import type { Handler } from '../../actions.ts';
import type {
  GetFlowLogsIntegrationTemplateRequest,
  GetFlowLogsIntegrationTemplateResult,
} from '../../protocol/types.generated.ts';
import { asked } from './refusals.ts';

/** GetFlowLogsIntegrationTemplate. A read action by its name, and open to keys that may only describe; what it puts
 * into the bucket is not. */
export function getFlowLogsIntegrationTemplate(
  flowLogs: FlowLogService,
): Handler<GetFlowLogsIntegrationTemplateRequest, GetFlowLogsIntegrationTemplateResult> {
  return async (context, input) => {
    const Result = await asked(context, input, (call) =>
      flowLogs.integrationTemplate(call, {
        flowLogId: input.FlowLogId,
        templateArn: input.ConfigDeliveryS3DestinationArn,
        athena: (input.IntegrateServices.AthenaIntegrations ?? []).map((it) => ({
          resultArn: it.IntegrationResultS3DestinationArn,
          frequency: it.PartitionLoadFrequency,
          start: it.PartitionStartDate,
          end: it.PartitionEndDate,
        })),
        mayWrite: !context.readOnly,
      }),
    );
    return { Result };
  };
}
