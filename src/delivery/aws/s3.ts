/**
 * Objects in buckets of S3, Amazon's or another's. A put ends with the object there as a whole, once, with the bytes that were
 * given: a request that was accepted and whose answer was lost is known when it is made again, by `If-None-Match: *`
 * and a look at what is there; stores that do not offer that have the same bytes put in place of the same.
 */
import { createHash } from 'node:crypto';
import type { Caller } from '../../standins/storage/caller.ts';
import type { BucketInfo, ObjectInfo, ObjectSink } from '../../standins/storage/object-storage.ts';
import { BoundedMap } from './bounded-map.ts';
import type { AwsClients } from './clients.ts';
import { errorStatus } from './errors.ts';
import { type BodyPart, partsOf } from './s3-body.ts';
import { Conditions } from './s3-conditions.ts';
import { existing } from './s3-existing.ts';
import { objectInput } from './s3-input.ts';
import { BucketRegions } from './s3-regions.ts';
import { type Upload, uploadParts } from './s3-upload.ts';
import { DEFAULT_S3_OPTIONS, LEAST_PART_BYTES, MOST_PART_BYTES, type S3Options } from './settings.ts';

/** What HeadBucket answers to whom it does not concern: the bucket is there. The documented bucket policy does not let
 * the service ask (facts of delivery, 4.5), and still lets it put. */
const TOLERATED_HEAD = 403;

/** Milliseconds that a bucket which was there is not asked for again, unless a put fails. */
const BUCKET_MS = 5 * 60_000;
const MOST_BUCKETS = 1000;

/** Puts objects into buckets over the SDK. @throws {RangeError} a part size that S3 does not take */
export function createS3Sink(
  clients: AwsClients,
  options: S3Options = {},
  clock: () => number = Date.now,
): S3Sink {
  return new S3Sink(clients, { ...DEFAULT_S3_OPTIONS, ...options }, clock);
}

type PutOptions = NonNullable<Parameters<ObjectSink['put']>[3]>;

export class S3Sink implements ObjectSink {
  readonly overNetwork = true;
  readonly #regions: BucketRegions;
  readonly #conditions: Conditions;
  readonly #options: S3Options & { readonly partBytes: number };
  readonly #clock: () => number;
  readonly #seen = new BoundedMap<string, { readonly info: BucketInfo; readonly until: number }>(
    MOST_BUCKETS,
  );

  constructor(clients: AwsClients, options: S3Options & { readonly partBytes: number }, clock: () => number) {
    const { partBytes } = options;
    if (!(partBytes >= LEAST_PART_BYTES && partBytes <= MOST_PART_BYTES)) {
      throw new RangeError(`parts have ${LEAST_PART_BYTES} to ${MOST_PART_BYTES} bytes, not ${partBytes}`);
    }
    this.#regions = new BucketRegions(clients);
    this.#conditions = new Conditions(options.conditional !== false);
    this.#options = options;
    this.#clock = clock;
  }

  /** Whose a bucket is cannot be told, nor when it was made: its account is undefined, and createdAt 0. */
  async bucket(name: string, as?: Caller, signal?: AbortSignal): Promise<BucketInfo | undefined> {
    const seen = this.#seen.peek(name);
    if (seen !== undefined && this.#clock() < seen.until) return seen.info;
    this.#seen.delete(name);
    const { HeadBucketCommand } = await import('@aws-sdk/client-s3');
    const at = { bucket: name, as, signal };
    let region: string | undefined;
    try {
      const head = await this.#regions.call(at, (client, options) =>
        client.send(new HeadBucketCommand({ Bucket: name }), options),
      );
      region = head.BucketRegion;
    } catch (error) {
      const status = errorStatus(error);
      if (status === 404) return undefined;
      if (status !== TOLERATED_HEAD) throw error;
    }
    region ??= await this.#regions.of(at);
    const info = { name, account: undefined, region, createdAt: 0 };
    this.#seen.set(name, { info, until: this.#clock() + BUCKET_MS });
    return info;
  }

  /**
   * As the port has it. About as much memory as a part has bytes (settings.ts) is held at a time.
   * @throws {ObjectDiffers} an object of other bytes has the key; what the SDK throws (errors.ts)
   */
  async put(
    bucket: string,
    key: string,
    body: readonly Uint8Array[] | AsyncIterable<Uint8Array>,
    { contentType, headers, signal, as }: PutOptions = {},
  ): Promise<ObjectInfo> {
    const input = objectInput(this.#options, contentType, headers);
    const upload = { bucket, key, as, signal, input };
    const parts = partsOf(body, this.#options.partBytes);
    try {
      const { value: first } = (await parts.next()) as { value: BodyPart };
      const { size, etag } = first.isLast
        ? await this.#putWhole(upload, first.bytes)
        : await uploadParts({ regions: this.#regions, conditions: this.#conditions }, upload, first, parts);
      const kept = { contentType: contentType ?? 'binary/octet-stream', headers: headers ?? {} };
      return { key, size, etag, lastModified: this.#clock(), ...kept };
    } catch (error) {
      this.#seen.delete(bucket);
      throw error;
    } finally {
      await parts.return(undefined);
    }
  }

  async #putWhole(upload: Upload, bytes: Buffer): Promise<{ size: number; etag: string }> {
    const { PutObjectCommand } = await import('@aws-sdk/client-s3');
    const { bucket, key } = upload;
    const sum = createHash('md5').update(bytes).digest();
    const content = { size: bytes.length, etag: sum.toString('hex') };
    const input = {
      Bucket: bucket,
      Key: key,
      ...upload.input,
      Body: bytes,
      ContentMD5: sum.toString('base64'),
    };
    await this.#conditions.put({
      bucket,
      key,
      send: (condition) =>
        this.#regions.call(upload, (client, options) =>
          client.send(new PutObjectCommand({ ...input, ...condition }), options),
        ),
      look: () => {
        const digest = createHash('sha256').update(bytes).digest('hex');
        return existing(this.#regions, upload, { ...content, digest });
      },
    });
    return content;
  }
}
