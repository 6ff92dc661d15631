/** The services whose requests are verified here, by their name in the credential scope. */
export type SignedService = 'ec2' | 'sts' | 's3' | 'logs' | 'firehose' | 'sqs' | 'weir';

/** What differs between services in Signature Version 4, as data. */
export interface SigningRules {
  /** The canonical path: `normalised` resolves dot segments and double slashes and encodes what stands on the
   * wire once more (all services but S3); `as sent` decodes and encodes it once (S3, where keys are opaque). */
  readonly path: 'normalised' | 'as sent';
  /** What the canonical request carries for the body: always the body's hash, or what
   * x-amz-content-sha256 declares (a hash must then be the body's, a word must be one of `payloadWords`). */
  readonly payload: 'hash' | 'declared';
  readonly payloadWords: readonly string[];
  /** The same in a presigned request that declares nothing: the body's hash, or the word. */
  readonly presignedPayload: 'hash' | 'UNSIGNED-PAYLOAD';
  /** How long after its expiry a presigned request is still taken, ms. */
  readonly expiryGrace: number;
}

/** How far the clocks of client and service may differ, ms (S8.3). */
export const MAX_SKEW = 15 * 60 * 1000;
/** Longest life of a presigned request, s: seven days. */
export const MAX_EXPIRES = 7 * 24 * 3600;

export const SIGNING_RULES: Readonly<Record<SignedService, SigningRules>> = {
  // "more than 15 minutes after the request expiration date": error codes of the EC2 API, RequestExpired.
  ec2: {
    path: 'normalised',
    payload: 'hash',
    payloadWords: [],
    presignedPayload: 'hash',
    expiryGrace: MAX_SKEW,
  },
  sts: { path: 'normalised', payload: 'hash', payloadWords: [], presignedPayload: 'hash', expiryGrace: 0 },
  logs: { path: 'normalised', payload: 'hash', payloadWords: [], presignedPayload: 'hash', expiryGrace: 0 },
  firehose: {
    path: 'normalised',
    payload: 'hash',
    payloadWords: [],
    presignedPayload: 'hash',
    expiryGrace: 0,
  },
  sqs: { path: 'normalised', payload: 'hash', payloadWords: [], presignedPayload: 'hash', expiryGrace: 0 },
  s3: {
    path: 'as sent',
    payload: 'declared',
    payloadWords: ['UNSIGNED-PAYLOAD'],
    presignedPayload: 'UNSIGNED-PAYLOAD',
    expiryGrace: 0,
  },
  // Weir's own endpoint: a client may leave a body unhashed, as to S3.
  weir: {
    path: 'as sent',
    payload: 'declared',
    payloadWords: ['UNSIGNED-PAYLOAD'],
    presignedPayload: 'UNSIGNED-PAYLOAD',
    expiryGrace: 0,
  },
};
