/** What clients ask of Weir's own endpoint: paths, queries and bodies, each checked before anything is done. */
import { z } from 'zod';
import type { RawRequest } from '../../base/raw-request.ts';
import { ServiceError } from '../../base/service-error.ts';
import { queryParameters, splitTarget } from '../../identity/canonical.ts';
import { isId } from '../../network/ids.ts';
import { MAX_REPLAY_FILES, OWN_PATH, type ReplayRequest, UPLOAD_NAME } from './messages.ts';

/** Most flow logs that one tail follows, and VPCs that a replay names. */
const MAX_IDS = 1000;

export type OwnRequest =
  | { readonly action: 'PutUpload'; readonly name: string; readonly offset: number }
  | { readonly action: 'DeleteUpload'; readonly name: string }
  | { readonly action: 'Replay' | 'Flush' | 'GetStatus' }
  | { readonly action: 'GetTail'; readonly flowLogs: readonly string[] };

/**
 * What a request's path, method and query ask for.
 * @throws {ServiceError} 404 for no path of these, 405 for another method, 400 for a query that is not understood
 */
export function parseTarget(request: Pick<RawRequest, 'method' | 'target'>): OwnRequest {
  const { path, query } = splitTarget(request.target);
  const parameters = queryParameters(query).filter(([name]) => !/^X-Amz-/i.test(name));
  const name = path.slice(OWN_PATH.length);
  if (name.startsWith('uploads/')) {
    const upload = name.slice('uploads/'.length);
    if (methodOf(request, 'PUT', 'DELETE') === 'DELETE') {
      refuseParameters(parameters);
      return { action: 'DeleteUpload', name: upload };
    }
    refuseParameters(parameters, 'offset');
    return { action: 'PutUpload', name: upload, offset: offsetOf(parameters) };
  }
  switch (name) {
    case 'replay':
    case 'flush':
      methodOf(request, 'POST');
      refuseParameters(parameters);
      return { action: name === 'replay' ? 'Replay' : 'Flush' };
    case 'status':
      methodOf(request, 'GET');
      refuseParameters(parameters);
      return { action: 'GetStatus' };
    case 'tail':
      methodOf(request, 'GET');
      refuseParameters(parameters, 'flow-log');
      return { action: 'GetTail', flowLogs: flowLogsOf(parameters) };
    default:
      throw new ServiceError('NoSuchPath', `There is nothing at ${shown(path)}.`, 404);
  }
}

const prefix = z
  .string()
  .min(1)
  .max(1000)
  .refine(isPattern, { error: 'is no regular expression' })
  .optional();

const replaySchema = z.strictObject({
  uploads: z.array(z.string().regex(UPLOAD_NAME)).min(1).max(MAX_REPLAY_FILES),
  names: z.array(z.string().max(4096)).max(MAX_REPLAY_FILES).optional(),
  vpcs: z
    .array(z.string().refine((id) => isId('vpc', id), { error: 'is no VPC id' }))
    .min(1)
    .max(MAX_IDS)
    .optional(),
  verdictOnly: z
    .array(
      z
        .int()
        .min(0)
        .max(MAX_REPLAY_FILES - 1),
    )
    .max(MAX_REPLAY_FILES)
    .optional(),
  acceptPrefix: prefix,
  rejectPrefix: prefix,
  flush: z.boolean().optional(),
});

/** The body of a replay. @throws {ServiceError} 400 that says what is wrong with it */
export function parseReplay(body: Uint8Array): ReplayRequest {
  const result = replaySchema.safeParse(parseJson(body));
  if (!result.success) throw invalid(z.prettifyError(result.error).replaceAll(/\s+/g, ' '));
  const { data } = result;
  const { uploads, names, verdictOnly } = data;
  if (new Set(uploads).size < uploads.length) throw invalid('an upload is named twice');
  if (names !== undefined && names.length !== uploads.length) throw invalid('names are as many as uploads');
  if (verdictOnly?.some((index) => index >= uploads.length) === true) {
    throw invalid('verdictOnly holds an index beyond the uploads');
  }
  const given = Object.entries(data).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as unknown as ReplayRequest;
}

function isPattern(text: string): boolean {
  try {
    return new RegExp(text) instanceof RegExp;
  } catch {
    return false;
  }
}

function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    throw invalid('the body is no JSON');
  }
}

function methodOf(request: Pick<RawRequest, 'method'>, ...allowed: readonly string[]): string {
  if (allowed.includes(request.method)) return request.method;
  throw new ServiceError('MethodNotAllowed', `This path takes ${allowed.join(' and ')}.`, 405);
}

type Parameters = readonly (readonly [string, string])[];

function refuseParameters(parameters: Parameters, ...known: readonly string[]): void {
  const other = parameters.find(([name]) => !known.includes(name));
  if (other !== undefined) throw invalid(`the parameter ${shown(other[0])} is unknown here`);
}

function offsetOf(parameters: Parameters): number {
  if (parameters.length === 0) return 0;
  const text = parameters[0]![1];
  if (parameters.length > 1 || !/^\d{1,15}$/.test(text)) throw invalid('offset is one whole number of bytes');
  return Number(text);
}

function flowLogsOf(parameters: Parameters): string[] {
  const ids = [...new Set(parameters.map(([, id]) => id))];
  if (ids.length === 0 || ids.length > MAX_IDS) throw invalid(`flow-log is given 1 to ${MAX_IDS} times`);
  const wrong = ids.find((id) => !isId('flowLog', id));
  if (wrong !== undefined) throw invalid(`${shown(wrong)} is no flow log id: write one like fl-0a1b2c3d`);
  return ids;
}

function invalid(what: string): ServiceError {
  return new ServiceError('InvalidRequest', `The request is not understood: ${what}.`, 400);
}

/** A piece of a request in a message. */
function shown(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text);
}
