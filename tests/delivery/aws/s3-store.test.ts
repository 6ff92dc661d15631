/** What the sink sends, and what it makes of answers that the embedded S3 does not give. */
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { S3Options } from '../../../src/delivery/aws/settings.ts';
import { failureOf } from '../../../src/delivery/failures.ts';
import {
  type Answer,
  bytesOf,
  fakeStore,
  inPieces,
  MIB,
  s3Error,
  type SeenRequest,
  sinkAt,
  thrownBy,
} from './s3-support.ts';

const AS = { account: '123456789012', region: 'eu-central-1' };
const SMALL = bytesOf(1000);
const LARGE = bytesOf(9 * MIB);
const DONE: Answer = { status: 200, headers: { etag: '"x"' } };

/** A store that takes everything, in parts too. */
function taking({ method, url }: SeenRequest): Answer {
  if (method === 'POST' && url.includes('?uploads')) {
    return {
      status: 200,
      body: '<InitiateMultipartUploadResult><UploadId>U1</UploadId></InitiateMultipartUploadResult>',
    };
  }
  if (method === 'POST') {
    return {
      status: 200,
      body: '<CompleteMultipartUploadResult><ETag>"x-2"</ETag></CompleteMultipartUploadResult>',
    };
  }
  return method === 'DELETE' ? { status: 204 } : DONE;
}

/** Requests that make or complete objects. */
function puts(requests: readonly SeenRequest[]): SeenRequest[] {
  return requests.filter(
    ({ method, url }) =>
      (method === 'PUT' && !url.includes('uploadId')) || (method === 'POST' && url.includes('uploadId')),
  );
}

describe('what goes along', () => {
  const arn = 'arn:aws:kms:eu-west-3:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab';
  const cases: [string, S3Options, Record<string, string | undefined>][] = [
    [
      'by default',
      {},
      {
        'x-amz-acl': 'bucket-owner-full-control',
        'x-amz-server-side-encryption': undefined,
        'x-amz-checksum-crc32': undefined,
        'x-amz-sdk-checksum-algorithm': undefined,
        expect: undefined,
      },
    ],
    ['without ACL', { acl: false }, { 'x-amz-acl': undefined }],
    ['SSE-S3', { encryption: { type: 'AES256' } }, { 'x-amz-server-side-encryption': 'AES256' }],
    [
      'SSE-KMS',
      { encryption: { type: 'aws:kms', key: arn, bucketKey: true } },
      {
        'x-amz-server-side-encryption': 'aws:kms',
        'x-amz-server-side-encryption-aws-kms-key-id': arn,
        'x-amz-server-side-encryption-bucket-key-enabled': 'true',
      },
    ],
    [
      'SSE-KMS with the account’s own key',
      { encryption: { type: 'aws:kms' } },
      {
        'x-amz-server-side-encryption': 'aws:kms',
        'x-amz-server-side-encryption-aws-kms-key-id': undefined,
      },
    ],
  ];
  test.each(cases)('%s', async (_, options, expected) => {
    const store = await fakeStore(taking);
    const sink = sinkAt({ endpoint: store.url }, options);
    await sink.put('bucket', 'a/k', inPieces(SMALL), { as: AS, contentType: 'application/octet-stream' });
    await sink.put('bucket', 'a/k', inPieces(LARGE), { as: AS, contentType: 'application/octet-stream' });
    const made = store.requests.filter(({ url }) => !url.includes('uploadId'));
    const [whole, , begun] = made;
    expect(whole!.body.equals(SMALL)).toBe(true);
    expect(begun!.url).toContain('?uploads');
    for (const request of [whole!, begun!]) {
      expect(request.headers['content-type']).toBe('application/octet-stream');
      for (const [name, value] of Object.entries(expected)) {
        expect([name, request.headers[name]]).toEqual([name, value]);
      }
    }
    const bodies = store.requests.filter(({ method }) => method === 'PUT');
    expect(bodies).toHaveLength(3);
    for (const { headers, body } of bodies) {
      expect(headers['content-md5']).toBe(createHash('md5').update(body).digest('base64'));
      expect(headers['user-agent']).toMatch(/^weir( m\/[\w,]+)?$/);
    }
  });

  test('objects are put where nothing is, in parts too', async () => {
    const store = await fakeStore(taking);
    const sink = sinkAt({ endpoint: store.url });
    for (const bytes of [SMALL, LARGE]) await sink.put('b-1', 'k', inPieces(bytes), { as: AS });
    expect(puts(store.requests).map(({ headers }) => headers['if-none-match'])).toEqual(['*', '*']);
    const plain = sinkAt({ endpoint: store.url }, { conditional: false });
    await plain.put('b-1', 'k', inPieces(SMALL), { as: AS });
    expect(store.requests.at(-1)!.headers['if-none-match']).toBeUndefined();
  });

  test.each([0, 5 * MIB - 1, Number.NaN, 513 * MIB])('parts of %d bytes are refused', (partBytes) => {
    expect(() => sinkAt({}, { partBytes })).toThrow(/^parts have 5242880 to 536870912 bytes/);
  });
});

