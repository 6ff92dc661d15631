import { assert, bigInt, integer, oneof, property } from 'fast-check';
import { expect, test } from 'vitest';
import { Frame } from '../../src/capture/frame.ts';
import { Timescale } from '../../src/capture/timescale.ts';

const MAX_SECONDS = 0xffffffffn;

function read(resolution: number, offset: number, count: bigint): [number, number] {
  const frame = new Frame(false);
  Timescale.of(resolution, offset)!.read(Number(count >> 32n), Number(count & 0xffffffffn), frame);
  return [frame.seconds, frame.nanos];
}

/** The same in BigInt. What is finer than 2^-32 s is cut off first, as documented. */
function expected(resolution: number, offset: number, given: bigint): [number, number] {
  let exponent = BigInt(resolution & 0x7f);
  let count = given;
  if (resolution > 0x80 + 32) {
    count >>= exponent - 32n;
    exponent = 32n;
  }
  const units = (resolution & 0x80) === 0 ? 10n ** exponent : 2n ** exponent;
  let seconds = count / units + BigInt(offset);
  if (seconds < 0n) seconds = 0n;
  if (seconds > MAX_SECONDS) seconds = MAX_SECONDS;
  return [Number(seconds), Number(((count % units) * 1_000_000_000n) / units)];
}

test.each([
  ['seconds', 0, 1_700_000_001n, [1_700_000_001, 0]],
  ['milliseconds', 3, 1_700_000_001_234n, [1_700_000_001, 234_000_000]],
  ['microseconds', 6, 1_700_000_001_234_567n, [1_700_000_001, 234_567_000]],
  ['nanoseconds', 9, 1_700_000_001_234_567_891n, [1_700_000_001, 234_567_891]],
  ['picoseconds', 12, 5_123_456_789_012n, [5, 123_456_789]],
  ['binary seconds', 0x80, 1_700_000_001n, [1_700_000_001, 0]],
  ['2^-10', 0x8a, 1_700_000_001n * 1024n + 512n, [1_700_000_001, 500_000_000]],
  ['2^-32, as NTP has it', 0xa0, (1_700_000_001n << 32n) + 0x40000000n, [1_700_000_001, 250_000_000]],
] as const)('%s', (_, resolution, count, time) => {
  expect(read(resolution, 0, count)).toEqual(time);
});

test('offsets, clamped to what 32 bits of seconds hold', () => {
  expect(read(6, 1_700_000_000, 5_000_001n)).toEqual([1_700_000_005, 1000]);
  expect(read(6, -10, 15_000_000n)).toEqual([5, 0]);
  expect(read(6, -10, 5_000_000n)).toEqual([0, 0]);
  expect(read(0, 2 ** 40, 5n)).toEqual([0xffffffff, 0]);
  expect(read(0, 0, 2n ** 64n - 1n)).toEqual([0xffffffff, 0]);
});

test('resolutions that 64 bits cannot hold a time of are refused', () => {
  for (const resolution of [19, 40, 127, 0x80 + 61, 0xff])
    expect(Timescale.of(resolution, 0)).toBeUndefined();
  for (const resolution of [18, 0x80 + 60]) expect(Timescale.of(resolution, 0)).toBeDefined();
});

test('nanoseconds around whole seconds, where an estimate would be off by one', () => {
  const seconds = [0n, 1n, 9_007_199n, 1_700_000_000n, 4_294_967_295n];
  for (const resolution of [7, 8, 9, 0x80 + 20, 0x80 + 30]) {
    const units = (resolution & 0x80) === 0 ? 10n ** BigInt(resolution) : 1n << BigInt(resolution & 0x7f);
    for (const second of seconds)
      for (const fraction of [0n, 1n, 511n, 512n, units / 2n, units - 512n, units - 1n]) {
        const count = second * units + fraction;
        expect(read(resolution, 0, count)).toEqual(expected(resolution, 0, count));
      }
  }
});

test('every resolution and count: the same as in BigInt', () => {
  const resolutions = oneof(integer({ min: 0, max: 18 }), integer({ min: 0x80, max: 0x80 + 60 }));
  const offsets = integer({ min: -(2 ** 33), max: 2 ** 33 });
  const counts = oneof(
    bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    bigInt({ min: 0n, max: 2n ** 54n }),
    bigInt({ min: 1n, max: 5_000_000_000n }).map((s) => s * 1_000_000_000n - 1n),
  );
  assert(
    property(resolutions, offsets, counts, (resolution, offset, count) => {
      expect(read(resolution, offset, count)).toEqual(expected(resolution, offset, count));
    }),
    { numRuns: 20_000, interruptAfterTimeLimit: 2000, markInterruptAsFailure: false },
  );
});
