import { headerValues } from '../../base/raw-request.ts';
import { decodeBytes, queryParameters, splitTarget } from '../../identity/canonical.ts';
import type { RequestHead } from '../../wire/endpoint.ts';
import { textOf } from '../storage/paths.ts';
import { refuse } from './errors.ts';

/** What a request is about. */
export interface Address {
  readonly bucket: string | undefined;
  readonly key: string | undefined;
  readonly query: ReadonlyMap<string, string>;
}

/**
 * Bucket and key of a request. Virtual-host style is for hosts of these forms, whatever the port; every other
 * host is path style (`/bucket/key`):
 *
 *   BUCKET.localhost
 *   BUCKET.s3.anything and BUCKET.s3-anything
 *
 * A host that begins with `s3.` or `s3-` names no bucket.
 *
 * @throws {ServiceError} InvalidURI for what is no UTF-8, InvalidArgument for a parameter that stands twice
 */
export function addressOf(head: RequestHead): Address {
  const { path, query } = splitTarget(head.target);
  if (!path.startsWith('/')) throw refuse('InvalidURI');
  const decoded = text(decodeBytes(path)).slice(1);
  const bucket = bucketOfHost(headerValues(head, 'host')[0] ?? '');
  const parameters = parametersOf(query);
  if (bucket !== undefined) return { bucket, key: decoded === '' ? undefined : decoded, query: parameters };
  const slash = decoded.indexOf('/');
  const key = slash < 0 ? '' : decoded.slice(slash + 1);
  const named = slash < 0 ? decoded : decoded.slice(0, slash);
  if (named === '' && key !== '') throw refuse('InvalidBucketName');
  return {
    bucket: named === '' ? undefined : named,
    key: key === '' ? undefined : key,
    query: parameters,
  };
}

function bucketOfHost(host: string): string | undefined {
  const name = host.replace(/:[0-9]*$/, '').toLowerCase();
  if (/^s3[.-]/.test(name)) return undefined;
  return /^(.+?)\.s3[.-]/.exec(name)?.[1] ?? /^(.+)\.localhost$/.exec(name)?.[1];
}

function parametersOf(query: string): Map<string, string> {
  const parameters = new Map<string, string>();
  for (const [name, value] of queryParameters(query)) {
    const key = text(name);
    if (parameters.has(key)) throw refuse('InvalidArgument', 'The request has the same parameter twice.');
    parameters.set(key, text(value));
  }
  return parameters;
}

function text(bytes: string): string {
  const decoded = textOf(bytes);
  if (decoded === undefined) throw refuse('InvalidURI');
  return decoded;
}
