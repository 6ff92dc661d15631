import type { RawResponse } from '../../wire/endpoint.ts';
import { xmlElement } from '../../wire/xml.ts';
import { MOST_PARTS, type WantedPart } from '../storage/objects-uploads.ts';
import { checkedBody, LARGEST_OBJECT, readXml, xmlText } from './body.ts';
import { ownerXml } from './buckets.ts';
import {
  type Call,
  causeOf,
  emptyAnswer,
  header,
  isoTime,
  numberParameter,
  ownBucket,
  parameter,
  xmlAnswer,
} from './call.ts';
import { rangeOf } from './conditions.ts';
import { refuse } from './errors.ts';
import { urlEncoded } from './listing.ts';
import { putOptions } from './object-headers.ts';
import { copyMembers, copySource } from './objects.ts';

const MOST_LISTED = 1000;

export async function createMultipartUpload(call: Call): Promise<RawResponse> {
  const { name } = await ownBucket(call);
  const id = await call.storage.uploads.create(name, call.address.key!, putOptions(call));
  return xmlAnswer('InitiateMultipartUploadResult', place(call) + xmlElement('UploadId', id));
}

export async function uploadPart(call: Call): Promise<RawResponse> {
  const { name } = await ownBucket(call);
  const [id, number] = partOf(call);
  const body = checkedBody(call, LARGEST_OBJECT);
  const { uploads } = call.storage;
  const part = await uploads.putPart(name, call.address.key!, id, number, body.bytes, call.signal);
  return emptyAnswer(200, [['ETag', `"${part.etag}"`], ...Object.entries(body.checksums())]);
}

export async function uploadPartCopy(call: Call): Promise<RawResponse> {
  const { name } = await ownBucket(call);
  const [id, number] = partOf(call);
  const source = await copySource(call);
  try {
    const asked = header(call, 'x-amz-copy-source-range');
    const range = rangeOf(asked, source.info.size);
    if (asked !== undefined && range === undefined) {
      throw refuse(
        'InvalidArgument',
        'The x-amz-copy-source-range value must be of the form bytes=first-last',
      );
    }
    const body = source.body(range?.from, range?.to);
    const { uploads } = call.storage;
    const part = await uploads.putPart(name, call.address.key!, id, number, body, call.signal);
    return xmlAnswer('CopyPartResult', copyMembers(part));
  } finally {
    await source.close();
  }
}

export async function completeMultipartUpload(call: Call): Promise<RawResponse> {
  const { name } = await ownBucket(call);
  const id = parameter(call, 'uploadId') ?? '';
  const wanted = (await readXml(call, 'CompleteMultipartUpload', ['Part']))?.['Part'];
  if (!Array.isArray(wanted) || wanted.length > MOST_PARTS) throw refuse('MalformedXML');
  const parts = (wanted as unknown[]).map((part): WantedPart => {
    if (typeof part !== 'object' || part === null) throw refuse('MalformedXML');
    const members = part as Record<string, unknown>;
    const number = xmlText(members, 'PartNumber')?.trim() ?? '';
    const etag = xmlText(members, 'ETag')?.trim();
    if (!/^[0-9]{1,5}$/.test(number) || etag === undefined) throw refuse('MalformedXML');
    return { number: Number(number), etag: etag.replace(/^"(.*)"$/, '$1') };
  });
  const object = await call.storage.uploads.complete(name, call.address.key!, id, parts, {
    cause: causeOf(call, 'CompleteMultipartUpload'),
    signal: call.signal,
    onlyNew: header(call, 'if-none-match') === '*',
  });
  return xmlAnswer(
    'CompleteMultipartUploadResult',
    xmlElement('Location', `/${name}/${urlEncoded(object.key)}`) +
      place(call) +
      xmlElement('ETag', `"${object.etag}"`),
  );
}

export async function abortMultipartUpload(call: Call): Promise<RawResponse> {
  const { name } = await ownBucket(call);
  await call.storage.uploads.abort(name, call.address.key!, parameter(call, 'uploadId') ?? '');
  return emptyAnswer(204);
}

