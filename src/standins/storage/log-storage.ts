/**
 * The port of stored log events: what the embedded CloudWatch Logs reads and writes for its clients, and what
 * delivery appends its records to. Any number of instances, on any threads of one process, may work on the same
 * root: each method is atomic, and what one has appended the next read of another sees.
 */

import type { Caller } from './caller.ts';

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

/** Events of a stream in an append that the destination does not take, however often they are sent now. */
export interface RefusedEvents {
  readonly stream: string;
  /** Which ones: their places in what was given of the stream, ascending. */
  readonly events: Uint32Array;
  /** Older than the service takes, or than the group keeps; too far ahead; empty, or longer than an event may be. */
  readonly reason: 'too old' | 'expired' | 'too new' | 'no event';
}

/** A destination takes nothing of an append, for good: to be given up, not to be tried again. */
export class EventsRefused extends Error {
  readonly refused: readonly RefusedEvents[];

  constructor(message: string, refused: readonly RefusedEvents[]) {
    super(message);
    this.name = 'EventsRefused';
    this.refused = refused;
  }
}

/** There is no such group, and it may not be made. */
export class NoSuchLogGroup extends Error {
  constructor({ account, region, name }: LogGroupName) {
    super(`log group ${name} does not exist in ${region} of ${account}`);
    this.name = 'NoSuchLogGroup';
  }
}

export interface AppendOptions {
  /** Whether a group that is missing may be made; true without it. Streams of a group that is there always may. */
  readonly create?: boolean;
  /** Ends the append: what was sent until then may be there. */
  readonly signal?: AbortSignal;
}

/** The part of log storage that delivery needs. */
export interface LogSink {
  /** Reached over the network: what hangs there keeps no thread of the process's pool. */
  readonly overNetwork?: boolean;
  /**
   * Appends events to streams of a group; the group and the streams are made where they are missing. Durable and
   * visible as a whole when it resolves; not there at all when it rejects, or the process ends before. A batch
   * whose id was appended before is not appended again: a retry is harmless. Batches of streams that have been
   * deleted with their group since are not remembered. (CloudWatch Logs itself takes an append by and by, and takes
   * again what it has taken of one whose answer was lost, or that a process before this one sent: S5.5.)
   *
   * Resolves to what was refused for good, the same for each retry; nothing without it.
   *
   * `batch` is 1 to 200 characters of [A-Za-z0-9_.-].
   *
   * @throws {EventsRefused} {NoSuchLogGroup} errors of the file system, and of the SDK, as they are
   */
  append(
    group: LogGroupName,
    batch: string,
    events: readonly StreamEvents[],
    now: number,
    as?: Caller,
    options?: AppendOptions,
  ): Promise<readonly RefusedEvents[] | void>;
  /** What is kept of a group; undefined where there is none. @throws errors of the file system as they are */
  group(group: LogGroupName, as?: Caller, signal?: AbortSignal): Promise<object | undefined>;
}
