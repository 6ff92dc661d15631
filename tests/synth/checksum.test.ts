import { describe, expect, test } from 'vitest';
import { foldChecksum, halves, sumWords } from '../../src/synth/checksum.ts';

describe('checksum', () => {
  test('the example of RFC 1071, section 3', () => {
    const view = new DataView(Uint8Array.of(0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7).buffer);
    expect(sumWords(view, 0, 8)).toBe(0x2ddf0);
    expect(foldChecksum(0x2ddf0)).toBe(~0xddf2 & 0xffff);
  });

  test('halves() reads a word as unsigned', () => {
    expect(halves(-1)).toBe(0x1fffe);
    expect(halves(0x0a00_0001)).toBe(0x0a01);
  });

  test('a carry out of the first fold is folded again', () => {
    expect(foldChecksum(0x1_ffff)).toBe(~1 & 0xffff);
    expect(foldChecksum(0xffff)).toBe(0);
    expect(foldChecksum(0)).toBe(0xffff);
  });
});
