/** DeleteFlowLogs: all of the ids, or none. What was delivered stays where it is. */
import { isId } from '../network/ids.ts';
import type { FlowLogReads, Scope, Store } from '../store/store.ts';
import { fault } from './faults.ts';
import { type Call, MAX_FLOW_LOG_IDS } from './model.ts';

/**
 * Deletes flow logs with their tags, and returns their ids.
 *
 * @throws FlowLogFault flowLogsNotFound, with every id that does not exist in the account and region
 */
export async function deleteFlowLogs(
  { store }: { readonly store: Store },
  call: Call,
  given: readonly string[],
): Promise<string[]> {
  const { scope } = call;
  if (given.length === 0) throw fault('missingParameter', { name: 'FlowLogIds' });
  if (given.length > MAX_FLOW_LOG_IDS) {
    throw fault('tooMany', { name: 'FlowLogIds', count: given.length, max: MAX_FLOW_LOG_IDS });
  }
  for (const id of given)
    if (!isId('flowLog', id)) throw fault('badFormat', { value: id, name: 'flowLogId' });
  const ids = [...new Set(given)];
  await store.read((from) => checkAllThere(from.flowLogs, scope, ids));
  call.permit();
  return store.transaction(async (on) => {
    // Somebody else may have deleted one since.
    await checkAllThere(on.flowLogs, scope, ids);
    return on.flowLogs.delete(scope, ids);
  });
}

async function checkAllThere(flowLogs: FlowLogReads, scope: Scope, ids: readonly string[]): Promise<void> {
  const { account, region } = scope;
  const rows = await flowLogs.listFlowLogs({ account, region, ids, limit: ids.length });
  const there = new Set(rows.map((row) => row.id));
  const missing = ids.filter((id) => !there.has(id));
  if (missing.length > 0) throw fault('flowLogsNotFound', { count: missing.length, ids: missing });
}
