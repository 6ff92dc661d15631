import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Webhook, Webhooks, type WebhookTimes } from '../../../src/standins/notifications/webhooks.ts';
import { keysOf, openServices, type Services } from '../services.ts';

const TIMES: Partial<WebhookTimes> = { everyMs: 10, timeoutMs: 300, pausesMs: [10, 40] };
let services: Services;
let server: Server;
let url: string;
let answer: (request: IncomingMessage, response: ServerResponse, body: string) => void;
const bodies: string[] = [];
const running: Webhooks[] = [];

beforeEach(async () => {
  services = await openServices();
  await services.objects.buckets.create({
    name: 'flows',
    account: '123456789012',
    region: 'eu-central-1',
    createdAt: 0,
  });
  answer = (_, response) => response.end();
  server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const body = Buffer.concat(pieces).toString();
      bodies.push(body);
      answer(request, response, body);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
});
afterEach(async () => {
  for (const it of running.splice(0)) await it.close();
  bodies.splice(0);
  server.closeAllConnections();
  server.close();
  await services.close();
});

function start(hooks: readonly Webhook[], times: Partial<WebhookTimes> = {}): Webhooks {
  const webhooks = new Webhooks({
    journal: services.journal,
    webhooks: hooks,
    times: { ...TIMES, ...times },
  });
  running.push(webhooks);
  webhooks.start();
  return webhooks;
}

const hook = (more: Partial<Webhook> = {}): Webhook => ({
  name: 'siem',
  url,
  events: ['s3:ObjectCreated:*'],
  prefix: '',
  suffix: '',
  ...more,
});
const put = (key: string) => services.objects.put('flows', key, [Buffer.from(key)]);
const keyOf = (body: string): string | undefined => keysOf(body)[0];
const keys = (): string[] => bodies.flatMap(keysOf);

test('get a POST of each event that they are for, with their headers', async () => {
  const seen: IncomingMessage['headers'][] = [];
  answer = (request, response) => {
    seen.push(request.headers);
    response.end();
  };
  start([hook({ headers: { authorization: 'Bearer t' }, buckets: ['flows'], prefix: 'AWSLogs/' })]);
  await put('AWSLogs/1');
  await put('other');
  await vi.waitFor(() => expect(keys()).toEqual(['AWSLogs/1']));
  expect(seen[0]).toMatchObject({ authorization: 'Bearer t', 'content-type': 'application/json' });
  await vi.waitFor(() => expect(services.queues.tallies.events_webhook_delivered).toBe(1));
  expect([...services.journal.waitingCounts()]).toEqual([['siem', 0]]);
});

test('are called again until they take it: refused, hanging, or not there', async () => {
  let calls = 0;
  answer = (_, response) => {
    calls++;
    if (calls === 1) response.writeHead(503).end();
    else if (calls === 2) response.destroy();
    else if (calls > 3) response.end(); // the third hangs
  };
  start([hook()]);
  await put('a');
  await vi.waitFor(() => expect(services.queues.tallies.events_webhook_delivered).toBe(1), 4_000);
  expect(keys()).toEqual(['a', 'a', 'a', 'a']);
});

test('one event that is refused holds up no other', async () => {
  answer = (_, response, body) => response.writeHead(keyOf(body) === 'bad' ? 400 : 200).end();
  start([hook()]);
  await put('bad');
  for (let i = 0; i < 20; i++) await put(`good-${i}`);
  await vi.waitFor(() => expect(services.queues.tallies.events_webhook_delivered).toBe(20), 4_000);
  expect([...services.journal.waitingCounts()]).toEqual([['siem', 1]]);
});

test('what waits for too long is dropped, and counted', async () => {
  answer = (_, response) => response.writeHead(500).end();
  start([hook()], { maxAgeMs: 50 });
  await put('a');
  await vi.waitFor(() => expect(services.queues.tallies.events_webhook_dropped).toBe(1), 4_000);
  expect([...services.journal.waitingCounts()]).toEqual([['siem', 0]]);
});

test('get what waits for them after a restart; what is not configured any more is dropped', async () => {
  const down = hook({ url: 'http://127.0.0.1:9/' });
  const before = start([down, hook({ name: 'other', url: 'http://127.0.0.1:9/' })]);
  await put('a');
  await before.close();
  expect([...services.journal.waitingCounts()]).toEqual([
    ['other', 1],
    ['siem', 1],
  ]);
  start([hook()]);
  await vi.waitFor(() => expect(keys()).toEqual(['a']));
  expect(services.queues.tallies.events_webhook_dropped).toBe(1);
});
