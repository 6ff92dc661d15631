/** Calls of S3, each in the region of its bucket, and over as soon as its signal says so. */
import type { S3Client } from '@aws-sdk/client-s3';
import type { Caller } from '../../standins/storage/caller.ts';
import { BoundedMap } from './bounded-map.ts';
import type { AwsClients } from './clients.ts';
import { untilAborted } from './until-aborted.ts';

/** A bucket, whose delivery it is for, and until when. */
export interface BucketCall {
  readonly bucket: string;
  readonly as: Caller | undefined;
  readonly signal: AbortSignal | undefined;
}

/** What S3 answers where it says in which region a bucket is: moved, moved for now, signed for another region. */
const REDIRECTS = new Set([301, 307, 400]);

/** Buckets whose regions are remembered. */
const MOST_REGIONS = 1000;

export class BucketRegions {
  readonly #clients: AwsClients;
  readonly #known = new BoundedMap<string, string>(MOST_REGIONS);

  constructor(clients: AwsClients) {
    this.#clients = clients;
  }

  /** The region that calls for a bucket are signed for. */
  async of({ bucket, as }: BucketCall): Promise<string> {
    const client = await this.#clients.s3(as, this.#known.peek(bucket));
    return client.config.region();
  }

  /** Sends, and once more where the answer is that the bucket is in another region; that is remembered. */
  async call<T>(
    { bucket, as, signal }: BucketCall,
    send: (client: S3Client, options: { readonly abortSignal?: AbortSignal }) => Promise<T>,
  ): Promise<T> {
    signal?.throwIfAborted();
    const options = signal === undefined ? {} : { abortSignal: signal };
    const attempt = async (client: S3Client): Promise<T> => untilAborted(send(client, options), signal);
    const client = await this.#clients.s3(as, this.#known.peek(bucket));
    try {
      return await attempt(client);
    } catch (error) {
      const region = regionOf(error);
      if (region === undefined || region === (await client.config.region())) throw error;
      this.#known.set(bucket, region);
      return attempt(await this.#clients.s3(as, region));
    }
  }
}

/** The region that a refusal says the bucket is in. */
function regionOf(error: unknown): string | undefined {
  const { $metadata, $response, Region } = error as {
    $metadata?: { httpStatusCode?: number };
    $response?: { headers?: Record<string, string> };
    Region?: unknown;
  };
  if (!REDIRECTS.has($metadata?.httpStatusCode ?? 0)) return undefined;
  const region = $response?.headers?.['x-amz-bucket-region'] ?? Region;
  return typeof region === 'string' && /^[a-z0-9-]{1,40}$/.test(region) ? region : undefined;
}
