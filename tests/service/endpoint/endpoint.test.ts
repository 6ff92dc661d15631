import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { UserError } from '../../../src/base/errors.ts';
import { signedHeaders } from '../../../src/service/endpoint/client-signing.ts';
import type { TailLine } from '../../../src/service/endpoint/messages.ts';
import type { ReplaySummary } from '../../../src/service/serve/control.ts';
import {
  FULL,
  keyOf,
  open,
  type Opened,
  READER,
  recordingStats,
  serviceStatus,
  STRANGER,
} from './support.ts';

let it: Opened;
beforeEach(async () => {
  it = await open();
});
afterEach(() => it.close());

async function* once(...pieces: readonly (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) yield typeof piece === 'string' ? Buffer.from(piece) : piece;
}

const SUMMARY: ReplaySummary = {
  producer: 'replay-0123456789abcdef',
  packets: 10,
  bytes: 1000,
  windows: 2,
  rejected: { not_ip: 1 },
  discovered: 3,
  until: 1_700_000_000,
  aborted: false,
  faults: [],
  stats: recordingStats(),
};

/** A signed request as the client would send it, with parts replaced after it was signed. */
async function raw(
  method: string,
  target: string,
  options: {
    key?: typeof FULL;
    body?: string;
    sent?: string;
    headers?: Record<string, string>;
    at?: number;
  } = {},
): Promise<{ status: number; body: string }> {
  const { key = FULL, body = '', sent = body, headers = {}, at } = options;
  const signed = signedHeaders(it.place(key), { method, target, body: Buffer.from(body) }, at);
  const response = await fetch(it.url + target, {
    method,
    headers: { ...signed, ...headers },
    ...(sent === '' ? {} : { body: sent }),
  });
  return { status: response.status, body: await response.text() };
}

describe('who is let in', () => {
  test('a signed request is answered', async () => {
    expect(await it.client().status()).toMatchObject({ ready: true, generation: 3, networkVersion: 7 });
  });

  test.each<[string, () => Promise<unknown>, RegExp]>([
    [
      'a wrong secret',
      () => it.client({ ...FULL, secret: 'wrong' }).status(),
      /refused: The signature is not that of the request: check the secret access key\. \(SignatureDiffers\)$/,
    ],
    ['an unknown key', () => it.client(keyOf('AKIANOBODY')).status(), /\(UnknownKey\)$/],
    [
      'another region is another scope, and fine',
      () => it.client(FULL, { region: 'EU' }).status(),
      /\(WrongScope\)$/,
    ],
  ])('%s', async (_, ask, message) => {
    await expect(ask()).rejects.toThrow(UserError);
    await expect(ask()).rejects.toThrow(message);
  });

  test.each<[string, () => Promise<{ status: number; body: string }>, number, string]>([
    [
      'no signature',
      async () => ({ ...(await answerOf(fetch(`${it.url}/_weir/status`))) }),
      401,
      'MissingAuthentication',
    ],
    [
      'an old signature',
      () => raw('GET', '/_weir/status', { at: Date.now() - 16 * 60_000 }),
      403,
      'RequestExpired',
    ],
    [
      'another body than was signed',
      () => raw('POST', '/_weir/flush', { body: 'a', sent: 'b' }),
      400,
      'BodyDiffers',
    ],
    [
      'a header that is not signed',
      () => raw('GET', '/_weir/status', { headers: { 'x-amz-meta': '1' } }),
      403,
      'HeaderNotSigned',
    ],
  ])('%s is refused', async (_, ask, status, code) => {
    const answer = await ask();
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.body)).toMatchObject({ code });
    expect(it.control.asked).toEqual([]);
  });

  test('a read-only key may look, and change nothing', async () => {
    const reader = it.client(READER);
    await reader.status();
    const denied = /is not authorized to perform: weir:\w+ \(AccessDenied\)$/;
    await expect(reader.flush()).rejects.toThrow(denied);
    await expect(reader.upload('a', once('x'))).rejects.toThrow(denied);
    await expect(reader.deleteUpload('a')).rejects.toThrow(denied);
    await expect(reader.replay({ uploads: ['a'] })).rejects.toThrow(denied);
    expect(it.control.asked).toEqual([]);
    expect(readdirSync(it.uploadDirectory)).toEqual([]);
  });

  test('what is signed for S3 is another protocol’s', async () => {
    const response = await fetch(`${it.url}/_weir/status`, {
      headers: { authorization: 'AWS4-HMAC-SHA256 Credential=A/20260101/r/s3/aws4_request' },
    });
    expect(response.status).toBe(418);
  });
});

async function answerOf(response: Promise<Response>): Promise<{ status: number; body: string }> {
  const it = await response;
  return { status: it.status, body: await it.text() };
}

