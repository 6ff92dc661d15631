/** Names of objects (S6.2, facts of the service's bucket layout). Pure. */
import { createHash } from 'node:crypto';
import type { DeliveryTarget, ObjectTarget } from './target.ts';
import { SLOT_SECONDS } from './chunk.ts';
import { OBJECT_SERVICE } from './names.ts';

/** A flow log that goes to a bucket. */
export type ObjectDeliveryTarget = DeliveryTarget & { readonly to: ObjectTarget };

/** The eight hex digits in an object's name: who and which, never the content (S6.2). */
export function nameHash(flowLog: string, slot: number, part: number, producer: string): string {
  return createHash('sha256').update(`${flowLog}\n${slot}\n${part}\n${producer}`).digest('hex').slice(0, 8);
}

/**
 * The key of a text object in the default layout: `<folder>AWSLogs/<account>/vpcflowlogs/<region>/yyyy/MM/dd/` and
 * a name with the time that the slot begins, in UTC.
 */
export function objectKey(target: ObjectDeliveryTarget, slot: number, hash: string): string {
  const { account, region, flowLog } = target;
  const [date, time] = new Date(slot * SLOT_SECONDS * 1000).toISOString().split('T') as [string, string];
  const folder = `${target.to.folder}AWSLogs/${account}/${OBJECT_SERVICE}/${region}/${date.replaceAll('-', '/')}/`;
  const stamp = `${date.replaceAll('-', '')}T${time.slice(0, 2)}${time.slice(3, 5)}Z`;
  return `${folder}${account}_${OBJECT_SERVICE}_${region}_${flowLog}_${stamp}_${hash}.log.gz`;
}
