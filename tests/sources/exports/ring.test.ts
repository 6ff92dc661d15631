import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  RECORD_HEADER_BYTES,
  RingReader,
  RingWriter,
  ringMemory,
} from '../../../src/sources/exports/ring.ts';

test('what is written comes out once, in order, whole, whatever the sizes; the rest is counted', () => {
  const step = fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.constant(undefined));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const memory = ringMemory(1024);
      const writer = new RingWriter(memory);
      const reader = new RingReader(memory);
      const expected: [Uint8Array, number][] = [];
      let overflowed = 0;
      const takeOne = () => {
        const next = expected.shift();
        expect(reader.peek()).toBe(next !== undefined);
        if (next === undefined) return;
        expect(reader.bytes.slice(reader.from, reader.to)).toEqual(next[0]);
        expect(reader.micros).toBe(next[1]);
        expect([reader.family, ...reader.address]).toEqual([next[1] % 2 === 0 ? 4 : 6, 1, 2, 3, next[1]]);
        reader.drop();
      };
      for (const [i, bytes] of steps.entries()) {
        if (bytes === undefined) takeOne();
        else if (writer.write(bytes, i % 2 === 0 ? 4 : 6, [1, 2, 3, i], i)) expected.push([bytes, i]);
        else {
          overflowed++;
          // It is refused only when there is little room.
          const held = expected.reduce((sum, [kept]) => sum + RECORD_HEADER_BYTES + kept.length + 7, 0);
          if (held + 2 * (RECORD_HEADER_BYTES + bytes.length + 7) <= 1024) throw new Error('there was room');
        }
      }
      while (expected.length > 0) takeOne();
      expect(reader.empty).toBe(true);
      expect(reader.takeOverflowed()).toBe(overflowed);
      expect(reader.takeOverflowed()).toBe(0);
    }),
    { interruptAfterTimeLimit: 2000 },
  );
});

test('offsets wrap at 2^32, and a writer that follows another goes on where it got to', () => {
  const memory = ringMemory(1024);
  const near = new Int32Array(memory.state);
  near[0] = -1024;
  near[1] = -1024;
  const reader = new RingReader(memory);
  for (let i = 0; i < 100; i++) {
    expect(new RingWriter(memory).write(new Uint8Array(40).fill(i), 4, [0, 0, 0, i], i)).toBe(true);
    expect(reader.peek()).toBe(true);
    expect(reader.bytes[reader.from]).toBe(i);
    reader.drop();
  }
});

test('the reader is told once, and only when it waits', () => {
  const memory = ringMemory(1024);
  const writer = new RingWriter(memory);
  const reader = new RingReader(memory);
  expect(writer.readerWaits()).toBe(false);
  expect(reader.wait()).toBe(true);
  writer.write(new Uint8Array(1), 4, [0, 0, 0, 1], 0);
  expect([writer.readerWaits(), writer.readerWaits()]).toEqual([true, false]);
  expect(reader.wait()).toBe(false);
});
