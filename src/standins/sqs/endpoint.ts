/** The embedded SQS: standard queues, over the JSON protocol of today's SDKs and the Query protocol of older ones. */
import { randomUUID } from 'node:crypto';
import type { PageTokens } from '../../base/page-token.ts';
import { headerValues, type RawRequest } from '../../base/raw-request.ts';
import { isServiceError, type ServiceError } from '../../base/service-error.ts';
import type { Caller } from '../../identity/caller.ts';
import { authorize } from '../../identity/permissions.ts';
import type { Endpoint, RawResponse, RequestHead } from '../../wire/endpoint.ts';
import type { WireError } from '../../wire/envelopes.ts';
import { jsonOperation, parseJsonBody } from '../../wire/json.ts';
import { FormError, parseForm, pathOf, queryOf, settleDuplicates } from '../../wire/query.ts';
import type { QueueStorage } from '../storage/queues.ts';
import { SqsMembers } from './members.ts';
import * as messages from './messages.ts';
import type { Operation } from './operation.ts';
import { membersOfForm } from './query-input.ts';
import { queryError, queryResponse } from './query-output.ts';
import * as queues from './queues.ts';
import { receiveMessage } from './receive.ts';
import { internalError, malformed, shapeOf, unknownAction } from './refusals.ts';

export const SQS_TARGET = 'AmazonSQS';
/** Ten messages of a MB in all, each character escaped, and their names. */
export const MAX_SQS_BODY_BYTES = 8 * 1024 * 1024;
const JSON_CONTENT_TYPE = 'application/x-amz-json-1.0';

const OPERATIONS: ReadonlyMap<string, Operation> = new Map(
  Object.entries({
    CreateQueue: queues.createQueue,
    DeleteQueue: queues.deleteQueue,
    GetQueueUrl: queues.getQueueUrl,
    ListQueues: queues.listQueues,
    GetQueueAttributes: queues.getQueueAttributes,
    SetQueueAttributes: queues.setQueueAttributes,
    PurgeQueue: queues.purgeQueue,
    TagQueue: queues.tagQueue,
    UntagQueue: queues.untagQueue,
    ListQueueTags: queues.listQueueTags,
    SendMessage: messages.sendMessage,
    SendMessageBatch: messages.sendMessageBatch,
    ReceiveMessage: receiveMessage,
    DeleteMessage: messages.deleteMessage,
    DeleteMessageBatch: messages.deleteMessageBatch,
    ChangeMessageVisibility: messages.changeMessageVisibility,
    ChangeMessageVisibilityBatch: messages.changeMessageVisibilityBatch,
  }),
);

/** What an answer was, for counters and the log. */
export interface SqsAnswer {
  readonly requestId: string;
  /** Of those that are offered; else `unknown`. */
  readonly operation: string;
  readonly status: number;
  readonly code?: string;
  readonly milliseconds: number;
}

export interface SqsEndpointOptions {
  readonly storage: QueueStorage;
  /** Verifies a request's signature (identity/). Throws a ServiceError when it is not good. */
  readonly authenticate: (request: RawRequest, service: 'sqs', now: Date) => Caller | Promise<Caller>;
  readonly pageTokens: PageTokens;
  /** Of the URLs of queues, whose authority is the one that the client came by. */
  readonly scheme?: 'http' | 'https';
  readonly now?: () => Date;
  readonly newRequestId?: () => string;
  readonly onAnswer?: (answer: SqsAnswer) => void;
  /** Told of what is no refusal: faults of the program, and of the disk. */
  readonly onFault?: (error: unknown, requestId: string) => void;
}

