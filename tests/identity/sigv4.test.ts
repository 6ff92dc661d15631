import { Buffer } from 'node:buffer';
import type { BinaryLike, Hash, Hmac } from 'node:crypto';
import * as crypto from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import * as fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import type { RawRequest } from '../../src/base/raw-request.ts';
import { claimedService } from '../../src/identity/signature-parts.ts';
import type { SignedService } from '../../src/identity/signing-rules.ts';
import { verifySignature } from '../../src/identity/sigv4.ts';
import type { AccessKey } from '../../src/store/store.ts';
import { KEY, keysOf, NOW, presigned, signed } from './signing.ts';

vi.mock('node:crypto', async (original) => {
  const actual = await original<typeof crypto>();
  return { ...actual, timingSafeEqual: vi.fn<typeof crypto.timingSafeEqual>(actual.timingSafeEqual) };
});

const BUDGET = process.env['CI'] === 'true' ? 4_000 : 2_000;
const budget = { numRuns: 100_000, interruptAfterTimeLimit: BUDGET, markInterruptAsFailure: false };

/** A request to the example bucket of the published examples, signed by header. */
function byHeader(
  method: string,
  target: string,
  headers: [string, string][],
  signature: string,
  body = '',
): RawRequest {
  const all: [string, string][] = [['Host', 'examplebucket.s3.amazonaws.com'], ...headers];
  const names = all.map(([name]) => name.toLowerCase()).toSorted();
  const scope = 'AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request';
  const value = `AWS4-HMAC-SHA256 Credential=${scope},SignedHeaders=${names.join(';')},Signature=${signature}`;
  return { method, target, headers: [...all, ['Authorization', value]], body: Buffer.from(body) };
}

describe('the published examples of S3', () => {
  // Amazon S3 API Reference, "Authenticating Requests (AWS Signature Version 4)".
  const example: AccessKey = {
    ...KEY,
    id: 'AKIAIOSFODNN7EXAMPLE',
    secret: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  };
  const empty = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
  const verify = (request: RawRequest, now = Date.UTC(2013, 4, 24)) =>
    verifySignature(request, { service: 's3', keys: keysOf(example), now });
  const dated: [string, string][] = [
    ['x-amz-content-sha256', empty],
    ['x-amz-date', '20130524T000000Z'],
  ];
  const caller = {
    accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
    account: '123456789012',
    readOnly: false,
    region: 'us-east-1',
    service: 's3',
  };

  test('GET Object with a range', () => {
    const signature = 'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41';
    expect(verify(byHeader('GET', '/test.txt', [['Range', 'bytes=0-9'], ...dated], signature))).toEqual(
      caller,
    );
  });

  test('PUT Object: a date header, a body, a key that is encoded', () => {
    const headers: [string, string][] = [
      ['Date', 'Fri, 24 May 2013 00:00:00 GMT'],
      ['x-amz-date', '20130524T000000Z'],
      ['x-amz-storage-class', 'REDUCED_REDUNDANCY'],
      ['x-amz-content-sha256', '44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072'],
    ];
    const signature = '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd';
    for (const target of ['/test%24file.text', '/test$file.text']) {
      expect(verify(byHeader('PUT', target, headers, signature, 'Welcome to Amazon S3.'))).toEqual(caller);
    }
  });

  test('GET Bucket Lifecycle: a parameter without value', () => {
    const signature = 'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543';
    expect(verify(byHeader('GET', '/?lifecycle', dated, signature))).toEqual(caller);
  });

  test('List Objects', () => {
    const signature = '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7';
    expect(verify(byHeader('GET', '/?max-keys=2&prefix=J', dated, signature))).toEqual(caller);
    expect(verify(byHeader('GET', '/?prefix=J&max-keys=2', dated, signature))).toEqual(caller);
  });

  test('GET Object presigned, to the last second of its day', () => {
    const target =
      '/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1' +
      '%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host' +
      '&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404';
    const headers: [string, string][] = [['Host', 'examplebucket.s3.amazonaws.com']];
    const request = { method: 'GET', target, headers, body: new Uint8Array() };
    expect(verify(request)).toEqual(caller);
    expect(verify(request, Date.UTC(2013, 4, 25))).toEqual(caller);
    expect(() => verify(request, Date.UTC(2013, 4, 25) + 1)).toThrow(/difference between the request time/);
  });
});

