import type { RawRequest } from '../base/raw-request.ts';
import { headerValues } from '../base/raw-request.ts';
import { ALGORITHM, queryParameters, sha256Hex, splitTarget } from './canonical.ts';
import { signingError } from './errors.ts';
import type { SignedService } from './signing-rules.ts';
import { MAX_EXPIRES } from './signing-rules.ts';

/** What a request says about its signature; nothing of it is verified yet. */
export interface SignatureParts {
  readonly presigned: boolean;
  readonly accessKeyId: string;
  /** The four parts of the scope as they stand. */
  readonly scope: { date: string; region: string; service: string; terminator: string };
  /** Lower case, sorted, each once. */
  readonly signedHeaders: readonly string[];
  /** As sent. */
  readonly signature: string;
  /** YYYYMMDD'T'HHMMSS'Z' */
  readonly timestamp: string;
  /** The same, milliseconds since the epoch. */
  readonly time: number;
  /** Life of a presigned request, s. */
  readonly expires: number | undefined;
  readonly sessionToken: boolean;
  /** x-amz-content-sha256, of the header or the presigned query. */
  readonly declaredPayload: string | undefined;
  /** The query without the signature, decoded. */
  readonly parameters: readonly (readonly [string, string])[];
}

/** The service that a request says it is signed for, unverified: to choose the protocol and the words of a
 * refusal by. */
export function claimedService(request: Omit<RawRequest, 'body'>): string | undefined {
  const header = headerValues(request, 'authorization')[0];
  const credential =
    header === undefined
      ? queryParameters(splitTarget(request.target).query).find(([name]) => name === 'X-Amz-Credential')?.[1]
      : /Credential=([^,\s]*)/.exec(header)?.[1];
  return credential?.split('/').at(-2);
}

/**
 * Reads the Authorization header or the X-Amz- parameters of a presigned query.
 * @throws {ServiceError} in the words of `service` for what is missing, doubled or malformed
 */
export function signatureParts(request: Omit<RawRequest, 'body'>, service: SignedService): SignatureParts {
  const parameters = queryParameters(splitTarget(request.target).query);
  const authorizations = headerValues(request, 'authorization');
  const inQuery = parameters.some(([name]) => name === 'X-Amz-Algorithm' || name === 'X-Amz-Signature');
  if (authorizations.length === 0 && !inQuery) throw signingError(service, 'no credentials');
  if (authorizations.length > 1 || (authorizations.length === 1 && inQuery)) {
    throw signingError(service, 'malformed', 'The request is signed more than once.');
  }
  const single = (name: string): string | undefined => singleHeader(request, name, service);
  return authorizations.length === 1
    ? headerParts(authorizations[0]!, parameters, single, service)
    : queryParts(parameters, single, service);
}

type Single = (name: string) => string | undefined;

function headerParts(
  header: string,
  parameters: [string, string][],
  single: Single,
  service: SignedService,
): SignatureParts {
  const space = header.indexOf(' ');
  const algorithm = space < 0 ? header : header.slice(0, space);
  if (algorithm !== ALGORITHM && algorithm.startsWith('AWS4-')) {
    const text = `Unsupported AWS 'algorithm': '${algorithm}' (only ${ALGORITHM} for now). `;
    throw signingError(service, 'malformed', text);
  }
  const fields = algorithm === ALGORITHM ? headerFields(header, space, service) : new Map<string, string>();
  const date = single('x-amz-date') ?? single('date');
  const missing = ['Credential', 'Signature', 'SignedHeaders']
    .filter((name) => (fields.get(name) ?? '') === '')
    .map((name) => `Authorization header requires '${name}' parameter.`);
  if (date === undefined) {
    missing.push("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.");
  }
  if (missing.length > 0) throw signingError(service, 'malformed', `${missing.join(' ')} ${hashed(header)}`);
  return {
    presigned: false,
    ...credentialParts(fields.get('Credential')!, service),
    signedHeaders: headerList(fields.get('SignedHeaders')!),
    signature: fields.get('Signature')!,
    ...timeOf(date!, service),
    expires: undefined,
    sessionToken: (single('x-amz-security-token') ?? '') !== '',
    declaredPayload: single('x-amz-content-sha256'),
    parameters,
  };
}

/** The `name=value` list behind the algorithm, separated by commas. */
function headerFields(header: string, space: number, service: SignedService): Map<string, string> {
  const fields = new Map<string, string>();
  if (space < 0) return fields;
  for (const piece of header.slice(space + 1).split(',')) {
    const field = piece.trim();
    if (field === '') continue;
    const mark = field.indexOf('=');
    if (mark < 0) {
      const text = `Invalid key=value pair (missing equal-sign) in Authorization header ${hashedForm(header)}.`;
      throw signingError(service, 'malformed', text);
    }
    const name = field.slice(0, mark);
    if (fields.has(name)) {
      throw signingError(
        service,
        'malformed',
        `Authorization header has '${name}' more than once. ${hashed(header)}`,
      );
    }
    fields.set(name, field.slice(mark + 1));
  }
  return fields;
}

