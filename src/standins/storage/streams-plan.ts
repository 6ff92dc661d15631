/** Which records a delivery is of, and what it is called. */
import { createHash } from 'node:crypto';
import type { WaitingRow } from './streams-statements.ts';

/** A delivery that is begun: the same records under the same name, however often it is tried. */
export interface DeliveryPlan {
  /** Of where its records lie in the stream. */
  readonly uuid: string;
  /** The first and the last batch. */
  readonly from: number;
  readonly to: number;
  readonly records: number;
  readonly bytes: number;
  /** When the oldest record came, ms. */
  readonly oldestAt: number;
  /** When it was begun, ms. */
  readonly at: number;
}

/** The first batches that wait, until they are `bytes`. There is one at least. */
export function planOf(
  stream: number,
  waiting: Iterable<WaitingRow>,
  bytes: number,
  now: number,
): DeliveryPlan {
  let plan: Omit<DeliveryPlan, 'uuid' | 'at'> | undefined;
  for (const row of waiting) {
    // What is more than a full buffer begins the next.
    if (plan !== undefined && plan.bytes + row.bytes > bytes) break;
    plan = {
      from: plan?.from ?? row.id,
      to: row.id,
      records: (plan?.records ?? 0) + row.records,
      bytes: (plan?.bytes ?? 0) + row.bytes,
      oldestAt: Math.min(plan?.oldestAt ?? Infinity, row.taken_at),
    };
  }
  if (plan === undefined) throw new Error('a delivery of nothing');
  return { ...plan, at: Math.floor(now), uuid: uuidOf(`${stream} ${plan.from} ${plan.to} ${plan.oldestAt}`) };
}

function uuidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  const variant = ((Number.parseInt(hex[16]!, 16) & 3) | 8).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}
