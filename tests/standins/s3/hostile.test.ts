import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RawRequest } from '../../../src/base/raw-request.ts';
import { signed } from '../../identity/signing.ts';
import { RawClient } from '../../wire/raw-client.ts';
import { openS3, OWNER, type S3Place } from './support.ts';

let place: S3Place;
beforeAll(async () => {
  place = await openS3({ idleTimeoutMs: 1_500, requestTimeoutMs: 600 });
  await place.storage.buckets.create({ name: 'b01', account: OWNER.account, region: 'r', createdAt: 1 });
});
afterAll(() => place.close());

const sha256 = (text: string): string => createHash('sha256').update(text, 'latin1').digest('hex');

/** A request as a client of the owner signs it, with its body. */
function request(
  method: string,
  target: string,
  body = '',
  given: { headers?: [string, string][]; payload?: string; service?: 's3' } = {},
): RawRequest {
  const timestamp = new Date().toISOString().replace(/[-:]|\.\d{3}/g, '');
  const extra = given.headers ?? [];
  const headers: [string, string][] = [
    ['Host', 'localhost'],
    ['x-amz-date', timestamp],
    ['x-amz-content-sha256', given.payload ?? sha256(body)],
    ...extra,
  ];
  return signed({
    service: 's3',
    method,
    target,
    body,
    headers,
    timestamp,
    credential: `${OWNER.id}/${timestamp.slice(0, 8)}/eu-central-1/s3/aws4_request`,
    signedHeaders: headers.map(([name]) => name.toLowerCase()).sort(),
    secret: OWNER.secret,
  });
}

function wire({ method, target, headers, body }: RawRequest, length = body.length): string {
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  const text = Buffer.from(body).toString('latin1');
  return `${method} ${target} HTTP/1.1\r\n${lines}Content-Length: ${length}\r\n\r\n${text}`;
}

async function send(text: string): Promise<string> {
  const client = new RawClient(place.port);
  const answer = await client.send(text).until(/\r\n\r\n(?:$|[^]*<\/Error>|[^]*<\/.*Result>)/);
  client.socket.destroy();
  return answer;
}

const status = (answer: string): number => Number(/^HTTP\/1\.1 ([0-9]{3})/.exec(answer)?.[1]);
const code = (answer: string): string | undefined => /<Code>([^<]*)</.exec(answer)?.[1];
const objects = async (): Promise<string[]> =>
  (await place.storage.list('b01', { max: 1000 })).objects.map(({ key }) => key);