describe('stores without conditions', () => {
  const refusals: [string, Answer][] = [
    ['501', s3Error(501, 'NotImplemented')],
    ['501 without a body', { status: 501 }],
    ['400 InvalidArgument', s3Error(400, 'InvalidArgument')],
    [
      '400 that names the header',
      { status: 400, body: '<Error><Code>Odd</Code><Message>A header: If-None-Match</Message></Error>' },
    ],
  ];
  test.each(refusals)('%s: are put to without, and are not asked again', async (_, refusal) => {
    const store = await fakeStore((request) =>
      request.headers['if-none-match'] === undefined ? taking(request) : refusal,
    );
    const sink = sinkAt({ endpoint: store.url });
    await sink.put('bucket', 'k1', inPieces(SMALL), { as: AS });
    await sink.put('bucket', 'k2', inPieces(LARGE), { as: AS });
    await sink.put('bucket', 'k3', inPieces(SMALL), { as: AS });
    expect(
      puts(store.requests).map(({ url, headers }) => [url.split('?')[0], headers['if-none-match']]),
    ).toEqual([
      ['/bucket/k1', '*'],
      ['/bucket/k1', undefined],
      ['/bucket/k2', undefined],
      ['/bucket/k3', undefined],
    ]);
  });

  test('what is refused with and without is what failed, and says nothing of conditions', async () => {
    const store = await fakeStore(() => s3Error(501, 'NotImplemented'));
    const sink = sinkAt({ endpoint: store.url });
    const error = await thrownBy(sink.put('bucket', 'k', inPieces(SMALL), { as: AS }));
    expect(failureOf(error)).toMatchObject({
      message: 'Unknown error',
      reason: expect.stringMatching(
        /^NotImplemented \(HTTP 501, request REQUEST1\).*see the destination's acl/,
      ),
    });
    store.answer = taking;
    await sink.put('bucket', 'k', inPieces(SMALL), { as: AS });
    expect(store.requests.at(-1)!.headers['if-none-match']).toBe('*');
  });

  test('other refusals are no reason to put without', async () => {
    for (const answer of [
      s3Error(400, 'ExpiredToken'),
      s3Error(409, 'ConditionalRequestConflict'),
      s3Error(403, 'AccessDenied'),
    ]) {
      const store = await fakeStore(() => answer);
      await thrownBy(sinkAt({ endpoint: store.url }).put('bucket', 'k', inPieces(SMALL), { as: AS }));
      expect(store.requests).toHaveLength(1);
    }
  });
});

