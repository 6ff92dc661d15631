/**
 * Destinations that the AWS SDK reaches: Amazon's own, and others that speak its protocols. Plain data: it comes from the
 * configuration and is cloned to the writing thread.
 */

/** An access key, as text. */
export interface AwsKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/**
 * What stands for a role that flow logs name. The first mapping whose pattern is the role's decides. With neither
 * profile nor credentials they are those that the role would be reached with: the destination's own, or for a
 * DeliverCrossAccountRole those of the flow log's DeliverLogsPermissionArn.
 */
export interface RoleMapping {
  /** A role's ARN, or a pattern: `*` is any text. */
  readonly role: string;
  /** A profile of the AWS tools' shared files. */
  readonly profile?: string;
  readonly credentials?: AwsKey;
  /** Assumes the role (STS) with them; else they are used in its place. */
  readonly assume?: boolean;
  /** What the role's trust policy asks for. */
  readonly externalId?: string;
}

export interface AwsDestination {
  /** A URL. Absent: the profile's endpoint_url, else what the SDK finds (AWS_ENDPOINT_URL), else Amazon's of the region. */
  readonly endpoint?: string;
  /** Absent: the flow log's. */
  readonly region?: string;
  /** Of the AWS tools' shared files: credentials, and endpoint_url where it has one. */
  readonly profile?: string;
  /** Instead of a profile. With neither, the SDK's default chain: environment, shared files, container, instance. */
  readonly credentials?: AwsKey;
  /** `http://host/bucket/key` instead of `http://bucket.host/key`. Absent: only where an endpoint is given, here or by the profile. */
  readonly pathStyle?: boolean;
  readonly roles?: readonly RoleMapping[];
  /** Where roles are assumed. Absent: as for `endpoint`, which itself does not count. */
  readonly stsEndpoint?: string;
}

/** How objects are encrypted at rest. */
export type S3Encryption =
  | { readonly type: 'AES256' }
  | {
      readonly type: 'aws:kms';
      /** ARN of the key; absent: the account's own for S3. */
      readonly key?: string;
      readonly bucketKey?: boolean;
    };

/** How objects are put. */
export interface S3Options {
  /** Absent: the bucket's own default. */
  readonly encryption?: S3Encryption;
  /** Whether the x-amz-acl header goes along that the service's bucket policy asks for. For stores that refuse it. */
  readonly acl?: boolean;
  /** Whether objects are put under `If-None-Match: *`. Stores found not to offer it get none anyway. */
  readonly conditional?: boolean;
  /** Bytes of a part, and the largest object that goes up as a whole: a put holds about as much memory. */
  readonly partBytes?: number;
}

/** Parts of uploads, bytes: what S3 takes at least (the last may be smaller), and at most as a single body. */
export const LEAST_PART_BYTES = 5 * 1024 ** 2;
export const MOST_PART_BYTES = 512 * 1024 ** 2;

export const DEFAULT_S3_OPTIONS = {
  acl: true,
  conditional: true,
  partBytes: 8 * 1024 ** 2,
} as const satisfies S3Options;
