import { randomBytes } from 'node:crypto';

/**
 * Odd multipliers drawn at start: tables that a sender of crafted addresses or counts cannot aim at. Nothing that is
 * written depends on them.
 */
const SEEDS = new Int32Array(randomBytes(16).buffer.slice(0, 16)).map((word) => word | 1);
const M0 = SEEDS[0]!;
const M1 = SEEDS[1]!;
const M2 = SEEDS[2]!;
const M3 = SEEDS[3]!;

export function hashWord(word: number): number {
  let h = Math.imul(word ^ (word >>> 15), M0);
  h = Math.imul(h ^ (h >>> 14), M1);
  return h ^ (h >>> 16);
}

export function hashWords(a: number, b: number, c: number, d: number): number {
  let h = Math.imul(a, M0) ^ Math.imul(b, M1);
  h = Math.imul(h ^ (h >>> 15) ^ c, M2);
  h = Math.imul((h ^ (h >>> 14)) + d, M3);
  return h ^ (h >>> 16);
}

export function hashBytes(bytes: Uint8Array, from: number, to: number): number {
  let h = M2;
  for (let at = from; at < to; at++) h = Math.imul(h ^ bytes[at]!, M3);
  return hashWord(h ^ (to - from));
}
