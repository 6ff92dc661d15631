import type { Caller } from './caller.ts';
import { StorageError } from './object-storage.ts';
import type { ObjectCause } from './objects-events.ts';

export type ObjectBody = readonly Uint8Array[] | AsyncIterable<Uint8Array>;
export type StoredHeaders = Readonly<Record<string, string>>;

export interface PutOptions {
  readonly contentType?: string;
  readonly headers?: StoredHeaders;
  readonly signal?: AbortSignal;
  /** Nothing here depends on it. */
  readonly as?: Caller;
  /** Headers that are known only when the body has come. */
  readonly lateHeaders?: () => StoredHeaders;
  /** The call that it is for, which events show; without it delivery's own. */
  readonly cause?: ObjectCause;
  /** Refuses (PreconditionFailed) when there is an object of this key. */
  readonly onlyNew?: boolean;
}

/** What S3 gives an object of no declared type. */
export const DEFAULT_CONTENT_TYPE = 'binary/octet-stream';
/** Longest key, bytes of UTF-8. */
export const LONGEST_KEY = 1024;

/** @throws {StorageError} InvalidName for a key that is empty, too long, or no Unicode text */
export function checkKey(key: string): string {
  if (key === '' || Buffer.byteLength(key) > LONGEST_KEY || !key.isWellFormed()) {
    throw new StorageError('InvalidName', `A key is 1 to ${LONGEST_KEY} bytes of UTF-8.`);
  }
  return key;
}
