import type { RawResponse } from '../../wire/endpoint.ts';
import { xmlElement } from '../../wire/xml.ts';
import type { ObjectInfo } from '../storage/object-storage.ts';
import type { OpenObject } from '../storage/objects-read.ts';
import { checkedBody, LARGEST_OBJECT, readXml, xmlText } from './body.ts';
import { type Call, causeOf, emptyAnswer, header, isoTime, ownBucket, parameter, xmlAnswer } from './call.ts';
import { isUnchanged, rangeOf } from './conditions.ts';
import { errorMembers, refuse, refusalOf } from './errors.ts';
import { putOptions } from './object-headers.ts';

/** Keys of one DeleteObjects. */
const MOST_DELETED = 1000;
const OVERRIDES = [
  'content-type',
  'content-language',
  'expires',
  'cache-control',
  'content-disposition',
  'content-encoding',
] as const;

export async function putObject(call: Call): Promise<RawResponse> {
  const { name } = await ownBucket(call);
  if (header(call, 'if-match') !== undefined) throw refuse('NotImplemented');
  const none = header(call, 'if-none-match');
  if (none !== undefined && none !== '*') throw refuse('NotImplemented');
  const body = checkedBody(call, LARGEST_OBJECT);
  const object = await call.storage.put(name, call.address.key!, body.bytes, {
    ...putOptions(call),
    cause: causeOf(call, 'Put'),
    signal: call.signal,
    lateHeaders: () => body.checksums(),
    onlyNew: none === '*',
  });
  return emptyAnswer(200, [['ETag', `"${object.etag}"`], ...Object.entries(body.checksums())]);
}

export async function getObject(call: Call): Promise<RawResponse> {
  const object = await opened(call);
  let isSent = false;
  try {
    const { info } = object;
    if (isUnchanged(conditionsOf(call), info)) return emptyAnswer(304, objectHeaders(call, info));
    const range = rangeOf(header(call, 'range'), info.size);
    const { from, to } = range ?? { from: 0, to: info.size };
    isSent = true;
    return {
      status: range === undefined ? 200 : 206,
      headers: [
        ...objectHeaders(call, info),
        ...(range === undefined
          ? checksumHeaders(call, info)
          : [['Content-Range', `bytes ${from}-${to - 1}/${info.size}`] as const]),
      ],
      body: object.body(from, to),
      length: to - from,
    };
  } finally {
    if (!isSent) await object.close();
  }
}

export async function headObject(call: Call): Promise<RawResponse> {
  const { name } = await ownBucket(call);
  checkVersion(call);
  const info = await call.storage.head(name, call.address.key!);
  if (info === undefined) throw refuse('NoSuchKey');
  const headers = objectHeaders(call, info);
  if (isUnchanged(conditionsOf(call), info)) return emptyAnswer(304, headers);
  const range = rangeOf(header(call, 'range'), info.size);
  if (range === undefined) {
    return { ...emptyAnswer(200, [...headers, ...checksumHeaders(call, info)]), length: info.size };
  }
  const { from, to } = range;
  const contentRange = ['Content-Range', `bytes ${from}-${to - 1}/${info.size}`] as const;
  return { ...emptyAnswer(206, [...headers, contentRange]), length: to - from };
}

export async function deleteObject(call: Call): Promise<RawResponse> {
  const { name } = await ownBucket(call);
  checkVersion(call);
  await call.storage.delete(name, call.address.key!);
  return emptyAnswer(204);
}

export async function deleteObjects(call: Call): Promise<RawResponse> {
  const { name } = await ownBucket(call);
  const wanted = await readXml(call, 'Delete', ['Object']);
  const listed = wanted?.['Object'];
  if (wanted === undefined || !Array.isArray(listed) || listed.length > MOST_DELETED) {
    throw refuse('MalformedXML');
  }
  const keys = (listed as unknown[]).map((item) => {
    if (typeof item !== 'object' || item === null) throw refuse('MalformedXML');
    const key = xmlText(item as Record<string, unknown>, 'Key');
    if (key === undefined) throw refuse('MalformedXML');
    return key;
  });
  const isQuiet = xmlText(wanted, 'Quiet') === 'true';
  let members = '';
  for (const key of keys) {
    call.signal.throwIfAborted();
    try {
      await call.storage.delete(name, key);
      if (!isQuiet) members += `<Deleted>${xmlElement('Key', key)}</Deleted>`;
    } catch (error) {
      const refused = refusalOf(error);
      if (refused === undefined) throw error;
      members += `<Error>${xmlElement('Key', key)}${errorMembers(refused)}</Error>`;
    }
  }
  return xmlAnswer('DeleteResult', members);
}

