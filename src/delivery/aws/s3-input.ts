/** What goes along with an object's bytes, as the SDK takes it. */
import type { CreateMultipartUploadCommandInput } from '@aws-sdk/client-s3';
import type { S3Options } from './settings.ts';

type ObjectInput = Omit<CreateMultipartUploadCommandInput, 'Bucket' | 'Key'>;

/** The service's bucket policy lets objects be put with this ACL only (facts of delivery, 4.5). */
const ACL = 'bucket-owner-full-control';

const MEMBERS = {
  'cache-control': 'CacheControl',
  'content-disposition': 'ContentDisposition',
  'content-encoding': 'ContentEncoding',
  'content-language': 'ContentLanguage',
} as const;
const METADATA = 'x-amz-meta-';

/** @throws {TypeError} a header that objects do not keep */
export function objectInput(
  { acl, encryption }: S3Options,
  contentType: string | undefined,
  headers: Readonly<Record<string, string>> = {},
): ObjectInput {
  const input: ObjectInput = {};
  if (contentType !== undefined) input.ContentType = contentType;
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith(METADATA)) {
      input.Metadata = { ...input.Metadata, [name.slice(METADATA.length)]: value };
    } else if (Object.hasOwn(MEMBERS, name)) {
      input[MEMBERS[name as keyof typeof MEMBERS]] = value;
    } else {
      throw new TypeError(`an object cannot have the header ${name}`);
    }
  }
  if (acl !== false) input.ACL = ACL;
  if (encryption !== undefined) {
    input.ServerSideEncryption = encryption.type;
    if (encryption.type === 'aws:kms') {
      if (encryption.key !== undefined) input.SSEKMSKeyId = encryption.key;
      if (encryption.bucketKey !== undefined) input.BucketKeyEnabled = encryption.bucketKey;
    }
  }
  return input;
}