describe('the status', () => {
  test('is that of the caller’s account and region, with the full reason', async () => {
    const flowLog = {
      flowLog: 'fl-0a1b2c3d',
      account: FULL.account,
      region: 'eu-central-1',
      resourceId: 'vpc-0a1b2c3d',
      destination: 'arn:aws:s3:::b/',
      state: { state: 'failing', message: 'Access error', reason: 'the bucket b is gone' },
      amounts: undefined,
    } as const;
    it.control.current = serviceStatus({
      flowLogs: [
        flowLog,
        { ...flowLog, account: STRANGER.account, flowLog: 'fl-0a1b2c3e' },
        { ...flowLog, region: 'us-east-1', flowLog: 'fl-0a1b2c3f' },
      ],
      notReady: ['the disk is full'],
    });
    const status = await it.client().status();
    expect(status).toMatchObject({ ready: false, notReady: ['the disk is full'] });
    expect(status.flowLogs).toEqual([
      {
        flowLog: 'fl-0a1b2c3d',
        resourceId: 'vpc-0a1b2c3d',
        destination: 'arn:aws:s3:::b/',
        state: 'failing',
        message: 'Access error',
        reason: 'the bucket b is gone',
      },
    ]);
    expect((await it.client(STRANGER).status()).flowLogs.map((log) => log.flowLog)).toEqual(['fl-0a1b2c3e']);
  });
});

describe('a replay', () => {
  test('gets what was sent up, by the client’s names, and leaves nothing behind', async () => {
    const capture = randomBytes(20 * 2 ** 20);
    let got: Buffer[] = [];
    let options: unknown;
    it.control.onReplay = (files, given) => {
      got = files.map((file) => readFileSync(file));
      const { signal: _, ...rest } = given;
      options = rest;
      return Promise.resolve({ ...SUMMARY, faults: [{ file: 'b.pcap', message: 'cut off' }] });
    };
    const client = it.client();
    const sent: number[] = [];
    expect(
      await client.upload('one', once(capture.subarray(0, 9_000_000), capture.subarray(9_000_000)), (bytes) =>
        sent.push(bytes),
      ),
    ).toBe(capture.length);
    expect(sent).toEqual([2 ** 23, 2 ** 24, capture.length]);
    expect(await client.upload('two', once())).toBe(0);
    const { stats: _, ...summary } = SUMMARY;
    const done = await client.replay({
      uploads: ['two', 'one'],
      names: ['a.pcap', 'b.pcap'],
      vpcs: ['vpc-0a1b2c3d'],
      verdictOnly: [1],
      rejectPrefix: '^NO',
      flush: false,
    });
    expect(done).toEqual({ ...summary, faults: [{ file: 'b.pcap', message: 'cut off' }] });
    expect(got.map((bytes) => bytes.length)).toEqual([0, capture.length]);
    expect(got[1]!.equals(capture)).toBe(true);
    expect(options).toEqual({
      names: ['a.pcap', 'b.pcap'],
      vpcs: ['vpc-0a1b2c3d'],
      verdictOnly: [1],
      rejectPrefix: '^NO',
      flush: false,
    });
    await vi.waitFor(() => expect(readdirSync(it.uploadDirectory)).toEqual([]));
    await expect(client.replay({ uploads: ['one'] })).rejects.toThrow(/There is no upload "one"/);
  });

  test('that fails says why, in names that the client knows', async () => {
    it.control.onReplay = ([file]) => Promise.reject(new UserError(`${file} is not a capture`));
    await it.client().upload('x', once('no capture'));
    const replay = it.client().replay({ uploads: ['x'], names: ['/home/me/x.pcap'] });
    await expect(replay).rejects.toThrow(/^\/home\/me\/x\.pcap is not a capture$/);
    await vi.waitFor(() => expect(readdirSync(it.uploadDirectory)).toEqual([]));
  });

  test('that a fault of the program ends is no user’s error, and is logged', async () => {
    it.control.onReplay = () => Promise.reject(new TypeError('oops'));
    await it.client().upload('x', once('capture'));
    await expect(it.client().replay({ uploads: ['x'] })).rejects.toThrow(/a fault of the service: oops/);
    expect(it.log.join('')).toContain('TypeError: oops');
  });

  test('tells how far it is, and is ended when its client goes', async () => {
    let aborted = false;
    it.control.onReplay = (_, { signal }) =>
      new Promise((resolve) => {
        signal!.addEventListener('abort', () => {
          aborted = true;
          resolve({ ...SUMMARY, aborted: true });
        });
      });
    const source = { name: 'x', packets: 42, bytes: 0, rejected: {}, lost: {}, restarts: 0, healthy: true };
    it.control.current = serviceStatus({
      recordings: [
        {
          number: 1,
          mode: 'replay',
          producer: 'p',
          state: 'recording',
          networkVersion: 1,
          stats: recordingStats({ sources: [source] }),
        },
      ],
    });
    await it.client().upload('x', once('capture'));
    const stop = new AbortController();
    const seen: unknown[] = [];
    const replay = it.client().replay(
      { uploads: ['x'] },
      (packets, waiting) => {
        seen.push([packets, waiting]);
        stop.abort();
      },
      stop.signal,
    );
    await expect(replay).rejects.toThrow(/broke off/);
    expect(seen).toEqual([[42, false]]);
    await vi.waitFor(() => expect(aborted).toBe(true), 5000);
    await vi.waitFor(() => expect(readdirSync(it.uploadDirectory)).toEqual([]));
  });

  test.each<[string, string, RegExp]>([
    ['no JSON', '{', /the body is no JSON/],
    ['no UTF-8', '\xff', /the body is no JSON|InvalidRequest/],
    ['nothing', '{}', /uploads/],
    ['no uploads', '{"uploads":[]}', /uploads/],
    ['a name with a slash', '{"uploads":["../a"]}', /uploads/],
    ['a name twice', '{"uploads":["a","a"]}', /named twice/],
    ['too few names', '{"uploads":["a"],"names":[]}', /names are as many/],
    ['an index beyond', '{"uploads":["a"],"verdictOnly":[1]}', /beyond the uploads/],
    ['no VPC', '{"uploads":["a"],"vpcs":["eni-1"]}', /is no VPC id/],
    ['a broken pattern', '{"uploads":["a"],"acceptPrefix":"("}', /is no regular expression/],
    ['an unknown member', '{"uploads":["a"],"path":"/etc"}', /path/],
    ['a member of the language', '{"uploads":["a"],"__proto__":{"flush":1}}', /./],
  ])('of %s is refused', async (_, body, message) => {
    const answer = await raw('POST', '/_weir/replay', { body });
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
    expect(answer.body).toMatch(message);
  });

  test('whatever its body, it is an answer', async () => {
    const body = fc.oneof(
      fc.json({ maxDepth: 3 }),
      fc
        .dictionary(
          fc.constantFrom('uploads', 'names', 'vpcs', 'verdictOnly', 'flush'),
          fc.jsonValue({ maxDepth: 2 }),
        )
        .map((value) => JSON.stringify(value)),
    );
    await fc.assert(
      fc.asyncProperty(body, async (text) => {
        const { status, body: answer } = await raw('POST', '/_weir/replay', { body: text });
        expect([400, 404]).toContain(status);
        expect(JSON.parse(answer)).toMatchObject({ code: expect.any(String), message: expect.any(String) });
      }),
      { numRuns: 300, interruptAfterTimeLimit: 2500 },
    );
    expect(it.log).toEqual([]);
  });
});