describe('a precondition that failed', () => {
  const etag = createHash('md5').update(SMALL).digest('hex');
  const head = (size: number, tag: string): Answer => ({
    status: 200,
    headers: { 'content-length': String(size), etag: `"${tag}"` },
  });
  const get = (body: Buffer): Answer => ({ status: 200, headers: { etag: '"encrypted"' }, body });

  async function against(
    onHead: Answer,
    onGet: Answer = s3Error(500, 'Unexpected'),
  ): Promise<{ outcome: unknown; methods: string[] }> {
    const store = await fakeStore(({ method, headers }) => {
      if (method === 'HEAD') return onHead;
      if (method === 'GET') return onGet;
      return headers['if-none-match'] === '*' ? s3Error(412, 'PreconditionFailed') : DONE;
    });
    const sink = sinkAt({ endpoint: store.url });
    const outcome = await sink
      .put('bucket', 'k', inPieces(SMALL), { as: AS })
      .catch((error: unknown) => error);
    return { outcome, methods: store.requests.map(({ method }) => method) };
  }

  test('same size and ETag: done', async () => {
    expect(await against(head(1000, etag))).toMatchObject({ outcome: { etag }, methods: ['PUT', 'HEAD'] });
  });

  test('another size: not overwritten', async () => {
    const { outcome, methods } = await against(head(1001, etag));
    expect(outcome).toMatchObject({ name: 'ObjectDiffers' });
    expect(methods).toEqual(['PUT', 'HEAD']);
  });

  test('an ETag that is no digest of the bytes (SSE-KMS): they are read', async () => {
    const same = await against(head(1000, 'encrypted'), get(SMALL));
    expect(same).toMatchObject({ outcome: { etag }, methods: ['PUT', 'HEAD', 'GET'] });
    const { outcome, methods } = await against(head(1000, 'encrypted'), get(bytesOf(1000, 7)));
    expect(outcome).toMatchObject({ name: 'ObjectDiffers' });
    expect(methods).toEqual(['PUT', 'HEAD', 'GET']);
  });

  test('it may not be looked at (a policy for writing only): put in its place', async () => {
    expect((await against({ status: 403 })).methods).toEqual(['PUT', 'HEAD', 'PUT']);
    const unread = await against(head(1000, 'encrypted'), s3Error(403, 'AccessDenied'));
    expect(unread).toMatchObject({ outcome: { etag }, methods: ['PUT', 'HEAD', 'GET', 'PUT'] });
  });

  test('it has gone meanwhile, or cannot be looked at: another attempt will tell', async () => {
    const gone = await against({ status: 404 });
    expect(gone).toMatchObject({ outcome: { name: 'PreconditionFailed' }, methods: ['PUT', 'HEAD'] });
    const down = await against({ status: 500 });
    expect(failureOf(down.outcome)).toMatchObject({ message: 'Unknown error', reason: 'HTTP 500' });
  });
});

