import type { ObjectInfo } from '../storage/object-storage.ts';
import { refuse } from './errors.ts';

/** Header values that a condition is in; undefined where the request has none. */
export interface Conditions {
  readonly ifMatch: string | undefined;
  readonly ifNoneMatch: string | undefined;
  readonly ifModifiedSince: string | undefined;
  readonly ifUnmodifiedSince: string | undefined;
}

/** RFC 9110, 13.2.2. True when the client has it already (304). @throws {ServiceError} PreconditionFailed */
export function isUnchanged(conditions: Conditions, object: ObjectInfo): boolean {
  const { ifMatch, ifNoneMatch, ifModifiedSince, ifUnmodifiedSince } = conditions;
  const seconds = Math.floor(object.lastModified / 1000) * 1000;
  if (ifMatch !== undefined) {
    if (!names(ifMatch, object.etag)) throw refuse('PreconditionFailed');
  } else if (ifUnmodifiedSince !== undefined && seconds > Date.parse(ifUnmodifiedSince)) {
    throw refuse('PreconditionFailed');
  }
  if (ifNoneMatch !== undefined) return names(ifNoneMatch, object.etag);
  return ifModifiedSince !== undefined && seconds <= Date.parse(ifModifiedSince);
}

function names(list: string, etag: string): boolean {
  return list.split(',').some((item) => {
    const tag = item.trim().replace(/^W\//, '');
    return tag === '*' || tag === etag || tag === `"${etag}"`;
  });
}

/** Bytes `from` to `to` (not included) that a Range header names; undefined for one that is not understood, which
 * is as good as none. @throws {ServiceError} InvalidRange */
export function rangeOf(range: string | undefined, size: number): { from: number; to: number } | undefined {
  const [, first, last] = /^bytes=([0-9]{0,18})-([0-9]{0,18})$/.exec(range ?? '') ?? [];
  if (first === undefined || last === undefined || (first === '' && last === '')) return undefined;
  if (first === '') {
    const length = Number(last);
    if (length === 0 || size === 0) throw refuse('InvalidRange');
    return { from: Math.max(0, size - length), to: size };
  }
  const from = Number(first);
  if (last !== '' && Number(last) < from) return undefined;
  if (from >= size) throw refuse('InvalidRange');
  return { from, to: last === '' ? size : Math.min(size, Number(last) + 1) };
}
