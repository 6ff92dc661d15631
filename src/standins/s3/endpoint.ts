/** The S3 API over stored objects, as an endpoint of the listener. */
import { randomBytes } from 'node:crypto';
import { headerValues } from '../../base/raw-request.ts';
import { PageTokens } from '../../base/page-token.ts';
import type { ServiceError } from '../../base/service-error.ts';
import { type KeySource, verifyHead } from '../../identity/sigv4.ts';
import type { RawResponse, RequestHead, StreamedRequest, StreamingEndpoint } from '../../wire/endpoint.ts';
import type { WireError } from '../../wire/envelopes.ts';
import { BodyError } from '../../wire/request-body.ts';
import type { ObjectStorage } from '../storage/objects.ts';
import type { QueueStorage } from '../storage/queues.ts';
import { type Address, addressOf } from './address.ts';
import type { S3Context } from './call.ts';
import { errorBody, refusalOf, refuse } from './errors.ts';
import { type Operation, operationOf } from './operations.ts';

export interface S3Options {
  readonly storage: ObjectStorage;
  readonly keys: KeySource;
  /** Seals continuation tokens; without it, they are good until the process ends. */
  readonly pageTokens?: PageTokens;
  /** Where notifications of buckets go; without it, none can be configured. */
  readonly queues?: QueueStorage;
  /** A bucket was made or deleted over the API. */
  readonly onBucketChange?: (name: string) => void;
  /** Told of every answer, for metrics and the log. */
  readonly onAnswer?: (answer: S3Answer) => void;
  /** Told of every fault of the service, errors of the file system among them; its client gets InternalError. */
  readonly onFault?: (error: unknown, requestId: string) => void;
  readonly now?: () => number;
  readonly newRequestId?: () => string;
}

/** An answer, as the log shows it. `milliseconds` is until the answer's body begins. */
export interface S3Answer {
  readonly service: 's3';
  /** The operation; undefined where the request was refused before it was known. */
  readonly action: string | undefined;
  readonly status: number;
  /** The code of a refusal. */
  readonly code?: string;
  readonly requestId: string;
  readonly milliseconds: number;
}

export interface S3Endpoint extends StreamingEndpoint {
  /** Answers by operation (`unknown` before one is known), then by status. */
  readonly counters: ReadonlyMap<string, ReadonlyMap<number, number>>;
}

/** In the order of S8.2: the head's signature, what it asks for, permission, existence, and the body as it comes. */
export function createS3Endpoint(options: S3Options): S3Endpoint {
  const { storage, keys, onAnswer, onFault, now = Date.now } = options;
  const newRequestId = options.newRequestId ?? (() => randomBytes(8).toString('hex').toUpperCase());
  const context: S3Context = {
    storage,
    pageTokens: options.pageTokens ?? new PageTokens(randomBytes(32)),
    onBucketChange: options.onBucketChange ?? (() => undefined),
    queues: options.queues,
  };
  const counters = new Map<string, Map<number, number>>();

  async function handleStream(request: StreamedRequest, signal: AbortSignal): Promise<RawResponse> {
    const started = performance.now();
    const requestId = newRequestId();
    let address: Address | undefined;
    let operation: Operation | undefined;
    let code: string | undefined;
    let answer: RawResponse;
    try {
      const { caller, payload } = verifyHead(request, { service: 's3', keys, now: now() });
      address = addressOf(request);
      const isCopy = headerValues(request, 'x-amz-copy-source').length > 0;
      operation = operationOf(request.method, address, isCopy);
      if (caller.readOnly && !operation.reads) throw refuse('AccessDenied');
      answer = await operation.run({ ...context, request, address, caller, payload, requestId, signal });
    } catch (error) {
      if (error instanceof BodyError) throw error;
      if (signal.aborted) throw new BodyError('gone');
      let refused = refusalOf(error);
      if (refused === undefined) {
        onFault?.(error, requestId);
        refused = refuse('InternalError');
      }
      ({ code } = refused);
      answer = refusalAnswer(request.method, refused, address, requestId);
    }
    const { status } = answer;
    count(counters, operation?.name ?? 'unknown', status);
    onAnswer?.({
      service: 's3',
      action: operation?.name,
      status,
      ...(code === undefined ? {} : { code }),
      requestId,
      milliseconds: performance.now() - started,
    });
    return withIds(answer, requestId);
  }

  return {
    counters,
    handleStream,
    refuse(head: RequestHead, error: WireError): RawResponse {
      const requestId = newRequestId();
      count(counters, 'unknown', error.status);
      return withIds(refusalAnswer(head.method, error, undefined, requestId), requestId);
    },
  };
}

function refusalAnswer(
  method: string,
  refused: Pick<ServiceError, 'code' | 'message' | 'status'>,
  address: Address | undefined,
  requestId: string,
): RawResponse {
  const { bucket, key } = address ?? {};
  const about = {
    ...(refused.code.includes('Bucket') ? { BucketName: bucket } : {}),
    ...(refused.code === 'NoSuchKey' ? { Key: key } : {}),
    Resource: bucket === undefined ? '/' : `/${bucket}${key === undefined ? '' : `/${key}`}`,
  };
  return {
    status: refused.status,
    headers: [['Content-Type', 'application/xml']],
    body: method === 'HEAD' ? '' : errorBody(refused, about, requestId),
  };
}

function withIds(answer: RawResponse, requestId: string): RawResponse {
  const ids = [
    ['x-amz-request-id', requestId],
    ['x-amz-id-2', requestId],
  ] as const;
  return { ...answer, headers: [...ids, ...answer.headers] };
}

function count(counters: Map<string, Map<number, number>>, operation: string, status: number): void {
  let byStatus = counters.get(operation);
  if (byStatus === undefined) counters.set(operation, (byStatus = new Map()));
  byStatus.set(status, (byStatus.get(status) ?? 0) + 1);
}
