import type { RawRequest } from '../base/raw-request.ts';
import { headerValues } from '../base/raw-request.ts';
import { FormError, type Parameter, parseForm, pathOf, queryOf, settleDuplicates } from '../wire/query.ts';
import type { Caller } from '../identity/caller.ts';
import { authorize } from '../identity/permissions.ts';
import { type ActionContext, type ActionTable, handlerOf, isReadAction } from './actions.ts';
import { refusal } from './errors.ts';
import { readInput } from './protocol/form.ts';
import { writeOutput } from './protocol/output.ts';
import type { ServiceDefinition } from './protocol/services.ts';

/** What stands in a presigned query besides the parameters of the action. */
const AUTH_PARAMETER =
  /^X-Amz-(?:Algorithm|Credential|Date|Expires|SignedHeaders|Signature|Security-Token|Content-Sha256)$/i;

const FORM_CONTENT_TYPE = /^application\/x-www-form-urlencoded\s*(?:;|$)/i;

/**
 * The parameters of a request, from its query and, for POST, its body; without those that sign it.
 *
 * @throws ServiceError for a path, method, content type or form that the service does not read
 */
export function parametersOf(request: RawRequest): Parameter[] {
  if (pathOf(request.target) !== '/') throw refusal('unknownPath');
  if (request.method !== 'GET' && request.method !== 'POST') {
    throw refusal('unsupportedMethod', { method: request.method });
  }
  const [contentType] = headerValues(request, 'content-type');
  if (request.body.length > 0 && contentType !== undefined && !FORM_CONTENT_TYPE.test(contentType)) {
    throw refusal('unsupportedContentType');
  }
  try {
    const parameters = parseForm(queryOf(request.target)).filter(([name]) => !AUTH_PARAMETER.test(name));
    if (request.method === 'POST') parameters.push(...parseForm(request.body));
    return settleDuplicates(parameters);
  } catch (error) {
    if (error instanceof FormError) throw refusal('malformedForm', { reason: error.message });
    throw error;
  }
}

/** An action that is about to run. */
export interface Call {
  readonly service: ServiceDefinition;
  readonly caller: Caller;
  readonly requestId: string;
  readonly now: Date;
  readonly signal: AbortSignal;
}

/**
 * Runs the action that the parameters name, and returns the body of its answer.
 *
 * @throws ServiceError for every refusal; anything else is a fault of the program
 */
export async function runAction(
  actions: ActionTable,
  call: Call,
  parameters: readonly Parameter[],
): Promise<string> {
  const { service } = call;
  const named = new Map(parameters);
  const action = named.get('Action') ?? '';
  if (action === '') throw refusal('missingAction');
  const version = named.get('Version');
  if (version === undefined) throw refusal('missingVersion');
  if (version !== service.version) throw service.unknownVersion(action, version);
  const operation = service.operations.get(action);
  const handler = handlerOf(actions, service.name, action);
  if (operation === undefined || handler === undefined) throw service.unknownAction(action);

  const rest = parameters.filter(([name]) => name !== 'Action' && name !== 'Version');
  const input = readInput(operation.input, rest);
  const { context, permitted } = contextOf(call, action);
  const output = await handler(context, input);
  if (!permitted()) {
    if (!isReadAction(action)) throw new TypeError(`${action} answered without context.permit`);
    context.permit(input);
  }
  return service.responseBody(action, call.requestId, writeOutput(operation.output, output));
}

function contextOf(call: Call, action: string): { context: ActionContext; permitted: () => boolean } {
  const { caller, requestId, now, signal } = call;
  const { account, region, accessKeyId: keyId, readOnly } = caller;
  let called = false;
  function permit(input: { readonly DryRun?: boolean | undefined }): void {
    called = true;
    authorize(caller, action);
    if (input.DryRun === true) throw refusal('dryRun');
  }
  return {
    context: { account, region, keyId, readOnly, caller, requestId, now, signal, permit },
    permitted: () => called,
  };
}
