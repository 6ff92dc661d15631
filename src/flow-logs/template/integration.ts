/** GetFlowLogsIntegrationTemplate: a CloudFormation template for Athena, put into a bucket and answered. */
import { parseLogFormat } from '../../records/formats.ts';
import type { FlowLogRow, Scope, Store } from '../../store/store.ts';
import { hasReservedFolder, parseBucketArn } from '../destinations.ts';
import { fault } from '../faults.ts';
import { type Call, DEFAULT_DESTINATION_OPTIONS, type DestinationOptions, RESOURCE_TYPES } from '../model.ts';
import { RESOURCE_RULES } from '../resources.ts';
import { type Integration, type TemplateSource, templateText } from './document.ts';
import { MAX_PARTITIONS } from './loader.ts';
import { templateKey, templateUrl } from './names.ts';
import { readTemplateRequest, RESULT_ARN, TEMPLATE_ARN, type TemplateRequest } from './request.ts';
import type { TemplateStorage } from './storage.ts';

export interface TemplateDependencies {
  readonly store: Store;
  readonly templates: TemplateStorage;
}

/** What Result holds. */
type TemplateAnswer = 'the template' | 'its URL';
/** The API's reference says that it is the template, the example of the service's CLI has the URL of the object,
 * at Amazon's own host: of no use for a bucket that is somewhere else. */
const TEMPLATE_ANSWER: TemplateAnswer = 'the template';

/**
 * Makes the template of a flow log, puts it into the bucket that is asked for, and returns what Result holds.
 *
 * @throws FlowLogFault for what is wrong with the request, the flow log or the buckets
 */
export async function integrationTemplate(
  { store, templates }: TemplateDependencies,
  call: Call,
  request: TemplateRequest,
  answer: TemplateAnswer = TEMPLATE_ANSWER,
): Promise<string> {
  const { scope, now } = call;
  const { flowLogId, template, integrations } = readTemplateRequest(request, now);
  const row = await store.read((from) => from.flowLogs.find(scope, flowLogId));
  if (row === undefined) throw fault('flowLogsNotFound', { count: 1, ids: [flowLogId] });
  const source = sourceOf(row);
  checkSpans(source.options, integrations);
  await checkBuckets(templates, scope, source.place.bucket, template.bucket, integrations);
  if (!request.mayWrite) throw fault('locationDenied', { name: TEMPLATE_ARN, bucket: template.bucket });
  call.permit();
  const text = templateText(source, integrations);
  const key = templateKey(template.folder, flowLogId, now);
  const outcome = await templates.put(scope, template.bucket, key, Buffer.from(text));
  if (outcome !== 'put') {
    const situation = outcome === 'missing' ? 'locationMissing' : 'locationDenied';
    throw fault(situation, { name: TEMPLATE_ARN, bucket: template.bucket });
  }
  return answer === 'the template' ? text : templateUrl(scope.region, template.bucket, key);
}

/** A flow log as templates are made from it. Those of transit gateways have none (documented). */
function sourceOf(row: FlowLogRow): TemplateSource {
  const { id, account, region, resourceType } = row;
  const type = RESOURCE_TYPES.find((it) => it === resourceType);
  if (type === undefined || RESOURCE_RULES[type].transitGateway) {
    throw fault('integrationResource', { id, type: resourceType });
  }
  if (row.logDestinationType !== 's3') throw fault('integrationDestination', { id });
  const place = parseBucketArn(row.logDestination ?? '');
  const format = parseLogFormat(row.logFormat, {
    kind: RESOURCE_RULES[type].format,
    tagFields: row.tagFieldSpecifications,
  });
  // Stored by a version that had other rules.
  if (place === undefined || hasReservedFolder(place.folder) || !format.ok) {
    throw fault('integrationDestination', { id });
  }
  const options = (row.destinationOptions as DestinationOptions | undefined) ?? DEFAULT_DESTINATION_OPTIONS;
  return { id, scope: { account, region }, format: format.format, place, options };
}

const DAY_MS = 86_400_000;

/** Dates that span more partitions than the loader can add. */
function checkSpans(options: DestinationOptions, integrations: readonly Integration[]): void {
  for (const { dates } of integrations) {
    if (dates === undefined) continue;
    const days = (Date.parse(dates.end) - Date.parse(dates.start)) / DAY_MS + 1;
    const count = options.perHourPartition ? days * 24 : days;
    if (count > MAX_PARTITIONS) throw fault('partitionDatesSpan', { count, max: MAX_PARTITIONS });
  }
}

/**
 * All of them in the caller's region (documented). Those of the template and of results must be there and be the
 * caller's; that of the flow log may be another account's, or gone.
 */
async function checkBuckets(
  templates: TemplateStorage,
  scope: Scope,
  records: string,
  template: string,
  integrations: readonly Integration[],
): Promise<void> {
  const mine = new Map([[template, TEMPLATE_ARN]]);
  for (const { results } of integrations) {
    if (!mine.has(results.bucket)) mine.set(results.bucket, RESULT_ARN);
  }
  const { region } = scope;
  for (const [bucket, name] of mine) {
    const found = await templates.bucket(scope, bucket);
    if (found === undefined) throw fault('locationMissing', { name, bucket });
    if (found === 'denied' || (found.account ?? scope.account) !== scope.account) {
      throw fault('locationDenied', { name, bucket });
    }
    if (found.region !== region) throw fault('locationRegion', { name, bucket, region });
  }
  if (mine.has(records)) return;
  const found = await templates.bucket(scope, records);
  if (found !== undefined && found !== 'denied' && found.region !== region) {
    throw fault('locationRegion', { name: 'LogDestination', bucket: records, region });
  }
}
