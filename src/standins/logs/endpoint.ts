/** The embedded CloudWatch Logs: what of its API delivered records are read with, and a little more. */
import { randomUUID } from 'node:crypto';
import type { PageTokens } from '../../base/page-token.ts';
import type { RawRequest } from '../../base/raw-request.ts';
import { isServiceError, type ServiceError } from '../../base/service-error.ts';
import type { Caller } from '../../identity/caller.ts';
import { authorize } from '../../identity/permissions.ts';
import type { Endpoint, RawResponse } from '../../wire/endpoint.ts';
import { jsonError, jsonOperation, jsonResponse, parseJsonBody } from '../../wire/json.ts';
import { JsonMembers } from '../../wire/json-members.ts';
import type { LogStorage } from '../storage/logs.ts';
import * as groups from './groups.ts';
import type { Operation } from './operation.ts';
import { putLogEvents } from './put-log-events.ts';
import { filterLogEvents, getLogEvents } from './read-events.ts';
import { notJson, unavailable, unknownOperation } from './refusals.ts';
import * as streams from './streams.ts';

export const LOGS_TARGET = 'Logs_20140328';
/** A batch of 1 MB, each character escaped, and its names. */
export const MAX_LOGS_BODY_BYTES = 8 * 1024 * 1024;

const OPERATIONS: ReadonlyMap<string, Operation> = new Map(
  Object.entries({
    CreateLogGroup: groups.createLogGroup,
    DeleteLogGroup: groups.deleteLogGroup,
    DescribeLogGroups: groups.describeLogGroups,
    PutRetentionPolicy: groups.putRetentionPolicy,
    DeleteRetentionPolicy: groups.deleteRetentionPolicy,
    TagResource: groups.tagResource,
    UntagResource: groups.untagResource,
    ListTagsForResource: groups.listTagsForResource,
    ListTagsLogGroup: groups.listTagsLogGroup,
    CreateLogStream: streams.createLogStream,
    DeleteLogStream: streams.deleteLogStream,
    DescribeLogStreams: streams.describeLogStreams,
    PutLogEvents: putLogEvents,
    GetLogEvents: getLogEvents,
    FilterLogEvents: filterLogEvents,
  }),
);

/** What an answer was, for counters and the log. */
export interface LogsAnswer {
  readonly requestId: string;
  /** Of those that are offered; else `unknown`. */
  readonly operation: string;
  readonly status: number;
  readonly code?: string;
  readonly milliseconds: number;
}

export interface LogsEndpointOptions {
  readonly storage: LogStorage;
  /** Verifies a request's signature (identity/). Throws a ServiceError when it is not good. */
  readonly authenticate: (request: RawRequest, service: 'logs', now: Date) => Caller | Promise<Caller>;
  readonly pageTokens: PageTokens;
  readonly now?: () => Date;
  readonly newRequestId?: () => string;
  readonly onAnswer?: (answer: LogsAnswer) => void;
  /** Told of what is no refusal: faults of the program, and of the disk. */
  readonly onFault?: (error: unknown, requestId: string) => void;
}

export function createLogsEndpoint(options: LogsEndpointOptions): Endpoint {
  const { storage, pageTokens: tokens, now = () => new Date(), newRequestId = randomUUID } = options;

  async function answer(
    request: RawRequest,
    operation: Operation | undefined,
    name: string,
  ): Promise<object | undefined> {
    const time = now();
    const caller = await options.authenticate(request, 'logs', time);
    if (operation === undefined) throw unknownOperation();
    const input = parseJsonBody(request.body);
    if (input === undefined) throw notJson();
    const permit = (): void => authorize(caller, name);
    return operation({ caller, storage, tokens, now: time.getTime(), permit }, new JsonMembers(input));
  }

  async function handle(request: RawRequest): Promise<RawResponse> {
    const started = performance.now();
    const requestId = newRequestId();
    const asked = request.method === 'POST' ? jsonOperation(request, LOGS_TARGET) : undefined;
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
    return unavailable();
  }

  return {
    maxBodyBytes: MAX_LOGS_BODY_BYTES,
    handle,
    refuse: (_, error) => jsonError(error, newRequestId()),
  };
}
