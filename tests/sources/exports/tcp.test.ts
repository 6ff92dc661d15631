/** What TCP connections may take up, and what becomes of what they leave behind. */
import { once } from 'node:events';
import { type Socket, connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { FlowBatch } from '../../../src/capture/flow-batch.ts';
import { type TcpLimits, TcpSource } from '../../../src/sources/exports/tcp.ts';
import { bytesOf, ipfix, set, template, u16, u32 } from '../../capture/netflow/support.ts';
import { LOOPBACK, lost, take, until } from './support.ts';

const TEMPLATE = set(2, template(256, [8, 4], [12, 4], [1, 4], [2, 4]));
const FLOW = ipfix({ sequence: 0 }, TEMPLATE, set(256, '0a000001 0a000002', u32(100), u32(1)));
/** As long as a message can be, and without a row: a set whose id is reserved. */
const LONG = bytesOf(
  u16(10),
  u16(65_535),
  u32(0),
  u32(0),
  u32(0),
  u16(100),
  u16(65_519),
  '00'.repeat(65_515),
);
const closes: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closes.splice(0)) await close();
});

async function listening(limits: Partial<TcpLimits>, notices: string[] = []): Promise<TcpSource> {
  const listen = { host: '127.0.0.1', family: 4, port: 0 } as const;
  const notice = (message: string) => void notices.push(message);
  const source = new TcpSource({ name: 'tcp', listen, exporters: LOOPBACK, notice, limits });
  await source.open();
  closes.push(() => source.close());
  return source;
}

async function connected(source: TcpSource): Promise<Socket> {
  const socket = connect(source.address.port, '127.0.0.1').on('error', () => {});
  await once(socket, 'connect');
  closes.push(() => socket.destroy());
  return socket;
}

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.resume().once('close', () => resolve()));
}

test('more connections than there may be are refused, told once; there is room when one has ended', async () => {
  const notices: string[] = [];
  const source = await listening({ connections: 1 }, notices);
  const first = await connected(source);
  first.write(FLOW);
  await take(source, 1);
  for (let i = 0; i < 3; i++) await closed(await connected(source));
  expect(notices).toEqual(['an exporter was refused: there are 1 connections already']);
  const gone = closed(first);
  first.end();
  await gone;
  (await connected(source)).write(FLOW);
  expect(await take(source, 1)).toMatchObject([{ src: '10.0.0.1', bytes: 100 }]);
  expect(notices).toHaveLength(1);
});

test('a connection that is silent is closed; what it sent is not lost', async () => {
  const source = await listening({ idle: 300 });
  const socket = await connected(source);
  socket.write(FLOW);
  await closed(socket);
  expect(await take(source, 1)).toMatchObject([{ bytes: 100 }]);
});

test.each([
  ['of one connection', { waiting: 1 << 16, waitingInAll: Infinity }],
  ['of all', { waiting: Infinity, waitingInAll: 1 << 16 }],
])('who sends faster than it is decoded has to wait: bytes %s', async (_, limits) => {
  const source = await listening(limits);
  const sockets = [await connected(source), await connected(source)];
  // More than the kernel keeps of a connection.
  const messages = 400;
  for (const socket of sockets) for (let i = 0; i < messages; i++) socket.write(LONG);
  for (const socket of sockets) {
    for (let before = -1; socket.writableLength !== before; await sleep(100)) before = socket.writableLength;
    expect(socket.writableLength).toBeGreaterThan(LONG.length);
  }
  const batch = new FlowBatch();
  for (;;) {
    source.next(batch);
    if (source.counters.datagrams === sockets.length * messages) break;
    await source.ready();
  }
  expect(source.counters.bytes).toBe(sockets.length * messages * LONG.length);
  expect(sockets.map((socket) => socket.writableLength)).toEqual([0, 0]);
});

test('data whose template has not come when its connection ends is a loss', async () => {
  const source = await listening({});
  const socket = await connected(source);
  socket.end(ipfix({ sequence: 0 }, set(257, u32(1)), set(258, u32(1))));
  await closed(socket);
  const batch = new FlowBatch();
  await until(() => {
    source.next(batch);
    return source.counters.lost.template_missing > 0;
  });
  expect(lost(source.takeLosses())).toEqual({ template_missing: 2 });
});
