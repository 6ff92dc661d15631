/**
 * What the SDK throws, for clients and for operators: one of the service's three messages, and a reason with code, status,
 * request and what to do. Looks at names and members only, so that it needs no SDK; holds no secrets.
 */
import {
  ADVICE,
  NETWORK_ADVICE,
  REFUSED_CODES,
  STATUS_ADVICE,
  THROTTLED_CODES,
  TLS_CODES,
} from './error-codes.ts';
import { oneLine } from './redact.ts';

export interface AwsFailure {
  readonly message: 'Access error' | 'Rate limited' | 'Unknown error';
  readonly reason: string;
}

/** What errors of the SDK have, all of it possibly missing. */
interface SdkError {
  readonly name?: unknown;
  readonly message?: unknown;
  /** Of the system, for network and TLS errors. */
  readonly code?: unknown;
  readonly $fault?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: unknown; readonly requestId?: unknown };
  readonly $retryable?: { readonly throttling?: unknown };
}

/**
 * CloudWatch Logs cannot complete a request, which is no throttling. S3 and Firehose ask for less by the same code, and an
 * error of the SDK does not say which service's it is.
 */
export class LogsUnavailable extends Error {
  readonly $metadata: SdkError['$metadata'];
  readonly $fault = 'server';

  constructor(error: Error) {
    super(error.message);
    this.name = error.name;
    this.$metadata = (error as SdkError).$metadata;
  }
}

/** Names that say nothing: the answer had no code. */
const NAMELESS = new Set(['Error', 'Unknown', 'UnknownError', 'TypeError', 'SyntaxError']);

/** Credentials that could not be had. */
const CREDENTIAL_ERRORS = new Set(['CredentialsProviderError', 'ProviderError', 'TokenProviderError']);

/** The HTTP status that a request was answered with. */
export function errorStatus(error: unknown): number | undefined {
  const status = (error as SdkError | undefined)?.$metadata?.httpStatusCode;
  return typeof status === 'number' ? status : undefined;
}

/** The code that a request was refused with: `AccessDenied`. */
export function errorCode(error: unknown): string | undefined {
  const name = (error as SdkError | undefined)?.name;
  if (typeof name !== 'string' || name === '' || NAMELESS.has(name)) return undefined;
  // Query and JSON services write some codes with what they are about before or behind.
  return name.replace(/^.*#/, '').replace(/:.*$/, '').slice(0, 100);
}

/** undefined for what does not come of the SDK. */
export function awsFailure(error: unknown): AwsFailure | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const code = errorCode(error);
  if (code !== undefined && CREDENTIAL_ERRORS.has(code)) {
    return { message: 'Access error', reason: joined('no credentials', textOf(error), undefined) };
  }
  if ((error as SdkError).$metadata === undefined) return undefined;
  const status = errorStatus(error);
  return status === undefined ? unanswered(error) : answered(error, code, status);
}

function answered(error: SdkError, code: string | undefined, status: number): AwsFailure {
  const { requestId } = error.$metadata!;
  const request = typeof requestId === 'string' ? `, request ${oneLine(requestId, 100)}` : '';
  const named = code === undefined ? `HTTP ${status}${request}` : `${code} (HTTP ${status}${request})`;
  const text = code === undefined && error.$fault !== undefined ? '' : textOf(error);
  const message = messageFor(error, code, status);
  const advice =
    (code === undefined ? STATUS_ADVICE.get(status) : ADVICE.get(code)) ??
    (message === 'Access error' ? ADVICE.get('AccessDenied') : undefined);
  return { message, reason: joined(oneLine(named, 300), text, advice) };
}

function messageFor(error: SdkError, code: string | undefined, status: number): AwsFailure['message'] {
  if (error instanceof LogsUnavailable) return 'Unknown error';
  if (code !== undefined && THROTTLED_CODES.has(code)) return 'Rate limited';
  if (code !== undefined && REFUSED_CODES.has(code)) return 'Access error';
  if (status === 429 || error.$retryable?.throttling === true) return 'Rate limited';
  // An answer to HEAD has no code; S3's 503 is SlowDown as a rule (inferred).
  if (status === 503 && code === undefined && error.$fault === 'server') return 'Rate limited';
  return status === 401 || status === 403 ? 'Access error' : 'Unknown error';
}

/** Nothing came, or nothing that is HTTP. */
function unanswered(error: SdkError): AwsFailure {
  const first = error instanceof AggregateError ? (error.errors[0] as SdkError | undefined) : undefined;
  const code = error.code ?? first?.code;
  const name = typeof code === 'string' ? code : errorCode(error);
  const isParser = name?.startsWith('HPE_') === true;
  const advice =
    NETWORK_ADVICE.get(isParser ? 'HPE_' : (name ?? '')) ??
    (TLS_CODES.test(name ?? '') ? NETWORK_ADVICE.get('CERTIFICATE') : undefined);
  const own = textOf(error);
  const text = own === '' && first !== undefined ? textOf(first) : own;
  const named = typeof code === 'string' && !text.includes(code) ? oneLine(code, 100) : '';
  return { message: 'Unknown error', reason: joined(named, text, advice) };
}

/** The message of an error, of which the SDK's own remarks to its users are none. */
function textOf(error: SdkError): string {
  if (typeof error.message !== 'string') return '';
  return oneLine(
    error.message.replace(/^@smithy\/\S+ - /, '').replace(/\s*Deserialization error: .*$/s, ''),
    300,
  );
}

function joined(named: string, text: string, advice: string | undefined): string {
  const said = [named, text].filter((part) => part !== '').join(': ') || 'failed without a reason';
  return advice === undefined ? said : `${said.replace(/[.\s]+$/, '')}: ${advice}`;
}
