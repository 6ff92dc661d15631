/** CloudWatch Logs as a log sink: Amazon's, or another store that speaks its protocol. */
import { EventsRefused } from '../../standins/storage/log-storage.ts';
import type { Caller } from '../../standins/storage/caller.ts';
import type { LogGroupName, LogSink, RefusedEvents } from '../../standins/storage/log-storage.ts';
import type { AwsClients } from './clients.ts';
import { errorCode, LogsUnavailable } from './errors.ts';
import { append, countOf, newProgress } from './logs-append.ts';
import type { AppendProgress } from './logs-append.ts';
import type { LogsWay } from './logs-streams.ts';
import { attemptSignal, ProgressBook } from './progress.ts';
import { untilAborted } from './until-aborted.ts';

export interface LogsSinkOptions {
  /** Streams that an append writes to at a time. */
  readonly concurrency?: number;
}

const CONCURRENCY = 8;
/** Pages of groups whose names begin with the one that is looked for; it is the first of them in any order of names. */
const MOST_PAGES = 20;

const WORDS: Readonly<Record<RefusedEvents['reason'], string>> = {
  'too old': 'older than 14 days',
  expired: 'older than the group keeps them',
  'too new': 'more than 2 hours ahead',
  'no event': 'empty, or larger than an event may be',
};

/** An append is acknowledged by and by, and what was acknowledged is remembered by its id: a retry sends the rest. */
export function createLogsSink(
  clients: Pick<AwsClients, 'logs'>,
  { concurrency = CONCURRENCY }: LogsSinkOptions = {},
): LogSink {
  const book = new ProgressBook<AppendProgress>();
  const wayTo = async (group: LogGroupName, as?: Caller): Promise<Omit<LogsWay, 'signal'>> => ({
    sdk: await import('@aws-sdk/client-cloudwatch-logs'),
    client: await clients.logs({ ...as, account: as?.account ?? group.account, region: group.region }),
    group,
  });
  return {
    overNetwork: true,
    async append(group, batch, events, now, as, { create = true, signal } = {}) {
      const { account, region, name } = group;
      const count = countOf(events);
      const progress = book.begin(
        JSON.stringify([account, region, name, batch]),
        (known) => known.events === count,
        () => newProgress(events),
      );
      const attempt = attemptSignal(progress, signal);
      const way = await untilAborted(wayTo(group, as), attempt);
      const port = { ...way, signal: attempt, create, concurrency, now };
      await append(port, events, progress).catch(rethrow);
      const { refused } = progress;
      if (count > 0 && refused.reduce((sum, it) => sum + it.events.length, 0) === count) {
        throw new EventsRefused(`log group ${name} takes none of ${count} events: ${told(refused)}`, refused);
      }
      return refused;
    },

    async group(group, as, signal = new AbortController().signal) {
      const { sdk, client } = await untilAborted(wayTo(group, as), signal);
      let nextToken: string | undefined;
      for (let page = 0; page < MOST_PAGES; page++) {
        const input = { logGroupNamePrefix: group.name, ...(nextToken === undefined ? {} : { nextToken }) };
        const command = new sdk.DescribeLogGroupsCommand(input);
        const answer = await untilAborted(client.send(command, { abortSignal: signal }), signal).catch(
          rethrow,
        );
        const found = answer.logGroups?.find((it) => it.logGroupName === group.name);
        nextToken = answer.nextToken;
        if (found !== undefined || nextToken === undefined) return found;
      }
      return undefined;
    },
  };
}

/** Says of an error what its code does not. */
function rethrow(error: unknown): never {
  const isUnavailable = error instanceof Error && errorCode(error) === 'ServiceUnavailableException';
  throw isUnavailable ? new LogsUnavailable(error) : error;
}

function told(refused: readonly RefusedEvents[]): string {
  return [...new Set(refused.map(({ reason }) => WORDS[reason]))].join(', ');
}
