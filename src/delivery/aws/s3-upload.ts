/** Objects in parts: nothing of one is there until it is complete, and what was sent of one that fails is taken back. */
import { createHash } from 'node:crypto';
import type { CompletedPart } from '@aws-sdk/client-s3';
import type { BodyPart } from './s3-body.ts';
import type { Conditions } from './s3-conditions.ts';
import { type Content, existing } from './s3-existing.ts';
import type { objectInput } from './s3-input.ts';
import type { BucketCall, BucketRegions } from './s3-regions.ts';

export interface Upload extends BucketCall {
  readonly key: string;
  readonly input: ReturnType<typeof objectInput>;
}

export interface UploadPort {
  readonly regions: BucketRegions;
  readonly conditions: Conditions;
}

interface Sent extends Content {
  readonly parts: CompletedPart[];
}

/** What S3 takes at most. */
const MOST_PARTS = 10_000;

/** Milliseconds that taking an upload back may take: it has failed, and its signal may have ended it. */
const ABORT_MS = 5000;

/** Uploads left of one key that are taken back at a time. */
const MOST_LEFT = 100;

/** Puts the first part and those that `rest` gives. @throws {ObjectDiffers} */
export async function uploadParts(
  port: UploadPort,
  upload: Upload,
  first: BodyPart,
  rest: AsyncIterator<BodyPart>,
): Promise<Content> {
  const { CreateMultipartUploadCommand } = await import('@aws-sdk/client-s3');
  await takeBackLeft(port, upload);
  const at = { Bucket: upload.bucket, Key: upload.key };
  const { UploadId } = await port.regions.call(upload, (client, options) =>
    client.send(new CreateMultipartUploadCommand({ ...at, ...upload.input }), options),
  );
  if (UploadId === undefined) throw new Error(`no upload id came for s3://${upload.bucket}/${upload.key}`);
  let isTaken = false;
  try {
    const sent = await sendParts(port, upload, UploadId, first, rest);
    isTaken = await complete(port, upload, UploadId, sent);
    return sent;
  } finally {
    if (!isTaken) await takeBack(port, upload, UploadId).catch(() => undefined);
  }
}

async function sendParts(
  { regions }: UploadPort,
  upload: Upload,
  UploadId: string,
  first: BodyPart,
  rest: AsyncIterator<BodyPart>,
): Promise<Sent> {
  const { UploadPartCommand } = await import('@aws-sdk/client-s3');
  const parts: CompletedPart[] = [];
  const whole = createHash('sha256');
  const sums = createHash('md5');
  let size = 0;
  for (let part: BodyPart | undefined = first; part !== undefined;) {
    const PartNumber = parts.length + 1;
    if (PartNumber > MOST_PARTS) throw new RangeError(`an object has no more than ${MOST_PARTS} parts`);
    const { bytes } = part;
    const sum = createHash('md5').update(bytes).digest();
    const input = { Bucket: upload.bucket, Key: upload.key, UploadId, PartNumber, Body: bytes };
    const { ETag } = await regions.call(upload, (client, options) =>
      client.send(new UploadPartCommand({ ...input, ContentMD5: sum.toString('base64') }), options),
    );
    parts.push({ PartNumber, ETag });
    whole.update(bytes);
    sums.update(sum);
    size += bytes.length;
    const next: IteratorResult<BodyPart, unknown> = await rest.next();
    part = next.done === true ? undefined : next.value;
  }
  return { parts, size, etag: `${sums.digest('hex')}-${parts.length}`, digest: whole.digest('hex') };
}

/** Whether the upload became the object: false where the same bytes were there already. */
async function complete(
  { regions, conditions }: UploadPort,
  upload: Upload,
  UploadId: string,
  sent: Sent,
): Promise<boolean> {
  const { CompleteMultipartUploadCommand } = await import('@aws-sdk/client-s3');
  const { bucket, key } = upload;
  const input = { Bucket: bucket, Key: key, UploadId, MultipartUpload: { Parts: sent.parts } };
  const done = await conditions.put({
    bucket,
    key,
    send: (condition) =>
      regions.call(upload, (client, options) =>
        client.send(new CompleteMultipartUploadCommand({ ...input, ...condition }), options),
      ),
    look: () => existing(regions, upload, sent),
  });
  return done !== undefined;
}

async function takeBack({ regions }: UploadPort, upload: Upload, UploadId: string): Promise<void> {
  const { AbortMultipartUploadCommand } = await import('@aws-sdk/client-s3');
  const at = { ...upload, signal: AbortSignal.timeout(ABORT_MS) };
  await regions.call(at, (client, options) =>
    client.send(
      new AbortMultipartUploadCommand({ Bucket: upload.bucket, Key: upload.key, UploadId }),
      options,
    ),
  );
}

/**
 * Takes back what attempts at this key have left that ended with the process, or could not. Best effort: the documented bucket
 * policy does not let the service list uploads.
 */
async function takeBackLeft(port: UploadPort, upload: Upload): Promise<void> {
  const { ListMultipartUploadsCommand } = await import('@aws-sdk/client-s3');
  const { bucket, key, signal } = upload;
  try {
    const input = { Bucket: bucket, Prefix: key, MaxUploads: MOST_LEFT };
    const { Uploads = [] } = await port.regions.call(upload, (client, options) =>
      client.send(new ListMultipartUploadsCommand(input), options),
    );
    for (const { Key, UploadId } of Uploads) {
      if (Key === key && UploadId !== undefined) await takeBack(port, upload, UploadId);
    }
  } catch (error) {
    if (signal?.aborted === true) throw error;
  }
}
