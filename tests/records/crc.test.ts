import { crc32 } from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { crc32Combine } from '../../src/records/crc.ts';

const BUDGET = { interruptAfterTimeLimit: 1500, markInterruptAsFailure: false };

describe('crc32Combine', () => {
  test('equals the CRC of the bytes together, for any two strings', () => {
    const bytes = fc.uint8Array({ maxLength: 3000 });
    fc.assert(
      fc.property(bytes, bytes, (a, b) => {
        expect(crc32Combine(crc32(a), crc32(b), b.length)).toBe(crc32(Buffer.concat([a, b])));
      }),
      BUDGET,
    );
  });

  test('nothing before or after changes nothing', () => {
    const crc = crc32('weir');
    expect(crc32Combine(0, crc, 4)).toBe(crc);
    expect(crc32Combine(crc, 0, 0)).toBe(crc);
  });

  test('the check value of the polynomial, in two pieces', () => {
    expect(crc32Combine(crc32('1234'), crc32('56789'), 5)).toBe(0xcbf43926);
  });

  test('lengths above 32 bits: a long run of zeros in one step and in two', () => {
    // CRC of n zero bytes, combined from halves, for n up to 2^40.
    let zeros = crc32(new Uint8Array(1));
    let length = 1;
    for (; length < 2 ** 40; length *= 2) zeros = crc32Combine(zeros, zeros, length);
    const tail = crc32('end');
    const once = crc32Combine(crc32('begin'), crc32Combine(zeros, tail, 3), length + 3);
    const twice = crc32Combine(crc32Combine(crc32('begin'), zeros, length), tail, 3);
    expect(once).toBe(twice);
  });
});
