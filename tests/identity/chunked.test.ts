import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ChunkedBody } from '../../src/identity/chunked-body.ts';
import { ChunkSignatures } from '../../src/identity/chunk-signatures.ts';
import { signingKey } from '../../src/identity/canonical.ts';

/** Amazon S3 API Reference, "Signature calculations: transferring a payload in multiple chunks", the example. */
const SCOPE = { date: '20130524', region: 'us-east-1', service: 's3' };
const SEED = '4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9';
const FIRST = 'ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648';
const SECOND = '0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497';
const LAST = 'b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9';
const SIGNED =
  `10000;chunk-signature=${FIRST}\r\n${'a'.repeat(65_536)}\r\n` +
  `400;chunk-signature=${SECOND}\r\n${'a'.repeat(1024)}\r\n0;chunk-signature=${LAST}\r\n\r\n`;

function signatures(): ChunkSignatures {
  const key = signingKey('wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY', SCOPE);
  return new ChunkSignatures(key, '20130524T000000Z', SCOPE, SEED);
}

async function* pieces(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text, 'latin1');
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function read(
  text: string,
  options: { signed?: boolean; trailer?: boolean; length?: number; size?: number } = {},
): Promise<{ data: string; trailers: object }> {
  const body = new ChunkedBody(pieces(text, options.size ?? 1000), {
    signatures: options.signed === true ? signatures() : undefined,
    trailer: options.trailer ?? false,
    decodedLength: options.length,
  });
  let data = '';
  for await (const piece of body) data += Buffer.from(piece).toString('latin1');
  return { data, trailers: Object.fromEntries(body.trailers) };
}

describe('signed chunks', () => {
  test.each([7, 1000, 100_000])('the published example, in pieces of %i', async (size) => {
    const { data } = await read(SIGNED, { signed: true, length: 66_560, size });
    expect(data).toBe('a'.repeat(66_560));
  });

  test.each([
    ['a byte of the data', SIGNED.replace('aaaa', 'aaba')],
    ['a signature', SIGNED.replace(SECOND, FIRST)],
    ['the last signature', SIGNED.replace(LAST, SECOND)],
    ['the order', SIGNED.replace(FIRST, SECOND)],
  ])('refused with another one of %s', async (_, text) => {
    await expect(read(text, { signed: true })).rejects.toMatchObject({ code: 'SignatureDoesNotMatch' });
  });

  test.each([
    ['without the last chunk', SIGNED.slice(0, SIGNED.lastIndexOf('0;chunk'))],
    ['cut off in the data', SIGNED.slice(0, 5000)],
    ['with more behind it', `${SIGNED}more`],
    ['with a chunk that is not signed', `1\r\na\r\n${SIGNED}`],
    ['with no size', SIGNED.replace('10000;', ';')],
    ['with an endless line', `1${'0'.repeat(5000)}`],
  ])('refused %s', async (_, text) => {
    await expect(read(text, { signed: true })).rejects.toMatchObject({ name: 'ServiceError', status: 400 });
  });

  test('refused when more or less comes than was declared', async () => {
    for (const length of [66_559, 66_561]) {
      await expect(read(SIGNED, { signed: true, length })).rejects.toMatchObject({ code: 'IncompleteBody' });
    }
  });

  test('trailers must be signed too', async () => {
    const text = SIGNED.replace(/\r\n$/, 'x-amz-checksum-crc32:AAAAAA==\r\n\r\n');
    await expect(read(text, { signed: true, trailer: true })).rejects.toMatchObject({
      code: 'SignatureDoesNotMatch',
    });
    const wrong = text.replace(/\r\n\r\n$/, `\r\nx-amz-trailer-signature:${LAST}\r\n\r\n`);
    await expect(read(wrong, { signed: true, trailer: true })).rejects.toMatchObject({
      code: 'SignatureDoesNotMatch',
    });
  });
});

describe('chunks that are not signed', () => {
  test('with trailers', async () => {
    const text = '3\r\nabc\r\n2\r\nde\r\n0\r\nx-amz-checksum-crc32: AAAAAA==\r\n\r\n';
    for (const size of [1, 2, 5, 100]) {
      expect(await read(text, { trailer: true, length: 5, size })).toEqual({
        data: 'abcde',
        trailers: { 'x-amz-checksum-crc32': 'AAAAAA==' },
      });
    }
  });

  test('anything else is refused, and nothing else is thrown', async () => {
    const part = fc.oneof(
      fc.constantFrom(
        '0\r\n',
        '1\r\n',
        'a\r\n',
        '\r\n',
        '\n',
        ';chunk-signature=',
        'x:y\r\n',
        'ffffffffffffff\r\n',
      ),
      fc.string({ maxLength: 12 }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 8 }), fc.boolean(), async (parts, trailer) => {
        const outcome = await read(parts.join(''), { trailer }).catch((error: unknown) => error);
        expect(outcome).toSatisfy((it: object) => 'data' in it || (it as Error).name === 'ServiceError');
      }),
      { numRuns: 100_000, interruptAfterTimeLimit: 1_000, markInterruptAsFailure: false },
    );
  });
});