describe('puts that are not what they say', () => {
  test.each<[string, string, () => string]>([
    ['no signature', 'AccessDenied', () => 'PUT /b01/k HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx'],
    [
      'another body',
      'XAmzContentSHA256Mismatch',
      () => wire({ ...request('PUT', '/b01/k', 'abc'), body: Buffer.from('abd') }),
    ],
    [
      'another key',
      'SignatureDoesNotMatch',
      () => wire({ ...request('PUT', '/b01/k', 'abc'), target: '/b01/l' }),
    ],
    [
      'another MD5',
      'BadDigest',
      () => wire(request('PUT', '/b01/k', 'abc', { headers: [['content-md5', 'AAAAAAAAAAAAAAAAAAAAAA==']] })),
    ],
    [
      'an MD5 that is none',
      'InvalidDigest',
      () => wire(request('PUT', '/b01/k', 'abc', { headers: [['content-md5', 'x']] })),
    ],
    [
      'another CRC32C',
      'BadDigest',
      () => wire(request('PUT', '/b01/k', 'abc', { headers: [['x-amz-checksum-crc32c', 'AAAAAA==']] })),
    ],
    ['more than 5 GiB', 'EntityTooLarge', () => wire(request('PUT', '/b01/k'), 5 * 1024 ** 3 + 1)],
    ['a key of 1,025 bytes', 'InvalidURI', () => wire(request('PUT', `/b01/${'k'.repeat(1025)}`, 'abc'))],
    ['a key that is no UTF-8', 'InvalidURI', () => wire(request('PUT', '/b01/%ff', 'abc'))],
    [
      'encryption that is not there',
      'NotImplemented',
      () => wire(request('PUT', '/b01/k', 'abc', { headers: [['x-amz-server-side-encryption', 'AES256']] })),
    ],
  ])('%s: %s', async (_, expected, text) => {
    expect(code(await send(text()))).toBe(expected);
    expect(await objects()).toEqual([]);
    expect(readdirSync(join(place.root, '.weir', 'tmp'))).toEqual([]);
  });

  test('checksums are right where they are right', async () => {
    // The check value of CRC-32C and of CRC-64/NVME, of their catalogues.
    for (const [name, value] of [
      ['x-amz-checksum-crc32c', Buffer.from('e3069283', 'hex').toString('base64')],
      ['x-amz-checksum-crc64nvme', Buffer.from('ae8b14860a799888', 'hex').toString('base64')],
    ] as const) {
      const answer = await send(wire(request('PUT', '/b01/sum', '123456789', { headers: [[name, value]] })));
      expect([name, status(answer)]).toEqual([name, 200]);
    }
    expect(await place.storage.delete('b01', 'sum')).toBe(true);
  });

  test('a body that stops coming is cut off, counted, and leaves nothing', async () => {
    const before = place.listener.counters.bodiesCut.gone + place.listener.counters.bodiesCut.slow;
    const client = new RawClient(place.port).send(wire(request('PUT', '/b01/k', 'abc'), 100));
    await client.closed;
    await new Promise((resolve) => setTimeout(resolve, 50));
    const { gone, slow } = place.listener.counters.bodiesCut;
    expect(gone + slow).toBe(before + 1);
    expect(await objects()).toEqual([]);
    expect(readdirSync(join(place.root, '.weir', 'tmp'))).toEqual([]);
  });

  test('a body that drips is cut off by its pace', async () => {
    const client = new RawClient(place.port).send(wire(request('PUT', '/b01/k', 'a'), 100_000));
    const drip = setInterval(() => client.send('x'), 50);
    await client.closed;
    clearInterval(drip);
    expect(client.text === '' || code(client.text) === 'RequestTimeout').toBe(true);
    expect(await objects()).toEqual([]);
  });

  test('a client that waits for 100 Continue hears of its signature first', async () => {
    const text = wire({ ...request('PUT', '/b01/k', ''), target: '/b01/l' }, 10);
    const answer = await send(text.replace('\r\n\r\n', '\r\nExpect: 100-continue\r\n\r\n'));
    expect([status(answer), code(answer)]).toEqual([403, 'SignatureDoesNotMatch']);
    const good = wire(request('PUT', '/b01/k', 'abc')).replace(
      '\r\n\r\nabc',
      '\r\nExpect: 100-continue\r\n\r\n',
    );
    const client = new RawClient(place.port).send(good);
    expect(await client.until(/100 Continue/)).toContain('100 Continue');
    expect(await client.send('abc').until(/200 OK/)).toContain('200 OK');
    client.socket.destroy();
    expect(await place.storage.delete('b01', 'k')).toBe(true);
  });
});

describe('XML', () => {
  const post = (body: string): Promise<string> => send(wire(request('POST', '/b01?delete=', body)));
  test.each([
    ['nothing', ''],
    ['half of it', '<Delete><Object><Key>k</Key>'],
    ['a document type', '<!DOCTYPE x [<!ENTITY a "b">]><Delete><Object><Key>&a;</Key></Object></Delete>'],
    ['an entity of its own', '<Delete><Object><Key>&a;</Key></Object></Delete>'],
    ['another root', '<Remove><Object><Key>k</Key></Object></Remove>'],
    ['no key', '<Delete><Object><Kee>k</Kee></Object></Delete>'],
    ['1,001 keys', `<Delete>${'<Object><Key>k</Key></Object>'.repeat(1001)}</Delete>`],
    ['nesting', `<Delete>${'<Object>'.repeat(500)}${'</Object>'.repeat(500)}</Delete>`],
    ['__proto__', '<Delete><__proto__><Key>k</Key></__proto__></Delete>'],
  ])('with %s is malformed', async (_, body) => {
    expect(code(await post(body))).toBe('MalformedXML');
  });

  test('keys come as they are escaped', async () => {
    await place.storage.put('b01', 'a<&\n>', [Buffer.from('x')]);
    const answer = await post('<Delete><Object><Key>a&lt;&amp;&#10;&#x3e;</Key></Object></Delete>');
    expect(answer).toContain('<Deleted><Key>a&lt;&amp;\n&gt;</Key></Deleted>');
    expect(await objects()).toEqual([]);
  });
});

test('answers are counted by operation and status', () => {
  const { counters } = place.endpoint;
  expect(counters.get('unknown')?.get(403)).toBeGreaterThan(0);
  expect(counters.get('PutObject')?.get(200)).toBe(3);
  expect(counters.get('DeleteObjects')?.get(400)).toBe(9);
  expect(place.faults).toEqual([]);
});
