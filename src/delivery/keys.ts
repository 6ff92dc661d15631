/** Names of objects (S6.2, facts of the service's bucket layout). Pure. */
import { createHash } from 'node:crypto';
import type { DeliveryTarget, ObjectLayout, ObjectTarget } from './target.ts';
import { SLOT_SECONDS } from './chunk.ts';
import { OBJECT_SERVICE } from './names.ts';

/** A flow log that goes to a bucket. */
export type ObjectDeliveryTarget = DeliveryTarget & { readonly to: ObjectTarget };

/** The eight hex digits in an object's name: who and which, never the content (S6.2). */
export function nameHash(flowLog: string, slot: number, part: number, producer: string): string {
  return createHash('sha256').update(`${flowLog}\n${slot}\n${part}\n${producer}`).digest('hex').slice(0, 8);
}

/** Text in the default folders. */
const DEFAULT_LAYOUT: ObjectLayout = { format: 'plain-text', hive: false, perHour: false };
const SUFFIXES = { 'plain-text': '.log.gz', parquet: '.log.parquet' } as const;

/**
 * The key of an object: the folders of its layout, and a name with the time that the slot begins, in UTC. By default
 * `<folder>AWSLogs/<account>/vpcflowlogs/<region>/yyyy/MM/dd/`, Hive-compatible
 * `<folder>AWSLogs/aws-account-id=<account>/aws-service=vpcflowlogs/aws-region=<region>/year=yyyy/month=MM/day=dd/`; by
 * hour with one more for that, `HH/` or `hour=HH/`.
 */
export function objectKey(
  { to, account, region, flowLog }: ObjectDeliveryTarget,
  slot: number,
  hash: string,
): string {
  const { format, hive, perHour } = to.layout ?? DEFAULT_LAYOUT;
  const [date, time] = new Date(slot * SLOT_SECONDS * 1000).toISOString().split('T') as [string, string];
  const hour = time.slice(0, 2);
  const folders: [name: string, value: string][] = [
    ['aws-account-id', account],
    ['aws-service', OBJECT_SERVICE],
    ['aws-region', region],
  ];
  const [year, month, day] = date.split('-') as [string, string, string];
  folders.push(['year', year], ['month', month], ['day', day]);
  if (perHour) folders.push(['hour', hour]);
  const path = folders.map(([name, value]) => (hive ? `${name}=${value}/` : `${value}/`)).join('');
  const stamp = `${year}${month}${day}T${hour}${time.slice(3, 5)}Z`;
  const file = `${account}_${OBJECT_SERVICE}_${region}_${flowLog}_${stamp}_${hash}${SUFFIXES[format]}`;
  return `${to.folder}AWSLogs/${path}${file}`;
}
