/** Numbers of the writing thread over its restarts: counters go on where the thread before left them. */
import type { Amount, FlowLogAmounts } from '../../delivery/deliverer.ts';
import type { WritingStats } from '../threads/messages.ts';

const COUNTERS = [
  'windows',
  'lines',
  'unsubscribedRows',
  'unsubscribedPackets',
  'unsubscribedBytes',
  'commits',
  'commitRetries',
  'objects',
  'events',
  'records',
  'failures',
] as const satisfies readonly (keyof WritingStats)[];

/**
 * What a thread says, with what those before it said last. What they had spooled is selected again by the thread that
 * finds it in the spool, so that selected = delivered + spooled + given up (S1.2).
 */
export function addedUp(past: WritingStats | undefined, now: WritingStats): WritingStats {
  if (past === undefined) return now;
  const counters = Object.fromEntries(COUNTERS.map((name) => [name, past[name] + now[name]])) as Pick<
    WritingStats,
    (typeof COUNTERS)[number]
  >;
  const account = { ...now.account };
  for (const name of Object.keys(account) as (keyof typeof account)[]) account[name] += past.account[name];
  const amounts = new Map(now.amounts);
  for (const [flowLog, before] of past.amounts) {
    amounts.set(flowLog, addedAmounts(before, amounts.get(flowLog) ?? NOTHING));
  }
  const worst = (
    name: 'logsFreshness' | 'objectFreshness' | 'streamsFreshness',
  ): { last: number; worst: number } => ({
    last: now[name].last,
    worst: Math.max(past[name].worst, now[name].worst),
  });
  return {
    ...now,
    ...counters,
    account,
    amounts,
    logsFreshness: worst('logsFreshness'),
    objectFreshness: worst('objectFreshness'),
    streamsFreshness: worst('streamsFreshness'),
  };
}

const NONE: Amount = { rows: 0, packets: 0, bytes: 0 };
const NOTHING: FlowLogAmounts = { selected: NONE, delivered: NONE, spooled: NONE, givenUp: NONE };

function addedAmounts(past: FlowLogAmounts, now: FlowLogAmounts): FlowLogAmounts {
  return {
    selected: sum(past.selected, now.selected, negative(past.spooled)),
    delivered: sum(past.delivered, now.delivered),
    spooled: now.spooled,
    givenUp: sum(past.givenUp, now.givenUp),
  };
}

function sum(...amounts: readonly Readonly<Amount>[]): Amount {
  const out: Amount = { ...NONE };
  for (const { rows, packets, bytes } of amounts) {
    out.rows += rows;
    out.packets += packets;
    out.bytes += bytes;
  }
  return out;
}

function negative({ rows, packets, bytes }: Readonly<Amount>): Amount {
  return { rows: -rows, packets: -packets, bytes: -bytes };
}
