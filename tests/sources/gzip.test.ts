import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CaptureFault } from '../../src/capture/decoder.ts';
import { InputFault, gunzip, isGzip } from '../../src/sources/gzip.ts';

/** Decompresses bytes that come in pieces of `size`; what came out, and the fault that ended it. */
async function read(bytes: Uint8Array, size = 1000): Promise<{ text: string; fault?: CaptureFault }> {
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for (let i = 0; i < bytes.length; i += size) yield bytes.subarray(i, i + size);
  }
  const out: Uint8Array[] = [];
  try {
    for await (const chunk of gunzip(pieces())) out.push(chunk);
  } catch (error) {
    if (!(error instanceof InputFault)) throw error;
    return { text: Buffer.concat(out).toString('latin1'), fault: error.fault };
  }
  return { text: Buffer.concat(out).toString('latin1') };
}

const one = gzipSync('first member ');
const two = gzipSync('second member');
/** Data that does not compress, so that its deflate stream is long. */
const noise = Buffer.from(
  Array.from({ length: 100_000 }, (_, i) => (Math.imul(i + 1, 0x9e3779b1) >>> 24) ^ (i >> 3)),
);

/** A gzip member with every optional header field (RFC 1952, section 2.3). */
function decorated(): Buffer {
  const plain = gzipSync('decorated');
  const header = Buffer.from(plain.subarray(0, 10));
  header[3] = 2 | 4 | 8 | 16;
  const fields = Buffer.concat([
    Buffer.from([3, 0, 1, 2, 3]),
    Buffer.from('name.pcap\0'),
    Buffer.from('a comment\0'),
    Buffer.from([0, 0]),
  ]);
  return Buffer.concat([header, fields, plain.subarray(10)]);
}

test('the magic number', () => {
  expect(isGzip(one)).toBe(true);
  expect(isGzip(one.subarray(0, 1))).toBe(false);
  expect(isGzip(Buffer.from([0x1f, 0x9d]))).toBe(false);
});

describe('good streams, in pieces of every size', () => {
  test.each([1, 2, 7, 10, 18, 1000])('%d', async (size) => {
    expect(await read(one, size)).toEqual({ text: 'first member ' });
    expect(await read(Buffer.concat([one, two]), size)).toEqual({ text: 'first member second member' });
    expect(await read(decorated(), size)).toEqual({ text: 'decorated' });
    expect(await read(Buffer.concat([one, gzipSync(''), two]), size)).toEqual({
      text: 'first member second member',
    });
    expect(await read(Buffer.concat([one, Buffer.alloc(512)]), size)).toEqual({ text: 'first member ' });
  });

  test('large members, and one that expands a thousand times', async () => {
    const zeros = Buffer.alloc(3_000_000);
    const { text, fault } = await read(Buffer.concat([gzipSync(noise), gzipSync(zeros)]), 65_536);
    expect(fault).toBeUndefined();
    expect(text === noise.toString('latin1') + zeros.toString('latin1')).toBe(true);
  });
});

describe('bad streams: what is before the place comes out, and the place is named', () => {
  test('cut off at any byte', async () => {
    const bytes = Buffer.concat([one, two]);
    for (let length = 1; length < bytes.length; length++) {
      if (length === one.length) continue;
      const { text, fault } = await read(bytes.subarray(0, length), 5);
      expect(fault?.kind, `${length} bytes`).toBe('truncated');
      expect('first member second member'.startsWith(text)).toBe(true);
      expect(text.length >= (length > one.length ? 'first member '.length : 0)).toBe(true);
      expect(fault!.offset).toBeLessThanOrEqual(length);
    }
  });

  test('cut off in a large member: all but the last few bytes', async () => {
    const bytes = gzipSync(noise);
    const { text, fault } = await read(bytes.subarray(0, bytes.length - 100), 4096);
    expect(fault?.kind).toBe('truncated');
    expect(text.length).toBeGreaterThan(noise.length - 2000);
    expect(noise.toString('latin1').startsWith(text)).toBe(true);
  });

  test('something else behind it', async () => {
    for (const size of [1, 6, 1000]) {
      expect(await read(Buffer.concat([one, Buffer.from('garbage')]), size)).toEqual({
        text: 'first member ',
        fault: {
          kind: 'corrupt',
          offset: one.length,
          reason: `something other than gzip follows the gzip data (at byte ${one.length} of the compressed data)`,
        },
      });
    }
    const padded = Buffer.concat([one, Buffer.alloc(5), Buffer.from('x')]);
    expect((await read(padded)).fault).toMatchObject({ kind: 'corrupt', offset: one.length + 5 });
  });

  test('a checksum or length that does not match', async () => {
    for (const back of [8, 4]) {
      const bytes = Buffer.from(one);
      bytes[bytes.length - back]! ^= 1;
      const { text, fault } = await read(bytes);
      expect(text).toBe('first member ');
      expect(fault).toMatchObject({ kind: 'corrupt', offset: one.length - 8 });
      expect(fault!.reason).toContain('checksum');
    }
  });

  test('deflate data that is damaged', async () => {
    const bytes = gzipSync(noise);
    bytes.fill(0xff, 60_000, 60_100);
    const { text, fault } = await read(bytes);
    expect(fault).toMatchObject({ kind: 'corrupt' });
    expect(fault!.offset).toBeGreaterThan(30_000);
    expect(text.length).toBeGreaterThan(20_000);
  });

  test('headers that are none, or never end', async () => {
    const method = Buffer.from(one);
    method[2] = 9;
    expect((await read(method)).fault).toMatchObject({ kind: 'corrupt', offset: 0 });
    const reserved = Buffer.from(one);
    reserved[3] = 0x80;
    expect((await read(reserved)).fault).toMatchObject({ kind: 'corrupt', offset: 0 });
    const endless = Buffer.concat([one.subarray(0, 3), Buffer.from([8]), Buffer.alloc(300_000, 0x41)]);
    expect((await read(endless, 65_536)).fault).toMatchObject({ kind: 'corrupt', offset: 0 });
  });

  test('damaged anywhere: a fault or the whole content, never a throw or a hang', async () => {
    const good = Buffer.concat([one, two]);
    await fc.assert(
      fc.asyncProperty(
        fc.nat(good.length - 1),
        fc.integer({ min: 1, max: 255 }),
        fc.integer({ min: 1, max: 40 }),
        async (place, bits, size) => {
          const bytes = Buffer.from(good);
          bytes[place]! ^= bits;
          const { text, fault } = await read(bytes, size);
          // Name flags and times of the header are the only bytes that nothing depends on.
          const whole = text === 'first member second member';
          expect(fault === undefined ? whole : fault.offset <= good.length).toBe(true);
        },
      ),
      { interruptAfterTimeLimit: 2000, markInterruptAsFailure: false, numRuns: 400 },
    );
  });
});

test('the input is let go when the reader stops early', async () => {
  let returned = false;
  async function* endless(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) yield gzipSync('again');
    } finally {
      returned = true;
    }
  }
  for await (const chunk of gunzip(endless())) {
    expect(Buffer.from(chunk).toString()).toBe('again');
    break;
  }
  expect(returned).toBe(true);
});
