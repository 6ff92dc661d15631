/** The port by which object storage tells of the objects that come to be. */
import type { ObjectInfo } from './object-storage.ts';
import type { BucketRecord } from './objects-buckets.ts';
import type { FileIdentity } from './objects-sidecars.ts';

/** By which call of a client an object comes to be. Without one it is delivery's own: put again and again until it is
 * done, the same key with the same bytes, which is told once. */
export interface ObjectCause {
  /** Of `s3:ObjectCreated:`. */
  readonly event: 'Put' | 'Copy' | 'CompleteMultipartUpload';
  /** The caller's id, as events show it. */
  readonly principal: string;
  /** The caller's address, where it is known. */
  readonly address: string | undefined;
  readonly requestId: string;
}

/** An object that is about to get its name. */
export interface NewObject {
  readonly bucket: BucketRecord;
  readonly info: ObjectInfo;
  /** Its file's. */
  readonly identity: FileIdentity;
  readonly cause: ObjectCause | undefined;
}

/** What is to be told of an object, written down already. */
export interface PendingEvent {
  /** The object is there and durable. Does not throw: what cannot be told now is told later. */
  happened(): void;
  /** It did not come to be. Does not throw. */
  withdrawn(): void;
}

export interface ObjectEvents {
  /**
   * Writes down, durably, that an object is about to come to be; undefined where nobody is to hear of it.
   * `notification` is the bucket's setting.
   *
   * @throws errors of the disk: the object is then not to be
   */
  begin(object: NewObject, notification: unknown): PendingEvent | undefined;
}
