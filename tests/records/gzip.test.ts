import { execFileSync } from 'node:child_process';
import { crc32, gunzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { GzipMember, deflatePiece } from '../../src/records/gzip.ts';

const BUDGET = { interruptAfterTimeLimit: 2000, markInterruptAsFailure: false };
/** About what pieces of objects have. */
const PIECE_BYTES = 1 << 18;

function member(pieces: readonly Uint8Array[]): Buffer {
  const sums = new GzipMember();
  const out: Uint8Array[] = [sums.header()];
  for (const piece of pieces) {
    const deflated = deflatePiece(piece);
    sums.add(deflated);
    out.push(deflated.bytes);
  }
  out.push(sums.trailer());
  return Buffer.concat(out);
}

function text(lines: number, seed: number): Buffer {
  let out = '';
  for (let i = 0; i < lines; i++)
    out += `2 123456789012 eni-${(seed * 7919 + i) >>> 0} 10.0.0.${i & 255} OK\n`;
  return Buffer.from(out);
}

describe('a gzip member out of pieces', () => {
  test('round trip over any pieces', () => {
    const pieces = fc.array(fc.uint8Array({ maxLength: 2000 }), { maxLength: 12 });
    fc.assert(
      fc.property(pieces, (given) => {
        expect(gunzipSync(member(given)).equals(Buffer.concat(given))).toBe(true);
      }),
      BUDGET,
    );
  });

  test('gunzip reads many pieces as one member with nothing behind it', () => {
    const pieces = Array.from({ length: 200 }, (_, i) => text(50 + i, i));
    const bytes = member(pieces);
    expect(
      execFileSync('gzip', ['-dc'], { input: bytes, maxBuffer: 1 << 26 }).equals(Buffer.concat(pieces)),
    ).toBe(true);
    // A second member would need a second header: with its first bytes there is none to be found.
    const next = bytes.indexOf(Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]), 1);
    expect(next).toBe(-1);
    expect(execFileSync('gzip', ['-lv'], { input: bytes, encoding: 'utf8' })).toContain(
      crc32(Buffer.concat(pieces)).toString(16).padStart(8, '0'),
    );
  });

  test('without pieces, or with empty ones, it is an empty member', () => {
    for (const pieces of [[], [new Uint8Array(0)], [new Uint8Array(0), new Uint8Array(0)]]) {
      const bytes = member(pieces);
      expect(bytes).toHaveLength(20);
      expect(execFileSync('gzip', ['-dc'], { input: bytes })).toHaveLength(0);
    }
  });

  test('header and trailer byte for byte', () => {
    const bytes = member([Buffer.from('weir')]);
    expect([...bytes.subarray(0, 10)]).toEqual([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
    expect(bytes.readUInt32LE(bytes.length - 8)).toBe(crc32('weir'));
    expect(bytes.readUInt32LE(bytes.length - 4)).toBe(4);
  });

  test('a piece ends with a flush, and has no final block', () => {
    const { bytes, crc, length } = deflatePiece(text(10, 1));
    expect([...bytes.subarray(-4)]).toEqual([0, 0, 255, 255]);
    expect(bytes[0]! & 1).toBe(0);
    expect(crc).toBe(crc32(text(10, 1)));
    expect(length).toBe(text(10, 1).length);
  });

  test('the same pieces give the same bytes, and do not share memory with what they came from', () => {
    const source = text(5000, 3);
    const first = deflatePiece(source);
    const copy = Buffer.from(first.bytes);
    source.fill(0);
    expect(copy.equals(first.bytes)).toBe(true);
    expect(copy.equals(deflatePiece(text(5000, 3)).bytes)).toBe(true);
  });

  test('pieces of the usual size cost under 1% more than one piece', () => {
    const lines = text(60_000, 1);
    const pieces: Uint8Array[] = [];
    for (let i = 0; i < lines.length; i += PIECE_BYTES) pieces.push(lines.subarray(i, i + PIECE_BYTES));
    expect(pieces.length).toBeGreaterThan(2);
    const bytes = member(pieces);
    expect(bytes.length).toBeLessThan(member([lines]).length * 1.01);
    expect(gunzipSync(bytes).equals(lines)).toBe(true);
  });

  test('what does not compress grows by little', () => {
    let state = 1;
    const noise = Uint8Array.from({ length: 300_000 }, () => (state = Math.imul(state, 48271) >>> 0) >>> 24);
    expect(deflatePiece(noise).bytes.length).toBeLessThan(noise.length * 1.01);
    expect(gunzipSync(member([noise, noise])).equals(Buffer.concat([noise, noise]))).toBe(true);
  });

  test('the length in the trailer is modulo 2^32', () => {
    const sums = new GzipMember();
    for (let i = 0; i < 5; i++) sums.add({ crc: 0, length: 2 ** 30 });
    expect(sums.length).toBe(5 * 2 ** 30);
    expect(Buffer.from(sums.trailer()).readUInt32LE(6)).toBe(2 ** 30);
  });
});
