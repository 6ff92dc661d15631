/** DescribeFlowLogs: pages of flow logs in the order of creation. */
import type { PageTokens } from '../base/page-token.ts';
import type { FlowLogRow, Store, Tag } from '../store/store.ts';
import { fault } from './faults.ts';
import { compileFilters, type FilterInput, type Filters } from './filters.ts';
import { type Call, type DestinationOptions, type FlowLog, MAX_FLOW_LOG_IDS } from './model.ts';

/** DescribeFlowLogs as asked. */
export interface DescribeRequest {
  readonly filters?: readonly FilterInput[] | undefined;
  readonly flowLogIds?: readonly string[] | undefined;
  readonly maxResults?: number | undefined;
  readonly nextToken?: string | undefined;
}

export interface Described {
  readonly flowLogs: readonly FlowLog[];
  /** Absent on the last page. */
  readonly nextToken: string | undefined;
}

const MIN_RESULTS = 5;
/** Also what a page holds when the request does not say. */
const MAX_RESULTS = 1000;
/** Rows that are read at a time when the filters are matched here. */
const BATCH = 1000;

/**
 * One page. Pages are cut by sequence, which only grows: a flow log that is there from the first page to the
 * last is on exactly one of them, whatever is created and deleted meanwhile. Ids that do not exist are no error.
 *
 * @throws FlowLogFault for what is wrong with the request, and a token that is not of this listing
 */
export async function describeFlowLogs(
  { store, pageTokens }: { readonly store: Store; readonly pageTokens: PageTokens },
  call: Call,
  request: DescribeRequest,
): Promise<Described> {
  const { scope } = call;
  const limit = pageSize(request.maxResults);
  const ids = readIds(request.flowLogIds);
  const filters = compileFilters(request.filters ?? [], ids);
  const listing = [scope.account, scope.region, 'DescribeFlowLogs', request.filters ?? [], ids ?? []];
  const from = request.nextToken === undefined ? 0 : Number(pageTokens.open(listing, request.nextToken));
  if (Number.isNaN(from)) throw fault('invalidPaginationToken');
  call.permit();
  const found = await find(store, call, filters, { from, count: limit + 1 });
  const page = found.slice(0, limit);
  const last = page.at(-1);
  const more = found.length > limit && last !== undefined;
  return {
    flowLogs: page.map(({ row, tags }) => flowLogOf(row, tags)),
    nextToken: more ? pageTokens.seal(listing, String(last.row.sequence)) : undefined,
  };
}

function pageSize(given: number | undefined): number {
  if (given === undefined) return MAX_RESULTS;
  if (given < MIN_RESULTS) throw fault('maxResultsTooSmall', { value: given });
  return Math.min(given, MAX_RESULTS);
}

function readIds(given: readonly string[] | undefined): readonly string[] | undefined {
  if (given === undefined || given.length === 0) return undefined;
  if (given.length > MAX_FLOW_LOG_IDS) {
    throw fault('tooMany', { name: 'FlowLogIds', count: given.length, max: MAX_FLOW_LOG_IDS });
  }
  return [...new Set(given)];
}

interface Found {
  readonly row: FlowLogRow;
  readonly tags: readonly Tag[];
}

/**
 * The first `count` flow logs after a place that match. What the store cannot match is read batch by batch,
 * each a read of its own: others get their turn in between.
 */
async function find(
  store: Store,
  { scope }: Call,
  filters: Filters,
  { from, count }: { readonly from: number; readonly count: number },
): Promise<Found[]> {
  const limit = filters.complete ? count : BATCH;
  const found: Found[] = [];
  let afterSequence = from;
  while (found.length < count) {
    const query = { ...filters.query, account: scope.account, region: scope.region, afterSequence, limit };
    const batch = await store.read(async (reads) => {
      const rows = await reads.flowLogs.listFlowLogs(query);
      const tags = await reads.tags.of(
        scope,
        rows.map((row) => row.id),
      );
      return rows.map((row) => ({ row, tags: tags.get(row.id) ?? [] }));
    });
    found.push(...batch.filter(({ row, tags }) => filters.matches(row, tags)));
    if (batch.length < limit) break;
    afterSequence = batch.at(-1)!.row.sequence;
  }
  return found;
}

/** A stored flow log as it is shown. */
export function flowLogOf(row: FlowLogRow, tags: readonly Tag[]): FlowLog {
  return {
    id: row.id,
    createdAt: new Date(row.createdAt),
    resourceId: row.resourceId,
    trafficType: row.trafficType,
    logDestinationType: row.logDestinationType,
    logDestination: row.logDestination,
    logGroupName: row.logGroupName,
    deliverLogsPermissionArn: row.deliverLogsPermissionArn,
    deliverCrossAccountRole: row.deliverCrossAccountRole,
    logFormat: row.logFormat,
    maxAggregationInterval: row.maxAggregationInterval,
    destinationOptions: row.destinationOptions as DestinationOptions | undefined,
    tagFields: row.tagFieldSpecifications,
    deliverLogsStatus: row.deliverLogsStatus,
    deliverLogsErrorMessage: row.deliverLogsErrorMessage,
    tags,
  };
}
