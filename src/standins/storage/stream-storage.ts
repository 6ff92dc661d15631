/**
 * The port of Firehose streams: what the embedded Firehose takes for its clients, and what delivery puts its
 * records into.
 */

import type { Caller } from './caller.ts';

/** Where a stream lives: names are unique in an account and region. */
export interface StreamName {
  readonly account: string;
  readonly region: string;
  readonly name: string;
}

/** Records, one behind the other, without separators. */
export interface StreamRecords {
  readonly data: Uint8Array;
  /** Where each record ends in `data`; the first begins at 0. */
  readonly ends: Uint32Array;
}

/** There is no such stream. */
export class NoSuchStream extends Error {
  constructor({ account, region, name }: StreamName) {
    super(`stream ${name} does not exist in ${region} of ${account}`);
    this.name = 'NoSuchStream';
  }
}

/** The part of streams that delivery needs. */
export interface StreamSink {
  /** Reached over the network: what hangs there keeps no thread of the process's pool. */
  readonly overNetwork?: boolean;
  /**
   * Puts records, in order. When it resolves, all of them are taken and outlast a loss of power; when it rejects, some may
   * have been taken, and the same batch may be given again under the same id: at least once (S5.5), and where the
   * stream is the embedded one, once.
   *
   * @throws {NoSuchStream}
   */
  put(
    stream: StreamName,
    batch: string,
    records: StreamRecords,
    now: number,
    as?: Caller,
    options?: { readonly signal?: AbortSignal },
  ): Promise<void>;
  /** What is known of a stream; undefined where there is none. */
  stream(name: StreamName, as?: Caller, signal?: AbortSignal): Promise<object | undefined>;
}
