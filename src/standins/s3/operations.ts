import type { RawResponse } from '../../wire/endpoint.ts';
import type { Address } from './address.ts';
import { createBucket, deleteBucket, getBucketLocation, headBucket, listBuckets } from './buckets.ts';
import type { Call } from './call.ts';
import { refuse } from './errors.ts';
import { deleteBucketLifecycle, getBucketLifecycle, putBucketLifecycle } from './lifecycle.ts';
import { listObjects, listObjectsV2, listObjectVersions } from './listing.ts';
import {
  abortMultipartUpload,
  completeMultipartUpload,
  createMultipartUpload,
  listMultipartUploads,
  listParts,
  uploadPart,
  uploadPartCopy,
} from './multipart.ts';
import { getBucketNotification, putBucketNotification } from './notification.ts';
import { copyObject, deleteObject, deleteObjects, getObject, headObject, putObject } from './objects.ts';
import { getBucketSubresource, getObjectSubresource, SUBRESOURCES } from './subresources.ts';

/** One operation of the API. */
export interface Operation {
  readonly name: string;
  /** A read-only key may call it. */
  readonly reads: boolean;
  readonly run: (call: Call) => Promise<RawResponse>;
}

function reading(name: string, run: Operation['run']): Operation {
  return { name, reads: true, run };
}

function writing(name: string, run: Operation['run']): Operation {
  return { name, reads: false, run };
}

const LIST_BUCKETS = reading('ListBuckets', listBuckets);

/** By method and the parameter that chooses; those without one are last. */
const OF_BUCKETS: Readonly<Record<string, readonly (readonly [string | undefined, Operation])[]>> = {
  GET: [
    ['location', reading('GetBucketLocation', getBucketLocation)],
    ['notification', reading('GetBucketNotificationConfiguration', getBucketNotification)],
    ['lifecycle', reading('GetBucketLifecycleConfiguration', getBucketLifecycle)],
    ['uploads', reading('ListMultipartUploads', listMultipartUploads)],
    ['versions', reading('ListObjectVersions', listObjectVersions)],
    ['list-type', reading('ListObjectsV2', listObjectsV2)],
    [undefined, reading('ListObjects', listObjects)],
  ],
  HEAD: [[undefined, reading('HeadBucket', headBucket)]],
  PUT: [
    ['notification', writing('PutBucketNotificationConfiguration', putBucketNotification)],
    ['lifecycle', writing('PutBucketLifecycleConfiguration', putBucketLifecycle)],
    [undefined, writing('CreateBucket', createBucket)],
  ],
  POST: [['delete', writing('DeleteObjects', deleteObjects)]],
  DELETE: [
    ['lifecycle', writing('DeleteBucketLifecycle', deleteBucketLifecycle)],
    [undefined, writing('DeleteBucket', deleteBucket)],
  ],
};

const COPY_OBJECT = writing('CopyObject', copyObject);
const UPLOAD_PART_COPY = writing('UploadPartCopy', uploadPartCopy);
const OF_OBJECTS: typeof OF_BUCKETS = {
  GET: [
    ['uploadId', reading('ListParts', listParts)],
    [undefined, reading('GetObject', getObject)],
  ],
  HEAD: [[undefined, reading('HeadObject', headObject)]],
  PUT: [
    ['uploadId', writing('UploadPart', uploadPart)],
    [undefined, writing('PutObject', putObject)],
  ],
  POST: [
    ['uploads', writing('CreateMultipartUpload', createMultipartUpload)],
    ['uploadId', writing('CompleteMultipartUpload', completeMultipartUpload)],
  ],
  DELETE: [
    ['uploadId', writing('AbortMultipartUpload', abortMultipartUpload)],
    [undefined, writing('DeleteObject', deleteObject)],
  ],
};

/**
 * The operation that a request means. @throws {ServiceError} NotImplemented, MethodNotAllowed
 */
export function operationOf(method: string, { bucket, key, query }: Address, isCopy: boolean): Operation {
  if (bucket === undefined) {
    if (method === 'GET') return LIST_BUCKETS;
    throw refuse('MethodNotAllowed');
  }
  const table = key === undefined ? OF_BUCKETS : OF_OBJECTS;
  const operations = Object.hasOwn(table, method) ? table[method]! : [];
  const sub = [...query.keys()].find((name) => SUBRESOURCES.has(name));
  if (sub !== undefined) {
    const own = operations.find(([name]) => name === sub)?.[1];
    if (own !== undefined) return own;
    if (method !== 'GET') throw refuse('NotImplemented');
    return key === undefined
      ? reading('GetBucketSubresource', (call) => getBucketSubresource(call, sub))
      : reading('GetObjectSubresource', (call) => getObjectSubresource(call, sub));
  }
  const found = operations.find(([name]) => name === undefined || query.has(name))?.[1];
  if (found === undefined) throw refuse('MethodNotAllowed');
  if (isCopy && found.name === 'PutObject') return COPY_OBJECT;
  if (isCopy && found.name === 'UploadPart') return UPLOAD_PART_COPY;
  return found;
}
