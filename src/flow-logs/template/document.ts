/** A template from what is known of a flow log: pure, and the same bytes for the same flow log and integrations. */
import type { LogFormat } from '../../records/formats.ts';
import type { Scope } from '../../store/store.ts';
import type { DestinationOptions } from '../model.ts';
import { athenaColumns } from './columns.ts';
import { type BucketFolder, tableLayout } from './layout.ts';
import { loaderSettings, recurrenceOf } from './loader.ts';
import { databaseName, type DateRange, type Frequency, tableName, workGroupName } from './names.ts';
import { namedQueries } from './queries.ts';
import * as make from './resources.ts';

/** A flow log that goes to a bucket. */
export interface TemplateSource {
  readonly id: string;
  /** The account and region of the flow log: parts of its objects' keys. */
  readonly scope: Scope;
  readonly format: LogFormat;
  readonly place: BucketFolder;
  readonly options: DestinationOptions;
}

/** One table with its workgroup and queries. */
export interface Integration {
  readonly frequency: Frequency;
  readonly dates: DateRange | undefined;
  /** Where results of queries go. */
  readonly results: BucketFolder;
}

const DATABASE = 'VpcFlowLogsDatabase';
const ROLE = 'PartitionLoaderRole';
const LOADER = 'PartitionLoader';

/** The text of the template: JSON, which CloudFormation takes as it takes YAML. At least one integration; no two of
 * the same table. */
export function templateText(source: TemplateSource, integrations: readonly Integration[]): string {
  const { id, scope, place } = source;
  const database = databaseName(id);
  const layout = tableLayout(scope, place, source.options);
  const columns = athenaColumns(source.format, source.options.fileFormat);
  const tables = integrations.map((integration, n) => {
    const table = tableName(id, integration.frequency, integration.dates);
    // What the first integration has is called without a number.
    const name = (kind: string): string => (n === 0 ? kind : `${kind}${n + 1}`);
    return { integration, table, workGroup: workGroupName(table), name };
  });
  const resources: Record<string, make.Resource> = {
    [DATABASE]: make.database(database, `Records of flow log ${id}`),
    [ROLE]: make.loaderRole({
      database,
      tables,
      records: place,
      results: integrations.map((it) => it.results),
    }),
    [LOADER]: make.loaderFunction(ROLE, `Adds partitions to the tables of flow log ${id}`),
  };
  const outputs: Record<string, make.Json> = {
    Database: { Description: 'Athena database', Value: { Ref: DATABASE } },
  };
  for (const { integration, table, workGroup, name } of tables) {
    const [tableId, workGroupId] = [name('VpcFlowLogsTable'), name('VpcFlowLogsWorkGroup')];
    resources[tableId] = make.table(table, DATABASE, source.options.fileFormat, columns, layout);
    resources[workGroupId] = make.workGroup(workGroup, `Queries of flow log ${id}`, integration.results);
    for (const query of namedQueries(
      database,
      table,
      columns.map((it) => it.name),
    )) {
      resources[name(query.name)] = make.namedQuery(query, DATABASE, workGroupId);
    }
    const recurrence = recurrenceOf(integration.frequency, integration.dates);
    // Dates or a schedule: `none` has dates.
    const settings = loaderSettings({ database, table, workGroup }, layout, recurrence ?? integration.dates!);
    resources[name('Partitions')] = make.firstLoad(LOADER, [tableId, workGroupId], settings);
    if (recurrence !== undefined) {
      const ruleId = name('PartitionSchedule');
      const about = `Loads partitions of ${table} (${integration.frequency})`;
      resources[ruleId] = make.schedule(recurrence.schedule, about, LOADER, settings);
      resources[name('PartitionSchedulePermission')] = make.schedulePermission(LOADER, ruleId);
    }
    outputs[name('Table')] = { Description: 'Athena table', Value: { Ref: tableId } };
    outputs[name('WorkGroup')] = { Description: 'Athena workgroup', Value: { Ref: workGroupId } };
  }
  const template = {
    AWSTemplateFormatVersion: '2010-09-09',
    Description: `Athena integration of flow log ${id} in ${scope.region}`,
    Resources: resources,
    Outputs: outputs,
  };
  return JSON.stringify(template, undefined, 2);
}
