import { headerValues } from '../../base/raw-request.ts';
import { type Caller, callerIdentity } from '../../identity/caller.ts';
import type { SignedPayload } from '../../identity/sigv4.ts';
import type { RawResponse, StreamedRequest } from '../../wire/endpoint.ts';
import { XML_DECLARATION } from '../../wire/xml.ts';
import type { PageTokens } from '../../base/page-token.ts';
import type { OwnedBucket } from '../storage/object-storage.ts';
import type { ObjectStorage } from '../storage/objects.ts';
import type { ObjectCause } from '../storage/objects-events.ts';
import type { QueueStorage } from '../storage/queues.ts';
import type { Address } from './address.ts';
import { refuse } from './errors.ts';

/** What operations work with. */
export interface S3Context {
  readonly storage: ObjectStorage;
  readonly pageTokens: PageTokens;
  readonly onBucketChange: (name: string) => void;
  /** Where notifications of buckets go; without it, none can be configured. */
  readonly queues: QueueStorage | undefined;
}

/** A verified request of one operation. */
export interface Call extends S3Context {
  readonly request: StreamedRequest;
  readonly address: Address;
  readonly caller: Caller;
  readonly payload: SignedPayload;
  readonly requestId: string;
  readonly signal: AbortSignal;
}

export const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/';

/** A header of which the first line counts. */
export function header(call: Pick<Call, 'request'>, name: string): string | undefined {
  return headerValues(call.request, name)[0];
}

/** A parameter of the query; an empty one is as good as none. */
export function parameter(call: Call, name: string): string | undefined {
  const value = call.address.query.get(name);
  return value === '' ? undefined : value;
}

/** A parameter that is a whole number within bounds. */
export function numberParameter(call: Call, name: string, least: number, most: number): number | undefined {
  const text = parameter(call, name);
  if (text === undefined) return undefined;
  const value = /^[0-9]{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= least && value <= most)) {
    throw refuse('InvalidArgument', `Argument ${name} must be an integer between ${least} and ${most}`);
  }
  return value;
}

/** The bucket of a call, which is the caller's. @throws {ServiceError} NoSuchBucket, AccessDenied */
export async function ownBucket(call: Call, name: string = call.address.bucket!): Promise<OwnedBucket> {
  if (!isBucketName(name)) throw refuse('InvalidBucketName');
  const bucket = await call.storage.bucket(name);
  if (bucket === undefined) throw refuse('NoSuchBucket');
  if (bucket.account !== call.caller.account) throw refuse('AccessDenied');
  const expected = header(call, 'x-amz-expected-bucket-owner');
  if (expected !== undefined && expected !== bucket.account) throw refuse('AccessDenied');
  return bucket;
}

/** What events show of a call by which an object comes to be. */
export function causeOf(call: Call, event: ObjectCause['event']): ObjectCause {
  return {
    event,
    principal: callerIdentity(call.caller).userId,
    address: call.request.peer,
    requestId: call.requestId,
  };
}

/** The rules for names of general purpose buckets. */
export function isBucketName(name: string): boolean {
  return (
    /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) &&
    !name.includes('..') &&
    !/^[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+$/.test(name) &&
    !/^(?:xn--|sthree-|amzn-s3-demo-)/.test(name) &&
    !/(?:-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)$/.test(name)
  );
}

type Headers = readonly (readonly [string, string])[];

export function xmlAnswer(root: string, members: string, headers: Headers = []): RawResponse {
  return {
    status: 200,
    headers: [['Content-Type', 'application/xml'], ...headers],
    body: `${XML_DECLARATION}<${root} xmlns="${NAMESPACE}">${members}</${root}>`,
  };
}

export function emptyAnswer(status: number, headers: Headers = []): RawResponse {
  return { status, headers, body: '' };
}

/** Of XML answers: 2026-01-02T03:04:05.000Z */
export function isoTime(time: number): string {
  return new Date(time).toISOString();
}
