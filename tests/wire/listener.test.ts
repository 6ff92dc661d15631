import { afterEach, describe, expect, test } from 'vitest';
import { UserError } from '../../src/base/errors.ts';
import { type Endpoint, genericRefusal, type RawResponse } from '../../src/wire/endpoint.ts';
import type { ListenerLimits } from '../../src/wire/limits.ts';
import { HttpListener } from '../../src/wire/listener.ts';
import type { RawRequest } from '../../src/wire/request.ts';
import { RawClient } from './raw-client.ts';

const LIMITS: Partial<ListenerLimits> = {
  headersTimeoutMs: 200,
  requestTimeoutMs: 400,
  idleTimeoutMs: 300,
  keepAliveMs: 300,
  maxHeaderBytes: 4096,
  maxHeaderCount: 20,
  maxPipelined: 8,
};

type Handle = (request: RawRequest, signal: AbortSignal) => Promise<RawResponse>;

const running: HttpListener[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((listener) => listener.stop(0)));
});

async function serve(
  handle: Handle,
  limits: Partial<ListenerLimits> = {},
  onFault?: (error: unknown) => void,
): Promise<{ listener: HttpListener; port: number; client: () => RawClient }> {
  const endpoint: Endpoint = {
    maxBodyBytes: 1_000,
    handle,
    refuse: (_, error) => genericRefusal(error, 'refused-1'),
  };
  const listener = new HttpListener({
    host: '127.0.0.1',
    port: 0,
    routing: () => endpoint,
    limits: { ...LIMITS, ...limits },
    ...(onFault === undefined ? {} : { onFault }),
  });
  running.push(listener);
  const { port } = await listener.start();
  return { listener, port, client: () => new RawClient(port) };
}

function text(body: string): RawResponse {
  return { status: 200, headers: [['Content-Type', 'text/plain']], body };
}

function say(body: string): Handle {
  return () => Promise.resolve(text(body));
}

describe('what a handler gets', () => {
  test('the raw target, headers in order and spelling, and the body', async () => {
    let seen: RawRequest | undefined;
    const { client } = await serve(async (request) => {
      seen = request;
      return text('ok');
    });
    const c = client().send(
      'POST /a%2Fb/../c?x=%7e&x=+ HTTP/1.1\r\nhost: X\r\nX-a:  two  words \r\nx-A: again\r\nContent-Length: 3\r\n\r\n\x00\xffz',
    );
    expect(await c.until(/ok$/)).toMatch(
      /^HTTP\/1\.1 200 OK\r\nContent-Type: text\/plain\r\nContent-Length: 2\r\n/,
    );
    expect(seen).toMatchObject({
      method: 'POST',
      target: '/a%2Fb/../c?x=%7e&x=+',
      headers: [
        ['host', 'X'],
        ['X-a', 'two  words'],
        ['x-A', 'again'],
        ['Content-Length', '3'],
      ],
      peer: '127.0.0.1',
    });
    expect([...seen!.body]).toEqual([0, 255, 0x7a]);
  });

  test('a chunked body without its coding', async () => {
    const { client } = await serve(async ({ body }) => text(`<${Buffer.from(body).toString()}>`));
    const c = client().send(
      'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n',
    );
    expect(await c.until(/>$/)).toMatch(/<abcde>$/);
  });

  test('a signal that aborts when the client is gone', async () => {
    const aborted = Promise.withResolvers<boolean>();
    const { client } = await serve(
      (_, signal) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', () => {
            aborted.resolve(true);
            resolve(text('late'));
          });
        }),
    );
    const c = client().send('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    setTimeout(() => c.socket.destroy(), 50);
    expect(await aborted.promise).toBe(true);
  });
});

async function* pieces(): AsyncGenerator<Uint8Array> {
  for (const word of ['one ', 'two ', 'three']) yield Buffer.from(word);
}

