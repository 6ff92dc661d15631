import { ServiceError } from '../../base/service-error.ts';
import type { RawResponse } from '../../wire/endpoint.ts';
import { xmlElement } from '../../wire/xml.ts';
import { ownerXml } from './buckets.ts';
import { type Call, ownBucket, xmlAnswer } from './call.ts';
import { refuse } from './errors.ts';

/**
 * What buckets and objects can have in S3 and have not here: asking for it is answered as S3 answers for a bucket
 * without it, setting it is NotImplemented.
 */

/** Reading a bucket's: the root of an answer without members, or the code and text of a 404. */
const BUCKET_HAS_NONE: Readonly<Record<string, string | readonly [code: string, message: string]>> = {
  accelerate: 'AccelerateConfiguration',
  logging: 'BucketLoggingStatus',
  versioning: 'VersioningConfiguration',
  cors: ['NoSuchCORSConfiguration', 'The CORS configuration does not exist'],
  encryption: [
    'ServerSideEncryptionConfigurationNotFoundError',
    'The server side encryption configuration was not found',
  ],
  'object-lock': [
    'ObjectLockConfigurationNotFoundError',
    'Object Lock configuration does not exist for this bucket',
  ],
  ownershipControls: ['OwnershipControlsNotFoundError', 'The bucket ownership controls were not found'],
  policy: ['NoSuchBucketPolicy', 'The bucket policy does not exist'],
  policyStatus: ['NoSuchBucketPolicy', 'The bucket policy does not exist'],
  publicAccessBlock: [
    'NoSuchPublicAccessBlockConfiguration',
    'The public access block configuration was not found',
  ],
  replication: ['ReplicationConfigurationNotFoundError', 'The replication configuration was not found'],
  tagging: ['NoSuchTagSet', 'The TagSet does not exist'],
  website: ['NoSuchWebsiteConfiguration', 'The specified bucket does not have a website configuration'],
};

/** Every sub-resource that S3 knows; operations.ts has those that can be set here. */
export const SUBRESOURCES: ReadonlySet<string> = new Set([
  ...Object.keys(BUCKET_HAS_NONE),
  'acl',
  'abac',
  'analytics',
  'attributes',
  'intelligent-tiering',
  'inventory',
  'legal-hold',
  'lifecycle',
  'metadataConfiguration',
  'metadataTable',
  'metrics',
  'notification',
  'renameObject',
  'requestPayment',
  'restore',
  'retention',
  'select',
  'session',
  'torrent',
]);

export async function getBucketSubresource(call: Call, name: string): Promise<RawResponse> {
  await ownBucket(call);
  if (name === 'acl') return aclAnswer(call);
  if (name === 'requestPayment') {
    return xmlAnswer('RequestPaymentConfiguration', xmlElement('Payer', 'BucketOwner'));
  }
  const none = BUCKET_HAS_NONE[name];
  if (none === undefined) throw refuse('NotImplemented');
  if (typeof none === 'string') return xmlAnswer(none, '');
  throw new ServiceError(none[0], none[1], 404);
}

export async function getObjectSubresource(call: Call, name: string): Promise<RawResponse> {
  if (name !== 'acl' && name !== 'tagging') throw refuse('NotImplemented');
  const bucket = await ownBucket(call);
  if ((await call.storage.head(bucket.name, call.address.key!)) === undefined) throw refuse('NoSuchKey');
  return name === 'acl' ? aclAnswer(call) : xmlAnswer('Tagging', '<TagSet></TagSet>');
}

/** The owner may do everything, and nobody else anything. */
function aclAnswer({ caller: { account } }: Call): RawResponse {
  const grantee =
    '<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser">' +
    `${xmlElement('ID', account)}${xmlElement('DisplayName', account)}</Grantee>`;
  return xmlAnswer(
    'AccessControlPolicy',
    `${ownerXml(account)}<AccessControlList><Grant>${grantee}<Permission>FULL_CONTROL</Permission></Grant></AccessControlList>`,
  );
}