export function createSqsEndpoint(options: SqsEndpointOptions): Endpoint {
  const { storage, pageTokens: tokens, scheme = 'http' } = options;
  const { now = () => new Date(), newRequestId = randomUUID } = options;

  async function handle(request: RawRequest, signal: AbortSignal): Promise<RawResponse> {
    const started = performance.now();
    const requestId = newRequestId();
    const isQuery = speaksQuery(request);
    let name = 'unknown';
    const report = (status: number, code?: string): void =>
      options.onAnswer?.({
        requestId,
        operation: name,
        status,
        ...(code === undefined ? {} : { code }),
        milliseconds: performance.now() - started,
      });
    try {
      const caller = await options.authenticate(request, 'sqs', now());
      const [asked, input] = isQuery ? fromForm(request) : fromJson(request);
      const operation = OPERATIONS.get(asked ?? '');
      if (operation === undefined) throw unknownAction();
      name = asked!;
      const output = await operation(
        {
          caller,
          storage,
          tokens,
          signal,
          now: () => now().getTime(),
          base: `${scheme}://${authorityOf(request)}`,
          path: pathOf(request.target),
          permit: () => authorize(caller, name),
        },
        new SqsMembers(input()),
      );
      report(200);
      return isQuery ? queryResponse(name, output, requestId) : jsonAnswer(output, requestId);
    } catch (error) {
      const refused = refusedBy(error, requestId);
      report(refused.status, refused.code);
      return refusal(isQuery, refused, requestId);
    }
  }

  function refusedBy(error: unknown, requestId: string): ServiceError {
    if (isServiceError(error)) return error;
    if (error instanceof FormError) return malformed(error.message);
    options.onFault?.(error, requestId);
    return internalError();
  }

  return {
    maxBodyBytes: MAX_SQS_BODY_BYTES,
    handle,
    refuse: (head, error) => refusal(speaksQuery(head), error, newRequestId()),
  };
}

/** The JSON protocol names its operation in a header. */
function speaksQuery(head: RequestHead): boolean {
  return headerValues(head, 'x-amz-target').length === 0;
}

type Asked = [operation: string | undefined, input: () => Readonly<Record<string, unknown>>];

function fromJson(request: RawRequest): Asked {
  const asked = request.method === 'POST' ? jsonOperation(request, SQS_TARGET) : undefined;
  return [
    asked,
    () => {
      const input = parseJsonBody(request.body);
      if (input === undefined) throw malformed('The body is no JSON object in UTF-8.');
      return input;
    },
  ];
}

/** The parameters stand in the body, or in the query of a GET. */
function fromForm(request: RawRequest): Asked {
  const bytes = request.method === 'POST' && request.body.length > 0 ? request.body : queryOf(request.target);
  const parameters = settleDuplicates(parseForm(bytes));
  const asked = parameters.find(([name]) => name === 'Action')?.[1];
  return [
    asked,
    () =>
      membersOfForm(
        parameters.filter(([name]) => name !== 'Action' && name !== 'Version' && !isSigning(name)),
      ),
  ];
}

function isSigning(name: string): boolean {
  return name.startsWith('X-Amz-');
}

function authorityOf(request: RawRequest): string {
  const host = headerValues(request, 'host')[0] ?? '';
  return /^[A-Za-z0-9._-]{1,255}(?::[0-9]{1,5})?$|^\[[0-9A-Fa-f:.]{2,45}\](?::[0-9]{1,5})?$/.test(host)
    ? host
    : 'localhost';
}

function jsonAnswer(output: object | undefined, requestId: string): RawResponse {
  return {
    status: 200,
    headers: [
      ['x-amzn-RequestId', requestId],
      ['Content-Type', JSON_CONTENT_TYPE],
    ],
    body: output === undefined ? '' : JSON.stringify(output),
  };
}

/** Clients of the JSON protocol find the Query protocol's code in a header, and show that one. */
function refusal(isQuery: boolean, error: WireError, requestId: string): RawResponse {
  if (isQuery) return queryError(error, requestId);
  const { code, message, status } = error;
  return {
    status,
    headers: [
      ['x-amzn-RequestId', requestId],
      ['x-amzn-query-error', `${code};${status >= 500 ? 'Receiver' : 'Sender'}`],
      ['Content-Type', JSON_CONTENT_TYPE],
    ],
    body: JSON.stringify({ __type: `com.amazonaws.sqs#${shapeOf(code)}`, message }),
  };
}