describe('answers', () => {
  test('a stream is sent as it comes', async () => {
    const { port } = await serve(async () => ({ status: 200, headers: [], body: pieces() }));
    const answer = await fetch(`http://127.0.0.1:${port}/`);
    expect(await answer.text()).toBe('one two three');
  });

  test('pipelined requests are answered in order, one at a time', async () => {
    let running_ = 0;
    let most = 0;
    const { client } = await serve(async ({ target }) => {
      most = Math.max(most, ++running_);
      await new Promise((resolve) => setTimeout(resolve, target === '/1' ? 40 : 1));
      running_--;
      return text(`[${target}]`);
    });
    const c = client().send([1, 2, 3, 4].map((n) => `GET /${n} HTTP/1.1\r\nHost: x\r\n\r\n`).join(''));
    const all = await c.until(/\[\/4\]/);
    expect(all.match(/\[\/\d\]/g)).toEqual(['[/1]', '[/2]', '[/3]', '[/4]']);
    expect(most).toBe(1);
  });

  test('a connection that pipelines without end is closed', async () => {
    const { listener, client } = await serve(async () => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      return text('x');
    });
    const c = client().send('GET / HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(50));
    await c.closed;
    expect(listener.counters.refused.get(503)).toBe(1);
  });

  test('a handler that rejects is a fault: told of, answered 500, and the next request is served', async () => {
    const faults: unknown[] = [];
    let first = true;
    const { client } = await serve(
      async () => {
        if (!first) return text('fine');
        first = false;
        throw new RangeError('boom');
      },
      {},
      (error) => faults.push(error),
    );
    const c = client().send('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await c.closed;
    expect(c.text).toMatch(/^HTTP\/1\.1 500 [^]*<Code>InternalError<\/Code>/);
    expect(c.text).not.toContain('boom');
    expect(faults).toEqual([new RangeError('boom')]);
    expect(await client().send('GET / HTTP/1.1\r\nHost: x\r\n\r\n').until(/fine$/)).toMatch(/200 OK/);
  });
});

describe('bounds', () => {
  test.each([
    ['declared', `Content-Length: 1001\r\n\r\n${'x'.repeat(1001)}`],
    [
      'chunked',
      `Transfer-Encoding: chunked\r\n\r\n${'190\r\n'.concat('x'.repeat(400), '\r\n').repeat(3)}0\r\n\r\n`,
    ],
    ['far too large', `Content-Length: 500000\r\n\r\n${'x'.repeat(500_000)}`],
  ])("a body over the limit, %s: 413 in the endpoint's words", async (_, rest) => {
    const { listener, client } = await serve(say('never'));
    const c = client().send(`POST / HTTP/1.1\r\nHost: x\r\n${rest}`);
    await c.closed;
    expect(c.text).toMatch(/^HTTP\/1\.1 413 [^]*refused-1/);
    expect(c.text).not.toContain('never');
    expect(listener.bufferedBytes).toBe(0);
  });

  test('a body of exactly the limit is served', async () => {
    const { client } = await serve(async ({ body }) => text(`${body.length} bytes`));
    const c = client().send(`POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n${'x'.repeat(1000)}`);
    expect(await c.until(/bytes/)).toMatch(/1000 bytes$/);
  });

  test('Expect: 100-continue is answered before the body, and refused without it', async () => {
    const { client } = await serve(async ({ body }) => text(`${body.length} bytes`));
    const good = client().send(
      'POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n',
    );
    await good.until(/100 Continue/);
    expect(good.statuses).toEqual([100]);
    expect(await good.send('ab').until(/bytes/)).toMatch(/2 bytes$/);
    const bad = client().send(
      'POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5000\r\n\r\n',
    );
    await bad.closed;
    expect(bad.statuses).toEqual([413]);
  });

  test('all bodies together are bounded: 503, and room again afterwards', async () => {
    const { listener, client } = await serve(async ({ body }) => text(`${body.length} bytes`), {
      maxBufferedBytes: 1_500,
    });
    const first = client().send(
      `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n${'x'.repeat(900)}`,
    );
    while (listener.bufferedBytes < 900) await new Promise((resolve) => setTimeout(resolve, 5));
    const second = client().send(
      `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\n${'x'.repeat(900)}`,
    );
    await second.closed;
    expect(second.statuses).toEqual([503]);
    expect(await first.send('x'.repeat(100)).until(/bytes/)).toMatch(/1000 bytes$/);
    expect(listener.bufferedBytes).toBe(0);
  });

  test('too many headers and too large headers: 431', async () => {
    const { client } = await serve(say('never'));
    const many = client().send(`GET / HTTP/1.1\r\nHost: x\r\n${'a: b\r\n'.repeat(20)}\r\n`);
    const large = client().send(`GET / HTTP/1.1\r\nHost: x\r\na: ${'b'.repeat(5_000)}\r\n\r\n`);
    await Promise.all([many.closed, large.closed]);
    expect([...many.statuses, ...large.statuses]).toEqual([431, 431]);
  });

  test.each([
    ['two lengths', 'Content-Length: 1\r\nContent-Length: 2'],
    ['a length and a coding', 'Content-Length: 1\r\nTransfer-Encoding: chunked'],
    ['a bad length', 'Content-Length: -1'],
    ['a bad header name', 'a b: c'],
  ])('%s: 400 and closed', async (_, header) => {
    const { client } = await serve(say('never'));
    const c = client().send(`POST / HTTP/1.1\r\nHost: x\r\n${header}\r\n\r\nx`);
    await c.closed;
    expect(c.text).toMatch(/^HTTP\/1\.1 400 [^]*<Code>BadRequest<\/Code>/);
  });
});

describe('slow and silent clients', () => {
  test.each([
    ['headers that do not end', 'GET / HTTP/1.1\r\nHost: x\r\n'],
    ['a body that does not come', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc'],
    ['half a request line', 'GE'],
  ])('%s: cut off in time', async (_, start) => {
    const { listener, client } = await serve(say('never'));
    const started = Date.now();
    const c = client().send(start);
    await c.closed;
    expect(Date.now() - started).toBeLessThan(1_500);
    expect(c.statuses.every((status) => status === 408)).toBe(true);
    expect(c.text).not.toContain('never');
    await expect.poll(() => listener.bufferedBytes).toBe(0);
  });

  test('a body that drips is cut off by the time of the whole request', async () => {
    const { client } = await serve(say('never'));
    const c = client().send('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\n');
    const drip = setInterval(() => c.send('x'), 30);
    const started = Date.now();
    await c.closed;
    clearInterval(drip);
    expect(Date.now() - started).toBeLessThan(1_500);
    expect(c.text).not.toContain('never');
  });

  test('a silent connection is closed', async () => {
    const { client } = await serve(say('x'));
    const started = Date.now();
    await client().closed;
    expect(Date.now() - started).toBeLessThan(1_500);
  });

  test('a client that does not read its answer is closed, and its stream ended', async () => {
    const ended = Promise.withResolvers<void>();
    async function* endless(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield new Uint8Array(64 * 1024);
      } finally {
        ended.resolve();
      }
    }
    const { client } = await serve(async () => ({ status: 200, headers: [], body: endless() }));
    const c = client();
    c.socket.pause();
    c.send('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await expect(ended.promise).resolves.toBeUndefined();
  });

  test('a handler that takes longer than the idle time is no idle client', async () => {
    const { client } = await serve(async () => {
      await new Promise((resolve) => setTimeout(resolve, 700));
      return text('worth it');
    });
    expect(
      await client()
        .send('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
        .until(/worth it/),
    ).toMatch(/worth it$/);
  });

  test('connections that are held open make room for one that asks', async () => {
    const { listener, client } = await serve(say('served'), {
      maxConnections: 10,
      headersTimeoutMs: 10_000,
      requestTimeoutMs: 10_000,
      idleTimeoutMs: 10_000,
    });
    const held = Array.from({ length: 10 }, () => client().send('GET / HTTP/1.1\r\nHost: '));
    while (listener.counters.connections < 10) await new Promise((resolve) => setTimeout(resolve, 5));
    const started = Date.now();
    for (let i = 0; i < 30; i++) {
      expect(
        await client()
          .send('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
          .until(/served/),
      ).toMatch(/served$/);
    }
    expect(Date.now() - started).toBeLessThan(1_500);
    expect(listener.counters.evicted).toBe(30);
    await Promise.all(held.map((c) => c.closed));
  });
});

describe('start and stop', () => {
  test('stop lets the request that is being answered finish, then closes', async () => {
    const { listener, client } = await serve(async () => {
      await new Promise((resolve) => setTimeout(resolve, 100));
      return text('finished');
    });
    const idle = client().send('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await idle.until(/finished/);
    const busy = client().send('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    while (listener.counters.requests < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    const stopped = listener.stop(2_000);
    await Promise.all([idle.closed, busy.closed, stopped]);
    expect(busy.text).toMatch(/Connection: close[^]*finished$/);
  });

  test('stop ends what outlasts its grace, and is the same when called again', async () => {
    const { listener, client } = await serve(() => new Promise(() => undefined));
    const c = client().send('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    while (listener.counters.requests < 1) await new Promise((resolve) => setTimeout(resolve, 5));
    const started = Date.now();
    await Promise.all([listener.stop(50), listener.stop(10_000)]);
    await c.closed;
    expect(Date.now() - started).toBeLessThan(1_000);
  });

  test("an address that is taken is the user's to mend", async () => {
    const { port } = await serve(say('x'));
    const second = new HttpListener({
      host: '127.0.0.1',
      port,
      routing: () => ({
        maxBodyBytes: 0,
        handle: say('x'),
        refuse: (_, error) => genericRefusal(error, ''),
      }),
    });
    await expect(second.start()).rejects.toThrow(UserError);
    await expect(second.start()).rejects.toThrow(`cannot listen on 127.0.0.1:${port}`);
  });
});