describe('uploads', () => {
  test.each([['.hidden'], ['a/b'], ['..'], ['a%2fb'], ['%2e%2e'], [''], ['a'.repeat(101)]])(
    'named %j are refused',
    async (name) => {
      const { status } = await raw('PUT', `/_weir/uploads/${name}?offset=0`, { body: 'x' });
      // fetch resolves dots itself: what arrives is not what was signed.
      expect([400, 403, 404]).toContain(status);
      expect(readdirSync(it.uploadDirectory)).toEqual([]);
    },
  );

  test('are appended in order, a repeated piece once; a gap is refused', async () => {
    const put = async (offset: number, body: string): Promise<unknown> =>
      JSON.parse((await raw('PUT', `/_weir/uploads/a?offset=${offset}`, { body })).body);
    expect(await put(0, 'abc')).toEqual({ name: 'a', bytes: 3 });
    expect(await put(3, 'def')).toEqual({ name: 'a', bytes: 6 });
    expect(await put(3, 'dEf')).toEqual({ name: 'a', bytes: 6 });
    expect(await put(7, 'x')).toMatchObject({
      code: 'PieceMissing',
      message: expect.stringContaining('6 bytes'),
    });
    let got = '';
    it.control.onReplay = ([file]) => {
      got = readFileSync(file!, 'utf8');
      return Promise.resolve(SUMMARY);
    };
    await it.client().replay({ uploads: ['a'] });
    expect(got).toBe('abcdEf');
  });

  test('of accounts do not meet', async () => {
    await it.client().upload('mine', once('x'));
    await expect(it.client(STRANGER).replay({ uploads: ['mine'] })).rejects.toThrow(/There is no upload/);
    await it.client(STRANGER).deleteUpload('mine');
    expect(readdirSync(it.uploadDirectory)).toHaveLength(1);
    await it.client().deleteUpload('mine');
    expect(readdirSync(it.uploadDirectory)).toEqual([]);
  });

  test('of more than a piece are refused whole', async () => {
    const big = 'x'.repeat(9 * 2 ** 20);
    const { status } = await raw('PUT', '/_weir/uploads/a?offset=0', { body: big });
    expect(status).toBe(413);
  });

  test('are gone when the service ends', async () => {
    await it.client().upload('a', once('x'));
    it.uploads.close();
    expect(existsSync(it.uploadDirectory)).toBe(false);
  });
});

