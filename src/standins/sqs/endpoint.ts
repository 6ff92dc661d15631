/** The embedded SQS: standard queues, over the JSON protocol of today's SDKs and the Query protocol of older ones. */
import type { PageTokens } from '../../base/page-token.ts';
import { headerValues, type RawRequest } from '../../base/raw-request.ts';
import { authorize } from '../../identity/permissions.ts';
import type { Endpoint, RawResponse, RequestHead } from '../../wire/endpoint.ts';
import type { WireError } from '../../wire/envelopes.ts';
import { jsonOperation, jsonResponse, parseJsonBody } from '../../wire/json.ts';
import { FormError, type Parameter, parseForm, pathOf, queryOf, settleDuplicates } from '../../wire/query.ts';
import { answering, type AnsweringOptions } from '../answering.ts';
import type { QueueStorage } from '../storage/queues.ts';
import { SqsMembers } from './members.ts';
import * as messages from './messages.ts';
import type { Operation, SqsCall } from './operation.ts';
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

export interface SqsEndpointOptions extends AnsweringOptions<'sqs'> {
  readonly storage: QueueStorage;
  readonly pageTokens: PageTokens;
  /** Of the URLs of queues, whose authority is the one that the client came by. */
  readonly scheme?: 'http' | 'https';
}

export function createSqsEndpoint(options: SqsEndpointOptions): Endpoint {
  const { storage, pageTokens: tokens, scheme = 'http', now = () => new Date() } = options;
  const shell = answering(options, {
    async answer(request, { requestId, signal, named }) {
      const isQuery = speaksQuery(request);
      const caller = await options.authenticate(request, 'sqs', now());
      const { name, input } = isQuery ? fromForm(request) : fromJson(request);
      const operation = OPERATIONS.get(name);
      if (operation === undefined) throw unknownAction();
      named(name);
      const call: SqsCall = {
        caller,
        storage,
        tokens,
        signal,
        now: () => now().getTime(),
        base: `${scheme}://${authorityOf(request)}`,
        path: pathOf(request.target),
        permit: () => authorize(caller, name),
      };
      const output = await operation(call, new SqsMembers(input()));
      return isQuery
        ? queryResponse(name, output, requestId)
        : jsonResponse(output, requestId, JSON_CONTENT_TYPE);
    },
    refuse: (head, error, requestId) => refusal(speaksQuery(head), error, requestId),
    fault: internalError,
  });
  return { maxBodyBytes: MAX_SQS_BODY_BYTES, ...shell };
}

/** The JSON protocol names its operation in a header. */
function speaksQuery(head: RequestHead): boolean {
  return headerValues(head, 'x-amz-target').length === 0;
}

/** What a request asks for: the operation's name, empty where it has none, and its members as they come. */
interface Wanted {
  readonly name: string;
  readonly input: () => Readonly<Record<string, unknown>>;
}

function fromJson(request: RawRequest): Wanted {
  const name = (request.method === 'POST' ? jsonOperation(request, SQS_TARGET) : undefined) ?? '';
  const input = (): Readonly<Record<string, unknown>> => {
    const members = parseJsonBody(request.body);
    if (members === undefined) throw malformed('The body is no JSON object in UTF-8.');
    return members;
  };
  return { name, input };
}

/** The parameters stand in the body, or in the query of a GET. */
function fromForm(request: RawRequest): Wanted {
  const parameters = parametersOf(request);
  const name = parameters.find(([it]) => it === 'Action')?.[1] ?? '';
  const input = (): Readonly<Record<string, unknown>> =>
    membersOfForm(parameters.filter(([it]) => it !== 'Action' && it !== 'Version' && !isSigning(it)));
  return { name, input };
}

function parametersOf(request: RawRequest): readonly Parameter[] {
  const bytes = request.method === 'POST' && request.body.length > 0 ? request.body : queryOf(request.target);
  try {
    return settleDuplicates(parseForm(bytes));
  } catch (error) {
    throw error instanceof FormError ? malformed(error.message) : error;
  }
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
