import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { deflate, maxBlock } from '../../../src/records/wasm/deflater.ts';

const BUDGET = { interruptAfterTimeLimit: 4000, markInterruptAsFailure: false } as const;
/** A final block with nothing in it. */
const FINAL = Buffer.from([3, 0]);
const FLUSH = Buffer.from([0, 0, 255, 255]);
const MAX_BLOCK = maxBlock();

function back(deflated: Uint8Array): Buffer {
  return inflateRawSync(Buffer.concat([deflated, FINAL]));
}

/** Deflated, ended by a flush, and the same when it is inflated. */
function comesBack(bytes: Uint8Array): boolean {
  const deflated = deflate(bytes);
  return FLUSH.equals(deflated.subarray(-4)) && back(deflated).equals(bytes);
}

/** Numbers from 0 to 2^32 - 1, the same in every run. */
function* numbers(seed: number): Generator<number, never> {
  for (let state = seed; ;) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) >>> 0;
  }
}

/** Lines like those of records. */
function lines(count: number, seed: number): Buffer {
  const random = numbers(seed);
  const next = (below: number): number => random.next().value % below;
  let out = '';
  for (let i = 0; i < count; i++) {
    const eni = (0x10000000 + Math.floor(i / 10) * 7919).toString(16);
    const times = `17000004${10 + next(50)} 17000004${10 + next(50)}`;
    out += `2 123456789012 eni-0${eni}ab 10.0.${(i / 10) & 255}.9 10.${next(200)}.${next(255)}.${next(255)} `;
    out += `${1024 + next(60000)} 443 6 ${1 + next(40)} ${next(20000)} ${times} ACCEPT OK\n`;
  }
  return Buffer.from(out);
}

describe('deflated bytes inflate to what they were', () => {
  test('whatever they are', () => {
    const repeated = fc
      .tuple(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.nat(3000))
      .map(([unit, times]) => Buffer.concat(Array.from({ length: times }, () => unit)));
    const parts = fc.array(fc.oneof(fc.uint8Array({ maxLength: 3000 }), repeated), { maxLength: 8 });
    fc.assert(
      fc.property(parts, (given) => {
        expect(comesBack(Buffer.concat(given))).toBe(true);
      }),
      BUDGET,
    );
  });

  test('of few symbols, and of every length around those of loads and of matches', () => {
    for (let length = 1; length < 600; length++) {
      expect(comesBack(new Uint8Array(length))).toBe(true);
      expect(comesBack(Uint8Array.from({ length }, (_, i) => (i % 7 === 0 ? 255 : i & 3)))).toBe(true);
    }
  });

  test('that repeat at the longest distance, one less, and one more', () => {
    for (const distance of [32_767, 32_768, 32_769]) {
      const random = numbers(distance);
      const noise = Uint8Array.from({ length: distance }, () => random.next().value & 255);
      const twice = Buffer.concat([noise, noise.subarray(0, 500)]);
      expect(comesBack(twice)).toBe(true);
      const once = deflate(noise).length;
      // 500 bytes that are found again take a few; those that are too far away, all.
      expect(deflate(twice).length - once > 400).toBe(distance > 32_768);
    }
  });

  test('around the sizes of blocks, and of stored blocks', () => {
    const random = numbers(5);
    const noise = Uint8Array.from({ length: 2 * MAX_BLOCK + 1 }, () => random.next().value & 255);
    const text = lines(20_000, 3);
    for (const size of [65_534, 65_535, 65_536, 131_070, 131_071, MAX_BLOCK - 1, MAX_BLOCK, MAX_BLOCK + 1]) {
      expect(comesBack(noise.subarray(0, size))).toBe(true);
      expect(comesBack(text.subarray(0, size))).toBe(true);
    }
    expect(comesBack(noise)).toBe(true);
  });

  test('one after another, of whatever kind', () => {
    const kinds = [lines(3000, 1), new Uint8Array(100_000), lines(10, 2), Uint8Array.of(1), lines(3000, 1)];
    const first = kinds.map((bytes) => Buffer.from(deflate(bytes)));
    for (const [i, bytes] of kinds.entries()) expect(back(first[i]!).equals(bytes)).toBe(true);
    expect(first[4]!.equals(first[0]!)).toBe(true);
  });
});

test('what does not compress grows by its stored blocks’ heads', () => {
  const random = numbers(9);
  const noise = Uint8Array.from({ length: 300_000 }, () => random.next().value & 255);
  expect(deflate(noise).length).toBe(300_000 + 5 * Math.ceil(300_000 / 65_535) + 5);
});

test('lines of records are no larger than zlib makes them at level 1', () => {
  const examples = ['web', 'dns', 'scan'].map((name) =>
    readFileSync(new URL(`../../../examples/${name}/expected.txt`, import.meta.url)),
  );
  for (const bytes of [lines(2000, 7), lines(8000, 8), Buffer.concat(examples)]) {
    const limit = deflateRawSync(bytes, { level: 1, memLevel: 9 }).length * 1.02 + 32;
    expect(deflate(bytes).length).toBeLessThan(limit);
  }
});

test('the bytes are the same on every machine and with every Node', () => {
  const digest = createHash('sha256')
    .update(deflate(lines(5000, 11)))
    .digest('hex');
  expect(digest).toBe('3e523b2eee429aabd71776a289eccde03296440546677369213e3d7840013fee');
});
