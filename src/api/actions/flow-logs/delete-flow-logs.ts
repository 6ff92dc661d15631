import type { FlowLogService } from '../../../flow-logs/service.ts';
import type { Handler } from '../../actions.ts';
import type { DeleteFlowLogsRequest, DeleteFlowLogsResult } from '../../protocol/types.generated.ts';
import { asked } from './refusals.ts';

/** DeleteFlowLogs: deletes all or refuses the call, so that nothing is ever unsuccessful by itself. */
export function deleteFlowLogs(
  flowLogs: FlowLogService,
): Handler<DeleteFlowLogsRequest, DeleteFlowLogsResult> {
  return async (context, input) => {
    await asked(context, input, (call) => flowLogs.delete(call, input.FlowLogIds));
    return { Unsuccessful: [] };
  };
}
