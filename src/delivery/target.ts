/** Where a flow log's records go, as delivery needs to know it. Plain data: kept with what is spooled, so that
 * records are delivered when the flow log is no more (S3.6). */

import type { TargetRoles } from '../standins/storage/caller.ts';
import type { Chunk } from './chunk.ts';

export type { TargetRoles } from '../standins/storage/caller.ts';

/** An S3 destination. */
export interface ObjectTarget {
  readonly type: 's3';
  readonly bucket: string;
  /** What stands before `AWSLogs/` in keys: empty, or with a slash at its end. */
  readonly folder: string;
  /** The first line of every text object, with its line end: the field ids. */
  readonly header: string;
  /** Absent: text in the default folders. Kept with what is spooled: a version that had none wrote it without. */
  readonly layout?: ObjectLayout;
}

/** What DestinationOptions choose. */
export interface ObjectLayout {
  readonly format: 'plain-text' | 'parquet';
  /** Folders as `year=2026/month=11/…`. */
  readonly hive: boolean;
  /** One more level of folders, for the hour. */
  readonly perHour: boolean;
  /** Of Parquet: the columns, in the order of the header's fields. */
  readonly columns?: readonly { readonly id: string; readonly type: 'INT_32' | 'INT_64' | 'STRING' }[];
}

/** A CloudWatch Logs destination. */
export interface LogGroupTarget {
  readonly type: 'cloud-watch-logs';
  readonly region: string;
  readonly account: string;
  readonly group: string;
}

/** A Firehose stream. */
export interface FirehoseTarget {
  readonly type: 'kinesis-data-firehose';
  readonly region: string;
  readonly account: string;
  readonly stream: string;
}

/** Destinations that take records one by one, as soon as their window has closed. */
export type EventsTarget = LogGroupTarget | FirehoseTarget;

/** A flow log as a destination of chunks. */
export interface DeliveryTarget {
  /** `fl-…`: unique over accounts and regions. */
  readonly flowLog: string;
  readonly account: string;
  readonly region: string;
  /** Seconds of its aggregation interval: 60 or 600. Says when a slot is complete (S6.1). */
  readonly interval: 60 | 600;
  readonly to: ObjectTarget | LogGroupTarget | FirehoseTarget;
  readonly roles?: TargetRoles;
}

/** How chunks for a destination have their rows. */
export type BodyForm = Chunk['body']['form'];

export function bodyFormOf(to: DeliveryTarget['to']): BodyForm {
  if (to.type !== 's3') return 'events';
  return to.layout?.format === 'parquet' ? 'parquet' : 'deflated-text';
}
