/**
 * The port of stored log events: what the embedded CloudWatch Logs reads and writes for its clients, and what
 * delivery appends its records to. Any number of instances, on any threads of one process, may work on the same
 * root: each method is atomic, and what one has appended the next read of another sees.
 */

/** Where a log group lives: names are unique in an account and region. */
export interface LogGroupName {
  readonly account: string;
  readonly region: string;
  readonly name: string;
}

/** The events of one stream in a batch. */
export interface StreamEvents {
  readonly stream: string;
  /** Milliseconds since the epoch, one for each event. */
  readonly timestamps: Float64Array;
  /** The messages in UTF-8, one behind the other, without separators. */
  readonly messages: Uint8Array;
  /** Where each message ends in `messages`; the first begins at 0. */
  readonly ends: Uint32Array;
}

/** The part of log storage that delivery needs. */
export interface LogSink {
  /**
   * Appends events to streams of a group; the group and the streams are made where they are missing. Durable and
   * visible as a whole when it resolves; not there at all when it rejects, or the process ends before. A batch
   * whose id was appended before is not appended again: a retry is harmless. Batches of streams that have been
   * deleted with their group since are not remembered.
   *
   * `batch` is 1 to 200 characters of [A-Za-z0-9_.-].
   *
   * @throws errors of the file system as they are
   */
  append(group: LogGroupName, batch: string, events: readonly StreamEvents[], now: number): Promise<void>;
  /** What is kept of a group; undefined where there is none. @throws errors of the file system as they are */
  group(group: LogGroupName): Promise<object | undefined>;
}
