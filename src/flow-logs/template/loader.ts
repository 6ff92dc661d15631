/** The function of a template that adds partitions to its tables: code, settings, schedule. */
import type { TableLayout } from './layout.ts';
import type { DateRange, Frequency } from './names.ts';

/** Most partitions that dates may span: what the function can add in the time it has, about 27 years of days or 13
 * months of hours. */
export const MAX_PARTITIONS = 10_000;

/** Partitions in one statement: the longest clauses stay below Athena's 262,144 bytes of a query. */
const STATEMENT_PARTITIONS = 100;

/**
 * What the function runs as. It is called by the stack (ResponseURL) when a table is created or changed, and by the
 * schedules. Values of settings are texts, as custom resources make them.
 */
export const LOADER_SOURCE = `import datetime
import time

import boto3

athena = boto3.client('athena')


def handler(event, context):
    if 'ResponseURL' not in event:
        load(event)
        return
    import cfnresponse
    settings = event['ResourceProperties']
    status, reason = cfnresponse.SUCCESS, 'done'
    try:
        if event['RequestType'] != 'Delete':
            load(settings)
    except Exception as error:
        status, reason = cfnresponse.FAILED, str(error)
        print(reason)
    cfnresponse.send(event, context, status, {'Reason': reason}, settings['Table'])


def load(settings):
    clauses = list(partitions(settings))
    for first in range(0, len(clauses), ${STATEMENT_PARTITIONS}):
        added = ' '.join(clauses[first:first + ${STATEMENT_PARTITIONS}])
        run(settings, 'ALTER TABLE \`%s\` ADD IF NOT EXISTS %s' % (settings['Table'], added))


def partitions(settings):
    hours = [0]
    if settings['PerHour'] == 'true':
        hours = range(24)
    day, last = days(settings)
    while day <= last:
        for hour in hours:
            at = datetime.datetime(day.year, day.month, day.day, hour)
            values = at.strftime(settings['Values'])
            yield "PARTITION (%s) LOCATION '%s%s'" % (values, settings['Root'], at.strftime(settings['Folder']))
        day += datetime.timedelta(days=1)


def days(settings):
    if 'Start' in settings:
        start, end = settings['Start'], settings['End']
        return datetime.date.fromisoformat(start), datetime.date.fromisoformat(end)
    today = datetime.datetime.now(datetime.timezone.utc).date()
    around = datetime.timedelta(days=int(settings['Days']))
    return today - around, today + around


def run(settings, statement):
    query = athena.start_query_execution(
        QueryString=statement,
        QueryExecutionContext={'Database': settings['Database']},
        WorkGroup=settings['WorkGroup'],
    )['QueryExecutionId']
    while True:
        status = athena.get_query_execution(QueryExecutionId=query)['QueryExecution']['Status']
        if status['State'] == 'SUCCEEDED':
            return
        if status['State'] in ('FAILED', 'CANCELLED'):
            raise RuntimeError('%s: %s' % (status['State'], status.get('StateChangeReason')))
        time.sleep(0.5)
`;

interface Recurrence {
  /** As EventBridge writes it, in UTC. */
  readonly schedule: string;
  /** Each run adds the partitions of so many days before and after its own, those that are there left as they are: a
   * run that failed is made up for by the next, and new objects are found at once. */
  readonly days: number;
}

const RECURRENCES: Readonly<Record<Exclude<Frequency, 'none'>, Recurrence>> = {
  daily: { schedule: 'cron(0 0 * * ? *)', days: 1 },
  weekly: { schedule: 'cron(0 0 ? * SUN *)', days: 7 },
  monthly: { schedule: 'cron(0 0 1 * ? *)', days: 31 },
};

/** When new partitions are loaded again and again: with a frequency and without dates. */
export function recurrenceOf(frequency: Frequency, dates: DateRange | undefined): Recurrence | undefined {
  return frequency === 'none' || dates !== undefined ? undefined : RECURRENCES[frequency];
}

/** Names of a table, unquoted. */
export interface TableNames {
  readonly database: string;
  readonly table: string;
  readonly workGroup: string;
}

/** What the function needs to know of a table: dates, or how many days around the day that it runs on. */
export function loaderSettings(
  names: TableNames,
  layout: TableLayout,
  when: DateRange | { readonly days: number },
): Record<string, string> {
  const settings = {
    Database: names.database,
    Table: names.table,
    WorkGroup: names.workGroup,
    Values: layout.values,
    // In a statement of Hive's.
    Root: layout.root.replaceAll("'", String.raw`\'`),
    Folder: layout.folder,
    PerHour: String(layout.perHour),
  };
  return 'days' in when
    ? { ...settings, Days: String(when.days) }
    : { ...settings, Start: when.start, End: when.end };
}
