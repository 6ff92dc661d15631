/** The demo as a client: what it asks, and how it reads answers that come in pages. */
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { type ApiRequest, DemoClient } from '../../src/service/demo/calls.ts';

/** A client whose requests are answered by `answer`, and are kept. */
function clientOf(answer: (request: ApiRequest) => { status?: number; body: string | Buffer }): {
  client: DemoClient;
  asked: ApiRequest[];
} {
  const asked: ApiRequest[] = [];
  const client = new DemoClient(async (request) => {
    asked.push(request);
    const { status = 200, body } = answer(request);
    return { status, body: Buffer.from(body) };
  });
  return { client, asked };
}

test('a bucket in its region, with the body that S3 takes', async () => {
  const { client, asked } = clientOf(() => ({ body: '' }));
  await client.createBucket('b', 'eu-central-1');
  expect(asked).toMatchObject([{ service: 's3', method: 'PUT', target: '/b' }]);
  expect(asked[0]!.body).toContain('<LocationConstraint>eu-central-1</LocationConstraint>');
});

test('a flow log by its form; no id is a failure with the answer in it', async () => {
  const id = 'fl-0a1b2c3d4e5f60718';
  const made = `<CreateFlowLogsResponse><flowLogIdSet><item>${id}</item></flowLogIdSet></CreateFlowLogsResponse>`;
  const { client, asked } = clientOf(() => ({ body: made }));
  expect(await client.createFlowLog({ LogFormat: '${a} ${b}' })).toBe(id);
  expect(asked[0]!.body).toBe('Action=CreateFlowLogs&Version=2016-11-15&LogFormat=%24%7Ba%7D+%24%7Bb%7D');
  const refused = clientOf(() => ({ body: '<unsuccessful><item>Access error</item></unsuccessful>' }));
  await expect(refused.client.createFlowLog({})).rejects.toThrow(/no flow log.*Access error/);
});

test('every object of a bucket, however many pages its list has', async () => {
  const text = 'srcaddr action\n10.0.0.1 ACCEPT\n10.0.0.2 REJECT\n';
  const pages: Record<string, string> = {
    '/b?list-type=2': '<Key>AWSLogs/a+b</Key><Key>AWSLogs/c</Key><IsTruncated>true</IsTruncated>',
    '/b?list-type=2&start-after=AWSLogs%2Fc': '<Key>AWSLogs/d</Key><IsTruncated>false</IsTruncated>',
  };
  const { client, asked } = clientOf(({ target }) => ({ body: pages[target] ?? gzipSync(text) }));
  const objects = await client.readBucket('b');
  expect(objects.map(({ key }) => key)).toEqual(['AWSLogs/a+b', 'AWSLogs/c', 'AWSLogs/d']);
  expect(objects[0]).toMatchObject({
    header: 'srcaddr action',
    lines: ['10.0.0.1 ACCEPT', '10.0.0.2 REJECT'],
    size: gzipSync(text).length,
  });
  expect(asked.map(({ target }) => target)).toContain('/b/AWSLogs/a%2Bb');
});

test('every event of a log group, by tokens', async () => {
  const event = (message: string): object => ({ logStreamName: 's', message });
  const { client, asked } = clientOf(({ body }) => {
    const { nextToken } = JSON.parse(body) as { nextToken?: string };
    const page =
      nextToken === undefined ? { events: [event('1')], nextToken: 't' } : { events: [event('2')] };
    return { body: JSON.stringify(page) };
  });
  expect((await client.readLogGroup('/g')).map(({ message }) => message)).toEqual(['1', '2']);
  expect(asked[0]!.headers['x-amz-target']).toBe('Logs_20140328.FilterLogEvents');
});

test('a refusal is an error that says what was asked and answered', async () => {
  const { client } = clientOf(() => ({ status: 403, body: '<Code>AccessDenied</Code>' }));
  await expect(client.createBucket('b', 'r')).rejects.toThrow(
    's3 PUT /b was answered 403: <Code>AccessDenied</Code>',
  );
});
