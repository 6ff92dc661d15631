/** What the resources of an integration are called, and the object that its template is kept in. */

/** How often new partitions are loaded. */
export const FREQUENCIES = ['none', 'daily', 'weekly', 'monthly'] as const;
export type Frequency = (typeof FREQUENCIES)[number];

/** Days whose partitions a table has, both included, in UTC: `2026-01-02`. */
export interface DateRange {
  readonly start: string;
  readonly end: string;
}

/** Seen in use; the documentation writes it in small letters. */
const WORKGROUP_ENDING = 'WorkGroup';

/** Ids in names are without their hyphen, as seen in use. */
function plain(flowLogId: string): string {
  return flowLogId.replaceAll('-', '');
}

/** The database of a flow log: documented. */
export function databaseName(flowLogId: string): string {
  return `vpcflowlogsathenadatabase${plain(flowLogId)}`;
}

/** The table of an integration: documented; dates as `20260102`, as seen in use. Without dates they are left out
 * (inferred). */
export function tableName(flowLogId: string, frequency: Frequency, dates: DateRange | undefined): string {
  const range = dates === undefined ? '' : `${dates.start}${dates.end}`.replaceAll('-', '');
  return `${plain(flowLogId)}${frequency}${range}`;
}

/** The workgroup of a table. */
export function workGroupName(table: string): string {
  return `${table}${WORKGROUP_ENDING}`;
}

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/**
 * The object of a template, in the folder that was asked for. The form is the service's own, spaces and ending
 * included: `VPCFlowLogsIntegrationTemplate_fl-…_Sat Nov 12 23:16:02 UTC 2022.yml`. What is in it is JSON, which is
 * YAML.
 */
export function templateKey(folder: string, flowLogId: string, now: Date): string {
  const [, day, time] = /-(\d\d)T(.{8})/.exec(now.toISOString())!;
  const date = `${DAYS[now.getUTCDay()]} ${MONTHS[now.getUTCMonth()]} ${day} ${time} UTC ${now.getUTCFullYear()}`;
  return `${folder}VPCFlowLogsIntegrationTemplate_${flowLogId}_${date}.yml`;
}

/** The object of a template as its URL: what the service's own example answers with. */
export function templateUrl(region: string, bucket: string, key: string): string {
  const path = key.split('/').map(encodeURIComponent).join('/');
  return `https://${bucket}.s3.${region}.amazonaws.com/${path}`;
}
