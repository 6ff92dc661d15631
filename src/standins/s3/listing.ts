import type { RawResponse } from '../../wire/endpoint.ts';
import { xmlElement } from '../../wire/xml.ts';
import type { ObjectInfo } from '../storage/object-storage.ts';
import type { ListedPage } from '../storage/objects-list.ts';
import { ownerXml } from './buckets.ts';
import { type Call, isoTime, numberParameter, ownBucket, parameter, xmlAnswer } from './call.ts';
import { refuse } from './errors.ts';

/** Entries of a page. */
const MOST_KEYS = 1000;
/** What a client may ask for, before it is cut to that. */
const LARGEST_NUMBER = 2 ** 31 - 1;

interface Asked {
  readonly bucket: string;
  readonly prefix: string;
  readonly delimiter: string | undefined;
  readonly max: number;
  /** Of names in the answer. */
  readonly encode: (text: string) => string;
  readonly isEncoded: boolean;
}

async function askedOf(call: Call): Promise<Asked> {
  const { name: bucket } = await ownBucket(call);
  const encoding = parameter(call, 'encoding-type');
  if (encoding !== undefined && encoding !== 'url') {
    throw refuse('InvalidArgument', 'Invalid Encoding Method specified in Request');
  }
  return {
    bucket,
    prefix: parameter(call, 'prefix') ?? '',
    delimiter: parameter(call, 'delimiter'),
    max: Math.min(numberParameter(call, 'max-keys', 0, LARGEST_NUMBER) ?? MOST_KEYS, MOST_KEYS),
    encode: encoding === 'url' ? urlEncoded : (text) => text,
    isEncoded: encoding === 'url',
  };
}

/** Percent-encoded but for what S3 leaves: slashes too. */
export function urlEncoded(text: string): string {
  return encodeURIComponent(text)
    .replaceAll('%2F', '/')
    .replace(/[!'()]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);
}

function page(call: Call, asked: Asked, after: string | undefined): Promise<ListedPage> {
  const { prefix, delimiter, max } = asked;
  return call.storage.list(asked.bucket, {
    prefix,
    max,
    ...(delimiter === undefined ? {} : { delimiter }),
    ...(after === undefined ? {} : { after }),
  });
}

function commonMembers({ bucket, prefix, delimiter, max, encode, isEncoded }: Asked, isCut: boolean): string {
  return (
    xmlElement('Name', bucket) +
    xmlElement('Prefix', encode(prefix)) +
    (delimiter === undefined ? '' : xmlElement('Delimiter', encode(delimiter))) +
    xmlElement('MaxKeys', String(max)) +
    (isEncoded ? xmlElement('EncodingType', 'url') : '') +
    xmlElement('IsTruncated', String(isCut))
  );
}

function contentMembers(found: ListedPage, { encode }: Asked, owner: string, element = 'Contents'): string {
  const version =
    element === 'Version' ? xmlElement('VersionId', 'null') + xmlElement('IsLatest', 'true') : '';
  const objects = found.objects.map(
    (object) =>
      `<${element}>${xmlElement('Key', encode(object.key))}${version}${objectMembers(object)}` +
      `${owner}</${element}>`,
  );
  const prefixes = found.prefixes.map(
    (prefix) => `<CommonPrefixes>${xmlElement('Prefix', encode(prefix))}</CommonPrefixes>`,
  );
  return objects.join('') + prefixes.join('');
}

function objectMembers({ lastModified, etag, size }: ObjectInfo): string {
  return (
    xmlElement('LastModified', isoTime(lastModified)) +
    xmlElement('ETag', `"${etag}"`) +
    xmlElement('Size', String(size)) +
    xmlElement('StorageClass', 'STANDARD')
  );
}

export async function listObjects(call: Call): Promise<RawResponse> {
  const asked = await askedOf(call);
  const marker = parameter(call, 'marker') ?? '';
  const found = await page(call, asked, marker);
  // Without a delimiter the last key is the marker, and S3 leaves it to the client to say so.
  const next =
    found.next === undefined || asked.delimiter === undefined
      ? ''
      : xmlElement('NextMarker', asked.encode(found.next));
  return xmlAnswer(
    'ListBucketResult',
    commonMembers(asked, found.next !== undefined) +
      xmlElement('Marker', asked.encode(marker)) +
      next +
      contentMembers(found, asked, ownerXml(call.caller.account)),
  );
}

export async function listObjectsV2(call: Call): Promise<RawResponse> {
  if (parameter(call, 'list-type') !== '2') throw refuse('InvalidArgument', 'Invalid List Type specified');
  const asked = await askedOf(call);
  const startAfter = parameter(call, 'start-after');
  const token = call.address.query.get('continuation-token');
  const context = [call.caller.account, 'ListObjectsV2', asked.bucket, asked.prefix, asked.delimiter];
  const after = token === undefined ? startAfter : call.pageTokens.open(context, token);
  if (token !== undefined && after === undefined) {
    throw refuse('InvalidArgument', 'The continuation token provided is incorrect');
  }
  const found = await page(call, asked, after);
  const owner = parameter(call, 'fetch-owner') === 'true' ? ownerXml(call.caller.account) : '';
  return xmlAnswer(
    'ListBucketResult',
    commonMembers(asked, found.next !== undefined) +
      xmlElement('KeyCount', String(found.objects.length + found.prefixes.length)) +
      (startAfter === undefined ? '' : xmlElement('StartAfter', asked.encode(startAfter))) +
      (token === undefined ? '' : xmlElement('ContinuationToken', token)) +
      (found.next === undefined
        ? ''
        : xmlElement('NextContinuationToken', call.pageTokens.seal(context, found.next))) +
      contentMembers(found, asked, owner),
  );
}

/** Every object is its only version: what empties a bucket asks for versions. */
export async function listObjectVersions(call: Call): Promise<RawResponse> {
  const asked = await askedOf(call);
  const marker = parameter(call, 'key-marker') ?? '';
  const found = await page(call, asked, marker);
  const next =
    found.next === undefined
      ? ''
      : xmlElement('NextKeyMarker', asked.encode(found.next)) + xmlElement('NextVersionIdMarker', 'null');
  return xmlAnswer(
    'ListVersionsResult',
    commonMembers(asked, found.next !== undefined) +
      xmlElement('KeyMarker', asked.encode(marker)) +
      next +
      contentMembers(found, asked, ownerXml(call.caller.account), 'Version'),
  );
}