export async function listParts(call: Call): Promise<RawResponse> {
  const { name } = await ownBucket(call);
  const id = parameter(call, 'uploadId') ?? '';
  const after = numberParameter(call, 'part-number-marker', 0, MOST_PARTS) ?? 0;
  const max = Math.min(numberParameter(call, 'max-parts', 0, 2 ** 31 - 1) ?? MOST_LISTED, MOST_LISTED);
  const parts = (await call.storage.uploads.parts(name, call.address.key!, id)).filter(
    ({ number }) => number > after,
  );
  const shown = parts.slice(0, max);
  const members = shown.map(
    ({ number, size, etag, lastModified }) =>
      `<Part>${xmlElement('PartNumber', String(number))}${copyMembers({ etag, lastModified })}` +
      `${xmlElement('Size', String(size))}</Part>`,
  );
  const { account } = call.caller;
  return xmlAnswer(
    'ListPartsResult',
    place(call) +
      xmlElement('UploadId', id) +
      ownerXml(account, 'Initiator') +
      ownerXml(account) +
      xmlElement('StorageClass', 'STANDARD') +
      xmlElement('PartNumberMarker', String(after)) +
      xmlElement('NextPartNumberMarker', String(shown.at(-1)?.number ?? 0)) +
      xmlElement('MaxParts', String(max)) +
      xmlElement('IsTruncated', String(shown.length < parts.length)) +
      members.join(''),
  );
}

export async function listMultipartUploads(call: Call): Promise<RawResponse> {
  const { name } = await ownBucket(call);
  if (parameter(call, 'delimiter') !== undefined) throw refuse('NotImplemented');
  const prefix = parameter(call, 'prefix') ?? '';
  const keyMarker = parameter(call, 'key-marker') ?? '';
  const idMarker = parameter(call, 'upload-id-marker');
  const max = Math.min(numberParameter(call, 'max-uploads', 0, 2 ** 31 - 1) ?? MOST_LISTED, MOST_LISTED);
  const encode = parameter(call, 'encoding-type') === 'url' ? urlEncoded : (text: string): string => text;
  const all = await call.storage.uploads.list(name);
  const marked = all.findIndex(({ key, id }) => key === keyMarker && id === idMarker);
  const left = all
    .slice(marked + 1)
    .filter(({ key }) => key.startsWith(prefix))
    .filter(({ key }) => marked >= 0 || Buffer.compare(Buffer.from(key), Buffer.from(keyMarker)) > 0);
  const shown = left.slice(0, max);
  const { account } = call.caller;
  const members = shown.map(
    ({ key, id, initiated }) =>
      `<Upload>${xmlElement('Key', encode(key))}${xmlElement('UploadId', id)}` +
      `${ownerXml(account, 'Initiator')}${ownerXml(account)}${xmlElement('StorageClass', 'STANDARD')}` +
      `${xmlElement('Initiated', isoTime(initiated))}</Upload>`,
  );
  const last = shown.at(-1);
  return xmlAnswer(
    'ListMultipartUploadsResult',
    xmlElement('Bucket', name) +
      xmlElement('KeyMarker', encode(keyMarker)) +
      xmlElement('UploadIdMarker', idMarker ?? '') +
      xmlElement('NextKeyMarker', encode(last?.key ?? '')) +
      xmlElement('NextUploadIdMarker', last?.id ?? '') +
      xmlElement('Prefix', encode(prefix)) +
      xmlElement('MaxUploads', String(max)) +
      xmlElement('IsTruncated', String(shown.length < left.length)) +
      members.join(''),
  );
}

function place({ address }: Call): string {
  return xmlElement('Bucket', address.bucket!) + xmlElement('Key', address.key!);
}

function partOf(call: Call): [id: string, number: number] {
  const number = numberParameter(call, 'partNumber', 1, MOST_PARTS);
  if (number === undefined) throw refuse('InvalidArgument', 'The part number is missing.');
  return [parameter(call, 'uploadId') ?? '', number];
}