/** SHA-256 in the form that the SDK's signer takes. */
class Sha256 {
  readonly #hash: Hash | Hmac;
  constructor(secret?: BinaryLike) {
    this.#hash = secret === undefined ? crypto.createHash('sha256') : crypto.createHmac('sha256', secret);
  }
  update(data: BinaryLike): void {
    this.#hash.update(data);
  }
  digest(): Promise<Uint8Array> {
    return Promise.resolve(new Uint8Array(this.#hash.digest()));
  }
  reset(): void {}
}

interface Case {
  method: string;
  path: string;
  query: Record<string, string | string[]>;
  headers: Record<string, string>;
  body: Uint8Array;
  service: SignedService;
  region: string;
  plusForSpace: boolean;
}

const text = fc.string({ unit: 'grapheme', maxLength: 12 });
const escaped = (value: string) =>
  encodeURIComponent(value).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
const rawPath = fc
  .array(
    fc.oneof(
      fc.constantFrom('', '.', '..', '%2F', '%2e', 'a', '%', '%zz', '~', 'a b'.replace(' ', '%20')),
      fc.stringMatching(/^[!-"$->@-~]{0,8}$/), // all printable characters but ? and #
    ),
    { maxLength: 6 },
  )
  .map((segments) => `/${segments.join('/')}`);
const s3Path = fc.array(text, { maxLength: 5 }).map((segments) => `/${segments.map(escaped).join('/')}`);
const parameterName = text.filter((name) => name !== '__proto__' && !/^x-amz-/i.test(name));
const cases: fc.Arbitrary<Case> = fc.constantFrom<SignedService>('ec2', 'sts', 's3').chain((service) =>
  fc.record({
    service: fc.constant(service),
    method: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE'),
    path: service === 's3' ? s3Path : rawPath,
    query: fc.dictionary(parameterName, fc.oneof(text, fc.array(text, { minLength: 1, maxLength: 3 })), {
      maxKeys: 4,
      noNullPrototype: true,
    }),
    headers: fc.dictionary(
      fc.stringMatching(/^(x-amz-meta-|x-)[a-z]{1,4}$/),
      fc.stringMatching(/^[ -~\t]{0,16}$/).map((value) => value.trim()),
      { maxKeys: 4, noNullPrototype: true },
    ),
    body: fc.uint8Array({ maxLength: 64 }),
    region: fc.constantFrom('eu-central-1', 'us-gov-west-1', 'local', 'x'),
    plusForSpace: fc.boolean(),
  }),
);

function signer({ service, region }: Case): SignatureV4 {
  return new SignatureV4({
    service,
    region,
    credentials: { accessKeyId: KEY.id, secretAccessKey: KEY.secret },
    sha256: Sha256 as unknown as ConstructorParameters<typeof SignatureV4>[0]['sha256'],
    uriEscapePath: service !== 's3',
  });
}

function unsigned(of: Case) {
  return {
    method: of.method,
    protocol: 'http:',
    hostname: 'localhost',
    port: 4580,
    path: of.path,
    query: of.query,
    headers: { host: 'localhost:4580', ...of.headers },
    body: of.body,
  };
}

type Sent = Omit<ReturnType<typeof unsigned>, 'query' | 'headers'> & {
  query?: Record<string, string | string[] | null>;
  headers: Record<string, string>;
};

/** Presigned URLs of S3 leave the body open, which the SDK's presigner says with this header. */
function toPresign(of: Case) {
  const request = unsigned(of);
  if (of.service !== 's3') return request;
  return { ...request, headers: { ...request.headers, 'X-Amz-Content-Sha256': 'UNSIGNED-PAYLOAD' } };
}

/** The request as it goes over the wire. */
function onTheWire(sent: Sent, plusForSpace: boolean): RawRequest {
  const pairs = Object.entries(sent.query ?? {}).flatMap(([name, value]) =>
    [value ?? []].flat().map((one) => `${encodeURIComponent(name)}=${encodeURIComponent(one)}`),
  );
  const query = plusForSpace ? pairs.join('&').replaceAll('%20', '+') : pairs.join('&');
  return {
    method: sent.method,
    target: query === '' ? sent.path : `${sent.path}?${query}`,
    headers: Object.entries(sent.headers),
    body: sent.body,
  };
}

/** Who a case must verify as. */
function callerOf({ region, service }: Case) {
  return { accessKeyId: KEY.id, account: KEY.account, readOnly: false, region, service };
}

describe('what the SDK’s signer signs', () => {
  const keys = keysOf(KEY);
  test('by header verifies, for any path, query, headers and body; any change of them is refused', async () => {
    await fc.assert(
      fc.asyncProperty(cases, fc.nat(), async (of, salt) => {
        const sent = (await signer(of).sign(unsigned(of), { signingDate: new Date(NOW) })) as Sent;
        const request = onTheWire(sent, of.plusForSpace);
        const options = { service: of.service, keys, now: NOW };
        expect(claimedService(request)).toBe(of.service);
        expect(verifySignature(request, options)).toEqual(callerOf(of));

        const changes: RawRequest[] = [
          { ...request, method: 'PATCH' },
          { ...request, body: Buffer.concat([request.body, Buffer.from([salt & 255])]) },
          { ...request, target: `${request.target}${request.target.includes('?') ? '&' : '?'}more=1` },
          { ...request, target: request.target.replace(/^[^?]*/, (path) => `${path}/more`) },
          {
            ...request,
            headers: request.headers.map(([name, value]) => [name, name === 'host' ? 'elsewhere' : value]),
          },
        ];
        for (const changed of changes) expect(() => verifySignature(changed, options)).toThrow(/./);
      }),
      budget,
    );
  });

  test('by query verifies too', async () => {
    await fc.assert(
      fc.asyncProperty(cases, fc.integer({ min: 1, max: 604_800 }), async (of, expiresIn) => {
        const sent = (await signer(of).presign(toPresign(of), {
          signingDate: new Date(NOW),
          expiresIn,
        })) as Sent;
        const request = onTheWire(sent, of.plusForSpace);
        const options = { service: of.service, keys };
        expect(verifySignature(request, { ...options, now: NOW + expiresIn * 1000 })).toEqual(callerOf(of));
        const late = { ...options, now: NOW + expiresIn * 1000 + 15 * 60 * 1000 + 1 };
        expect(() => verifySignature(request, late)).toThrow(/expired|too large/);
        const other = expiresIn === 1 ? 2 : expiresIn - 1;
        const target = request.target.replace(/X-Amz-Expires=\d+/, `X-Amz-Expires=${other}`);
        expect(() => verifySignature({ ...request, target }, { ...options, now: NOW })).toThrow(
          /signature|able/,
        );
      }),
      budget,
    );
  });
});

describe('verification', () => {
  const options = { service: 'ec2', keys: keysOf(KEY), now: NOW } as const;

  test('compares in constant time', () => {
    vi.mocked(crypto.timingSafeEqual).mockClear();
    verifySignature(signed(), options);
    expect(() => verifySignature(signed({ secret: 'other' }), options)).toThrow('AWS was not able');
    expect(crypto.timingSafeEqual).toHaveBeenCalledTimes(2);
  });

  test('takes what x-amz-content-sha256 declares when it is the body’s', () => {
    const headers: [string, string][] = [
      ['Host', 'h'],
      ['X-Amz-Date', '20260102T030405Z'],
      ['X-Amz-Content-SHA256', crypto.createHash('sha256').update('Action=A').digest('hex')],
    ];
    const signedHeaders = ['host', 'x-amz-content-sha256', 'x-amz-date'];
    expect(verifySignature(signed({ headers, signedHeaders, body: 'Action=A' }), options).region).toBe(
      'eu-central-1',
    );
  });

  test('takes the Date header for want of X-Amz-Date, and X-Amz-Date before it', () => {
    const date: [string, string] = ['Date', 'Fri, 02 Jan 2026 03:04:05 GMT'];
    const only = signed({ headers: [['Host', 'h'], date], signedHeaders: ['date', 'host'] });
    expect(verifySignature(only, options).accessKeyId).toBe(KEY.id);
    const both = signed({
      headers: [
        ['Host', 'h'],
        ['Date', 'Thu, 01 Jan 1970 00:00:00 GMT'],
        ['X-Amz-Date', '20260102T030405Z'],
      ],
      signedHeaders: ['date', 'host', 'x-amz-date'],
    });
    expect(verifySignature(both, options).accessKeyId).toBe(KEY.id);
  });

  test('takes the time within 15 minutes either way, to the millisecond', () => {
    const skew = 15 * 60 * 1000;
    for (const now of [NOW - skew, NOW + skew]) {
      expect(verifySignature(signed(), { ...options, now }).account).toBe(KEY.account);
    }
    for (const now of [NOW - skew - 1, NOW + skew + 1]) {
      expect(() => verifySignature(signed(), { ...options, now })).toThrow('Request has expired.');
    }
  });

  test('a presigned request ends with its expiry; for EC2 15 minutes later, as documented', () => {
    const end = NOW + 60_000;
    const sts = { ...options, service: 'sts' } as const;
    expect(verifySignature(presigned({ service: 'sts' }), { ...sts, now: end }).service).toBe('sts');
    expect(() => verifySignature(presigned({ service: 'sts' }), { ...sts, now: end + 1 })).toThrow(
      /^Signature expired/,
    );
    expect(verifySignature(presigned(), { ...options, now: end + 15 * 60_000 }).service).toBe('ec2');
    expect(() => verifySignature(presigned(), { ...options, now: end + 15 * 60_000 + 1 })).toThrow(/expired/);
  });

  test('takes spaces and order as they come in the Authorization header', () => {
    const request = signed();
    const value = request.headers.at(-1)![1].replace('AWS4-HMAC-SHA256 ', '');
    const shuffled = value.split(', ').toReversed().join(',');
    const headers = [
      ...request.headers.slice(0, -1),
      ['authorization', `AWS4-HMAC-SHA256   ${shuffled}`],
    ] as const;
    expect(verifySignature({ ...request, headers }, options).region).toBe('eu-central-1');
  });

  test('never throws anything but refusals, whatever the header', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary', maxLength: 80 }),
          fc.string({ maxLength: 60 }).map((rest) => `AWS4-HMAC-SHA256 Credential=${rest}`),
          fc
            .tuple(fc.string(), fc.string(), fc.string())
            .map(
              ([a, b, c]) =>
                `AWS4-HMAC-SHA256 Credential=${a}/${b}/r/ec2/aws4_request, SignedHeaders=host;${c}, Signature=${b}`,
            ),
        ),
        fc.string({ unit: 'binary', maxLength: 40 }),
        fc.constantFrom<SignedService>('ec2', 'sts', 's3'),
        (authorization, odd, service) => {
          const request: RawRequest = {
            method: 'POST',
            target: `/${odd}`,
            headers: [
              ['Host', 'h'],
              ['X-Amz-Date', odd],
              ['Authorization', authorization],
            ],
            body: new Uint8Array(),
          };
          claimedService(request);
          let thrown: unknown;
          try {
            verifySignature(request, { ...options, service });
          } catch (error) {
            thrown = error;
          }
          expect(thrown).toMatchObject({ name: 'ServiceError' });
        },
      ),
      { ...budget, interruptAfterTimeLimit: BUDGET / 2 },
    );
  });
});

describe('the service that a request claims', () => {
  test.each([
    [signed({ service: 'sts' }), 'sts'],
    [presigned({ service: 'ec2' }), 'ec2'],
    [{ ...signed(), headers: [] }, undefined],
    [{ ...signed(), headers: [['Authorization', 'Bearer x'] as const] }, undefined],
  ])('%#', (request, service) => {
    expect(claimedService(request)).toBe(service);
  });
});
