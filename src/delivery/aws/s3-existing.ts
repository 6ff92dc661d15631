/** What is already there where an object is to be put: our own, of an attempt whose answer was lost, or another's. */
import { createHash } from 'node:crypto';
import { errorStatus } from './errors.ts';
import type { BucketCall, BucketRegions } from './s3-regions.ts';

/** What would be put. */
export interface Content {
  readonly size: number;
  /** As S3 makes it of the bytes and their parts, without quotes. */
  readonly etag: string;
  /** SHA-256 of the bytes, hex. */
  readonly digest: string;
}

/**
 * `same`: its bytes are. `other`: they are not. `gone`: there is nothing any more. `unseen`: it may not be looked at; the
 * documented bucket policy lets the service write only.
 */
export type Existing = 'same' | 'other' | 'gone' | 'unseen';

/** An object of other bytes has the key. Nothing that is published is overwritten with other records (S6.2). */
export class ObjectDiffers extends Error {
  constructor(bucket: string, key: string) {
    super(
      `s3://${bucket}/${key} is there already, with other bytes than are to be delivered: nothing is overwritten; ` +
        `move that object away to have this one delivered`,
    );
    this.name = 'ObjectDiffers';
  }
}

/** Compares size, then ETag; reads the object where the ETag does not decide (encrypted, or put in other parts). */
export async function existing(
  regions: BucketRegions,
  at: BucketCall & { readonly key: string },
  content: Content,
): Promise<Existing> {
  const { HeadObjectCommand, GetObjectCommand } = await import('@aws-sdk/client-s3');
  const input = { Bucket: at.bucket, Key: at.key };
  try {
    const head = await regions.call(at, (client, options) =>
      client.send(new HeadObjectCommand(input), options),
    );
    if (head.ContentLength !== content.size) return 'other';
    if (unquoted(head.ETag) === content.etag) return 'same';
    const { Body } = await regions.call(at, (client, options) =>
      client.send(new GetObjectCommand(input), options),
    );
    const hash = createHash('sha256');
    for await (const piece of Body as AsyncIterable<Uint8Array>) {
      at.signal?.throwIfAborted();
      hash.update(piece);
    }
    return hash.digest('hex') === content.digest ? 'same' : 'other';
  } catch (error) {
    if (at.signal?.aborted === true) throw at.signal.reason;
    const status = errorStatus(error);
    if (status === 404) return 'gone';
    if (status === 403) return 'unseen';
    throw error;
  }
}

export function unquoted(etag: string | undefined): string {
  return (etag ?? '').replace(/^"(.*)"$/, '$1');
}
