import * as logs from '@aws-sdk/client-cloudwatch-logs';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type LogsServer, openLogsServer, OTHER, READER } from './server.ts';
import { streamEvents, temporaryRoot } from './support.ts';

let server: LogsServer;
let client: logs.CloudWatchLogsClient;
const group = Object.freeze({ logGroupName: '/vpc/flow-logs' });
const stream = { ...group, logStreamName: 'eni-1-all' };
const GROUP = { account: '123456789012', region: 'eu-central-1', name: '/vpc/flow-logs' };
const now = Date.now();

beforeEach(async () => {
  server = await openLogsServer(temporaryRoot());
  client = server.client();
});
afterEach(async () => {
  await server.close();
  if (server.faults.length > 0) throw new Error(`faults: ${server.faults.join('; ')}`);
});

async function make(): Promise<void> {
  await client.send(new logs.CreateLogGroupCommand({ ...group, tags: { team: 'net' } }));
  await client.send(new logs.CreateLogStreamCommand(stream));
}

function events(...given: [number, string][]): { timestamp: number; message: string }[] {
  return given.map(([offset, message]) => ({ timestamp: now + offset, message }));
}

/** What a client is told: [code, text]. */
async function refusal(asked: Promise<unknown>): Promise<[string, string]> {
  try {
    await asked;
  } catch (error) {
    const { name, message } = error as Error;
    return [name, message];
  }
  throw new RangeError('not refused');
}

describe('log groups', () => {
  test('are made, described, kept for some days, tagged and deleted', async () => {
    await make();
    await client.send(new logs.PutRetentionPolicyCommand({ ...group, retentionInDays: 7 }));
    const described = await client.send(new logs.DescribeLogGroupsCommand({}));
    expect(described.nextToken).toBeUndefined();
    expect(described.logGroups).toEqual([
      {
        logGroupName: '/vpc/flow-logs',
        creationTime: expect.any(Number) as number,
        retentionInDays: 7,
        metricFilterCount: 0,
        arn: 'arn:aws:logs:eu-central-1:123456789012:log-group:/vpc/flow-logs:*',
        logGroupArn: 'arn:aws:logs:eu-central-1:123456789012:log-group:/vpc/flow-logs',
        storedBytes: 0,
        logGroupClass: 'STANDARD',
      },
    ]);
    const resourceArn = described.logGroups![0]!.logGroupArn!;
    await client.send(new logs.TagResourceCommand({ resourceArn, tags: { a: 'b' } }));
    await client.send(new logs.UntagResourceCommand({ resourceArn, tagKeys: ['team'] }));
    expect((await client.send(new logs.ListTagsForResourceCommand({ resourceArn }))).tags).toEqual({
      a: 'b',
    });
    await client.send(new logs.DeleteRetentionPolicyCommand(group));
    const again = await client.send(new logs.DescribeLogGroupsCommand({ logGroupNamePrefix: '/vpc' }));
    expect(again.logGroups![0]).not.toHaveProperty('retentionInDays');
    await client.send(new logs.DeleteLogGroupCommand(group));
    expect((await client.send(new logs.DescribeLogGroupsCommand({}))).logGroups).toEqual([]);
  });

  test('are listed by pages, prefix and pattern', async () => {
    for (let i = 0; i < 7; i++) {
      await client.send(new logs.CreateLogGroupCommand({ logGroupName: `${i % 2 ? 'odd' : 'Even'}/${i}` }));
    }
    const names: string[] = [];
    for await (const page of logs.paginateDescribeLogGroups({ client, pageSize: 2 }, {})) {
      names.push(...page.logGroups!.map((it) => it.logGroupName!));
    }
    expect(names).toEqual(['Even/0', 'Even/2', 'Even/4', 'Even/6', 'odd/1', 'odd/3', 'odd/5']);
    const matched = await client.send(new logs.DescribeLogGroupsCommand({ logGroupNamePattern: 'eVEn' }));
    expect(matched.logGroups).toHaveLength(4);
  });

  test('belong to an account and region; tokens too', async () => {
    await make();
    await client.send(new logs.CreateLogGroupCommand({ logGroupName: 'second' }));
    const { nextToken } = await client.send(new logs.DescribeLogGroupsCommand({ limit: 1 }));
    for (const foreign of [server.client(OTHER), server.client(undefined, 'us-east-1')]) {
      expect((await foreign.send(new logs.DescribeLogGroupsCommand({}))).logGroups).toEqual([]);
      expect((await refusal(foreign.send(new logs.GetLogEventsCommand(stream))))[0]).toBe(
        'ResourceNotFoundException',
      );
      expect(await refusal(foreign.send(new logs.DescribeLogGroupsCommand({ limit: 1, nextToken })))).toEqual(
        ['InvalidParameterException', 'The specified nextToken is invalid.'],
      );
      const logGroupIdentifier = 'arn:aws:logs:eu-central-1:123456789012:log-group:/vpc/flow-logs';
      expect((await refusal(foreign.send(new logs.FilterLogEventsCommand({ logGroupIdentifier }))))[0]).toBe(
        'InvalidParameterException',
      );
    }
  });
});

