import type { PutOptions } from '../storage/objects-options.ts';
import { type Call, header } from './call.ts';
import { refuse } from './errors.ts';

/** Headers that come back as they went in. */
const KEPT = ['cache-control', 'content-disposition', 'content-language', 'expires'] as const;
/** Names and values of x-amz-meta-, bytes. */
const MOST_METADATA = 2048;
/** What promises something that is not done here: better refused than dropped. */
const UNSUPPORTED =
  /^x-amz-(?:server-side-encryption|tagging|object-lock-|website-redirect-location|grant-|write-offset-bytes)/;
const SUPPORTED_ACLS = new Set(['private', 'bucket-owner-full-control', 'bucket-owner-read']);
const STORAGE_CLASSES = new Set(['STANDARD']);

/**
 * What a request says an object is to be kept with.
 * @throws {ServiceError} NotImplemented, MetadataTooLarge
 */
export function putOptions(call: Pick<Call, 'request'>): Pick<PutOptions, 'contentType' | 'headers'> {
  const headers: Record<string, string> = {};
  let metadata = 0;
  for (const [name, value] of call.request.headers) {
    const key = name.toLowerCase();
    if (UNSUPPORTED.test(key)) {
      throw refuse('NotImplemented', `The header ${key} implies functionality that is not implemented`);
    }
    if (!key.startsWith('x-amz-meta-')) continue;
    metadata += key.length - 'x-amz-meta-'.length + value.length;
    headers[key] = Object.hasOwn(headers, key) ? `${headers[key]},${value}` : value;
  }
  if (metadata > MOST_METADATA) throw refuse('MetadataTooLarge');
  const acl = header(call, 'x-amz-acl');
  if (acl !== undefined && !SUPPORTED_ACLS.has(acl)) {
    throw refuse(
      'NotImplemented',
      `The ACL ${acl.slice(0, 64)} is not implemented: objects are the account's`,
    );
  }
  const storageClass = header(call, 'x-amz-storage-class');
  if (storageClass !== undefined && !STORAGE_CLASSES.has(storageClass)) {
    throw refuse('NotImplemented', 'There is one storage class: STANDARD');
  }
  for (const name of KEPT) {
    const value = header(call, name);
    if (value !== undefined) headers[name] = value;
  }
  const encoding = contentEncoding(header(call, 'content-encoding'));
  if (encoding !== undefined) headers['content-encoding'] = encoding;
  const contentType = header(call, 'content-type');
  return { headers, ...(contentType === undefined || contentType === '' ? {} : { contentType }) };
}

/** Without aws-chunked, which is of the transfer. */
function contentEncoding(value: string | undefined): string | undefined {
  const kept = (value ?? '')
    .split(',')
    .map((it) => it.trim())
    .filter((it) => it !== '' && it !== 'aws-chunked');
  return kept.length === 0 ? undefined : kept.join(',');
}
