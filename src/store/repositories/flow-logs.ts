import type { Selectable } from 'kysely';
import { sql } from 'kysely';
import type { Capabilities, Database } from '../dialect.ts';
import { pieces } from '../dialect.ts';
import type { FlowLogTable } from '../schema.ts';
import type { DeliverLogsStatus, FlowLogQuery, FlowLogRow, FlowLogs, NewFlowLog, Scope } from '../store.ts';

/** Parameters of one row of an insert: the columns of the table without its sequence. */
const COLUMNS = 20;

/** Flow logs in the database. */
export class SqlFlowLogs implements FlowLogs {
  readonly #db: Database;
  readonly #capabilities: Capabilities;

  constructor(db: Database, capabilities: Capabilities) {
    this.#db = db;
    this.#capabilities = capabilities;
  }

  async find(scope: Scope, id: string): Promise<FlowLogRow | undefined> {
    const row = await this.#db
      .selectFrom('flow_logs')
      .selectAll()
      .where('account', '=', scope.account)
      .where('region', '=', scope.region)
      .where('id', '=', id)
      .executeTakeFirst();
    return row && toFlowLog(row);
  }

  async listFlowLogs(query: FlowLogQuery): Promise<FlowLogRow[]> {
    // What picks few is looked up value by value and sorted: the unary plus keeps the planner from walking all
    // pages for it instead, which it would like for the order.
    const few = query.ids ?? query.resourceIds ?? query.configurationDigests;
    const sequence = few === undefined ? sql<number>`sequence` : sql<number>`+sequence`;
    let select = this.#db
      .selectFrom('flow_logs')
      .selectAll()
      .where('account', '=', query.account)
      .where('region', '=', query.region)
      .where(sequence, '>', query.afterSequence ?? 0)
      .orderBy(sequence)
      .limit(query.limit);
    const conditions = [
      ['id', query.ids],
      ['resource_id', query.resourceIds],
      ['configuration_digest', query.configurationDigests],
      ['deliver_logs_status', query.deliverLogsStatuses],
      ['log_destination_type', query.logDestinationTypes],
      ['log_group_name', query.logGroupNames],
      ['traffic_type', query.trafficTypes],
    ] as const;
    for (const [column, values] of conditions) {
      if (values === undefined) continue;
      if (values.length === 0) return [];
      select = select.where(column, 'in', values);
    }
    for (const { key, values } of query.tags ?? []) {
      if (values?.length === 0) return [];
      let tagged = this.#db
        .selectFrom('tags')
        .select('resource_id')
        .where('account', '=', query.account)
        .where('region', '=', query.region)
        .where('key', '=', key);
      if (values !== undefined) tagged = tagged.where('value', 'in', values);
      select = select.where('id', 'in', tagged);
    }
    return (await select.execute()).map(toFlowLog);
  }

