/** Which protocol a request of the one port is for, by its head alone. */
import { headerValues } from '../../base/raw-request.ts';
import type { Endpoint, RequestHead, Routing, StreamingEndpoint } from '../../wire/endpoint.ts';
import { claimedService } from '../../wire/scope.ts';
import { isOwn } from '../endpoint/endpoint.ts';
import { isProbe } from '../endpoint/probes.ts';

export interface Endpoints {
  /** EC2 and STS; also what claims a service that is not here, which its signature's scope refuses. */
  readonly api: Endpoint;
  readonly s3: StreamingEndpoint;
  readonly logs: Endpoint;
  readonly firehose: Endpoint;
  readonly sqs: Endpoint;
  /** Weir's own. */
  readonly own: Endpoint;
  /** /metrics, /healthz, /readyz. */
  readonly probes: Endpoint;
}

/** Actions of JSON protocols stand in this header, behind these. */
const TARGETS = [
  ['logs', /^Logs_\d{8}\./],
  ['firehose', /^Firehose_\d{8}\./],
  ['sqs', /^AmazonSQS\./],
] as const;
const FORM = 'application/x-www-form-urlencoded';

/**
 * The service that a signature claims decides. Unsigned requests: probes by their path, Weir's own by its own,
 * what looks like the Query protocol or a JSON one to these, so that their clients can read the refusal; all
 * others to S3, where an unsigned request is an ordinary thing.
 */
export function routeTo(endpoints: Endpoints): Routing {
  const { api, s3, logs, firehose, sqs, own, probes } = endpoints;
  return (head) => {
    if (isOwn(head)) return own;
    const claimed = claimedService(head);
    if (claimed === 's3') return s3;
    if (claimed === 'logs') return logs;
    if (claimed === 'firehose') return firehose;
    if (claimed === 'sqs') return sqs;
    if (claimed !== undefined) return api;
    if (isProbe(head)) return probes;
    const targets = headerOf(head, 'x-amz-target');
    const [json] = TARGETS.find(([, pattern]) => targets.some((value) => pattern.test(value))) ?? [];
    if (json !== undefined) return endpoints[json];
    return isQuery(head) ? api : s3;
  };
}

/** A form to the root, or an action in the query string. */
function isQuery(head: RequestHead): boolean {
  const [path, query = ''] = head.target.split('?', 2) as [string, string?];
  if (path !== '/') return false;
  if (/(?:^|&)Action=/.test(query)) return true;
  if (head.method !== 'POST') return false;
  const types = headerOf(head, 'content-type');
  // S3 has posts of other kinds of forms; what names no kind is taken for an action.
  return types.length === 0 || types.some((type) => type.toLowerCase().startsWith(FORM));
}

function headerOf(head: RequestHead, name: string): readonly string[] {
  return headerValues(head, name);
}
