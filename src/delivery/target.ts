/** Where a flow log's records go, as delivery needs to know it. Plain data: kept with what is spooled, so that
 * records are delivered when the flow log is no more (S3.6). */

/** An S3 destination. */
export interface ObjectTarget {
  readonly type: 's3';
  readonly bucket: string;
  /** What stands before `AWSLogs/` in keys: empty, or with a slash at its end. */
  readonly folder: string;
  /** The first line of every object, with its line end. */
  readonly header: string;
}

/** A CloudWatch Logs destination. */
export interface LogGroupTarget {
  readonly type: 'cloud-watch-logs';
  readonly region: string;
  readonly account: string;
  readonly group: string;
}

/** A flow log as a destination of chunks. */
export interface DeliveryTarget {
  /** `fl-…`: unique over accounts and regions. */
  readonly flowLog: string;
  readonly account: string;
  readonly region: string;
  /** Seconds of its aggregation interval: 60 or 600. Says when a slot is complete (S6.1). */
  readonly interval: 60 | 600;
  readonly to: ObjectTarget | LogGroupTarget;
}
