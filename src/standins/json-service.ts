/** A service that speaks AWS JSON 1.1, as an endpoint of the listener. */
import { ServiceError } from '../base/service-error.ts';
import type { Caller } from '../identity/caller.ts';
import { authorize } from '../identity/permissions.ts';
import type { Endpoint } from '../wire/endpoint.ts';
import { jsonError, jsonOperation, jsonResponse, parseJsonBody } from '../wire/json.ts';
import { JsonMembers } from '../wire/json-members.ts';
import { answering, type AnsweringOptions } from './answering.ts';

/** What any operation works with. */
export interface JsonCall {
  readonly caller: Caller;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Lets the caller do the operation, or refuses (S8.2): when members are checked, before anything changes. */
  permit(): void;
}

/** Checks its members, and answers; without an output the body is empty. */
type JsonOperation<Call> = (
  call: Call,
  members: JsonMembers,
) => Promise<object | undefined> | object | undefined;

export interface JsonService<Service extends string, Call> {
  /** As signatures name it. */
  readonly service: Service;
  /** Of X-Amz-Target, before the operation. */
  readonly target: string;
  readonly maxBodyBytes: number;
  readonly operations: Readonly<Record<string, JsonOperation<Call>>>;
  /** Adds what operations of this service work with. */
  readonly call: (common: JsonCall) => Call;
  /** What a client is told of a fault of the program or of the disk; the cause is in the log. */
  readonly fault: () => ServiceError;
}

/** In the order of S8.2: the signature, the operation, the body, then the operation's own checks. */
export function createJsonEndpoint<Service extends string, Call>(
  options: AnsweringOptions<Service>,
  { service, target, maxBodyBytes, operations, call, fault }: JsonService<Service, Call>,
): Endpoint {
  const { now = () => new Date() } = options;
  const offered = new Map(Object.entries(operations));
  const shell = answering(options, {
    async answer(request, { requestId, named }) {
      const name = (request.method === 'POST' ? jsonOperation(request, target) : undefined) ?? '';
      const operation = offered.get(name);
      if (operation !== undefined) named(name);
      const time = now();
      const caller = await options.authenticate(request, service, time);
      if (operation === undefined) throw unknownOperation();
      const input = parseJsonBody(request.body);
      if (input === undefined) throw notJson();
      const permit = (): void => authorize(caller, name);
      const common = { caller, now: time.getTime(), permit };
      return jsonResponse(await operation(call(common), new JsonMembers(input)), requestId);
    },
    refuse: (_, error, requestId) => jsonError(error, requestId),
    fault,
  });
  return { maxBodyBytes, ...shell };
}

/** An operation that is not offered here, or that is none. */
function unknownOperation(): ServiceError {
  return new ServiceError('UnknownOperationException', 'The requested operation is not offered.', 400);
}

function notJson(): ServiceError {
  return new ServiceError('SerializationException', 'The body is no JSON object in UTF-8.', 400);
}