export async function copyObject(call: Call): Promise<RawResponse> {
  const { name } = await ownBucket(call);
  const source = await copySource(call);
  try {
    const directive = (header(call, 'x-amz-metadata-directive') ?? 'COPY').toUpperCase();
    if (directive !== 'COPY' && directive !== 'REPLACE') {
      throw refuse('InvalidArgument', 'Unknown metadata directive.');
    }
    const { contentType, headers } = source.info;
    const options = directive === 'COPY' ? { contentType, headers } : putOptions(call);
    const object = await call.storage.put(name, call.address.key!, source.body(), {
      ...options,
      cause: causeOf(call, 'Copy'),
      signal: call.signal,
    });
    return xmlAnswer('CopyObjectResult', copyMembers(object));
  } finally {
    await source.close();
  }
}

export function copyMembers({ lastModified, etag }: Pick<ObjectInfo, 'lastModified' | 'etag'>): string {
  return xmlElement('LastModified', isoTime(lastModified)) + xmlElement('ETag', `"${etag}"`);
}

/** The object that x-amz-copy-source names, which is the caller's too. */
export async function copySource(call: Call): Promise<OpenObject> {
  const conditions = ['match', 'none-match', 'modified-since', 'unmodified-since'];
  if (conditions.some((it) => header(call, `x-amz-copy-source-if-${it}`) !== undefined)) {
    throw refuse('NotImplemented');
  }
  const [path, ...versions] = header(call, 'x-amz-copy-source')!.split('?versionId=');
  let source: string;
  try {
    source = decodeURIComponent(path!).replace(/^\//, '');
  } catch {
    throw refuse('InvalidArgument', 'Invalid copy source encoding.');
  }
  const slash = source.indexOf('/');
  if (slash < 1 || slash === source.length - 1) {
    throw refuse(
      'InvalidArgument',
      'Copy Source must mention the source bucket and key: sourcebucket/sourcekey',
    );
  }
  if (versions.some((version) => version !== 'null')) throw refuse('NoSuchVersion');
  const { name } = await ownBucket(call, source.slice(0, slash));
  const object = await call.storage.open(name, source.slice(slash + 1));
  if (object === undefined) throw refuse('NoSuchKey');
  return object;
}

async function opened(call: Call): Promise<OpenObject> {
  const { name } = await ownBucket(call);
  checkVersion(call);
  if (parameter(call, 'partNumber') !== undefined) throw refuse('NotImplemented');
  const object = await call.storage.open(name, call.address.key!);
  if (object === undefined) throw refuse('NoSuchKey');
  return object;
}

/** Objects have one version, which is called null. */
function checkVersion(call: Call): void {
  const version = parameter(call, 'versionId');
  if (version !== undefined && version !== 'null') throw refuse('NoSuchVersion');
}

function conditionsOf(call: Call): Parameters<typeof isUnchanged>[0] {
  return {
    ifMatch: header(call, 'if-match'),
    ifNoneMatch: header(call, 'if-none-match'),
    ifModifiedSince: header(call, 'if-modified-since'),
    ifUnmodifiedSince: header(call, 'if-unmodified-since'),
  };
}

function objectHeaders(call: Call, info: ObjectInfo): [string, string][] {
  const headers = new Map<string, string>([['content-type', info.contentType]]);
  for (const [name, value] of Object.entries(info.headers)) {
    if (!name.startsWith('x-amz-checksum-')) headers.set(name, value);
  }
  for (const name of OVERRIDES) {
    const value = parameter(call, `response-${name}`);
    // A line feed would end the header: what is no header value is not one.
    if (value !== undefined && /^[\x20-\x7e\t]*$/.test(value)) headers.set(name, value);
    else if (value !== undefined) throw refuse('InvalidArgument', `response-${name} is no header value.`);
  }
  return [
    ['Last-Modified', new Date(info.lastModified).toUTCString()],
    ['ETag', `"${info.etag}"`],
    ['Accept-Ranges', 'bytes'],
    ...headers,
  ];
}

function checksumHeaders(call: Call, info: ObjectInfo): [string, string][] {
  if (header(call, 'x-amz-checksum-mode')?.toUpperCase() !== 'ENABLED') return [];
  const sums = Object.entries(info.headers).filter(([name]) => name.startsWith('x-amz-checksum-'));
  return sums.length === 0 ? [] : [...sums, ['x-amz-checksum-type', 'FULL_OBJECT']];
}
