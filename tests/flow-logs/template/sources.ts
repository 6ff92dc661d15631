/** Flow logs that templates are made of. */
import type { DestinationOptions } from '../../../src/flow-logs/model.ts';
import type { Integration, TemplateSource } from '../../../src/flow-logs/template/document.ts';
import { VPC_FIELDS } from '../../../src/records/catalogue.ts';
import { defaultLogFormat, type LogFormat, parseLogFormat } from '../../../src/records/formats.ts';
import { HERE } from '../fakes.ts';

export const FLOW_LOG = 'fl-021e77eb542d6567f';
export const DEFAULT_FORMAT = defaultLogFormat('vpc');

/** A VPC format of some fields. */
export function formatOf(...ids: readonly string[]): LogFormat {
  const parsed = parseLogFormat(ids.map((id) => `\${${id}}`).join(' '), { kind: 'vpc' });
  if (!parsed.ok) throw new RangeError(parsed.message);
  return parsed.format;
}

/** Every field but those that need tag keys. */
export const WIDE_FORMAT = formatOf(
  ...VPC_FIELDS.filter((it) => it.filling.per !== 'tag').map((it) => it.id),
);

/** Every choice of DestinationOptions. */
export const OPTIONS: readonly DestinationOptions[] = (['plain-text', 'parquet'] as const).flatMap(
  (fileFormat) =>
    [false, true].flatMap((hiveCompatiblePartitions) =>
      [false, true].map((perHourPartition) => ({ fileFormat, hiveCompatiblePartitions, perHourPartition })),
    ),
);

/** `parquet hive hour`, for the names of tests. */
export function optionsName(options: DestinationOptions): string {
  return [
    options.fileFormat,
    ...(options.hiveCompatiblePartitions ? ['hive'] : []),
    ...(options.perHourPartition ? ['hour'] : []),
  ].join(' ');
}

export function sourceOf(given: Partial<TemplateSource> = {}): TemplateSource {
  return {
    id: FLOW_LOG,
    scope: HERE,
    format: DEFAULT_FORMAT,
    place: { bucket: 'records', folder: 'edge/' },
    options: OPTIONS[0]!,
    ...given,
  };
}

const results = { bucket: 'results', folder: 'athena/' };
export const DAILY: Integration = { frequency: 'daily', dates: undefined, results };
export const WEEKLY: Integration = { frequency: 'weekly', dates: undefined, results };
export const MONTHLY: Integration = { frequency: 'monthly', dates: undefined, results };
export const PAST: Integration = {
  frequency: 'none',
  dates: { start: '2021-12-29', end: '2022-01-02' },
  results,
};
export const MONTHLY_OF_YEAR: Integration = {
  frequency: 'monthly',
  dates: { start: '2026-01-01', end: '2026-12-31' },
  results,
};
export const INTEGRATIONS = [DAILY, WEEKLY, MONTHLY, PAST, MONTHLY_OF_YEAR];
