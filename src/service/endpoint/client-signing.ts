/** Signs requests to Weir's own endpoint: Signature Version 4 by header, over everything that is sent. */
import {
  ALGORITHM,
  canonicalHeaders,
  canonicalPath,
  canonicalQuery,
  queryParameters,
  sha256Hex,
  signatureOf,
  signingKey,
  splitTarget,
  TERMINATOR,
} from '../../identity/canonical.ts';
import { type SignedService, SIGNING_RULES } from '../../identity/signing-rules.ts';
import type { Place } from './client-credentials.ts';
import { OWN_SERVICE } from './messages.ts';

/** The headers that a request goes out with. */
export function signedHeaders(
  place: Place,
  request: {
    readonly method: string;
    readonly target: string;
    readonly body: Uint8Array;
    /** Without it Weir's own endpoint. */
    readonly service?: SignedService;
    /** Further headers, in lower case: all are signed. */
    readonly headers?: Readonly<Record<string, string>>;
  },
  now: number = Date.now(),
): Record<string, string> {
  const timestamp = new Date(now).toISOString().replaceAll(/[-:]|\.\d{3}/g, '');
  const payload = sha256Hex(request.body);
  const service = request.service ?? OWN_SERVICE;
  const headers = Object.entries({
    ...request.headers,
    host: place.url.host,
    'x-amz-content-sha256': payload,
    'x-amz-date': timestamp,
  }).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const names = headers.map(([name]) => name);
  const { path, query } = splitTarget(request.target);
  const canonicalRequest = [
    request.method,
    canonicalPath(path, SIGNING_RULES[service]),
    canonicalQuery(queryParameters(query)),
    canonicalHeaders({ ...request, headers }, names),
    names.join(';'),
    payload,
  ].join('\n');
  const scope = { date: timestamp.slice(0, 8), region: place.region, service };
  const key = signingKey(place.secretAccessKey, scope);
  const signature = signatureOf(canonicalRequest, timestamp, scope, key).toString('hex');
  const credential = [place.accessKeyId, scope.date, scope.region, scope.service, TERMINATOR].join('/');
  return {
    ...Object.fromEntries(headers),
    authorization: `${ALGORITHM} Credential=${credential}, SignedHeaders=${names.join(';')}, Signature=${signature}`,
  };
}
