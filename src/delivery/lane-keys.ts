/** How lanes and destinations are named: what waits together, and what fails together. */
import type { Caller } from '../standins/storage/caller.ts';
import type { DeliveryTarget, EventsTarget, FirehoseTarget, LogGroupTarget } from './target.ts';

/** The name of a log group. */
export function groupKey({ account, region, group }: LogGroupTarget): string {
  return `${account}/${region}/${group}`;
}

/** The name of a stream. No log group has it: these begin with an account. */
export function streamKey({ account, region, stream }: FirehoseTarget): string {
  return `stream:${account}/${region}/${stream}`;
}

/** The name of a log group or stream. */
export function eventsKey(to: EventsTarget): string {
  return to.type === 'cloud-watch-logs' ? groupKey(to) : streamKey(to);
}

/** What fails together: a bucket, a log group or a stream. */
export function destinationKey(to: DeliveryTarget['to']): string {
  return to.type === 's3' ? to.bucket : eventsKey(to);
}

/** Whose delivery it is. */
export function callerOf({ account, region, roles }: DeliveryTarget): Caller {
  return roles === undefined ? { account, region } : { account, region, roles };
}

/**
 * The lane of a flow log: of objects its own; of events that of the log group or stream, shared with the flow logs that
 * deliver there as the same caller. With other roles a delivery may be refused where others are taken.
 */
export function laneKey(target: DeliveryTarget): string {
  return target.to.type === 's3' ? target.flowLog : eventsLane(target.to, callerOf(target));
}

export function eventsLane(to: EventsTarget, as: Caller): string {
  const key = eventsKey(to);
  if (as.roles === undefined && as.account === to.account && as.region === to.region) return key;
  return `${key} ${JSON.stringify([as.account, as.region, as.roles?.role, as.roles?.crossAccountRole])}`;
}
