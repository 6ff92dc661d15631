/** What flow-logs/ refuses, in the words of the catalogue. */
import { type FaultSituation, FlowLogFault, type Refused } from '../../../flow-logs/faults.ts';
import type { Call } from '../../../flow-logs/model.ts';
import type { ActionContext } from '../../actions.ts';
import { ERRORS, errorText, refusal, type Values } from '../../errors.ts';

/** A refusal's situation and values as the catalogue takes them: values are those that the text has holes for. */
function worded(refused: Refused): [situation: FaultSituation, ...values: Values<FaultSituation>] {
  // Checked situation by situation; what takes any situation takes any values.
  const values: { [S in FaultSituation]: Values<S> }[FaultSituation] = refused.values;
  return [refused.situation, ...(values as Values<FaultSituation>)];
}

/** Code and text of a refusal. */
export function describeRefused(refused: Refused): { code: string; message: string } {
  return {
    code: ERRORS[refused.situation].code,
    message: errorText(...worded(refused)),
  };
}

/** Runs work of flow-logs/ for a request; what it refuses becomes the refusal that the client reads. */
export async function asked<T>(
  context: ActionContext,
  input: { readonly DryRun?: boolean | undefined },
  work: (call: Call) => Promise<T>,
): Promise<T> {
  const { account, region, now } = context;
  try {
    return await work({ scope: { account, region }, now, permit: () => context.permit(input) });
  } catch (error) {
    if (!(error instanceof FlowLogFault)) throw error;
    throw refusal(...worded(error.refused));
  }
}