describe('refusals', () => {
  test.each<[string, () => Promise<unknown>, string, RegExp]>([
    [
      'a group twice',
      () => client.send(new logs.CreateLogGroupCommand(group)),
      'ResourceAlreadyExistsException',
      /^The specified log group already exists$/,
    ],
    [
      'a stream twice',
      () => client.send(new logs.CreateLogStreamCommand(stream)),
      'ResourceAlreadyExistsException',
      /^The specified log stream already exists$/,
    ],
    [
      'no such group',
      () => client.send(new logs.DeleteLogGroupCommand({ logGroupName: 'x' })),
      'ResourceNotFoundException',
      /^The specified log group does not exist\.$/,
    ],
    [
      'no such stream',
      () => client.send(new logs.GetLogEventsCommand({ ...group, logStreamName: 'x' })),
      'ResourceNotFoundException',
      /^The specified log stream does not exist\.$/,
    ],
    [
      'a name that is none',
      () => client.send(new logs.CreateLogGroupCommand({ logGroupName: 'a b' })),
      'InvalidParameterException',
      /^1 validation error detected: Value 'a b' at 'logGroupName' failed to satisfy constraint: Member must satisfy regular expression pattern: \[\\\.\\-_\/#A-Za-z0-9\]\+$/,
    ],
    [
      'nothing given',
      () => client.send(new logs.CreateLogGroupCommand({} as never)),
      'InvalidParameterException',
      /^1 validation error detected: Value null at 'logGroupName' failed to satisfy constraint: Member must not be null$/,
    ],
    [
      'a retention that is none',
      () => client.send(new logs.PutRetentionPolicyCommand({ ...group, retentionInDays: 2 })),
      'InvalidParameterException',
      /'retentionInDays'/,
    ],
    [
      'a bad limit',
      () => client.send(new logs.FilterLogEventsCommand({ ...group, limit: 10_001 })),
      'InvalidParameterException',
      /less than or equal to 10000/,
    ],
    [
      'a bad pattern',
      () => client.send(new logs.FilterLogEventsCommand({ ...group, filterPattern: '[a' })),
      'InvalidParameterException',
      /Invalid filter pattern/,
    ],
    [
      'names and prefix',
      () =>
        client.send(
          new logs.FilterLogEventsCommand({ ...group, logStreamNames: ['a'], logStreamNamePrefix: 'a' }),
        ),
      'InvalidParameterException',
      /mutually exclusive/,
    ],
    [
      'a token of nobody',
      () => client.send(new logs.GetLogEventsCommand({ ...stream, nextToken: 'f/zzzz' })),
      'InvalidParameterException',
      /^The specified nextToken is invalid\.$/,
    ],
    [
      'prefix by time',
      () =>
        client.send(
          new logs.DescribeLogStreamsCommand({
            ...group,
            logStreamNamePrefix: 'a',
            orderBy: 'LastEventTime',
          }),
        ),
      'InvalidParameterException',
      /^Cannot order by LastEventTime with a logStreamNamePrefix\.$/,
    ],
    [
      'disorder',
      () => client.send(new logs.PutLogEventsCommand({ ...stream, logEvents: events([2, 'a'], [1, 'b']) })),
      'InvalidParameterException',
      /chronological order/,
    ],
    [
      'too much',
      () =>
        client.send(
          new logs.PutLogEventsCommand({ ...stream, logEvents: events([0, 'a'.repeat(1_048_551)]) }),
        ),
      'InvalidParameterException',
      /^Upload too large: 1048577 bytes exceeds limit of 1048576$/,
    ],
    [
      'too long a span',
      () =>
        client.send(
          new logs.PutLogEventsCommand({ ...stream, logEvents: events([-90_000_000, 'a'], [0, 'b']) }),
        ),
      'InvalidParameterException',
      /24 hours/,
    ],
    [
      'a query',
      () =>
        client.send(new logs.StartQueryCommand({ queryString: 'fields @message', startTime: 0, endTime: 1 })),
      'UnknownOperationException',
      /not offered/,
    ],
    [
      'encryption',
      () => client.send(new logs.CreateLogGroupCommand({ logGroupName: 'k', kmsKeyId: 'arn:x' })),
      'InvalidParameterException',
      /kmsKeyId is not offered/,
    ],
  ])('%s', async (_, ask, code, text) => {
    await make();
    const [name, message] = await refusal(ask());
    expect(name).toBe(code);
    expect(message).toMatch(text);
  });

  test('a read-only key reads and changes nothing', async () => {
    await make();
    const reader = server.client(READER);
    await reader.send(new logs.DescribeLogGroupsCommand({}));
    await reader.send(new logs.DescribeLogStreamsCommand(group));
    await reader.send(new logs.FilterLogEventsCommand(group));
    await reader.send(new logs.GetLogEventsCommand(stream));
    for (const command of [
      new logs.DeleteLogGroupCommand(group),
      new logs.DeleteLogStreamCommand(stream),
      new logs.PutRetentionPolicyCommand({ ...group, retentionInDays: 1 }),
      new logs.PutLogEventsCommand({ ...stream, logEvents: events([0, 'm']) }),
    ]) {
      expect((await refusal(reader.send(command as logs.DeleteLogGroupCommand)))[0]).toBe(
        'AccessDeniedException',
      );
    }
    expect(server.answers.at(-1)).toMatchObject({
      operation: 'PutLogEvents',
      status: 400,
      code: 'AccessDeniedException',
    });
  });

  test('whatever the body and the target, an answer of the protocol', async () => {
    const signer = server.client();
    const body = fc.oneof(
      fc.json(),
      fc.string(),
      fc.constant('['.repeat(5000)),
      fc.constant('{"limit":"1"}'),
    );
    const operation = fc.constantFrom(
      'DescribeLogGroups',
      'FilterLogEvents',
      'PutLogEvents',
      'CreateLogGroup',
      'toString',
      '__proto__',
    );
    await fc.assert(
      fc.asyncProperty(body, operation, async (text, name) => {
        signer.middlewareStack.add(
          (next) => (args) => {
            const request = args.request as { body: string; headers: Record<string, string> };
            request.body = text;
            request.headers['x-amz-target'] = `Logs_20140328.${name}`;
            request.headers['content-length'] = String(Buffer.byteLength(text));
            return next(args);
          },
          { step: 'build', name: 'raw', override: true, priority: 'low' },
        );
        const [code] = await signer.send(new logs.DescribeLogGroupsCommand({})).then(
          () => ['ok'],
          (error: Error) => [error.name],
        );
        expect([
          'ok',
          'SerializationException',
          'InvalidParameterException',
          'UnknownOperationException',
          'ResourceNotFoundException',
        ]).toContain(code);
      }),
      { interruptAfterTimeLimit: 3_000, numRuns: 300 },
    );
  });
});

describe('log events', () => {
  test('are put and read; what is too old or too new is told', async () => {
    await make();
    const day = 24 * 3_600_000;
    const put = await client.send(
      new logs.PutLogEventsCommand({
        ...stream,
        logEvents: events([-14 * day - 60_000, 'old'], [-13.5 * day, 'kept']),
      }),
    );
    expect(put.rejectedLogEventsInfo).toEqual({ tooOldLogEventEndIndex: 1 });
    const late = await client.send(
      new logs.PutLogEventsCommand({ ...stream, logEvents: events([0, 'now ü'], [2.5 * 3_600_000, 'new']) }),
    );
    expect(late.rejectedLogEventsInfo).toEqual({ tooNewLogEventStartIndex: 1 });
    const read = await client.send(new logs.GetLogEventsCommand({ ...stream, startFromHead: true }));
    expect(read.events!.map((it) => it.message)).toEqual(['kept', 'now ü']);
    const { logStreams } = await client.send(new logs.DescribeLogStreamsCommand(group));
    expect(logStreams).toMatchObject([
      {
        logStreamName: 'eni-1-all',
        firstEventTimestamp: now - 13.5 * day,
        lastEventTimestamp: now,
        uploadSequenceToken: expect.any(String) as string,
      },
    ]);
    const { logGroups } = await client.send(new logs.DescribeLogGroupsCommand({}));
    expect(logGroups![0]!.storedBytes).toBe(4 + 6 + 52);
  });

  test('GetLogEvents walks in both directions, and gives the same token back at the end', async () => {
    await make();
    const all = Array.from({ length: 25 }, (_, i): [number, string] => [i - 100, `m${i}`]);
    await client.send(new logs.PutLogEventsCommand({ ...stream, logEvents: events(...all) }));
    const walk = async (startFromHead: boolean): Promise<string[][]> => {
      const pages: string[][] = [];
      let nextToken: string | undefined;
      for (;;) {
        const input = {
          ...stream,
          startFromHead,
          limit: 10,
          ...(nextToken === undefined ? {} : { nextToken }),
        };
        const page = await client.send(new logs.GetLogEventsCommand(input));
        const token = startFromHead ? page.nextForwardToken : page.nextBackwardToken;
        if (token === nextToken) return pages;
        pages.push(page.events!.map((it) => it.message!));
        nextToken = token;
        expect(pages.length).toBeLessThan(10);
      }
    };
    const m = (from: number, to: number): string[] => all.slice(from, to).map(([, message]) => message);
    expect(await walk(true)).toEqual([m(0, 10), m(10, 20), m(20, 25)]);
    expect(await walk(false)).toEqual([m(15, 25), m(5, 15), m(0, 5)]);
    const last = await client.send(new logs.GetLogEventsCommand({ ...stream, limit: 5 }));
    expect(last.events!.map((it) => it.message)).toEqual(m(20, 25));
    await client.send(new logs.PutLogEventsCommand({ ...stream, logEvents: events([0, 'fresh']) }));
    const on = await client.send(
      new logs.GetLogEventsCommand({ ...stream, nextToken: last.nextForwardToken }),
    );
    expect(on.events!.map((it) => it.message)).toEqual(['fresh']);
    const back = await client.send(
      new logs.GetLogEventsCommand({ ...stream, limit: 3, nextToken: last.nextBackwardToken }),
    );
    expect(back.events!.map((it) => it.message)).toEqual(m(17, 20));
    const range = await client.send(
      new logs.GetLogEventsCommand({
        ...stream,
        startTime: now - 90,
        endTime: now - 80,
        startFromHead: true,
      }),
    );
    expect(range.events!.map((it) => it.message)).toEqual(m(10, 20));
  });

  test('FilterLogEvents goes over streams by time, by pattern, by pages, with ids', async () => {
    const line = (port: number, action: string): string =>
      `2 123456789012 eni-1 10.0.0.1 10.0.0.2 5000 ${port} 6 1 40 1 2 ${action} OK`;
    await server.storage.append(
      GROUP,
      'w-1',
      ['eni-1-all', 'eni-2-all', 'other'].map((name, i) =>
        streamEvents(name, [now - 300 + i, line(22, 'REJECT')], [now - 200 + i, line(443, 'ACCEPT')]),
      ),
      now,
    );
    const seen: logs.FilteredLogEvent[] = [];
    for await (const page of logs.paginateFilterLogEvents({ client, pageSize: 2 }, { ...group })) {
      expect(page.searchedLogStreams).toEqual([]);
      seen.push(...page.events!);
    }
    expect(seen.map((it) => it.timestamp! - now)).toEqual([-300, -299, -298, -200, -199, -198]);
    expect(new Set(seen.map((it) => it.eventId)).size).toBe(6);
    const count = async (input: Partial<logs.FilterLogEventsCommandInput>): Promise<number> =>
      (await client.send(new logs.FilterLogEventsCommand({ ...group, ...input }))).events!.length;
    const filterPattern =
      '[version, account, eni, source, destination, srcport, destport="22", protocol="6", packets, bytes, windowstart, windowend, action="REJECT", flowlogstatus]';
    expect(await count({ filterPattern })).toBe(3);
    expect(await count({ filterPattern, logStreamNamePrefix: 'eni-' })).toBe(2);
    expect(await count({ filterPattern: 'ACCEPT', logStreamNames: ['other'] })).toBe(1);
    expect(await count({ startTime: now - 299, endTime: now - 200 })).toBe(3);
    const newest = await client.send(
      new logs.FilterLogEventsCommand({ ...group, startFromHead: false, limit: 4 }),
    );
    expect(newest.events!.map((it) => it.timestamp! - now)).toEqual([-198, -199, -200, -298]);
    const { nextToken } = newest;
    const rest = await client.send(new logs.FilterLogEventsCommand({ ...group, nextToken }));
    expect(rest.events!.map((it) => it.timestamp! - now)).toEqual([-299, -300]);
    expect((await refusal(count({ nextToken, filterPattern: 'other' })))[0]).toBe(
      'InvalidParameterException',
    );
    expect((await refusal(count({ logStreamNames: ['none'] })))[0]).toBe('ResourceNotFoundException');
    const byArn = await client.send(
      new logs.FilterLogEventsCommand({
        logGroupIdentifier: 'arn:aws:logs:eu-central-1:123456789012:log-group:/vpc/flow-logs',
      }),
    );
    expect(byArn.events).toHaveLength(6);
  });

  test('streams are listed by name or by time, in pages', async () => {
    await server.storage.append(
      GROUP,
      'w-1',
      ['a', 'b', 'c', 'd', 'e'].map((name, i) => streamEvents(name, [now - [5, 1, 4, 2, 3][i]!, 'm'])),
      now,
    );
    const list = async (input: Partial<logs.DescribeLogStreamsCommandInput>): Promise<string> => {
      let names = '';
      for await (const page of logs.paginateDescribeLogStreams(
        { client, pageSize: 2 },
        { ...group, ...input },
      )) {
        names += page.logStreams!.map((it) => it.logStreamName).join('');
      }
      return names;
    };
    expect(await list({})).toBe('abcde');
    expect(await list({ descending: true })).toBe('edcba');
    expect(await list({ orderBy: 'LastEventTime' })).toBe('acedb');
    expect(await list({ orderBy: 'LastEventTime', descending: true })).toBe('bdeca');
    expect(await list({ logStreamNamePrefix: 'c' })).toBe('c');
    await client.send(new logs.DeleteLogStreamCommand({ ...group, logStreamName: 'c' }));
    expect(await list({})).toBe('abde');
  });
});
