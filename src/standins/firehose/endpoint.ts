/** The embedded Firehose: Direct PUT streams to the embedded S3 and to HTTP endpoints. */
import { randomUUID } from 'node:crypto';
import type { RawRequest } from '../../base/raw-request.ts';
import { isServiceError, type ServiceError } from '../../base/service-error.ts';
import type { Caller } from '../../identity/caller.ts';
import { authorize } from '../../identity/permissions.ts';
import type { Endpoint, RawResponse } from '../../wire/endpoint.ts';
import { jsonError, jsonOperation, jsonResponse, parseJsonBody } from '../../wire/json.ts';
import { JsonMembers } from '../../wire/json-members.ts';
import type { StreamStorage } from '../storage/streams.ts';
import type { Operation } from './operation.ts';
import * as records from './records.ts';
import { internalFailure, notJson, unknownOperation } from './refusals.ts';
import * as streams from './streams.ts';

export const FIREHOSE_TARGET = 'Firehose_20150804';
/** A batch of 4 MB in Base64, and its names. */
export const MAX_FIREHOSE_BODY_BYTES = 8 * 1024 * 1024;

const OPERATIONS: ReadonlyMap<string, Operation> = new Map(
  Object.entries({
    CreateDeliveryStream: streams.createDeliveryStream,
    DescribeDeliveryStream: streams.describeDeliveryStream,
    ListDeliveryStreams: streams.listDeliveryStreams,
    DeleteDeliveryStream: streams.deleteDeliveryStream,
    TagDeliveryStream: streams.tagDeliveryStream,
    UntagDeliveryStream: streams.untagDeliveryStream,
    ListTagsForDeliveryStream: streams.listTagsForDeliveryStream,
    PutRecord: records.putRecord,
    PutRecordBatch: records.putRecordBatch,
  }),
);

/** What an answer was, for counters and the log. */
export interface FirehoseAnswer {
  readonly requestId: string;
  /** Of those that are offered; else `unknown`. */
  readonly operation: string;
  readonly status: number;
  readonly code?: string;
  readonly milliseconds: number;
}

export interface FirehoseEndpointOptions {
  readonly storage: StreamStorage;
  /** Verifies a request's signature (identity/). Throws a ServiceError when it is not good. */
  readonly authenticate: (request: RawRequest, service: 'firehose', now: Date) => Caller | Promise<Caller>;
  readonly now?: () => Date;
  readonly newRequestId?: () => string;
  readonly onAnswer?: (answer: FirehoseAnswer) => void;
  /** Told of what is no refusal: faults of the program, and of the disk. */
  readonly onFault?: (error: unknown, requestId: string) => void;
}

export function createFirehoseEndpoint(options: FirehoseEndpointOptions): Endpoint {
  const { storage, now = () => new Date(), newRequestId = randomUUID } = options;

  async function answer(
    request: RawRequest,
    operation: Operation | undefined,
    name: string,
  ): Promise<object> {
    const time = now();
    const caller = await options.authenticate(request, 'firehose', time);
    if (operation === undefined) throw unknownOperation();
    const input = parseJsonBody(request.body);
    if (input === undefined) throw notJson();
    const permit = (): void => authorize(caller, name);
    return operation({ caller, storage, now: time.getTime(), permit }, new JsonMembers(input));
  }

  async function handle(request: RawRequest): Promise<RawResponse> {
    const started = performance.now();
    const requestId = newRequestId();
    const asked = request.method === 'POST' ? jsonOperation(request, FIREHOSE_TARGET) : undefined;
    const operation = OPERATIONS.get(asked ?? '');
    const name = operation === undefined ? 'unknown' : asked!;
    const report = (status: number, code?: string): void =>
      options.onAnswer?.({
        requestId,
        operation: name,
        status,
        ...(code === undefined ? {} : { code }),
        milliseconds: performance.now() - started,
      });
    try {
      const output = await answer(request, operation, name);
      report(200);
      return jsonResponse(output, requestId);
    } catch (error) {
      const refused = refusedBy(error, requestId);
      report(refused.status, refused.code);
      return jsonError(refused, requestId);
    }
  }

  function refusedBy(error: unknown, requestId: string): ServiceError {
    if (isServiceError(error)) return error;
    options.onFault?.(error, requestId);
    return internalFailure();
  }

  return {
    maxBodyBytes: MAX_FIREHOSE_BODY_BYTES,
    handle,
    refuse: (_, error) => jsonError(error, newRequestId()),
  };
}