describe('regions', () => {
  const regionOf = ({ headers }: SeenRequest): string => headers.authorization!.split('/')[2]!;
  const ways: [string, (region: string) => Answer][] = [
    ['301 with a header', (region) => s3Error(301, 'PermanentRedirect', { 'x-amz-bucket-region': region })],
    [
      '400 with a header',
      (region) => s3Error(400, 'AuthorizationHeaderMalformed', { 'x-amz-bucket-region': region }),
    ],
    [
      '400 with a member',
      (region) => ({
        status: 400,
        body: `<Error><Code>AuthorizationHeaderMalformed</Code><Message>m</Message><Region>${region}</Region></Error>`,
      }),
    ],
  ];
  test.each(ways)('%s: followed once, and remembered', async (_, redirect) => {
    const store = await fakeStore((request) =>
      regionOf(request) === 'sa-east-1' ? taking(request) : redirect('sa-east-1'),
    );
    const sink = sinkAt({ endpoint: store.url });
    await sink.put('bucket', 'k1', inPieces(LARGE), { as: AS });
    await sink.put('bucket', 'k2', inPieces(SMALL), { as: AS });
    await sink.put('other-bucket', 'k3', inPieces(SMALL), { as: AS });
    expect(store.requests.map(regionOf)).toEqual([
      'eu-central-1',
      ...Array.from({ length: store.requests.length - 3 }, () => 'sa-east-1'),
      'eu-central-1',
      'sa-east-1',
    ]);
  });

  test('a bucket that is looked at says its region', async () => {
    const store = await fakeStore((request) =>
      regionOf(request) === 'sa-east-1'
        ? { status: 200, headers: { 'x-amz-bucket-region': 'sa-east-1' } }
        : { status: 301, headers: { 'x-amz-bucket-region': 'sa-east-1' } },
    );
    const sink = sinkAt({ endpoint: store.url });
    expect(await sink.bucket('bucket', AS)).toMatchObject({ region: 'sa-east-1' });
  });

  test.each([
    ['that does not end', 'sa-east-1', 2],
    ['to where it came from', 'eu-central-1', 1],
    ['to what is no region', 'x"><script>', 1],
    ['to nowhere', '', 1],
  ])('a redirect %s is an error', async (_, region, requests) => {
    const store = await fakeStore(() => s3Error(301, 'PermanentRedirect', { 'x-amz-bucket-region': region }));
    const error = await thrownBy(
      sinkAt({ endpoint: store.url }).put('bucket', 'k', inPieces(SMALL), { as: AS }),
    );
    expect(store.requests).toHaveLength(requests);
    expect(failureOf(error)).toMatchObject({
      message: 'Unknown error',
      reason: expect.stringMatching(/^PermanentRedirect .*: set the destination's region$/),
    });
  });

  test('the destination’s region is signed for, else the flow log’s', async () => {
    const store = await fakeStore(taking);
    await sinkAt({ endpoint: store.url }).put('bucket', 'k', inPieces(SMALL), { as: AS });
    const there = sinkAt({ endpoint: store.url, region: 'us-west-2' });
    await there.put('bucket', 'k', inPieces(SMALL), { as: AS });
    expect(store.requests.map(regionOf)).toEqual(['eu-central-1', 'us-west-2']);
  });
});

describe('failures', () => {
  const limits = { connectMs: 500, silentMs: 300 };
  test('503 SlowDown is Rate limited, to PUT and, without its code, to HEAD', async () => {
    const store = await fakeStore(({ method }) =>
      method === 'HEAD' ? { status: 503 } : s3Error(503, 'SlowDown'),
    );
    const sink = sinkAt({ endpoint: store.url });
    expect(failureOf(await thrownBy(sink.put('bucket', 'k', inPieces(SMALL), { as: AS })))).toEqual({
      state: 'failing',
      message: 'Rate limited',
      reason: 'SlowDown (HTTP 503, request REQUEST1): because SlowDown',
    });
    expect(failureOf(await thrownBy(sink.bucket('bucket', AS)))).toMatchObject({
      message: 'Rate limited',
      reason: expect.stringMatching(/^HTTP 503.*: fewer requests are asked for, or it is not available/),
    });
  });

  test('a part that is refused: the upload is taken back', async () => {
    const store = await fakeStore((request) =>
      request.url.includes('partNumber=2') ? s3Error(503, 'SlowDown') : taking(request),
    );
    await thrownBy(sinkAt({ endpoint: store.url }).put('bucket', 'k', inPieces(LARGE), { as: AS }));
    const last = store.requests.at(-1)!;
    expect([last.method, last.url]).toEqual(['DELETE', expect.stringContaining('uploadId=U1')]);
  });

  test('the body is let go of when a put fails in its midst', async () => {
    const store = await fakeStore((request) =>
      request.url.includes('partNumber=1') ? s3Error(403, 'AccessDenied') : taking(request),
    );
    let isOpen = false;
    async function* body(): AsyncGenerator<Uint8Array> {
      isOpen = true;
      try {
        yield* inPieces(LARGE);
      } finally {
        isOpen = false;
      }
    }
    await thrownBy(sinkAt({ endpoint: store.url }).put('bucket', 'k', body(), { as: AS }));
    expect(isOpen).toBe(false);
  });

  test('uploads of other keys are nobody’s to take back; that they may not be listed is no failure', async () => {
    const listed = ['k.more', 'k'].map(
      (key) => `<Upload><Key>${key}</Key><UploadId>of-${key}</UploadId></Upload>`,
    );
    const store = await fakeStore((request) =>
      request.method === 'GET'
        ? { status: 200, body: `<ListMultipartUploadsResult>${listed.join('')}</ListMultipartUploadsResult>` }
        : taking(request),
    );
    const sink = sinkAt({ endpoint: store.url });
    await sink.put('bucket', 'k', inPieces(LARGE), { as: AS });
    const deleted = store.requests.filter(({ method }) => method === 'DELETE');
    expect(deleted.map(({ url }) => /uploadId=([^&]+)/.exec(url)?.[1])).toEqual(['of-k']);
    store.answer = (request) => (request.method === 'GET' ? s3Error(403, 'AccessDenied') : taking(request));
    expect(await sink.put('bucket', 'k', inPieces(LARGE), { as: AS })).toMatchObject({ size: LARGE.length });
  });

  test('200 with an error for a completed upload is an error, and the upload is taken back', async () => {
    const store = await fakeStore((request) =>
      request.method === 'POST' && request.url.includes('uploadId')
        ? { ...s3Error(200, 'InternalError'), status: 200 }
        : taking(request),
    );
    const error = await thrownBy(
      sinkAt({ endpoint: store.url }).put('bucket', 'k', inPieces(LARGE), { as: AS }),
    );
    expect(failureOf(error)).toMatchObject({
      message: 'Unknown error',
      reason: expect.stringContaining('InternalError'),
    });
    expect(store.requests.at(-1)!.method).toBe('DELETE');
  });

  test('a store that is silent, or not one', async () => {
    const store = await fakeStore(() => undefined);
    const sink = sinkAt({ endpoint: store.url }, {}, limits);
    expect(failureOf(await thrownBy(sink.put('bucket', 'k', inPieces(SMALL), { as: AS })))).toMatchObject({
      message: 'Unknown error',
      reason: expect.stringMatching(/timed out after 300 ms of inactivity.*: no answer came in time$/),
    });
    store.answer = () => ({
      status: 503,
      headers: { 'content-type': 'text/html' },
      body: '<html><b>no</html>',
    });
    expect(failureOf(await thrownBy(sink.put('bucket', 'k', inPieces(SMALL), { as: AS })))).toMatchObject({
      message: 'Unknown error',
      reason: expect.stringMatching(/^HTTP 503: @aws-sdk XML parse error/),
    });
    const tls = sinkAt({ endpoint: store.url.replace('http', 'https') }, {}, limits);
    expect(failureOf(await thrownBy(tls.put('bucket', 'k', [], { as: AS })))).toMatchObject({
      message: 'Unknown error',
      reason: expect.stringMatching(/EPROTO.*http or https\?/),
    });
  });

  test('nothing listens; no such host', async () => {
    const sink = sinkAt({ endpoint: 'http://127.0.0.1:1' }, {}, limits);
    expect(failureOf(await thrownBy(sink.put('bucket', 'k', [], { as: AS })))).toEqual({
      state: 'failing',
      message: 'Unknown error',
      reason: "connect ECONNREFUSED 127.0.0.1:1: nothing listens there: see the destination's endpoint",
    });
    const nowhere = sinkAt({ endpoint: 'http://nowhere.invalid' }, {}, limits);
    expect(failureOf(await thrownBy(nowhere.bucket('bucket', AS)))).toMatchObject({
      message: 'Unknown error',
      reason: expect.stringMatching(/nowhere\.invalid/),
    });
  });

  test('a look at a bucket ends by its signal', async () => {
    const store = await fakeStore(() => undefined);
    const stop = AbortSignal.timeout(50);
    const error = await thrownBy(sinkAt({ endpoint: store.url }).bucket('bucket', AS, stop));
    expect(error.name).toBe('TimeoutError');
    expect(error).toBe(stop.reason);
  });
});
