import { randomUUID } from 'node:crypto';
import type { RawRequest } from '../base/raw-request.ts';
import { isServiceError, type ServiceError } from '../base/service-error.ts';
import type { Caller } from '../identity/caller.ts';
import type { Endpoint, RawResponse, RequestHead } from '../wire/endpoint.ts';
import { type WireError, XML_CONTENT_TYPE } from '../wire/envelopes.ts';
import { claimedService } from '../wire/scope.ts';
import type { ActionTable } from './actions.ts';
import { parametersOf, runAction } from './dispatch.ts';
import { refusal } from './errors.ts';
import { EC2, SERVICES, type ServiceDefinition, type ServiceName, STS } from './protocol/services.ts';

/** Largest form: a thousand resource ids, fifty tags and a log format take a tenth of it. */
export const MAX_FORM_BYTES = 1024 * 1024;

export interface ApiOptions {
  readonly actions: ActionTable;
  /**
   * Verifies a request's signature for a service (identity/). Throws a ServiceError when it is not good.
   */
  readonly authenticate: (request: RawRequest, service: ServiceName, now: Date) => Caller | Promise<Caller>;
  readonly now?: () => Date;
  readonly newRequestId?: () => string;
  /** Told of every answer, for counters and the log. */
  readonly onAnswer?: (answer: ApiAnswer) => void;
  /** Told of every fault of the program; its client gets InternalError. */
  readonly onFault?: (error: unknown, requestId: string) => void;
}

/** An answer, as the log shows it. */
export interface ApiAnswer {
  readonly requestId: string;
  readonly service: string;
  /** Only one that the service has. */
  readonly action?: string;
  readonly status: number;
  /** The code of a refusal. */
  readonly code?: string;
  readonly milliseconds: number;
}

/**
 * The EC2 and STS Query protocols as an endpoint of the listener. The order is S8.2's: the signature over the
 * raw request first, then the form, then the action's own checks.
 */
export function createApiHandler(options: ApiOptions): Endpoint {
  const now = options.now ?? (() => new Date());
  const newRequestId = options.newRequestId ?? randomUUID;

  async function handle(request: RawRequest, signal: AbortSignal): Promise<RawResponse> {
    const started = performance.now();
    const requestId = newRequestId();
    const service = serviceOf(request);
    const time = now();
    const answered: { requestId: string; service: string; action?: string } = {
      requestId,
      service: service.name,
    };
    try {
      const caller = await options.authenticate(request, service.name, time);
      const call = { service, caller, requestId, now: time, signal };
      const parameters = parametersOf(request);
      const action = parameters.find(([name]) => name === 'Action')?.[1];
      if (action !== undefined && service.operations.has(action)) answered.action = action;
      const body = await runAction(options.actions, call, parameters);
      report(options, { ...answered, status: 200 }, started);
      return respond(200, body, requestId);
    } catch (error) {
      const refused = refusedBy(error, (fault) => options.onFault?.(fault, requestId));
      const { code, status } = refused;
      report(options, { ...answered, status, code }, started);
      return respond(status, service.errorBody(refused, requestId), requestId);
    }
  }

  function refuse(head: RequestHead, error: WireError): RawResponse {
    const requestId = newRequestId();
    return respond(error.status, serviceOf(head).errorBody(error, requestId), requestId);
  }

  return { maxBodyBytes: MAX_FORM_BYTES, handle, refuse };
}

function refusedBy(error: unknown, onFault: (error: unknown) => void): ServiceError {
  if (isServiceError(error)) return error;
  onFault(error);
  return refusal('internal');
}

function report(options: ApiOptions, answer: Omit<ApiAnswer, 'milliseconds'>, started: number): void {
  options.onAnswer?.({ ...answer, milliseconds: performance.now() - started });
}

/**
 * Whose envelope a request gets: the service that it says it is signed for, else, without a readable
 * signature, that of the version it names, else EC2.
 */
function serviceOf(request: RequestHead & { readonly body?: Uint8Array }): ServiceDefinition {
  const claimed = SERVICES.get(claimedService(request) ?? '');
  if (claimed !== undefined) return claimed;
  const version = `Version=${STS.version}`;
  if (request.target.includes(version)) return STS;
  if (
    request.body !== undefined &&
    Buffer.from(request.body.buffer, request.body.byteOffset, request.body.byteLength).includes(version)
  )
    return STS;
  return EC2;
}

function respond(status: number, body: string, requestId: string): RawResponse {
  return {
    status,
    headers: [
      ['x-amzn-requestid', requestId],
      ['Cache-Control', 'no-cache, no-store'],
      ['Content-Type', XML_CONTENT_TYPE],
    ],
    body,
  };
}
