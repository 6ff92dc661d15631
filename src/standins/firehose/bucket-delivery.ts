/** Deliveries into buckets: an object each, put again under the same key until it is there. */
import { Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import type { ObjectSink } from '../storage/object-storage.ts';
import type { StreamName } from '../storage/stream-storage.ts';
import type { BucketDelivery } from '../storage/streams-config.ts';

const CONTENT_TYPE = 'application/octet-stream';
/** Of gzip: its bytes are the same each time. */
const LEVEL = 6;

/**
 * Puts an object of these pieces. The bucket must be the stream's account's, at each attempt (S8.1).
 * @throws what the storage throws; an Error for a bucket that is not there or another's
 */
export async function putObject(
  objects: ObjectSink,
  stream: StreamName,
  to: BucketDelivery,
  key: string,
  pieces: () => Iterable<Uint8Array>,
  signal: AbortSignal,
): Promise<void> {
  const as = { account: stream.account, region: stream.region };
  const bucket = await objects.bucket(to.bucket, as);
  if (bucket === undefined) throw new Error(`bucket ${to.bucket} does not exist`);
  if (bucket.account !== undefined && bucket.account !== stream.account) {
    throw new Error(`bucket ${to.bucket} belongs to another account than stream ${stream.name}`);
  }
  const plain = Readable.from(pieces(), { objectMode: true, highWaterMark: 1 });
  const body: AsyncIterable<Uint8Array> = to.gzip ? zipped(plain) : plain;
  await objects.put(to.bucket, key, body, { contentType: CONTENT_TYPE, signal, as });
}

async function* zipped(plain: Readable): AsyncGenerator<Uint8Array> {
  const gzip = createGzip({ level: LEVEL });
  plain.on('error', (error) => gzip.destroy(error));
  try {
    for await (const piece of plain.pipe(gzip)) yield piece as Uint8Array;
  } finally {
    plain.destroy();
    gzip.destroy();
  }
}
