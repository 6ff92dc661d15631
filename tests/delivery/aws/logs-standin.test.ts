/** The sink against the embedded CloudWatch Logs, over the real SDK with signatures. */

import * as logs from '@aws-sdk/client-cloudwatch-logs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { AwsClients } from '../../../src/delivery/aws/clients.ts';
import { createLogsSink } from '../../../src/delivery/aws/logs.ts';
import { failureOf } from '../../../src/delivery/failures.ts';
import type { Caller } from '../../../src/standins/storage/caller.ts';
import type { LogSink } from '../../../src/standins/storage/log-storage.ts';
import { type LogsServer, openLogsServer, OTHER, OWNER, READER } from '../../standins/logs/server.ts';
import { GROUP, readAll, shown, temporaryRoot } from '../../standins/logs/support.ts';
import { DAY, streamEvents } from './logs-store.ts';

const NOW = Date.now();
const READER_ROLE = 'arn:aws:iam::123456789012:role/reader';
const OTHER_ROLE = 'arn:aws:iam::123456789012:role/path/other';

let server: LogsServer;
let clients: AwsClients;
let sink: LogSink;

beforeEach(async () => {
  server = await openLogsServer(temporaryRoot());
  const credentials = ({ id, secret }: typeof OWNER): object => ({
    credentials: { accessKeyId: id, secretAccessKey: secret },
  });
  clients = new AwsClients({
    endpoint: server.url,
    ...credentials(OWNER),
    roles: [
      { role: READER_ROLE, ...credentials(READER) },
      { role: '*/other', ...credentials(OTHER) },
    ],
  });
  sink = createLogsSink(clients);
});
afterEach(async () => {
  clients.destroy();
  await server.close();
  if (server.faults.length > 0) throw new Error(`faults: ${server.faults.join('; ')}`);
});

function as(role: string): Caller {
  return { account: GROUP.account, region: GROUP.region, roles: { role } };
}

test('what is appended is there, with groups, streams and times', async () => {
  expect(await sink.group(GROUP)).toBeUndefined();
  const lines = Array.from({ length: 12_345 }, (_, i): [number, string] => [
    NOW - (i % 7) * 1000,
    `2 123456789012 eni-0123456789abcdef0 10.0.0.${i % 250} tägs “${i}” ACCEPT OK`,
  ]);
  const given = [streamEvents('eni-1-all', lines), streamEvents('eni-2-all', lines.slice(0, 3))];
  expect(await sink.append(GROUP, 'one', given, NOW)).toEqual([]);
  expect(await sink.append(GROUP, 'one', given, NOW)).toEqual([]);
  const stored = shown(await readAll(server.storage));
  const expected = [
    ...lines.map(([time, line]) => ['eni-1-all', time, line]),
    ...lines.slice(0, 3).map(([time, line]) => ['eni-2-all', time, line]),
  ];
  const order = (list: readonly unknown[]): string[] => list.map((it) => JSON.stringify(it)).sort();
  expect(order(stored)).toEqual(order(expected));
  expect(await sink.group(GROUP)).toMatchObject({ logGroupName: GROUP.name });
});

test('as much as the largest request holds goes through', async () => {
  const line = 'x'.repeat(1_048_576 - 26);
  await sink.append(GROUP, 'one', [streamEvents('a', [[NOW, line]])], NOW);
  const quotes = '"'.repeat(1000);
  const lines = Array.from({ length: 3000 }, (_, i): [number, string] => [NOW + i, quotes]);
  await sink.append(GROUP, 'two', [streamEvents('b', lines)], NOW);
  expect((await server.storage.streams(GROUP, NOW))?.map(({ name }) => name)).toEqual(['a', 'b']);
  expect(server.storage.counters.events).toBe(3001);
});

test('a group is found among others whose names begin with its own, not for one of them', async () => {
  const client = server.client();
  for (let i = 0; i < 60; i++) {
    await client.send(new logs.CreateLogGroupCommand({ logGroupName: `${GROUP.name}-${i}` }));
  }
  expect(await sink.group(GROUP)).toBeUndefined();
  await client.send(new logs.CreateLogGroupCommand({ logGroupName: GROUP.name }));
  expect(await sink.group(GROUP)).toMatchObject({ logGroupName: GROUP.name });
});

test('what is older than the group keeps is told, and nothing else is missing', async () => {
  const client = server.client();
  await client.send(new logs.CreateLogGroupCommand({ logGroupName: GROUP.name }));
  await client.send(new logs.PutRetentionPolicyCommand({ logGroupName: GROUP.name, retentionInDays: 3 }));
  const days = [0, 5, 20, 1, 13, 15];
  const given = [
    streamEvents(
      'a',
      days.map((day): [number, string] => [NOW - day * DAY, `${day}`]),
    ),
  ];
  const refused = await sink.append(GROUP, 'one', given, NOW);
  const told = [...refused!].map(({ reason, events }) => [reason, ...events]).sort();
  // Each is a day or more from the next, and so a request of its own.
  expect(told).toEqual([
    ['expired', 1],
    ['expired', 4],
    ['too old', 2],
    ['too old', 5],
  ]);
  expect(shown(await readAll(server.storage)).map(([, , message]) => message)).toEqual(['1', '0']);
});

test('roles decide whose key signs: one that may not write, one of another account', async () => {
  const given = [streamEvents('a', [[NOW, 'x']])];
  const refused = await Promise.resolve(sink.append(GROUP, 'one', given, NOW, as(READER_ROLE))).catch(
    (error: unknown) => error,
  );
  expect(failureOf(refused).message).toBe('Access error');
  await sink.append(GROUP, 'one', given, NOW, as(OTHER_ROLE));
  expect(await server.storage.groupNames(OTHER.account, GROUP.region)).toEqual([GROUP.name]);
  expect(await server.storage.groupNames(GROUP.account, GROUP.region)).toEqual([]);
  const unmapped = await Promise.resolve(sink.append(GROUP, 'two', given, NOW, as('arn:x'))).catch(
    (error: unknown) => error,
  );
  expect(failureOf(unmapped).message).toBe('Access error');
});

test('a deleted group stays away where it may not be made', async () => {
  const given = [streamEvents('a', [[NOW, 'x']])];
  await sink.append(GROUP, 'one', given, NOW);
  await server.client().send(new logs.DeleteLogGroupCommand({ logGroupName: GROUP.name }));
  await expect(sink.append(GROUP, 'two', given, NOW, undefined, { create: false })).rejects.toThrow(
    'log group /vpc/flow-logs does not exist in eu-central-1 of 123456789012',
  );
  expect(await server.storage.groupNames(GROUP.account, GROUP.region)).toEqual([]);
});
