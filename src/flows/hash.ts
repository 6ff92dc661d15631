import { randomBytes } from 'node:crypto';
import { KEY_IPV6 } from './rows.ts';

/**
 * Odd multipliers drawn at start: an index that a sender of crafted 5-tuples cannot aim at. Nothing that is
 * written depends on them; what orders rows is `partitionOf`, which is fixed.
 */
const SEEDS = new Int32Array(randomBytes(16).buffer.slice(0, 16)).map((word) => word | 1);
const M0 = SEEDS[0]!;
const M1 = SEEDS[1]!;
const M2 = SEEDS[2]!;
const M3 = SEEDS[3]!;

/** Hash of a row's four key words, for the index of a table. */
export function hashKey(source: number, destination: number, ports: number, key: number): number {
  let h = Math.imul(source, M0) ^ Math.imul(destination, M1);
  h = Math.imul(h ^ (h >>> 15) ^ ports, M2);
  h = Math.imul((h ^ (h >>> 14)) + key, M3);
  return h ^ (h >>> 16);
}

/** Partitions of an object (S6.3), whatever the number of threads. */
export const PARTITIONS = 16;

/** The partition of a flow: fixed for ever, so that the same input gives the same bytes. */
export function partitionOf(source: number, destination: number, ports: number, key: number): number {
  let h = Math.imul(source ^ (key & (KEY_IPV6 | 0xff)), 0x2545f491);
  h = Math.imul(h ^ (h >>> 15) ^ destination, 0x1b873593);
  h = Math.imul(h ^ (h >>> 13) ^ ports, 0x27d4eb2f);
  return (h >>> 28) & (PARTITIONS - 1);
}
