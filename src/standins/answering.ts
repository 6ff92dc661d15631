/** What endpoints of the embedded services have in common: each request is answered or refused, and told of. */
import { randomUUID } from 'node:crypto';
import type { RawRequest } from '../base/raw-request.ts';
import { isServiceError, type ServiceError } from '../base/service-error.ts';
import type { Caller } from '../identity/caller.ts';
import type { Endpoint, RawResponse, RequestHead } from '../wire/endpoint.ts';
import type { WireError } from '../wire/envelopes.ts';

/** What an answer was, for counters and the log. */
export interface ServiceAnswer {
  readonly requestId: string;
  /** Of those that are offered; else `unknown`. */
  readonly operation: string;
  readonly status: number;
  /** The code of a refusal. */
  readonly code?: string;
  readonly milliseconds: number;
}

export interface AnsweringOptions<Service extends string> {
  /** Verifies a request's signature (identity/). Throws a ServiceError when it is not good. */
  readonly authenticate: (request: RawRequest, service: Service, now: Date) => Caller | Promise<Caller>;
  readonly now?: () => Date;
  readonly newRequestId?: () => string;
  readonly onAnswer?: (answer: ServiceAnswer) => void;
  /** Told of what is no refusal: faults of the program, and of the disk. */
  readonly onFault?: (error: unknown, requestId: string) => void;
}

/** A request that is being answered. */
export interface Asked {
  readonly requestId: string;
  /** Aborts when the client is gone or the listener stops. */
  readonly signal: AbortSignal;
  /** Says which operation it is, once that is known to be one that is offered. */
  readonly named: (operation: string) => void;
}

export interface Protocol {
  /** @throws {ServiceError} a refusal; anything else is a fault */
  answer(request: RawRequest, asked: Asked): Promise<RawResponse>;
  refuse(head: RequestHead, error: WireError, requestId: string): RawResponse;
  /** What a client is told of a fault. */
  readonly fault: () => ServiceError;
}

/** The two ways that the listener goes to an endpoint, over what its protocol says. */
export function answering(
  { newRequestId = randomUUID, onAnswer, onFault }: Omit<AnsweringOptions<never>, 'authenticate'>,
  protocol: Protocol,
): Pick<Endpoint, 'handle' | 'refuse'> {
  async function handle(request: RawRequest, signal: AbortSignal): Promise<RawResponse> {
    const started = performance.now();
    const requestId = newRequestId();
    let operation = 'unknown';
    const report = (status: number, code?: string): void =>
      onAnswer?.({
        requestId,
        operation,
        status,
        ...(code === undefined ? {} : { code }),
        milliseconds: performance.now() - started,
      });
    try {
      const named = (name: string): void => void (operation = name);
      const response = await protocol.answer(request, { requestId, signal, named });
      report(response.status);
      return response;
    } catch (error) {
      const refused = isServiceError(error) ? error : protocol.fault();
      if (refused !== error) onFault?.(error, requestId);
      report(refused.status, refused.code);
      return protocol.refuse(request, refused, requestId);
    }
  }

  return { handle, refuse: (head, error) => protocol.refuse(head, error, newRequestId()) };
}
