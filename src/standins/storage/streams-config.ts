/** Where a stream delivers, as it is kept. */

/** How long records wait, and how many bytes of them. */
export interface Buffering {
  /** Bytes. */
  readonly bytes: number;
  readonly seconds: number;
}

export interface BucketDelivery extends Buffering {
  readonly bucket: string;
  readonly roleArn: string;
  readonly prefix: string;
  readonly errorPrefix: string;
  readonly gzip: boolean;
  /** Begins with a dot; empty for the one that goes with the compression. */
  readonly extension: string;
}

export interface HttpDelivery extends Buffering {
  readonly url: string;
  readonly name: string;
  readonly accessKey: string | undefined;
  readonly roleArn: string | undefined;
  readonly gzip: boolean;
  /** Sent along with each request. */
  readonly attributes: Readonly<Record<string, string>>;
  /** How long a request is tried again before its records go to the backup. */
  readonly retrySeconds: number;
  readonly backup: BucketDelivery;
}

export type StreamDestination =
  | { readonly kind: 'S3' | 'ExtendedS3'; readonly bucket: BucketDelivery }
  | { readonly kind: 'HttpEndpoint'; readonly http: HttpDelivery };

export function bufferingOf(destination: StreamDestination): Buffering {
  return destination.kind === 'HttpEndpoint' ? destination.http : destination.bucket;
}