  async countByResource(scope: Scope, resourceIds: readonly string[]): Promise<Map<string, number>> {
    const counts = new Map<string, number>();
    for (const ids of pieces(resourceIds, 1, this.#capabilities)) {
      const rows = await this.#db
        .selectFrom('flow_logs')
        .select((of) => ['resource_id', of.fn.countAll<number | string>().as('count')])
        .where('account', '=', scope.account)
        .where('region', '=', scope.region)
        .where('resource_id', 'in', ids)
        .groupBy('resource_id')
        .execute();
      for (const row of rows) counts.set(row.resource_id, Number(row.count));
    }
    return counts;
  }

  async count(scope: Scope): Promise<number> {
    const row = await this.#db
      .selectFrom('flow_logs')
      .select((of) => of.fn.countAll<number | string>().as('count'))
      .where('account', '=', scope.account)
      .where('region', '=', scope.region)
      .executeTakeFirstOrThrow();
    return Number(row.count);
  }

  async all(): Promise<FlowLogRow[]> {
    const rows = await this.#db.selectFrom('flow_logs').selectAll().orderBy('sequence').execute();
    return rows.map(toFlowLog);
  }

  async insert(flowLogs: readonly NewFlowLog[]): Promise<FlowLogRow[]> {
    const out: FlowLogRow[] = [];
    for (const some of pieces(flowLogs, COLUMNS, this.#capabilities)) {
      const rows = await this.#db
        .insertInto('flow_logs')
        .values(some.map(toRow))
        .returning(['sequence', 'account', 'region', 'id'])
        .execute();
      // The order of what RETURNING gives is the database's own: matched by id, not by place.
      const sequences = new Map(rows.map((row) => [`${row.account}/${row.region}/${row.id}`, row.sequence]));
      for (const flowLog of some) {
        const sequence = sequences.get(`${flowLog.account}/${flowLog.region}/${flowLog.id}`)!;
        out.push({ ...flowLog, sequence });
      }
    }
    return out;
  }

  async setStatus(
    scope: Scope,
    id: string,
    status: DeliverLogsStatus,
    errorMessage?: string,
  ): Promise<boolean> {
    const result = await this.#db
      .updateTable('flow_logs')
      .set({ deliver_logs_status: status, deliver_logs_error_message: errorMessage ?? null })
      .where('account', '=', scope.account)
      .where('region', '=', scope.region)
      .where('id', '=', id)
      .executeTakeFirst();
    return result.numUpdatedRows > 0n;
  }

  async delete(scope: Scope, ids: readonly string[]): Promise<string[]> {
    const deleted = new Set<string>();
    for (const some of pieces(ids, 1, this.#capabilities)) {
      const rows = await this.#db
        .deleteFrom('flow_logs')
        .where('account', '=', scope.account)
        .where('region', '=', scope.region)
        .where('id', 'in', some)
        .returning('id')
        .execute();
      if (rows.length === 0) continue;
      const gone = rows.map((row) => row.id);
      await this.#db
        .deleteFrom('tags')
        .where('account', '=', scope.account)
        .where('region', '=', scope.region)
        .where('resource_id', 'in', gone)
        .execute();
      for (const id of gone) deleted.add(id);
    }
    return [...new Set(ids)].filter((id) => deleted.has(id));
  }
}

function toRow(flowLog: NewFlowLog) {
  return {
    account: flowLog.account,
    region: flowLog.region,
    id: flowLog.id,
    created_at: flowLog.createdAt,
    resource_id: flowLog.resourceId,
    resource_type: flowLog.resourceType,
    traffic_type: flowLog.trafficType ?? null,
    log_destination_type: flowLog.logDestinationType,
    log_destination: flowLog.logDestination ?? null,
    log_group_name: flowLog.logGroupName ?? null,
    deliver_logs_permission_arn: flowLog.deliverLogsPermissionArn ?? null,
    deliver_cross_account_role: flowLog.deliverCrossAccountRole ?? null,
    log_format: flowLog.logFormat,
    max_aggregation_interval: flowLog.maxAggregationInterval,
    destination_options:
      flowLog.destinationOptions === undefined ? null : JSON.stringify(flowLog.destinationOptions),
    tag_field_specifications:
      flowLog.tagFieldSpecifications === undefined ? null : JSON.stringify(flowLog.tagFieldSpecifications),
    deliver_logs_status: flowLog.deliverLogsStatus,
    deliver_logs_error_message: flowLog.deliverLogsErrorMessage ?? null,
    client_token: flowLog.clientToken,
    configuration_digest: flowLog.configurationDigest,
  };
}

function toFlowLog(row: Selectable<FlowLogTable>): FlowLogRow {
  return {
    sequence: row.sequence,
    account: row.account,
    region: row.region,
    id: row.id,
    createdAt: row.created_at,
    resourceId: row.resource_id,
    resourceType: row.resource_type,
    trafficType: row.traffic_type ?? undefined,
    logDestinationType: row.log_destination_type,
    logDestination: row.log_destination ?? undefined,
    logGroupName: row.log_group_name ?? undefined,
    deliverLogsPermissionArn: row.deliver_logs_permission_arn ?? undefined,
    deliverCrossAccountRole: row.deliver_cross_account_role ?? undefined,
    logFormat: row.log_format,
    maxAggregationInterval: row.max_aggregation_interval,
    destinationOptions:
      row.destination_options === null
        ? undefined
        : (JSON.parse(row.destination_options) as FlowLogRow['destinationOptions']),
    tagFieldSpecifications:
      row.tag_field_specifications === null
        ? undefined
        : (JSON.parse(row.tag_field_specifications) as FlowLogRow['tagFieldSpecifications']),
    deliverLogsStatus: row.deliver_logs_status as DeliverLogsStatus,
    deliverLogsErrorMessage: row.deliver_logs_error_message ?? undefined,
    clientToken: row.client_token,
    configurationDigest: row.configuration_digest,
  };
}