function queryParts(parameters: [string, string][], single: Single, service: SignedService): SignatureParts {
  const of = new Map<string, string>();
  for (const [name, value] of parameters) {
    if (!name.startsWith('X-Amz-')) continue;
    if (of.has(name)) {
      throw signingError(service, 'malformed', `AWS query-string parameters must have one '${name}'.`);
    }
    of.set(name, value);
  }
  const missing = ['Algorithm', 'Credential', 'Signature', 'SignedHeaders', 'Date', 'Expires']
    .map((name) => `X-Amz-${name}`)
    .filter((name) => (of.get(name) ?? '') === '')
    .map((name) => `AWS query-string parameters must include '${name}'.`);
  if (missing.length > 0) {
    throw signingError(service, 'malformed', `${missing.join(' ')} Re-examine the query-string parameters.`);
  }
  const algorithm = of.get('X-Amz-Algorithm')!;
  if (algorithm !== ALGORITHM) {
    const text = `Unsupported AWS 'algorithm': '${algorithm}' (only ${ALGORITHM} for now). `;
    throw signingError(service, 'malformed', text);
  }
  const token = of.get('X-Amz-Security-Token') ?? single('x-amz-security-token') ?? '';
  return {
    presigned: true,
    ...credentialParts(of.get('X-Amz-Credential')!, service),
    signedHeaders: headerList(of.get('X-Amz-SignedHeaders')!),
    signature: of.get('X-Amz-Signature')!,
    ...timeOf(of.get('X-Amz-Date')!, service),
    expires: expiresOf(of.get('X-Amz-Expires')!, service),
    sessionToken: token !== '',
    declaredPayload: single('x-amz-content-sha256') ?? of.get('X-Amz-Content-Sha256'),
    parameters: parameters.filter(([name]) => name !== 'X-Amz-Signature'),
  };
}

function credentialParts(
  credential: string,
  service: SignedService,
): Pick<SignatureParts, 'accessKeyId' | 'scope'> {
  const parts = credential.split('/');
  if (parts.length !== 5) {
    const form = 'keyid/date/region/service/term';
    const text = `Credential must have exactly 5 slash-delimited elements, e.g. ${form}, got '${credential}'`;
    throw signingError(service, 'malformed', text);
  }
  const [accessKeyId, date, region, scopeService, terminator] = parts as [
    string,
    string,
    string,
    string,
    string,
  ];
  return { accessKeyId, scope: { date, region, service: scopeService, terminator } };
}

function expiresOf(text: string, service: SignedService): number {
  const seconds = /^-?[0-9]{1,18}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(seconds))
    throw signingError(service, 'presign bounds', 'X-Amz-Expires should be a number');
  if (seconds < 1) throw signingError(service, 'presign bounds', 'X-Amz-Expires must be non-negative');
  if (seconds > MAX_EXPIRES) {
    const text = `X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than ${MAX_EXPIRES} seconds`;
    throw signingError(service, 'presign bounds', text);
  }
  return seconds;
}

const BASIC = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/;
/** RFC 9110, section 5.6.7, the form that senders must use. */
const HTTP_DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/** A basic ISO 8601 time, or the HTTP form that a Date header may have. */
function timeOf(text: string, service: SignedService): { timestamp: string; time: number } {
  const iso = BASIC.test(text) ? text.replace(BASIC, '$1-$2-$3T$4:$5:$6.000Z') : text;
  const time = BASIC.test(text) || HTTP_DATE.test(text) ? Date.parse(iso) : Number.NaN;
  const back = Number.isNaN(time) ? undefined : new Date(time).toISOString();
  // Date.parse takes 31 February: what does not come back as it was is no date.
  if (back === undefined || (BASIC.test(text) && back !== iso)) {
    const form = "Date must be in ISO-8601 'basic format'. Got";
    throw signingError(service, 'malformed', `${form} '${text}'. See http://en.wikipedia.org/wiki/ISO_8601`);
  }
  return { timestamp: back.replace(/[-:]|\.\d{3}/g, ''), time };
}

function headerList(text: string): string[] {
  const names = text.split(';').map((name) => name.toLowerCase());
  return [...new Set(names)].filter((name) => name !== '').toSorted();
}

/** The value of a header that may stand once. */
function singleHeader(
  request: Omit<RawRequest, 'body'>,
  name: string,
  service: SignedService,
): string | undefined {
  const values = headerValues(request, name);
  if (values.length > 1)
    throw signingError(service, 'malformed', `The request has '${name}' more than once.`);
  return values[0];
}

function hashedForm(header: string): string {
  const hash = Buffer.from(sha256Hex(header), 'hex').toString('base64');
  return `(hashed with SHA-256 and encoded with Base64): '${hash}'`;
}

/** A header as the service repeats it since it holds secrets: by its hash. */
function hashed(header: string): string {
  const hash = Buffer.from(sha256Hex(header), 'hex').toString('base64');
  return `(Hashed with SHA-256 and encoded with Base64) Authorization=${hash}`;
}
