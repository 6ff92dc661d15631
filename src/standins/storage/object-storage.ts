/**
 * The port of stored objects: what the embedded S3 reads and writes for its clients, and what delivery puts
 * its objects into. Any number of instances, on any threads of one process, may work on the same root: each
 * method is atomic, and what one has put the next read of another sees.
 */

import type { Caller } from './caller.ts';

/** A bucket. Names are global; each belongs to an account (S8.1). */
export interface BucketInfo {
  readonly name: string;
  /** undefined where the storage does not tell whose it is. */
  readonly account: string | undefined;
  readonly region: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

/** A bucket of a storage that knows its owners. */
export interface OwnedBucket extends BucketInfo {
  readonly account: string;
}

/** What is kept of an object beside its bytes. */
export interface ObjectInfo {
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  /** Without quotes: the MD5 of the bytes in hex, or a multipart upload's `hex-parts`. */
  readonly etag: string;
  /** Milliseconds since the epoch. */
  readonly lastModified: number;
  readonly contentType: string;
  /** The headers that come back as they went in (Content-Encoding, Cache-Control, x-amz-meta-…), lower case. */
  readonly headers: Readonly<Record<string, string>>;
}

/** What stands in the way of a storage operation, beside errors of the file system, which pass as they are. */
export class StorageError extends Error {
  readonly code:
    | 'NoSuchBucket'
    | 'NoSuchKey'
    | 'BucketExists'
    | 'BucketNotEmpty'
    | 'InvalidName'
    | 'PreconditionFailed'
    | 'NoSuchUpload'
    | 'InvalidPart'
    | 'InvalidPartOrder'
    | 'EntityTooSmall';

  constructor(code: StorageError['code'], message: string) {
    super(message);
    this.name = 'StorageError';
    this.code = code;
  }
}

/** The part of object storage that delivery needs: buckets by name, and whole objects put. */
export interface ObjectSink {
  /** Reached over the network: what hangs there keeps no thread of the process's pool. */
  readonly overNetwork?: boolean;
  /** undefined where there is no such bucket. */
  bucket(name: string, as?: Caller, signal?: AbortSignal): Promise<BucketInfo | undefined>;
  /**
   * Puts an object, in place of one that is there. Durable (file and directory flushed) and visible as a whole
   * when it resolves; not there at all when it rejects, or the process ends before.
   *
   * @throws {StorageError} NoSuchBucket, InvalidName; errors of the file system as they are
   */
  put(
    bucket: string,
    key: string,
    body: readonly Uint8Array[] | AsyncIterable<Uint8Array>,
    options?: {
      readonly contentType?: string;
      readonly headers?: Readonly<Record<string, string>>;
      readonly signal?: AbortSignal;
      readonly as?: Caller;
    },
  ): Promise<ObjectInfo>;
}
