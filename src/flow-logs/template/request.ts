/** The members of GetFlowLogsIntegrationTemplate: each by itself, then together (S8.2). */
import { isId } from '../../network/ids.ts';
import { hasReservedFolder, parseBucketArn } from '../destinations.ts';
import { fault } from '../faults.ts';
import type { Integration } from './document.ts';
import type { BucketFolder } from './layout.ts';
import { type DateRange, FREQUENCIES, type Frequency, tableName } from './names.ts';

/** GetFlowLogsIntegrationTemplate as asked, unchecked. */
export interface TemplateRequest {
  readonly flowLogId: string;
  /** Where the template is put. */
  readonly templateArn: string;
  readonly athena: readonly AthenaRequest[];
  /** Whether the caller may put objects at all: a key that may only describe may not. */
  readonly mayWrite: boolean;
}

export interface AthenaRequest {
  /** Where results of queries go. */
  readonly resultArn: string;
  readonly frequency: string;
  readonly start?: Date | undefined;
  readonly end?: Date | undefined;
}

/** A request whose members are sound and agree with each other. */
export interface TemplateMembers {
  readonly flowLogId: string;
  readonly template: BucketFolder;
  /** No two of the same table. */
  readonly integrations: readonly Integration[];
}

/** What errors call the two places. */
export const TEMPLATE_ARN = 'ConfigDeliveryS3DestinationArn';
export const RESULT_ARN = 'IntegrationResultS3DestinationArn';

/** Of the service's model. */
const MAX_INTEGRATIONS = 10;
const MAX_ARN = 2048;

/** @throws FlowLogFault for the first rule that is broken */
export function readTemplateRequest(request: TemplateRequest, now: Date): TemplateMembers {
  const { flowLogId, athena } = request;
  if (!isId('flowLog', flowLogId)) throw fault('badFormat', { value: flowLogId, name: 'flowLogId' });
  const template = readLocation(TEMPLATE_ARN, request.templateArn);
  if (athena.length === 0) {
    throw fault('missingParameter', { name: 'IntegrateServices.AthenaIntegrations' });
  }
  if (athena.length > MAX_INTEGRATIONS) {
    throw fault('tooMany', { name: 'AthenaIntegrations', count: athena.length, max: MAX_INTEGRATIONS });
  }
  const read = athena.map(({ resultArn, frequency, start, end }) => ({
    results: readLocation(RESULT_ARN, resultArn),
    frequency: readFrequency(frequency),
    start,
    end,
  }));
  const integrations = read.map(({ results, frequency, start, end }) => ({
    results,
    frequency,
    dates: readDates(frequency, start, end, now),
  }));
  return { flowLogId, template, integrations: withoutRepeats(flowLogId, integrations) };
}

/** Templates and results may not lie among records: tables would read them (Weir's own rule). */
function readLocation(name: string, arn: string): BucketFolder {
  if (arn.length > MAX_ARN) throw fault('tooLong', { name, max: MAX_ARN });
  const place = parseBucketArn(arn);
  if (place === undefined || hasReservedFolder(place.folder)) {
    throw fault('invalidBucketLocation', { name, arn });
  }
  return place;
}

function readFrequency(given: string): Frequency {
  const known = FREQUENCIES.find((it) => it === given);
  if (known !== undefined) return known;
  throw fault('badEnum', { value: given, name: 'partitionLoadFrequency', values: FREQUENCIES.join(', ') });
}

/**
 * Dates are optional but for `none`, where they must be in the past (documented); one without the other says nothing
 * (inferred). Of a date only the day counts, in UTC.
 */
function readDates(
  frequency: Frequency,
  start: Date | undefined,
  end: Date | undefined,
  now: Date,
): DateRange | undefined {
  if (start === undefined && end === undefined) {
    if (frequency === 'none') throw fault('partitionDatesNeeded');
    return undefined;
  }
  if (start === undefined || end === undefined) {
    throw fault(frequency === 'none' ? 'partitionDatesNeeded' : 'partitionDatesPaired');
  }
  if (start > end) throw fault('partitionDatesOrder');
  if (frequency === 'none' && end >= now) throw fault('partitionDatesPast');
  return { start: dayOf(start), end: dayOf(end) };
}

function dayOf(date: Date): string {
  return date.toISOString().slice(0, 10);
}

/** The service's own example has the same integration twice: once is meant. */
function withoutRepeats(flowLogId: string, integrations: readonly Integration[]): Integration[] {
  const byTable = new Map<string, Integration>();
  for (const integration of integrations) {
    const table = tableName(flowLogId, integration.frequency, integration.dates);
    const before = byTable.get(table);
    if (before === undefined) byTable.set(table, integration);
    else if (!sameFolder(before.results, integration.results)) throw fault('integrationTwice', { table });
  }
  return [...byTable.values()];
}

function sameFolder(a: BucketFolder, b: BucketFolder): boolean {
  return a.bucket === b.bucket && a.folder === b.folder;
}
