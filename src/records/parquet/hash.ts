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

/** Of the bytes [from, to), four at a time. */
export function hashRange(view: DataView, from: number, to: number): number {
  let h = M2 ^ (to - from);
  const last = to - 4;
  if (last < from) {
    for (let at = from; at < to; at++) h = Math.imul(h ^ view.getUint8(at), M3);
    return hashWord(h);
  }
  for (let at = from; at < last; at += 4) {
    h = Math.imul(h ^ view.getInt32(at, true), M3);
    h ^= h >>> 15;
  }
  // The last four, some of which may be taken again.
  return hashWord(h ^ view.getInt32(last, true));
}