describe('a flush', () => {
  test('is over when the service says so', async () => {
    it.control.onFlush = () => sleep(1500);
    const began = Date.now();
    await it.client().flush();
    expect(Date.now() - began).toBeGreaterThan(1400);
  });

  test('that fails says why', async () => {
    it.control.onFlush = () => Promise.reject(new UserError('the writing thread is gone'));
    await expect(it.client().flush()).rejects.toThrow(/^the writing thread is gone$/);
  });
});

describe('a tail', () => {
  const ID = 'fl-0a1b2c3d';

  test('brings lines as they come, of the caller’s scope, until its reader goes', async () => {
    it.control.knownFlowLogs.add(ID);
    const seen: TailLine[] = [];
    for await (const line of it.client(FULL, { region: 'us-east-1' }).tail([ID])) {
      seen.push(line);
      if (seen.length === 1) for (const tell of it.control.listeners) tell(ID, '2 a\n2 b\n');
      if (seen.length === 2) break;
    }
    expect(seen).toEqual([{ kind: 'alive' }, { kind: 'lines', flowLog: ID, text: '2 a\n2 b\n' }]);
    expect(it.control.asked).toEqual([{ account: FULL.account, region: 'us-east-1' }, [ID]]);
    await vi.waitFor(() => expect(it.control.listeners.size).toBe(0), 8000);
  });

  test('of a flow log that is not there is refused', async () => {
    await expect(it.client().tail([ID]).next()).rejects.toThrow(/refused: there is no flow log fl-0a1b2c3d/);
    await expect(it.client().tail(['x']).next()).rejects.toThrow(/is no flow log id/);
    await expect(it.client().tail([]).next()).rejects.toThrow(/flow-log is given 1 to/);
  });

  test('ends well with the service', async () => {
    it.control.knownFlowLogs.add(ID);
    const lines = it.client().tail([ID]);
    expect(await lines.next()).toEqual({ done: false, value: { kind: 'alive' } });
    it.own.close();
    expect(await lines.next()).toEqual({ done: true, value: undefined });
    expect(it.control.listeners.size).toBe(0);
  });
});

describe('paths and methods', () => {
  test.each<[string, string, number]>([
    ['GET', '/_weir/', 404],
    ['GET', '/_weir/keys', 404],
    ['GET', '/_weir/flush', 405],
    ['POST', '/_weir/status', 405],
    ['GET', '/_weir/uploads/a', 405],
    ['PUT', '/_weir/uploads/a?offset=-1', 400],
    ['PUT', '/_weir/uploads/a?offset=1&offset=2', 400],
    ['PUT', '/_weir/uploads/a?ofset=1', 400],
    ['GET', '/_weir/status?all=1', 400],
    ['GET', '/_weir/tail?flow-log=fl-1', 400],
  ])('%s %s is %i', async (method, target, status) => {
    const answer = await raw(method, target, method === 'GET' ? {} : { body: '{}' });
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.body)).toMatchObject({ code: expect.any(String) });
  });
});

describe('a client says clearly', () => {
  test('that nothing listens', async () => {
    const url = new URL(it.url);
    await it.listener.stop(0);
    await expect(it.client(FULL, { url }).status()).rejects.toThrow(
      /cannot reach the service at http:\/\/127\.0\.0\.1:\d+: nothing listens there/,
    );
  });

  test('that it is no weir', async () => {
    // Another protocol of the listener answers what does not begin with the endpoint's path.
    const { createServer } = await import('node:http');
    const other = createServer((_, response) => response.writeHead(404).end('<html>'));
    await new Promise<void>((resolve) => {
      other.listen(0, '127.0.0.1', resolve);
    });
    const url = new URL(`http://127.0.0.1:${(other.address() as { port: number }).port}`);
    await expect(it.client(FULL, { url }).status()).rejects.toThrow(/answered 404, and not as weir does/);
    other.close();
    other.closeAllConnections();
  });

  test('that an answer broke off', async () => {
    it.control.onFlush = () => sleep(1200).then(() => new Promise<never>(() => {}));
    const flush = it.client().flush();
    await sleep(200);
    void it.listener.stop(0);
    await expect(flush).rejects.toThrow(/broke off its answer|cannot reach/);
  });
});
