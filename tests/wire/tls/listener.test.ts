/** The listener over TLS: the same bounds, for connections that agree on it and for those that do not. */
import { once } from 'node:events';
import { request } from 'node:https';
import { connect as connectRaw } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { genericRefusal } from '../../../src/wire/endpoint.ts';
import type { ListenerLimits } from '../../../src/wire/limits.ts';
import { HttpListener } from '../../../src/wire/listener.ts';
import { makeSelfSigned, type SelfSigned } from '../../../src/wire/tls/self-signed.ts';

let tls: SelfSigned;
beforeAll(() => {
  tls = makeSelfSigned(['localhost', '127.0.0.1'], new Date());
});

const running: HttpListener[] = [];
const sockets: { destroy(): unknown }[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await Promise.all(running.splice(0).map((listener) => listener.stop(0)));
});

async function serve(
  limits: Partial<ListenerLimits> = {},
): Promise<{ listener: HttpListener; port: number }> {
  const listener = new HttpListener({
    host: '127.0.0.1',
    port: 0,
    tls,
    routing: () => ({
      maxBodyBytes: 1000,
      handle: ({ body, peer }) =>
        Promise.resolve({ status: 200, headers: [], body: `${Buffer.from(body).toString()} ${peer}` }),
      refuse: (_, error) => genericRefusal(error, 'refused-1'),
    }),
    limits: { headersTimeoutMs: 200, requestTimeoutMs: 400, idleTimeoutMs: 300, keepAliveMs: 300, ...limits },
  });
  running.push(listener);
  return { listener, port: (await listener.start()).port };
}

/** What a client that trusts `ca` gets for a body. */
async function ask(port: number, body: string, ca = tls.certificate): Promise<string> {
  const sent = request({ host: '127.0.0.1', port, method: 'POST', ca, agent: false });
  sent.end(body);
  const [response] = (await once(sent, 'response')) as [NodeJS.ReadableStream & { statusCode: number }];
  const pieces: Buffer[] = [];
  for await (const piece of response) pieces.push(piece as Buffer);
  return `${response.statusCode} ${Buffer.concat(pieces).toString()}`;
}

async function secured(port: number): Promise<TLSSocket> {
  const socket = connect({ host: '127.0.0.1', port, ca: tls.certificate });
  sockets.push(socket);
  socket.on('error', () => {});
  await once(socket, 'secureConnect');
  return socket;
}

test('answers clients that trust the certificate, and no others', async () => {
  const { listener, port } = await serve();
  expect(await ask(port, 'hello')).toBe('200 hello 127.0.0.1');
  const other = makeSelfSigned(['localhost', '127.0.0.1'], new Date());
  await expect(ask(port, 'hello', other.certificate)).rejects.toMatchObject({
    code: 'DEPTH_ZERO_SELF_SIGNED_CERT',
  });
  expect(await ask(port, 'x'.repeat(1001))).toMatch(/^413 /);
  expect(listener.counters).toMatchObject({ requests: 2, faults: 0 });
});

test('closes what speaks no TLS, is silent, or leaves, and counts it', async () => {
  const { listener, port } = await serve();
  const closed = (say: string | undefined): Promise<unknown> => {
    const socket = connectRaw(port, '127.0.0.1');
    sockets.push(socket);
    socket.on('error', () => {});
    if (say !== undefined) socket.write(say);
    socket.resume();
    return once(socket, 'close');
  };
  await closed('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  await closed(undefined);
  await closed('\x16\x03\x01\x02\x00');
  expect(listener.counters).toMatchObject({ connections: 3, tlsFailures: 3, requests: 0, faults: 0 });
  expect(await ask(port, 'still there')).toBe('200 still there 127.0.0.1');
});

test('the quietest connection makes room, whether it has agreed on TLS or not', async () => {
  const { listener, port } = await serve({ maxConnections: 2, headersTimeoutMs: 5000, idleTimeoutMs: 5000 });
  const silent = connectRaw(port, '127.0.0.1');
  sockets.push(silent);
  silent.on('error', () => {});
  const silentClosed = once(silent, 'close');
  await once(silent, 'connect');
  const first = await secured(port);
  const firstClosed = once(first, 'close');
  first.resume();
  await secured(port); // in place of the silent one
  await silentClosed;
  expect(listener.counters.evicted).toBe(1);
  await secured(port); // in place of the first that agreed
  await firstClosed;
  expect(listener.counters.evicted).toBe(2);
});

test('has many requests on one connection answered in order', async () => {
  const { port } = await serve();
  const socket = await secured(port);
  let text = '';
  socket.on('data', (piece: Buffer) => (text += piece.toString()));
  for (const n of [1, 2, 3]) socket.write(`POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n${n}`);
  socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nConnection: close\r\n\r\n4');
  await once(socket, 'close');
  expect([...text.matchAll(/^(\d) 127/gm)].map((match) => match[1])).toEqual(['1', '2', '3', '4']);
});

test('shows another certificate once it is renewed; a broken one changes nothing', async () => {
  const { listener, port } = await serve();
  const before = await secured(port);
  const next = makeSelfSigned(['127.0.0.1'], new Date());
  listener.renewTls(next);
  expect(await ask(port, 'new', next.certificate)).toBe('200 new 127.0.0.1');
  await expect(ask(port, 'old')).rejects.toThrow('self-signed certificate');
  expect(() => listener.renewTls({ certificate: 'nonsense', key: next.key })).toThrow(/PEM/);
  expect(await ask(port, 'kept', next.certificate)).toBe('200 kept 127.0.0.1');
  expect(before.destroyed).toBe(false); // connections that are there go on
});

test('stops while a connection is about to agree on TLS', async () => {
  const { listener, port } = await serve({ headersTimeoutMs: 60_000 });
  const socket = connectRaw(port, '127.0.0.1');
  sockets.push(socket);
  socket.on('error', () => {});
  const closed = once(socket, 'close');
  socket.resume();
  await once(socket, 'connect');
  while (listener.counters.connections === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  const began = performance.now();
  await listener.stop(20_000);
  await closed;
  expect(performance.now() - began).toBeLessThan(5_000);
});
